import { useState } from "preact/hooks";
import {
  nameOf,
  peopleNow,
  placardLabel,
  sayInjured,
  sayNeed,
  sayOtherSafe,
  sayPlacard,
  sayWhyNoAnswer,
} from "../actions";
import { back, go } from "../app";
import { othersAtHome, type PersonView } from "../model";
import { Choice, Page } from "../page";
import { type Need, RESCUE_NEEDS, SUPPORT_NEEDS, TOLD_BY, type ToldBy } from "../vocabulary";
import { T } from "../words";

/** けが → 軽い / 重い. */
export function Injury({ person }: { person: PersonView }) {
  const choose = (isSerious: boolean) => void sayInjured(person, isSerious).then(back);
  return (
    <Page title={<T k="injuryTitle" />} hasBack>
      <p class="about">{nameOf(person)}</p>
      <div class="choices">
        <Choice
          look="warn"
          icon="injury"
          hint={<T k="injuryMinorHint" />}
          onClick={() => choose(false)}
        >
          <T k="injuryMinor" />
        </Choice>
        <Choice
          look="danger"
          icon="injury"
          hint={<T k="injurySeriousHint" />}
          onClick={() => choose(true)}
        >
          <T k="injurySerious" />
        </Choice>
      </div>
    </Page>
  );
}

/** 助けが必要 → what is needed. The first group is a call for rescue. */
export function NeedPage({ person }: { person: PersonView }) {
  return (
    <Page title={<T k="needTitle" />} hasBack>
      <p class="about">{nameOf(person)}</p>
      <NeedChoices onChoose={(need) => void sayNeed(person, need).then(back)} />
    </Page>
  );
}

export function NeedChoices(props: { onChoose: (need: Need) => void; isRescueOnly?: boolean }) {
  return (
    <>
      <h2>
        <T k="needRescueGroup" />
      </h2>
      <div class="choices choices-two">
        {RESCUE_NEEDS.map((need) => (
          <Choice key={need} look="danger" onClick={() => props.onChoose(need)}>
            <T k={`need_${need}`} />
          </Choice>
        ))}
      </div>
      {!props.isRescueOnly && (
        <>
          <h2>
            <T k="needSupportGroup" />
          </h2>
          <div class="choices choices-two">
            {SUPPORT_NEEDS.map((need) => (
              <Choice key={need} look="warn" onClick={() => props.onChoose(need)}>
                <T k={`need_${need}`} />
              </Choice>
            ))}
          </div>
        </>
      )}
    </>
  );
}

const AWAY = {
  family: "awayFamily",
  neighbour: "awayNeighbour",
  self: "awaySelf",
  notice: "awayNotice",
} as const;

/** 出かけている asks how it is known. */
export function Away({ person, corrects }: { person: PersonView; corrects: string }) {
  const choose = (told_by: ToldBy) =>
    void sayWhyNoAnswer(person, corrects, { attempt: "absent", told_by }).then(back);
  return (
    <Page title={<T k="awayTitle" />} hasBack>
      <p class="about">{nameOf(person)}</p>
      <div class="choices">
        {TOLD_BY.map((told) => (
          <Choice key={told} onClick={() => choose(told)}>
            <T k={AWAY[told]} />
          </Choice>
        ))}
      </div>
    </Page>
  );
}

/** After 無事: the others listed at the same home, by name. */
export function Others({ person }: { person: PersonView }) {
  const [asked] = useState(() => othersAtHome(peopleNow(), person).map((other) => other.member.id));
  const people = peopleNow();
  const others = asked
    .map((id) => people.find((other) => other.member.id === id))
    .filter((other) => other !== undefined);
  return (
    <Page title={<T k="othersTitle" />}>
      <p>
        <T k="othersText" p={{ name: nameOf(person) }} />
      </p>
      <div class="choices">
        {others.map((other) =>
          other.bucket === "safe" ? (
            <p key={other.member.id} role="status">
              <T k="othersDone" p={{ name: nameOf(other) }} />
            </p>
          ) : (
            <Choice
              key={other.member.id}
              look="ok"
              icon="ok"
              onClick={() => void sayOtherSafe(other)}
            >
              <T k="othersSafe" p={{ name: nameOf(other) }} />
            </Choice>
          ),
        )}
        <Choice icon="wait" onClick={() => go({ name: "list" })}>
          <T k={others.every((other) => other.bucket === "safe") ? "toList" : "othersLater"} />
        </Choice>
      </div>
    </Page>
  );
}

/** What the door shows. Nothing shown is not danger: the look is recorded, and somebody still has to ask. */
export function Placard({ person }: { person: PersonView }) {
  const [isNone, setNone] = useState(false);
  const p = { label: placardLabel() };
  const choose = (marker: "shown" | "sos") => void sayPlacard(person, marker).then(back);
  if (isNone) {
    return (
      <Page title={<T k="placardNone" />} hasBack>
        <p class="about">{nameOf(person)}</p>
        <p role="status">
          <T k="placardNoneText" />
        </p>
        <Choice icon="back" onClick={back}>
          <T k="back" />
        </Choice>
      </Page>
    );
  }
  return (
    <Page title={<T k="placardTitle" />} hasBack>
      <p class="about">{nameOf(person)}</p>
      <p>
        <T k="placardText" />
      </p>
      <div class="choices">
        <Choice look="ok" icon="ok" onClick={() => choose("shown")}>
          <T k="placardSafe" p={p} />
        </Choice>
        <Choice look="danger" icon="danger" onClick={() => choose("sos")}>
          <T k="placardSos" />
        </Choice>
        <Choice
          icon="info"
          onClick={() => void sayPlacard(person, "not_shown").then(() => setNone(true))}
        >
          <T k="placardNone" />
        </Choice>
      </div>
    </Page>
  );
}
