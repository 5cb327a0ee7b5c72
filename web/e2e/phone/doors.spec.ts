import { expect, test } from "@playwright/test";
import { Phone } from "../support/phone";
import { Service } from "../support/service";
import { beginDrillRound } from "../support/staff";

let service: Service;
let phone: Phone;

test.beforeAll(async ({ browser }) => {
  test.setTimeout(300_000);
  service = await Service.begin({ demo: 400 });
  await beginDrillRound(browser, service);
  phone = new Phone();
  await phone.open(service.invite.link);
  await phone.enrol();
  await phone.button("動けます").click();
  await phone.button(/^全員/).click();
});
test.afterAll(async () => {
  await phone?.throwAway();
  await service?.forget();
});

test("no placard at the door is recorded as a look, says that it is no danger, and asks to call out", async () => {
  const door = phone.card(0).getByRole("button", { name: /玄関のしるし/ });
  await door.click();
  await expect(phone.heading("玄関のしるしは？")).toBeVisible();
  await phone.expectAccessible();
  await phone.page.screenshot({ path: test.info().outputPath("placard.png") });
  await phone.choose("何も出ていない");
  await expect(phone.page.getByText(/危険とは限りません/)).toBeVisible();
  await phone.expectAccessible();
  await phone.page.getByRole("button", { name: "もどる" }).last().press("Enter");
  await expect(phone.card(0)).toContainText("何も出ていない");
  await phone.page.screenshot({ path: test.info().outputPath("list.png") });
  await expect
    .poll(() =>
      service.sql("select marker, coalesce(outcome, '') from observation where marker is not null"),
    )
    .toEqual([["not_shown", ""]]);
});

test("a neighbour's word is recorded with who said it and where to call back", async () => {
  await phone.safe(1);
  await phone
    .card(1)
    .getByRole("button", { name: /くわし/ })
    .click();
  await phone.choose("近所の人から");
  await phone.page.getByLabel("だれから聞きましたか").fill("となりの田中さん");
  await phone.page.getByLabel("その人の電話番号").fill("06-0000-0003");
  await phone.expectAccessible();
  await phone.page.screenshot({ path: test.info().outputPath("told.png"), fullPage: true });
  await phone.choose("聞いた相手を記録する");
  await expect
    .poll(() =>
      service.sql(
        "select attempt, outcome, told_by, told_phone from observation where told_phone <> ''",
      ),
    )
    .toEqual([["neighbour", "safe", "となりの田中さん", "06-0000-0003"]]);
});

test("a round that looks for no placard does not ask for one", async () => {
  service.sql("update safety_round set looks_for_marker = false");
  await phone.page.reload();
  await phone.unlock();
  const door = phone.page.getByRole("button", { name: /玄関のしるし/ });
  // The person's page is where she left it.
  await expect(phone.page.getByText("これまでの記録")).toBeVisible();
  await expect(door).toHaveCount(0);
  await phone.choose("もどる");
  await expect(phone.card(0)).toBeVisible();
  await expect(door).toHaveCount(0);
});
