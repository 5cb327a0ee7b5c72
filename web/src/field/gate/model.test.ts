import { describe, expect, it } from "vitest";
import type { RecordedItem } from "../../offline/outbox";
import {
  actsAt,
  found,
  guestsOf,
  holderOf,
  isCard,
  leftBy,
  ownCount,
  plainCode,
  venueIn,
} from "./model";
import type { Gate, GateEvacuee } from "./wire";

const EVENT = "00000000-0000-7000-8000-00000000000e";
const SITE = "00000000-0000-7000-8000-000000000051";
const START_MS = Date.parse("2027-01-17T00:00:00Z");
let seq = 0;

function gate(here: Partial<GateEvacuee>[] = []): Gate {
  return {
    event: { id: EVENT, kind: "disaster", name: "地震", planned_end_at: null },
    desk: null,
    places: [],
    venue: null,
    people: [
      {
        id: "p1",
        household_id: "h",
        name: "山田 花子",
        name_kana: "ヤマダ ハナコ",
        birth_on: null,
        sex: null,
        address: "豊中市本町1丁目",
      },
    ],
    here: here.map((one, n) => ({
      id: `e${n}`,
      person_id: null,
      name: "",
      name_kana: "",
      party_id: null,
      site_id: SITE,
      stay_type: "shelter",
      since: "2027-01-17T00:00:00Z",
      is_contested: false,
      ...one,
    })),
    elsewhere: [],
  };
}

/** What this phone said at a minute; `settled` is the minute of its receipt. */
function said(
  kind: "check_in" | "check_out" | "attendance",
  minute: number,
  payload: object,
  settled?: number,
): RecordedItem {
  seq += 1;
  const atMs = START_MS + minute * 60_000;
  return {
    id: `i${seq}`,
    atMs,
    status: settled === undefined ? "waiting" : "stored",
    reason: null,
    ...(settled !== undefined && { settledMs: START_MS + settled * 60_000 }),
    envelope: {
      id: `i${seq}`,
      kind,
      event: EVENT,
      device_seq: seq,
      observed_at: new Date(atMs).toISOString(),
      clock_offset_ms: 0,
      payload,
    },
  };
}

const came = (minute: number, person: string, settled?: number) =>
  said("check_in", minute, { site_id: SITE, stay_type: "shelter", person_id: person }, settled);

function names(of: Gate, records: RecordedItem[], serverMinute: number): string[] {
  return guestsOf(of, records, START_MS + serverMinute * 60_000).map((guest) => guest.name);
}

describe("who is here", () => {
  it("holds whom the server knows and whom this phone received since, each once", () => {
    const known = gate([{ person_id: "p1" }]);
    expect(names(known, [came(5, "p1")], 1)).toEqual(["山田 花子"]);
    const guest = { id: "s1", name: "旅行 太郎" };
    const stranger = said("check_in", 6, { site_id: SITE, stay_type: "shelter", stranger: guest });
    expect(names(known, [stranger], 1)).toEqual(["旅行 太郎", "山田 花子"]);
  });

  it("keeps somebody whose receipt came after the server's list was made", () => {
    expect(names(gate(), [came(5, "p1", 12)], 10)).toEqual(["山田 花子"]);
  });

  it("believes the server about what it had when it made the list: another gate let her go", () => {
    expect(names(gate(), [came(5, "p1", 6)], 10)).toEqual([]);
  });

  it("lets go whoever left, and has her back when that is taken back", () => {
    const known = gate([{ person_id: "p1" }]);
    const out = said("check_out", 5, { site_id: SITE, person_id: "p1", act: "check_out" });
    expect(names(known, [out], 1)).toEqual([]);
    expect(leftBy(known, [out])).toEqual([out]);
    const back = said("check_out", 6, {
      ...out.envelope.payload,
      corrects: out.id,
      is_withdrawal: true,
    });
    expect(names(known, [out, back], 1)).toEqual(["山田 花子"]);
    expect(leftBy(known, [out, back])).toEqual([]);
  });

  it("forgets a check-in that was a mistake, waiting or sent", () => {
    const wrong = came(5, "p1");
    const back = said("check_in", 6, {
      ...wrong.envelope.payload,
      corrects: wrong.id,
      is_withdrawal: true,
    });
    expect(names(gate(), [wrong, back], 1)).toEqual([]);
    expect(names(gate([{ person_id: "p1" }]), [wrong, back], 1)).toEqual([]);
  });

  it("offers to take back what this phone itself said", () => {
    const own = came(5, "p1", 6);
    const [guest] = guestsOf(gate([{ person_id: "p1" }]), [own], START_MS + 600_000);
    expect(guest?.undoable).toBe(own);
    expect(guest?.isWaiting).toBe(false);
  });
});

describe("finding", () => {
  it("finds by name, reading in hiragana, and address, without spaces; nothing before anything is typed", () => {
    const { people } = gate();
    for (const query of ["山田花子", "やまだ", "ﾊﾅｺ", "本町1"]) {
      expect(found(people, query)).toHaveLength(1);
    }
    expect(found(people, " ")).toEqual([]);
    expect(found(people, "鈴木")).toEqual([]);
  });
});

describe("cards", () => {
  it("are the same however they are typed, as the service says", () => {
    for (const typed of [
      "MC1-7K2Q-9WTR-4M8X-0ZVC",
      " mc1 7k2q 9wtr 4m8x ozvc",
      "７Ｋ２Ｑ9wtr4m8x0zvc",
    ]) {
      expect(plainCode(typed)).toBe("7K2Q9WTR4M8X0ZVC");
      expect(isCard(typed)).toBe(true);
    }
    expect(isCard("https://example.jp/")).toBe(false);
  });

  it("are recognised by their digest", async () => {
    const bytes = new TextEncoder().encode("7K2Q9WTR4M8X0ZVC");
    const digest = Buffer.from(await crypto.subtle.digest("SHA-256", bytes)).toString("hex");
    const people = gate().people.map((person) => ({ ...person, cards: [digest] }));
    expect((await holderOf(people, "mc1-7k2q-9wtr-4m8x-0zvc"))?.name).toBe("山田 花子");
    expect(await holderOf(people, "MC1-7K2Q-9WTR-4M8X-0ZVD")).toBeNull();
  });

  it("name a venue by its poster", () => {
    expect(venueIn(`https://machimori.example/field/#v=${SITE}`)).toBe(SITE);
    expect(venueIn("https://machimori.example/field/#i=abc")).toBeNull();
  });
});

describe("what this phone counted at a venue", () => {
  it("counts each person once, holds the newest head-count of a body, and forgets what was taken back", () => {
    const person = (name: string) =>
      said("attendance", 1, { venue_id: "v", kind: "person", way: "list", name });
    const count = (people: number) =>
      said("attendance", 2, {
        venue_id: "v",
        kind: "group",
        way: "head_count",
        body_id: "b",
        people,
      });
    const wrong = person("まちがい");
    const back = said("attendance", 3, {
      venue_id: "v",
      kind: "person",
      way: "list",
      corrects: wrong.id,
      is_withdrawal: true,
    });
    const all = [person("一子"), person("一 子"), count(40), count(38), wrong, back];
    expect(ownCount(actsAt("v", all))).toEqual({ persons: 1, groups: 38 });
    expect(ownCount(actsAt("w", all))).toEqual({ persons: 0, groups: 0 });
  });
});
