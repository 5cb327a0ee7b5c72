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
  service = await Service.begin({ demo: 600 });
  page = await (await browser.newContext()).newPage();
});
test.afterAll(async () => {
  await page.context().close();
  await service.forget();
});

/** Hours and minutes in Japan, as they are written on paper. */
function paperTime(): string {
  return new Date()
    .toLocaleTimeString("ja-JP", { timeZone: "Asia/Tokyo", hour: "2-digit", minute: "2-digit" })
    .replace(":", "");
}

test("a facility is registered and the start page says for how many each way to answer exists", async () => {
  await logIn(page, service, "hq1");
  await page.getByRole("link", { name: "施設", exact: true }).click();
  await expect(page.getByText("施設はまだ登録されていません")).toBeVisible();
  await page.getByRole("button", { name: "施設を登録する" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("施設の名前").fill("特別養護老人ホーム ひだまり");
  await dialog.getByLabel("定員").fill("８０");
  await dialog.getByLabel("電話").fill("06-0000-0009");
  await expectFine(page, "facility-dialog");
  await dialog.getByRole("button", { name: "記録する" }).click();
  await expect(page.getByRole("row", { name: /ひだまり.*80/ })).toBeVisible();
  await expectFine(page, "facilities");

  await page.getByRole("link", { name: "いまの状況" }).click();
  await page.getByRole("link", { name: "災害・訓練を開始する" }).click();
  await page.getByRole("radio", { name: /訓練/ }).check();
  await page.getByRole("checkbox", { name: "地震" }).check();
  await page.getByRole("button", { name: "訓練を開始する" }).click();
  await page.getByRole("button", { name: /すべての校区/ }).click();
  await page.locator("summary", { hasText: "答える手段がある人の数" }).click();
  await expect(page.getByRole("table", { name: "答える手段がある人の数" })).toBeVisible();
  await expect(page.locator(".start-sum")).toContainText("定員 80人");
  await expect(page.getByRole("checkbox", { name: /無事ですシートを見て回る/ })).toBeChecked();
  await expectFine(page, "start");
  await page.getByRole("button", { name: /人の安否確認を始める/ }).click();
  await expect(page.getByText("自動で更新しています")).toBeVisible();
});

test("a facility's count stands in a block of its own, unknown and not zero", async () => {
  const block = page.getByRole("region", { name: "施設の人数" });
  await expect(block.locator(".figure", { hasText: "無事" })).toContainText("未確認");
  await block.getByRole("link", { name: "施設の人数を見る・記録する" }).click();
  await page.getByRole("button", { name: /ひだまりの人数を記録/ }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("いる人").fill("78");
  await dialog.getByLabel("無事").fill("７７");
  await dialog.getByLabel("だれが知らせたか").fill("施設長 木村");
  await expectFine(page, "count-dialog");
  await dialog.getByRole("button", { name: "記録する" }).click();
  await expect(page.getByRole("row", { name: /ひだまり/ })).toContainText("77");
  await expect(page.locator(".figure", { hasText: "けが" })).toContainText("未確認");
  await page.getByRole("button", { name: /ひだまりの報告の記録を見る/ }).click();
  await expect(page.getByText("施設長 木村")).toBeVisible();
  await expectFine(page, "round-facilities");
  await page.getByRole("link", { name: /安否確認の状況へ/ }).click();
  await expect(block.locator(".figure", { hasText: "無事" })).toContainText("77");
  const unchecked = page.locator(".figures-large .figure", { hasText: "未確認" });
  await expect(unchecked).not.toContainText("77");
  await expectFine(page, "board");
});

test("who told it is written down at the desk, with the number to call back, and a placard is too", async () => {
  await page.getByRole("link", { name: "対象の人の一覧" }).click();
  await page.locator("tbody th a").first().click();
  await page.getByRole("button", { name: "電話などで分かったことを記録" }).click();
  await page.getByLabel("どうやって分かりましたか").selectOption({ label: "近所の人から聞いた" });
  await page.getByRole("radio", { name: "無事", exact: true }).check();
  await page.getByRole("button", { name: "記録する", exact: true }).click();
  await expect(page.getByText(/名前が分からなければ「名乗らず」と入れてください/)).toBeVisible();
  await page.getByLabel("だれから聞きましたか").fill("隣の田中さん");
  await page.getByLabel("折り返しの電話番号").fill("06-0000-0003");
  await expectFine(page, "record");
  await page.getByRole("button", { name: "記録する", exact: true }).click();
  await expect(page.getByText("折り返し 06-0000-0003")).toBeVisible();
  await page.getByRole("button", { name: "電話などで分かったことを記録" }).click();
  await page.getByLabel("どうやって分かりましたか").selectOption({ label: "無事ですシートを見た" });
  await page.getByRole("radio", { name: "出ていない" }).check();
  await page.getByRole("button", { name: "記録する", exact: true }).click();
  await expect(page.locator(".history")).toContainText("出ていない");
  await expectFine(page, "member");
  await page.getByRole("link", { name: /安否確認の状況へ/ }).click();
  const placards = page.getByRole("region", { name: "無事ですシートの掲示" });
  await expect(placards.locator(".figure", { hasText: "出ていない" })).toContainText("1");
});

test("numbered sheets are printed for every volunteer of a district, alone on the paper", async () => {
  await page.getByRole("link", { name: "訪問用紙を刷る・入力する" }).click();
  await expect(page.getByRole("option", { name: /（[1-9]\d*）$/ }).first()).toBeAttached();
  await page.getByRole("button", { name: "用紙をつくる" }).click();
  await expect(page.getByText(/部つくりました/).first()).toBeVisible();
  const papers = page.locator(".visit-sheet");
  await expect(papers.first()).toContainText("【訓練】");
  const copies = await papers.count();
  expect(copies).toBeGreaterThan(0);
  expect(service.value("select count(*) from print_copy where kind = 'visit_sheet'")).toBe(
    String(copies),
  );
  const hidden = service.sql(
    "select p.name from print_copy_line l join person p on p.id = l.person_id where p.is_protected or p.roster_consent in ('unanswered', 'refused', 'withdrawn')",
  );
  expect(hidden).toEqual([]);
  await expectFine(page, "sheets");
  await page.emulateMedia({ media: "print" });
  await expect(page.locator(".top")).toBeHidden();
  await expect(page.getByRole("heading", { level: 1 })).toBeHidden();
  await expect(page.getByRole("button", { name: "印刷する" })).toBeHidden();
  await expect(papers.first()).toBeVisible();
  await printed(page, "sheets", true);
  await page.emulateMedia({ media: null });
});

test("a sheet is typed in by keyboard alone, with undo", async () => {
  const [serial = "", people = ""] =
    service.sql(
      "select serial, people from print_copy where kind = 'visit_sheet' and people > 3 order by serial limit 1",
    )[0] ?? [];
  const key = page.keyboard;
  await page.goto(`${service.url}/console/#/sheets`);
  await expect(page.getByLabel("用紙の番号")).toBeFocused();
  await key.type(serial);
  await key.press("Enter");
  const result = page.getByLabel("結果の番号");
  const time = page.getByLabel("時刻（4けた）");
  await expect(result).toBeFocused();
  await expectFine(page, "type-empty");

  await result.focus();
  await key.type("q");
  await key.press("Enter");
  await expect(page.getByText("「q」は使えません")).toBeVisible();
  await key.type("1");
  await key.press("Enter");
  await expect(time).toBeFocused();
  await key.press("Enter");
  await expect(page.getByText("時刻を4けたで入れてください")).toBeVisible();
  await key.type(paperTime());
  await key.press("Enter");
  await expect(page.getByLabel("行", { exact: true })).toHaveValue("2");
  // The same time again: just Enter. Nobody answered at the second door.
  await key.type("6");
  await key.press("Enter");
  await key.press("Enter");
  await expect(page.getByLabel("行", { exact: true })).toHaveValue("3");
  // A neighbour tells it: the name is asked for before anything is written.
  await key.type("14");
  await key.press("Enter");
  await key.press("Enter");
  await expect(page.getByLabel("だれから聞いたか")).toBeFocused();
  await key.type("隣の田中さん");
  await key.press("Enter");
  await expect(page.getByLabel("行", { exact: true })).toHaveValue("4");
  const typed =
    "select attempt, coalesce(outcome, ''), told_by, channel, observer_kind, typed_by is not null from observation where copy_id is not null";
  await expect
    .poll(() => service.sql(`${typed} order by recorded_at`))
    .toEqual([
      ["met", "safe", "", "paper", "volunteer", "t"],
      ["no_answer", "", "", "paper", "volunteer", "t"],
      ["neighbour", "safe", "隣の田中さん", "paper", "volunteer", "t"],
    ]);
  // The last one was the wrong line.
  await key.press("F9");
  await expect(page.getByLabel("行", { exact: true })).toHaveValue("3");
  await expect
    .poll(() => service.value("select count(*) from observation where is_withdrawal"))
    .toBe("1");
  // Back to the first line: it is typed in already, and nothing is written before somebody decides.
  await key.press("Escape");
  await key.type("1");
  await key.press("Enter");
  await key.type("2");
  await key.press("Enter");
  await key.press("Enter");
  await expect(page.getByRole("button", { name: "そのままにして次へ" })).toBeFocused();
  await expectFine(page, "type-doubt");
  await page.getByRole("button", { name: "そのままにして次へ" }).focus();
  await key.press("Tab");
  await key.press("Enter");
  await expect(page.locator("tbody tr").first()).toContainText("軽いけが");
  await expectFine(page, "type");
  expect(Number(people)).toBeGreaterThan(3);
});
