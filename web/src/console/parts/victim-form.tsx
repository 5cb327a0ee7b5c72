import { useState } from "preact/hooks";
import { api, type Problem } from "../../api/client";
import { Button } from "../../ui/button";
import { Check, Checks, Select, TextArea } from "../../ui/choices";
import { Field } from "../../ui/field";
import { useWords } from "../../ui/words";
import { fieldError, useAsk } from "../ask";
import { CERTIFICATES, HELP, options, type Victim, type VictimItems } from "../victim-words";
import { type Key, words } from "../words";
import { ProblemBanner } from "./problem";

type Sex = "" | "female" | "male" | "other";
type Care = "" | "yes" | "no";

const lines = (text: string) =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);

const SHOWN = [
  "name",
  "name_kana",
  "birth",
  "resident_no",
  "registered_address",
  "actual_residence",
  "phones",
  "special_care_reasons",
  "note",
];

/** The items of art. 90-3 as a form: empty, or with what the entry holds. */
export function VictimForm(props: {
  victim?: Victim;
  problem: Problem | null;
  busy: boolean;
  /** Where the items lie in what is sent. */
  at: string;
  onSave: (items: VictimItems) => void;
  onCancel: () => void;
}) {
  const v = props.victim;
  const w = useWords(words);
  const districts = useAsk("districts", () => api.GET("/districts"));
  const [name, setName] = useState(v?.name ?? "");
  const [kana, setKana] = useState(v?.name_kana ?? "");
  const [birth, setBirth] = useState(v?.birth_text || v?.birth_on || "");
  const [sex, setSex] = useState<Sex>((v?.sex ?? "") as Sex);
  const [residentNo, setResidentNo] = useState(v?.resident_no ?? "");
  const [registered, setRegistered] = useState(v?.registered_address ?? "");
  const [residence, setResidence] = useState(v?.actual_residence ?? "");
  const [district, setDistrict] = useState(v?.district.id ?? "");
  const [phones, setPhones] = useState((v?.phones ?? []).join("\n"));
  const [label, setLabel] = useState(v?.household_label ?? "");
  const [relationship, setRelationship] = useState(v?.relationship ?? "");
  const [care, setCare] = useState<Care>(
    v?.special_care == null ? "" : v.special_care ? "yes" : "no",
  );
  const [help, setHelp] = useState((v?.special_care_reasons ?? []).filter((r) => HELP.includes(r)));
  const [other, setOther] = useState(
    (v?.special_care_reasons ?? []).filter((r) => !HELP.includes(r)).join("\n"),
  );
  const [certificate, setCertificate] = useState(
    (v?.certificate ?? "unknown") as (typeof CERTIFICATES)[number],
  );
  const [isProtected, setProtected] = useState(v?.is_protected ?? false);
  const [note, setNote] = useState(v?.note ?? "");
  const wrong = (field: string) => fieldError(props.problem, `${props.at}/${field}`);

  function submit(event: Event) {
    event.preventDefault();
    props.onSave({
      name,
      name_kana: kana,
      birth,
      sex: sex || null,
      resident_no: residentNo || null,
      registered_address: registered,
      actual_residence: residence,
      district_id: district || null,
      phones: lines(phones),
      household_label: label,
      relationship,
      special_care: care === "" ? null : care === "yes",
      special_care_reasons: [...help, ...lines(other)],
      certificate,
      is_protected: isProtected,
      // Sealed anew it would look like a change.
      note: v?.note_is_gone || note === (v?.note ?? "") ? null : note,
    });
  }

  return (
    <form class="form" onSubmit={submit}>
      <ProblemBanner problem={props.problem} shown={SHOWN.map((f) => `${props.at}/${f}`)} />
      <Field
        label={w.text("door.name")}
        error={wrong("name")}
        value={name}
        onValue={setName}
        maxLength={100}
        required
      />
      <Field
        label={w.text("door.kana")}
        error={wrong("name_kana")}
        value={kana}
        onValue={setKana}
        maxLength={100}
      />
      <Field
        label={w.text("door.birth")}
        hint={w.text("victim.birth.hint")}
        error={wrong("birth")}
        value={birth}
        onValue={setBirth}
        maxLength={40}
      />
      <Select<Sex>
        label={w.text("door.sex")}
        value={sex}
        onValue={setSex}
        options={[
          { value: "", label: w.text("victim.unknown") },
          ...(["female", "male", "other"] as const).map((value) => ({
            value,
            label: w.text(`door.sex.${value}` as Key),
          })),
        ]}
      />
      <Field
        label={w.text("victim.registered")}
        error={wrong("registered_address")}
        value={registered}
        onValue={setRegistered}
        maxLength={200}
      />
      <Field
        label={w.text("victim.residence")}
        error={wrong("actual_residence")}
        value={residence}
        onValue={setResidence}
        maxLength={200}
      />
      <Select
        label={w.text("victim.district")}
        value={district}
        onValue={setDistrict}
        options={[
          { value: "", label: w.text("victim.district.none") },
          ...(districts.data?.items ?? [])
            .filter((d) => d.kind === "school")
            .map((d) => ({ value: d.id, label: d.name })),
        ]}
      />
      <TextArea
        label={w.text("door.phone")}
        hint={w.text("victim.phones.hint")}
        error={wrong("phones")}
        value={phones}
        onValue={setPhones}
        rows={2}
      />
      <Field
        label={w.text("victim.household.label")}
        value={label}
        onValue={setLabel}
        maxLength={100}
      />
      <Field
        label={w.text("victim.relationship")}
        value={relationship}
        onValue={setRelationship}
        maxLength={40}
      />
      <Select<Care>
        label={w.text("victim.care.ask")}
        value={care}
        onValue={setCare}
        options={[
          { value: "", label: w.text("victim.care.unknown") },
          { value: "yes", label: w.text("victim.care.yes") },
          { value: "no", label: w.text("victim.care.no") },
        ]}
      />
      {care === "yes" && (
        <>
          <Checks
            label={w.text("victim.care.reasons")}
            values={help}
            onValues={setHelp}
            options={options("help", HELP)}
          />
          <TextArea
            label={w.text("victim.care.other")}
            error={wrong("special_care_reasons")}
            value={other}
            onValue={setOther}
            rows={2}
          />
        </>
      )}
      <Select
        label={w.text("victim.certificate")}
        value={certificate}
        onValue={setCertificate}
        options={options("victim.certificate", CERTIFICATES)}
      />
      <Field
        label={w.text("victim.resident_no")}
        hint={w.text("victim.resident_no.hint")}
        error={wrong("resident_no")}
        value={residentNo}
        onValue={setResidentNo}
        maxLength={30}
      />
      {v?.note_is_gone ? (
        <p>{w.text("victim.note.gone")}</p>
      ) : (
        <TextArea
          label={w.text("victim.note")}
          hint={w.text("victim.note.hint")}
          error={wrong("note")}
          value={note}
          onValue={setNote}
          maxLength={4000}
        />
      )}
      <div class="field">
        <Check checked={isProtected} onChecked={setProtected}>
          {w.text("victim.protected")}
        </Check>
      </div>
      <div class="actions">
        <Button look="primary" type="submit" aria-busy={props.busy}>
          {w.text("victim.save")}
        </Button>
        <Button onClick={props.onCancel}>{w.text("cancel")}</Button>
      </div>
    </form>
  );
}
