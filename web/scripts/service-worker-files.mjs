import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

const fixed = resolve(import.meta.dirname, "../static");

/**
 * Writes the list of a surface's files, with a version made from their contents, into its service worker.
 * Chunks whose name says `map` are left out: they are large and fetched only where a map is wanted.
 * @param {string} surface
 * @returns {import("vite").Plugin}
 */
export function serviceWorkerFiles(surface) {
  return {
    name: "service-worker-files",
    enforce: "post",
    generateBundle: {
      order: "post",
      handler(_options, bundle) {
        const worker = bundle[`${surface}/sw.js`];
        if (worker?.type !== "chunk") return;
        const files = Object.values(bundle)
          .filter((file) => file !== worker && !/map/.test(file.fileName))
          .sort((a, b) => a.fileName.localeCompare(b.fileName));
        const version = createHash("sha256");
        for (const file of files) {
          version.update(file.fileName).update(file.type === "chunk" ? file.code : file.source);
        }
        const kept = fixedFiles(surface);
        for (const name of kept) version.update(name).update(readFileSync(join(fixed, name)));
        const built = files.map((file) => file.fileName.replace(/index\.html$/, ""));
        const list = [...built, ...kept].map((name) => `/${name}`);
        worker.code = worker.code
          .replace(/["'`]__FILES__["'`]/, JSON.stringify(JSON.stringify(list)))
          .replace(/["'`]__VERSION__["'`]/, JSON.stringify(version.digest("hex").slice(0, 12)));
      },
    },
  };
}

/** The surface's own unhashed files (its manifest) and the icon every page names. */
function fixedFiles(surface) {
  const own = join(fixed, surface);
  const names = existsSync(own) ? readdirSync(own).map((name) => `${surface}/${name}`) : [];
  return [...names, "icons/machimori.svg"];
}
