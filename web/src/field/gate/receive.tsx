import { useState } from "preact/hooks";
import { Banner } from "../../ui/banner";
import { Button } from "../../ui/button";
import { Checks, Radios, Select } from "../../ui/choices";
import { useStore } from "../../ui/store";
import { app } from "../app";
import { Page } from "../page";
import { placeNow, receive, takeBack } from "./acts";
import { PersonWords } from "./find";
import { to } from "./home";
import type { Guest } from "./model";
import { CARD, short } from "./scan";
import type { AtGate } from "./use-gate";
import type { CheckIn, GatePlace, StayType } from "./wire";
import { G, gtext, type Key } from "./words";

const ELSEWHERE = ["home", "vehicle", "tent", "relatives", "other"] as const;
export const CONDITIONS = ["safe", "injured_minor", "injured_serious", "needs_rescue"] as const;
export type Condition = (typeof CONDITIONS)[number];

/** One person of the roster, or whoever holds a card, with those of her home who came along. */
export function Receive({ at, id }: { at: AtGate; id: string }) {
  const { gate } = at;
  const card = id.startsWith(CARD) ? id.slice(CARD.length) : null;
  const person = gate.people.find((one) => one.id === id);
  const [together, setTogether] = useState<string[]>([]);
  const [stay, setStay] = useState<Stay>(() => stayAt(usualPlace(at)));
  const [condition, setCondition] = useState<Condition>("safe");
  const [done, setDone] = useState<string | null>(null);
  if (!person && !card) return <p>{gtext("guestGone")}</p>;
  const who = person?.name ?? gtext("cardGuest", { code: short(card ?? "") });
  const here = new Set(at.guests.map((guest) => guest.personId));
  const family = gate.people.filter(
    (one) =>
      person?.household_id != null &&
      one.household_id === person.household_id &&
      one.id !== id &&
      !here.has(one.id),
  );

  async function save() {
    const ids = person ? [person.id, ...together] : [];
    const all: CheckIn[] = [
      ...ids.map((person_id) => ({ ...stayOf(stay), person_id })),
      ...(person || !card ? [] : [{ ...stayOf(stay), card }]),
    ].map((one, n) => (n === 0 ? { ...one, condition } : one));
    if (await receive(gate, all, who)) {
      setDone(all.length > 1 ? gtext("receivedN", { n: all.length }) : gtext("received", { who }));
      scrollTo(0, 0);
    }
  }

  if (done) {
    const keys = [id, ...together];
    return <Received at={at} words={done} guests={at.guests.filter((g) => keys.includes(g.key))} />;
  }
  return (
    <Page title={person ? <G k="receiveTitle" p={{ who }} /> : <G k="receiveCard" />} hasBack>
      {person ? (
        <p class="gate-person">
          <PersonWords person={person} isHere={here.has(person.id)} />
        </p>
      ) : (
        <p>
          <G k="scanUnknown" />
        </p>
      )}
      {here.has(id) && <Banner tone="info" title={<G k="alreadyHere" />} />}
      {family.length > 0 && (
        <Checks
          label={<G k="together" />}
          hint={<G k="togetherHint" />}
          values={together}
          onValues={setTogether}
          options={family.map((one) => ({ value: one.id, label: one.name }))}
        />
      )}
      <Details
        at={at}
        stay={stay}
        onStay={setStay}
        condition={condition}
        onCondition={setCondition}
      />
      <Button wide look="primary" icon="ok" onClick={() => void save()}>
        {together.length > 0 ? (
          <G k="receiveButtonN" p={{ n: together.length + 1 }} />
        ) : (
          <G k="receiveButton" />
        )}
      </Button>
    </Page>
  );
}

/** What is so for nearly everybody stands in one line; whoever is hurt, moves or sleeps in a car opens the questions. */
export function Details(props: {
  at: AtGate;
  stay: Stay;
  onStay: (stay: Stay) => void;
  condition: Condition;
  onCondition: (condition: Condition) => void;
}) {
  const { at, stay, condition } = props;
  const place = at.gate.places.find((one) => one.id === stay.siteId);
  const where = place && !at.gate.desk ? place.name : gtext(`stay_${stay.type}` as Key);
  const from = at.gate.elsewhere.find((one) => one.id === stay.from)?.name;
  return (
    <details class="gate-more" open={at.gate.desk === null && at.gate.places.length > 1}>
      <summary>
        <span>
          {[where, from, gtext(`condition_${condition}`)].filter(Boolean).join("・")}
          <small class="choice-hint">
            <G k="details" />
          </small>
        </span>
      </summary>
      <StayFields at={at} stay={stay} onStay={props.onStay} />
      <ConditionField condition={condition} onCondition={props.onCondition} />
    </details>
  );
}

/** Where somebody stays, and whence she came. */
export interface Stay {
  type: StayType;
  siteId: string | null;
  from: string;
}

/** The desk's place; for a lead the one that is open, when it is the only one. Otherwise the question stands open on the page. */
export function usualPlace({ gate }: AtGate): GatePlace | undefined {
  const open = gate.places.filter((place) => placeNow(gate, place).status === "open");
  return (open.length === 1 ? open[0] : undefined) ?? gate.places[0];
}

export function stayAt(place: GatePlace | undefined): Stay {
  if (!place) return { type: "home", siteId: null, from: "" };
  const isBuilding = place.kind === "evacuation_building";
  return {
    type: isBuilding ? "evacuation_building" : "shelter",
    siteId: place.id,
    from: "",
  };
}

export function stayOf(stay: Stay): CheckIn {
  return {
    site_id: stay.siteId,
    stay_type: stay.type,
    ...(stay.from && stay.siteId && { moved_from: stay.from }),
  };
}

/** Asks where she stays; a lead says at which place, and anybody whence she moved. */
export function StayFields(props: { at: AtGate; stay: Stay; onStay: (stay: Stay) => void }) {
  const { at, stay } = props;
  const { places, elsewhere } = at.gate;
  const [isMoving, setMoving] = useState(false);
  return (
    <>
      <Radios<string>
        label={<G k="stay" />}
        value={stay.siteId ?? stay.type}
        onValue={(value) => {
          const place = places.find((one) => one.id === value);
          props.onStay(
            place
              ? { ...stayAt(place), from: stay.from }
              : { type: value as StayType, siteId: null, from: "" },
          );
        }}
        options={[
          ...places.map((place) => ({
            value: place.id,
            label: at.gate.desk ? gtext(`stay_${stayAt(place).type}` as Key) : place.name,
          })),
          ...ELSEWHERE.map((type) => ({ value: type, label: gtext(`stay_${type}`) })),
        ]}
      />
      {stay.siteId && elsewhere.length > 0 && (
        <Radios<"out" | "moved">
          label={<G k="from" />}
          value={isMoving ? "moved" : "out"}
          onValue={(value) => {
            setMoving(value === "moved");
            if (value === "out") props.onStay({ ...stay, from: "" });
          }}
          options={[
            { value: "out", label: gtext("fromHome") },
            { value: "moved", label: gtext("fromOther") },
          ]}
        />
      )}
      {stay.siteId && isMoving && (
        <Select
          label={<G k="fromWhich" />}
          value={stay.from}
          onValue={(from) => props.onStay({ ...stay, from })}
          options={[
            { value: "", label: gtext("fromUnknown") },
            ...elsewhere.map((one) => ({ value: one.id, label: one.name })),
          ]}
        />
      )}
    </>
  );
}

export function ConditionField(props: {
  condition: Condition;
  onCondition: (condition: Condition) => void;
}) {
  return (
    <>
      <Radios<Condition>
        label={<G k="condition" />}
        value={props.condition}
        onValue={props.onCondition}
        options={CONDITIONS.map((value) => ({ value, label: gtext(`condition_${value}`) }))}
      />
      {props.condition === "needs_rescue" && <Banner tone="danger" title={<G k="call119" />} />}
    </>
  );
}

/** What was done stays on the page, with the way back for all who were received together, until the next person comes. */
export function Received(props: { at: AtGate; words: string; guests: Guest[] }) {
  useStore(app);
  const { at, guests } = props;
  const first = guests[0];
  const undoable = guests.map((guest) => guest.undoable).filter((item) => item !== null);
  async function undo() {
    for (const item of undoable) {
      if (!(await takeBack(at.gate, item))) return;
    }
    to("home");
  }
  return (
    <Page title={props.words}>
      {guests.some((guest) => guest.isContested) && (
        <Banner tone="warn" title={<G k="contested" />}>
          <G k="contestedText" />
        </Banner>
      )}
      <div class="menu">
        <Button wide look="primary" onClick={() => to("home")}>
          <G k="next" />
        </Button>
        {first && (
          <Button wide icon="add" onClick={() => to("stranger", first.key)}>
            <G k="oneMore" />
          </Button>
        )}
        {undoable.length > 0 && (
          <Button wide icon="undo" onClick={() => void undo()}>
            {undoable.length > 1 ? <G k="undoAll" p={{ n: undoable.length }} /> : <G k="undo" />}
          </Button>
        )}
      </div>
    </Page>
  );
}
