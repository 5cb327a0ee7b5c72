import type { ComponentChildren } from "preact";
import { useId, useState } from "preact/hooks";

export interface Column<Row> {
  key: string;
  label: ComponentChildren;
  /** Right-aligned with tabular figures. */
  isNumber?: boolean;
  cell: (row: Row) => ComponentChildren;
  /** Present: the column can be sorted by this value. */
  sortBy?: (row: Row) => string | number;
}

/** A captioned table that scrolls inside its own box; rows keep their order while figures change unless the reader sorts. */
export function Table<Row>(props: {
  caption: ComponentChildren;
  columns: Column<Row>[];
  rows: Row[];
  rowKey: (row: Row) => string;
  empty: ComponentChildren;
}) {
  const caption = useId();
  const [sort, setSort] = useState<{ key: string; down: boolean } | null>(null);
  const by = props.columns.find((column) => column.key === sort?.key)?.sortBy;
  const rows = by ? [...props.rows].sort((a, b) => compare(by(a), by(b), sort?.down)) : props.rows;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard
    <section class="table-box" tabIndex={0} aria-labelledby={caption}>
      <table>
        <caption id={caption}>{props.caption}</caption>
        <thead>
          <tr>
            {props.columns.map((column) => (
              <th
                key={column.key}
                scope="col"
                class={column.isNumber ? "number" : undefined}
                aria-sort={
                  sort?.key === column.key ? (sort.down ? "descending" : "ascending") : undefined
                }
              >
                {column.sortBy ? (
                  <button
                    type="button"
                    class="sort"
                    onClick={() =>
                      setSort({ key: column.key, down: sort?.key === column.key && !sort.down })
                    }
                  >
                    {column.label}
                    <span aria-hidden="true">
                      {sort?.key === column.key ? (sort.down ? " ▼" : " ▲") : " ↕"}
                    </span>
                  </button>
                ) : (
                  column.label
                )}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={props.rowKey(row)}>
              {props.columns.map((column, index) =>
                index === 0 ? (
                  <th key={column.key} scope="row">
                    {column.cell(row)}
                  </th>
                ) : (
                  <td key={column.key} class={column.isNumber ? "number" : undefined}>
                    {column.cell(row)}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length === 0 && <p class="empty">{props.empty}</p>}
    </section>
  );
}

function compare(a: string | number, b: string | number, down?: boolean): number {
  const order =
    typeof a === "number" && typeof b === "number"
      ? a - b
      : String(a).localeCompare(String(b), "ja");
  return down ? -order : order;
}
