import { useState } from "preact/hooks";
import { Button } from "../../ui/button";
import { Field } from "../../ui/field";
import { Page } from "../page";
import { to } from "./home";
import { found } from "./model";
import type { AtGate } from "./use-gate";
import type { GatePerson } from "./wire";
import { G, gtext } from "./words";

/** More than these are no answer: a longer word is asked for. */
const MOST = 30;

/** What was typed survives going to a person and back. */
const shown = { query: "" };

/** Somebody of the roster by name, reading or address. */
export function Find({ at }: { at: AtGate }) {
  const [query, setQuery] = useState(shown.query);
  const hits = found(at.gate.people, query);
  const here = new Set(at.guests.map((guest) => guest.personId));
  return (
    <Page title={<G k="findTitle" />} hasBack>
      {at.gate.people.length === 0 && (
        <p>
          <G k="findNoList" />
        </p>
      )}
      <search>
        <Field
          label={<G k="findLabel" />}
          hint={<G k="findHint" />}
          type="search"
          value={query}
          onValue={(typed) => {
            shown.query = typed;
            setQuery(typed);
          }}
          autocomplete="off"
          spellcheck={false}
        />
      </search>
      <p role="status" class="gate-status">
        {query.trim() === "" ? (
          <G k="findStart" />
        ) : hits.length === 0 ? (
          <G k="findNone" p={{ query }} />
        ) : (
          hits.length > MOST && <G k="findMany" p={{ n: hits.length }} />
        )}
      </p>
      <ul class="gate-list">
        {hits.slice(0, MOST).map((person) => (
          <li key={person.id}>
            <Button
              wide
              onClick={() => {
                shown.query = "";
                to(here.has(person.id) ? "guest" : "receive", person.id);
              }}
            >
              <PersonWords person={person} isHere={here.has(person.id)} />
            </Button>
          </li>
        ))}
      </ul>
      <Button wide icon="add" onClick={() => to("stranger")}>
        <G k="addStranger" />
      </Button>
    </Page>
  );
}

/** Name, reading, birth and address: enough to tell two people of one name apart. */
export function PersonWords({ person, isHere }: { person: GatePerson; isHere: boolean }) {
  return (
    <>
      {person.name}
      {isHere && (
        <strong class="gate-tag">
          <G k="isHere" />
        </strong>
      )}
      <small class="choice-hint">
        {person.name_kana}
        {person.birth_on && `　${gtext("born", { date: japaneseDate(person.birth_on) })}`}
        <br />
        {person.address}
      </small>
    </>
  );
}

/** 昭和15年4月1日: the way a birth date is said at the door. */
export function japaneseDate(iso: string): string {
  const date = new Date(`${iso}T12:00:00+09:00`);
  try {
    return new Intl.DateTimeFormat("ja-JP-u-ca-japanese", {
      era: "long",
      year: "numeric",
      month: "long",
      day: "numeric",
      timeZone: "Asia/Tokyo",
    }).format(date);
  } catch {
    return iso;
  }
}
