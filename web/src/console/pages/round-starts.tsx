import { useState } from "preact/hooks";
import { api } from "../../api/client";
import type { components } from "../../api/schema";
import { uuidv7 } from "../../offline/bytes";
import { Banner } from "../../ui/banner";
import { Button } from "../../ui/button";
import { Select, TextArea } from "../../ui/choices";
import { announce } from "../../ui/live-region";
import { useStore } from "../../ui/store";
import { useWords } from "../../ui/words";
import { fieldError, useAct, useAsk } from "../ask";
import { PageTitle, Waiting } from "../parts/page";
import { ProblemBanner } from "../parts/problem";
import { When } from "../parts/when";
import { href } from "../router";
import { session } from "../session";
import { words } from "../words";

type Begun = components["schemas"]["BegunRound"];
type RoundName = components["schemas"]["RoundName"];
type Said = "starts.bound" | "starts.unbound" | "review.done";

/** Rounds that volunteers and leads began without headquarters, to be bound to headquarters' own. */
export default function RoundStartsPage() {
  const w = useWords(words);
  const { account } = useStore(session);
  const asked = useAsk("round-starts", () => api.GET("/round-starts"));
  async function done(said: Said) {
    await asked.again();
    announce(w.text(said));
  }
  const found = asked.data;
  return (
    <>
      <PageTitle title={w.text("starts.title")} />
      <p>{w.text("starts.words")}</p>
      {!found ? (
        <Waiting problem={asked.problem} again={asked.again} />
      ) : found.items.length === 0 ? (
        <p class="card empty">{w.text("starts.empty")}</p>
      ) : (
        found.items.map((one) => (
          <Start
            key={one.id}
            one={one}
            rounds={found.bind_into}
            isStaff={account?.role === "hq_staff"}
            onDone={done}
          />
        ))
      )}
    </>
  );
}

function Start(props: {
  one: Begun;
  rounds: RoundName[];
  isStaff: boolean;
  onDone: (said: Said) => Promise<void>;
}) {
  const { one } = props;
  const w = useWords(words);
  const act = useAct();

  async function undo(id: string) {
    const told = await act.run(() =>
      api.POST("/round-bindings/{id}/undo", { params: { path: { id } } }),
    );
    if (told?.ok) await props.onDone("starts.unbound");
  }

  return (
    <article class={one.rescues > 0 && !one.bound_to ? "card rescue is-new" : "card"}>
      <h2>
        {one.name || w.text("starts.nameless")}{" "}
        <span class={`tag tag-${one.event_kind}`}>{w.text(`mode.${one.event_kind}`)}</span>
      </h2>
      <p>
        {[one.by_name, one.districts.join("・")].filter(Boolean).join("　")}{" "}
        {one.phone && <a href={`tel:${one.phone.replace(/[^\d+]/g, "")}`}>{one.phone}</a>}
      </p>
      <p>
        <When at={one.started_at} /> {w.text("starts.said", { n: one.said })}
      </p>
      {one.rescues > 0 && !one.bound_to && (
        <Banner tone="danger" title={w.text("starts.rescues", { n: one.rescues })} />
      )}
      <ProblemBanner problem={act.problem} />
      {one.bound_to ? (
        <>
          <p>
            <a href={href("rounds", one.bound_to.round_id)}>
              {one.bound_to.event_name}　{one.bound_to.round_name}
            </a>{" "}
            {w.text("starts.is_bound")} <When at={one.bound_to.bound_at} />{" "}
            {one.bound_to.bound_by_name}
          </p>
          {props.isStaff && (
            <Button look="quiet" onClick={() => undo(one.bound_to?.binding_id ?? "")}>
              {w.text("starts.unbind")}
            </Button>
          )}
        </>
      ) : (
        <>
          {!one.is_put_away && <Bind {...props} />}
          {props.isStaff && <PutAway one={one} onDone={props.onDone} />}
        </>
      )}
    </article>
  );
}

function Bind(props: {
  one: Begun;
  rounds: RoundName[];
  onDone: (said: "starts.bound") => Promise<void>;
}) {
  const w = useWords(words);
  const fitting = props.rounds.filter((round) => round.event.kind === props.one.event_kind);
  const [id] = useState(uuidv7);
  const [round, setRound] = useState(fitting.length === 1 ? (fitting[0]?.id ?? "") : "");
  const act = useAct();

  async function submit(event: Event) {
    event.preventDefault();
    const told = await act.run(() =>
      api.POST("/round-starts/{id}/bind", {
        params: { path: { id: props.one.id } },
        body: { id, to_round_id: round },
      }),
    );
    if (told?.ok) await props.onDone("starts.bound");
  }

  if (fitting.length === 0) {
    return <p>{w.text(`starts.none.${props.one.event_kind}`)}</p>;
  }
  return (
    <form class="inner-form" onSubmit={submit}>
      <ProblemBanner problem={act.problem} shown={["/to_round_id"]} />
      <Select
        label={w.text("starts.to")}
        value={round}
        onValue={setRound}
        required
        error={fieldError(act.problem, "/to_round_id")}
        options={[
          { value: "", label: w.text("review.round.choose") },
          ...fitting.map((one) => ({ value: one.id, label: `${one.event.name}　${one.name}` })),
        ]}
      />
      <Button type="submit" look="primary" aria-busy={act.busy}>
        {w.text("starts.bind")}
      </Button>
    </form>
  );
}

/** A button pressed by mistake: put away with a reason, and back again. */
function PutAway(props: { one: Begun; onDone: (said: "review.done") => Promise<void> }) {
  const w = useWords(words);
  const [id] = useState(uuidv7);
  const [isOpen, setOpen] = useState(false);
  const [reason, setReason] = useState("");
  const act = useAct();
  const is_put_away = !props.one.is_put_away;

  async function submit(event: Event) {
    event.preventDefault();
    const told = await act.run(() =>
      api.POST("/round-starts/{id}/put-away", {
        params: { path: { id: props.one.id } },
        body: { id, is_put_away, reason },
      }),
    );
    if (told?.ok) await props.onDone("review.done");
  }

  const name = w.text(is_put_away ? "starts.put_away" : "starts.reopen");
  if (!isOpen) {
    return (
      <Button look="quiet" onClick={() => setOpen(true)}>
        {name}
      </Button>
    );
  }
  return (
    <form class="inner-form" onSubmit={submit}>
      <ProblemBanner problem={act.problem} shown={["/reason"]} />
      <TextArea
        label={w.text("review.reason")}
        error={fieldError(act.problem, "/reason")}
        value={reason}
        onValue={setReason}
        maxLength={1000}
        rows={2}
      />
      <Button type="submit" look="primary" aria-busy={act.busy}>
        {name}
      </Button>
    </form>
  );
}
