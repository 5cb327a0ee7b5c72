// The answer to a personal link, on a phone of ten years ago: one script, no library, built to ES5 (scripts/answer.mjs).
// Nothing happens by opening it; each answer is a tap. The token stays in the address's fragment and goes only to the server.
import { type Answered, ask, newId, type Opened } from "./ask";
import { type Key, LANGS, type Lang, WORDS } from "./words";

type Screen = "loading" | "lost" | "gone" | "ask" | "hurt" | "help" | "real" | "sending" | "done";
type Child = Node | string | null;

const PLACES = ["home", "shelter", "relatives", "hospital", "away"];

let lang: Lang = navigator.language?.slice(0, 2) === "ja" ? "ja" : "en";
let screen: Screen = "loading";
let opened: Opened | null = null;
/** The number to call; empty: the city has stated none; null: not known yet. */
let phone: string | null = null;
let isDemo = false;
let answered: Answered | null = null;
let isReal = false;
let failure: Key | "" = "";
let waiting: (() => void) | null = null;
let place = "";
let note = "";
let everyone = false;

const token = (): string => location.hash.slice(1);
const say = (key: Key): string => WORDS[lang]?.[key] ?? "";

function el(
  tag: string,
  attributes: { [name: string]: string },
  ...children: Child[]
): HTMLElement {
  const made = document.createElement(tag);
  for (const name in attributes) made.setAttribute(name, attributes[name] ?? "");
  for (let n = 0; n < children.length; n++) {
    const child = children[n];
    if (child) made.appendChild(typeof child === "string" ? document.createTextNode(child) : child);
  }
  return made;
}

function button(look: string, text: string, act: () => void): HTMLElement {
  const made = el("button", { type: "button", class: look }, text);
  made.addEventListener("click", act);
  return made;
}

function go(next: Screen): void {
  screen = next;
  draw(true);
}

/** Sends an answer under its own id: what was lost on the way is said again as the same. */
function send(path: string, said: { [name: string]: unknown }): void {
  const body: { [name: string]: unknown } = { token: token(), id: newId() };
  for (const name in said) body[name] = said[name];
  const from = screen;
  waiting = () => {
    failure = "";
    go("sending");
    ask("POST", path, body, (status, answer) => {
      if (status >= 200 && status < 300) {
        answered = answer as Answered;
        isReal = path === "/answers/real-call";
        waiting = null;
        go("done");
      } else if (status === 410) {
        gone();
      } else {
        failure = status === 429 ? "busy" : "fail";
        go(from);
      }
    });
  };
  waiting();
}

function answer(outcome: string): void {
  place = "";
  note = "";
  everyone = false;
  send("/answers", { outcome, corrects: isReal ? null : (answered?.id ?? null) });
}

/** More about the same: a new word that takes the place of the last. */
function add(): void {
  if (!answered) return;
  send("/answers", {
    outcome: answered.outcome,
    whereabouts: place || answered.whereabouts,
    note: note,
    for_household: everyone || answered.for_household,
    corrects: answered.id,
  });
}

function gone(): void {
  go("gone");
  askWhereWeAre();
}

/** Whom to call, and whether all of this is invented: what the service says to everybody. */
function askWhereWeAre(): void {
  ask("GET", "/instance", null, (status, told) => {
    if (status !== 200) return;
    const here = told as { district_phone: string; is_demo: boolean };
    phone = phone || here.district_phone;
    if (here.is_demo && !isDemo) {
      isDemo = true;
      // Beside what is on the page: drawing it anew would take the focus from what is being read.
      const header = document.getElementsByTagName("header")[0];
      if (header) header.insertBefore(demoMark(), header.firstChild);
    }
    if (screen === "gone") draw(false);
  });
}

function demoMark(): HTMLElement {
  return el("p", { class: "demo" }, say("demo"));
}

function load(): void {
  opened = null;
  answered = null;
  failure = "";
  go("loading");
  ask("POST", "/answers/open", { token: token() }, (status, told) => {
    if (status === 200) {
      opened = told as Opened;
      phone = opened.district_phone;
      lang = opened.lang;
      go("ask");
    } else if (status === 410 || status === 422) {
      gone();
    } else {
      failure = status === 429 ? "busy" : "";
      go("lost");
    }
  });
}

function callHelp(): HTMLElement {
  return el("a", { class: "call", href: "tel:119" }, say("call"));
}

function phoneLine(): Child {
  if (!phone) return null;
  return el("p", {}, say("phone"), el("a", { href: `tel:${phone}` }, phone));
}

function failed(): Child {
  if (!failure) return null;
  return el(
    "div",
    { class: "notice bad", role: "alert" },
    el("p", {}, say(failure)),
    failure === "fail" ? el("p", {}, say("fail.do")) : null,
    waiting ? button("", say("again"), waiting) : null,
    phoneLine(),
  );
}

function title(text: string): HTMLElement {
  return el("h1", { tabindex: "-1" }, text);
}

function clock(at: string): string {
  const time = new Date(at);
  const two = (n: number): string => `0${n}`.slice(-2);
  return `${time.getMonth() + 1}/${time.getDate()} ${two(time.getHours())}:${two(time.getMinutes())}`;
}

function question(): Child[] {
  if (!opened) return [];
  const isFamily = opened.speaks_as === "family" && !opened.for_household;
  const whom = opened.for_household ? "household" : opened.speaks_as;
  return [
    failed(),
    title(say(`ask.${whom}` as Key)),
    opened.is_over && opened.event_kind === "drill" ? el("p", {}, say("over")) : null,
    opened.answered_at && !answered
      ? el("p", {}, `${say("answered")}（${clock(opened.answered_at)}）`)
      : null,
    button("big safe", say(isFamily ? "safe.family" : "safe"), () => answer("safe")),
    button("big hurt", say("hurt"), () => go("hurt")),
    button("big help", say("help"), () => go("help")),
  ];
}

function details(which: "hurt" | "help"): Child[] {
  const choices: [Key, string, string][] =
    which === "hurt"
      ? [
          ["hurt.minor", "injured_minor", "hurt"],
          ["hurt.serious", "injured_serious", "help"],
        ]
      : [
          ["help.now", "needs_rescue", "help"],
          ["help.support", "needs_support", "hurt"],
        ];
  const children: Child[] = [failed(), title(say(`${which}.how` as Key))];
  if (!opened || opened.event_kind === "disaster") {
    children.push(el("p", {}, say("call.first")), callHelp());
  }
  for (let n = 0; n < choices.length; n++) {
    const [key, outcome, look] = choices[n] as [Key, string, string];
    children.push(button(`big ${look}`, say(key), () => answer(outcome)));
  }
  children.push(button("quiet", say("back"), () => go("ask")));
  return children;
}

function forReal(): Child[] {
  return [
    failed(),
    title(say("real.title")),
    el("p", {}, say("call.first")),
    callHelp(),
    button("big real", say("real.send"), () => send("/answers/real-call", { note: "" })),
    button("quiet", say("back"), () => go("ask")),
  ];
}

function more(): Child {
  if (!answered) return null;
  const places = el("div", { role: "group", "aria-labelledby": "where" });
  for (let n = 0; n < PLACES.length; n++) {
    const here = PLACES[n] ?? "";
    const isChosen = (place || answered.whereabouts) === here;
    const choice = button(isChosen ? "quiet chosen" : "quiet", say(`where.${here}` as Key), () => {
      place = here;
      draw(false);
    });
    choice.setAttribute("aria-pressed", isChosen ? "true" : "false");
    places.appendChild(choice);
  }
  const words = el("textarea", { id: "note", maxlength: "200" }) as HTMLTextAreaElement;
  words.value = note;
  words.addEventListener("input", () => {
    note = words.value;
  });
  const box = el("input", { type: "checkbox", id: "everyone" }) as HTMLInputElement;
  box.checked = everyone || answered.for_household;
  box.addEventListener("change", () => {
    everyone = box.checked;
  });
  return el(
    "div",
    {},
    el("h2", {}, say("more")),
    el("p", { id: "where" }, say("where")),
    places,
    el("label", { class: "check", for: "everyone" }, box, say("everyone")),
    el("label", { for: "note" }, say("note")),
    words,
    button("", say("add"), add),
  );
}

function recorded(): Child[] {
  if (!answered) return [];
  const isAlarm = answered.outcome === "needs_rescue" || answered.outcome === "injured_serious";
  const what = el(
    "div",
    { class: "notice good", role: "status" },
    el(
      "p",
      {},
      el("strong", {}, say(`said.${answered.outcome}` as Key)),
      `　${clock(answered.recorded_at)}`,
    ),
    answered.whereabouts ? el("p", {}, say(`where.${answered.whereabouts}` as Key)) : null,
    isReal ? el("p", {}, say("real.sent")) : null,
    answered.is_late && !answered.is_set_aside ? el("p", {}, say("late")) : null,
    answered.is_set_aside ? el("p", {}, say("aside")) : null,
    el("p", {}, say(isAlarm ? "stays.open" : "can.change")),
  );
  const isUrgent =
    isAlarm && (isReal || opened?.event_kind === "disaster" || answered.is_set_aside);
  return [
    failed(),
    title(say("recorded")),
    what,
    isUrgent ? callHelp() : null,
    button("", say("change"), () => {
      failure = "";
      go("ask");
    }),
    isReal ? null : more(),
  ];
}

function body(): Child[] {
  switch (screen) {
    case "loading":
    case "sending":
      return [el("p", { role: "status" }, say(screen))];
    case "lost":
      return [
        title(say("title")),
        el("p", { role: "alert" }, say(failure || "fail.do")),
        button("", say("reload"), load),
        phoneLine(),
      ];
    case "gone":
      return [
        title(say("gone")),
        el("p", {}, say("gone.do"), " ", say(phone === "" ? "gone.hall" : "gone.phone")),
        phoneLine(),
        el("p", {}, say("call.first")),
      ];
    case "ask":
      return question();
    case "hurt":
    case "help":
      return details(screen);
    case "real":
      return forReal();
    case "done":
      return recorded();
  }
}

function top(): HTMLElement {
  const isDrill = opened?.event_kind === "drill" && !isReal;
  const langs = el("div", { class: "langs", role: "group", "aria-label": "Language" });
  for (let n = 0; n < LANGS.length; n++) {
    const one = LANGS[n] ?? "ja";
    const choice = button("", WORDS[one]?.langName ?? "", () => {
      lang = one;
      draw(false);
    });
    choice.setAttribute("lang", one === "en" ? "en" : "ja");
    choice.setAttribute("aria-pressed", lang === one ? "true" : "false");
    langs.appendChild(choice);
  }
  return el(
    "header",
    { class: "top" },
    isDemo ? demoMark() : null,
    opened ? el("p", {}, `${opened.municipality} ${opened.event_name}`) : null,
    langs,
    isDrill ? el("p", { class: "drill" }, say("drill")) : null,
    isDrill && screen !== "real" ? button("quiet real", say("real"), () => go("real")) : null,
  );
}

/** `moves`: another screen, whose title a screen reader reads first. */
function draw(moves: boolean): void {
  const root = document.getElementById("app");
  if (!root) return;
  document.documentElement.lang = lang === "en" ? "en" : "ja";
  document.title = `${opened?.event_kind === "drill" ? "【訓練】" : ""}${say("title")}`;
  while (root.firstChild) root.removeChild(root.firstChild);
  root.appendChild(top());
  root.appendChild(el("main", {}, ...body()));
  root.appendChild(el("footer", { class: "foot" }, el("p", {}, say("foot")), phoneLine()));
  if (!moves) return;
  window.scrollTo(0, 0);
  const heading = root.querySelector("h1");
  if (heading) (heading as HTMLElement).focus();
}

window.addEventListener("hashchange", load);
load();
askWhereWeAre();
