import { expect, type Page, test } from "@playwright/test";
import { expectAccessible, expectNoSidewaysScroll } from "../support/accessible";
import { Service } from "../support/service";
import { logIn } from "../support/staff";

test.describe.configure({ mode: "serial" });

let service: Service;
let page: Page;
const shots = process.env.MACHIMORI_SHOTS;

test.beforeAll(async ({ browser }) => {
  test.setTimeout(300_000);
  service = await Service.begin({ demo: 300 });
  const context = await browser.newContext();
  page = await context.newPage();
});
test.afterAll(async () => {
  await page.context().close();
  await service.forget();
});

/** The screen as it is, at a desk and at the width of a phone. */
async function expectFine(name: string): Promise<void> {
  for (const size of [
    { width: 1280, height: 800 },
    { width: 360, height: 740 },
  ]) {
    await page.setViewportSize(size);
    if (shots)
      await page.screenshot({ path: `${shots}/${name}-${size.width}.png`, fullPage: true });
    await expectAccessible(page);
    await expectNoSidewaysScroll(page);
  }
  await page.setViewportSize({ width: 1280, height: 800 });
}

/** The sheet as it is printed; a paper is never longer than it must be. */
async function printed(name: string): Promise<void> {
  const pdf = await page.pdf({
    preferCSSPageSize: true,
    ...(shots ? { path: `${shots}/${name}.pdf` } : {}),
  });
  expect(pdf.byteLength).toBeGreaterThan(1000);
}

test("the roster is listed by district, and its figures lead to the people behind them", async () => {
  await logIn(page, service, "hq1");
  await page.getByRole("link", { name: "名簿", exact: true }).click();
  await expect(page.getByRole("heading", { level: 1, name: "避難行動要支援者名簿" })).toBeVisible();
  await expectFine("roster-empty");
  await page.getByLabel("校区", { exact: true }).selectOption({ label: "少路小学校" });
  await page.getByRole("button", { name: "表示する" }).click();
  await expect(page.getByRole("table")).toBeVisible();
  await expectFine("roster");
  await page.getByRole("link", { name: "整備状況を見る" }).click();
  await expect(page.getByRole("columnheader", { name: "名簿の人数" })).toBeVisible();
  await expectFine("figures");
  const row = page.getByRole("row", { name: /^少路小学校/ });
  const listed = Number(await row.getByRole("link").first().textContent());
  await row.getByRole("link").first().click();
  // Who died or moved away is listed, but not counted.
  await expect
    .poll(async () => await page.getByRole("table").getByRole("row").count())
    .toBeGreaterThan(listed);
});

test("a numbered paper of a district is printed, and said to be back", async () => {
  await page.getByRole("link", { name: "印刷する・渡した紙の記録" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "名簿を印刷する" })).toBeVisible();
  await page.getByLabel("校区", { exact: true }).selectOption({ label: "少路小学校" });
  await page.getByLabel("受け取る人の名前").fill("少路 民生");
  await page.getByLabel("団体").fill("少路校区 民生委員児童委員協議会");
  await page.getByLabel("使う目的").fill("日ごろの見守り");
  await page.getByLabel("返してもらう日").fill("2027-03-31");
  await expectFine("paper-form");
  await page.getByRole("button", { name: "控え番号をとって作る" }).click();
  await expect(page.getByText("取扱注意")).toBeVisible();
  await expect(page.locator(".paper")).toContainText("第49条の11第2項");
  await expect(page.locator(".paper")).not.toContainText("支援措置");
  await expectFine("paper");
  await printed("paper");
  await page.getByRole("button", { name: "別の紙を作る" }).click();
  await page.getByRole("button", { name: /^控え番号\d+の状態を記録する$/ }).click();
  await expectFine("copies");
  await page.getByRole("button", { name: "記録する" }).click();
  await expect(page.getByText("記録はありません。")).toBeVisible();
});
