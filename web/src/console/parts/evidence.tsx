import type { components } from "../../api/schema";
import { Button } from "../../ui/button";
import { useWords } from "../../ui/words";
import { dayTime } from "../format";
import { codeList } from "../labels";
import { words } from "../words";
import { When } from "./when";

type History = components["schemas"]["MemberHistory"];
export type Seen = components["schemas"]["ObservationView"];
type Resolution = components["schemas"]["ResolutionView"];

/** Every report and every closing, the newest first: what, by whom, when it was seen and when it reached us. */
export function Evidence({
  member,
  onCorrect,
}: {
  member: History;
  onCorrect: (seen: Seen) => void;
}) {
  const w = useWords(words);
  const entries = [
    ...member.observations.map((seen) => ({
      at: seen.observed_at,
      id: seen.id,
      seen,
      closed: null,
    })),
    ...member.resolutions.map((closed) => ({
      at: closed.resolved_at,
      id: closed.id,
      seen: null,
      closed,
    })),
  ].sort((a, b) => b.at.localeCompare(a.at) || b.id.localeCompare(a.id));
  if (entries.length === 0) return <p class="empty">{w.text("history.empty")}</p>;
  return (
    <ol class="history">
      {entries.map(({ id, seen, closed }) => (
        <li key={id} id={id}>
          {seen && <Report seen={seen} member={member} onCorrect={onCorrect} />}
          {closed && <Closing closed={closed} member={member} />}
        </li>
      ))}
    </ol>
  );
}

function Report(props: { seen: Seen; member: History; onCorrect: (seen: Seen) => void }) {
  const { seen, member } = props;
  const w = useWords(words);
  const replacedBy = member.observations.find((o) => o.corrects === seen.id);
  const state = member.state;
  const isOpen = [
    ...(state.open_rescue ?? []),
    ...(state.withdrawn_rescue ?? []),
    ...(state.open_injury ?? []),
  ].includes(seen.id);
  const who =
    seen.observer_name ?? w.text(`observer.${seen.observer_kind}` as "observer.volunteer");
  return (
    <article class={replacedBy ? "is-replaced" : undefined}>
      <p>
        <strong>
          {seen.is_withdrawal
            ? w.text("history.withdrawal")
            : seen.outcome
              ? w.text(`outcome.${seen.outcome}`)
              : w.text(`attempt.${seen.attempt}`)}
        </strong>{" "}
        {seen.marker && <span>{w.text(`marker.${seen.marker}`)}</span>}{" "}
        {seen.outcome && <span>{w.text(`attempt.${seen.attempt}`)}</span>}{" "}
        {seen.whereabouts && <span>{w.text(`whereabouts.${seen.whereabouts}`)}</span>}
      </p>
      <p class="tags">
        {isOpen && <span class="tag tag-danger">{w.text("history.open")}</span>}
        {(state.contradicted_by ?? []).includes(seen.id) && (
          <span class="tag tag-warn">{w.text("rescue.contradicted")}</span>
        )}
        {seen.outcome && seen.id === state.outcome_id && (
          <span class="tag tag-ok">{w.text("history.decides")}</span>
        )}
        {replacedBy && (
          <span class="tag">
            {w.text(replacedBy.is_withdrawal ? "history.withdrawn" : "history.corrected")}
          </span>
        )}
        {seen.corrects && !seen.is_withdrawal && (
          <span class="tag">{w.text("history.correction")}</span>
        )}
        {seen.is_late && <span class="tag tag-warn">{w.text("history.late")}</span>}
        {(seen.for_household || seen.via_household) && (
          <span class="tag">{w.text("rescue.household")}</span>
        )}
      </p>
      {(seen.needs.length > 0 || seen.note) && (
        <p>{[codeList("need", seen.needs), seen.note].filter(Boolean).join(" / ")}</p>
      )}
      <p class="small">
        {who}
        {seen.told_by && w.text("history.told", { who: seen.told_by })}
        {seen.told_phone && (
          <>
            {" "}
            <a href={`tel:${seen.told_phone.replace(/[^\d+]/g, "")}`}>
              {w.text("history.call_back", { phone: seen.told_phone })}
            </a>
          </>
        )}
        {seen.sheet_serial == null
          ? w.text("history.channel", { channel: w.text(`channel.${seen.channel}`) })
          : w.text("history.channel", {
              channel: w.text("history.sheet", {
                serial: seen.sheet_serial,
                who: seen.typed_by_name ?? "",
              }),
            })}{" "}
        {w.text("history.observed")} <When at={seen.observed_at} /> {w.text("history.recorded")}{" "}
        <When at={seen.recorded_at} />
      </p>
      {!replacedBy && !seen.is_withdrawal && (
        <Button
          look="quiet"
          icon="undo"
          onClick={() => props.onCorrect(seen)}
          aria-label={w.text("history.correct.of", { at: dayTime(seen.observed_at, w.lang) })}
        >
          {w.text("history.correct")}
        </Button>
      )}
    </article>
  );
}

function Closing({ closed, member }: { closed: Resolution; member: History }) {
  const w = useWords(words);
  const calls = member.observations.filter((o) => closed.closes.includes(o.id));
  return (
    <article class="is-closing">
      <p>
        <strong>
          {w.text("history.resolved", { outcome: w.text(`outcome.${closed.outcome}`) })}
        </strong>{" "}
        {closed.whereabouts && <span>{w.text(`whereabouts.${closed.whereabouts}`)}</span>}
      </p>
      <p>{closed.how}</p>
      {calls.length > 0 && (
        <p class="small">
          {w.text("history.closes")}{" "}
          {calls.map((c) => dayTime(c.observed_at, w.lang)).join(w.text("list.comma"))}
        </p>
      )}
      <p class="small">
        {closed.resolved_by_name ??
          w.text(`observer.${closed.resolved_by_kind}` as "observer.volunteer")}{" "}
        <When at={closed.resolved_at} />
      </p>
    </article>
  );
}
