import { type CDPSession, expect, test } from "@playwright/test";
import { Phone, PIN } from "../support/phone";
import { Service } from "../support/service";

interface Condition {
  kbps: number;
  roundTripMs: number;
  /** How many times slower than this machine. */
  cpu: number;
  /** The budget of the first load; what else is measured has one for all conditions. */
  usableMs: number;
}

const CONDITIONS: Condition[] = [
  { kbps: 400, roundTripMs: 400, cpu: 6, usableMs: 5_000 },
  { kbps: 128, roundTripMs: 800, cpu: 6, usableMs: 10_000 },
];
const OFFLINE_OPEN_MS = 2_000;
const TAP_MS = 100;
const TAPS = 9;
const RUNS = Number(process.env.MACHIMORI_BENCH_RUNS ?? 3);

test("FIELD on a slow line and a slow phone", async () => {
  const service = await Service.begin({ demo: 8_000 });
  try {
    for (const condition of CONDITIONS) {
      const runs = [];
      for (let run = 0; run < RUNS; run++) runs.push(await onePhone(service, condition));
      print(condition, runs);
    }
  } finally {
    await service.forget();
  }
});

/** Milliseconds, but for the people and the bytes. */
interface Measured {
  people: number;
  firstLoad: number;
  firstLoadBytes: number;
  registered: number;
  sealed: number;
  lock: number;
  unlock: number;
  painted: number[];
  saved: number[];
}

/** A new phone: invite, PIN, list; then closed, opened with neither network nor service, and tapped. */
async function onePhone(service: Service, condition: Condition): Promise<Measured> {
  const phone = new Phone();
  try {
    // Each start makes a new invite.
    await service.kill();
    await service.start();
    await phone.open("about:blank");
    const cdp = await slow(phone, condition);
    let firstLoadBytes = 0;
    cdp.on("Network.loadingFinished", ({ encodedDataLength }) => {
      firstLoadBytes += encodedDataLength;
    });
    await phone.page.goto(service.invite.link, { waitUntil: "commit" });
    const firstLoad = await sinceStart(phone, "この電話を登録する");
    const atFirstLoad = firstLoadBytes;

    const registered = await afterClick(phone, "この電話を登録する", "暗証番号（数字6けた）");
    await phone.page.getByLabel("暗証番号（数字6けた）").fill(PIN);
    await phone.page.getByLabel("もう一度、同じ番号").fill(PIN);
    const sealed = await afterClick(phone, "この番号に決める", "動けます");
    await phone.button("動けます").click();
    await expect(phone.page.getByText("すべて送信しました")).toBeVisible();
    await phone.page.waitForFunction(() => navigator.serviceWorker.controller !== null);
    await phone.close();
    await service.kill();

    await phone.open("about:blank");
    await phone.setOffline(true);
    await slow(phone, { ...condition, offline: true });
    await phone.page.goto(`${service.url}/field/`, { waitUntil: "commit" });
    const lock = await sinceStart(phone, "暗証番号（数字6けた）");
    await phone.page.getByLabel("暗証番号（数字6けた）").fill(PIN);
    const unlock = await afterClick(phone, "開く", "災害のとき用の名簿");
    await phone.button("災害が起きました").click();
    await phone.choose("わからない（本番として始める）");
    await phone.button(/^全員/).click();
    const people = await phone.page.getByRole("list", { name: "担当の人" }).locator("> li").count();
    const taps = [];
    while (taps.length < TAPS) taps.push(await tap(phone));
    return {
      people,
      firstLoad,
      firstLoadBytes: atFirstLoad,
      registered,
      sealed,
      lock,
      unlock,
      painted: taps.map(({ painted }) => painted),
      saved: taps.map(({ saved }) => saved),
    };
  } finally {
    await phone.throwAway();
  }
}

async function slow(
  phone: Phone,
  { kbps, roundTripMs, cpu, offline = false }: Condition & { offline?: boolean },
): Promise<CDPSession> {
  const cdp = await phone.page.context().newCDPSession(phone.page);
  await cdp.send("Network.enable");
  await cdp.send("Network.emulateNetworkConditions", {
    offline,
    latency: roundTripMs,
    downloadThroughput: (kbps * 1000) / 8,
    uploadThroughput: (kbps * 1000) / 8,
  });
  await cdp.send("Emulation.setCPUThrottlingRate", { rate: cpu });
  return cdp;
}

/** Milliseconds from the navigation until these words stand on the painted page. */
function sinceStart(phone: Phone, words: string): Promise<number> {
  return phone.page.evaluate(
    (words) =>
      new Promise<number>((found) => {
        const look = () =>
          document.body?.textContent?.includes(words)
            ? found(performance.now())
            : requestAnimationFrame(look);
        look();
      }),
    words,
  );
}

/** Milliseconds from a press of a button until these words stand on the painted page. */
function afterClick(phone: Phone, button: string, words: string): Promise<number> {
  return phone.page.evaluate(
    ({ button, words }) =>
      new Promise<number>((found, failed) => {
        const pressed = [...document.querySelectorAll("button")].find((each) =>
          each.textContent?.includes(button),
        );
        if (!pressed) return failed(new Error(`no button ${button}`));
        const began = performance.now();
        pressed.click();
        const look = () =>
          document.body.textContent?.includes(words)
            ? found(performance.now() - began)
            : requestAnimationFrame(look);
        requestAnimationFrame(look);
      }),
    { button, words },
  );
}

/**
 * 返事がない for the next person, as she stands on the screen and nothing is under way any more: until the card says so, and until the
 * number of waiting records (sealed and stored) is on.
 */
async function tap(phone: Phone): Promise<{ painted: number; saved: number }> {
  await phone.page.evaluate(
    () =>
      new Promise<void>((isStill, failed) => {
        const answer = (card: Element) =>
          [...card.querySelectorAll("button")].find((each) =>
            each.textContent?.includes("返事がない"),
          );
        const card = [...document.querySelectorAll('[aria-label="担当の人"] > li')].find(
          (each) => answer(each) && !each.textContent?.includes("もどす"),
        );
        if (!card) return failed(new Error("nobody is left to ask for"));
        for (const before of document.querySelectorAll("[data-next]"))
          before.removeAttribute("data-next");
        answer(card)?.setAttribute("data-next", "");
        card.scrollIntoView({ block: "center" });
        // What the last tap set going (a try to send, its failure) ends before the next finger comes.
        setTimeout(() => requestIdleCallback(() => isStill(), { timeout: 2_000 }), 1_000);
      }),
  );
  return phone.page.evaluate(
    () =>
      new Promise<{ painted: number; saved: number }>((found, failed) => {
        const button = document.querySelector<HTMLElement>("[data-next]");
        const card = button?.closest("li");
        if (!button || !card) return failed(new Error("the card was drawn anew"));
        const waiting = () => /未送信\s*(\d+)件/.exec(document.body.textContent ?? "")?.[1];
        const before = waiting();
        const began = performance.now();
        let painted = 0;
        button.click();
        const look = () => {
          const now = performance.now() - began;
          if (!painted && card.textContent?.includes("もどす")) painted = now;
          if (painted && waiting() !== before) found({ painted, saved: now });
          else requestAnimationFrame(look);
        };
        requestAnimationFrame(look);
      }),
  );
}

function print({ kbps, roundTripMs, cpu, usableMs }: Condition, runs: Measured[]): void {
  const ms = (values: number[], share = 0.5) => {
    const sorted = values.sort((a, b) => a - b);
    return `${(sorted[Math.round((sorted.length - 1) * share)] ?? Number.NaN).toFixed(0)} ms`;
  };
  const line = (what: string, value: string, budget = "") =>
    console.log(`  ${what.padEnd(58)} ${value.padStart(9)}   ${budget}`);
  const { people, firstLoadBytes } = runs[0] as Measured;
  console.log(
    `\n${kbps} kbps, ${roundTripMs} ms there and back, processor ÷ ${cpu}; ${people} people; ${runs.length} phones, medians`,
  );
  const of = (key: "firstLoad" | "registered" | "sealed" | "lock" | "unlock") =>
    ms(runs.map((run) => run[key]));
  line("first load, from the link to the first button", of("firstLoad"), `budget ${usableMs} ms`);
  line("  bytes of it", `${(firstLoadBytes / 1000).toFixed(1)} KB`, "budget 60 KB");
  line("from registering to the PIN page", of("registered"));
  line("from the chosen PIN to one's own first page", of("sealed"));
  line("offline: from the address to the PIN page", of("lock"), `budget ${OFFLINE_OPEN_MS} ms`);
  line("offline: from the accepted PIN to the list", of("unlock"), "(the PIN costs on purpose)");
  const painted = runs.flatMap((run) => run.painted);
  line("tap to painted, p75", ms(painted, 0.75), `budget ${TAP_MS} ms`);
  line(
    "tap to sealed and stored, p75",
    ms(
      runs.flatMap((run) => run.saved),
      0.75,
    ),
  );
}
