import { expect, type Locator, type Page, test } from "@playwright/test";
import { expectFine } from "../support/screens";
import { Service } from "../support/service";
import { beginDisaster, logIn } from "../support/staff";

let service: Service;
let page: Page;

test.beforeAll(async ({ browser }) => {
  test.setTimeout(300_000);
  service = await Service.begin({ demo: 200 });
  page = await (await browser.newContext()).newPage();
  await logIn(page, service, "hq1");
  await beginDisaster(page, service);
});
test.afterAll(async () => {
  await page.context().close();
  await service.forget();
});

test("every figure of a district is in sight at a desk, and beside its name on a narrow screen by keys alone", async () => {
  const table = page.getByRole("region", { name: "校区ごとの見込み" });
  const phones = table.getByRole("columnheader", { name: "登録済みの電話" });
  await expect(phones).toBeVisible();
  expect(await hiddenWidth(table)).toBe(0);
  await expectFine(page, "districts");

  await page.setViewportSize({ width: 360, height: 740 });
  expect(await hiddenWidth(table)).toBeGreaterThan(0);
  await table.focus();
  for (let pressed = 0; pressed < 20; pressed++) await page.keyboard.press("ArrowRight");
  await expect.poll(() => hiddenWidth(table)).toBe(0);
  const [district, last] = await Promise.all([
    table.getByRole("rowheader").last().boundingBox(),
    table.getByRole("row").last().getByRole("cell").last().boundingBox(),
  ]);
  expect(district?.x).toBeGreaterThanOrEqual(0);
  expect((district?.x ?? 0) + (district?.width ?? 0)).toBeLessThanOrEqual(last?.x ?? 0);
  expect((last?.x ?? 0) + (last?.width ?? 0)).toBeLessThanOrEqual(360);
  await page.screenshot({ path: test.info().outputPath("districts-moved-360.png") });
  await page.setViewportSize({ width: 1280, height: 800 });
});

test("a round starts with rules of its own, and a wrong figure is said where it was typed", async () => {
  await page.getByRole("button", { name: /すべての校区/ }).click();
  await page.getByText("詳しい設定", { exact: true }).click();
  await expect(page.getByText("返事がないのが2回、または最初に訪ねてから60分で")).toBeVisible();
  await expectFine(page, "settings");

  const tries = page.getByLabel("返事がないのが何回で「急ぐこと」に出すか");
  await tries.fill("０");
  await page.getByText("詳しい設定", { exact: true }).click();
  await expect(tries).toBeHidden();
  const start = page.getByRole("button", { name: /人の安否確認を始める/ });
  await start.click();
  // What is wrong is shown, also in a part that was closed, and said once: at the field.
  await expect(tries).toHaveAttribute("aria-invalid", "true");
  await expect(tries).toBeFocused();
  await expect(page.getByRole("alert")).toHaveText(["小さすぎます。1以上にしてください。"]);
  await expectFine(page, "settings-wrong");

  await tries.fill("3");
  // What no field can say stands above them all.
  await page.context().setOffline(true);
  await start.click();
  await expect(page.getByRole("alert")).toContainText("サーバーにつながりません");
  await page.context().setOffline(false);
  await page.getByLabel("最初に訪ねてから何分で「急ぐこと」に出すか").fill("");
  await page.getByLabel("始めてから何分でほかの担当に引き継ぐか").fill("90");
  await page.getByLabel("締切のときは自動で引き継ぐ（取り消せます）").check();
  await start.click();
  await expect(page).toHaveURL(/#\/rounds\//);
  const kept = service.sql(
    "select escalate_tries, escalate_minutes is null, hand_over_minutes, hand_over_by_itself from safety_round order by started_at desc limit 1",
  );
  expect(kept).toEqual([["3", "t", "90", "t"]]);
});

/** How many pixels of what is in the box lie to the right of what is seen. */
const hiddenWidth = (box: Locator) =>
  box.evaluate((e) => Math.max(0, Math.floor(e.scrollWidth - e.clientWidth - e.scrollLeft)));
