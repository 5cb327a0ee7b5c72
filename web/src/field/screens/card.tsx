import { Component } from "preact";
import { Button } from "../../ui/button";
import { Icon, type IconName } from "../../ui/icon";
import { RubyPair } from "../../ui/words";
import {
  looksForPlacard,
  nameOf,
  placardLabel,
  sayNoAnswer,
  saySafe,
  sayWhyNoAnswer,
  undo,
} from "../actions";
import { go } from "../app";
import { hiragana, type PersonView, payloadOf } from "../model";
import { helpKey, needKey } from "../vocabulary";
import { T, text } from "../words";

/** What is known of a person, as word, shape and colour. */
export function StateBadge({ person }: { person: PersonView }) {
  const { state, bucket } = person;
  const look: [string, IconName] =
    bucket === "safe"
      ? ["ok", "ok"]
      : bucket === "need_help"
        ? ["danger", "danger"]
        : bucket === "unchecked"
          ? ["plain", "info"]
          : ["warn", "silent"];
  return (
    <p class={`badge badge-${look[0]}`}>
      <Icon name={look[1]} />
      <span>
        {wordsOf(person)}
        {state.contradicted_by.length > 0 && (
          <>
            <br />
            <T k="state_contradicted" />
          </>
        )}
      </span>
    </p>
  );
}

function wordsOf({ state, bucket }: PersonView) {
  const isOpenRescue = state.open_rescue.length > 0;
  if (isOpenRescue) return <T k="state_needs_rescue" />;
  if (state.outcome) return <T k={`state_${state.outcome}`} />;
  if (state.withdrawn_rescue.length > 0) return <T k="state_withdrawn" />;
  if (bucket === "unchecked")
    return <T k={state.last_heard_at === null ? "state_unchecked" : "state_noted"} />;
  if (state.is_refused) return <T k="state_refused" />;
  if (state.last_attempt === "absent") return <T k="state_absent" />;
  if (state.last_attempt === "access_impossible") return <T k="state_access" />;
  if (state.last_attempt === "marker") return <T k="placardNone" />;
  if (state.last_attempt !== "no_answer") return <T k="state_noted" />;
  return <T k="state_tried" p={{ n: state.attempts_count }} />;
}

/** One person on the list: who, where, which help, and the four answers at the door. */
export class Card extends Component<{ person: PersonView; lang: string }> {
  override shouldComponentUpdate(next: { person: PersonView; lang: string }): boolean {
    return next.lang !== this.props.lang || next.person !== this.props.person;
  }

  override render() {
    const { person } = this.props;
    const { member, undoable } = person;
    const last = undoable && payloadOf(undoable);
    const isOpenQuestion = last?.attempt === "no_answer" && !last.outcome;
    return (
      <li class={`card card-${person.bucket}`}>
        <div class="card-head">
          <h2 class="card-name">
            <PersonName person={person} />
          </h2>
          {(person.isSaving || person.isWaiting) && (
            <p class="unsent">
              <Icon name="wait" />
              <T k={person.isSaving ? "saving" : "unsent"} />
            </p>
          )}
        </div>
        {member.address && (
          <p class="card-address" lang="ja">
            {member.address}
          </p>
        )}
        <HelpWords codes={member.help_needed} note={member.help_note} />
        <StateBadge person={person} />
        {(person.bucket === "unchecked" || person.bucket === "tried") && (
          <>
            <Answers person={person} />
            {member.kind === "person" && looksForPlacard() && (
              <Button
                wide
                icon="home"
                aria-label={`${nameOf(person)} ${text("placard", { label: placardLabel() })}`}
                onClick={() => go({ name: "placard", id: member.id })}
              >
                <T k="placard" p={{ label: placardLabel() }} />
              </Button>
            )}
          </>
        )}
        {undoable && isOpenQuestion && <WhySilent person={person} corrects={undoable.id} />}
        {undoable && (
          <Button
            wide
            icon="undo"
            aria-label={text("undoOf", { name: nameOf(person) })}
            onClick={() => void undo(person)}
          >
            <T k="undo" />
          </Button>
        )}
        <Button
          look="quiet"
          wide
          aria-label={text("more", { name: nameOf(person) })}
          onClick={() => go({ name: "person", id: member.id })}
        >
          <T k="details" />
        </Button>
      </li>
    );
  }
}

/** The four first answers at a door. */
export function Answers({ person }: { person: PersonView }) {
  const id = person.member.id;
  return (
    <fieldset class="answers">
      <legend class="visually-hidden">{nameOf(person)}</legend>
      <Button look="ok" icon="ok" onClick={() => void saySafe(person)}>
        <T k="safe" />
      </Button>
      <Button look="warn" icon="injury" onClick={() => go({ name: "injury", id })}>
        <T k="injured" />
      </Button>
      <Button look="danger" icon="help" onClick={() => go({ name: "need", id })}>
        <T k="needHelp" />
      </Button>
      <Button icon="silent" onClick={() => void sayNoAnswer(person)}>
        <T k="noAnswer" />
      </Button>
    </fieldset>
  );
}

function WhySilent({ person, corrects }: { person: PersonView; corrects: string }) {
  const why = (attempt: "access_impossible" | "refused") =>
    void sayWhyNoAnswer(person, corrects, { attempt });
  return (
    <fieldset class="why">
      <legend>
        <T k="noAnswerMore" />
      </legend>
      <Button onClick={() => go({ name: "away", id: person.member.id, corrects })}>
        <T k="away" />
      </Button>
      <Button onClick={() => why("access_impossible")}>
        <T k="blocked" />
      </Button>
      <Button onClick={() => why("refused")}>
        <T k="refused" />
      </Button>
    </fieldset>
  );
}

export function PersonName({ person }: { person: PersonView }) {
  const { name, name_kana, age } = person.member;
  if (!name) return <T k="nameless" />;
  return (
    <>
      <span lang="ja">
        <RubyPair base={name} reading={hiragana(name_kana)} />
      </span>
      {age !== null && (
        <span class="age">
          <T k="age" p={{ age }} />
        </span>
      )}
    </>
  );
}

/** The help a person needs, in words; never a diagnosis. */
export function HelpWords({ codes, note }: { codes: string[]; note: string }) {
  if (codes.length === 0 && !note) return null;
  return (
    <ul class="help-words" aria-label={text("personHelp")}>
      {codes.map((code) => {
        const key = helpKey(code) ?? needKey(code);
        return <li key={code}>{key ? <T k={key} /> : code}</li>;
      })}
      {note && <li lang="ja">{note}</li>}
    </ul>
  );
}
