import { useState } from "preact/hooks";
import { api } from "../../api/client";
import type { components } from "../../api/schema";
import { uuidv7 } from "../../offline/bytes";
import { Button } from "../../ui/button";
import { Select, TextArea } from "../../ui/choices";
import { useWords } from "../../ui/words";
import { fieldError, useAct } from "../ask";
import { codeWords, type Outcome } from "../labels";
import { href } from "../router";
import { words } from "../words";
import { ProblemBanner } from "./problem";
import { When } from "./when";

type SetAside = components["schemas"]["SetAside"];
type RoundName = components["schemas"]["RoundName"];

interface Payload {
  round_id?: string;
  outcome?: Outcome;
  note?: string;
  subject?: { label?: string; place?: string; need?: string };
}

const EXPLAINED = [
  "maybe_real",
  "revoked_device",
  "unknown_member",
  "not_assigned",
  "event_ended",
  "unreadable",
];

/** One item that could not be used as it came: what it says, why it waits, and what becomes of it. */
export function ReviewItem(props: {
  item: SetAside;
  rounds: RoundName[];
  onDone: () => Promise<void>;
}) {
  const { item } = props;
  const w = useWords(words);
  const [form, setForm] = useState<"adopted" | "not_needed" | null>(null);
  const said = (item.payload ?? null) as Payload | null;
  const from = [item.volunteer_name, item.device_label].filter(Boolean).join(" / ");
  const why = EXPLAINED.includes(item.reason) ? item.reason : "other";
  return (
    <article class={item.is_rescue ? "card rescue is-new" : "card"}>
      <h3>
        {item.about?.name || said?.subject?.label || w.text("review.nobody")}{" "}
        <span class="tag tag-warn">{codeWords("reason", item.reason)}</span>
      </h3>
      <p>
        <strong>
          {said?.outcome ? w.text(`outcome.${said.outcome}`) : codeWords("item", item.kind)}
        </strong>{" "}
        {said?.note}
      </p>
      <p>{w.text(`aside.${why}` as "aside.other")}</p>
      <dl class="facts">
        {item.about && (
          <div>
            <dt>{w.text("aside.about")}</dt>
            <dd>
              <a href={href("rounds", item.about.round_id, "members", item.about.member_id)}>
                {item.about.name || w.text("member.nameless")}
              </a>{" "}
              {item.about.district_name}
            </dd>
          </div>
        )}
        {said?.subject && (
          <div>
            <dt>{w.text("aside.about")}</dt>
            <dd>
              {[said.subject.label, said.subject.place, said.subject.need]
                .filter(Boolean)
                .join(" / ")}
            </dd>
          </div>
        )}
        <div>
          <dt>{w.text("aside.from")}</dt>
          <dd>{from || w.text("aside.from.unknown")}</dd>
        </div>
        <div>
          <dt>{w.text("history.observed")}</dt>
          <dd>
            <When at={item.observed_at} />
          </dd>
        </div>
        <div>
          <dt>{w.text("history.recorded")}</dt>
          <dd>
            <When at={item.recorded_at} />
          </dd>
        </div>
      </dl>
      {(item.payload != null || item.raw) && (
        <details class="more">
          <summary>{w.text("aside.raw")}</summary>
          <pre>{item.raw ?? JSON.stringify(item.payload, null, 2)}</pre>
        </details>
      )}
      {form === null ? (
        <p class="actions">
          {item.is_adoptable && (
            <Button look="primary" onClick={() => setForm("adopted")}>
              {w.text("review.adopt")}
            </Button>
          )}
          <Button onClick={() => setForm("not_needed")}>{w.text("review.put_away")}</Button>
        </p>
      ) : (
        <SettleItem {...props} act={form} named={said?.round_id} onCancel={() => setForm(null)} />
      )}
    </article>
  );
}

function SettleItem(props: {
  item: SetAside;
  rounds: RoundName[];
  act: "adopted" | "not_needed";
  named: string | undefined;
  onDone: () => Promise<void>;
  onCancel: () => void;
}) {
  const w = useWords(words);
  const [id] = useState(uuidv7);
  const [round, setRound] = useState(() => likely(props.item, props.rounds, props.named));
  const [reason, setReason] = useState("");
  const act = useAct();
  const isAdopted = props.act === "adopted";

  async function submit(event: Event) {
    event.preventDefault();
    const body = { id, act: props.act, round_id: isAdopted ? round || null : null, reason };
    const told = await act.run(() =>
      api.POST("/quarantine/{id}/settle", { params: { path: { id: props.item.id } }, body }),
    );
    if (told?.ok) await props.onDone();
  }

  return (
    <form class="inner-form" onSubmit={submit}>
      <h4>{w.text(isAdopted ? "review.adopt" : "review.put_away")}</h4>
      <ProblemBanner problem={act.problem} shown={["/round_id", "/reason"]} />
      {isAdopted && (
        <Select
          label={w.text("review.round")}
          hint={w.text("review.round.hint")}
          error={fieldError(act.problem, "/round_id")}
          value={round}
          onValue={setRound}
          options={[
            { value: "", label: w.text("review.round.choose") },
            ...props.rounds.map((r) => ({
              value: r.id,
              label: `${w.text(`mode.${r.event.kind}`)} ${r.event.name} / ${r.name}`,
            })),
          ]}
        />
      )}
      <TextArea
        label={w.text("review.reason")}
        hint={w.text(isAdopted ? "review.reason.adopt" : "review.reason.put_away")}
        error={fieldError(act.problem, "/reason")}
        value={reason}
        onValue={setReason}
        maxLength={1000}
        rows={2}
        required
      />
      <div class="actions">
        <Button look="primary" type="submit" aria-busy={act.busy}>
          {w.text(isAdopted ? "review.adopt.submit" : "review.put_away.submit")}
        </Button>
        <Button onClick={props.onCancel}>{w.text("cancel")}</Button>
      </div>
    </form>
  );
}

/** What may be real goes to a disaster, anything else where it was meant for; nothing is chosen when neither is there. */
function likely(item: SetAside, rounds: RoundName[], named: string | undefined): string {
  const real = rounds.find((r) => r.event.kind === "disaster" && !r.is_standing);
  const standing = rounds.find((r) => r.is_standing);
  if (item.reason === "maybe_real") return real?.id ?? standing?.id ?? "";
  return rounds.find((r) => r.id === named)?.id ?? "";
}
