import { existsSync } from "node:fs";
import { join, resolve } from "node:path";

const web = resolve(import.meta.dirname, "..");

/** Surfaces in build order; each is a folder with an index.html and, if it works offline, src/<surface>/sw.ts. */
export const SURFACES = ["public", "field", "console", "plan"];

/**
 * Absolute inputs of one surface. Relative ones are resolved as package names by the bundler.
 * @param {string} surface
 * @returns {Record<string, string>}
 */
export function entriesOf(surface) {
  const worker = join(web, "src", surface, "sw.ts");
  return {
    [surface]: join(web, surface, "index.html"),
    ...(existsSync(worker) ? { [`${surface}-sw`]: worker } : {}),
  };
}
