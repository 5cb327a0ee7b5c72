import { expect, test } from "@playwright/test";
import { Phone } from "../support/phone";
import { Service } from "../support/service";

let service: Service;
let phone: Phone;

test.beforeAll(async () => {
  service = await Service.begin({ demo: 400 });
});
test.afterAll(() => service?.forget());
test.beforeEach(() => {
  phone = new Phone();
});
test.afterEach(() => phone.throwAway());

test("a volunteer starts on the spot, records with the service dead, closes the browser, and everything arrives once", async () => {
  await service.kill();
  await service.start();
  await phone.open(service.invite.link);
  await phone.enrol();
  await phone.button("動けます").click();
  await expect(phone.page.getByText("すべて送信しました")).toBeVisible();
  await phone.page.waitForFunction(() => navigator.serviceWorker.controller !== null);

  await service.kill();
  await phone.setOffline(true);
  await phone.page.reload();
  await phone.unlock();
  await phone.button("災害が起きました").click();
  await phone.choose("わからない（本番として始める）");
  await expect(phone.answer(0, "助けが必要")).toBeVisible();
  await phone.answer(0, "助けが必要").click();
  await phone.choose("とじこめられた・下じき");
  await phone.answer(1, "返事がない").click();
  await phone.answer(2, "けが").click();
  await phone.choose(/軽いけが/);
  await expect(phone.page.getByText("未送信 4件")).toBeVisible();
  await phone.close();

  await phone.open(`${service.url}/field/`).catch(() => {});
  await expect(phone.page.getByText("未送信 4件")).toBeVisible();
  await phone.unlock();
  await phone.button(/^全員/).click();
  await expect(phone.card(0).getByText("救助が必要")).toBeVisible();
  await expect(phone.card(2).getByText("未送信")).toBeVisible();

  const second = await phone.secondTab(`${service.url}/field/`);
  await expect(second.getByText("未送信 4件")).toBeVisible();
  service.lose = { path: "/api/v1/field/sync", times: 1 };
  await service.start();
  await phone.setOffline(false);
  await expect(phone.page.getByText("すべて送信しました")).toBeVisible({ timeout: 40_000 });

  const kinds = service.sql(
    "select kind, count(*), count(distinct id) from sync_item where kind in ('observation', 'round_start') group by 1 order by 1",
  );
  expect(kinds).toEqual([
    ["observation", "3", "3"],
    ["round_start", "1", "1"],
  ]);
  const order = service.sql(
    "select device_seq from sync_item where kind in ('observation', 'round_start') order by device_seq",
  );
  expect(order.flat().map(Number)).toEqual([2, 3, 4, 5]);
});

test("ten wrong PINs take the list and none of what waits", async () => {
  await service.kill();
  await service.start();
  await phone.open(service.invite.link);
  await phone.enrol();
  await phone.button("動けます").click();
  await expect(phone.page.getByText("すべて送信しました")).toBeVisible();
  await phone.setOffline(true);
  await phone.button("自分のようすを変える").click();
  await phone.button("あとで動けます").click();
  await expect(phone.page.getByText("未送信 1件")).toBeVisible();
  await phone.button("画面を閉じる（鍵をかける）").click();
  for (let left = 9; left > 0; left--) {
    await phone.unlock("000000");
    await expect(phone.page.getByText(`あと${left}回`)).toBeVisible();
  }
  await phone.unlock("000000");
  await expect(phone.heading("名簿は開けなくなりました")).toBeVisible();
  await expect(phone.page.getByText("送っていない記録が1件あります")).toBeVisible();
  await phone.expectAccessible();
  await phone.setOffline(false);
  await expect(phone.page.getByText("すべて送信しました")).toBeVisible();
  const said = service.sql(
    "select payload->>'status' from sync_item where kind = 'availability' order by recorded_at desc limit 1",
  );
  expect(said).toEqual([["later"]]);
});

test("a newer version waits for 「新しくする」 and strands nothing that waits", async () => {
  await service.kill();
  await service.start();
  await phone.open(service.invite.link);
  await phone.enrol();
  await phone.button("動けます").click();
  await expect(phone.page.getByText("すべて送信しました")).toBeVisible();
  await phone.page.waitForFunction(() => navigator.serviceWorker.controller !== null);
  service.lose = { path: "/api/v1/field/sync", times: 1000 };
  await phone.button("自分のようすを変える").click();
  await phone.button("動けません").click();
  await expect(phone.page.getByText("未送信 1件")).toBeVisible();

  service.rewrite = (path, body) => (path === "/field/sw.js" ? `${body}\n// newer` : body);
  await phone.page.reload();
  await expect(phone.page.getByText("新しいまちもりがあります")).toBeVisible();
  await expect(phone.page.getByText("未送信 1件")).toBeVisible();
  await phone.button("新しくする").click();
  await expect(phone.page.getByText("新しいまちもりがあります")).toBeHidden();
  await expect(phone.page.getByText("未送信 1件")).toBeVisible();
  service.lose = null;
  // It may have gone by itself meanwhile: then there is nothing left to press.
  await phone
    .button("今すぐ送る")
    .click({ timeout: 5_000 })
    .catch(() => {});
  await expect(phone.page.getByText("すべて送信しました")).toBeVisible({ timeout: 70_000 });
});
