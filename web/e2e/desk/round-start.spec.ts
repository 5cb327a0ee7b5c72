import { expect, type Page, test } from "@playwright/test";
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
});
test.afterAll(async () => {
  await page.context().close();
  await service.forget();
});

test("a round starts with rules of its own, and a wrong figure is said where it was typed", async () => {
  await beginDisaster(page, service);
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
  // What is wrong is shown, also in a part that was closed.
  await expect(tries).toHaveAttribute("aria-invalid", "true");
  await expect(page.locator(".field-error")).toHaveText("小さすぎます。1以上にしてください。");
  await expectFine(page, "settings-wrong");

  await tries.fill("3");
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
