import { expect, type Page, test } from "@playwright/test";
import { pagesOf } from "../support/paper";
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

test("somebody is written by hand, changed, and every change can be read", async () => {
  await logIn(page, service, "hq1");
  await page.getByRole("link", { name: "災害・訓練を開始する" }).click();
  await page.getByRole("radio", { name: /^実災害/ }).check();
  await page.getByLabel("名前").fill("夜の地震");
  await page.getByRole("button", { name: "実災害として開始する" }).click();
  await expect(page.getByRole("heading", { level: 1, name: /安否確認を始める/ })).toBeVisible();
  await page.getByRole("link", { name: "いまの状況" }).click();
  await page.getByRole("link", { name: "被災者台帳", exact: true }).click();
  await expect(page.getByText("まだだれも入っていません")).toBeVisible();
  await expectFine(page, "victims-empty");
  await page.getByRole("link", { name: "手で入れる" }).click();
  await page.getByLabel("名前", { exact: true }).fill("髙橋 花子");
  await page.getByLabel("生年月日").fill("昭和15年ごろ");
  await page.getByLabel("メモ").fill("番号は1234 5678 9018");
  await page.getByRole("button", { name: "保存する" }).click();
  await expect(page.getByText("個人番号は台帳に書けません")).toBeVisible();
  await page.getByLabel("メモ").fill("夜は娘の家にいる");
  await page.getByLabel("要配慮者か").selectOption("yes");
  await page.getByRole("checkbox", { name: "車いす" }).check();
  await expectFine(page, "victim-new");
  await page.getByRole("button", { name: "保存する" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "髙橋 花子" })).toBeVisible();
  await expect(page.getByText("夜は娘の家にいる")).toBeVisible();
  await page.getByRole("button", { name: "内容を直す" }).click();
  await page.getByLabel("罹災証明書").selectOption("applied");
  await page.getByRole("button", { name: "保存する" }).click();
  await page.getByRole("button", { name: "変更の履歴を見る" }).click();
  await expect(page.getByRole("row", { name: /罹災証明書/ })).toContainText("申請済み");
});

test("damage, assistance and whereabouts are appended; a mistake is corrected in sight", async () => {
  await page.getByRole("button", { name: "被害を書く" }).click();
  await page.getByLabel("被害の程度").selectOption("destroyed");
  await page.getByRole("button", { name: "記録する" }).click();
  await page.getByRole("button", { name: "住家を直す" }).click();
  await page.getByLabel("被害の程度").selectOption("half");
  await page.getByRole("button", { name: "記録する" }).click();
  await expect(page.getByText("直された記録")).toBeVisible();
  await page.getByRole("button", { name: "援護を書く" }).click();
  await page.getByLabel("内容").fill("毛布2枚");
  await page.getByRole("button", { name: "記録する" }).click();
  await expect(page.getByText("毛布2枚")).toBeVisible();
  await page.getByRole("button", { name: "居場所を書く" }).click();
  await page.getByLabel("どこにいるか").selectOption("relatives");
  await page.getByLabel("くわしく（例：妹の家）").fill("妹の家");
  await expectFine(page, "victim-form");
  await page.getByRole("button", { name: "記録する" }).click();
  await page.getByRole("button", { name: "同意・不同意を書く" }).click();
  await page.getByLabel("提供先の名前").fill("NPOひまわり");
  await page.getByRole("button", { name: "記録する" }).click();
  await expect(
    page.getByRole("definition").filter({ hasText: "親族・知人宅（妹の家）" }),
  ).toBeVisible();
  await expectFine(page, "victim");
});

test("her record is given to whom she consented, and the sheet says its number", async () => {
  await page.getByRole("link", { name: "被災者台帳", exact: true }).first().click();
  await expect(page.getByRole("row", { name: /髙橋 花子/ })).toContainText("半壊");
  await expectFine(page, "victims");
  await page.getByRole("link", { name: "提供する" }).click();
  await page.getByRole("radio", { name: "本人が同意した相手" }).check();
  await page.getByRole("button", { name: "NPOひまわり" }).click();
  await page.getByLabel("使う目的").fill("訪問して支援するため");
  await page.getByRole("button", { name: "人数を確かめる" }).click();
  await expect(page.getByText(/渡す人数：1人/)).toBeVisible();
  await expectFine(page, "provide");
  await page.getByRole("button", { name: "この内容で準備する" }).click();
  await page.getByRole("button", { name: "提供する" }).click();
  await page.getByRole("link", { name: "印刷する内容を開く" }).click();
  await expect(page.getByText(/^第1号/)).toBeVisible();
  await expect(page.getByRole("cell", { name: "髙橋 花子" })).toBeVisible();
  await expectFine(page, "provision-sheet");
  await page.getByRole("link", { name: "台帳情報の提供" }).click();
  await expectFine(page, "provision");
  await page.getByRole("link", { name: "提供の記録" }).click();
  await expect(page.getByRole("row", { name: /NPOひまわり/ })).toContainText("提供した");
  await expectFine(page, "provisions");
});

test("she gets an extract of one sheet, and nobody is entered twice at once", async () => {
  await page.getByRole("link", { name: "被災者台帳", exact: true }).first().click();
  await page.getByRole("link", { name: "髙橋 花子" }).click();
  await page.getByText("本人への写しを作る").click();
  await page.getByLabel(/何で確かめたか/).fill("運転免許証");
  await page.getByRole("button", { name: "写しを作る" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "被災者台帳の写し" })).toBeVisible();
  await expect(page.getByRole("row", { name: /提供の記録/ })).toContainText("NPOひまわり");
  await expectFine(page, "extract");
  // One sheet of A4.
  expect(pagesOf(await page.pdf({ format: "A4" }))).toBe(1);
  await page.goto(`${service.url}/console/`);
  await page.getByRole("link", { name: "被災者台帳", exact: true }).click();
  await page.getByRole("link", { name: "まとめて入れる" }).click();
  await page.getByRole("button", { name: "人数を確かめる" }).click();
  await expect(page.getByText("台帳に入れる人も、書き足す人もいません").first()).toBeVisible();
  await expectFine(page, "batch");
});
