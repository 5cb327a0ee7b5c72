import { readFileSync } from "node:fs";
import { expect, test } from "@playwright/test";
import { readFile, toFrames } from "../../src/offline/carry";
import { cameraOf } from "../support/camera";
import { Phone } from "../support/phone";
import { Service } from "../support/service";
import { beginDrillRound } from "../support/staff";

test.describe.configure({ mode: "serial" });

let service: Service;
let phone: Phone;
let other: Phone;

const SIXTY_DAYS_MS = 60 * 86_400_000;

test.beforeAll(async ({ browser }) => {
  test.setTimeout(300_000);
  service = await Service.begin({ demo: 400 });
  await beginDrillRound(browser, service);
  phone = new Phone();
  other = new Phone();
});
test.afterAll(async () => {
  await phone?.throwAway();
  await other?.throwAway();
  await service?.forget();
});

async function fine(name: string, who = phone): Promise<void> {
  await who.expectAccessible();
  await who.page.screenshot({ path: test.info().outputPath(`${name}.png`), fullPage: true });
}

test("two months after a drill, without network, the list for a disaster opens and a call sends to 119", async () => {
  await phone.open(service.invite.link);
  await phone.enrol();
  await phone.choose("動けます");
  await expect(phone.card(0)).toBeVisible();
  await expect(phone.page.getByText("訓練", { exact: true })).toBeVisible();
  await expect(phone.page.getByText("すべて送信しました")).toBeVisible();
  await phone.page.waitForFunction(() => navigator.serviceWorker.controller !== null);
  await phone.close();

  await phone.open("about:blank");
  await phone.setOffline(true);
  await phone.page.clock.install({ time: Date.now() + SIXTY_DAYS_MS });
  await phone.page.goto(`${service.url}/field/`);
  await expect(phone.heading("暗証番号を入れてください")).toBeVisible();
  await expect(phone.page.getByText("訓練ではありません")).toHaveCount(0);
  await fine("locked");
  await phone.unlock();
  await expect(phone.page.getByRole("heading", { name: "災害のとき用の名簿" })).toBeVisible();
  await expect(phone.page.getByText(/の予定の時間は終わりました/)).toBeVisible();
  await expect(phone.page.getByText("訓練ではありません")).toHaveCount(0);
  await fine("list");

  // Whoever wants the old drill's list has it, and it says what it is, with the way out of it.
  await phone.button("終わった訓練の一覧を開く").click();
  await expect(phone.card(0)).toBeVisible();
  await expect(phone.page.getByText("訓練の予定の時間は終わりました")).toBeVisible();
  await fine("old-drill");
  await phone.button("災害が起きました").click();
  await expect(phone.heading("本番ですか、訓練ですか")).toBeFocused();
  await fine("start");
  await phone.choose("本番です");
  await expect(phone.card(0)).toBeVisible();
  await expect(phone.page.getByText("訓練ではありません")).toHaveCount(0);
  await phone.answer(0, "助けが必要").click();
  await phone.choose("とじこめられた・下じき");
  await phone.button("画面を閉じる（鍵をかける）").click();
  await phone.page.clock.fastForward(66_000);
  await expect(phone.heading(/とどいていません/)).toBeVisible();
  await expect(phone.page.getByRole("link", { name: /119/ })).toBeVisible();
  await expect(phone.page.getByText("119番には電話しません")).toHaveCount(0);
  await fine("alarm");
  await phone.setOffline(false);
  await phone.choose("もう一度送る");
  await expect(phone.page.getByText("すべて送信しました")).toBeVisible({ timeout: 30_000 });
  const said = service.sql(
    "select kind, payload ->> 'event_kind', reason from sync_item where kind in ('round_start', 'observation') order by device_seq",
  );
  expect(said).toEqual([
    ["round_start", "disaster", ""],
    ["observation", "", "unknown_round"],
  ]);
});

test("a volunteer who forgot her PIN begins in the first disaster of her phone, and reports; the round is there when the PIN comes back", async () => {
  service.sql("update event set ended_at = now() where kind = 'drill'");
  await service.kill();
  await service.start();
  await other.open(service.invite.link);
  await other.enrol();
  await other.choose("動けます");
  await expect(other.page.getByText("すべて送信しました")).toBeVisible();
  await other.page.waitForFunction(() => navigator.serviceWorker.controller !== null);
  await other.setOffline(true);
  await other.page.reload();
  await expect(other.heading("暗証番号を入れてください")).toBeVisible();
  await expect(other.button("名簿を開かずに知らせる")).toHaveCount(0);
  await other.button("災害が起きました（名簿を開かずに始める）").click();
  await expect(other.heading("本番ですか、訓練ですか")).toBeFocused();
  await other.choose("わからない（本番として始める）");
  await expect(other.heading("名簿にない人を知らせる")).toBeFocused();
  await other.page.getByLabel("どこにいますか").fill("駅の東口");
  await other.page.getByRole("radio", { name: "呼んでも反応がない" }).check();
  await other.choose("知らせる");
  await expect(other.heading("暗証番号を入れてください")).toBeVisible();
  await expect(other.page.getByText("未送信 2件")).toBeVisible();
  await expect(other.button("名簿を開かずに知らせる")).toBeVisible();
  await fine("locked-begun", other);
  await other.unlock();
  await expect(other.card(0)).toBeVisible();
  await expect(other.page.getByRole("heading", { name: "つぎに行く人" })).toBeVisible();
  await expect(other.page.getByText("訓練ではありません")).toHaveCount(0);
});

test("another phone reads what waits from a series of codes and delivers it once, however often it is taken", async () => {
  await other.button("送った記録を見る").click();
  await other.choose("ほかの電話に運んでもらう・運ぶ");
  await expect(other.heading("記録を運ぶ")).toBeFocused();
  await other.button("QRを順番に見せる").click();
  await expect(other.page.getByRole("img", { name: /1\D+\d/ })).toBeVisible();
  const path = await other.giveFile("given");
  const file = await readFile(readFileSync(path, "utf8"));
  if (!file) throw new Error("the file cannot be read");
  const codes = await toFrames(file);
  expect(codes.length).toBeGreaterThan(1);

  await phone.close();
  phone.lookAt(cameraOf(...codes));
  await phone.open(`${service.url}/field/`);
  await phone.unlock();
  await phone.button("送った記録を見る").click();
  await phone.choose("ほかの電話に運んでもらう・運ぶ");
  await expect(phone.heading("記録を運ぶ")).toBeFocused();
  await fine("take");
  await phone.button("カメラでQRを読む").click();
  await expect(phone.page.getByText("2件を預かりました（新しいもの2件）")).toBeVisible({
    timeout: 60_000,
  });
  await expect(phone.page.getByText(/これから送る0件、送った2件/)).toBeVisible({ timeout: 30_000 });
  await phone.page.getByLabel("ファイルを選ぶ").setInputFiles(path);
  await expect(phone.page.getByText("2件を預かりました（新しいもの0件）")).toBeVisible();
  await fine("taken");
  const found =
    "select count(*) from sync_item where payload -> 'subject' ->> 'place' = '駅の東口'";
  expect(service.value(found)).toBe("1");

  // The giver keeps its own until a receipt names them, and says them again as the same.
  await other.setOffline(false);
  await expect(other.page.getByText("すべて送信しました")).toBeVisible({ timeout: 70_000 });
  expect(service.value(found)).toBe("1");
  expect(service.value("select count(*) from sync_item where kind = 'round_start'")).toBe("2");
});
