import { resolve } from "node:path";
import { defineConfig } from "vitest/config";
import { entriesOf } from "./scripts/entries.mjs";
import { serviceWorkerFiles } from "./scripts/service-worker-files.mjs";

// One surface a build (scripts/build.mjs names it), so that no surface loads a chunk made for another.
const surface = process.env.MACHIMORI_SURFACE ?? "field";
const workers = process.env.MACHIMORI_SURFACE === undefined ? [] : [serviceWorkerFiles(surface)];

export default defineConfig({
  root: import.meta.dirname,
  publicDir: "static",
  plugins: workers,
  worker: { format: "es" },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    target: ["chrome87", "safari14"],
    outDir: resolve(import.meta.dirname, "dist"),
    emptyOutDir: false,
    copyPublicDir: false,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rollupOptions: {
      input: entriesOf(surface),
      output: {
        entryFileNames: (chunk) =>
          chunk.name.endsWith("-sw") ? `${surface}/sw.js` : `assets/${surface}-[hash].js`,
        chunkFileNames: `assets/${surface}-[name]-[hash].js`,
        assetFileNames: "assets/[name]-[hash][extname]",
      },
    },
  },
  server: { proxy: { "/api": "http://127.0.0.1:8080", "/tiles": "http://127.0.0.1:8080" } },
  test: { include: ["src/**/*.test.ts", "src/**/*.test.tsx"], environment: "node" },
});
