import { readFileSync } from "node:fs";
import { expect, type Page, test } from "@playwright/test";
import { Phone } from "../support/phone";
import { Service } from "../support/service";
import { logIn } from "../support/staff";

let service: Service;
let phone: Phone;
let desk: Page;

test.beforeAll(async ({ browser }) => {
  test.setTimeout(300_000);
  service = await Service.begin({ demo: 200 });
  desk = await (await browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage();
  phone = new Phone();
});
test.afterAll(async () => {
  await phone?.throwAway();
  await desk?.context().close();
  await service?.forget();
});

/** Opens the page from a closed phone, looks at it, and takes the file. */
async function carry(name: string): Promise<string> {
  await phone.choose("ほかの電話に運んでもらう");
  await expect(phone.heading("記録を運ぶ")).toBeFocused();
  await expect(phone.page.getByText("ほかの電話の記録をあずかる")).toBeHidden();
  await phone.choose("QRを順番に見せる");
  await expect(phone.page.getByRole("img", { name: /^QR \d/ })).toBeVisible();
  await phone.expectAccessible();
  await phone.page.screenshot({ path: test.info().outputPath(`${name}.png`), fullPage: true });
  return phone.giveFile(name);
}

test("a locked phone, and one locked for good, gives what waits to be carried, and nobody on the way can read it", async () => {
  await phone.open(service.invite.link);
  await phone.enrol();
  await phone.beginAlone();
  const name = (await phone.card(0).getByRole("heading").first().textContent()) ?? "";
  await phone.answer(0, "返事がない").click();
  await expect(phone.page.getByText("未送信 2件")).toBeVisible();

  // Opened anew, the phone asks for the PIN, and gives without it.
  await phone.page.reload();
  await expect(phone.heading("暗証番号を入れてください")).toBeVisible();
  await phone.expectAccessible();
  await phone.page.screenshot({ path: test.info().outputPath("locked.png"), fullPage: true });
  await carry("locked-carry");
  expect(name).not.toBe("");
  await expect(phone.page.getByText(name)).toBeHidden();
  await phone.page.goBack();
  await expect(phone.heading("暗証番号を入れてください")).toBeVisible();

  for (let left = 9; left > 0; left--) {
    await phone.unlock("000000");
    await expect(phone.page.getByText(`あと${left}回`)).toBeVisible();
  }
  await phone.unlock("000000");
  await expect(phone.heading("名簿は開けなくなりました")).toBeVisible();
  await phone.page.screenshot({ path: test.info().outputPath("ended.png"), fullPage: true });
  const path = await carry("ended-carry");
  const file = JSON.parse(readFileSync(path, "utf8"));
  expect(file.manifest.count).toBe(2);
  expect(Object.keys(file.items[0]).sort()).toEqual([
    "ct",
    "device",
    "epk",
    "id",
    "iv",
    "seq",
    "sig",
    "v",
  ]);
  expect(readFileSync(path, "utf8")).not.toContain(name);

  await logIn(desk, service, "hq1");
  await desk.goto(`${service.url}/console/#/carry`);
  await desk.getByLabel("ファイルを選ぶ").setInputFiles(path);
  await expect(desk.getByText("2件を読み込みました")).toBeVisible();
  await phone.page.goBack();
  await phone.setOffline(false);
  await expect(phone.page.getByText("すべて送信しました")).toBeVisible({ timeout: 70_000 });
  const kept = service.sql(
    "select carried_by, kind, count(*) from sync_item where kind <> 'availability' group by 1, 2 order by 2",
  );
  expect(kept).toEqual([
    ["file", "observation", "1"],
    ["file", "round_start", "1"],
  ]);
});
