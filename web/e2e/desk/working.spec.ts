import { expect, type Page, test } from "@playwright/test";
import { Phone } from "../support/phone";
import { expectFine } from "../support/screens";
import { Service } from "../support/service";
import { beginDisaster, logIn } from "../support/staff";

test.describe.configure({ mode: "serial" });

let service: Service;
let page: Page;
let phone: Phone;

test.beforeAll(async ({ browser }) => {
  test.setTimeout(300_000);
  service = await Service.begin({ demo: 400 });
  page = await (await browser.newContext()).newPage();
  phone = new Phone();
});
test.afterAll(async () => {
  await phone.throwAway();
  await page.context().close();
  await service.forget();
});

test("a phone that found no network gives its records to another, and each counts once", async () => {
  await phone.open(service.invite.link);
  await phone.enrol();
  await phone.beginAlone();
  await phone.expectAccessible();
  await phone.page.screenshot({ path: test.info().outputPath("next.png"), fullPage: true });
  await phone.answer(0, "返事がない").click();
  await phone.answer(1, "けが").click();
  await phone.choose(/軽いけが/);
  await expect(phone.page.getByText("未送信 3件")).toBeVisible();
  await phone.choose("送った記録を見る");
  await phone.choose("ほかの電話に運んでもらう・運ぶ");
  // The page gives its heading the focus when it has opened; a key pressed before would be the heading's.
  await expect(phone.page.getByRole("heading", { name: "記録を運ぶ" })).toBeFocused();
  await phone.choose("QRを順番に見せる");
  await expect(phone.page.getByRole("img", { name: /^QR \d/ })).toBeVisible();
  await phone.expectAccessible();
  await phone.page.screenshot({ path: test.info().outputPath("carry.png"), fullPage: true });
  const path = await phone.giveFile("carried");

  await logIn(page, service, "hq1");
  await page.goto(`${service.url}/console/#/carry`);
  await expectFine(page, "carry");
  await page.getByLabel("ファイルを選ぶ").setInputFiles(path);
  await expect(page.getByText("3件を読み込みました")).toBeVisible();
  await page.getByLabel("ファイルを選ぶ").setInputFiles(path);
  await expect(page.getByText("前に届いていた")).toBeVisible();

  await phone.setOffline(false);
  await expect(phone.page.getByText("すべて送信しました")).toBeVisible({ timeout: 70_000 });
  const kept = service.sql(
    "select carried_by, count(*), count(distinct id) from sync_item where kind <> 'availability' group by 1",
  );
  expect(kept).toEqual([["file", "3", "3"]]);
});

test("headquarters binds what a volunteer began to its own round", async () => {
  await beginDisaster(page, service);
  await page.getByRole("button", { name: /すべて/ }).click();
  await page
    .getByRole("button", { name: /人の確認を始める|始める/ })
    .last()
    .click();
  await expect(page.getByText("現在", { exact: false }).first()).toBeVisible();
  await page.goto(`${service.url}/console/#/round-starts`);
  await expect(page.getByRole("heading", { level: 1, name: "始められた安否確認" })).toBeVisible();
  await expectFine(page, "round-starts");
  await page.getByRole("button", { name: "結びつける" }).click();
  await expect(page.getByRole("button", { name: "結びつけを取り消す" })).toBeVisible();
  const [counted] = service.sql(
    "select count(*) from round_member m join safety_round r on r.id = m.round_id where not r.is_provisional and m.outcome = 'injured_minor'",
  );
  expect(counted).toEqual(["1"]);
});

test("what is urgent is worked by level, and the rules of the round are changed", async () => {
  const [[round]] = service.sql(
    "select id from safety_round where not is_provisional order by started_at desc limit 1",
  ) as [[string]];
  await page.goto(`${service.url}/console/#/rounds/${round}/escalations`);
  await expect(page.getByRole("heading", { level: 1, name: "急ぐこと・引き継ぎ" })).toBeVisible();
  await page.getByLabel("返事がないのが何回で「急ぐこと」に出すか").fill("1");
  await page.getByRole("button", { name: "決まりを保存する" }).click();
  await expect(page.getByRole("heading", { name: /近所・担当の方/ })).toBeVisible({
    timeout: 60_000,
  });
  await expectFine(page, "escalations");
  await page.getByRole("button", { name: "次へ渡す" }).first().click();
  await page.getByLabel("だれに渡しますか").fill("校区の代表");
  await page.getByRole("button", { name: "記録する", exact: true }).click();
  await expect(page.getByRole("heading", { name: /^校区/ }).first()).toBeVisible();
  await page.goto(`${service.url}/console/#/rounds/${round}/visits`);
  await expect(page.getByRole("listitem").first()).toBeVisible();
  await expectFine(page, "visits");
});
