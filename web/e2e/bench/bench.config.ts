import { defineConfig } from "@playwright/test";
import stories from "../../playwright.config";

/** Measurements: printed, never asserted, so no part of the stories. */
export default defineConfig({
  ...stories,
  testDir: ".",
  testMatch: "*.bench.ts",
  timeout: 900_000,
  expect: { timeout: 120_000 },
  reporter: "dot",
  // The recorder of traces copies the page before and after each step, on the thread that is measured.
  use: { ...stories.use, trace: "off" },
  projects: [{ name: "bench" }],
});
