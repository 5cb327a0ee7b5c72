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
  await logIn(page, service, "hq1");
});
test.afterAll(async () => {
  await page.context().close();
  await service.forget();
});

function heading(name: string | RegExp) {
  return page.getByRole("heading", { level: 1, name });
}

async function choose(name: string, text: string): Promise<void> {
  await page.getByRole("link", { name: "取り込み", exact: true }).click();
  await expect(heading("取り込み")).toBeFocused();
  await page.getByLabel("ファイル", { exact: true }).setInputFiles({
    name,
    mimeType: "text/csv",
    buffer: Buffer.from(text),
  });
}

async function onlyAdditions(): Promise<void> {
  await page.getByText("詳しい設定").click();
  await page.getByRole("checkbox", { name: /^追加と変更だけ/ }).check();
}

test("a roster with headings of its own is read by saying which column is what, and the next one by choosing the name", async () => {
  const own =
    "対象者,よみ,すまい,うまれた日,メモ\r\n架空 花子,カクウ ハナコ,豊中市架空町1,昭和10年3月1日,犬あり\r\n";
  await choose("fukushi.csv", own);
  await onlyAdditions();
  await page.getByRole("button", { name: "送って中身を確かめる" }).click();
  await expect(heading(/fukushi\.csv/)).toBeFocused();
  await expect(page.getByText("このファイルは取り込めません。何も変わっていません")).toBeVisible();
  await page.getByRole("link", { name: "列の対応を決めて、もう一度送る" }).click();

  // The file is still at hand.
  await expect(page.getByRole("group", { name: "列の対応" })).toBeVisible();
  await expect(page.getByText("まだ選んでいない、必ず要る列：氏名、住所")).toBeVisible();
  await expect(page.getByText("架空 花子")).toBeVisible();
  await expectFine(page);
  await page.getByLabel("対象者").selectOption({ label: "氏名（必ず要る）" });
  await page.getByLabel("よみ").selectOption({ label: "氏名カナ" });
  await page.getByLabel("すまい").selectOption({ label: "住所（必ず要る）" });
  await page.getByLabel("うまれた日").selectOption({ label: "生年月日" });
  await expect(page.getByText("まだ選んでいない、必ず要る列")).toBeHidden();
  await onlyAdditions();
  await page.getByRole("button", { name: "この対応を保存する" }).click();
  await expect(page.getByText("名前を入れてください。")).toBeVisible();
  await page.getByLabel("この対応の名前").fill("福祉課の名簿");
  await page.getByRole("button", { name: "この対応を保存する" }).click();
  await expect(page.getByText("「福祉課の名簿」を使います")).toBeVisible();
  await expectFine(page);
  await page.getByRole("button", { name: "送って中身を確かめる" }).click();
  await expect(page.getByText("あと1行、人の判断を待っています")).toBeVisible();
  await expectFine(page);

  await choose("fukushi-2.csv", own);
  await page.getByLabel("保存した列の対応").selectOption("福祉課の名簿");
  await page.getByRole("button", { name: "送って中身を確かめる" }).click();
  await expect(heading(/fukushi-2\.csv/)).toBeFocused();
  await expect(page.getByText("あと1行、人の判断を待っています")).toBeVisible();
});

test("rows that wait are decided beside the people alike, by mouse, by key and together, and taken back until applied", async () => {
  // The second of the people has a namesake born on the same day.
  const people = service.sql(
    "select p.name, p.name_kana, p.birth_on, r.address from person p join residence r on r.person_id = p.id and r.valid_to is null and r.kind = 'registered' where p.status = 'resident' and p.birth_on is not null order by p.resident_no limit 3",
  );
  const before = Number(service.value("select count(*) from person"));
  const rows = people.map(([name, kana, birth, address], n) =>
    [name, kana, birth, n === 1 ? "豊中市架空町9-9" : address, "06-0000-1234"].join(","),
  );
  for (const n of [1, 2, 3])
    rows.push(`架空 太郎${n},カクウ タロウ,昭和${n + 10}年1月1日,豊中市架空町${n},`);
  await choose("bango-nashi.csv", ["氏名,氏名カナ,生年月日,住所,電話番号", ...rows].join("\r\n"));
  await onlyAdditions();
  await page.getByRole("button", { name: "送って中身を確かめる" }).click();
  await expect(page.getByText("あと6行、人の判断を待っています")).toBeVisible();
  await page.getByRole("link", { name: "1行ずつ確かめる" }).click();
  await expect(heading("人の判断を待つ行")).toBeFocused();
  await expect(page.getByText("あと6行", { exact: true })).toBeVisible();
  await expectFine(page);

  const row = (line: number) => page.getByRole("listitem").filter({ hasText: `${line}行目　` });
  await expect(row(3).locator("td.differs").first()).toContainText("違う");
  await expect(row(5)).toContainText("昭和11年1月1日（1936年）");
  await row(2).getByRole("button", { name: "同じ人" }).click();
  await expect(page.getByText("あと5行", { exact: true })).toBeVisible();
  // The next row has the focus: a key decides it.
  await expect(row(3)).toBeFocused();
  await page.keyboard.press("1");
  await expect(page.getByText("あと4行", { exact: true })).toBeVisible();
  await expect(row(4)).toBeFocused();
  await page.keyboard.press("x");
  await expect(page.getByText("あと3行", { exact: true })).toBeVisible();
  await row(4)
    .getByRole("button", { name: /判断を戻す/ })
    .click();
  await expect(page.getByText("あと4行", { exact: true })).toBeVisible();
  await row(4).getByRole("button", { name: "取り込まない" }).click();

  await page.getByRole("button", { name: "似た人のいない3行を、すべて新しい人にする" }).click();
  await expect(page.getByRole("dialog")).toContainText("二重に載ります");
  await expectFine(page);
  await page
    .getByRole("dialog")
    .getByRole("button", { name: "似た人のいない3行を、すべて新しい人にする" })
    .click();
  await expect(page.getByText("3行を判断しました")).toBeVisible();
  await expect(page.getByText("すべての行を判断しました")).toBeVisible();
  await expectFine(page);

  await page.getByRole("link", { name: "← この取り込みへ" }).first().click();
  await expect(page.getByText("すべての行を判断しました")).toBeVisible();
  await page.getByRole("button", { name: /件の変更を適用する/ }).click();
  await expect(page.getByText(/まで取り消せます/)).toBeVisible();
  expect(Number(service.value("select count(*) from person"))).toBe(before + 3);
  await expectFine(page);
});

test("a list whose rows were forgotten says that it can be taken back no longer", async () => {
  service.sql(
    "update import_batch set purged_at = now() where status = 'applied'; delete from import_row",
  );
  await page.reload();
  await expect(page.getByText("もう取り消せません")).toBeVisible();
  await expect(page.getByRole("button", { name: "この取り込みを取り消す" })).toBeHidden();
  await expectFine(page);
});

test("an administrator chooses a lead's districts from a list", async ({ browser }) => {
  const admin = await (await browser.newContext()).newPage();
  await logIn(admin, service, "admin");
  await admin.getByRole("button", { name: "ログインをつくる" }).click();
  await admin.getByRole("radio", { name: /校区の代表/ }).check();
  const district = service.value(
    "select name from district where kind = 'school' order by name limit 1",
  );
  await admin.getByLabel("名前", { exact: true }).fill("架空 代表");
  await admin.getByLabel("ログイン名").fill("daihyo");
  await admin.getByLabel("はじめのパスワード").fill("みどり 電車 ひるね 7ばん");
  await admin.getByRole("checkbox", { name: district, exact: true }).check();
  await expectFine(admin, "admin");
  await admin.getByRole("button", { name: "つくる", exact: true }).click();
  await expect(admin.getByRole("heading", { name: "架空 代表さんに渡すもの" })).toBeVisible();
  await expect(admin.getByRole("row", { name: /架空 代表/ })).toContainText(district);
  await admin.context().close();
});
