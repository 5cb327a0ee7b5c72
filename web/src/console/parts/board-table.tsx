import { Icon } from "../../ui/icon";
import { type Column, Table } from "../../ui/table";
import { useWords } from "../../ui/words";
import type { Board, DistrictBoard } from "../board-stream";
import { confirmed, toConfirm } from "../counts";
import { percent } from "../format";
import { href } from "../router";
import { words } from "../words";
import { When } from "./when";

type Bucket = "safe" | "need_help" | "tried" | "unknown" | "unchecked";

/** The districts of a round. Rows stay where they are while figures change; a header sorts when the reader asks. */
export function BoardTable({ board, link }: { board: Board; link: boolean }) {
  const w = useWords(words);

  function count(row: DistrictBoard, bucket: Bucket) {
    const n = row[bucket];
    if (!link || n === 0) return n;
    const to = href("rounds", board.round_id, "members", { district: row.district.id, bucket });
    const label = w.text("board.cell", {
      district: row.district.name,
      bucket: w.text(`bucket.${bucket}`),
      n,
    });
    return (
      <a href={to} aria-label={label}>
        {n}
      </a>
    );
  }

  const bucketColumn = (bucket: Bucket): Column<DistrictBoard> => ({
    key: bucket,
    label: w.text(`bucket.${bucket}`),
    isNumber: true,
    cell: (row) =>
      bucket === "need_help" && row.need_help > 0 ? (
        <strong class="bad">
          <Icon name="danger" />
          {count(row, bucket)}
        </strong>
      ) : (
        count(row, bucket)
      ),
    sortBy: (row) => row[bucket],
  });

  return (
    <Table
      caption={w.text("board.table")}
      rows={board.districts}
      rowKey={(row) => row.district.id}
      empty={w.text("board.empty")}
      columns={[
        {
          key: "district",
          label: w.text("district"),
          sortBy: (row) => row.district.name,
          cell: (row) =>
            link ? (
              <a href={href("rounds", board.round_id, "members", { district: row.district.id })}>
                {row.district.name}
              </a>
            ) : (
              row.district.name
            ),
        },
        {
          key: "confirmed",
          label: w.text("board.confirmed"),
          isNumber: true,
          sortBy: (row) => percent(confirmed(row), toConfirm(row)),
          cell: (row) => <Bar row={row} />,
        },
        bucketColumn("safe"),
        bucketColumn("need_help"),
        bucketColumn("tried"),
        bucketColumn("unknown"),
        bucketColumn("unchecked"),
        {
          key: "not_disclosable",
          label: w.text("board.not_disclosable"),
          isNumber: true,
          cell: (row) => row.not_disclosable,
          sortBy: (row) => row.not_disclosable,
        },
        {
          key: "silent",
          label: w.text("board.silent"),
          isNumber: true,
          sortBy: (row) => row.silent_volunteers,
          cell: (row) => {
            const text = w.text("board.silent.of", {
              silent: row.silent_volunteers,
              all: row.volunteers,
            });
            return row.silent_volunteers > 0 ? (
              <strong class="warn">
                <Icon name="silent" />
                {text}
              </strong>
            ) : (
              text
            );
          },
        },
        {
          key: "heard",
          label: w.text("board.heard"),
          sortBy: (row) => row.last_heard_at ?? "",
          cell: (row) =>
            row.last_heard_at ? (
              <When at={row.last_heard_at} age />
            ) : (
              <span class="warn">{w.text("board.never_heard")}</span>
            ),
        },
      ]}
    />
  );
}

/** How far a district is: the share in figures, and as a bar of the system's own. */
function Bar({ row }: { row: DistrictBoard }) {
  const [part, whole] = [confirmed(row), toConfirm(row)];
  const share = `${percent(part, whole)}%`;
  return (
    <span class="bar">
      <span>
        {share} <small>{`${part}/${whole}`}</small>
      </span>
      <progress max={Math.max(whole, 1)} value={part} aria-hidden="true" />
    </span>
  );
}
