import { api } from "../../api/client";
import { useWords } from "../../ui/words";
import { useAsk } from "../ask";
import { codeList } from "../labels";
import { PageTitle, Waiting } from "../parts/page";
import { When } from "../parts/when";
import type { Params } from "../places";
import { href } from "../router";
import { type Key, words } from "../words";
import { whereWords } from "./victims";

/** One entry of the registry: the statutory items, what it was made from, where the person was when. */
export default function VictimPage({ victim: id = "" }: Params) {
  const w = useWords(words);
  const asked = useAsk(`victim/${id}`, () =>
    api.GET("/victims/{id}", { params: { path: { id } } }),
  );
  const v = asked.data;
  if (!v) {
    return (
      <>
        <PageTitle title={w.text("victims.title")} />
        <Waiting problem={asked.problem} again={asked.again} />
      </>
    );
  }
  const facts: [Key, string][] = [
    ["victim.number", String(v.number)],
    ["door.kana", v.name_kana],
    ["door.birth", v.birth_on ?? v.birth_text],
    ["door.sex", v.sex ? w.text(`door.sex.${v.sex}` as Key) : ""],
    ["victim.registered", v.registered_address],
    ["victim.residence", v.actual_residence],
    ["victim.district", v.district.name],
    ["door.phone", v.phones.join(w.text("list.comma"))],
    ["victim.household", [v.household_label, v.relationship].filter(Boolean).join(" / ")],
    [
      "victim.care",
      v.special_care == null
        ? ""
        : codeList("help", v.special_care_reasons) || w.text("victim.care.yes"),
    ],
    ["victim.whereabouts", whereWords(v)],
  ];
  return (
    <>
      <p>
        <a href={href("events", v.event_id, "victims")}>{w.text("victims.title")}</a>
      </p>
      <PageTitle title={v.name}>
        {v.is_protected && <span class="tag tag-danger">{w.text("door.protected")}</span>}
      </PageTitle>
      <section class="card">
        <dl class="facts">
          {facts.map(([key, value]) => (
            <div key={key}>
              <dt>{w.text(key)}</dt>
              <dd>{value || w.text("victim.unknown")}</dd>
            </div>
          ))}
        </dl>
        {v.person_id && (
          <p>
            <a href={href("people", v.person_id)}>{w.text("victim.person")}</a>
          </p>
        )}
      </section>
      <section class="card">
        <h2>{w.text("victim.history")}</h2>
        {v.history.length === 0 && <p class="empty">{w.text("victim.history.empty")}</p>}
        <ol class="history">
          {v.history.map((h) => (
            <li key={`${h.since}${h.source_kind}`}>
              <When at={h.since} />　{whereWords(h)}（
              {w.text(`victim.source.${h.source_kind}` as Key)}）
            </li>
          ))}
        </ol>
      </section>
      <section class="card">
        <h2>{w.text("victim.sources")}</h2>
        <ul>
          {v.taken_from.map((s) => (
            <li key={`${s.kind}${s.taken_at}`}>
              {w.text(`victim.source.${s.kind}` as Key)}　<When at={s.taken_at} />
            </li>
          ))}
        </ul>
      </section>
    </>
  );
}
