import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import AxeBuilder from "@axe-core/playwright";
import {
  type BrowserContext,
  chromium,
  expect,
  type Locator,
  type Page,
  test,
} from "@playwright/test";
import config from "../../playwright.config";

export const PIN = "482915";

/** A volunteer's phone: a browser whose storage outlives its closing, and the words she finds on the screen. */
export class Phone {
  page!: Page;
  private context!: BrowserContext;
  private readonly dir = mkdtempSync(join(tmpdir(), "machimori-phone-"));

  /** `args`: further switches of the browser, for example a picture in place of the camera. */
  constructor(
    private readonly width = 360,
    private args: string[] = [],
  ) {}

  /** What the browser's camera sees from the next opening on. */
  lookAt(camera: string[]): void {
    this.args = camera;
  }

  async open(address: string): Promise<void> {
    const { launchOptions } = config.use ?? {};
    this.context = await chromium.launchPersistentContext(this.dir, {
      ...launchOptions,
      args: [...(launchOptions?.args ?? []), ...this.args],
      viewport: { width: this.width, height: 740 },
      hasTouch: true,
      locale: "ja-JP",
      timezoneId: "Asia/Tokyo",
    });
    this.page = this.context.pages()[0] ?? (await this.context.newPage());
    await this.page.goto(address);
  }

  /** Closes the browser; what it stored stays. */
  async close(): Promise<void> {
    await this.context.close();
  }

  async throwAway(): Promise<void> {
    await this.context?.close().catch(() => {});
    rmSync(this.dir, { recursive: true, force: true });
  }

  async setOffline(isOffline: boolean): Promise<void> {
    await this.context.setOffline(isOffline);
  }

  async secondTab(address: string): Promise<Page> {
    const tab = await this.context.newPage();
    await tab.goto(address);
    return tab;
  }

  button(name: string | RegExp): Locator {
    return this.page.getByRole("button", { name, exact: typeof name === "string" });
  }

  async enrol(): Promise<void> {
    await this.button("この電話を登録する").click();
    await this.page.getByLabel("暗証番号（数字6けた）").fill(PIN);
    await this.page.getByLabel("もう一度、同じ番号").fill(PIN);
    await this.button("この番号に決める").click();
  }

  async unlock(pin = PIN): Promise<void> {
    await this.page.getByLabel("暗証番号（数字6けた）").fill(pin);
    await this.button("開く").click();
  }

  /** The card of the nth person on the list. */
  card(nth: number): Locator {
    return this.page.getByRole("list", { name: "担当の人" }).locator("> li").nth(nth);
  }

  answer(nth: number, word: "無事" | "けが" | "助けが必要" | "返事がない"): Locator {
    return this.card(nth).getByRole("button", { name: word, exact: true });
  }

  /** A choice on a page that has just opened, by key: a tap as quick as ours would count as the second of a double tap. */
  async choose(name: string | RegExp): Promise<void> {
    await this.button(name).press("Enter");
  }

  /** 無事 for one person; the others at the same home are left for later. */
  async safe(nth: number): Promise<void> {
    await this.answer(nth, "無事").click();
    const later = this.button("まだわからない（あとで確かめる）");
    const undo = this.card(nth).getByRole("button", { name: /もどす/ });
    await expect(later.or(undo).first()).toBeVisible();
    if (await later.isVisible()) await later.click();
  }

  /** A 無事シート seen at a person's door. */
  async placard(nth: number): Promise<void> {
    await this.card(nth)
      .getByRole("button", { name: /くわし/ })
      .click();
    await this.choose("玄関のしるし（無事ですシート）");
    await this.choose("無事ですシートが出ている");
  }

  heading(name: string | RegExp): Locator {
    return this.page.getByRole("heading", { level: 1, name });
  }

  /** Nothing that a checker finds, and nothing wider than the screen. */
  async expectAccessible(): Promise<void> {
    const { violations } = await new AxeBuilder({ page: this.page }).analyze();
    expect(violations.map(({ id, nodes }) => [id, nodes.map((node) => node.html)])).toEqual([]);
    const overhang = await this.page.evaluate(
      () => document.documentElement.scrollWidth - window.innerWidth,
    );
    expect(overhang).toBeLessThanOrEqual(0);
  }

  /** After enrolment: can come, and begins a disaster's round without network. */
  async beginAlone(): Promise<void> {
    await this.button("動けます").click();
    await expect(this.page.getByText("すべて送信しました")).toBeVisible();
    await this.page.waitForFunction(() => navigator.serviceWorker.controller !== null);
    await this.setOffline(true);
    await this.button("災害が起きました").click();
    await this.choose("わからない（本番として始める）");
    await expect(this.page.getByRole("heading", { name: "つぎに行く人" })).toBeVisible();
  }

  /** From the page 「記録を運ぶ」: the file it gives; answers where it lies. */
  async giveFile(name: string): Promise<string> {
    const [file] = await Promise.all([
      this.page.waitForEvent("download"),
      this.button("ファイルにしてわたす").click(),
    ]);
    const path = test.info().outputPath(`${name}.json`);
    await file.saveAs(path);
    return path;
  }
}
