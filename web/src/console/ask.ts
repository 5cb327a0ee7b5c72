import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { type Problem, slugOf } from "../api/client";
import { noticeProblem } from "./session";
import { askStepUp } from "./step-up";
import { words } from "./words";

/** What a call of the typed client answers. */
export interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

export type Told<T> = { ok: true; data: T } | { ok: false; problem: Problem };

/** Calls; a network that gives no answer is a problem like any other, in words. */
export async function tell<T>(call: () => Promise<Answer<T>>): Promise<Told<T>> {
  try {
    const { data, error, response } = await call();
    if (response.ok) return { ok: true, data: data as T };
    const problem = (error ?? {}) as Problem;
    noticeProblem(problem);
    return {
      ok: false,
      problem: { ...problem, detail: problem.detail ?? words.text("problem.odd") },
    };
  } catch {
    return {
      ok: false,
      problem: {
        type: "/problems/unreachable",
        title: "Unreachable",
        status: 0,
        detail: words.text("problem.unreachable"),
      },
    };
  }
}

export interface Asked<T> {
  /** The last good answer; kept, with its problem beside it, while a later one fails. */
  data: T | null;
  problem: Problem | null;
  again: () => Promise<void>;
}

/** Asks when the page opens and whenever `key` changes; an answer to an older question is dropped. */
export function useAsk<T>(key: string, call: () => Promise<Answer<T>>): Asked<T> {
  const [state, setState] = useState<{ key: string; data: T | null; problem: Problem | null }>({
    key,
    data: null,
    problem: null,
  });
  const turn = useRef(0);
  const latest = useRef(call);
  latest.current = call;
  const again = useCallback(async () => {
    const mine = ++turn.current;
    const told = await tell(() => latest.current());
    if (mine !== turn.current) return;
    setState((was) => ({
      key,
      data: told.ok ? told.data : was.key === key ? was.data : null,
      problem: told.ok ? null : told.problem,
    }));
  }, [key]);
  useEffect(() => {
    void again();
    return () => {
      turn.current++;
    };
  }, [again]);
  return state.key === key ? { ...state, again } : { data: null, problem: null, again };
}

/** One act at a time: busy, its problem, and the second factor asked again where the server wants it. */
export function useAct() {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const running = useRef(false);

  async function run<T>(call: () => Promise<Answer<T>>): Promise<Told<T> | null> {
    if (running.current) return null;
    running.current = true;
    setBusy(true);
    setProblem(null);
    let told = await tell(call);
    if (!told.ok && slugOf(told.problem) === "step-up-required" && (await askStepUp())) {
      told = await tell(call);
    }
    running.current = false;
    setBusy(false);
    if (!told.ok) setProblem(told.problem);
    return told;
  }

  return { busy, problem, run, clear: () => setProblem(null) };
}

/** The server's words about one field, by its JSON pointer. */
export function fieldError(problem: Problem | null, pointer: string): string | undefined {
  return problem?.errors?.find((e) => e.pointer === pointer)?.detail;
}

/** What the server says about nothing on the page in particular: shown above the form. */
export function generalErrors(problem: Problem, shown: string[]): string[] {
  const elsewhere = (problem.errors ?? []).filter((e) => !shown.includes(e.pointer));
  return elsewhere.map((e) => e.detail);
}
