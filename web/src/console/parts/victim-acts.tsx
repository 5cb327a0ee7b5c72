import { useState } from "preact/hooks";
import { api } from "../../api/client";
import { uuidv7 } from "../../offline/bytes";
import { Banner } from "../../ui/banner";
import { Button } from "../../ui/button";
import { Field } from "../../ui/field";
import { Table } from "../../ui/table";
import { useWords } from "../../ui/words";
import { fieldError, useAct, useAsk } from "../ask";
import { toLocalInput } from "../format";
import { go, href } from "../router";
import { itemWords, type Victim, whereWords } from "../victim-words";
import { type Key, words } from "../words";
import { Waiting } from "./page";
import { ProblemBanner } from "./problem";
import { When } from "./when";

interface ActProps {
  victim: Victim;
  onDone: (victim: Victim) => void;
}

/** Who lives with her, and moving her into another household of the registry. */
export function VictimHousehold({ victim, onDone }: ActProps) {
  const w = useWords(words);
  const [isOpen, setOpen] = useState(false);
  const [typed, setTyped] = useState("");
  const [query, setQuery] = useState("");
  const [relationship, setRelationship] = useState(victim.relationship);
  const act = useAct();
  async function move(other: string | null) {
    const told = await act.run(() =>
      api.PUT("/victims/{id}/household", {
        params: { path: { id: victim.id } },
        body: { version: victim.version, with: other, relationship },
      }),
    );
    if (told?.ok) {
      setOpen(false);
      onDone(told.data);
    }
  }
  return (
    <section class="card">
      <h2>{w.text("victim.members")}</h2>
      {victim.household.length === 0 && <p class="empty">{w.text("victim.members.empty")}</p>}
      <ul>
        {victim.household.map((m) => (
          <li key={m.id}>
            <a href={href("victims", m.id)}>
              {m.number}　{m.name}
            </a>
            {m.relationship && `（${m.relationship}）`}　{whereWords(m)}
          </li>
        ))}
      </ul>
      {!victim.removed_at && !isOpen && (
        <p class="actions">
          <Button onClick={() => setOpen(true)}>{w.text("victim.members.move")}</Button>
        </p>
      )}
      {isOpen && (
        <div class="inner-form">
          <p>{w.text("victim.members.move.words")}</p>
          <ProblemBanner problem={act.problem} />
          <Field
            label={w.text("victim.relationship")}
            value={relationship}
            onValue={setRelationship}
            maxLength={40}
          />
          <form
            class="filters"
            onSubmit={(event) => {
              event.preventDefault();
              setQuery(typed);
            }}
          >
            <Field
              label={w.text("victim.members.find")}
              type="search"
              value={typed}
              onValue={setTyped}
            />
            <div class="field filters-go">
              <Button type="submit">{w.text("victim.members.search")}</Button>
            </div>
          </form>
          {query && <Found victim={victim} query={query} busy={act.busy} onChoose={move} />}
          <p class="actions">
            <Button onClick={() => void move(null)} aria-busy={act.busy}>
              {w.text("victim.members.alone")}
            </Button>
            <Button onClick={() => setOpen(false)}>{w.text("cancel")}</Button>
          </p>
        </div>
      )}
    </section>
  );
}

function Found(props: {
  victim: Victim;
  query: string;
  busy: boolean;
  onChoose: (id: string) => void;
}) {
  const w = useWords(words);
  const { event_id: id } = props.victim;
  const asked = useAsk(`victims/${id}/find/${props.query}`, () =>
    api.GET("/events/{id}/victims", { params: { path: { id }, query: { query: props.query } } }),
  );
  if (!asked.data) return <Waiting problem={asked.problem} again={asked.again} />;
  const found = asked.data.items.filter((v) => v.id !== props.victim.id && !v.is_protected);
  if (found.length === 0) return <p class="empty">{w.text("victim.members.none")}</p>;
  return (
    <ul class="plain">
      {found.slice(0, 20).map((v) => (
        <li key={v.id}>
          {v.number}　{v.name}　<small>{v.household_label}</small>
          <p class="actions">
            <Button onClick={() => props.onChoose(v.id)} aria-busy={props.busy}>
              {w.text("victim.members.with", { name: v.name })}
            </Button>
          </p>
        </li>
      ))}
    </ul>
  );
}

/** Out of the registry, with the reason; nothing is deleted. */
export function VictimRemove({ victim, onDone }: ActProps) {
  const w = useWords(words);
  const [reason, setReason] = useState("");
  const act = useAct();
  if (victim.removed_at) {
    return (
      <Banner tone="warn" title={w.text("victim.removed")}>
        <p>
          {victim.removed_why}　<When at={victim.removed_at} />
        </p>
        <ProblemBanner problem={act.problem} />
        <Button
          aria-busy={act.busy}
          onClick={async () => {
            const told = await act.run(() =>
              api.POST("/victims/{id}/restore", { params: { path: { id: victim.id } } }),
            );
            if (told?.ok) onDone(told.data);
          }}
        >
          {w.text("victim.restore")}
        </Button>
      </Banner>
    );
  }
  return (
    <details class="more card">
      <summary>{w.text("victim.remove")}</summary>
      <form
        onSubmit={async (event) => {
          event.preventDefault();
          const told = await act.run(() =>
            api.POST("/victims/{id}/remove", {
              params: { path: { id: victim.id } },
              body: { version: victim.version, reason },
            }),
          );
          if (told?.ok) onDone(told.data);
        }}
      >
        <p>{w.text("victim.remove.words")}</p>
        <ProblemBanner problem={act.problem} shown={["/reason"]} />
        <Field
          label={w.text("victim.remove.reason")}
          error={fieldError(act.problem, "/reason")}
          value={reason}
          onValue={setReason}
          maxLength={500}
          required
        />
        <Button look="warn" type="submit" aria-busy={act.busy}>
          {w.text("victim.remove")}
        </Button>
      </form>
    </details>
  );
}

/** Who changed which item when, from what to what. */
export function VictimChanges({ victim }: { victim: Victim }) {
  const w = useWords(words);
  const [isOpen, setOpen] = useState(false);
  return (
    <section class="card">
      <h2>{w.text("victim.changes")}</h2>
      {isOpen ? (
        <Changes key={victim.version} victim={victim} />
      ) : (
        <Button onClick={() => setOpen(true)}>{w.text("victim.changes.show")}</Button>
      )}
    </section>
  );
}

function Changes({ victim }: { victim: Victim }) {
  const w = useWords(words);
  const asked = useAsk(`victim/${victim.id}/changes/${victim.version}`, () =>
    api.GET("/victims/{id}/changes", { params: { path: { id: victim.id } } }),
  );
  if (!asked.data) return <Waiting problem={asked.problem} again={asked.again} />;
  return (
    <Table
      caption={w.text("victim.changes")}
      rows={asked.data.items}
      rowKey={(c) => String(c.id)}
      empty={w.text("victim.changes.empty")}
      columns={[
        {
          key: "when",
          label: w.text("victim.changes.when"),
          cell: (c) => <When at={c.changed_at} />,
        },
        {
          key: "who",
          label: w.text("victim.changes.who"),
          cell: (c) => c.changed_by ?? w.text("victim.changes.system"),
        },
        { key: "field", label: w.text("victim.changes.field"), cell: (c) => itemWords(c.field) },
        {
          key: "before",
          label: w.text("victim.changes.before"),
          cell: (c) => shown(c.field, c.before),
        },
        {
          key: "after",
          label: w.text("victim.changes.after"),
          cell: (c) => shown(c.field, c.after),
        },
      ]}
    />
  );
}

const HIDDEN = ["note_sealed", "party_id", "district_id", "person_id", "evacuee_id"];

/** A value as people read it; blank is said. */
function shown(field: string, value: unknown): string {
  if (HIDDEN.includes(field)) return words.text("victim.changes.sealed");
  if (value === null || value === undefined || value === "") return "―";
  if (typeof value === "boolean") return words.text(value ? "victim.yes" : "victim.no");
  if (Array.isArray(value)) {
    const of = (v: unknown) =>
      field === "special_care_reasons" ? words.text(`help.${v}` as Key) || String(v) : String(v);
    return value.map(of).join(words.text("list.comma")) || "―";
  }
  if (field === "certificate") return words.text(`victim.certificate.${value}` as Key);
  if (field === "sex") return words.text(`door.sex.${value}` as Key);
  if (field === "removed_at") return toLocalInput(String(value)).replace("T", " ");
  return String(value);
}

/** One A4 for herself, after it was made sure that it is she. */
export function VictimExtract({ victim }: { victim: Victim }) {
  const w = useWords(words);
  const [id] = useState(uuidv7);
  const [identity, setIdentity] = useState("");
  const act = useAct();
  async function make() {
    const told = await act.run(() =>
      api.POST("/events/{id}/provisions", {
        params: { path: { id: victim.event_id } },
        body: {
          id,
          expected_people: 1,
          recipient_kind: "self",
          identity_words: identity,
          purpose: w.text("victim.extract"),
          applied_on: toLocalInput(new Date().toISOString()).slice(0, 10),
          means: "print",
          entry_ids: [victim.id],
          fields: [
            "name",
            "name_kana",
            "birth_on",
            "sex",
            "registered_address",
            "actual_residence",
            "phones",
            "household",
            "dwelling_damage",
            "other_damage",
            "assistance",
            "special_care",
            "special_care_reasons",
            "certificate",
            "whereabouts",
          ],
        },
      }),
    );
    if (!told?.ok) return;
    const issued = await act.run(() =>
      api.POST("/provisions/{id}/issue", { params: { path: { id } } }),
    );
    if (issued?.ok) go(href("provisions", id, "sheet"));
  }
  return (
    <details class="more card">
      <summary>{w.text("victim.extract")}</summary>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void make();
        }}
      >
        <p>{w.text("victim.extract.words")}</p>
        <ProblemBanner problem={act.problem} shown={["/identity_words"]} />
        <Field
          label={w.text("victim.extract.identity")}
          error={fieldError(act.problem, "/identity_words")}
          value={identity}
          onValue={setIdentity}
          maxLength={200}
          required
        />
        <Button look="primary" type="submit" aria-busy={act.busy}>
          {w.text("victim.extract.make")}
        </Button>
      </form>
    </details>
  );
}
