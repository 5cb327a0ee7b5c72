import { expect, type Page, test } from "@playwright/test";
import { expectAccessible, expectNoSidewaysScroll } from "../support/accessible";
import { Post } from "../support/post";
import { Service } from "../support/service";
import { logIn } from "../support/staff";

test.describe.configure({ mode: "serial" });

let service: Service;
let post: Post;

test.beforeAll(async () => {
  test.setTimeout(300_000);
  post = await Post.open();
  service = await Service.begin({ demo: 200, mail: post.url });
});
test.afterAll(async () => {
  await service.forget();
  post.close();
});

/** The screen as it is, on a phone of 320 and 360 points. */
async function expectFine(page: Page, shot: string): Promise<void> {
  await expectAccessible(page);
  await page.screenshot({ path: test.info().outputPath(`${shot}.png`), fullPage: true });
  await page.setViewportSize({ width: 320, height: 640 });
  await expectNoSidewaysScroll(page);
  await page.setViewportSize({ width: 360, height: 740 });
}

/** Start an event and a round over all districts from the console; the link of somebody who is asked. */
async function ask(page: Page, kind: "実災害" | "訓練"): Promise<string> {
  const sent = post.mails.length;
  await page.goto(`${service.url}/console/#/events/new`);
  await page.getByRole("radio", { name: new RegExp(`^${kind}`) }).check();
  const sure = page.getByLabel("実災害として開始します");
  if (await sure.isVisible()) await sure.check();
  await page.getByRole("button", { name: /開始する$/ }).click();
  await page
    .getByRole("link", { name: "安否確認を始める" })
    .or(page.getByRole("heading", { level: 1, name: "安否確認を始める" }))
    .first()
    .waitFor();
  const start = page.getByRole("link", { name: "安否確認を始める" });
  if (await start.first().isVisible()) await start.first().click();
  await page.getByRole("button", { name: /すべての校区/ }).click();
  await page.getByRole("button", { name: /人の安否確認を始める|開始/ }).click();
  await expect(page.getByRole("heading", { name: "メールでの確認" })).toBeVisible();
  await expect.poll(() => post.mails.length, { timeout: 30_000 }).toBeGreaterThan(sent);
  const mail = post.mails.at(-1);
  return post.link(mail?.to ?? "");
}

test("a drill's mail opens a page that says so; one tap answers, and it can be changed", async ({
  page,
  browser,
}) => {
  const desk = await (
    await browser.newContext({ viewport: { width: 1280, height: 800 } })
  ).newPage();
  await logIn(desk, service, "hq1");
  const link = await ask(desk, "訓練");
  expect(post.mails.at(-1)?.subject).toContain("【訓練】");
  const asked: string[] = [];
  page.on("request", (request) => asked.push(request.url()));
  await page.goto(link);
  await expect(page.getByText("【訓練】これは訓練です")).toBeVisible();
  await expect(page.getByText("デモ：人も場所もすべて架空です")).toBeVisible();
  const before = service.value("select count(*) from observation where link_id is not null");
  expect(before).toBe("0");
  await expectFine(page, "ask");
  await page.getByRole("button", { name: /^無事です/ }).click();
  await expect(page.getByRole("heading", { name: "返事を記録しました" })).toBeFocused();
  await expectFine(page, "recorded");
  await page.getByRole("button", { name: "避難所" }).click();
  await page.getByLabel(/^ひとこと/).fill("体育館にいます");
  await page.getByRole("button", { name: "この内容を送る" }).click();
  await expect(page.getByRole("status")).toContainText("避難所");
  const rows = service.sql(
    "select outcome, whereabouts, note, corrects is not null from observation where link_id is not null order by recorded_at",
  );
  expect(rows).toEqual([
    ["safe", "", "", "f"],
    ["safe", "shelter", "体育館にいます", "t"],
  ]);
  await page.getByRole("button", { name: "English" }).click();
  await expect(page.getByRole("heading", { name: "Your answer was recorded" })).toBeVisible();
  await expectFine(page, "english");
  // Nothing but the service was asked, and no address bears the token.
  const token = link.split("#")[1] ?? "none";
  expect(asked.filter((url) => !url.startsWith(service.url))).toEqual([]);
  expect(asked.filter((url) => url.includes(token) && !url.includes("#"))).toEqual([]);
  await desk.reload();
  await expect(desk.getByText("リンクから返事")).toBeVisible();
  await desk.screenshot({ path: test.info().outputPath("panel.png"), fullPage: true });
  await expectAccessible(desk);
  await desk.setViewportSize({ width: 360, height: 740 });
  await expectNoSidewaysScroll(desk);
  await desk.context().close();
});

test("a real call is possible out of a drill, 119 first", async ({ page }) => {
  const link = post.link(post.mails.at(-1)?.to ?? "");
  await page.goto(link);
  await page.getByRole("button", { name: /訓練ではありません/ }).click();
  await expect(page.getByRole("link", { name: "119に電話する" })).toHaveAttribute(
    "href",
    "tel:119",
  );
  await expectFine(page, "real");
  await page.getByRole("button", { name: "市の本部にも知らせる" }).click();
  await expect(page.getByText("訓練の記録には入りません")).toBeVisible();
  await expect(page.getByText("【訓練】")).toHaveCount(0);
  await expectFine(page, "real-sent");
  const filed = service.sql(
    "select e.is_standing, o.outcome from observation o join safety_round r on r.id = o.round_id join event e on e.id = r.event_id where o.outcome = 'needs_rescue' and o.link_id is not null",
  );
  expect(filed).toEqual([["t", "needs_rescue"]]);
});

test("a lost answer is said again as the same, and a broken link says whom to call", async ({
  page,
}) => {
  const link = post.link(post.mails.at(-1)?.to ?? "");
  await page.goto(link);
  await page.getByRole("button", { name: "けがをしました" }).click();
  await expectFine(page, "hurt");
  // The browser itself says it anew for each connection that it kept and finds broken: nobody can count how often.
  service.lose = { path: "/api/v1/answers", times: Number.POSITIVE_INFINITY };
  await page.getByRole("button", { name: /動ける/ }).click();
  await expect(page.getByRole("alert")).toContainText("まだ記録されていません");
  await expectFine(page, "not-sent");
  service.lose = null;
  await page.getByRole("button", { name: "もう一度送る" }).click();
  await expect(page.getByRole("heading", { name: "返事を記録しました" })).toBeVisible();
  const minor =
    "select count(*) from observation where outcome = 'injured_minor' and link_id is not null";
  expect(service.value(minor)).toBe("1");
  await page.goto(`${service.url}/public/`);
  await page.goto(`${link.slice(0, -10)}`);
  await expect(page.getByRole("heading", { name: "このリンクは使えません" })).toBeVisible();
  await expect(page.getByRole("link", { name: "06-0000-0000" }).first()).toBeVisible();
  await expectFine(page, "gone");
});

test("やさしい日本語 is one tap away", async ({ page }) => {
  await page.goto(post.link(post.mails.at(-1)?.to ?? ""));
  await page.getByRole("button", { name: "やさしい日本語" }).click();
  await expect(page.getByRole("button", { name: "けがを しました" })).toBeVisible();
  await expectFine(page, "easy");
});
