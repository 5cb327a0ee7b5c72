import { expect, type Locator, test } from "@playwright/test";
import { Phone } from "../support/phone";
import { Service } from "../support/service";

let service: Service;
let phone: Phone;

test.beforeAll(async () => {
  service = await Service.begin({ demo: 400 });
  phone = new Phone();
  await phone.open(service.invite.link);
  await phone.enrol();
  await phone.button("動けます").click();
  await expect(phone.page.getByText("すべて送信しました")).toBeVisible();
  await phone.button("災害が起きました").click();
  await expect(phone.heading("本番ですか、訓練ですか")).toBeFocused();
  await phone.choose("わからない（本番として始める）");
  await expect(phone.card(0)).toBeVisible();
});
test.afterAll(async () => {
  await phone?.throwAway();
  await service?.forget();
});

/** Two taps of one finger at one place, before anybody could read what came of the first. */
async function tapTwice(button: Locator): Promise<void> {
  await button.scrollIntoViewIfNeeded();
  // Cards get their true height when they come into sight.
  await button.click({ trial: true });
  const box = await button.boundingBox();
  if (!box) throw new Error("the button has no size");
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  // The margin of the page: whatever was pressed last stood elsewhere.
  await phone.page.touchscreen.tap(3, y);
  await phone.page.touchscreen.tap(x, y);
  await phone.page.evaluate(() => new Promise(requestAnimationFrame));
  await phone.page.touchscreen.tap(x, y);
}

test("a finger that taps twice records one answer, takes nothing back and calls for no rescue", async () => {
  await tapTwice(phone.answer(0, "無事"));
  const later = phone.button("まだわからない（あとで確かめる）");
  const undo = phone.card(0).getByRole("button", { name: /もどす/ });
  await expect(later.or(undo).first()).toBeVisible();
  if (await later.isVisible()) await later.click();
  await expect(phone.card(0)).toContainText("無事");

  await tapTwice(phone.answer(1, "助けが必要"));
  await expect(phone.heading("どんな助けが必要ですか")).toBeVisible();
  await phone.button("もどる").click();
  await expect(phone.card(1).getByText("未確認")).toBeVisible();
  await expect(phone.page.getByText("すべて送信しました")).toBeVisible();
  const said = service.sql("select count(*) from sync_item where kind = 'observation'");
  expect(said).toEqual([["1"]]);
});

test("turned on its side, the phone shows people and not only what is unsent", async () => {
  await phone.setOffline(true);
  await phone.answer(1, "返事がない").click();
  await expect(phone.page.getByText("未送信 1件")).toBeVisible();
  await phone.page.setViewportSize({ width: 740, height: 360 });
  await phone.card(1).scrollIntoViewIfNeeded();
  const name = await phone.card(1).getByRole("heading").boundingBox();
  await phone.page.mouse.wheel(0, 300);
  await expect(phone.page.getByText("未送信 1件")).not.toBeInViewport();
  expect(name).not.toBeNull();
  await phone.expectAccessible();
  await phone.page.setViewportSize({ width: 360, height: 740 });
});

test("a phone that is full says so with the number to call, and still shows what waits", async () => {
  // What a browser throws when there is no room left.
  await phone.page.evaluate(() => {
    const full = () => {
      throw new DOMException("full", "QuotaExceededError");
    };
    IDBObjectStore.prototype.put = full;
    IDBObjectStore.prototype.add = full;
  });
  await phone.answer(2, "無事").click();
  await expect(phone.page.getByText("この電話に保存できませんでした")).toBeVisible();
  await expect(phone.page.getByRole("alert").getByRole("link")).toHaveAttribute("href", /^tel:/);
  await expect(phone.page.getByText("未送信 1件")).toBeVisible();
  await expect(phone.card(2).getByText("未確認")).toBeVisible();
  await phone.expectAccessible();
});
