import { expect, type Page, test } from "@playwright/test";
import { printed } from "../support/paper";
import { expectFine } from "../support/screens";
import { Service } from "../support/service";
import { logIn } from "../support/staff";

test.describe.configure({ mode: "serial" });

let service: Service;
let page: Page;
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

/** What is printed is the paper and nothing but the paper. */
async function expectPaper(name: string): Promise<void> {
  await page.emulateMedia({ media: "print" });
  await expect(page.locator(".numbered")).toBeVisible();
  await expect(page.locator("h1")).toBeHidden();
  await expect(page.locator("header.top")).toBeHidden();
  await page.emulateMedia({ media: null });
  const pdf = await printed(page, name);
  expect(pdf.byteLength).toBeGreaterThan(10_000);
}

test("the roster is listed by district, and its figures lead to the people behind them", async () => {
  await logIn(page, service, "hq1");
  await page.getByRole("link", { name: "名簿", exact: true }).click();
  await expect(page.getByRole("heading", { level: 1, name: "避難行動要支援者名簿" })).toBeVisible();
  await expectFine(page, "roster-empty");
  await page.getByLabel("校区", { exact: true }).selectOption({ label: "少路小学校" });
  await page.getByRole("button", { name: "表示する" }).click();
  await expect(page.getByRole("table")).toBeVisible();
  await expectFine(page, "roster");
  await page.getByRole("link", { name: "整備状況を見る" }).click();
  await expect(page.getByRole("columnheader", { name: "名簿の人数" })).toBeVisible();
  await expectFine(page, "figures");
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
  await expectFine(page, "paper-form");
  await page.getByRole("button", { name: "控え番号をとって作る" }).click();
  await expect(page.getByText("取扱注意")).toBeVisible();
  await expect(page.locator(".numbered")).toContainText("第49条の11第2項");
  await expect(page.locator(".numbered")).not.toContainText("支援措置");
  await expectFine(page, "paper");
  await expectPaper("paper");
  await page.getByRole("button", { name: "別の紙を作る" }).click();
  await page.getByRole("button", { name: /^控え番号\d+の状態を記録する$/ }).click();
  await expectFine(page, "copies");
  await page.getByRole("button", { name: "記録する" }).click();
  await expect(page.getByText("記録はありません。")).toBeVisible();
});

test("a plan is made, brought into force and printed for those who help", async () => {
  await page.getByRole("link", { name: "名簿", exact: true }).click();
  await page.getByLabel("校区", { exact: true }).selectOption({ label: "少路小学校" });
  await page.getByRole("combobox", { name: "個別避難計画" }).selectOption({ label: "ない" });
  await page
    .getByRole("combobox", { name: "支援措置" })
    .selectOption({ label: "支援措置の方を除く" });
  await page.getByRole("button", { name: "表示する" }).click();
  await page.getByRole("table").getByRole("link").first().click();
  await page.getByRole("link", { name: "計画を作る" }).click();
  await page.getByLabel(/^避難先についての言葉/).fill("長女の家（箕面市）");
  await page.getByLabel("避難先（避難場所・避難所から選ぶ）").selectOption({ index: 1 });
  await page.getByLabel(/^道順/).fill("国道を北へ。川ぞいの道は使わない");
  await page.getByLabel(/^薬・医療機器/).fill("インスリン 朝夕");
  await page.getByRole("button", { name: "支援者を加える" }).click();
  await page.getByLabel("名前（団体名）").fill("長女 良子");
  await page.getByLabel("支援者本人の同意").selectOption("consented");
  await page.getByLabel("答えた日").fill("2026-11-01");
  await page.getByRole("button", { name: "支援者を加える" }).click();
  await page.getByLabel("名前（団体名）").nth(1).fill("隣家 次郎");
  await expectFine(page, "plan-form");
  await page.getByRole("button", { name: "保存する" }).click();
  await expect(page.getByText("作成中", { exact: true })).toBeVisible();
  await page.getByRole("button", { name: "発効させる" }).click();
  await expectFine(page, "plan-into-force");
  await page.getByRole("button", { name: "発効させる" }).last().click();
  await expect(page.getByText("発効中", { exact: true })).toBeVisible();
  await expectFine(page, "person-plan");
  await page.getByRole("link", { name: "支援者に渡す紙を印刷する" }).click();
  await page.getByLabel("受け取る人の名前").fill("長女 良子");
  await expectFine(page, "plan-paper-form");
  await page.getByRole("button", { name: "控え番号をとって作る" }).click();
  const paper = page.locator(".numbered");
  await expect(paper).toContainText("長女 良子");
  await expect(paper).not.toContainText("隣家 次郎");
  await expect(paper).not.toContainText("インスリン");
  await expectFine(page, "plan-paper");
  await expectPaper("plan-paper");
  await page.getByRole("link", { name: "← この方のページへ" }).click();
  await page.getByRole("link", { name: "本人の控えを印刷する" }).click();
  await page.getByLabel("受け取る人の名前").fill("本人");
  await page.getByRole("button", { name: "控え番号をとって作る" }).click();
  await expect(paper).toContainText("インスリン 朝夕");
  await expect(paper).toContainText("（同意を確認中）");
  await expectPaper("plan-paper-own");
});

test("what the imported lists changed is a page of its own", async () => {
  await page.goto(`${service.url}/console/#/roster/changes`);
  await expect(page.getByText("この間に取り込んだ名簿はありません。")).toBeVisible();
  await expectFine(page, "changes");
});

test("a planner finds figures in fives and no names", async ({ browser }) => {
  const context = await browser.newContext();
  const desk = await context.newPage();
  await logIn(desk, service, "planner");
  await desk.getByRole("link", { name: "名簿の整備状況" }).click();
  await expect(desk.getByText(/5人単位で切り捨て/)).toBeVisible();
  await expect(desk.getByText("5人未満").first()).toBeVisible();
  await expectFine(desk, "figures-planner");
  await context.close();
});
