// The page behind a personal link: one classic script in ES5, for phones of ten years ago. Bundled, then taken down to ES5 by
// TypeScript (the bundler's oldest target is younger than those phones).
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import ts from "typescript";
import { build } from "vite";

const web = resolve(import.meta.dirname, "..");

/** Where the page lives: short, for it stands in mails. */
export const ANSWER = "a";

/** Builds dist/a/index.html and what it names. */
export async function buildAnswer(dist) {
  const [bundle] = await build({
    configFile: false,
    root: web,
    publicDir: false,
    logLevel: "warn",
    build: {
      write: false,
      minify: true,
      target: "es2020",
      lib: { entry: join(web, "src/answer/main.ts"), formats: ["iife"], name: "machimoriAnswer" },
    },
  });
  const chunk = bundle.output.find((part) => part.type === "chunk");
  const { ES5 } = ts.ScriptTarget;
  const script = ts.transpileModule(chunk.code, {
    compilerOptions: { target: ES5, module: ts.ModuleKind.None, removeComments: true },
  }).outputText;
  mkdirSync(join(dist, "assets"), { recursive: true });
  mkdirSync(join(dist, ANSWER), { recursive: true });
  let page = readFileSync(join(web, "answer/index.html"), "utf8");
  for (const [name, text] of [
    ["answer.js", script],
    ["answer.css", readFileSync(join(web, "src/answer/answer.css"), "utf8")],
  ]) {
    const [stem, ending] = name.split(".");
    const hash = createHash("sha256").update(text).digest("hex").slice(0, 8);
    const hashed = `${stem}-${hash}.${ending}`;
    writeFileSync(join(dist, "assets", hashed), text);
    page = page.replace(`/assets/${name}`, `/assets/${hashed}`);
  }
  writeFileSync(join(dist, ANSWER, "index.html"), page);
}
