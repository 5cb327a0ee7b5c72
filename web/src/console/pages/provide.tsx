import { useState } from "preact/hooks";
import { api } from "../../api/client";
import type { components } from "../../api/schema";
import { uuidv7 } from "../../offline/bytes";
import { Banner } from "../../ui/banner";
import { Button } from "../../ui/button";
import { Checks, Radios, TextArea } from "../../ui/choices";
import { Field } from "../../ui/field";
import { useWords } from "../../ui/words";
import { fieldError, tell, useAct, useAsk } from "../ask";
import { clockTime, toLocalInput } from "../format";
import { PageTitle, Waiting } from "../parts/page";
import { ProblemBanner } from "../parts/problem";
import { type Filter, VictimFilter, whole } from "../parts/victim-filter";
import type { Params } from "../places";
import { go, href } from "../router";
import { itemWords, type RecipientKind } from "../victim-words";
import { words } from "../words";

type S = components["schemas"];
type Rule = S["ProvisionRule"];
type Item = S["ProvisionField"];
type Ask = S["AskProvision"];

const USUAL: Item[] = ["name", "name_kana", "actual_residence", "phones"];
const SHOWN = ["/recipient_name", "/purpose", "/fields", "/protected_why"];

/** Preparing a provision: the recipient decides ground and items; then purpose, people, figures. */
export default function Provide({ event = "" }: Params) {
  const w = useWords(words);
  const rules = useAsk(`provision-rules/${event}`, () =>
    api.GET("/provision-rules", { params: { query: { event } } }),
  );
  return (
    <>
      <p>
        <a href={href("events", event, "victims")}>{w.text("victims.title")}</a>
      </p>
      <PageTitle title={w.text("prov.title")} />
      <p>{w.text("prov.words")}</p>
      {rules.data ? (
        <Form eventId={event} rules={rules.data.items} />
      ) : (
        <Waiting problem={rules.problem} again={rules.again} />
      )}
    </>
  );
}

function Form({ eventId, rules }: { eventId: string; rules: Rule[] }) {
  const w = useWords(words);
  // Her own extract is made from her entry.
  const offered = rules.filter((r) => r.recipient_kind !== "self");
  const [id] = useState(uuidv7);
  const [kind, setKind] = useState<RecipientKind>("internal_department");
  const [name, setName] = useState("");
  const [address, setAddress] = useState("");
  const [person, setPerson] = useState("");
  const [purpose, setPurpose] = useState("");
  const [applied, setApplied] = useState(toLocalInput(new Date().toISOString()).slice(0, 10));
  const [due, setDue] = useState("");
  const [fields, setFields] = useState<Item[]>(USUAL);
  const [means, setMeans] = useState<Ask["means"]>("print");
  const [filter, setFilter] = useState<Filter>({});
  const [numbers, setNumbers] = useState("");
  const [why, setWhy] = useState("");
  const [badNumber, setBadNumber] = useState("");
  const [seen, setSeen] = useState<{ ask: Ask; preview: S["ProvisionPreview"] } | null>(null);
  const act = useAct();
  const rule = offered.find((r) => r.recipient_kind === kind);
  if (!rule) return null;
  /** Whatever changes is looked at anew. */
  const anew =
    <T,>(set: (value: T) => void) =>
    (value: T) => {
      setSeen(null);
      set(value);
    };

  async function look() {
    setBadNumber("");
    const protectedIds: string[] = [];
    for (const number of numbers.split(/[、,，\s]+/).filter(Boolean)) {
      const found = await tell(() =>
        api.GET("/events/{id}/victims", {
          params: { path: { id: eventId }, query: { query: number } },
        }),
      );
      const entry =
        found.ok &&
        found.data.items.find(
          (v) => String(v.number) === number.normalize("NFKC") && v.is_protected,
        );
      if (!entry) {
        setBadNumber(number);
        return;
      }
      protectedIds.push(entry.id);
    }
    const ask: Ask = {
      recipient_kind: kind,
      recipient_name: name,
      recipient_address: address,
      recipient_person: person,
      purpose,
      applied_on: applied,
      return_due_on: due || null,
      fields,
      means,
      filter: whole(filter),
      protected_ids: protectedIds,
      protected_why: why,
    };
    const told = await act.run(() =>
      api.POST("/events/{id}/provisions/preview", { params: { path: { id: eventId } }, body: ask }),
    );
    if (told?.ok) setSeen({ ask, preview: told.data });
  }

  async function prepare() {
    if (!seen) return;
    const told = await act.run(() =>
      api.POST("/events/{id}/provisions", {
        params: { path: { id: eventId } },
        body: { id, expected_people: seen.preview.people, ...seen.ask },
      }),
    );
    if (told?.ok) go(href("provisions", id));
  }

  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        void look();
      }}
    >
      <section class="card">
        <h2>{w.text("prov.to")}</h2>
        <Radios<RecipientKind>
          label={w.text("prov.to.kind")}
          value={kind}
          onValue={anew((next) => {
            setKind(next);
            const lawful = offered.find((r) => r.recipient_kind === next)?.fields ?? [];
            setFields(fields.filter((f) => lawful.includes(f)));
          })}
          options={offered.map((r) => ({ value: r.recipient_kind, label: r.label }))}
        />
        <Banner tone="info" title={`${w.text("prov.basis")}：${rule.basis_words}`}>
          <p>
            {w.text("prov.note")}：{rule.note}
          </p>
        </Banner>
        <Field
          label={w.text("prov.to.name")}
          hint={rule.needs_consent ? w.text("prov.to.name.hint") : undefined}
          error={fieldError(act.problem, "/recipient_name")}
          value={name}
          onValue={anew(setName)}
          maxLength={100}
          required
        />
        {rule.named.length > 0 && (
          <p class="actions">
            {rule.named.map((n) => (
              <Button key={n} onClick={() => anew(setName)(n)}>
                {n}
              </Button>
            ))}
          </p>
        )}
        <Field
          label={w.text("prov.to.address")}
          value={address}
          onValue={anew(setAddress)}
          maxLength={200}
        />
        <Field
          label={w.text("prov.to.person")}
          value={person}
          onValue={anew(setPerson)}
          maxLength={100}
        />
        <TextArea
          label={w.text("prov.purpose")}
          error={fieldError(act.problem, "/purpose")}
          value={purpose}
          onValue={anew(setPurpose)}
          maxLength={500}
          rows={2}
          required
        />
        <Field
          label={w.text("prov.applied")}
          type="date"
          value={applied}
          onValue={anew(setApplied)}
          required
        />
        <Field label={w.text("prov.due")} type="date" value={due} onValue={anew(setDue)} />
      </section>
      <section class="card">
        <h2>{w.text("prov.fields")}</h2>
        <Checks<Item>
          label={w.text("prov.fields")}
          hint={w.text("prov.fields.hint")}
          error={fieldError(act.problem, "/fields")}
          values={fields}
          onValues={anew(setFields)}
          options={rule.fields.map((value) => ({ value, label: itemWords(value) }))}
        />
        <Radios<Ask["means"]>
          label={w.text("prov.means")}
          value={means}
          onValue={anew(setMeans)}
          options={(["print", "csv", "xlsx"] as const).map((value) => ({
            value,
            label: w.text(`prov.means.${value}`),
          }))}
        />
      </section>
      <section class="card">
        <h2>{w.text("prov.who")}</h2>
        <div class="filters">
          <VictimFilter
            filter={filter}
            onFilter={anew(setFilter)}
            only={["without_contact", "without_assistance"]}
          />
        </div>
        <details class="more">
          <summary>{w.text("prov.protected")}</summary>
          <p>{w.text("prov.protected.words")}</p>
          <Field
            label={w.text("prov.protected.numbers")}
            error={badNumber ? w.text("prov.protected.bad", { n: badNumber }) : undefined}
            value={numbers}
            onValue={anew(setNumbers)}
          />
          <Field
            label={w.text("prov.protected.why")}
            error={fieldError(act.problem, "/protected_why")}
            value={why}
            onValue={anew(setWhy)}
            maxLength={500}
          />
        </details>
        <ProblemBanner problem={act.problem} shown={SHOWN} />
        <Button look={seen ? "plain" : "primary"} type="submit" aria-busy={act.busy}>
          {w.text("prov.look")}
        </Button>
        {seen && (
          <Preview preview={seen.preview} busy={act.busy} onPrepare={() => void prepare()} />
        )}
      </section>
    </form>
  );
}

function Preview(props: { preview: S["ProvisionPreview"]; busy: boolean; onPrepare: () => void }) {
  const w = useWords(words);
  const p = props.preview;
  const left = [
    ["prov.left.protected", p.left_protected],
    ["prov.left.consent", p.left_without_consent],
    ["prov.left.refused", p.left_refused],
  ] as const;
  return (
    <div role="status">
      <p>
        <strong>{w.text("prov.people", { n: p.people, as: clockTime(p.as_of, w.lang) })}</strong>
      </p>
      <ul>
        {left
          .filter(([, n]) => n > 0)
          .map(([key, n]) => (
            <li key={key}>{w.text(key, { n })}</li>
          ))}
      </ul>
      {p.needs_second && <Banner tone="warn" title={w.text("prov.second", { n: p.alone_up_to })} />}
      {p.people === 0 ? (
        <p class="empty">{w.text("prov.nobody")}</p>
      ) : (
        <Button look="primary" onClick={props.onPrepare} aria-busy={props.busy}>
          {w.text("prov.prepare")}
        </Button>
      )}
    </div>
  );
}
