import { expect, type Page, test } from "@playwright/test";
import { pagesOf, printed } from "../support/paper";
import { expectFine } from "../support/screens";
import { Service } from "../support/service";
import { logIn } from "../support/staff";

test.describe.configure({ mode: "serial" });

let service: Service;
let page: Page;

test.beforeAll(async ({ browser }) => {
  test.setTimeout(300_000);
  service = await Service.begin({ demo: 600 });
  const context = await browser.newContext();
  page = await context.newPage();
});
test.afterAll(async () => {
  await page.context().close();
  await service.forget();
});

test("the finished drill's report is there, and its figures are the board's", async () => {
  await logIn(page, service, "hq1");
  await page.getByRole("link", { name: "訓練", exact: true }).click();
  await page.getByRole("link", { name: /一斉防災訓練/ }).click();
  await page.getByRole("link", { name: "訓練の報告" }).click();
  await expect(page.getByRole("heading", { level: 1, name: /報告/ })).toBeVisible();
  const sheet = page.getByRole("article", { name: "1枚のまとめ" });
  await expect(sheet.getByRole("heading", { level: 2 })).toContainText("【訓練】");
  const confirmed = service.value(
    `select count(*) from round_member m join safety_round r on r.id = m.round_id join event e on e.id = r.event_id
     where e.kind = 'drill' and m.bucket in ('safe', 'need_help', 'unknown')`,
  );
  await expect(sheet.locator(".figure dd").first()).toContainText(`${confirmed}人`);
  await expect(sheet.getByRole("img", { name: /確かめた人の割合.*人/ })).toBeVisible();
  await expect(sheet.getByRole("table", { name: "校区ごと" }).getByRole("row")).toHaveCount(3);
  await expectFine(page, "report");
});

test("what headquarters writes stands on the page, without a reload", async () => {
  await page.getByRole("button", { name: "まとめを書く" }).click();
  await page
    .getByLabel("まとめ", { exact: true })
    .fill("はじめの1時間で半数を確かめた。上野では担当の足りない地区が残った。");
  await expectFine(page, "report-writing");
  await page.getByRole("button", { name: "保存する" }).click();
  await expect(page.getByText("はじめの1時間で半数を確かめた。")).toBeVisible();
});

test("it prints on one sheet of A4, and leaves as a workbook", async () => {
  expect(pagesOf(await printed(page, "report"))).toBe(1);
  const saved = page.waitForEvent("download");
  await page.getByRole("button", { name: "XLSXで保存" }).click();
  expect((await saved).suggestedFilename()).toMatch(/^report-\d{8}-\d{4}\.xlsx$/);
});
