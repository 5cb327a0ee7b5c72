import { expect, type Page, test } from "@playwright/test";
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

test("a shelter is opened, and found full, from the list", async () => {
  await logIn(page, service, "hq1");
  await page.getByRole("link", { name: "災害・訓練を開始する" }).click();
  await page.getByRole("radio", { name: /^実災害/ }).check();
  await page.getByLabel("名前").fill("夜の地震");
  await page.getByRole("button", { name: "実災害として開始する" }).click();
  await expect(page.getByRole("heading", { level: 1, name: /安否確認を始める/ })).toBeVisible();
  await page.getByRole("link", { name: "いまの状況" }).click();
  await page.getByRole("link", { name: "避難所", exact: true }).click();
  await expect(page.getByRole("heading", { level: 1, name: /避難所・避難ビル/ })).toBeVisible();
  await expectFine(page);
  await page
    .getByRole("button", { name: /：状況を変える$/ })
    .first()
    .click();
  await page.getByRole("radio", { name: "開設", exact: true }).check();
  await page.getByLabel("混み具合").selectOption("full");
  await expectFine(page);
  await page.getByRole("button", { name: "記録する" }).click();
  await expect(page.getByRole("cell", { name: /満員/ })).toBeVisible();
});

test("somebody on no list is received by a short form, and reaches the victim registry without retyping", async () => {
  await page
    .getByRole("link", { name: /受付を開く/ })
    .first()
    .click();
  await expect(page.getByText("まだだれも受け付けていません")).toBeVisible();
  await page.getByRole("button", { name: "名簿にない方を受け付ける" }).click();
  await page.getByLabel("名前", { exact: true }).fill("旅行 太郎");
  await page.getByLabel("生年月日").fill("昭和15年4月1日");
  await expectFine(page);
  await page.getByRole("button", { name: "この方を受け付ける" }).click();
  const row = page.getByRole("row", { name: /旅行 太郎/ });
  await expect(row).toContainText("1940-04-01");
  await expectFine(page);
  await row.getByRole("button", { name: "旅行 太郎さんを被災者台帳に入れる" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "旅行 太郎" })).toBeVisible();
  await expectFine(page);
  await page.getByRole("link", { name: "被災者台帳" }).click();
  await expect(page.getByRole("row", { name: /旅行 太郎/ })).toContainText("避難所（");
  await expectFine(page);
});

test("a stranger who turns out to be on the roster is matched, and the match is taken back", async () => {
  await page.getByRole("link", { name: "いまの状況" }).first().click();
  await page.getByRole("link", { name: "避難所", exact: true }).click();
  await page
    .getByRole("link", { name: /受付を開く/ })
    .first()
    .click();
  const row = page.getByRole("row", { name: /旅行 太郎/ });
  await expect(row).toContainText("名簿にない方");
  await row.getByRole("button", { name: "旅行 太郎さんを名簿と照合する" }).click();
  const dialog = page.getByRole("dialog", { name: "旅行 太郎さんを名簿と照合する" });
  await dialog.getByRole("textbox", { name: "名前か読みで探す" }).fill("田");
  await dialog.getByRole("button", { name: "探す" }).click();
  await expect(dialog.getByRole("radio").first()).toBeVisible();
  await expectFine(page, "match-stranger");
  await dialog.getByRole("textbox", { name: "同じ方だと分かった理由" }).fill("本人が住所を言えた");
  await dialog.getByRole("button", { name: "この方として数える" }).click();
  await expect(dialog.getByText("照合する方を選んでください。")).toBeVisible();
  await dialog.getByRole("radio").first().check();
  await dialog.getByRole("button", { name: "この方として数える" }).click();
  await expect(row).toContainText(/名簿の.+さん/);
  const matches = page.getByRole("region", { name: "照合した方（1人）" });
  await expect(matches).toContainText("「旅行 太郎」は");
  await expectFine(page, "matched");
  await matches.getByRole("button", { name: "旅行 太郎さんの照合を取り消す" }).click();
  await expect(row).toContainText("名簿にない方");
  await expect(matches).toBeHidden();
});
