import { rmSync } from "node:fs";
import { expect, type Page, test } from "@playwright/test";
import {
  type CityLists,
  inventedLists,
  isRealDataThere,
  type List,
  realData,
  realLists,
} from "../support/lists";
import { Phone, PIN } from "../support/phone";
import { Post } from "../support/post";
import {
  attend,
  reachableByMail,
  reachShelterAndRegistry,
  readReport,
  seeCoverage,
  theMailIsAnswered,
} from "../support/second-half";
import { Service, totp } from "../support/service";
import { fillLogIn } from "../support/staff";

const NEW_PASSWORD = "murasaki-densha-kitsune-41";

/** Lists that the whole thread is followed with, from an empty machine on. */
const CITIES = [
  { title: "an invented city", lists: inventedLists, isThere: true },
  { title: "the published lists of Toyonaka", lists: realLists, isThere: isRealDataThere },
];

for (const city of CITIES) {
  test.describe(city.title, () => {
    let stage: Stage | undefined;
    test.beforeAll(async () => {
      test.setTimeout(300_000);
      if (!city.isThere) {
        console.warn(`SKIPPED: no real files at ${realData}; set MACHIMORI_TEST_DATA`);
        return;
      }
      const post = await Post.open();
      const service = await Service.begin({ mail: post.url });
      const lists = city.lists(service);
      stage = { service, post, phone: new Phone(), again: new Phone(), lists };
    });
    test.afterAll(async () => {
      await stage?.phone.throwAway();
      await stage?.again.throwAway();
      await stage?.service.forget();
      stage?.post.close();
      if (stage) rmSync(stage.lists.folder, { recursive: true, force: true });
    });

    test("from an empty machine to the registry: lists in, a drill, a phone without network, a dead service, one ledger, a report, a shelter, a map", async ({
      page,
    }) => {
      test.skip(!city.isThere, "no real files");
      test.setTimeout(600_000);
      if (!stage) throw new Error("there is no service");
      await tellMainThread(page, stage);
    });
  });
}

interface Stage {
  service: Service;
  post: Post;
  phone: Phone;
  again: Phone;
  lists: CityLists;
}

/** Logs in with what the command line printed once, and changes the first password as one is told to. */
async function firstLogIn(page: Page, service: Service): Promise<void> {
  const printed = service.cli(
    "user",
    "create",
    "yoru",
    "--name",
    "危機管理 夜子",
    "--role",
    "hq_staff",
  );
  const password = /^password: (.*)$/m.exec(printed)?.[1] ?? "";
  const secret = /^authenticator secret: (.*)$/m.exec(printed)?.[1] ?? "";
  await page.goto(`${service.url}/console/`);
  await fillLogIn(page, "yoru", password, totp(secret));
  await expect(page.getByText("はじめに、パスワードを変えてください")).toBeVisible();
  await page.getByLabel("いまのパスワード").fill(password);
  await page.getByLabel("新しいパスワード").fill(NEW_PASSWORD);
  await page.getByRole("button", { name: "パスワードを変える" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "いまの状況" })).toBeVisible();
}

const TABLES = {
  小学校区の地図: "district where kind = 'school'",
  "避難場所・避難所": "site",
  避難行動要支援者名簿: "support_resident",
};

/** Brings a file in: look at the preview, then apply. What it says is what the database then holds. */
async function bring(page: Page, service: Service, { kind, path, holds }: List): Promise<void> {
  const kept = () => Number(service.value(`select count(*) from ${TABLES[kind]}`));
  const before = kept();
  await page.goto(`${service.url}/console/#/imports`);
  await page.getByRole("radio", { name: kind }).check();
  await page.locator("input[type=file]").setInputFiles(path);
  await page.getByRole("button", { name: "送って中身を確かめる" }).click();
  await expect(page.getByText("適用すると、こう変わります")).toBeVisible({ timeout: 60_000 });
  const count = (action: string) =>
    page.locator("button.count", { hasText: action }).first().locator("strong");
  await expect(count("追加")).toHaveText(String(holds));
  for (const none of ["使えない", "変更", "終わり"]) await expect(count(none)).toHaveText("0");
  await page
    .getByRole("button", { name: new RegExp(`^${holds.toLocaleString()}件の変更を適用する`) })
    .click();
  await expect(page.getByText("この取り込みの内容")).toBeVisible({ timeout: 60_000 });
  expect([path, kept() - before]).toEqual([path, holds]);
}

/** Asks the service as the page's own script would. */
async function ask<T>(page: Page, path: string, body?: object): Promise<T> {
  return page.evaluate(
    async ({ path, body }) => {
      const answer = await fetch(`/api/v1${path}`, {
        method: body ? "POST" : "GET",
        headers: body ? { "content-type": "application/json" } : {},
        body: body ? JSON.stringify(body) : null,
      });
      const text = await answer.text();
      if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text}`);
      return text ? JSON.parse(text) : null;
    },
    { path, body },
  );
}

async function tellMainThread(
  page: Page,
  { service, post, phone, again, lists }: Stage,
): Promise<void> {
  await firstLogIn(page, service);

  await test.step("staff bring districts, places and the roster in", async () => {
    for (const list of lists.ground) await bring(page, service, list);
    await bring(page, service, lists.roster());
  });

  await test.step("a resident is shown the nearest places marked for floods", async () => {
    const [longitude, latitude] = [135.4696, 34.7813];
    await page.context().grantPermissions(["geolocation"]);
    await page.context().setGeolocation({ longitude, latitude });
    await page.goto(`${service.url}/public/#flood`);
    await page.getByRole("button", { name: "この電話の現在地を使う" }).click();
    const cards = page.locator(".sites > li");
    await expect(cards).toHaveCount(5);
    const nearest = service.sql(
      `select name from site where kind = 'evacuation_site' and 'flood' = any (hazards) and revoked_on is null
       order by st_distance(point::geography, st_setsrid(st_makepoint(${longitude}, ${latitude}), 4326)::geography), name limit 5`,
    );
    expect((await cards.locator("h3").allTextContents()).sort()).toEqual(
      nearest.map(([name = ""]) => name).sort(),
    );
  });

  // The two districts with the most people that a volunteer may be shown.
  const districts = service
    .sql(
      `select d.id, d.name, count(*) from person p join district d on d.id = p.district_id
       where p.roster_consent = 'consented' and not p.is_protected and p.status = 'resident' and d.kind = 'school'
       group by 1, 2 order by 3 desc, 2 limit 2`,
    )
    .map(([id = "", name = ""]) => ({ id, name }));
  const volunteer = crypto.randomUUID();
  await ask(page, "/volunteers", {
    id: volunteer,
    name: "民生 花子",
    name_kana: "みんせい はなこ",
    body: "welfare_commissioner",
    districts: [districts[0]?.id],
  });
  const invite = () => ask<{ link: string }>(page, `/volunteers/${volunteer}/invites`, {});
  const [near = { id: "", name: "" }, other = near] = districts;
  const address = "musume@home.example";
  reachableByMail(service, other.id, address);

  await test.step("a drill and a round over two districts are started", async () => {
    await page.goto(`${service.url}/console/#/events/new`);
    await page.getByLabel("名前").fill("一月の訓練");
    await page.getByRole("radio", { name: /訓練/ }).check();
    await page.getByRole("checkbox", { name: "地震" }).check();
    await page.getByRole("button", { name: "訓練を開始する" }).click();
    for (const { name } of districts) await page.getByRole("checkbox", { name }).check();
    await page.getByRole("button", { name: /人の安否確認を始める/ }).click();
    await expect(page.getByText("自動で更新しています")).toBeVisible();
  });
  const [round = "", drill = ""] =
    service.sql(
      "select r.id, e.id from safety_round r join event e on e.id = r.event_id where e.kind = 'drill'",
    )[0] ?? [];
  const total = () => page.locator(".figure", { hasText: "確認済" }).locator("dd");
  const mine = Number(
    service.value(
      `select count(*) from assignment a join person p on p.id = a.person_id
       where a.volunteer_id = '${volunteer}' and p.roster_consent = 'consented' and not p.is_protected`,
    ),
  );
  expect(mine).toBeGreaterThanOrEqual(6);

  await test.step("a volunteer enrols and sees her people; then the network and the service go away", async () => {
    await phone.open((await invite()).link);
    await phone.enrol();
    await phone.button("動けます").click();
    await expect(phone.page.getByText(`0/${mine}人`)).toBeVisible();
    await expect(phone.page.getByText("すべて送信しました")).toBeVisible();
    await phone.page.waitForFunction(() => navigator.serviceWorker.controller !== null);
    await phone.setOffline(true);
    await service.kill();
    // The unreceipted rescue fills the screen after a minute: she hides it and goes on.
    await phone.page.addLocatorHandler(phone.heading("まだ だれにも とどいていません"), () =>
      phone.button("ほかの人の確認を続ける").click(),
    );
  });

  await test.step("she records five people and a placard, closes the browser, and all of it is there, unsent", async () => {
    await phone.button(/^全員/).click();
    await phone.safe(0);
    await phone.answer(1, "助けが必要").click();
    await phone.choose("とじこめられた・下じき");
    await phone.answer(2, "けが").click();
    await phone.choose(/軽いけが/);
    await phone.answer(3, "返事がない").click();
    await phone.safe(4);
    await phone.placard(5);
    const waiting = 6;
    await expect(phone.page.getByText(`未送信 ${waiting}件`)).toBeVisible();
    await phone.close();
    await phone.open(`${service.url}/field/`).catch(() => {});
    await phone.setOffline(true);
    await expect(phone.page.getByText(`未送信 ${waiting}件`)).toBeVisible();
    expect(PIN).not.toBe("000000");
    for (let left = 9; left > 0; left--) {
      await phone.unlock("000000");
      await expect(phone.page.getByText(`あと${left}回`)).toBeVisible();
    }
    await phone.unlock("000000");
    await expect(phone.heading("名簿は開けなくなりました")).toBeVisible();
    await expect(phone.page.getByText(`記録が${waiting}件あります`)).toBeVisible();

    await test.step("the service returns, loses an answer, two tabs are open: each item is stored once", async () => {
      await phone.secondTab(`${service.url}/field/`).catch(() => {});
      service.lose = { path: "/api/v1/field/sync", times: 1 };
      await service.start();
      await phone.setOffline(false);
      await expect(phone.page.getByText("すべて送信しました")).toBeVisible({ timeout: 90_000 });
      const stored = service.sql(
        "select count(*), count(distinct id), count(*) filter (where disposition = 'quarantined') from sync_item where kind = 'observation'",
      );
      expect(stored).toEqual([[String(waiting), String(waiting), "0"]]);
    });
  });

  await test.step("the board has moved by the right numbers and the rescue stands on top", async () => {
    await page.goto(`${service.url}/console/#/rounds/${round}`);
    const confirmed = service.value(
      `select count(*) from round_member where round_id = '${round}' and bucket in ('safe', 'need_help', 'unknown')`,
    );
    await expect(total()).toHaveText(new RegExp(`^${confirmed}対象`));
    const queue = page.locator(".rescues > li");
    await expect(queue).toHaveCount(1);
    const called = service.value(
      "select p.name from round_member m join person p on p.id = m.person_id where m.open_rescues > 0",
    );
    await expect(queue).toContainText(called);
  });

  await test.step("the phone is enrolled again in a minute and shows what the ledger says of each person", async () => {
    await again.open((await invite()).link);
    await again.enrol();
    await again.button("動けます").click();
    const done = service.value(
      `select count(*) from round_member m join assignment a on a.member_id = m.id and a.volunteer_id = '${volunteer}'
       where m.bucket in ('safe', 'need_help', 'unknown')`,
    );
    await expect(again.page.getByText(`${done}/${mine}人`)).toBeVisible();
    await again.button(/^全員/).click();
    const words: Record<string, string> = {
      safe: "無事",
      needs_rescue: "救助が必要",
      injured_minor: "軽いけが",
    };
    for (const [name = "", outcome = ""] of service.sql(
      `select p.name, m.outcome from round_member m join person p on p.id = m.person_id
       where m.round_id = '${round}' and m.outcome is not null`,
    )) {
      const card = again.page
        .getByRole("list", { name: "担当の人" })
        .locator("> li", { hasText: name });
      await expect(card).toContainText(words[outcome] ?? outcome);
    }
  });

  await theMailIsAnswered(page, service, post, round, other, address);
  await test.step("people come to the drill's venue", () => attend(page, drill, near));

  await test.step("the round is closed; the ledger, the board and the derivation agree on every person", async () => {
    await page.goto(`${service.url}/console/#/rounds/${round}`);
    await page.getByRole("button", { name: "安否確認を締め切る" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("textbox").fill("第1回 安否確認");
    await dialog.getByRole("button", { name: "締め切る" }).click();
    await expect(
      page.locator(".banner", { hasText: "この安否確認は締め切りました" }),
    ).toBeVisible();

    const recording = JSON.parse(
      service.value(`select jsonb_build_object('members', jsonb_agg(jsonb_build_object('id', m.id, 'out_of_scope_reason', m.out_of_scope_reason,
        'observations', (select coalesce(jsonb_agg(to_jsonb(o) || jsonb_build_object('via_household', o.member_id <> m.id)), '[]')
           from observation o join round_member f on f.id = o.member_id
           where o.round_id = m.round_id and (o.member_id = m.id or (o.for_household and f.household_id = m.household_id))),
        'resolutions', '[]'::jsonb))) from round_member m where m.round_id = '${round}'`),
    );
    const derived = service
      .derive(recording)
      .members.map(({ id, bucket, state }) => [id, bucket, state.outcome ?? ""]);
    const stored = service.sql(
      `select id, bucket, coalesce(outcome, '') from round_member where round_id = '${round}'`,
    );
    expect(derived.sort()).toEqual(stored.sort());

    const board = await ask<{ totals: Record<string, number> }>(page, `/rounds/${round}/board`);
    for (const bucket of ["safe", "need_help", "unknown", "tried", "unchecked", "out_of_scope"]) {
      const count = stored.filter(([, of]) => of === bucket).length;
      expect([bucket, board.totals[bucket]]).toEqual([bucket, count]);
    }
    expect(
      service.value("select count(*) from event where kind = 'disaster' and not is_standing"),
    ).toBe("0");
  });

  await test.step("the drill ends with a report, and nothing of it may enter a registry", () =>
    readReport(page, service, drill, round));
  await test.step("in a disaster somebody of the roster reaches a shelter and the registry, and nobody types her again", () =>
    reachShelterAndRegistry(page, service, near));
  await test.step("a planner's map asks for the hazard and shows the ledger's figures", () =>
    seeCoverage(page, service));
}
