import { expect, type Page, test } from "@playwright/test";
import { expectFine } from "../support/screens";
import { Service } from "../support/service";
import { logIn } from "../support/staff";

test.describe.configure({ mode: "serial" });

let service: Service;
let page: Page;

test.beforeAll(async ({ browser }) => {
  test.setTimeout(300_000);
  service = await Service.begin({ demo: 300 });
  // A real city on its first day: log-ins and districts are there, nothing was said of the city.
  service.sql("update instance set municipality = '', lg_code = '', phone = ''");
  page = await (await browser.newContext()).newPage();
});
test.afterAll(async () => {
  await page.context().close();
  await service.forget();
});

function heading(name: string) {
  return page.getByRole("heading", { level: 1, name });
}

test("the administrator is told what is missing, and is led to where it is entered", async () => {
  await logIn(page, service, "admin");
  const notice = page.locator(".banner", { hasText: "市の設定が足りません" });
  await expect(notice.getByRole("listitem")).toHaveCount(3);
  await expectFine(page, "lacking");
  await notice.getByRole("link", { name: "市の設定を入力する" }).click();
  await expect(heading("市の設定")).toBeFocused();
  await expectFine(page, "empty");
});

test("what cannot be is said at its field, in words; the first of them has the focus", async () => {
  await page.getByLabel("市の名前").fill("ももた市");
  await page.getByLabel("団体コード（全国地方公共団体コード）").fill("272034");
  await page.getByLabel("連絡先の電話").fill("6858-1111");
  await page.getByRole("button", { name: "市の設定を保存する" }).click();
  await expect(page.getByText("272035 ではありませんか")).toBeVisible();
  await expect(page.getByText("市外局番がありません")).toBeVisible();
  await expect(page.getByLabel("団体コード（全国地方公共団体コード）")).toBeFocused();
  await expectFine(page, "wrong");
});

test("by keyboard alone: it is put right, a district gets its own number, and all of it is kept", async () => {
  const code = page.getByLabel("団体コード（全国地方公共団体コード）");
  await code.focus();
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.type("27203");
  await page.keyboard.press("Tab");
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.type("０６－６８５８－１１１１");
  await page.keyboard.press("Tab");
  await expect(page.getByText(/^校区ごとの電話/)).toBeFocused();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  await page.keyboard.type("06-6858-2222");
  await page.keyboard.press("Enter");
  await expect(page.locator(".banner-ok")).toContainText("保存しました");
  await expect(code).toHaveValue("272035");
  await expect(page.getByLabel("連絡先の電話")).toHaveValue("06-6858-1111");
  await expect(page.locator(".brand")).toContainText("ももた市");
  await expectFine(page, "saved");
  const kept = service.sql("select municipality, lg_code, phone from instance");
  expect(kept).toEqual([["ももた市", "272035", "06-6858-1111"]]);
  expect(service.value("select string_agg(phone, ',') from district_phone")).toBe("06-6858-2222");
  const audited =
    "select count(*) from audit_entry where action = 'city.set' and actor_kind = 'admin'";
  expect(service.value(audited)).toBe("1");

  await page.reload();
  await expect(page.getByLabel("市の名前")).toHaveValue("ももた市");
  await page.goto(`${service.url}/console/#/accounts`);
  await expect(heading("職員のログイン")).toBeVisible();
  await expect(page.getByText("市の設定が足りません")).toHaveCount(0);
});

test("crisis staff see what is missing and whom to ask; they cannot change it", async () => {
  service.sql("update instance set phone = ''");
  await page.getByRole("button", { name: "ログアウト" }).click();
  await logIn(page, service, "hq1");
  const notice = page.locator(".banner", { hasText: "市の設定が足りません" });
  await expect(notice.getByRole("listitem")).toHaveText([/連絡先の電話がありません/]);
  await expectFine(page, "lacking-hq");
  await notice.getByRole("link", { name: "市の設定を見る" }).click();
  await expect(heading("市の設定")).toBeFocused();
  await expect(page.getByText("変えられるのは、システム管理の担当だけです")).toBeVisible();
  await expect(page.getByText("ももた市").last()).toBeVisible();
  await expect(page.getByRole("button", { name: "市の設定を保存する" })).toHaveCount(0);
  await expectFine(page, "read-only");
});
