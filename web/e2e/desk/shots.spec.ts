import { resolve } from "node:path";
import { expect, test } from "@playwright/test";
import { Phone } from "../support/phone";
import { Service } from "../support/service";
import { logIn } from "../support/staff";

const shots = resolve(import.meta.dirname, "../../../docs/shots");

let service: Service;
let phone: Phone;

test.beforeAll(async () => {
  test.setTimeout(300_000);
  service = await Service.begin({ demo: 2000 });
  phone = new Phone();
});
test.afterAll(async () => {
  await phone.throwAway();
  await service.forget();
});

test("the pictures of the README @shots", async ({ page, browser }) => {
  test.setTimeout(300_000);
  await logIn(page, service, "hq1");
  await page.getByRole("link", { name: "災害・訓練を開始する" }).click();
  await page.getByLabel("名前").fill("全市一斉防災訓練");
  await page.getByRole("radio", { name: /訓練/ }).check();
  await page.getByRole("checkbox", { name: "地震" }).check();
  await page.getByRole("button", { name: "訓練を開始する" }).click();
  await page.getByRole("button", { name: /すべての校区/ }).click();
  await page.screenshot({ path: `${shots}/console-start.png` });
  await page.getByRole("button", { name: /人の安否確認を始める/ }).click();
  await expect(page.getByText("自動で更新しています")).toBeVisible();

  await phone.open(service.invite.link);
  await phone.enrol();
  await phone.button("動けます").click();
  await phone.button(/^全員/).click();
  await phone.safe(0);
  await phone.answer(1, "助けが必要").click();
  await phone.choose("とじこめられた・下じき");
  await phone.answer(2, "けが").click();
  await phone.choose(/軽いけが/);
  await expect(phone.page.getByText("すべて送信しました")).toBeVisible();
  await phone.page.evaluate(() => scrollTo(0, 0));
  await phone.page.screenshot({ path: `${shots}/field-list.png` });

  await expect(page.locator(".rescues > li")).toHaveCount(1);
  await page.screenshot({ path: `${shots}/console-board.png` });
  await page.setViewportSize({ width: 360, height: 740 });
  await page.screenshot({ path: `${shots}/console-board-phone.png` });

  const resident = await browser.newContext({
    viewport: { width: 360, height: 740 },
    locale: "ja-JP",
    geolocation: { longitude: 135.4696, latitude: 34.7813 },
    permissions: ["geolocation"],
  });
  const open = await resident.newPage();
  await open.goto(`${service.url}/public/#flood`);
  await open.getByRole("button", { name: "この電話の現在地を使う" }).click();
  await expect(open.locator(".sites > li")).toHaveCount(5);
  await open.screenshot({ path: `${shots}/public-results.png` });
  await resident.close();
});
