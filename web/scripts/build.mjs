// Builds every surface into dist/, then lays a .br and a .gz beside each text file.
// `--watch` rebuilds one surface on change: MACHIMORI_SURFACE=field npm run watch
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build } from "vite";
import { buildAnswer } from "./answer.mjs";
import { SURFACES } from "./entries.mjs";

const web = resolve(import.meta.dirname, "..");
const dist = join(web, "dist");
const watch = process.argv.includes("--watch");

if (!watch) rmSync(dist, { recursive: true, force: true });
mkdirSync(dist, { recursive: true });
cpSync(join(web, "static"), dist, { recursive: true });

const wanted = watch ? [process.env.MACHIMORI_SURFACE ?? "field"] : SURFACES;
for (const surface of wanted) {
  process.env.MACHIMORI_SURFACE = surface;
  await build({
    configFile: join(web, "vite.config.ts"),
    logLevel: watch ? "info" : "warn",
    build: { watch: watch ? {} : null },
  });
}

if (!watch) await buildAnswer(dist);

if (!watch) {
  for (const name of readdirSync(dist, { recursive: true, encoding: "utf8" })) {
    if (!/\.(html|js|mjs|css|svg|json|webmanifest)$/.test(name)) continue;
    const file = join(dist, name);
    const bytes = readFileSync(file);
    const br = { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } };
    writeFileSync(`${file}.br`, brotliCompressSync(bytes, br));
    writeFileSync(`${file}.gz`, gzipSync(bytes, { level: 9 }));
  }
}
