import { useEffect, useState } from "preact/hooks";
import type { Round } from "../../offline/bundle";
import { Banner } from "../../ui/banner";
import { Button } from "../../ui/button";
import { Field } from "../../ui/field";
import { useStore } from "../../ui/store";
import { peopleNow, roundNow, roundsNow } from "../actions";
import { app, chooseRound, go, lock, workIn } from "../app";
import { byUrgency, currentOf, phaseOfRound } from "../current";
import { confirmed, matches, type PersonView } from "../model";
import { Page } from "../page";
import { dayTime, T, text, words } from "../words";
import { Card } from "./card";
import { LanguageSwitch } from "./language";
import { Next } from "./next";
import { Standby, StartButton } from "./standby";

type Tab = "unchecked" | "help" | "all";
const TABS: readonly (readonly [Tab, "tabUnchecked" | "tabHelp" | "tabAll"])[] = [
  ["unchecked", "tabUnchecked"],
  ["help", "tabHelp"],
  ["all", "tabAll"],
];

/** What the page shows survives going to a person and back; it starts anew with the app. */
const shown = { tab: "unchecked" as Tab, query: "", kept: new Set<string>(), top: 0 };

function belongs(person: PersonView, tab: Tab): boolean {
  if (tab === "all") return true;
  if (tab === "help") return person.bucket === "need_help";
  return person.bucket === "unchecked" || person.bucket === "tried";
}

/** The volunteer's own people. A card stays where it was after a tap, until another tab is chosen. */
export function List() {
  const { bundle, listState, nowMs } = useStore(app);
  const [tab, setTab] = useState(shown.tab);
  const [query, setQuery] = useState(shown.query);
  useEffect(() => {
    scrollTo(0, shown.top);
    return () => {
      shown.top = scrollY;
    };
  }, []);
  const rounds = byUrgency(roundsNow(), nowMs);
  const round = roundNow();
  const isOver = round !== null && !["no", "on"].includes(phaseOfRound(round, nowMs));
  useEffect(() => {
    if (round) workIn(currentOf(round, Date.now()));
  }, [round]);

  const people = peopleNow();
  const done = confirmed(people);
  const listed = people.filter(
    (person) => belongs(person, tab) || shown.kept.has(person.member.id),
  );
  const found = listed.filter((person) => matches(person.member, query));
  for (const person of found) shown.kept.add(person.member.id);

  const choose = (next: Tab) => {
    shown.kept.clear();
    shown.tab = next;
    setTab(next);
  };

  return (
    <Page
      title={
        <>
          <T k="title" />{" "}
          {round && (
            <span class="progress">
              <T k="progress" p={{ done, all: people.length }} />
            </span>
          )}
        </>
      }
    >
      {listState !== "open" && <NoList state={listState} />}
      {round && rounds.length > 1 && (
        <div class="field">
          <label for="round">
            <T k="roundLabel" />
          </label>
          <select
            id="round"
            value={round.id}
            onChange={(event) => chooseRound(event.currentTarget.value)}
          >
            {rounds.map((one) => (
              <option key={one.id} value={one.id}>
                {titleOf(one, nowMs)}
              </option>
            ))}
          </select>
        </div>
      )}
      {!round && bundle && (
        <p>
          <T k="listNoRound" />
        </p>
      )}
      {(!round || isOver) && <Standby standby={bundle?.standby ?? null} />}
      {!round && rounds.map((one) => <OverDrill key={one.id} round={one} />)}
      {round && people.length > 0 && (
        <>
          {tab === "unchecked" && query === "" && !isOver && <Next round={round} people={people} />}
          <search>
            <Field
              label={<T k="search" />}
              type="search"
              value={query}
              onValue={(typed) => {
                shown.query = typed;
                setQuery(typed);
              }}
              autocomplete="off"
            />
          </search>
          <fieldset class="tabs">
            <legend class="visually-hidden">
              <T k="listLabel" />
            </legend>
            {TABS.map(([name, key]) => (
              <button
                key={name}
                type="button"
                aria-pressed={tab === name}
                onClick={() => choose(name)}
              >
                <T k={key} />
                <span class="tab-count">{people.filter((p) => belongs(p, name)).length}</span>
              </button>
            ))}
          </fieldset>
          <ul class="cards" aria-label={text("listLabel")}>
            {found.map((person) => (
              <Card key={person.member.id} person={person} lang={words.lang} />
            ))}
          </ul>
          {found.length === 0 && (
            <p class="empty">
              {query !== "" ? (
                <T k="emptySearch" p={{ query }} />
              ) : (
                <T k={tab === "help" ? "emptyHelp" : "emptyUnchecked"} />
              )}
            </p>
          )}
        </>
      )}
      {round && people.length === 0 && (
        <p class="empty">
          <T k="emptyList" />
        </p>
      )}
      <Footer round={round} isOver={isOver} />
      {bundle && (
        <p class="as-of">
          <T k="listAsOf" p={{ time: dayTime(Date.parse(bundle.server_time)) }} />
        </p>
      )}
    </Page>
  );
}

function NoList({ state }: { state: "none" | "expired" | "asking" }) {
  const key = { none: "listNone", expired: "listExpired", asking: "listAsking" } as const;
  return <Banner tone={state === "expired" ? "warn" : "info"} title={<T k={key[state]} />} />;
}

function titleOf(round: Round, nowMs: number): string {
  const { event, name } = round;
  if (event.kind !== "drill") return name;
  const isOn = phaseOfRound(round, nowMs) === "on";
  return `【${text(isOn ? "drill" : "drillEnded")}】${name}`;
}

/** A drill that is over is not worked in by itself: said, and opened by whoever wants it. */
function OverDrill({ round }: { round: Round }) {
  return (
    <div class="section">
      <Banner tone="info" title={<T k="listDrillOver" p={{ name: round.name }} />}>
        <Button wide onClick={() => chooseRound(round.id)}>
          <T k="listDrillOpen" />
        </Button>
      </Banner>
    </div>
  );
}

function Footer({ round, isOver }: { round: Round | null; isOver: boolean }) {
  const { bundle } = useStore(app);
  return (
    <nav class="section menu" aria-label={text("menu")}>
      {bundle?.gate && (
        <Button wide icon="home" onClick={() => go({ name: "gate", page: "home" })}>
          <T k="toGate" />
        </Button>
      )}
      {(bundle?.drills?.length ?? 0) > 0 && (
        <Button wide icon="ok" onClick={() => go({ name: "came" })}>
          <T k="toCame" />
        </Button>
      )}
      {round && (
        <Button wide icon="add" onClick={() => go({ name: "unlisted" })}>
          <T k="addUnlisted" />
        </Button>
      )}
      {round && !isOver && <StartButton look={round.event.kind === "drill" ? "danger" : "plain"} />}
      <Button wide icon="person" onClick={() => go({ name: "availability" })}>
        <T k="availabilityChange" />
      </Button>
      <Button wide icon="send" onClick={() => go({ name: "sent" })}>
        <T k="sentList" />
      </Button>
      <Button wide icon="ok" onClick={() => go({ name: "end" })}>
        <T k="finish" />
      </Button>
      <Button wide icon="cross" onClick={lock}>
        <T k="lockNow" />
      </Button>
      <LanguageSwitch />
    </nav>
  );
}
