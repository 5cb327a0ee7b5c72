import { Button } from "../ui/button";
import { useStore } from "../ui/store";
import { type Column, Table } from "../ui/table";
import { useWords } from "../ui/words";
import { capacity, changed, number, people, share } from "./format";
import type { Pointed } from "./map-box";
import { type Comparison, change, closedBy, MOST_CHANGES, plan } from "./state";
import { words } from "./words";

/** Everything that is on the map, in tables: the way for whoever does not see it, or uses no mouse. */
export function Tables(props: { comparison: Comparison; onPoint: (to: Pointed) => void }) {
  const w = useWords(words);
  return (
    <section class="plan-tables" aria-labelledby="tables">
      <h2 id="tables">{w.text("tables.title")}</h2>
      <Districts {...props} />
      <details class="no-print">
        <summary>{w.text("table.sites")}</summary>
        <Sites {...props} />
      </details>
      <details class="no-print">
        <summary>{w.text("table.cells")}</summary>
        <Cells {...props} />
      </details>
    </section>
  );
}

type Props = { comparison: Comparison; onPoint: (to: Pointed) => void };

function Show({ name, onClick }: { name: string; onClick: () => void }) {
  const w = useWords(words);
  return (
    <Button class="no-print" aria-label={w.text("show.map.of", { name })} onClick={onClick}>
      {w.text("show.map")}
    </Button>
  );
}

/** Nothing known sorts last. */
const last = (n: number | null | undefined) => n ?? Number.POSITIVE_INFINITY;

function Districts({ comparison, onPoint }: Props) {
  const w = useWords(words);
  const { changes } = useStore(plan);
  const { districts, cells } = comparison.with;
  type Row = (typeof districts)[number];
  const changeOf = new Map(comparison.districts.map((d) => [d.district.id, d]));
  const columns: Column<Row>[] = [
    {
      key: "district",
      label: w.text("col.district"),
      cell: (d) => d.district.name,
      sortBy: (d) => d.district.name,
    },
    {
      key: "residents",
      label: w.text("col.residents"),
      isNumber: true,
      cell: (d) => people(d.residents, "few"),
      sortBy: (d) => last(d.residents),
    },
    {
      key: "far",
      label: w.text("col.far"),
      isNumber: true,
      cell: (d) => people(d.far, "few"),
      sortBy: (d) => last(d.far),
    },
    { key: "share", label: w.text("col.share"), isNumber: true, cell: share },
    {
      key: "unsure",
      label: w.text("col.unsure"),
      isNumber: true,
      cell: (d) => people(d.unsure, "few"),
      sortBy: (d) => last(d.unsure),
    },
    {
      key: "sites",
      label: w.text("col.sites"),
      isNumber: true,
      cell: (d) => number(d.sites),
      sortBy: (d) => d.sites,
    },
    {
      key: "capacity",
      label: w.text("col.capacity"),
      isNumber: true,
      cell: capacity,
      sortBy: (d) => last(d.capacity),
    },
    {
      key: "short",
      label: w.text("col.short"),
      isNumber: true,
      cell: (d) => people(d.short),
      sortBy: (d) => last(d.short),
    },
  ];
  if (changes.length > 0) {
    columns.push({
      key: "change",
      label: w.text("col.change"),
      cell: (d) => {
        const change = changeOf.get(d.district.id);
        return change ? w.text("col.change.far", { n: changed(change.far) }) : "";
      },
      sortBy: (d) => -Math.abs(changeOf.get(d.district.id)?.far ?? 0),
    });
  }
  columns.push({
    key: "act",
    label: w.text("col.act"),
    cell: (d) => {
      const inside = cells.filter((cell) => cell.district_id === d.district.id);
      if (inside.length === 0) return "";
      return (
        <Show
          name={d.district.name}
          onClick={() => onPoint({ box: inside.map((cell) => [cell.lon, cell.lat]) })}
        />
      );
    },
  });
  return (
    <Table
      caption={w.text("table.districts")}
      columns={columns}
      rows={districts}
      rowKey={(d) => d.district.id}
      empty={w.text("table.empty")}
    />
  );
}

function Sites({ comparison, onPoint }: Props) {
  const w = useWords(words);
  const { changes } = useStore(plan);
  const { sites, districts } = comparison.with;
  type Row = (typeof sites)[number];
  const closed = changes.map(closedBy);
  const gone = comparison.base.sites.filter((site) => closed.includes(site.id));
  const nameOf = new Map(districts.map((d) => [d.district.id, d.district.name]));
  const columns: Column<Row>[] = [
    {
      key: "site",
      label: w.text("col.site"),
      cell: (s) => (
        <>
          {s.name}
          {s.is_added && w.text("site.added")}
          {closed.includes(s.id) && <small class="under warn">{w.text("legend.closed")}</small>}
        </>
      ),
      sortBy: (s) => s.name,
    },
    {
      key: "district",
      label: w.text("col.district"),
      cell: (s) => nameOf.get(s.district_id ?? "") ?? w.text("outside"),
      sortBy: (s) => nameOf.get(s.district_id ?? "") ?? "",
    },
    {
      key: "capacity",
      label: w.text("col.capacity"),
      isNumber: true,
      cell: (s) => people(s.capacity),
      sortBy: (s) => last(s.capacity),
    },
    {
      key: "act",
      label: w.text("col.act"),
      cell: (s) => (
        <div class="actions">
          <Show name={s.name} onClick={() => onPoint({ at: [s.lon, s.lat] })} />
          {!s.is_added && !closed.includes(s.id) && changes.length < MOST_CHANGES && (
            <Button
              aria-label={w.text("site.close.of", { name: s.name })}
              onClick={() => change([...changes, { close: s.id }])}
            >
              {w.text("site.close")}
            </Button>
          )}
        </div>
      ),
    },
  ];
  return (
    <Table
      caption={w.text("table.sites")}
      columns={columns}
      rows={[...sites, ...gone]}
      rowKey={(s) => s.id}
      empty={w.text("sites.empty")}
    />
  );
}

function Cells({ comparison, onPoint }: Props) {
  const w = useWords(words);
  const { cells, districts } = comparison.with;
  type Row = (typeof cells)[number];
  const nameOf = new Map(districts.map((d) => [d.district.id, d.district.name]));
  const state = (c: Row) =>
    [w.text(c.is_far ? "state.far" : "state.near"), c.is_unsure ? w.text("state.unsure") : ""]
      .filter(Boolean)
      .join("・");
  const columns: Column<Row>[] = [
    { key: "cell", label: w.text("col.cell"), cell: (c) => c.cell_no, sortBy: (c) => c.cell_no },
    {
      key: "district",
      label: w.text("col.district"),
      cell: (c) => nameOf.get(c.district_id) ?? "",
      sortBy: (c) => nameOf.get(c.district_id) ?? "",
    },
    {
      key: "people",
      label: w.text("col.people"),
      isNumber: true,
      cell: (c) => people(c.people),
      sortBy: (c) => c.people,
    },
    {
      key: "distance",
      label: w.text("col.distance"),
      isNumber: true,
      cell: (c) =>
        c.distance_m === null || c.distance_m === undefined
          ? w.text("distance.none")
          : `${number(c.distance_m)} m`,
      sortBy: (c) => last(c.distance_m),
    },
    { key: "state", label: w.text("col.state"), cell: state, sortBy: state },
    {
      key: "act",
      label: w.text("col.act"),
      cell: (c) => (
        <Show
          name={`${w.text("col.cell")}${c.cell_no}`}
          onClick={() => onPoint({ at: [c.lon, c.lat] })}
        />
      ),
    },
  ];
  return (
    <Table
      caption={w.text("table.cells")}
      columns={columns}
      rows={cells}
      rowKey={(c) => String(c.cell_no)}
      empty={w.text("table.empty")}
    />
  );
}
