import type { ComponentType } from "preact";
import type { Account } from "./session";
import type { Key } from "./words";

type Role = Account["role"];

/** A page of the console: where it is, who may open it, what brings it. */
export interface PageOf {
  pattern: string;
  roles: readonly Role[];
  /** Its words in the navigation; a page without one is reached from another. */
  nav?: Key;
  /** Who finds it in the navigation, when not everybody who may open it. */
  navFor?: readonly Role[];
  /** Names and addresses: hidden when nobody is at the desk. A page that is so in part says it itself. */
  isPersonal?: boolean;
  load: () => Promise<{ default: ComponentType<Params> }>;
}

export type Params = Record<string, string>;

const VIEWERS: Role[] = ["hq_staff", "district_lead", "planner", "auditor"];
const LEADS: Role[] = ["hq_staff", "district_lead"];
const STAFF: Role[] = ["hq_staff"];

/** Every page; each is a chunk of its own. The server refuses by itself: `roles` only spares dead ends. */
export const PAGES: PageOf[] = [
  { pattern: "", roles: VIEWERS, nav: "nav.now", load: () => import("./pages/now") },
  { pattern: "events/new", roles: LEADS, load: () => import("./pages/new-event") },
  { pattern: "events/:event/end", roles: LEADS, load: () => import("./pages/end-event") },
  { pattern: "events/:event/start", roles: LEADS, load: () => import("./pages/start") },
  { pattern: "events/:event/report", roles: VIEWERS, load: () => import("./pages/report") },
  {
    pattern: "events/:event/rescues",
    roles: LEADS,
    isPersonal: true,
    load: () => import("./pages/rescues"),
  },
  {
    pattern: "events/:event/shelters",
    roles: ["hq_staff", "district_lead", "planner"],
    load: () => import("./pages/shelters"),
  },
  {
    pattern: "events/:event/shelters/:site",
    roles: LEADS,
    isPersonal: true,
    load: () => import("./pages/shelter"),
  },
  {
    pattern: "events/:event/victims",
    roles: STAFF,
    isPersonal: true,
    load: () => import("./pages/victims"),
  },
  {
    pattern: "events/:event/victims/new",
    roles: STAFF,
    isPersonal: true,
    load: () => import("./pages/new-victim"),
  },
  {
    pattern: "events/:event/victims/batch",
    roles: STAFF,
    isPersonal: true,
    load: () => import("./pages/victims-batch"),
  },
  {
    pattern: "events/:event/victims/provide",
    roles: STAFF,
    load: () => import("./pages/provide"),
  },
  { pattern: "events/:event/provisions", roles: STAFF, load: () => import("./pages/provisions") },
  { pattern: "provisions/:provision", roles: STAFF, load: () => import("./pages/provision") },
  {
    pattern: "provisions/:provision/sheet",
    roles: STAFF,
    isPersonal: true,
    load: () => import("./pages/provision-sheet"),
  },
  {
    pattern: "victims/:victim",
    roles: STAFF,
    isPersonal: true,
    load: () => import("./pages/victim"),
  },
  { pattern: "rounds/:round", roles: VIEWERS, load: () => import("./pages/board") },
  {
    pattern: "rounds/:round/members",
    roles: LEADS,
    isPersonal: true,
    load: () => import("./pages/members"),
  },
  {
    pattern: "rounds/:round/members/:member",
    roles: LEADS,
    isPersonal: true,
    load: () => import("./pages/member"),
  },
  {
    pattern: "rounds/:round/volunteers",
    roles: LEADS,
    isPersonal: true,
    load: () => import("./pages/round-volunteers"),
  },
  {
    pattern: "rounds/:round/facilities",
    roles: LEADS,
    load: () => import("./pages/round-facilities"),
  },
  {
    pattern: "rounds/:round/sheets",
    roles: LEADS,
    isPersonal: true,
    load: () => import("./pages/sheets"),
  },
  { pattern: "sheets", roles: LEADS, isPersonal: true, load: () => import("./pages/type-sheet") },
  {
    pattern: "sheets/:serial",
    roles: LEADS,
    isPersonal: true,
    load: () => import("./pages/type-sheet"),
  },
  {
    pattern: "rounds/:round/escalations",
    roles: LEADS,
    isPersonal: true,
    load: () => import("./pages/escalations"),
  },
  {
    pattern: "rounds/:round/visits",
    roles: LEADS,
    isPersonal: true,
    load: () => import("./pages/visits"),
  },
  { pattern: "round-starts", roles: LEADS, load: () => import("./pages/round-starts") },
  { pattern: "carry", roles: LEADS, load: () => import("./pages/carry") },
  {
    pattern: "events/:event/review",
    roles: LEADS,
    isPersonal: true,
    load: () => import("./pages/review"),
  },
  { pattern: "drills", roles: VIEWERS, nav: "nav.drills", load: () => import("./pages/drills") },
  { pattern: "drills/new", roles: STAFF, load: () => import("./pages/new-drill") },
  { pattern: "drills/:drill", roles: VIEWERS, load: () => import("./pages/drill") },
  {
    pattern: "drills/:drill/attendance",
    roles: VIEWERS,
    load: () => import("./pages/attendance"),
  },
  {
    pattern: "volunteers",
    roles: LEADS,
    nav: "nav.volunteers",
    isPersonal: true,
    load: () => import("./pages/volunteers"),
  },
  { pattern: "phones", roles: LEADS, isPersonal: true, load: () => import("./pages/phones") },
  {
    pattern: "people",
    roles: LEADS,
    nav: "nav.people",
    isPersonal: true,
    load: () => import("./pages/people"),
  },
  {
    pattern: "cards",
    roles: STAFF,
    nav: "nav.cards",
    isPersonal: true,
    load: () => import("./pages/cards"),
  },
  {
    pattern: "people/:person",
    roles: LEADS,
    isPersonal: true,
    load: () => import("./pages/person"),
  },
  {
    pattern: "facilities",
    roles: LEADS,
    nav: "nav.facilities",
    load: () => import("./pages/facilities"),
  },
  {
    pattern: "people/:person/plan",
    roles: STAFF,
    isPersonal: true,
    load: () => import("./pages/plan"),
  },
  {
    pattern: "people/:person/plan-paper",
    roles: LEADS,
    isPersonal: true,
    load: () => import("./pages/plan-paper"),
  },
  {
    pattern: "roster",
    roles: LEADS,
    nav: "nav.roster",
    isPersonal: true,
    load: () => import("./pages/roster"),
  },
  {
    pattern: "roster/paper",
    roles: LEADS,
    isPersonal: true,
    load: () => import("./pages/roster-paper"),
  },
  {
    pattern: "roster/changes",
    roles: STAFF,
    isPersonal: true,
    load: () => import("./pages/roster-changes"),
  },
  {
    pattern: "roster-figures",
    roles: ["hq_staff", "district_lead", "planner"],
    nav: "nav.roster_figures",
    navFor: ["planner"],
    load: () => import("./pages/roster-figures"),
  },
  { pattern: "imports", roles: STAFF, nav: "nav.imports", load: () => import("./pages/imports") },
  {
    pattern: "imports/:import",
    roles: STAFF,
    isPersonal: true,
    load: () => import("./pages/import"),
  },
  {
    pattern: "imports/:import/waiting",
    roles: STAFF,
    isPersonal: true,
    load: () => import("./pages/waiting-rows"),
  },
  {
    pattern: "disclosure",
    roles: STAFF,
    nav: "nav.disclosure",
    load: () => import("./pages/disclosure"),
  },
  { pattern: "audit", roles: ["auditor"], nav: "nav.audit", load: () => import("./pages/audit") },
  {
    pattern: "victim-disclosures",
    roles: ["auditor", "hq_staff"],
    nav: "nav.given",
    load: () => import("./pages/given"),
  },
  {
    pattern: "accounts",
    roles: ["admin"],
    nav: "nav.accounts",
    load: () => import("./pages/accounts"),
  },
  {
    pattern: "city",
    roles: ["admin", "hq_staff"],
    nav: "nav.city",
    navFor: ["admin"],
    load: () => import("./pages/city"),
  },
  { pattern: "password", roles: ["admin", ...VIEWERS], load: () => import("./pages/password") },
];

/** Where a role lands when it names no place. */
export function homeOf(role: Role): string {
  return role === "admin" ? "/accounts" : "/";
}
