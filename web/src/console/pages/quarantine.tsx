import { api } from "../../api/client";
import type { components } from "../../api/schema";
import { Banner } from "../../ui/banner";
import { useWords } from "../../ui/words";
import { useAsk } from "../ask";
import { codeWords, type Outcome } from "../labels";
import { PageTitle, Waiting } from "../parts/page";
import { When } from "../parts/when";
import type { Params } from "../places";
import { href } from "../router";
import { words } from "../words";

type SetAside = components["schemas"]["SetAside"];

/** Items from phones that could not be used as they came: kept, shown, calls for rescue first. */
export default function Quarantine({ round: id = "" }: Params) {
  const w = useWords(words);
  const asked = useAsk(`quarantine/${id}`, () =>
    api.GET("/rounds/{id}/quarantine", { params: { path: { id } } }),
  );
  const items = asked.data?.items;
  const rescues = items?.filter((item) => item.is_rescue).length ?? 0;
  return (
    <>
      <p>
        <a href={href("rounds", id)}>{w.text("back.board.short")}</a>
      </p>
      <PageTitle title={w.text("aside.title")} />
      <p>{w.text("aside.words")}</p>
      {!items && <Waiting problem={asked.problem} again={asked.again} />}
      {rescues > 0 && (
        <Banner tone="danger" title={w.text("aside.rescues", { n: rescues })}>
          <p>{w.text("aside.rescues.words")}</p>
        </Banner>
      )}
      {items?.length === 0 && <p class="card empty">{w.text("aside.empty")}</p>}
      <ol class="history">
        {items?.map((item) => (
          <li key={item.id}>
            <Item item={item} />
          </li>
        ))}
      </ol>
    </>
  );
}

interface Payload {
  outcome?: Outcome;
  note?: string;
  subject?: { label?: string; place?: string; need?: string };
}

function Item({ item }: { item: SetAside }) {
  const w = useWords(words);
  const said = (item.payload ?? null) as Payload | null;
  const from = [item.volunteer_name, item.device_label].filter(Boolean).join(" / ");
  return (
    <article class={item.is_rescue ? "card rescue is-new" : "card"}>
      <p>
        <strong>
          {said?.outcome ? w.text(`outcome.${said.outcome}`) : codeWords("item", item.kind)}
        </strong>{" "}
        <span class="tag tag-warn">{codeWords("reason", item.reason)}</span>
      </p>
      <p>{w.text(`aside.${isKnown(item.reason) ? item.reason : "other"}` as "aside.other")}</p>
      <dl class="facts">
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
        {said?.note && (
          <div>
            <dt>{w.text("record.note")}</dt>
            <dd>{said.note}</dd>
          </div>
        )}
      </dl>
      {(item.payload != null || item.raw) && (
        <details class="more">
          <summary>{w.text("aside.raw")}</summary>
          <pre>{item.raw ?? JSON.stringify(item.payload, null, 2)}</pre>
        </details>
      )}
    </article>
  );
}

const EXPLAINED = [
  "maybe_real",
  "revoked_device",
  "unknown_member",
  "not_assigned",
  "event_ended",
  "unreadable",
];

function isKnown(reason: string): boolean {
  return EXPLAINED.includes(reason);
}
