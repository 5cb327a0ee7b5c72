import { useState } from "preact/hooks";
import { api } from "../../api/client";
import { Banner } from "../../ui/banner";
import { Button } from "../../ui/button";
import { useWords } from "../../ui/words";
import { useAct, useAsk } from "../ask";
import { codeList } from "../labels";
import { PageTitle, Waiting } from "../parts/page";
import { VictimChanges, VictimExtract, VictimHousehold, VictimRemove } from "../parts/victim-acts";
import { VictimForm } from "../parts/victim-form";
import {
  AssistanceForm,
  ConsentForm,
  DamageForm,
  WhereaboutsForm,
} from "../parts/victim-record-forms";
import { Records } from "../parts/victim-records";
import { When } from "../parts/when";
import type { Params } from "../places";
import { href } from "../router";
import {
  dwellingWords,
  itemWords,
  type Victim,
  type VictimItems,
  whereWords,
} from "../victim-words";
import { type Key, words } from "../words";

/** One entry of the registry: its items, where she was when, damage, assistance, consent, to whom it was given. */
export default function VictimPage({ victim: id = "" }: Params) {
  const w = useWords(words);
  const asked = useAsk(`victim/${id}`, () =>
    api.GET("/victims/{id}", { params: { path: { id } } }),
  );
  const [newer, setNewer] = useState<Victim | null>(null);
  const v = newer?.id === id ? newer : asked.data;
  if (!v) {
    return (
      <>
        <PageTitle title={w.text("victims.title")} />
        <Waiting problem={asked.problem} again={asked.again} />
      </>
    );
  }
  return (
    <>
      <p>
        <a href={href("events", v.event_id, "victims")}>{w.text("victims.title")}</a>
      </p>
      <PageTitle title={v.name}>
        {v.is_protected && <span class="tag tag-danger">{w.text("door.protected")}</span>}
      </PageTitle>
      {v.is_protected && <Banner tone="danger" title={w.text("victim.protected.words")} />}
      {v.removed_at && <VictimRemove victim={v} onDone={setNewer} />}
      <Items victim={v} onDone={setNewer} />
      <Records
        victim={v}
        title={w.text("victim.history")}
        empty={w.text("victim.history.empty")}
        add={w.text("victim.history.add")}
        records={v.history}
        named={whereWords}
        line={(h) => (
          <>
            <When at={h.since} />　{whereWords(h)}（
            {w.text(`victim.source.${h.source_kind}` as Key)}）
          </>
        )}
        Form={WhereaboutsForm}
        onDone={setNewer}
      />
      <Records
        victim={v}
        title={w.text("victim.damage")}
        intro={w.text("victim.damage.words")}
        empty={w.text("victim.damage.empty")}
        add={w.text("victim.damage.add")}
        records={v.damage}
        named={(d) => w.text(`victim.damage.${d.kind}` as Key)}
        line={(d) => (
          <>
            <When at={d.reported_at} />　{w.text(`victim.damage.${d.kind}` as Key)}
            {"　"}
            {dwellingWords(d.grade)}
            {[d.words, d.place, d.reported_by].filter(Boolean).map((t) => `　${t}`)}
          </>
        )}
        Form={DamageForm}
        onDone={setNewer}
      />
      <Records
        victim={v}
        title={w.text("victim.assist")}
        empty={w.text("victim.assist.empty")}
        add={w.text("victim.assist.add")}
        records={v.assistance_records}
        named={(a) => w.text(`victim.assist.${a.kind}` as Key)}
        line={(a) => (
          <>
            {a.happened_on}　{w.text(`victim.assist.${a.kind}` as Key)}
            {"　"}
            {w.text(`victim.assist.${a.status}` as Key)}
            {a.amount_yen != null && `　${a.amount_yen.toLocaleString()}円`}
            {[a.words, a.department].filter(Boolean).map((t) => `　${t}`)}
          </>
        )}
        Form={AssistanceForm}
        onDone={setNewer}
      />
      <VictimHousehold key={`${v.id}${v.version}`} victim={v} onDone={setNewer} />
      <Records
        victim={v}
        title={w.text("victim.consent")}
        intro={w.text("victim.consent.words")}
        empty={w.text("victim.consent.empty")}
        add={w.text("victim.consent.add")}
        records={v.consents}
        canCorrect={false}
        named={(c) => c.recipient_name}
        line={(c) => (
          <>
            {!c.is_in_force && <span class="tag">{w.text("victim.consent.old")}</span>}
            {c.obtained_on}　{w.text(`recipient.${c.recipient_kind}` as Key)}　{c.recipient_name}
            {"　"}
            <strong>{w.text(`victim.consent.${c.status}` as Key)}</strong>
            {[c.means, c.obtained_by].filter(Boolean).map((t) => `　${t}`)}
          </>
        )}
        Form={ConsentForm}
        onDone={setNewer}
      />
      <Given victim={v} />
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
      <VictimChanges victim={v} />
      {!v.removed_at && <VictimExtract victim={v} />}
      {!v.removed_at && <VictimRemove victim={v} onDone={setNewer} />}
    </>
  );
}

/** The word on whereabouts that holds, with its own words. */
function presentOf(v: Victim) {
  return v.history.find((h) => !h.is_corrected && !h.is_withdrawn) ?? v;
}

function factsOf(v: Victim): [Key, string][] {
  return [
    ["victim.number", String(v.number)],
    ["door.kana", v.name_kana],
    ["door.birth", v.birth_on ?? v.birth_text],
    ["door.sex", v.sex ? words.text(`door.sex.${v.sex}` as Key) : ""],
    ["victim.registered", v.registered_address],
    ["victim.residence", v.actual_residence],
    ["victim.district", v.district.name],
    ["door.phone", v.phones.join(words.text("list.comma"))],
    ["victim.household", [v.household_label, v.relationship].filter(Boolean).join(" / ")],
    [
      "victim.care",
      v.special_care == null
        ? ""
        : v.special_care
          ? codeList("help", v.special_care_reasons) || words.text("victim.care.yes")
          : words.text("victim.care.no"),
    ],
    ["victim.whereabouts", whereWords(presentOf(v))],
    ["victim.dwelling", dwellingWords(v.dwelling_damage)],
    ["victim.certificate", words.text(`victim.certificate.${v.certificate}` as Key)],
    ["victim.resident_no", v.resident_no ?? ""],
    ["victim.note", v.note_is_gone ? words.text("victim.note.gone") : (v.note ?? "")],
  ];
}

/** The items; changing them, and what somebody else made of them meanwhile. */
function Items({ victim: v, onDone }: { victim: Victim; onDone: (victim: Victim) => void }) {
  const w = useWords(words);
  const [isOpen, setOpen] = useState(false);
  const [present, setPresent] = useState<Victim | null>(null);
  const act = useAct();

  async function save(items: VictimItems) {
    const told = await act.run(() =>
      api.PUT("/victims/{id}", {
        params: { path: { id: v.id } },
        body: { version: (present ?? v).version, items },
      }),
    );
    if (!told) return;
    if (told.ok) {
      setOpen(false);
      setPresent(null);
      onDone(told.data);
      return;
    }
    const now = (told.problem as { present?: Victim }).present;
    if (now) setPresent(now);
  }

  if (isOpen) {
    const differs = present
      ? factsOf(present).filter(([key, value]) =>
          factsOf(v).some(([k, old]) => k === key && old !== value),
        )
      : [];
    return (
      <section class="card">
        <h2>{w.text("victim.edit")}</h2>
        {present && (
          <Banner tone="warn" title={w.text("victim.stale")}>
            <p>{w.text("victim.stale.words")}</p>
            <ul>
              {differs.map(([key, value]) => (
                <li key={key}>
                  {w.text(key)}
                  {"　"}
                  {w.text("victim.stale.now", { what: value || w.text("victim.unknown") })}
                </li>
              ))}
            </ul>
          </Banner>
        )}
        <VictimForm
          at="/items"
          victim={v}
          problem={present && act.problem?.status === 409 ? null : act.problem}
          busy={act.busy}
          onSave={(items) => void save(items)}
          onCancel={() => {
            setOpen(false);
            act.clear();
            if (present) onDone(present);
            setPresent(null);
          }}
        />
      </section>
    );
  }
  return (
    <section class="card">
      <dl class="facts">
        {factsOf(v).map(([key, value]) => (
          <div key={key}>
            <dt>{w.text(key)}</dt>
            <dd>{value || w.text("victim.unknown")}</dd>
          </div>
        ))}
      </dl>
      <p class="actions">
        {!v.removed_at && (
          <Button look="primary" onClick={() => setOpen(true)}>
            {w.text("victim.edit")}
          </Button>
        )}
        {v.person_id && (
          <a class="button button-plain" href={href("people", v.person_id)}>
            {w.text("victim.person")}
          </a>
        )}
      </p>
    </section>
  );
}

/** To whom this entry was given: an item of the registry by law. */
function Given({ victim }: { victim: Victim }) {
  const w = useWords(words);
  return (
    <section class="card">
      <h2>{w.text("victim.given")}</h2>
      {victim.disclosures.length === 0 && <p class="empty">{w.text("victim.given.empty")}</p>}
      <ol class="history">
        {victim.disclosures.map((d) => (
          <li key={d.id}>
            <a href={href("provisions", d.id)}>
              {d.serial != null && w.text("victim.given.serial", { n: d.serial })}
            </a>
            {"　"}
            <When at={d.provided_at} />
            {"　"}
            {w.text("victim.given.line", {
              to:
                d.recipient_kind === "self"
                  ? w.text("recipient.self")
                  : `${w.text(`recipient.${d.recipient_kind}` as Key)} ${d.recipient_name}`,
              fields: d.fields.map(itemWords).join(w.text("list.comma")),
            })}
          </li>
        ))}
      </ol>
    </section>
  );
}
