import { expect, type Page, test } from "@playwright/test";
import { expectFine } from "../support/screens";
import { Service, totp } from "../support/service";
import { fillLogIn, logIn, PASSWORD, secretOf } from "../support/staff";

test.describe.configure({ mode: "serial" });

let service: Service;
let page: Page;

test.beforeAll(async ({ browser }) => {
  test.setTimeout(300_000);
  service = await Service.begin({ demo: 600 });
  const context = await browser.newContext();
  page = await context.newPage();
  await context.addInitScript(countTones);
});
test.afterAll(async () => {
  await page.context().close();
  await service.forget();
});

type WithTones = typeof globalThis & { tones: number };

/** The desk's bell is on; its tones are counted, for nobody listens here. */
function countTones(): void {
  localStorage.setItem("machimori-console-bell", "on");
  const page = globalThis as WithTones;
  page.tones = 0;
  const make = AudioContext.prototype.createOscillator;
  AudioContext.prototype.createOscillator = function () {
    page.tones += 1;
    return make.call(this);
  };
}

function heading(name: string | RegExp) {
  return page.getByRole("heading", { level: 1, name });
}

/** Nobody was at the desk in the story before. */
async function unlockIfHidden(): Promise<void> {
  await page.evaluate(
    (now) => localStorage.setItem("machimori-console-active", now),
    `${Date.now()}`,
  );
  await page.reload();
}

test("a wrong code is told in the server's words; the right one opens the first page", async () => {
  await page.goto(`${service.url}/console/`);
  await expectFine(page);
  await fillLogIn(page, "hq1", PASSWORD, "000000");
  await expect(page.getByRole("alert")).toContainText("どれかが違います");
  await fillLogIn(page, "hq1", PASSWORD, totp(secretOf("hq1")));
  await expect(heading("いまの状況")).toBeVisible();
  await expect(page.getByText("デモ：出てくる人はすべて架空です")).toBeVisible();
  await expect(page.getByText("平常時")).toBeVisible();
  await expectFine(page);
});

test("a drill is started, and a round in two clicks more; the page said who is left out and why", async () => {
  await page.getByRole("link", { name: "災害・訓練を開始する" }).click();
  await expect(heading("災害・訓練を開始する")).toBeFocused();
  await page.getByRole("button", { name: "開始する" }).click();
  await expect(page.getByText("実災害か訓練かを選んでください。")).toBeVisible();
  await page.getByRole("radio", { name: /^訓練/ }).check();
  await page.getByRole("checkbox", { name: "地震" }).check();
  await expectFine(page);
  await page.getByLabel("名前").fill("全市一斉防災訓練");
  await page.getByRole("button", { name: "訓練を開始する" }).click();

  await expect(heading(/安否確認を始める/)).toBeVisible();
  await page.getByRole("button", { name: /すべての校区/ }).click();
  const left = service.value(
    `select count(*) from support_resident s join person p on p.id = s.person_id where p.is_protected and p.status = 'resident' and s.delisted_on is null`,
  );
  await page.getByText(/^訪ねない人 \d+人と、その理由$/).click();
  await expect(page.getByText(/^支援措置（DV・ストーカー）/)).toContainText(`${left}人`);
  await expectFine(page);
  await page.getByRole("button", { name: /人の安否確認を始める/ }).click();

  await expect(heading(/第1回 安否確認/)).toBeVisible();
  await expect(page.getByText("自動で更新しています")).toBeVisible();
  await expect(page.locator(".mode-drill")).toContainText("訓練");
  await expectFine(page);
});

test("what is learned by telephone moves the board, and a call for rescue stands in the queue until it is resolved", async () => {
  await page.getByRole("link", { name: "対象の人の一覧" }).click();
  await expect(heading("対象の人")).toBeFocused();
  await expectFine(page);
  const first = page.getByRole("rowheader").getByRole("link").first();
  const name = (await first.textContent()) ?? "";
  await first.click();
  await expect(heading(name)).toBeFocused();
  await page.getByRole("button", { name: "電話などで分かったことを記録" }).click();
  await page.getByLabel("どうやって分かりましたか").selectOption("family");
  await page.getByRole("radio", { name: "救助が必要" }).check();
  await page.getByRole("checkbox", { name: "閉じ込め・下敷き" }).check();
  await page.getByLabel("だれから聞きましたか").fill("長女");
  await expectFine(page);
  await page.getByRole("button", { name: "記録する", exact: true }).click();
  await expect(page.locator(".history")).toContainText("救助が必要");
  await expectFine(page);
  // On whatever page: the bar says so, and the bell rings.
  const waits = "救助の一覧：未解決1件（だれも受けていない1件）";
  await expect(page.locator(".mode").getByRole("link", { name: waits })).toBeVisible({
    timeout: 30_000,
  });
  const tones = () => page.evaluate(() => (globalThis as WithTones).tones);
  await expect.poll(tones).toBe(3);

  await page.getByRole("link", { name: "← 安否確認の状況へ" }).click();
  const queue = page.locator(".rescues > li");
  await expect(queue).toHaveCount(1);
  await expect(queue).toContainText(name);
  await queue.getByRole("button", { name: "受け付けた" }).click();
  await expect(queue).toContainText("受け付けた");
  await queue.getByRole("button", { name: "引き渡した" }).click();
  await queue.getByLabel("だれに").fill("北消防署");
  await queue.getByLabel("相手の受付番号").fill("119-42");
  await expectFine(page);
  await queue.getByRole("button", { name: "記録する" }).click();
  await expect(queue.locator(".steps")).toContainText("北消防署");
  await expect(queue.locator(".steps")).toContainText("119-42");

  await page.locator(".mode").getByRole("link", { name: "救助の一覧" }).click();
  await expect(heading(/助けが必要な人/)).toBeFocused();
  await expectFine(page);
  await queue.getByRole("button", { name: "解決する" }).click();
  await queue
    .getByLabel("だれが、どうやって確かめましたか")
    .fill("救急隊が自宅で確認し、市立病院へ");
  await queue.getByRole("button", { name: /件の通報を解決する/ }).click();
  await expect(queue).toContainText("様子を選んでください。");
  await queue.getByRole("radio", { name: "軽いけが" }).check();
  await queue.getByLabel("いる場所").selectOption("hospital");
  await expectFine(page);
  await queue.getByRole("button", { name: "1件の通報を解決する" }).click();
  await expect(page.getByText("いま、未解決の救助はありません。")).toBeVisible();
  expect(service.value("select count(*) from resolution")).toBe("1");
});

test("a report is corrected by a new one, and the old one stays to be read", async () => {
  await page.goto(`${service.url}/console/`);
  await page.locator(".round-link").first().click();
  await page.getByRole("link", { name: "対象の人の一覧" }).click();
  await page.getByRole("combobox", { name: "状況", exact: true }).selectOption("unchecked");
  await page.getByRole("rowheader").getByRole("link").first().click();
  await page.getByRole("button", { name: "電話などで分かったことを記録" }).click();
  await page.getByRole("radio", { name: "無事" }).check();
  await page.getByRole("button", { name: "記録する", exact: true }).click();
  await page.getByRole("button", { name: /報告を訂正・取り消し/ }).click();
  await page.getByRole("radio", { name: "手助けが必要" }).check();
  await page.getByRole("checkbox", { name: "薬がない" }).check();
  await page.getByRole("button", { name: "訂正する" }).click();
  const history = page.locator(".history > li");
  await expect(history).toHaveCount(2);
  await expect(page.locator(".history")).toContainText("訂正されました");
  await expect(page.locator(".history")).toContainText("いまの状況のもと");
});

test("an export asks for the second factor when it is no longer fresh, then hands the file over", async () => {
  await page.goto(`${service.url}/console/`);
  await page.locator(".round-link").first().click();
  service.value("update session set stepped_up_at = now() - interval '1 hour'");
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "CSVで取り出す" }).click();
  const dialog = page.getByRole("dialog", { name: "もう一度、本人を確かめます" });
  await expect(dialog).toBeVisible();
  await expectFine(page);
  await dialog.getByLabel("パスワード").fill(PASSWORD);
  await dialog.getByLabel("確認コード（6けた）").fill(totp(secretOf("hq1"), Date.now() + 30_000));
  await dialog.getByRole("button", { name: "確かめる" }).click();
  expect((await download).suggestedFilename()).toMatch(/\.csv$/);
  await expect(dialog).toBeHidden();
});

test("volunteers: who works, who is silent, and a phone invited by a QR code that can be printed", async () => {
  await page.getByRole("link", { name: "協力者の動き" }).click();
  await expect(heading("協力者の動き")).toBeFocused();
  await expectFine(page);
  await page.getByRole("link", { name: "協力者", exact: true }).click();
  await expect(heading("協力者")).toBeFocused();
  await expectFine(page);
  await page
    .getByRole("button", { name: /さんの電話を招待/ })
    .first()
    .click();
  await page.getByRole("button", { name: "招待をつくる" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByRole("img", { name: "招待のQRコード" })).toBeVisible();
  await expect(dialog.locator(".code")).toHaveText(/^\d{3}-\d{3}-\d{3}$/);
  await expectFine(page);
  await dialog.getByRole("button", { name: "閉じる" }).click();
  await page.getByRole("link", { name: "登録済みの電話" }).click();
  await expect(heading("登録済みの電話")).toBeFocused();
  await expectFine(page);
});

test("a round is closed by typing its name, and says so", async () => {
  await page.goto(`${service.url}/console/`);
  await page.locator(".round-link").first().click();
  await page.getByRole("button", { name: "安否確認を締め切る" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox").fill("第2回");
  await dialog.getByRole("button", { name: "締め切る" }).click();
  await expect(dialog).toContainText("名前が違います");
  await expectFine(page);
  await dialog.getByRole("textbox").fill("第1回 安否確認");
  await dialog.getByRole("button", { name: "締め切る" }).click();
  await expect(page.locator(".banner-title")).toContainText("この安否確認は締め切りました");
  await expectFine(page);
  await page.getByRole("link", { name: "確かめること", exact: true }).click();
  await expect(heading("確かめること")).toBeFocused();
  await expectFine(page);
});

test("with the service gone the board greys and says how old its figures are, and comes back by itself", async () => {
  await page.goto(`${service.url}/console/`);
  await page.locator(".round-link").first().click();
  await expect(page.getByText("自動で更新しています")).toBeVisible();
  await service.kill();
  await expect(page.getByText("更新が止まっています")).toBeVisible({ timeout: 30_000 });
  await expect(page.getByText(/この数は .*のものです/)).toBeVisible();
  await expectFine(page);
  await service.start();
  await expect(page.getByText("自動で更新しています")).toBeVisible({ timeout: 30_000 });
});

test("emergency disclosure: never in a drill; in a disaster it takes a second person", async ({
  browser,
}) => {
  await page.getByRole("link", { name: "緊急時の開示" }).click();
  await expect(page.getByText("訓練では、できません。")).toBeVisible();
  await expect(page.getByText("いま続いている実災害がないので")).toBeVisible();
  await expectFine(page);

  await page.getByRole("link", { name: "いまの状況" }).click();
  await page.getByRole("link", { name: "災害・訓練を開始する" }).click();
  await page.getByRole("radio", { name: /^実災害/ }).check();
  await page.getByRole("checkbox", { name: "地震" }).check();
  await expect(page.getByLabel("名前")).toHaveValue(/^令和\d+年\d+月\d+日 地震$/);
  await page.getByLabel("名前").fill("大阪北部地震");
  await page.getByRole("button", { name: "実災害として開始する" }).click();
  await expect(page.locator(".mode-disaster")).toContainText("実災害");
  await page.getByRole("link", { name: "緊急時の開示", exact: true }).click();
  await page.getByRole("button", { name: "緊急時の開示を始める" }).click();
  await page.locator("form").getByRole("checkbox").first().check();
  await page.getByLabel("理由").fill("短い");
  await page.getByRole("button", { name: /開示を始める/ }).click();
  await expect(page.getByRole("alert").first()).toBeVisible();
  await expectFine(page);
  await page.getByLabel("理由").fill("家屋の倒壊が広がり、所在の分からない方を急いで捜すため");
  await page.getByRole("button", { name: /開示を始める/ }).click();
  await expect(page.getByText("確認待ち（まだ見えません）")).toBeVisible();
  await expect(page.getByText("あなたは確認できません")).toBeVisible();

  const other = await (await browser.newContext()).newPage();
  await logIn(other, service, "hq2");
  await other.getByRole("link", { name: "緊急時の開示", exact: true }).click();
  await other.getByRole("button", { name: "確認して開示する" }).click();
  await expect(other.getByText("開示中")).toBeVisible();
  await other.getByRole("button", { name: "開示を閉じる" }).click();
  await expect(other.getByText("終わりました")).toBeVisible();
  await other.context().close();
  await page.reload();
  await expect(page.getByText("終わりました")).toBeVisible();
  await expectFine(page);
});

test("a disaster is ended with its reason and stands in the list of past events", async () => {
  await page.getByRole("link", { name: "いまの状況" }).click();
  await page.getByRole("link", { name: "災害対応を終える" }).click();
  await expectFine(page);
  await page.getByLabel("理由").fill("全員の確認が終わった");
  await page.getByRole("button", { name: "災害対応を終える" }).click();
  await expect(page.getByRole("row", { name: /大阪北部地震/ })).toContainText(
    "全員の確認が終わった",
  );
  await expectFine(page);
});

test("personal pages are hidden when nobody was at the desk for fifteen minutes, and the board is not", async () => {
  await page.getByRole("link", { name: "協力者", exact: true }).click();
  await expect(page.getByRole("table")).toBeVisible();
  const longAgo = Date.now() - 16 * 60_000;
  await page.evaluate(
    (at) => localStorage.setItem("machimori-console-active", String(at)),
    longAgo,
  );
  await page.reload();
  await expect(page.getByText("15分操作がなかったので")).toBeVisible();
  await expect(page.getByRole("table")).toBeHidden();
  await expectFine(page);
  await page.goto(`${service.url}/console/#/`);
  await expect(heading("いまの状況")).toBeVisible();
});

test("a resident is found, a consent appended and the district decided by hand, with the reason", async () => {
  await unlockIfHidden();
  await page.getByRole("link", { name: "住民", exact: true }).click();
  await expect(heading("住民を探す")).toBeFocused();
  await expectFine(page);
  const [[name = ""] = []] = service.sql(
    "select p.name from person p join support_resident s on s.person_id = p.id where p.status = 'resident' and not p.is_protected order by p.id limit 1",
  );
  await page.getByRole("searchbox").fill(name);
  await page.getByRole("button", { name: "探す" }).click();
  await expect(page.getByRole("rowheader", { name }).first()).toBeVisible();
  await expectFine(page);
  await page.getByRole("rowheader").getByRole("link", { name }).first().click();
  await expect(heading(name)).toBeFocused();
  await page.getByRole("button", { name: "同意を記録する" }).click();
  await page.getByRole("radio", { name: "取りやめた" }).check();
  await page.getByLabel("方法").fill("電話");
  await expectFine(page);
  await page.getByRole("button", { name: "記録する", exact: true }).click();
  await expect(page.getByRole("table")).toContainText("取りやめた");
  await page.getByRole("button", { name: "校区を手で決める" }).click();
  await page.getByLabel("理由").fill("団地の入口が隣の校区にあるため");
  await expectFine(page);
  await page.getByRole("button", { name: "記録する", exact: true }).click();
  await expect(page.getByText("手で決めた")).toBeVisible();
});

test("a list is brought, looked at row by row, applied and taken back; a file that cannot be used says where and why", async () => {
  const head =
    "NO,共通ID,都道府県名及び市町村名,施設・場所名,住所,洪水,崖崩れ、土石流及び地滑り,高潮,地震,津波,大規模な火事,内水氾濫,火山現象,指定避難所との住所同一,緯度,経度,備考";
  const row = (no: number, lat: string) =>
    `${no},E272030000${no}201,大阪府豊中市,試験公園${no},大阪府豊中市試験町${no},1,,,1,,,,,,${lat},135.47,`;
  async function bring(name: string, text: string) {
    await page.getByRole("link", { name: "取り込み", exact: true }).click();
    await page.getByRole("radio", { name: /^避難場所・避難所/ }).check();
    await page.getByLabel("ファイル", { exact: true }).setInputFiles({
      name,
      mimeType: "text/csv",
      buffer: Buffer.from(text),
    });
    await page.getByText("詳しい設定").click();
    await page.getByRole("checkbox", { name: /^追加と変更だけ/ }).check();
    await page.getByRole("button", { name: "送って中身を確かめる" }).click();
    await expect(heading(new RegExp(name))).toBeFocused();
  }
  await page.getByRole("link", { name: "取り込み", exact: true }).click();
  await expect(heading("取り込み")).toBeFocused();
  await expectFine(page);

  await bring("kara.csv", "あ,い\r\n1,2\r\n");
  await expect(page.getByText("このファイルは取り込めません。何も変わっていません")).toBeVisible();
  await expectFine(page);

  await bring("basho.csv", [head, row(1, "34.78"), row(2, "34.79"), row(3, "0")].join("\r\n"));
  await expect(page.getByText("適用すると、こう変わります")).toBeVisible();
  await expect(page.getByRole("button", { name: /使えない/ })).toHaveAttribute(
    "aria-pressed",
    "true",
  );
  await expectFine(page);
  await page.getByRole("button", { name: /^2 ?追加/ }).click();
  await expect(page.getByRole("table")).toContainText("試験公園1");
  await page.getByRole("checkbox", { name: /除いて適用/ }).check();
  await page.getByRole("button", { name: /件の変更を適用する/ }).click();
  await expect(page.getByText("適用しました")).toBeVisible();
  expect(service.value("select count(*) from site where name like '試験公園%'")).toBe("2");
  await expectFine(page);
  await page.getByRole("button", { name: "この取り込みを取り消す" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "取り消す" }).click();
  await expect(page.getByText("2件を元に戻しました")).toBeVisible();
  await expectFine(page);
});

test("an auditor reads who was shown to whom, and opens nothing else", async ({ browser }) => {
  const auditor = await (await browser.newContext()).newPage();
  await logIn(auditor, service, "auditor");
  await auditor.getByRole("link", { name: "監査の記録" }).click();
  await expect(auditor.getByRole("table")).toContainText("people.search");
  await expectFine(auditor, "audit");
  await auditor.goto(`${service.url}/console/#/people`);
  await expect(auditor.getByRole("heading", { level: 1 })).toHaveText("このページは見られません");
  await auditor.context().close();
});

test("an administrator makes a log-in, whose owner must change the password before anything else", async ({
  browser,
}) => {
  const admin = await (await browser.newContext()).newPage();
  await logIn(admin, service, "admin");
  await expect(admin.getByRole("heading", { level: 1, name: "職員のログイン" })).toBeVisible();
  await expectFine(admin, "log-ins");
  await admin.getByRole("button", { name: "ログインをつくる" }).click();
  await admin.getByLabel("名前", { exact: true }).fill("新人 職員");
  await admin.getByLabel("ログイン名").fill("shinjin");
  await admin.getByLabel("はじめのパスワード").fill("みどり 電車 ひるね 7ばん");
  await admin.getByRole("button", { name: "つくる", exact: true }).click();
  await expect(admin.getByRole("heading", { name: "新人 職員さんに渡すもの" })).toBeVisible();
  await expectFine(admin, "log-in-given");
  const secret = (await admin.locator(".facts .code").textContent()) ?? "";
  await admin.context().close();

  const owner = await (await browser.newContext()).newPage();
  await owner.goto(`${service.url}/console/`);
  await fillLogIn(owner, "shinjin", "みどり 電車 ひるね 7ばん", totp(secret));
  await expect(owner.getByText("はじめに、パスワードを変えてください")).toBeVisible();
  await expectFine(owner, "password");
  await owner.getByLabel("いまのパスワード").fill("みどり 電車 ひるね 7ばん");
  await owner.getByLabel("新しいパスワード").fill("short");
  await owner.getByRole("button", { name: "パスワードを変える" }).click();
  await expect(owner.getByText("12文字以上にしてください")).toBeVisible();
  await owner.getByLabel("新しいパスワード").fill("あさひ 図書館 すいか 3かい");
  await owner.getByRole("button", { name: "パスワードを変える" }).click();
  await expect(owner.getByRole("heading", { level: 1, name: "いまの状況" })).toBeVisible();
  await owner.context().close();
});
