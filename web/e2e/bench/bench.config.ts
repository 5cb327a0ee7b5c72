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
  projects: [{ name: "bench" }],
});
