import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Service } from "./service";

/** The name of a kind of list on the import page. */
export type ListKind = "小学校区の地図" | "避難場所・避難所" | "避難行動要支援者名簿";

export interface List {
  kind: ListKind;
  path: string;
  /** How many districts, places or people the list is known to hold. */
  holds: number;
}

/** What a city hands over. */
export interface CityLists {
  /** A folder of its own, to be thrown away. */
  folder: string;
  /** Districts and places, in the order in which they are brought in. */
  ground: List[];
  /** The people; asked for when the ground is in. */
  roster(): List;
}

const PEOPLE = 400;

/** The folder of real files, which are never part of this tree. */
export const realData =
  process.env.MACHIMORI_TEST_DATA ?? resolve(import.meta.dirname, "../../../../shared/data");
export const isRealDataThere = existsSync(realData);

/** An invented city in the official formats: it needs no file from outside. */
export function inventedLists(service: Service): CityLists {
  const folder = mkdtempSync(join(tmpdir(), "machimori-files-"));
  service.writeFiles(folder, PEOPLE);
  const file = (name: string) => join(folder, name);
  return {
    folder,
    ground: [
      { kind: "小学校区の地図", path: file("districts.geojson"), holds: 36 },
      {
        kind: "避難場所・避難所",
        path: file("sites_cp932.csv"),
        holds: rows(file("sites_utf8.csv")),
      },
      {
        kind: "避難場所・避難所",
        path: file("shelters_bom.csv"),
        holds: rows(file("shelters_utf8.csv")),
      },
    ],
    roster: () => ({
      kind: "避難行動要支援者名簿",
      path: file("roster.xlsx"),
      holds: rows(file("roster.csv")),
    }),
  };
}

/**
 * 豊中市 as the country publishes it: its places (国土地理院), and its border and a neighbour's (国土数値情報 N03) as districts, for no
 * map of its school districts may be handed on. No real people are on any list: the invented ones live inside the real borders.
 */
export function realLists(service: Service): CityLists {
  const folder = mkdtempSync(join(tmpdir(), "machimori-files-"));
  service.writeFiles(folder, PEOPLE);
  const real = (name: string) => join(realData, name);
  // A list is a whole: districts that a later one does not name come to their end, so both borders are in one.
  const borders = join(folder, "borders.geojson");
  const features = ["27203", "27204"].flatMap(
    (code) =>
      JSON.parse(readFileSync(real(`municipal-boundary-n03/${code}.geojson`), "utf8")).features,
  );
  writeFileSync(borders, JSON.stringify({ type: "FeatureCollection", features }));
  return {
    folder,
    ground: [
      { kind: "小学校区の地図", path: borders, holds: 2 },
      {
        kind: "避難場所・避難所",
        path: real("gsi-shelters/272035_toyonaka_emergency_cp932.csv"),
        holds: 272,
      },
      {
        kind: "避難場所・避難所",
        path: real("gsi-shelters/272035_toyonaka_evacuation.geojson"),
        holds: 167,
      },
    ],
    roster: () => rosterInside(service, folder),
  };
}

/** The invented roster with every home moved to a point inside a district that the service holds. */
function rosterInside(service: Service, folder: string): List {
  const districts = service
    .sql("select name from district where kind = 'school' order by code")
    .map(([name = ""]) => name);
  const homes = new Map(
    districts.map((name) => [
      name,
      service.sql(
        `select st_y(p.geom), st_x(p.geom) from district d, st_dump(st_generatepoints(d.area, ${PEOPLE}, 7)) p
         where d.kind = 'school' and d.name = '${name}'`,
      ),
    ]),
  );
  const lines = readFileSync(join(folder, "roster.csv"), "utf8").trimEnd().split(/\r?\n/);
  const [headings = "", ...people] = lines;
  const at = (heading: string) => headings.replace("\uFEFF", "").split(",").indexOf(heading);
  const moved = people.map((line, n) => {
    const cells = line.split(",");
    const name = districts[n % districts.length] ?? "";
    const [lat = "", lon = ""] = homes.get(name)?.[n] ?? [];
    cells[at("住所")] = (cells[at("住所")] ?? "").replace(/^豊中市/, name);
    cells[at("校区")] = "";
    cells[at("緯度")] = lat;
    cells[at("経度")] = lon;
    return cells.join(",");
  });
  const path = join(folder, "roster_inside.csv");
  writeFileSync(path, [headings, ...moved, ""].join("\r\n"));
  return { kind: "避難行動要支援者名簿", path, holds: people.length };
}

function rows(csv: string): number {
  return readFileSync(csv, "utf8").trimEnd().split("\n").length - 1;
}
