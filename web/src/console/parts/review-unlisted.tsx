import { useState } from "preact/hooks";
import { api } from "../../api/client";
import type { components } from "../../api/schema";
import { uuidv7 } from "../../offline/bytes";
import { Button } from "../../ui/button";
import { Radios, TextArea } from "../../ui/choices";
import { Field } from "../../ui/field";
import { useWords } from "../../ui/words";
import { fieldError, useAct, useAsk } from "../ask";
import { nameOf, subjectOf } from "../labels";
import { href } from "../router";
import { words } from "../words";
import { Waiting } from "./page";
import { ProblemBanner } from "./problem";
import { When } from "./when";

type Unlisted = components["schemas"]["Unlisted"];
type Match = components["schemas"]["MemberMatch"];
type Candidate = components["schemas"]["MatchCandidate"];

/** Somebody met who is on no list: who she may be, said by a human and taken back as easily. */
export function ReviewUnlisted({ one, onDone }: { one: Unlisted; onDone: () => Promise<void> }) {
  const w = useWords(words);
  const [isOpen, setOpen] = useState(false);
  const subject = subjectOf(one);
  return (
    <article class="card">
      <h3>
        <a href={href("rounds", one.round_id, "members", one.id)}>{nameOf(one)}</a>{" "}
        <span class="tag">{one.district.name}</span>
        {one.outcome && <span class="tag">{w.text(`outcome.${one.outcome}`)}</span>}
      </h3>
      <p>{[subject?.place, subject?.need].filter(Boolean).join(" / ")}</p>
      <p class="small">
        {w.text("member.heard")} <When at={one.last_heard_at} age />
      </p>
      {isOpen ? (
        <MatchForm one={one} onDone={onDone} onCancel={() => setOpen(false)} />
      ) : (
        <p class="actions">
          <Button onClick={() => setOpen(true)}>{w.text("review.match")}</Button>
        </p>
      )}
    </article>
  );
}

function MatchForm(props: { one: Unlisted; onDone: () => Promise<void>; onCancel: () => void }) {
  const w = useWords(words);
  const path = { id: props.one.id };
  const [id] = useState(uuidv7);
  const [typed, setTyped] = useState("");
  const [query, setQuery] = useState("");
  const [to, setTo] = useState<string | null>(null);
  const [reason, setReason] = useState("");
  const [nobody, setNobody] = useState(false);
  const act = useAct();
  const found = useAsk(`candidates/${props.one.id}/${query}`, () =>
    api.GET("/members/{id}/candidates", {
      params: { path, query: query ? { query } : {} },
    }),
  );

  function seek(event: Event) {
    event.preventDefault();
    setTo(null);
    setQuery(typed.trim());
  }

  async function submit(event: Event) {
    event.preventDefault();
    setNobody(!to);
    if (!to) return;
    const body = { id, to_member_id: to, reason };
    const told = await act.run(() => api.POST("/members/{id}/match", { params: { path }, body }));
    if (told?.ok) await props.onDone();
  }

  return (
    <div class="inner-form">
      <h4>{w.text("review.match")}</h4>
      <form class="actions" onSubmit={seek}>
        <Field label={w.text("review.match.query")} value={typed} onValue={setTyped} />
        <Button type="submit">{w.text("review.match.seek")}</Button>
      </form>
      {!found.data && <Waiting problem={found.problem} again={found.again} />}
      {found.data?.items.length === 0 && <p class="empty">{w.text("review.match.none")}</p>}
      <form onSubmit={submit}>
        <ProblemBanner problem={act.problem} shown={["/to_member_id", "/reason"]} />
        {found.data && found.data.items.length > 0 && (
          <Radios
            label={w.text("review.match.who")}
            error={
              nobody && !to
                ? w.text("review.match.missing")
                : fieldError(act.problem, "/to_member_id")
            }
            value={to}
            onValue={setTo}
            options={found.data.items.map((c) => ({ value: c.member_id, label: line(c) }))}
          />
        )}
        <TextArea
          label={w.text("review.match.reason")}
          hint={w.text("review.match.reason.hint")}
          error={fieldError(act.problem, "/reason")}
          value={reason}
          onValue={setReason}
          maxLength={500}
          rows={2}
          required
        />
        <div class="actions">
          <Button look="primary" type="submit" aria-busy={act.busy}>
            {w.text("review.match.submit")}
          </Button>
          <Button onClick={props.onCancel}>{w.text("cancel")}</Button>
        </div>
      </form>
    </div>
  );

  function line(c: Candidate): string {
    const why = [
      c.is_named && w.text("review.match.named"),
      c.distance_m != null && w.text("review.match.near", { n: Math.round(c.distance_m) }),
    ];
    const age = c.age == null ? "" : w.text("member.age", { n: c.age });
    const who = [c.name, age, c.address, c.district_name].filter(Boolean).join(" ");
    const because = why.filter(Boolean).join(w.text("list.comma"));
    return because ? w.text("review.match.line", { who, because }) : who;
  }
}

/** A match that stands, and its undoing. */
export function ReviewMatch({ one, onDone }: { one: Match; onDone: () => Promise<void> }) {
  const w = useWords(words);
  const act = useAct();

  async function undo() {
    const told = await act.run(() =>
      api.POST("/member-links/{id}/undo", { params: { path: { id: one.id } } }),
    );
    if (told?.ok) await onDone();
  }

  return (
    <article class="card">
      <p>
        {w.text("review.matched", {
          from: one.from_label || w.text("member.nameless"),
          to: one.to_name,
        })}
      </p>
      <p class="small">
        {one.reason} {one.linked_by_name} <When at={one.linked_at} />
      </p>
      <ProblemBanner problem={act.problem} />
      <p class="actions">
        <Button look="quiet" icon="undo" aria-busy={act.busy} onClick={undo}>
          {w.text("review.unmatch")}
        </Button>
      </p>
    </article>
  );
}
