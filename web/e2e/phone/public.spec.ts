import { expect, test } from "@playwright/test";
import { expectAccessible, expectNoSidewaysScroll } from "../support/accessible";
import { Service } from "../support/service";

let service: Service;

test.beforeAll(async () => {
  service = await Service.begin({ demo: 200 });
});
test.afterAll(() => service.forget());

test.use({
  geolocation: { longitude: 135.4696, latitude: 34.7813 },
  permissions: ["geolocation"],
});

test("a resident finds the nearest suitable place, and again with the server gone, and her position stays on the phone", async ({
  page,
  context,
}) => {
  const asked: string[] = [];
  page.on("request", (request) => asked.push(request.url() + (request.postData() ?? "")));
  await page.goto(`${service.url}/public/`);
  await expect(page.getByText("これはデモです")).toBeVisible();
  await expectAccessible(page);

  await page.getByRole("button", { name: "洪水" }).click();
  await expect(page.getByRole("heading", { name: "いま、どこにいますか" })).toBeFocused();
  await expectAccessible(page);
  await page.getByRole("button", { name: "この電話の現在地を使う" }).click();
  const cards = page.locator(".sites > li");
  await expect(cards).toHaveCount(5);
  await expect(cards.first()).toContainText("直線");
  await expectAccessible(page);
  await expectNoSidewaysScroll(page);

  const names = await cards.locator("h3").allTextContents();
  const stored = service.sql(
    `select name from site where kind = 'evacuation_site' and 'flood' = any (hazards) and revoked_on is null
     order by st_distance(point::geography, st_setsrid(st_makepoint(135.4696, 34.7813), 4326)::geography) limit 5`,
  );
  expect(names).toEqual(stored.map(([name]) => name));
  const server = await (
    await fetch(`${service.url}/api/v1/sites/nearest?lon=135.4696&lat=34.7813&hazard=flood&limit=5`)
  ).json();
  expect(names).toEqual(server.sites.map((site: { name: string }) => site.name));
  expect(asked.filter((url) => /135\.4|34\.78/.test(url))).toEqual([]);
  expect(asked.filter((url) => !url.startsWith(service.url))).toEqual([]);

  await service.kill();
  await context.setOffline(true);
  await page.reload();
  await expect(page.getByText("いまは通信できないため")).toBeVisible();
  await page.getByRole("button", { name: "町名から選ぶ" }).click();
  await page.getByRole("searchbox").fill("そんざいしない");
  await expect(page.getByText("合う町名がありません")).toBeVisible();
  await page.getByRole("searchbox").fill("おかまち");
  await page.getByRole("button", { name: "岡町北一丁目" }).click();
  await expect(cards).toHaveCount(5);

  await context.setOffline(false);
  await service.start();
});

test("the map shows the districts and sites in the colours of its legend, and a tap on it is a place", async ({
  page,
}) => {
  await page.goto(`${service.url}/public/#earthquake`);
  await page.getByRole("button", { name: "地図で選ぶ" }).click();
  const canvas = page.locator(".map canvas");
  await expect(canvas).toBeVisible();
  // The ground around the city, white districts and blue sites: a blank picture has only one of them.
  await expect
    .poll(async () => coloursOf(await canvas.screenshot(), page), { timeout: 60_000 })
    .toEqual(expect.objectContaining({ ground: true, district: true, site: true }));
  const box = await canvas.boundingBox();
  if (!box) throw new Error("the map has no size");
  await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
  await expect(page.getByText("地図で選んだところ")).toBeVisible();
});

/** Which colours of the legend are in a picture. */
async function coloursOf(png: Buffer, page: import("@playwright/test").Page) {
  return page.evaluate(
    async (data) => {
      const image = new Image();
      image.src = data;
      await image.decode();
      const canvas = new OffscreenCanvas(image.width, image.height);
      const context = canvas.getContext("2d");
      if (!context) throw new Error("no canvas");
      context.drawImage(image, 0, 0);
      const { data: pixels } = context.getImageData(0, 0, image.width, image.height);
      const has = (r: number, g: number, b: number) => {
        let count = 0;
        for (let i = 0; i < pixels.length; i += 4) {
          if (
            Math.abs((pixels[i] ?? 0) - r) + Math.abs((pixels[i + 1] ?? 0) - g) < 8 &&
            Math.abs((pixels[i + 2] ?? 0) - b) < 6
          ) {
            count++;
          }
        }
        return count > 30;
      };
      return {
        ground: has(0xf2, 0xf2, 0xee),
        district: has(0xff, 0xff, 0xff),
        site: has(0x00, 0x11, 0x8f),
      };
    },
    `data:image/png;base64,${png.toString("base64")}`,
  );
}

test("in easy Japanese and in English the same page reads without faults at 320 pixels", async ({
  page,
}) => {
  await page.setViewportSize({ width: 320, height: 700 });
  await page.goto(`${service.url}/public/#flood`);
  for (const language of ["やさしい日本語", "English"]) {
    await page.getByRole("button", { name: language }).click();
    await expect(page.getByRole("button", { name: language })).toHaveAttribute(
      "aria-pressed",
      "true",
    );
    await expectAccessible(page);
    await expectNoSidewaysScroll(page);
  }
});
