import { expect, type Page, test } from "@playwright/test";
import type { Post } from "./post";
import type { Service } from "./service";

/** Asks the service as the page's own script would; answers the status and what was said. */
export async function tell<T>(
  page: Page,
  method: "GET" | "POST" | "PUT",
  path: string,
  body?: object,
): Promise<{ status: number; told: T }> {
  return page.evaluate(
    async ({ method, path, body }) => {
      const answer = await fetch(`/api/v1${path}`, {
        method,
        headers: body ? { "content-type": "application/json" } : {},
        body: body ? JSON.stringify(body) : null,
      });
      const text = await answer.text();
      return { status: answer.status, told: text ? JSON.parse(text) : null };
    },
    { method, path, body },
  );
}

async function done<T>(...[page, method, path, body]: Parameters<typeof tell>): Promise<T> {
  const { status, told } = await tell<T>(page, method, path, body);
  expect([path, status, status < 300 ? "" : told]).toEqual([path, status, ""]);
  return told;
}

interface District {
  id: string;
  name: string;
}

/** Somebody of the district who has nothing but an address for mails. */
export function reachableByMail(service: Service, district: string, address: string): string {
  const person = service.value(
    `select id from person where district_id = '${district}' and roster_consent = 'consented' and not is_protected
       and status = 'resident' order by household_id is not null, id limit 1`,
  );
  service.sql(
    `insert into contact (id, person_id, kind, value, value_key, holder)
     values (gen_random_uuid(), '${person}', 'mail', '${address}', '${address}', '')`,
  );
  return person;
}

/** She opens the mail's link and taps once: her district's rate rises by one. */
export async function answerByMail(
  page: Page,
  service: Service,
  round: string,
  district: District,
  link: string,
): Promise<void> {
  type Board = {
    districts: { district: District; safe: number; need_help: number; unknown: number }[];
  };
  const confirmed = async () => {
    const board = await done<Board>(page, "GET", `/rounds/${round}/board`);
    const line = board.districts.find((d) => d.district.id === district.id);
    return line ? line.safe + line.need_help + line.unknown : Number.NaN;
  };
  const before = await confirmed();
  const home = await page.context().newPage();
  await home.goto(link);
  await expect(home.getByText("【訓練】これは訓練です")).toBeVisible();
  await home.getByRole("button", { name: /^無事です/ }).click();
  await expect(home.getByRole("heading", { name: "返事を記録しました" })).toBeFocused();
  await home.close();
  await expect.poll(confirmed).toBe(before + 1);
  const counted = service.value(
    `select count(*) from round_member where round_id = '${round}' and district_id = '${district.id}'
       and bucket in ('safe', 'need_help', 'unknown')`,
  );
  expect(counted).toBe(String(before + 1));
}

/** A body of eight and one of them by name come to a venue: eight, never nine. */
export async function attend(page: Page, drill: string, district: District): Promise<void> {
  const events = await done<{ items: Record<string, string>[] }>(page, "GET", "/events");
  const event = events.items.find(({ id }) => id === drill);
  await done(page, "PUT", `/drills/${drill}`, {
    name: event?.name,
    starts_at: event?.started_at,
    ends_at: event?.planned_end_at,
    districts: [district.id],
  });
  const [venue, body] = [crypto.randomUUID(), crypto.randomUUID()];
  const place = { name: "公民館", district_id: district.id };
  await done(page, "PUT", `/drills/${drill}/venues/${venue}`, place);
  await done(page, "PUT", `/drills/${drill}/bodies/${body}`, {
    name: "自主防災会",
    body: "voluntary_disaster_org",
  });
  for (const who of [
    { kind: "person", way: "typed", name: "会員 一" },
    { kind: "group", way: "head_count", people: 8 },
  ]) {
    const act = { id: crypto.randomUUID(), venue_id: venue, body_id: body, ...who };
    await done(page, "POST", `/drills/${drill}/attendance`, act);
  }
}

/** The drill is over: its report says what the ledger holds, and nothing of it may enter a victim registry. */
export async function readReport(page: Page, service: Service, drill: string, round: string) {
  await done(page, "POST", `/events/${drill}/end`, { reason: "予定の項目を終えたため" });
  await page.goto(`${service.url}/console/#/events/${drill}/report`);
  const sheet = page.getByRole("article", { name: "1枚のまとめ" });
  await expect(sheet.getByRole("heading", { level: 2 })).toContainText("【訓練】");
  const confirmed = service.value(
    `select count(*) from round_member where round_id = '${round}' and bucket in ('safe', 'need_help', 'unknown')`,
  );
  await expect(sheet.locator(".figure dd").first()).toContainText(`${confirmed}人`);
  await expect(sheet.getByRole("img", { name: /確かめた人の割合/ })).toBeVisible();
  await expect(sheet.locator(".figure", { hasText: "参加者" }).first()).toContainText("8人");
  const member = service.value(
    `select id from round_member where round_id = '${round}' and bucket = 'need_help' limit 1`,
  );
  const refused = await tell(page, "POST", `/events/${drill}/victims`, {
    id: crypto.randomUUID(),
    member_id: member,
  });
  expect(refused.status).toBeGreaterThanOrEqual(400);
  expect(service.value("select count(*) from victim_entry")).toBe("0");
}

/** A disaster: somebody of the roster who is found reaches a shelter, which finds her in the round, and then the registry. */
export async function reachShelterAndRegistry(
  page: Page,
  service: Service,
  district: District,
): Promise<void> {
  const [disaster, round] = [crypto.randomUUID(), crypto.randomUUID()];
  await done(page, "POST", "/events", {
    id: disaster,
    kind: "disaster",
    name: "夜の地震",
    hazards: ["earthquake"],
  });
  await done(page, "POST", `/events/${disaster}/rounds`, {
    id: round,
    kind: "safety",
    name: "第1回",
    districts: [district.id],
  });
  const [person = "", name = "", born = "", kana = ""] =
    service.sql(
      `select p.id, p.name, p.birth_on, p.name_kana from person p join round_member m on m.person_id = p.id and m.round_id = '${round}'
       where not p.is_protected and m.bucket = 'unchecked' and (select count(*) from person q where q.name = p.name) = 1
       order by p.id limit 1`,
    )[0] ?? [];
  await page.goto(`${service.url}/console/#/events/${disaster}/shelters`);
  await page
    .getByRole("button", { name: /：状況を変える$/ })
    .first()
    .click();
  await page.getByRole("radio", { name: "開設", exact: true }).check();
  await page.getByRole("button", { name: "記録する" }).click();
  await page
    .getByRole("link", { name: /受付を開く/ })
    .first()
    .click();
  await page.getByLabel("名前・ふりがな・電話番号でさがす").fill(name);
  await page.getByRole("button", { name: "さがす" }).click();
  await page.getByRole("checkbox", { name }).check();
  await page.getByRole("button", { name: "選んだ1人を受け付ける" }).click();
  const row = page.getByRole("row", { name });
  await expect(row).toContainText(born);
  // The door's word is the round's: met, and there.
  expect(
    service.sql(
      `select m.bucket, m.whereabouts, o.attempt, o.channel from round_member m join observation o on o.member_id = m.id
       where m.round_id = '${round}' and m.person_id = '${person}'`,
    ),
  ).toEqual([["safe", "shelter", "check_in", "console"]]);
  await row.getByRole("button", { name: `${name}さんを被災者台帳に入れる` }).click();
  await expect(page.getByRole("heading", { level: 1, name })).toBeVisible();
  expect(
    service.sql(
      `select v.name, v.name_kana, v.birth_on, v.person_id, e.kind from victim_entry v join event e on e.id = v.event_id`,
    ),
  ).toEqual([[name, kana, born, person, "disaster"]]);
}

/** The planner's map: the hazard first, and then the ledger's own figures. */
export async function seeCoverage(page: Page, service: Service): Promise<void> {
  await page.goto(`${service.url}/plan/`);
  await page.getByRole("button", { name: "名簿を集計する" }).click();
  const gathered = page.getByRole("status").filter({ hasText: "集計し直しました。" });
  await expect(gathered).toBeVisible({ timeout: 60_000 });
  await page.getByRole("button", { name: "洪水" }).click();
  await expect(page.getByRole("heading", { name: /^結果/ })).toBeVisible({ timeout: 60_000 });
  await expect(page.locator(".plan-canvas canvas")).toBeVisible();
  const people = service.value(
    "select sum(c.people) from coverage_cell c join coverage_snapshot s on s.id = c.snapshot_id where s.retired_at is null",
  );
  const sites = service.value(
    `select count(*) from site where kind = 'evacuation_site' and 'flood' = any (hazards) and revoked_on is null and is_public`,
  );
  const figures = page.locator(".plan-figures");
  await expect(figures).toContainText(`${Number(people).toLocaleString("ja-JP")}人`);
  await expect(figures).toContainText(`${Number(sites).toLocaleString("ja-JP")}か所`);
}

/** The second half of the thread, after the volunteer's phone has told everything and before headquarters closes the round. */
export async function theMailIsAnswered(
  page: Page,
  service: Service,
  post: Post,
  round: string,
  district: District,
  address: string,
): Promise<void> {
  await test.step("a resident answers by a mail's link and her district's rate rises by one", async () => {
    await expect.poll(() => post.link(address), { timeout: 60_000 }).not.toBe("");
    expect(post.mails.at(-1)?.subject).toContain("【訓練】");
    await answerByMail(page, service, round, district, post.link(address));
  });
}
