import { useState } from "preact/hooks";
import { api } from "../../api/client";
import type { components } from "../../api/schema";
import { uuidv7 } from "../../offline/bytes";
import { Button } from "../../ui/button";
import { Checks, Radios, Select, TextArea } from "../../ui/choices";
import { useStore } from "../../ui/store";
import { useWords } from "../../ui/words";
import { fieldError, useAct, useAsk } from "../ask";
import { dayTime } from "../format";
import { codeList, type Outcome, WHEREABOUTS, type Whereabouts } from "../labels";
import { session } from "../session";
import { words } from "../words";
import { Waiting } from "./page";
import { ProblemBanner } from "./problem";

type History = components["schemas"]["MemberHistory"];

/** Close calls with what was found. A call that is not ticked, or arrives later, stays open. */
export function ResolveForm(props: {
  roundId: string;
  memberId: string;
  onDone: () => Promise<void>;
  onCancel: () => void;
}) {
  const path = { id: props.roundId, member_id: props.memberId };
  const history = useAsk(`member/${props.memberId}`, () =>
    api.GET("/rounds/{id}/members/{member_id}", { params: { path } }),
  );
  if (!history.data) return <Waiting problem={history.problem} again={history.again} />;
  return <Resolve {...props} history={history.data} />;
}

function Resolve(props: {
  memberId: string;
  history: History;
  onDone: () => Promise<void>;
  onCancel: () => void;
}) {
  const w = useWords(words);
  const { account } = useStore(session);
  const { state, observations } = props.history;
  const open = [
    ...(state.open_rescue ?? []),
    ...(state.withdrawn_rescue ?? []),
    ...(state.open_injury ?? []),
  ];
  const [id] = useState(uuidv7);
  const [closes, setCloses] = useState(open);
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const [whereabouts, setWhereabouts] = useState<Whereabouts | "">("");
  const [how, setHow] = useState("");
  const [noOutcome, setNoOutcome] = useState(false);
  const act = useAct();
  const found: Outcome[] = ["safe", "injured_minor", "injured_serious", "needs_support", "unknown"];
  if (account?.role === "hq_staff") found.push("deceased");

  async function submit(event: Event) {
    event.preventDefault();
    setNoOutcome(!outcome);
    if (!outcome) return;
    const body = { id, closes, outcome, whereabouts: whereabouts || null, how };
    const told = await act.run(() =>
      api.POST("/rescues/{member_id}/resolve", {
        params: { path: { member_id: props.memberId } },
        body,
      }),
    );
    if (told?.ok) await props.onDone();
  }

  function label(call: string): string {
    const seen = observations.find((o) => o.id === call);
    if (!seen) return call;
    const what = [
      seen.outcome && w.text(`outcome.${seen.outcome}`),
      codeList("need", seen.needs),
      seen.note,
    ];
    return w.text("resolve.call", {
      at: dayTime(seen.observed_at, w.lang),
      who: seen.observer_name ?? w.text(`observer.${seen.observer_kind}` as "observer.volunteer"),
      what: what.filter(Boolean).join(" / "),
    });
  }

  return (
    <form class="inner-form" onSubmit={submit}>
      <h4>{w.text("resolve.title")}</h4>
      <ProblemBanner problem={act.problem} shown={["/closes", "/outcome", "/how"]} />
      <Checks
        label={w.text("resolve.closes")}
        hint={w.text("resolve.closes.hint")}
        error={fieldError(act.problem, "/closes")}
        values={closes}
        onValues={setCloses}
        options={open.map((value) => ({ value, label: label(value) }))}
      />
      <Radios
        label={w.text("resolve.outcome")}
        error={
          noOutcome && !outcome
            ? w.text("resolve.outcome.missing")
            : fieldError(act.problem, "/outcome")
        }
        value={outcome}
        onValue={setOutcome}
        options={found.map((value) => ({ value, label: w.text(`outcome.${value}`) }))}
      />
      <Select
        label={w.text("member.whereabouts")}
        value={whereabouts}
        onValue={setWhereabouts}
        options={[
          { value: "", label: w.text("whereabouts.none") },
          ...WHEREABOUTS.map((value) => ({ value, label: w.text(`whereabouts.${value}`) })),
        ]}
      />
      <TextArea
        label={w.text("resolve.how")}
        hint={w.text("resolve.how.hint")}
        error={fieldError(act.problem, "/how")}
        value={how}
        onValue={setHow}
        maxLength={1000}
        required
      />
      <div class="actions">
        <Button look="primary" type="submit" aria-busy={act.busy}>
          {w.text("resolve.submit", { n: closes.length })}
        </Button>
        <Button onClick={props.onCancel}>{w.text("cancel")}</Button>
      </div>
    </form>
  );
}
