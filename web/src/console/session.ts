import { api, type Problem, slugOf } from "../api/client";
import type { components } from "../api/schema";
import { Store } from "../ui/store";
import { unlock } from "./idle";

export type Account = components["schemas"]["SessionAccount"];

export type Lacking = "name" | "lg_code" | "phone";

/** Who is logged in here; `unknown` until the server was asked. */
export const session = new Store<{
  state: "unknown" | "out" | "in";
  account: Account | null;
  mustChange: boolean;
  recoveryCodesLeft: number | null;
  municipality: string;
  /** What the city calls the placard that households hang at the door. */
  markerLabel: string;
  isDemo: boolean;
  /** What the city has not said of itself. */
  lacking: Lacking[];
  /** The session ended by itself: the log-in says so. */
  hasEnded: boolean;
}>({
  state: "unknown",
  account: null,
  mustChange: false,
  recoveryCodesLeft: null,
  municipality: "",
  markerLabel: "",
  isDemo: false,
  lacking: [],
  hasEnded: false,
});

/** Ask the server whose session this browser holds. */
export async function restore(): Promise<void> {
  const [mine] = await Promise.all([api.GET("/session"), learnCity()]);
  if (mine.data) enter(mine.data);
  else session.set({ state: "out", account: null });
}

/** Ask which city this is. */
export async function learnCity(): Promise<void> {
  const { data } = await api.GET("/instance");
  if (!data) return;
  const said: [Lacking, string][] = [
    ["name", data.municipality],
    ["lg_code", data.lg_code],
    ["phone", data.district_phone],
  ];
  session.set({
    municipality: data.municipality,
    markerLabel: data.marker_label,
    isDemo: data.is_demo,
    lacking: said.filter(([, value]) => value === "").map(([what]) => what),
  });
}

type SessionView = components["schemas"]["SessionView"];

function enter(view: SessionView): void {
  session.set({
    state: "in",
    hasEnded: false,
    account: view.account,
    mustChange: view.must_change,
    recoveryCodesLeft: view.recovery_codes_left ?? null,
  });
}

export interface Credentials {
  login: string;
  password: string;
  totp?: string;
  recovery_code?: string;
}

/** Log in; the problem's words when it did not work. */
export async function logIn(credentials: Credentials): Promise<Problem | null> {
  const { data, error } = await api.POST("/session", { body: credentials });
  if (data) {
    enter(data);
    unlock();
    return null;
  }
  return error as Problem;
}

/** The server forgets the session first; when it cannot be reached, the cookie stays and the page says so. */
export async function logOut(): Promise<void> {
  await api.DELETE("/session");
  session.set({ state: "out", account: null, hasEnded: false });
}

/** The own password was changed: the other pages open. */
export function passwordChanged(): void {
  session.set({ mustChange: false });
}

/** Crisis staff and leads: whoever may see residents at all. */
export function seesPeople(): boolean {
  const role = session.get().account?.role;
  return role === "hq_staff" || role === "district_lead";
}

/** Whether the log-in is crisis staff of headquarters. */
export function isStaff(): boolean {
  return session.get().account?.role === "hq_staff";
}

/** The victim registry is headquarters' alone. */
export function seesVictims(): boolean {
  return session.get().account?.role === "hq_staff";
}

/** Any answer of 401 means that the session is over: back to the log-in, saying so. */
export function noticeProblem(problem: unknown): void {
  if (slugOf(problem) !== "unauthorized" || session.get().state !== "in") return;
  session.set({ state: "out", account: null, hasEnded: true });
}
