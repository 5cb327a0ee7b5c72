import { useState } from "preact/hooks";
import { Button } from "../../ui/button";
import { Field } from "../../ui/field";
import { Icon } from "../../ui/icon";
import { useStore } from "../../ui/store";
import {
  looksForPlacard,
  nameOf,
  placardLabel,
  sayHow,
  sayNote,
  sayToldBy,
  sayWhere,
  undo,
} from "../actions";
import { app, go } from "../app";
import { correctedMs, type PersonView, payloadOf } from "../model";
import { Page } from "../page";
import { needKey, WHEREABOUTS } from "../vocabulary";
import { dayTime, T } from "../words";
import { Answers, HelpWords, PersonName, StateBadge } from "./card";

const HOW = ["met", "phone", "family", "neighbour"] as const;

/** Everything about one person: help needed, telephone, answers, whereabouts, note, history. */
export function Person({ person }: { person: PersonView }) {
  const { member, state, undoable } = person;
  const last = undoable && payloadOf(undoable);
  return (
    <Page title={<PersonName person={person} />} hasBack>
      {member.address && (
        <p class="card-address" lang="ja">
          {member.address}
        </p>
      )}
      <StateBadge person={person} />
      {member.phones.length > 0 && (
        <div class="choices">
          {member.phones.map((phone) => (
            <a
              key={phone.value}
              class="button button-plain button-wide"
              href={`tel:${phone.value}`}
            >
              <Icon name="phone" />
              <span>
                <T k="personCall" p={{ label: phone.label }} /> {phone.value}
              </span>
            </a>
          ))}
        </div>
      )}
      {(member.help_needed.length > 0 || member.help_note) && (
        <section class="section">
          <h2>
            <T k="personHelp" />
          </h2>
          <HelpWords codes={member.help_needed} note={member.help_note} />
        </section>
      )}
      <section class="section">
        <Answers person={person} />
        {undoable && (
          <Button wide icon="undo" onClick={() => void undo(person)}>
            <T k="undo" />
          </Button>
        )}
        {member.kind === "person" && looksForPlacard() && (
          <Button wide icon="home" onClick={() => go({ name: "placard", id: member.id })}>
            <T k="placard" p={{ label: placardLabel() }} />
          </Button>
        )}
      </section>
      {last?.outcome && last.attempt !== "marker" && (
        <Pressed
          label={<T k="personHow" />}
          choices={HOW}
          chosen={last.attempt}
          onChoose={(how) => void sayHow(person, how)}
          words={(how) => <T k={`how_${how}`} />}
        />
      )}
      {last?.outcome && ["phone", "family", "neighbour"].includes(last.attempt) && (
        <ToldBy key={person.undoable?.id} person={person} />
      )}
      <Pressed
        label={<T k="personWhere" />}
        choices={WHEREABOUTS}
        chosen={state.whereabouts}
        onChoose={(where) => void sayWhere(person, where)}
        words={(where) => <T k={`where_${where}`} />}
      />
      <Note person={person} />
      <History person={person} />
    </Page>
  );
}

function Pressed<Choice extends string>(props: {
  label: preact.ComponentChildren;
  choices: readonly Choice[];
  chosen: string | null;
  onChoose: (choice: Choice) => void;
  words: (choice: Choice) => preact.ComponentChildren;
}) {
  return (
    <fieldset class="section pressed">
      <legend>{props.label}</legend>
      <div class="choices choices-two">
        {props.choices.map((choice) => (
          <Button
            key={choice}
            aria-pressed={props.chosen === choice}
            icon={props.chosen === choice ? "ok" : undefined}
            onClick={() => props.chosen === choice || props.onChoose(choice)}
          >
            {props.words(choice)}
          </Button>
        ))}
      </div>
    </fieldset>
  );
}

/** Who told it, and where she can be called back. */
function ToldBy({ person }: { person: PersonView }) {
  const last = person.undoable && payloadOf(person.undoable);
  const [by, setBy] = useState(last?.told_by ?? "");
  const [phone, setPhone] = useState(last?.told_phone ?? "");
  return (
    <form
      class="section"
      onSubmit={(event) => {
        event.preventDefault();
        if (by.trim() !== "") void sayToldBy(person, by.trim(), phone.trim());
      }}
    >
      <Field
        label={<T k="toldBy" />}
        hint={<T k="toldByHint" />}
        value={by}
        onValue={setBy}
        maxLength={100}
        autocomplete="off"
      />
      <Field
        label={<T k="toldPhone" />}
        type="tel"
        value={phone}
        onValue={setPhone}
        maxLength={40}
        autocomplete="off"
      />
      <Button type="submit" wide>
        <T k="toldBySave" />
      </Button>
    </form>
  );
}

function Note({ person }: { person: PersonView }) {
  const [note, setNote] = useState("");
  return (
    <form
      class="section"
      onSubmit={(event) => {
        event.preventDefault();
        if (note.trim() === "") return;
        void sayNote(person, note.trim()).then((isKept) => isKept && setNote(""));
      }}
    >
      <Field
        label={<T k="personNote" />}
        hint={<T k="personNoteHint" />}
        value={note}
        onValue={setNote}
        maxLength={500}
        autocomplete="off"
      />
      <Button type="submit" wide>
        <T k="personNoteSave" />
      </Button>
    </form>
  );
}

/** Who said what and when: by this phone, by others (without names), by headquarters. Nothing is ever removed from it. */
function History({ person }: { person: PersonView }) {
  const { device } = useStore(app);
  return (
    <section class="section">
      <h2>
        <T k="personHistory" />
      </h2>
      {person.history.length === 0 && (
        <p>
          <T k="personNoHistory" />
        </p>
      )}
      <ol class="history" aria-label={nameOf(person)}>
        {person.history.map((o) => (
          <li key={o.id}>
            <time dateTime={new Date(correctedMs(o)).toISOString()}>{dayTime(correctedMs(o))}</time>{" "}
            <span>
              <T
                k={
                  o.device_id && o.device_id === device?.id
                    ? "historyMe"
                    : o.attempt === "self_report"
                      ? "historySelf"
                      : ["hq_staff", "admin"].includes(o.observer_kind ?? "")
                        ? "historyStaff"
                        : "historyOther"
                }
              />
            </span>{" "}
            <strong>{wordsOf(o)}</strong>
          </li>
        ))}
      </ol>
    </section>
  );
}

function wordsOf(o: PersonView["history"][number]) {
  if (o.is_withdrawal) return <T k="historyWithdrawn" />;
  if (o.outcome) {
    return (
      <>
        <T k={`state_${o.outcome}`} />
        {(o.needs ?? []).map((need) => {
          const key = needKey(need);
          return <span key={need}>・{key ? <T k={key} /> : need}</span>;
        })}
      </>
    );
  }
  if (o.attempt === "marker") return <T k="placardNone" />;
  if (o.attempt === "no_answer") return <T k="noAnswer" />;
  if (o.attempt === "absent") return <T k="state_absent" />;
  if (o.attempt === "access_impossible") return <T k="state_access" />;
  if (o.attempt === "refused") return <T k="state_refused" />;
  if (o.whereabouts) return <T k={`where_${o.whereabouts}`} />;
  return <T k="historyNote" />;
}
