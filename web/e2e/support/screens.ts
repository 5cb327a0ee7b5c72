import { expect, type Page, test } from "@playwright/test";
import { expectAccessible, expectNoSidewaysScroll } from "./accessible";

const SIZES = [
  { width: 1280, height: 800 },
  { width: 360, height: 740 },
];

let taken = 0;

/** The screen as it is, at a desk and at the width of a phone: read by a checker, no wider than the page, kept as pictures. */
export async function expectFine(page: Page, shot = `screen-${++taken}`): Promise<void> {
  // A page's part is fetched when it is first gone to; it is there when its heading is.
  await expect(page.locator("h1").first()).toBeAttached();
  for (const size of SIZES) {
    await page.setViewportSize(size);
    await expectAccessible(page);
    await expectNoSidewaysScroll(page);
    const path = test.info().outputPath(`${shot}-${size.width}.png`);
    await page.screenshot({ path, fullPage: true });
  }
  await page.setViewportSize({ width: 1280, height: 800 });
}
