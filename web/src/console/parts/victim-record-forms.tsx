import { useState } from "preact/hooks";
import { api } from "../../api/client";
import type { components } from "../../api/schema";
import { uuidv7 } from "../../offline/bytes";
import { Select, TextArea } from "../../ui/choices";
import { Field } from "../../ui/field";
import { useWords } from "../../ui/words";
import { fieldError, useAct, useAsk } from "../ask";
import { fromLocalInput, toLocalInput } from "../format";
import {
  ASSISTANCE,
  ASSISTANCE_STATES,
  type AssistanceKind,
  type AssistanceStatus,
  type ConsentStatus,
  DAMAGE_KINDS,
  type DamageGrade,
  type DamageKind,
  gradesOf,
  options,
  PLACES,
  type RecipientKind,
  type VictimPlace,
} from "../victim-words";
import { words } from "../words";
import { type FormProps, RecordForm } from "./victim-records";

type S = components["schemas"];
const now = () => toLocalInput(new Date().toISOString());
const today = () => now().slice(0, 10);

/** Where she is since when. */
export function WhereaboutsForm(props: FormProps<S["VictimWhereabouts"]>) {
  const { victim, corrects } = props;
  const w = useWords(words);
  const [id] = useState(uuidv7);
  const [where, setWhere] = useState<VictimPlace>(
    (corrects?.whereabouts ?? "shelter") as VictimPlace,
  );
  const [site, setSite] = useState(corrects?.site_id ?? "");
  const [detail, setDetail] = useState(corrects?.words ?? "");
  const [since, setSince] = useState(corrects ? toLocalInput(corrects.since) : now());
  const shelters = useAsk(`shelters/${victim.event_id}`, () =>
    api.GET("/events/{id}/shelters", { params: { path: { id: victim.event_id } } }),
  );
  const act = useAct();
  const send = (isWithdrawn: boolean) =>
    api.POST("/victims/{id}/whereabouts", {
      params: { path: { id: victim.id } },
      body: {
        id,
        whereabouts: where,
        site_id: where === "shelter" && site ? site : null,
        words: detail,
        since: fromLocalInput(since) ?? new Date().toISOString(),
        corrects: corrects?.id ?? null,
        is_withdrawn: isWithdrawn,
      },
    });
  return (
    <RecordForm of={props} act={act} shown={["/since", "/words", "/site_id"]} send={send}>
      <Select
        label={w.text("victim.history.where")}
        value={where}
        onValue={setWhere}
        options={options("victim.where", PLACES)}
      />
      {where === "shelter" && (
        <Select
          label={w.text("victim.history.shelter")}
          error={fieldError(act.problem, "/site_id")}
          value={site}
          onValue={setSite}
          options={[
            { value: "", label: w.text("victim.history.no_shelter") },
            ...(shelters.data?.items ?? []).map((s) => ({ value: s.id, label: s.name })),
          ]}
        />
      )}
      <Field
        label={w.text("victim.history.detail")}
        error={fieldError(act.problem, "/words")}
        value={detail}
        onValue={setDetail}
        maxLength={200}
      />
      <Field
        label={w.text("victim.history.since")}
        error={fieldError(act.problem, "/since")}
        type="datetime-local"
        value={since}
        onValue={setSince}
        required
      />
    </RecordForm>
  );
}

/** Damage as it is reported. */
export function DamageForm(props: FormProps<S["VictimDamage"]>) {
  const { victim, corrects } = props;
  const w = useWords(words);
  const [id] = useState(uuidv7);
  const [kind, setKind] = useState<DamageKind>((corrects?.kind ?? "dwelling") as DamageKind);
  const [grade, setGrade] = useState<DamageGrade>(
    (corrects?.grade ?? "unconfirmed") as DamageGrade,
  );
  const [detail, setDetail] = useState(corrects?.words ?? "");
  const [place, setPlace] = useState(corrects?.place ?? "");
  const [by, setBy] = useState(corrects?.reported_by ?? "");
  const [at, setAt] = useState(corrects ? toLocalInput(corrects.reported_at) : now());
  const act = useAct();
  const send = (isWithdrawn: boolean) =>
    api.POST("/victims/{id}/damage", {
      params: { path: { id: victim.id } },
      body: {
        id,
        kind,
        grade,
        words: detail,
        place,
        reported_by: by,
        reported_at: fromLocalInput(at) ?? new Date().toISOString(),
        corrects: corrects?.id ?? null,
        is_withdrawn: isWithdrawn,
      },
    });
  return (
    <RecordForm of={props} act={act} shown={["/grade", "/reported_at"]} send={send}>
      <Select
        label={w.text("victim.damage.kind")}
        value={kind}
        onValue={(next) => {
          setKind(next);
          if (!gradesOf(next).includes(grade)) setGrade("unconfirmed");
        }}
        options={options("victim.damage", DAMAGE_KINDS)}
      />
      <Select
        label={w.text("victim.damage.grade")}
        error={fieldError(act.problem, "/grade")}
        value={grade}
        onValue={setGrade}
        options={options("victim.grade", gradesOf(kind))}
      />
      <TextArea
        label={w.text("victim.damage.detail")}
        value={detail}
        onValue={setDetail}
        maxLength={1000}
        rows={2}
      />
      <Field
        label={w.text("victim.damage.place")}
        value={place}
        onValue={setPlace}
        maxLength={200}
      />
      <Field label={w.text("victim.damage.by")} value={by} onValue={setBy} maxLength={100} />
      <Field
        label={w.text("victim.damage.at")}
        error={fieldError(act.problem, "/reported_at")}
        type="datetime-local"
        value={at}
        onValue={setAt}
        required
      />
    </RecordForm>
  );
}

/** What was asked, decided or done for her. */
export function AssistanceForm(props: FormProps<S["VictimAssistance"]>) {
  const { victim, corrects } = props;
  const w = useWords(words);
  const [id] = useState(uuidv7);
  const [kind, setKind] = useState<AssistanceKind>(
    (corrects?.kind ?? "supplies") as AssistanceKind,
  );
  const [status, setStatus] = useState<AssistanceStatus>(
    (corrects?.status ?? "given") as AssistanceStatus,
  );
  const [detail, setDetail] = useState(corrects?.words ?? "");
  const [on, setOn] = useState(corrects?.happened_on ?? today());
  const [yen, setYen] = useState(corrects?.amount_yen?.toString() ?? "");
  const [department, setDepartment] = useState(corrects?.department ?? "");
  const act = useAct();
  const send = (isWithdrawn: boolean) => {
    const amount = Number.parseInt(yen.normalize("NFKC").replaceAll(",", ""), 10);
    return api.POST("/victims/{id}/assistance", {
      params: { path: { id: victim.id } },
      body: {
        id,
        kind,
        status,
        words: detail,
        happened_on: on,
        amount_yen: Number.isNaN(amount) ? null : amount,
        department,
        corrects: corrects?.id ?? null,
        is_withdrawn: isWithdrawn,
      },
    });
  };
  return (
    <RecordForm of={props} act={act} shown={["/amount_yen"]} send={send}>
      <Select
        label={w.text("victim.assist.kind")}
        value={kind}
        onValue={setKind}
        options={options("victim.assist", ASSISTANCE)}
      />
      <Select
        label={w.text("victim.assist.status")}
        value={status}
        onValue={setStatus}
        options={options("victim.assist", ASSISTANCE_STATES)}
      />
      <TextArea
        label={w.text("victim.assist.detail")}
        value={detail}
        onValue={setDetail}
        maxLength={1000}
        rows={2}
      />
      <Field label={w.text("victim.assist.on")} type="date" value={on} onValue={setOn} required />
      <Field
        label={w.text("victim.assist.yen")}
        error={fieldError(act.problem, "/amount_yen")}
        inputMode="numeric"
        value={yen}
        onValue={setYen}
        maxLength={14}
      />
      <Field
        label={w.text("victim.assist.department")}
        value={department}
        onValue={setDepartment}
        maxLength={100}
      />
    </RecordForm>
  );
}

const OUTSIDE: RecipientKind[] = [
  "consented_third_party",
  "registered_relief_organisation",
  "other_local_government",
];

/** Her word on giving her record outside the city. */
export function ConsentForm(props: FormProps<S["VictimConsent"]>) {
  const { victim } = props;
  const w = useWords(words);
  const [id] = useState(uuidv7);
  const [to, setTo] = useState<RecipientKind>("consented_third_party");
  const [name, setName] = useState("");
  const [status, setStatus] = useState<ConsentStatus>("consented");
  const [on, setOn] = useState(today());
  const [means, setMeans] = useState("");
  const [by, setBy] = useState("");
  const act = useAct();
  const send = () =>
    api.POST("/victims/{id}/consents", {
      params: { path: { id: victim.id } },
      body: {
        id,
        recipient_kind: to,
        recipient_name: name,
        status,
        obtained_on: on,
        means,
        obtained_by: by,
      },
    });
  return (
    <RecordForm of={props} act={act} shown={["/recipient_name"]} send={send}>
      <Select
        label={w.text("victim.consent.to")}
        value={to}
        onValue={setTo}
        options={options("recipient", OUTSIDE)}
      />
      <Field
        label={w.text("victim.consent.name")}
        error={fieldError(act.problem, "/recipient_name")}
        value={name}
        onValue={setName}
        maxLength={100}
        required
      />
      <Select
        label={w.text("victim.consent.status")}
        value={status}
        onValue={setStatus}
        options={options<ConsentStatus>("victim.consent", ["consented", "refused", "withdrawn"])}
      />
      <Field label={w.text("victim.consent.on")} type="date" value={on} onValue={setOn} required />
      <Field
        label={w.text("victim.consent.means")}
        value={means}
        onValue={setMeans}
        maxLength={100}
      />
      <Field label={w.text("victim.consent.by")} value={by} onValue={setBy} maxLength={100} />
    </RecordForm>
  );
}
