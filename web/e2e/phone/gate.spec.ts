import { expect, type Page, test } from "@playwright/test";
import { uuidv7 } from "../../src/offline/bytes";
import { expectAccessible, expectNoSidewaysScroll } from "../support/accessible";
import { cameraOf } from "../support/camera";
import { Phone } from "../support/phone";
import { Service } from "../support/service";
import { logIn } from "../support/staff";

let service: Service;
let desk: Page;
let phone: Phone;
const shots = process.env.MACHIMORI_GATE_SHOTS;

test.beforeAll(async ({ browser }) => {
  test.setTimeout(300_000);
  service = await Service.begin({ demo: 400 });
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  desk = await context.newPage();
  await logIn(desk, service, "hq1");
});
test.afterAll(async () => {
  await desk?.context().close();
  await service?.forget();
});
test.afterEach(() => phone?.throwAway());

/** Asks the service as the staff at the console. */
async function ask(method: string, path: string, body?: object): Promise<Record<string, unknown>> {
  return desk.evaluate(
    async ([how, where, what]) => {
      const answer = await fetch(`/api/v1${where}`, {
        method: how,
        headers: { "content-type": "application/json" },
        ...(what && { body: what }),
      });
      const text = await answer.text();
      if (!answer.ok) throw new Error(`${how} ${where}: ${answer.status} ${text}`);
      return text ? JSON.parse(text) : {};
    },
    [method, path, body ? JSON.stringify(body) : ""] as const,
  );
}

async function shot(name: string, page: Page = phone.page): Promise<void> {
  if (shots) await page.screenshot({ path: `${shots}/${name}.png`, fullPage: true });
}

/** The page that has just opened: nothing a checker finds, nothing wider than the phone. */
async function fine(name: string): Promise<void> {
  await phone.expectAccessible();
  await shot(name);
}

/** Opens a desk at the console and answers the invite's link. */
async function inviteAt(hash: string, name: string): Promise<string> {
  await desk.goto(`${service.url}/console/${hash}`);
  await desk.getByRole("button", { name: "受付を開く", exact: true }).click();
  await expectAccessible(desk);
  await shot(`console-${name}-open`, desk);
  await desk.getByRole("button", { name: "受付を開いて招待する" }).click();
  const link = desk.locator("dd.link");
  await expect(link).toHaveText(/#i=/);
  await expectAccessible(desk);
  await shot(`console-${name}-invite`, desk);
  const text = (await link.textContent()) ?? "";
  await desk.getByRole("button", { name: "閉じる" }).click();
  await expect(desk.getByText("まだありません")).toBeVisible();
  await expectNoSidewaysScroll(desk);
  await shot(`console-${name}`, desk);
  return text;
}

test("a shelter's phone opens the door, receives and lets go without network, loses its power, and all of it arrives once", async () => {
  const event = uuidv7();
  const body = { id: event, kind: "disaster", name: "夜の地震", hazards: ["earthquake"] };
  await ask("POST", "/events", body);
  const [site = "", district = ""] =
    service.sql(
      `select s.id, d.id from site s join district d on d.valid_to is null and st_contains(d.area, s.point)
       where s.kind = 'shelter' and (select count(*) from person p join support_resident r on r.person_id = p.id
         where p.district_id = d.id and p.roster_consent = 'consented' and p.status = 'resident' and not p.is_protected
           and exists (select from person q join support_resident x on x.person_id = q.id where q.household_id = p.household_id
             and q.id <> p.id and q.roster_consent = 'consented' and q.status = 'resident' and not q.is_protected)) > 0
       order by s.id limit 1`,
    )[0] ?? [];
  service.sql(`update site set capacity = 3 where id = '${site}'`);
  const people = service.sql(
    `select p.name, p.household_id from person p join support_resident r on r.person_id = p.id
     where p.district_id = '${district}' and p.roster_consent = 'consented' and p.status = 'resident' and not p.is_protected
     order by exists (select from person q join support_resident x on x.person_id = q.id where q.household_id = p.household_id
       and q.id <> p.id and q.roster_consent = 'consented' and q.status = 'resident' and not q.is_protected) desc, p.kana_key limit 1`,
  );
  const name = people[0]?.[0] ?? "";
  const link = await inviteAt(`#/events/${event}/shelters/${site}`, "desk");

  phone = new Phone();
  await phone.open(link);
  await phone.enrol();
  await expect(phone.page.getByText("いま ここにいる人")).toBeVisible();
  await expect(phone.page.getByText("まだ「開設」になっていません")).toBeVisible();
  await fine("home");
  await phone.page.waitForFunction(() => navigator.serviceWorker.controller !== null);

  await service.kill();
  await phone.setOffline(true);
  await phone.page.reload();
  await phone.unlock();
  await phone.button("開設・混み具合を知らせる").click();
  await phone.choose("開設した（自主開設）");
  await fine("place");
  await phone.page.goBack();
  await phone.choose("名前でさがす");
  await phone.page.getByLabel("名前・よみがな・住所").fill(name);
  await fine("find");
  await phone.page.getByRole("listitem").getByRole("button").first().press("Enter");
  await expect(phone.heading(/さんを受け付けます/)).toBeVisible();
  await phone.page.getByRole("checkbox").first().check();
  await fine("receive");
  await phone.choose("2人を受け付ける");
  await expect(phone.heading("2人を受け付けました")).toBeVisible();
  await fine("received");

  await phone.choose("同じ家族をもう1人 受け付ける");
  await phone.page.getByLabel("名前", { exact: true }).fill("旅行 太郎");
  await phone.page.getByLabel("生年月日").fill("昭和15年4月1日");
  await fine("stranger");
  await phone.choose("受け付ける");
  await expect(phone.heading("旅行 太郎さんを受け付けました")).toBeVisible();
  await phone.choose("次の人を受け付ける");
  await expect(phone.page.getByText("3人", { exact: true })).toBeVisible();
  await expect(phone.page.getByText("断らずに受け付けてください")).toBeVisible();
  await fine("full");

  // One was a mistake, and one leaves.
  await phone.choose("名簿にない人を受け付ける");
  await phone.page.getByLabel("名前", { exact: true }).fill("まちがい 花子");
  await phone.choose("受け付ける");
  await phone.choose("もどす（まちがえた）");
  await phone.choose("いまいる人・帰る人");
  await expect(phone.page.getByText("まちがい 花子")).toBeHidden();
  await fine("here");
  await phone.choose(/^旅行 太郎/);
  await fine("guest");
  await phone.choose("帰る（退所）");
  await expect(phone.page.getByText("この電話で帰った人")).toBeVisible();
  await phone.page.goBack();
  await phone.page.goBack();
  await phone.page.goBack();
  await expect(phone.page.getByText("未送信 7件")).toBeVisible();
  // The power goes.
  await phone.close();

  await phone.open(`${service.url}/field/`).catch(() => {});
  await expect(phone.page.getByText("未送信 7件")).toBeVisible();
  await phone.unlock();
  await expect(phone.page.getByText("2人", { exact: true })).toBeVisible();
  await phone.choose("人数を報告する");
  await phone.page.getByLabel("避難している人（全部で）").fill("２");
  await fine("count");
  await phone.choose("この人数で報告する");
  await expect(phone.heading("2人と報告しました。")).toBeVisible();
  service.lose = { path: "/api/v1/field/sync", times: 1 };
  await service.start();
  await phone.setOffline(false);
  await expect(phone.page.getByText("すべて送信しました")).toBeVisible({ timeout: 40_000 });

  expect(
    service.sql(
      `select kind, count(*), count(distinct id) from sync_item where event_id = '${event}' group by 1 order by 1`,
    ),
  ).toEqual([
    ["check_in", "5", "5"],
    ["check_out", "1", "1"],
    ["head_count", "1", "1"],
    ["opening", "1", "1"],
  ]);
  const state = `select status, is_self_opened, present, reported_people from site_state
    where event_id = '${event}' and site_id = '${site}'`;
  expect(service.sql(state)).toEqual([["open", "t", "2", "2"]]);
  const guests = `select birth_on, is_present, party_id is not null from evacuee where event_id = '${event}' and name = '旅行 太郎'`;
  expect(service.sql(guests)).toEqual([["1940-04-01", "f", "t"]]);
});

test("a venue's phone reads a card by its camera, takes a name and a body's count without network; a volunteer says it herself", async () => {
  const [district = "", volunteer = ""] =
    service.sql(
      `select vd.district_id, v.id from device x join volunteer v on v.id = x.volunteer_id
       join volunteer_district vd on vd.volunteer_id = v.id limit 1`,
    )[0] ??
    service.sql("select district_id, volunteer_id from volunteer_district limit 1")[0] ??
    [];
  const [drill, hall, club] = [uuidv7(), uuidv7(), uuidv7()];
  const startsAt = new Date(Date.now() + 60_000).toISOString();
  await ask("PUT", `/drills/${drill}`, {
    name: "校区防災訓練",
    starts_at: startsAt,
    ends_at: new Date(Date.now() + 3 * 3_600_000).toISOString(),
    scenario: "震度6弱の地震",
    cancel_rule: "警報が出ていれば中止",
    districts: [district],
    hazards: ["earthquake"],
    programme: [],
  });
  await ask("PUT", `/drills/${drill}/venues/${hall}`, { name: "公民館", district_id: district });
  await ask("PUT", `/drills/${drill}/bodies/${club}`, {
    name: "自主防災会",
    body: "voluntary_disaster_org",
    district_id: district,
    expected: 30,
  });
  service.sql(`update event set started_at = now() - interval '1 minute' where id = '${drill}'`);
  const person = service.value(
    `select p.id from person p join support_resident r on r.person_id = p.id where p.district_id = '${district}'
       and p.roster_consent = 'consented' and p.status = 'resident' and not p.is_protected order by p.id limit 1`,
  );
  const printed = await ask("POST", "/cards/printings", {
    id: uuidv7(),
    district_id: district,
    of: "residents",
    ids: [person],
  });
  const card = (printed.cards as { code: string; name: string }[])[0];
  const link = await inviteAt(`#/drills/${drill}/attendance`, "venue");

  phone = new Phone(360, cameraOf(card?.code ?? ""));
  await phone.open(link);
  await phone.enrol();
  await expect(phone.page.getByText("公民館：この会場に来た人")).toBeVisible();
  await expect(phone.page.getByText("訓練ではありません")).toBeVisible();
  await fine("venue-home");
  await phone.page.waitForFunction(() => navigator.serviceWorker.controller !== null);
  await service.kill();
  await phone.setOffline(true);
  await phone.button("QRカードを読む").click();
  await expect(
    phone.page.getByText(`${card?.name}さんの参加を記録しました。`).first(),
  ).toBeVisible();
  await fine("venue-scan");
  await phone.page.goBack();
  await phone.choose("名前を入れる・さがす");
  await phone.page.getByLabel("どの団体ですか").selectOption({ label: "自主防災会" });
  await phone.page.getByLabel("名前", { exact: true }).fill("参加 一郎");
  await phone.choose("この名前で記録する");
  await expect(phone.page.getByText("参加 一郎さんの参加を記録しました。").first()).toBeVisible();
  await fine("venue-name");
  await phone.page.goBack();
  await phone.choose("団体の人数を入れる");
  await phone.page.getByLabel("どの団体ですか").selectOption({ label: "自主防災会" });
  await phone.page.getByLabel("何人ですか").fill("12");
  await phone.choose("この人数で記録する");
  await expect(phone.page.getByText("自主防災会は 12人と記録しました。").first()).toBeVisible();
  await fine("venue-group");
  await phone.page.goBack();
  await expect(phone.page.getByText("1人ずつ 2人、団体 12人")).toBeVisible();
  await phone.choose("この電話の記録・まちがいを直す");
  await fine("venue-acts");
  await phone.page.goBack();
  await service.start();
  await phone.setOffline(false);
  await expect(phone.page.getByText("すべて送信しました")).toBeVisible({ timeout: 40_000 });
  const kept = `select kind, way, count(*) from attendance where event_id = '${drill}' group by 1, 2 order by 1, 2`;
  expect(service.sql(kept)).toEqual([
    ["group", "head_count", "1"],
    ["person", "card", "1"],
    ["person", "list", "1"],
  ]);
  // The body's count holds her members: 12, and the card's holder of no body.
  await expect(phone.page.locator(".gate-number").getByText("13人")).toBeVisible({
    timeout: 40_000,
  });
  await phone.throwAway();

  // A volunteer of the district, by the venue's poster.
  const told = await ask("POST", `/volunteers/${volunteer}/invites`, {});
  phone = new Phone();
  await phone.open(String(told.link).replace(/^.*\/field/, `${service.url}/field`));
  await phone.enrol();
  await phone.button("動けます").click();
  await phone.button("訓練に参加しました").click();
  await fine("came");
  await phone.choose(/^公民館/);
  await expect(phone.page.getByText("公民館に参加したことを記録しました。").first()).toBeVisible();
  await fine("came-done");
  await expect(phone.page.getByText("すべて送信しました")).toBeVisible();
  const own = `select count(*) from attendance where event_id = '${drill}' and way = 'own_phone' and volunteer_id = '${volunteer}'`;
  expect(service.value(own)).toBe("1");
});

test("cards are printed once, and one that was lost is stopped", async () => {
  await desk.goto(`${service.url}/console/#/cards`);
  await expect(desk.getByRole("heading", { level: 1, name: "受付カード" })).toBeVisible();
  const [district = ""] =
    service.sql(
      `select d.name from district d where (select count(*) from person p join support_resident r on r.person_id = p.id
         where p.district_id = d.id and p.roster_consent = 'consented' and p.status = 'resident' and not p.is_protected
           and not exists (select from card c where c.person_id = p.id)) > 2 order by d.code limit 1`,
    )[0] ?? [];
  await desk.getByLabel("校区").selectOption({ label: district });
  await expectAccessible(desk);
  await shot("console-cards", desk);
  await desk.getByRole("button", { name: "まだカードのない人の分を作る" }).click();
  await expect(desk.getByText(/^MC1-/).first()).toBeVisible();
  await expectAccessible(desk);
  await expectNoSidewaysScroll(desk);
  await shot("console-cards-sheet", desk);
  await desk.getByRole("button", { name: "閉じる" }).click();
  const stop = desk.getByRole("button", { name: /のカードを止める$/ }).first();
  await stop.click();
  await expect(desk.getByRole("cell", { name: "止めました" })).toBeVisible();
  await desk.setViewportSize({ width: 360, height: 740 });
  await expectAccessible(desk);
  await expectNoSidewaysScroll(desk);
  await shot("console-cards-360", desk);
  await desk.setViewportSize({ width: 1280, height: 800 });
});

test("a lead enrols the own phone and opens a shelter on the spot, without network", async ({
  browser,
}) => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  await logIn(page, service, "lead");
  await page.goto(`${service.url}/console/#/phones`);
  await page.getByRole("button", { name: "登録の案内を出す" }).click();
  const link = (await page.locator("dd.link").textContent()) ?? "";
  await expectAccessible(page);
  await context.close();

  phone = new Phone();
  await phone.open(link);
  await phone.enrol();
  await phone.button("動けます").click();
  await phone.choose("避難所の開設と受付");
  await expect(phone.page.getByRole("list", { name: "どの場所ですか" })).toBeVisible();
  await fine("lead-home");
  await phone.page.waitForFunction(() => navigator.serviceWorker.controller !== null);
  await phone.setOffline(true);
  const before = service.value("select count(*) from opening where said_by_kind = 'district_lead'");
  // Another phone may have opened one of the lead's places before.
  const shut = phone.page.getByRole("button", { name: /まだ何も知らせていません/ });
  const place = (await shut.last().textContent())?.split("まだ何も")[0] ?? "";
  await shut.last().press("Enter");
  await expect(phone.heading(place)).toBeFocused();
  await phone.choose("開設した（自主開設）");
  await expect(phone.page.getByText("未送信 1件")).toBeVisible();
  await expect(phone.page.getByText("いまのようす：開設")).toBeVisible();
  await fine("lead-place");
  await phone.setOffline(false);
  await expect(phone.page.getByText("すべて送信しました")).toBeVisible({ timeout: 40_000 });
  const after = service.value(
    "select count(*) from opening where said_by_kind = 'district_lead' and is_self_opened",
  );
  expect([before, after]).toEqual(["0", "1"]);
});
