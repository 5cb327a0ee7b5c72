import { useState } from "preact/hooks";
import { Banner } from "../../ui/banner";
import { Button } from "../../ui/button";
import { Select } from "../../ui/choices";
import { Field } from "../../ui/field";
import { useStore } from "../../ui/store";
import { app } from "../app";
import { Page } from "../page";
import { dayTime } from "../words";
import { attend, attendBack } from "./acts";
import { numberIn } from "./count";
import { PersonWords } from "./find";
import { actsAt, attendance, found } from "./model";
import { short } from "./scan";
import type { AtGate } from "./use-gate";
import type { Attendance } from "./wire";
import { G, gtext } from "./words";

/** The body chosen last stays chosen: its members come one after another. */
const kept = { body: "" };

/** Somebody at a venue by name: found on the list, or typed. */
export function VenueFind({ at }: { at: AtGate }) {
  const { event, venue, people } = at.gate;
  const { records } = useStore(app);
  const [query, setQuery] = useState("");
  const [body, setBody] = useState(kept.body);
  const [said, setSaid] = useState<string | null>(null);
  if (!venue) return null;
  const hits = found(people, query).slice(0, 20);
  const came = new Set(actsAt(venue.id, records).map((item) => attendance(item).person_id));

  async function record(who: string, extra: Partial<Attendance>) {
    if (!venue) return;
    const words = gtext("attended", { who });
    const act: Attendance = {
      venue_id: venue.id,
      kind: "person",
      way: "list",
      ...(body && { body_id: body }),
      ...extra,
    };
    if (await attend(event, act, words)) {
      setSaid(words);
      setQuery("");
      scrollTo(0, 0);
    }
  }

  return (
    <Page title={<G k="venueList" />} hasBack>
      {said && <Banner tone="ok" title={said} />}
      {venue.bodies.length > 0 && (
        <Select
          label={<G k="venueBody" />}
          value={body}
          onValue={(value) => {
            kept.body = value;
            setBody(value);
          }}
          options={[
            { value: "", label: gtext("venueNoBody") },
            ...venue.bodies.map((one) => ({ value: one.id, label: one.name })),
          ]}
        />
      )}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          const name = query.trim();
          if (name) void record(name, { name });
        }}
      >
        <Field
          label={<G k="venueName" />}
          type="search"
          value={query}
          onValue={setQuery}
          autocomplete="off"
          maxLength={100}
        />
        <ul class="gate-list">
          {hits.map((person) => (
            <li key={person.id}>
              <Button wide onClick={() => void record(person.name, { person_id: person.id })}>
                <PersonWords person={person} isHere={came.has(person.id)} />
              </Button>
            </li>
          ))}
        </ul>
        {query.trim() !== "" && (
          <Button type="submit" wide look="primary" icon="ok">
            <G k="venueNameButton" />
          </Button>
        )}
      </form>
    </Page>
  );
}

/** A body by its head-count: the newest holds. */
export function Group({ at }: { at: AtGate }) {
  const { event, venue } = at.gate;
  const [body, setBody] = useState("");
  const [label, setLabel] = useState("");
  const [people, setPeople] = useState("");
  const [isWrong, setWrong] = useState(false);
  const [said, setSaid] = useState<string | null>(null);
  if (!venue) return null;
  const who = venue.bodies.find((one) => one.id === body)?.name ?? label.trim();

  async function save() {
    const n = numberIn(people);
    setWrong(n === null || who === "");
    if (!venue || n === null || who === "") return;
    const words = gtext("groupSaid", { who, n });
    const act: Attendance = {
      venue_id: venue.id,
      kind: "group",
      way: "head_count",
      people: n,
      ...(body ? { body_id: body } : { group_label: who }),
    };
    if (await attend(event, act, words)) {
      setSaid(words);
      setPeople("");
      scrollTo(0, 0);
    }
  }

  return (
    <Page title={<G k="groupTitle" />} hasBack>
      {said && <Banner tone="ok" title={said} />}
      <p>
        <G k="groupText" />
      </p>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <Select
          label={<G k="venueBody" />}
          value={body}
          onValue={setBody}
          options={[
            { value: "", label: gtext("groupOther") },
            ...venue.bodies.map((one) => ({ value: one.id, label: one.name })),
          ]}
        />
        {body === "" && (
          <Field
            label={<G k="groupLabel" />}
            value={label}
            onValue={setLabel}
            autocomplete="off"
            maxLength={100}
          />
        )}
        <Field
          label={<G k="groupPeople" />}
          error={isWrong ? gtext("groupEmpty") : undefined}
          inputMode="numeric"
          value={people}
          onValue={setPeople}
          autocomplete="off"
          maxLength={6}
        />
        <Button type="submit" wide look="primary" icon="ok">
          <G k="groupButton" />
        </Button>
      </form>
    </Page>
  );
}

/** What this phone recorded at the venue, each with the way back. */
export function Acts({ at }: { at: AtGate }) {
  const { records } = useStore(app);
  const { event, venue, people } = at.gate;
  const acts = venue ? actsAt(venue.id, records) : [];
  const names = new Map(people.map((person) => [person.id, person.name]));
  const bodies = new Map(venue?.bodies.map((one) => [one.id, one.name]));
  const words = (said: Attendance) => {
    if (said.kind === "group") {
      const who = bodies.get(said.body_id ?? "") ?? said.group_label ?? "";
      return gtext("groupAct", { who, n: said.people ?? 0 });
    }
    const name = names.get(said.person_id ?? "") ?? said.name;
    return name || gtext("cardGuest", { code: short(said.card ?? "") });
  };
  return (
    <Page title={<G k="actsTitle" />} hasBack>
      {acts.length === 0 && (
        <p class="empty">
          <G k="actsEmpty" />
        </p>
      )}
      <ul class="gate-list">
        {acts.map((item) => (
          <li key={item.id} class="gate-left">
            <span>
              {words(attendance(item))}
              {item.status === "waiting" && (
                <strong class="gate-tag gate-tag-warn">
                  <G k="waiting" />
                </strong>
              )}
              <small class="choice-hint">{dayTime(item.atMs)}</small>
            </span>
            <Button icon="undo" onClick={() => void attendBack(event, item)}>
              <G k="undo" />
            </Button>
          </li>
        ))}
      </ul>
    </Page>
  );
}
