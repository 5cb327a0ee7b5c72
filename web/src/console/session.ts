import { api, type Problem, slugOf } from "../api/client";
import type { components } from "../api/schema";
import { Store } from "../ui/store";
import { unlock } from "./idle";

export type Account = components["schemas"]["SessionAccount"];

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
  hasEnded: false,
});

/** Ask the server whose session this browser holds. */
export async function restore(): Promise<void> {
  const [mine, instance] = await Promise.all([api.GET("/session"), api.GET("/instance")]);
  if (instance.data) {
    session.set({
      municipality: instance.data.municipality,
      markerLabel: instance.data.marker_label,
      isDemo: instance.data.is_demo,
    });
  }
  if (mine.data) enter(mine.data);
  else session.set({ state: "out", account: null });
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
