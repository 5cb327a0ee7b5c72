import { useState } from "preact/hooks";
import { api } from "../../api/client";
import type { components } from "../../api/schema";
import { uuidv7 } from "../../offline/bytes";
import { Button } from "../../ui/button";
import { Checks, Select, TextArea } from "../../ui/choices";
import { Field } from "../../ui/field";
import { announce } from "../../ui/live-region";
import { useWords } from "../../ui/words";
import { fieldError, useAct, useAsk } from "../ask";
import { toLocalInput } from "../format";
import { ChooseDestination } from "../parts/choose-destination";
import { EditSupporters } from "../parts/edit-supporters";
import { PageTitle, Waiting } from "../parts/page";
import type { Plan } from "../parts/plans";
import { ProblemBanner } from "../parts/problem";
import type { Params } from "../places";
import { go, href } from "../router";
import { words } from "../words";
import type { Person } from "./person";

export type Draft = components["schemas"]["PlanDraft"];
type Trigger = components["schemas"]["PlanTrigger"];

/** What is said in words of one's own. */
type Text =
  | "trigger_words"
  | "destination_words"
  | "route"
  | "transport"
  | "help_words"
  | "belongings"
  | "entry_words"
  | "medical"
  | "made_with";

const TRIGGERS: Trigger[] = ["alert_level_3", "alert_level_4", "earthquake", "call", "other"];
const HELP = [
  "wheelchair",
  "two_helpers",
  "stretcher",
  "walking_aid",
  "guide_by_hand",
  "carry_down_stairs",
  "writing",
  "sign_language",
  "speak_slowly",
  "stay_calm",
  "power_supply",
  "oxygen",
  "medicine",
  "key_holder",
  "interpreter",
  "infant",
] as const;

/** Make the person's plan, go on with the draft, or begin the next version from the one in force. */
export default function PlanPage({ person: id = "" }: Params) {
  const w = useWords(words);
  const person = useAsk(`person/${id}`, () =>
    api.GET("/people/{id}", { params: { path: { id } } }),
  );
  const plans = useAsk(`plans/${id}`, () =>
    api.GET("/people/{id}/plans", { params: { path: { id } } }),
  );
  if (!person.data || !plans.data) {
    return (
      <>
        <PageTitle title={w.text("plan.title")} />
        <Waiting
          problem={person.problem ?? plans.problem}
          again={() => {
            void person.again();
            void plans.again();
          }}
        />
      </>
    );
  }
  const draft = plans.data.items.find((plan) => plan.status === "draft");
  const base = draft ?? plans.data.items.find((plan) => plan.status === "in_force");
  return (
    <>
      <p>
        <a href={href("people", id)}>{w.text("plan.back")}</a>
      </p>
      <PageTitle title={w.text("plan.form", { name: person.data.name })} />
      <p>{w.text("plan.words")}</p>
      <Form
        key={draft?.staff_only?.edit_id ?? "new"}
        person={person.data}
        base={base}
        draft={draft}
      />
    </>
  );
}

function fresh(person: Person, base: Plan | undefined): Omit<Draft, "edit_id" | "based_on"> {
  return {
    made_on: toLocalInput(new Date().toISOString()).slice(0, 10),
    trigger: (base?.trigger as Trigger) ?? "alert_level_3",
    trigger_words: base?.trigger_words ?? "",
    destination_site_id: base?.destination?.id ?? null,
    destination_words: base?.destination_words ?? "",
    route: base?.route ?? "",
    transport: base?.transport ?? "",
    help_needed: base?.help_needed ?? person.listing?.help_needed ?? [],
    help_words: base?.help_words ?? person.listing?.help_note ?? "",
    belongings: base?.belongings ?? "",
    entry_words: base?.entry_words ?? "",
    medical: base?.staff_only?.medical ?? "",
    review_due_on: base?.review_due_on ?? null,
    made_with: base?.staff_only?.made_with ?? "",
    supporters: (base?.supporters ?? []).map((s) => ({
      volunteer_id: s.volunteer_id ?? null,
      name: s.name,
      name_kana: s.name_kana,
      is_body: s.is_body,
      address: s.address ?? "",
      phone: s.phone,
      relation: s.relation,
      does: s.does,
      consent: s.consent,
      consent_on: s.consent_on ?? null,
      consent_means: s.consent_means ?? "",
    })),
  };
}

function Form(props: { person: Person; base: Plan | undefined; draft: Plan | undefined }) {
  const { person, base, draft } = props;
  const w = useWords(words);
  const [planId] = useState(() => draft?.id ?? uuidv7());
  const [editId, setEditId] = useState(uuidv7);
  const [said, setSaid] = useState(() => ({
    ...fresh(person, base),
    ...(draft ? { made_on: draft.made_on } : {}),
  }));
  const act = useAct();
  const set =
    <K extends keyof typeof said>(field: K) =>
    (value: (typeof said)[K]) => {
      setSaid((was) => ({ ...was, [field]: value }));
      // What is saved next is another save than the one that may have arrived.
      setEditId(uuidv7());
    };
  const error = (pointer: string) => fieldError(act.problem, pointer);
  const text = (field: Text) => ({
    label: w.text(`plan.${field}`),
    value: said[field] ?? "",
    onValue: set(field),
  });

  async function submit(event: Event) {
    event.preventDefault();
    const told = await act.run(() =>
      api.PUT("/people/{id}/plans/{plan_id}", {
        params: { path: { id: person.id, plan_id: planId } },
        body: { ...said, edit_id: editId, based_on: draft?.staff_only?.edit_id ?? null },
      }),
    );
    if (!told?.ok) return;
    announce(w.text("plan.saved"));
    go(href("people", person.id));
  }

  return (
    <form class="form" onSubmit={submit}>
      <ProblemBanner problem={act.problem} shown={["/made_on", "/destination_site_id"]} />
      <section class="card" aria-labelledby="when-title">
        <h2 id="when-title">{w.text("plan.when")}</h2>
        <Select<Trigger>
          label={w.text("plan.trigger")}
          value={said.trigger}
          onValue={set("trigger")}
          options={TRIGGERS.map((value) => ({ value, label: w.text(`plan.trigger.${value}`) }))}
        />
        <Field {...text("trigger_words")} maxLength={300} />
      </section>
      <section class="card" aria-labelledby="where-title">
        <h2 id="where-title">{w.text("plan.where")}</h2>
        <ChooseDestination
          person={person}
          chosen={base?.destination ?? null}
          value={said.destination_site_id ?? null}
          onValue={set("destination_site_id")}
          error={error("/destination_site_id")}
        />
        <TextArea
          {...text("destination_words")}
          hint={w.text("plan.destination_words.hint")}
          maxLength={300}
          rows={2}
        />
        <TextArea {...text("route")} hint={w.text("plan.route.hint")} maxLength={1000} />
        <Field {...text("transport")} hint={w.text("plan.transport.hint")} maxLength={300} />
      </section>
      <section class="card" aria-labelledby="help-title">
        <h2 id="help-title">{w.text("plan.help")}</h2>
        <Checks
          label={w.text("plan.help_needed")}
          values={said.help_needed ?? []}
          onValues={set("help_needed")}
          options={HELP.map((value) => ({ value, label: w.text(`help.${value}`) }))}
        />
        <TextArea {...text("help_words")} maxLength={1000} />
        <TextArea {...text("belongings")} maxLength={1000} rows={2} />
        <TextArea {...text("entry_words")} maxLength={1000} rows={2} />
        <TextArea {...text("medical")} hint={w.text("plan.medical.hint")} maxLength={2000} />
      </section>
      <section class="card" aria-labelledby="supporters-title">
        <h2 id="supporters-title">{w.text("plan.supporters")}</h2>
        <EditSupporters
          values={said.supporters ?? []}
          onValues={set("supporters")}
          problem={act.problem}
        />
      </section>
      <section class="card" aria-labelledby="made-title">
        <h2 id="made-title">{w.text("plan.made_on")}</h2>
        <Field
          label={w.text("plan.made_on")}
          type="date"
          value={said.made_on}
          onValue={set("made_on")}
          error={error("/made_on")}
          required
        />
        <Field {...text("made_with")} hint={w.text("plan.made_with.hint")} maxLength={200} />
        <Field
          label={w.text("plan.review")}
          type="date"
          value={said.review_due_on ?? ""}
          onValue={(value) => set("review_due_on")(value || null)}
        />
      </section>
      <ProblemBanner problem={act.problem} shown={["/made_on", "/destination_site_id"]} />
      <div class="actions">
        <Button look="primary" type="submit" aria-busy={act.busy}>
          {w.text("plan.save")}
        </Button>
        <a class="button button-plain" href={href("people", person.id)}>
          {w.text("cancel")}
        </a>
      </div>
    </form>
  );
}
