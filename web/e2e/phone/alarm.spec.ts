import { expect, test } from "@playwright/test";
import { Phone, PIN } from "../support/phone";
import { Service } from "../support/service";
import { beginDrillRound } from "../support/staff";

test.describe.configure({ mode: "serial" });

let service: Service;
let phone: Phone;
let [first, second, third] = ["", "", ""];

test.beforeAll(async ({ browser }) => {
  test.setTimeout(300_000);
  service = await Service.begin({ demo: 400 });
  await beginDrillRound(browser, service);
  phone = new Phone();
});
test.afterAll(async () => {
  await phone?.throwAway();
  await service?.forget();
});

/** The page that has just opened: what a checker finds, and how it looks. */
async function fine(name: string): Promise<void> {
  await phone.expectAccessible();
  await phone.page.screenshot({ path: test.info().outputPath(`${name}.png`), fullPage: true });
}

const alarm = () => phone.heading(/とどいていません|has reached nobody/);
const facts = () => phone.page.locator(".alarm-lines");
const call119 = () => phone.page.getByRole("link", { name: /119/ });

async function nameOf(nth: number): Promise<string> {
  const heading = phone.card(nth).getByRole("heading").first();
  return (await heading.textContent())?.split("（")[0]?.trim() ?? "";
}

async function rescue(nth: number, need: string): Promise<void> {
  await phone.answer(nth, "助けが必要").click();
  await expect(phone.heading("どんな助けが必要ですか")).toBeFocused();
  await phone.choose(need);
  await expect(phone.card(nth)).toBeVisible();
}

test("from the invite to the list every page can be read by everybody, and says that the people are invented", async () => {
  await phone.open(service.invite.link);
  await phone.page.clock.install();
  await expect(phone.heading("この電話を登録します")).toBeFocused();
  await expect(phone.page.getByText("デモ：人も場所もすべて架空です")).toBeVisible();
  await fine("enrol");
  await phone.button("この電話を登録する").click();
  await expect(phone.heading("暗証番号を決めます")).toBeFocused();
  await fine("choose-pin");
  await phone.page.getByLabel("暗証番号（数字6けた）").fill(PIN);
  await phone.page.getByLabel("もう一度、同じ番号").fill(PIN);
  await phone.button("この番号に決める").click();
  await expect(phone.heading("あなたは動けますか")).toBeFocused();
  await fine("availability");
  await phone.choose("動けます");
  await expect(phone.card(0)).toBeVisible();
  await expect(phone.page.getByText("すべて送信しました")).toBeVisible();
  await phone.page.waitForFunction(() => navigator.serviceWorker.controller !== null);
});

test("each call that nobody received fills the screen by itself, in a drill with the drill's words, and comes back when put aside", async () => {
  [first, second, third] = [await nameOf(0), await nameOf(1), await nameOf(2)];
  await phone.setOffline(true);
  await phone.answer(0, "助けが必要").click();
  await expect(phone.heading("どんな助けが必要ですか")).toBeFocused();
  await fine("need");
  await phone.choose("とじこめられた・下じき");
  await phone.page.clock.fastForward(30_000);
  await rescue(1, "火事が近い");
  await expect(alarm()).toBeHidden();

  await phone.page.clock.fastForward(40_000);
  await expect(alarm()).toBeFocused();
  await expect(facts()).toContainText(first);
  await expect(facts()).toContainText("とじこめられた");
  await expect(phone.page.getByRole("img", { name: "この知らせを書いたQRコード" })).toBeVisible();
  await expect(phone.page.getByText("119番には電話しません")).toBeVisible();
  await expect(call119()).toHaveCount(0);
  await fine("alarm-drill");
  await phone.choose("ほかの人の確認を続ける");
  await expect(phone.card(2)).toBeVisible();

  // The second call's own minute: that the first was put aside says nothing of it.
  await phone.page.clock.fastForward(30_000);
  await expect(facts()).toContainText(second);
  await expect(facts()).toContainText("火事が近い");
  await phone.choose("ほかの人の確認を続ける");
  await expect(alarm()).toBeHidden();

  await phone.page.clock.fastForward(5 * 60_000 + 6_000);
  await expect(phone.page.getByText("救助の知らせ 1／2")).toBeVisible();
  await expect(facts()).toContainText(first);
  await phone.choose("つぎの知らせを見る");
  await expect(phone.page.getByText("救助の知らせ 2／2")).toBeVisible();
  await expect(facts()).toContainText(second);
  await fine("alarm-two");
  await phone.choose("この知らせはあとで見る（5分後）");
  await expect(facts()).toContainText(first);
  await phone.choose("ほかの人の確認を続ける");
  await expect(alarm()).toBeHidden();
});

test("the list and a call can be read in easy Japanese and in English", async () => {
  for (const [lang, hide] of [
    ["English", "Go on checking others"],
    ["やさしい日本語", /ほかの 人を たしかめる/],
  ] as const) {
    await phone.button(lang).click();
    await expect(phone.button(lang)).toHaveAttribute("aria-pressed", "true");
    await fine(`list-${lang}`);
    await phone.page.clock.fastForward(5 * 60_000 + 6_000);
    await expect(alarm()).toBeVisible();
    await fine(`alarm-${lang}`);
    for (let n = 0; n < 2; n++) {
      await phone.page.locator(".alarm .choices button").last().press("Enter");
    }
    await expect(phone.button(hide)).toHaveCount(0);
  }
  await phone.button("日本語").click();
});

test("a locked phone knows that a call was taken back, and calls for real out of the drill without the PIN", async () => {
  await phone.button(/^全員/).click();
  await phone
    .card(0)
    .getByRole("button", { name: /もどす/ })
    .click();
  await expect(phone.page.getByText("未送信 3件")).toBeVisible();
  await phone.button("画面を閉じる（鍵をかける）").click();
  await expect(phone.heading("暗証番号を入れてください")).toBeFocused();
  await phone.page.clock.fastForward(5 * 60_000 + 6_000);
  await expect(alarm()).toBeVisible();
  await expect(phone.page.getByText("内容を見るには暗証番号がいります")).toBeVisible();
  await expect(phone.page.getByText(/救助の知らせ 1／/)).toHaveCount(0);
  await fine("alarm-locked");
  await phone.choose("訓練ではありません");
  await expect(phone.heading("訓練ではありません")).toBeFocused();
  await expect(call119()).toHaveAttribute("href", "tel:119");
  await fine("real-locked");
  await phone.choose("本当の救助を本部に知らせる");
  await expect(
    phone.page.getByText("場所を入れてください。目じるしでかまいません。"),
  ).toBeVisible();
  await phone.page.getByLabel("どこですか").fill("公園の北の端");
  await phone.page.getByRole("radio", { name: "とても具合が悪い" }).check();
  await phone.choose("本当の救助を本部に知らせる");
  await expect(phone.heading("暗証番号を入れてください")).toBeVisible();
  await expect(phone.page.getByText("未送信 4件")).toBeVisible();

  // The real call's own minute: to 119, and nothing of a drill about it.
  await phone.page.clock.fastForward(66_000);
  await expect(alarm()).toBeVisible();
  await expect(call119()).toBeVisible();
  await expect(phone.page.getByText("訓練", { exact: true })).toBeHidden();
  await fine("alarm-real-locked");
  await phone.setOffline(false);
  await phone.choose("もう一度送る");
  await expect(alarm()).toBeHidden();
  await expect(phone.page.getByText("すべて送信しました")).toBeVisible({ timeout: 30_000 });
  const filed = service.sql(
    `select e.kind, e.is_standing, m.subject ->> 'place', o.outcome from observation o join safety_round r on r.id = o.round_id
     join event e on e.id = r.event_id join round_member m on m.id = o.member_id where o.needs = '{badly_ill}'`,
  );
  expect(filed).toEqual([["disaster", "t", "公園の北の端", "needs_rescue"]]);
  const inDrill = service.sql(
    "select o.outcome from observation o join safety_round r on r.id = o.round_id join event e on e.id = r.event_id where e.kind = 'drill' and o.outcome = 'needs_rescue'",
  );
  expect(inDrill).toHaveLength(2);
});

test("somebody on no list and every answer at a door is told with what a screen reader can say", async () => {
  // Two of her people live together.
  service.sql(
    `update round_member set household_id = (select m.household_id from round_member m join person p on p.id = m.person_id where p.name = '${first}' limit 1)
     where person_id in (select id from person where name in ('${first}', '${third}'))`,
  );
  await phone.unlock();
  await phone.button("名簿にない人を知らせる").click();
  await expect(phone.heading("名簿にない人を知らせる")).toBeFocused();
  await phone.choose("知らせる");
  await expect(phone.page.getByText("ようすを1つ選んでください。")).toBeVisible();
  await fine("unlisted");
  await phone.page.getByLabel("どこにいますか").fill("西門の前");
  await phone.page.getByRole("radio", { name: "水・食べ物" }).check();
  await phone.choose("知らせる");
  await phone
    .button(/^助けが必要/)
    .first()
    .click();
  await expect(phone.page.getByText("西門の前", { exact: true })).toBeVisible();
  await expect
    .poll(() =>
      service.sql(
        "select m.subject ->> 'place', o.outcome from observation o join round_member m on m.id = o.member_id where o.needs = '{water_food}'",
      ),
    )
    .toEqual([["西門の前", "needs_support"]]);

  await phone.button(/^全員/).click();
  await phone.answer(2, "けが").click();
  await expect(phone.heading("けがのようす")).toBeFocused();
  await fine("injury");
  await phone.choose("もどる");
  await phone.answer(2, "返事がない").click();
  await phone.card(2).getByRole("button", { name: "出かけている" }).click();
  await expect(phone.heading("どうしてわかりましたか")).toBeFocused();
  await fine("away");
  await phone.choose("もどる");
  const undo = phone.card(2).getByRole("button", { name: /もどす/ });
  await undo.press("Enter");
  await phone.answer(2, "無事").click();
  await expect(phone.heading("同じ家のほかの人は？")).toBeFocused();
  await fine("others");
  await phone.choose("まだわからない（あとで確かめる）");
  await phone.button("今日は終わりにする").click();
  await expect(phone.heading("おつかれさまでした")).toBeFocused();
  await fine("end");
  await phone.choose("一覧にもどる");
  await expect(phone.card(0)).toBeVisible();
});
