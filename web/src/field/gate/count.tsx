import { useState } from "preact/hooks";
import { Banner } from "../../ui/banner";
import { Button } from "../../ui/button";
import { TextArea } from "../../ui/choices";
import { Field } from "../../ui/field";
import { back } from "../app";
import { Page } from "../page";
import { dayTime } from "../words";
import { sayCount } from "./acts";
import type { AtGate } from "./use-gate";
import { G, gtext } from "./words";

const MORE = [
  "households",
  "men",
  "women",
  "sleeping",
  "infants",
  "elderly",
  "care",
  "disabled",
  "pregnant",
  "foreign_people",
  "unwell",
  "at_home",
  "in_vehicles",
  "pets",
] as const;

/** 避難所状況報告: what was counted by looking, as of now. What was not counted stays empty, which is not zero. */
export function CountPage({ at, id }: { at: AtGate; id: string }) {
  const place = at.gate.places.find((one) => one.id === id);
  const [typed, setTyped] = useState<Record<string, string>>({});
  const [note, setNote] = useState("");
  const [isWrong, setWrong] = useState(false);
  const [done, setDone] = useState<number | null>(null);
  if (!place) return <p>{gtext("guestGone")}</p>;
  const people = numberIn(typed.people);

  async function save() {
    setWrong(people === null);
    if (!place || people === null) return;
    const figures: Record<string, number> = { people };
    for (const key of MORE) {
      const n = numberIn(typed[key]);
      if (n !== null) figures[key] = n;
    }
    if (await sayCount(at.gate, place, figures, note.trim())) setDone(people);
  }

  if (done !== null) {
    return (
      <Page title={gtext("saidCount", { n: done })}>
        <Button wide look="primary" onClick={back}>
          <G k="next" />
        </Button>
      </Page>
    );
  }
  const number = (key: string, label: string, error?: string) => (
    <Field
      key={key}
      label={label}
      error={error}
      inputMode="numeric"
      value={typed[key] ?? ""}
      onValue={(text) => setTyped({ ...typed, [key]: text })}
      autocomplete="off"
      maxLength={7}
    />
  );
  return (
    <Page title={<G k="countTitle" />} hasBack>
      <p class="about">{place.name}</p>
      <p>
        <G k="countText" />
      </p>
      {place.reported_people !== null && place.reported_as_of && (
        <Banner
          tone="info"
          title={
            <G
              k="countLast"
              p={{ n: place.reported_people, time: dayTime(Date.parse(place.reported_as_of)) }}
            />
          }
        />
      )}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        {number("people", gtext("countPeople"), isWrong ? gtext("countEmpty") : undefined)}
        <details class="gate-more">
          <summary>
            <G k="countMore" />
          </summary>
          {MORE.map((key) => number(key, gtext(`count_${key}`)))}
        </details>
        <TextArea label={<G k="countNote" />} value={note} onValue={setNote} maxLength={1000} />
        <Button type="submit" wide look="primary" icon="ok">
          <G k="countButton" />
        </Button>
      </form>
    </Page>
  );
}

/** Digits in either width; null when there are none. */
export function numberIn(text: string | undefined): number | null {
  const digits = (text ?? "").normalize("NFKC").trim();
  return /^\d{1,6}$/.test(digits) ? Number(digits) : null;
}
