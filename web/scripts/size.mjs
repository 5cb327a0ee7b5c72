// Fails when a surface's first load is heavier than its budget: the page, what the page names, what that imports at once,
// and one catalogue. Sizes are brotli 11, as served.
import { readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { ANSWER } from "./answer.mjs";
import { SURFACES } from "./entries.mjs";

const dist = resolve(import.meta.dirname, "../dist");
const BUDGETS = {
  public: { total: 60, js: 40, requests: 6 },
  field: { total: 60, js: 35, requests: 6 },
  console: { total: 150, js: 120, requests: 10 },
  // Without the map, which comes when the page is there.
  plan: { total: 90, js: 80, requests: 10 },
  // On a line that carries 16 kbps there is an answer within ten seconds.
  [ANSWER]: { total: 16, js: 12, requests: 4 },
};
let failed = false;

for (const surface of [...SURFACES, ANSWER]) {
  const page = `${surface}/index.html`;
  const names = new Set([page]);
  // The touch icon is fetched by a phone only when the page goes to its home screen.
  const html = readFileSync(join(dist, page), "utf8").replace(
    /<link rel="apple-touch-icon"[^>]*>/,
    "",
  );
  for (const [, name] of html.matchAll(
    /(?:src|href)="\/((?:assets|icons|field|public)\/[^"]+\.[a-z]+)"/g,
  )) {
    names.add(name);
  }
  for (const name of names) {
    if (!name.endsWith(".js")) continue;
    const code = readFileSync(join(dist, name), "utf8");
    for (const [, next] of code.matchAll(/(?:from|import)\s*["'`]\.\/([\w.-]+\.js)["'`]/g))
      names.add(`assets/${next}`);
    for (const [, next] of code.matchAll(
      /["'`](?:\.\/|\/?assets\/)([\w-]*-ja-[\w-]{8}\.js)["'`]/g,
    )) {
      names.add(`assets/${next}`);
    }
  }
  const kb = (name) =>
    statSync(join(dist, /\.(png|woff2)$/.test(name) ? name : `${name}.br`)).size / 1024;
  const total = [...names].reduce((sum, name) => sum + kb(name), 0);
  const js = [...names]
    .filter((name) => name.endsWith(".js"))
    .reduce((sum, name) => sum + kb(name), 0);
  const budget = BUDGETS[surface];
  const over = total > budget.total || js > budget.js || names.size > budget.requests;
  failed ||= over;
  console.log(
    `${surface}: ${total.toFixed(1)}/${budget.total} KB br, JS ${js.toFixed(1)}/${budget.js} KB, ` +
      `${names.size}/${budget.requests} requests${over ? "  OVER BUDGET" : ""}`,
  );
}
process.exit(failed ? 1 : 0);
