import { expect, type Page, test } from "@playwright/test";
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

test("a drill is planned line by line, with a venue and a body", async () => {
  await logIn(page, service, "hq1");
  await page.getByRole("link", { name: "訓練", exact: true }).click();
  await expect(page.getByRole("heading", { level: 1, name: "訓練" })).toBeVisible();
  await expectFine(page, "drills");
  await page.getByRole("link", { name: "訓練を計画する" }).click();
  await page.getByLabel("訓練の名前").fill("秋の校区防災訓練");
  await page.getByRole("group", { name: "参加する校区" }).getByRole("checkbox").first().check();
  await page.getByLabel(/^当日の流れ/).fill("安否確認の開始");
  await page.getByRole("button", { name: "保存する" }).click();
  await expect(page.getByText("1行目の時刻が読めません。")).toBeVisible();
  await page.getByLabel(/^当日の流れ/).fill("9:30 安否確認の開始／各戸／民生委員");
  await expectFine(page, "plan");
  await page.getByRole("button", { name: "保存する" }).click();
  await expect(page.getByRole("heading", { level: 1, name: /秋の校区防災訓練/ })).toBeVisible();
  await expect(page.getByText("会場を加えると、受付の人数がここに出ます。")).toBeVisible();
  await page.getByLabel("会場の名前").fill("公民館");
  await page.getByRole("button", { name: "会場を加える" }).click();
  await expect(page.getByRole("rowheader", { name: "公民館" })).toBeVisible();
  await page.getByLabel("団体の名前").fill("第一自主防災会");
  await page.getByLabel("参加予定の人数").fill("４０");
  await page.getByRole("button", { name: "団体を加える" }).click();
  await expect(page.getByRole("row", { name: /第一自主防災会.*40/ })).toBeVisible();
  await expect(page.getByRole("table", { name: "校区ごとの準備" })).toBeVisible();
  await expectFine(page, "drill");
});

test("persons and a head-count of one body are not added, and the figure follows by itself", async () => {
  await page.getByRole("link", { name: "参加者の受付" }).click();
  const total = page.locator(".figures-large .figure dd").first();
  await expect(total).toContainText("0");
  await page.getByRole("button", { name: "受け付ける" }).click();
  await expect(page.getByText("名前かカードの番号を入れてください。")).toBeVisible();
  for (const name of ["山田 花子", "鈴木 一郎"]) {
    await page.getByLabel("名前", { exact: true }).fill(name);
    await page
      .getByLabel("団体", { exact: true })
      .first()
      .selectOption({ label: "第一自主防災会" });
    await page.keyboard.press("Tab");
    await page.getByRole("button", { name: "受け付ける" }).press("Enter");
    await expect(page.getByLabel("名前", { exact: true })).toHaveValue("");
  }
  await expect(total).toContainText("2");
  await page.getByLabel("団体", { exact: true }).nth(1).selectOption({ label: "第一自主防災会" });
  await page.getByLabel("人数", { exact: true }).fill("12");
  await page.getByRole("button", { name: "人数を記録する" }).click();
  await expect(total).toContainText("12");
  await page.getByText("受け付けた記録を見る").click();
  await page.getByRole("button", { name: "鈴木 一郎の受付を取り消す" }).click();
  await expect(page.getByText("受け付けた記録（2件）")).toBeVisible();
  await expectFine(page, "attendance");
});
