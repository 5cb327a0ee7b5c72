import { expect, type Page, test } from "@playwright/test";
import { expectAccessible } from "../support/accessible";
import { expectFine } from "../support/screens";
import { Service, totp } from "../support/service";
import { fillLogIn, PASSWORD, secretOf } from "../support/staff";

test.describe.configure({ mode: "serial" });

let service: Service;
let page: Page;
/** Everything the page asked for, and whatever the browser complained about. */
const asked: string[] = [];
const complaints: string[] = [];

test.beforeAll(async ({ browser }) => {
  test.setTimeout(300_000);
  service = await Service.begin({ demo: 1500 });
  const context = await browser.newContext({ acceptDownloads: true });
  page = await context.newPage();
  page.on("request", (request) => asked.push(request.url()));
  page.on("console", (message) => {
    if (/Content Security Policy|Refused to/i.test(message.text())) complaints.push(message.text());
  });
});
test.afterAll(async () => {
  await page.context().close();
  await service.forget();
});

async function logIn(): Promise<void> {
  await page.goto(`${service.url}/plan/`);
  await fillLogIn(page, "planner", PASSWORD, totp(secretOf("planner")));
}

interface Cell {
  cell_no: number;
  people: number;
  is_far: boolean;
  lon: number;
  lat: number;
}

/** The figures as the service gives them to this session. */
async function figures(query: string): Promise<{
  cells: Cell[];
  sites: { name: string; lon: number; lat: number }[];
  total: { far: number };
}> {
  return page.evaluate(async (q) => (await fetch(`/api/v1/coverage/figures?${q}`)).json(), query);
}

/** The colour in the middle of the map. */
async function middle(): Promise<string> {
  const png = await page.locator(".plan-canvas canvas").screenshot();
  return page.evaluate(
    async (data) => {
      const image = new Image();
      image.src = data;
      await image.decode();
      const canvas = new OffscreenCanvas(image.width, image.height);
      const context = canvas.getContext("2d");
      if (!context) throw new Error("no canvas");
      context.drawImage(image, 0, 0);
      const [r, g, b] = context.getImageData(image.width / 2, image.height / 2, 1, 1).data;
      return `#${[r, g, b].map((n) => (n ?? 0).toString(16).padStart(2, "0")).join("")}`;
    },
    `data:image/png;base64,${png.toString("base64")}`,
  );
}

/** The colour beside these words of the legend. */
async function legend(id: string): Promise<string> {
  const line = page.locator(`[data-swatch="${id}"]`);
  const shape = line.locator("rect, circle").first();
  return (await shape.getAttribute("fill")) ?? "";
}

/** Away from names and from sites, which are drawn over the cells. */
function isClear(at: Cell, others: { lon: number; lat: number }[]): boolean {
  return others.every(
    (other) => Math.hypot((at.lon - other.lon) * 91_540, (at.lat - other.lat) * 110_922) > 260,
  );
}

test("a planner is asked for the hazard first, and then sees figures, map and the same in tables", async () => {
  await logIn();
  await expect(
    page.getByRole("heading", { name: "どの災害から逃げる場所を見ますか" }),
  ).toBeVisible();
  await expectFine(page, "hazard");
  await page.getByRole("button", { name: "洪水" }).click();
  await expect(page.getByRole("heading", { name: /^結果/ })).toBeVisible();
  const told = await figures("hazard=flood&far_m=1000");
  const far = new Intl.NumberFormat("ja-JP").format(told.total.far);
  await expect(page.locator(".plan-figures")).toContainText(`${far}人`);
  await expect(page.getByRole("table", { name: "校区ごと" }).locator("tbody tr")).toHaveCount(36);
  await expect(page.locator(".plan-canvas canvas")).toBeVisible();
  await page.locator("summary", { hasText: "場所ごと" }).click();
  await expect(page.getByRole("table", { name: "場所ごと" }).locator("tbody tr")).toHaveCount(
    told.sites.length,
  );
  await page.locator("summary", { hasText: "区画ごと" }).click();
  await expect(page.getByRole("table", { name: "区画ごと" }).locator("tbody tr")).toHaveCount(
    told.cells.length,
  );
  expect(page.url()).toContain("hazard=flood");
});

test("a cell on the map has the colour that the legend gives for its people, and a site its own", async () => {
  const labels = service
    .sql(
      "select st_x(p), st_y(p) from (select st_pointonsurface(area) p from district where area is not null) s",
    )
    .map(([lon, lat]) => ({ lon: Number(lon), lat: Number(lat) }));
  const told = await figures("hazard=flood&far_m=1000");
  const clear = told.cells.filter((cell) => isClear(cell, [...labels, ...told.sites]));
  // By hand: which class is which.
  const classOf = (people: number) =>
    people >= 25 ? 25 : people >= 15 ? 15 : people >= 10 ? 10 : 5;
  const several = [5, 10, 15, 25].flatMap((from) =>
    clear.filter((c) => classOf(c.people) === from).slice(0, 2),
  );
  expect(several.length).toBeGreaterThan(2);
  for (const cell of several) {
    await page.getByRole("button", { name: `区画${cell.cell_no}を地図で見る` }).click();
    const colour = await legend(`residents-${classOf(cell.people)}`);
    await expect.poll(middle, { timeout: 30_000 }).toBe(colour);
  }
  await page.getByRole("radio", { name: "遠い人" }).check();
  await page.getByLabel("「遠い」とする距離（直線）").selectOption("500");
  await expect(page.getByText("遠い人（直線で500 mより遠い）")).toBeVisible();
  const measured = (await figures("hazard=flood&far_m=500")).cells;
  const judged = measured.filter((cell) => clear.some((c) => c.cell_no === cell.cell_no));
  const far = judged.filter((cell) => cell.is_far).slice(0, 2);
  const near = judged.filter((cell) => !cell.is_far).slice(0, 2);
  expect(far.length * near.length).toBeGreaterThan(0);
  for (const cell of [...far, ...near]) {
    await page.getByRole("button", { name: `区画${cell.cell_no}を地図で見る` }).click();
    const colour = await legend(cell.is_far ? `far-${classOf(cell.people)}` : "near");
    await expect.poll(middle, { timeout: 30_000 }).toBe(colour);
  }
  const park = told.sites.find((site) =>
    isClear({ ...site, cell_no: 0, people: 0, is_far: false }, labels),
  );
  await page
    .getByRole("button", { name: `${park?.name}を地図で見る` })
    .first()
    .click();
  await expect.poll(middle, { timeout: 30_000 }).toBe(await legend("site"));
  await expectFine(page, "far");
});

test("a place put on the map changes the figures, is taken back, saved, opened again and taken away", async () => {
  const before = await page.locator(".plan-figures").textContent();
  const told = await figures("hazard=flood&far_m=500");
  const far = told.cells.find((cell) => cell.is_far);
  await page.getByRole("button", { name: `区画${far?.cell_no}を地図で見る` }).click();
  await page.locator(".plan-canvas canvas").click();
  await expect(page.getByLabel("経度")).toHaveValue(/^135\.\d{5}$/);
  await page.getByLabel("名前", { exact: true }).fill("新しい避難所");
  await page.getByLabel(/^収容人数/).fill("３００");
  await page.getByRole("button", { name: "足して計算する" }).click();
  await expect(page.getByText("足す：新しい避難所")).toBeVisible();
  await expect(page.locator(".plan-figures")).toContainText("いま");
  await expect(page.locator(".plan-figures")).toContainText("+300人");
  await expect(page.getByText("凡例：試算で変わる区画")).toBeVisible();
  await expectFine(page, "what-if");
  await page.getByRole("button", { name: "1つ前に戻す" }).click();
  await expect(page.getByText("まだ何も変えていません。")).toBeVisible();
  await expect.poll(() => page.locator(".plan-figures").textContent()).toBe(before);

  // By hand and keyboard alone: coordinates typed, a site closed from the table.
  await page.getByLabel("経度").fill("あ");
  await page.getByLabel("緯度").press("Enter");
  await expect(page.getByText("経度と緯度を数字で入れてください")).toBeVisible();
  await page.getByLabel("経度").fill(String(far?.lon));
  await page.getByLabel("緯度").fill(String(far?.lat));
  await page.getByLabel("緯度").press("Enter");
  await expect(page.getByText("足す：新しい場所")).toBeVisible();
  const site = told.sites[0]?.name ?? "";
  await page
    .getByRole("button", { name: `${site}を閉じたらどうなるか` })
    .first()
    .press("Enter");
  await expect(page.getByText(`閉じる：${site}`)).toBeVisible();

  await page.getByRole("button", { name: "試算を保存する" }).click();
  await expect(page.getByText("試算の名前を入れてください。")).toBeVisible();
  await page.getByLabel("試算の名前").fill("東の新設");
  await page.getByRole("button", { name: "試算を保存する" }).click();
  await expect(page.getByText("保存した試算「東の新設」の数字")).toBeVisible();
  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: "CSV 校区の表" }).click();
  expect((await download).suggestedFilename()).toMatch(/^coverage-districts-.*\.csv$/);

  await page.reload();
  await page.getByRole("button", { name: "東の新設を開く" }).click();
  await expect(page.getByText("足す：新しい場所")).toBeVisible();
  await expect(page.getByText(/保存したとき（.*）：遠い人/)).toBeVisible({ timeout: 60_000 });
  await page.getByRole("button", { name: "東の新設をしまう" }).click();
  await expect(page.getByText("まだありません。")).toBeVisible();
});

test("nothing came from elsewhere, nothing broke the page's policy, and it prints", async () => {
  expect(asked.filter((url) => !url.startsWith(service.url) && !url.startsWith("blob:"))).toEqual(
    [],
  );
  expect(complaints).toEqual([]);
  await page.emulateMedia({ media: "print" });
  await expect(page.getByRole("button", { name: "足して計算する" })).toBeHidden();
  await expect(page.getByRole("table", { name: "校区ごと" })).toBeVisible();
  await page.screenshot({ path: test.info().outputPath("print.png"), fullPage: true });
  await page.emulateMedia({ media: "screen" });
  await page.getByLabel("言語").selectOption("en");
  await expect(page.getByRole("heading", { name: /^Result/ })).toBeVisible();
  await expectAccessible(page);
});

test("before the first gathering the page says so, and makes it", async () => {
  service.sql("delete from coverage_scenario; delete from coverage_snapshot");
  await page.getByLabel("Language").selectOption("ja");
  await page.reload();
  await expect(page.getByText("名簿の集計がまだありません")).toBeVisible();
  await expectFine(page, "none");
  await page.getByRole("button", { name: "名簿を集計する" }).click();
  await expect(page.getByRole("heading", { name: /^結果/ })).toBeVisible();
});
