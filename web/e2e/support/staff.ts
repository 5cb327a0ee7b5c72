import { createHash } from "node:crypto";
import { type Browser, expect, type Page } from "@playwright/test";
import { type Service, totp } from "./service";

/** The password of every log-in of the demo city. */
export const PASSWORD = "demo-machimori";

/** The base32 secret of a demo log-in's one-time codes. */
export function secretOf(login: string): string {
  const digest = createHash("sha256").update(`machimori demo ${login}`).digest().subarray(0, 20);
  const bits = [...digest].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  return (bits.match(/.{5}/g) ?? [])
    .map((five) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[Number.parseInt(five, 2)])
    .join("");
}

/** Log in at the console as one of the demo's staff. */
export async function logIn(page: Page, service: Service, login: string): Promise<void> {
  await page.goto(`${service.url}/console/`);
  await fillLogIn(page, login, PASSWORD, totp(secretOf(login)));
  await expect(page.getByRole("button", { name: "ログアウト" })).toBeVisible();
}

export async function fillLogIn(
  page: Page,
  login: string,
  password: string,
  code: string,
): Promise<void> {
  await page.getByLabel("ログイン名").fill(login);
  await page.getByLabel("パスワード").fill(password);
  await page.getByLabel("確認コード（6けた）").fill(code);
  await page.getByRole("button", { name: "ログイン" }).click();
}

/** At a logged-in desk: an event of the kind disaster, begun now. */
export async function beginDisaster(page: Page, service: Service): Promise<void> {
  await page.goto(`${service.url}/console/#/events/new`);
  await page.getByRole("radio", { name: /災害/ }).check();
  await page.getByLabel(/名前/).first().fill("夜の地震");
  await page
    .getByRole("button", { name: /始める|開始/ })
    .last()
    .click();
}

/** Headquarters starts a drill, and a safety round over every district. */
export async function beginDrillRound(browser: Browser, service: Service): Promise<void> {
  const desk = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  await logIn(desk, service, "hq1");
  await desk.getByRole("link", { name: "災害・訓練を開始する" }).click();
  await desk.getByRole("radio", { name: /訓練/ }).check();
  await desk.getByRole("checkbox", { name: "地震" }).check();
  await desk.getByRole("button", { name: "訓練を開始する" }).click();
  await desk.getByRole("button", { name: /すべての校区/ }).click();
  await desk.getByRole("button", { name: /人の安否確認を始める/ }).click();
  await expect(desk.getByText("自動で更新しています")).toBeVisible();
  await desk.close();
}
