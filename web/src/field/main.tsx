import { render } from "preact";
import { useEffect, useState } from "preact/hooks";
import "../ui/base.css";
import "./field.css";
import { preferredLang } from "../i18n";
import { keepOffline } from "../offline/update";
import { Button } from "../ui/button";
import { LiveRegion } from "../ui/live-region";
import { useStore } from "../ui/store";
import { useWords } from "../ui/words";
import { peopleNow, roundNow } from "./actions";
import { app, isAtDesk, start } from "./app";
import { dueCalls, HIDE_ALARM_MS, openCalls } from "./call";
import { currentOfEvent, type DrillPhase, drillPhase, phaseOfRound, stillCurrent } from "./current";
import { holdDoubleTaps } from "./double-tap";
import { Later } from "./later";
import { Page } from "./page";
import { Alarm } from "./screens/alarm";
import { Away, Injury, NeedPage, Others, Placard } from "./screens/answers";
import { Availability } from "./screens/availability";
import { End } from "./screens/end";
import { Enrol } from "./screens/enrol";
import { LanguageSwitch } from "./screens/language";
import { List } from "./screens/list";
import { Person } from "./screens/person";
import { ChoosePin, Ended, Locked } from "./screens/pin";
import { Real } from "./screens/real";
import { Sent } from "./screens/sent";
import { Start } from "./screens/standby";
import { DemoMark, DrillMark, Notices, StorageFailed, SyncBar } from "./screens/top";
import { Unlisted } from "./screens/unlisted";
import type { View } from "./view";
import { T, text, words } from "./words";

function Field() {
  useWords(words);
  const state = useStore(app);
  const [hiddenUntilMs, setHidden] = useState(new Map<string, number>());
  const isInside = ["open", "locked", "ended"].includes(state.phase);
  const due = isInside ? dueCalls(openCalls(state), hiddenUntilMs, state.nowMs) : [];

  const hide = (ids: string[]) => {
    const untilMs = Date.now() + HIDE_ALARM_MS;
    setHidden(new Map([...hiddenUntilMs, ...ids.map((id) => [id, untilMs] as const)]));
  };
  const drill = isInside ? drillOnPage() : "no";
  return (
    <>
      {due.length > 0 && state.isDemo && (
        <header>
          <DemoMark />
        </header>
      )}
      {due.length > 0 && <Alarm calls={due} onHide={hide} />}
      {/* Stays as it is behind an alarm: what is half written is not lost. */}
      <div hidden={due.length > 0}>
        <header class="top">
          {state.isDemo && <DemoMark />}
          {drill !== "no" && <DrillMark isOver={drill !== "on"} />}
          <StorageFailed />
          {state.phase !== "starting" && <SyncBar onAlarm={() => setHidden(new Map())} />}
        </header>
        <Notices />
        <Body />
        {state.phase !== "open" && (
          <footer class="page">
            <LanguageSwitch />
          </footer>
        )}
      </div>
      <LiveRegion />
    </>
  );
}

/** Whether what is on the page belongs to a drill. With the list closed, what is remembered says so, while it is young enough. */
function drillOnPage(): DrillPhase {
  const { phase, view, bundle, current, nowMs } = app.get();
  if (phase !== "open") return drillPhase(stillCurrent(current, nowMs), nowMs);
  const isAtGate = isAtDesk() || view.name === "gate";
  const event = isAtGate
    ? bundle?.gate?.event
    : view.name === "came"
      ? bundle?.drills?.[0]?.event
      : undefined;
  if (event) return drillPhase(currentOfEvent(event, nowMs), nowMs);
  const round = roundNow();
  return round ? phaseOfRound(round, nowMs) : "no";
}

const carryPage = <Later load={() => import("./screens/carry")} />;

function Body() {
  const { phase } = useStore(app);
  switch (phase) {
    case "starting":
      return null;
    case "no_storage":
      return (
        <Page title={<T k="noStorageTitle" />}>
          <p>
            <T k="noStorageText" />
          </p>
        </Page>
      );
    case "outdated":
      return (
        <Page title={<T k="outdatedTitle" />}>
          <p>
            <T k="outdatedText" />
          </p>
          <Button look="primary" wide onClick={() => location.reload()}>
            <T k="reload" />
          </Button>
        </Page>
      );
    case "enrol":
      return <Enrol />;
    case "choose_pin":
      return <ChoosePin />;
    case "locked":
    case "ended":
      return <Closed />;
    case "open":
      return <Open />;
  }
}

/** What a phone can do while its list is closed: nothing here needs the PIN. */
function Closed() {
  const { phase, view } = useStore(app);
  switch (view.name) {
    case "carry":
      return carryPage;
    case "real":
      return <Real person={null} />;
    case "start":
      return <Start />;
    case "unlisted":
      return <Unlisted />;
  }
  return phase === "locked" ? <Locked /> : <Ended />;
}

type GateModule = typeof import("./gate");
let gateModule: GateModule | null = null;

/** Pages of a door, loaded when they are wanted: most phones never are at one. */
function AtDoor({ view }: { view: Extract<View, { name: "gate" | "came" }> }) {
  const [module, setModule] = useState(gateModule);
  useEffect(() => {
    if (module) return;
    void import("./gate").then(async (loaded) => {
      await loaded.loadWords();
      gateModule = loaded;
      setModule(loaded);
    });
  }, [module]);
  return module ? <module.default view={view} /> : null;
}

function Open() {
  const { view } = useStore(app);
  useEffect(() => {
    document.title = `${text("appName")} ${text("title")}`;
  }, []);
  const person = "id" in view ? peopleNow().find(({ member }) => member.id === view.id) : undefined;
  const key = "id" in view ? view.id : "";
  // A desk has no list of its own people.
  if (isAtDesk() && view.name === "list") return <AtDoor view={{ name: "gate", page: "home" }} />;
  switch (view.name) {
    case "gate":
    case "came":
      return <AtDoor view={view} />;
    case "availability":
      return <Availability />;
    case "unlisted":
      return <Unlisted />;
    case "real":
      return <Real person={person ?? null} />;
    case "start":
      return <Start />;
    case "sent":
      return <Sent />;
    case "carry":
      return carryPage;
    case "end":
      return <End />;
    case "list":
      return <List />;
  }
  // The person left the list while her page was open (moved, or assigned to somebody else): back to those who are on it.
  if (!person) return <List />;
  switch (view.name) {
    case "person":
      return <Person key={key} person={person} />;
    case "injury":
      return <Injury person={person} />;
    case "need":
      return <NeedPage person={person} />;
    case "others":
      return <Others person={person} />;
    case "away":
      return <Away person={person} corrects={view.corrects} />;
    case "placard":
      return <Placard person={person} />;
  }
}

async function boot(): Promise<void> {
  const root = document.getElementById("app");
  if (!root) return;
  await Promise.all([words.use(preferredLang()), start()]);
  holdDoubleTaps();
  render(<Field />, root);
  await keepOffline("field");
}

void boot();
