import createClient from "openapi-fetch";
import type { paths } from "./schema";

/** The typed door to `/api/v1`, same origin, cookies included. FIELD, which must stay small, uses plain fetch instead. */
export const api = createClient<paths>({ baseUrl: "/api/v1", credentials: "same-origin" });

/** An RFC 9457 problem; `detail` is Japanese and says what to do, `instance` is the request's id. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail?: string;
  instance?: string;
  errors?: { pointer: string; detail: string }[];
}

/** The slug of a problem's type (`/problems/<slug>`), by which a surface chooses its words. */
export function slugOf(problem: unknown): string {
  const type = (problem as Partial<Problem> | null)?.type;
  return typeof type === "string" ? (type.split("/").pop() ?? "internal") : "internal";
}
