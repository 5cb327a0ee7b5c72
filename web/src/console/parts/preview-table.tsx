import { Table } from "../../ui/table";
import { useWords } from "../../ui/words";
import { leftOut, type Preview } from "../preview";
import { words } from "../words";

/** Every district with what a round would do there; the box before its name chooses it. */
export function PreviewTable(props: {
  rows: Preview[];
  chosen: string[];
  onChosen: (ids: string[]) => void;
}) {
  const w = useWords(words);
  function set(id: string, isChosen: boolean) {
    const others = props.chosen.filter((other) => other !== id);
    props.onChosen(isChosen ? [...others, id] : others);
  }
  return (
    <Table
      caption={w.text("start.table")}
      rows={props.rows}
      rowKey={(row) => row.district.id}
      empty={w.text("start.no_districts")}
      columns={[
        {
          key: "district",
          label: w.text("district"),
          sortBy: (row) => row.district.name,
          cell: (row) => (
            <label class="choice">
              <input
                type="checkbox"
                checked={props.chosen.includes(row.district.id)}
                onChange={(event) => set(row.district.id, event.currentTarget.checked)}
              />
              <span>{row.district.name}</span>
            </label>
          ),
        },
        {
          key: "to_visit",
          label: w.text("start.to_visit"),
          isNumber: true,
          cell: (row) => row.to_visit,
          sortBy: (row) => row.to_visit,
        },
        {
          key: "assigned",
          label: w.text("start.assigned"),
          isNumber: true,
          cell: (row) => row.assigned,
          sortBy: (row) => row.assigned,
        },
        {
          key: "unassigned",
          label: w.text("start.unassigned"),
          isNumber: true,
          cell: (row) =>
            row.volunteers === 0 && row.unassigned > 0 ? (
              <span class="bad">{w.text("start.no_volunteers", { n: row.unassigned })}</span>
            ) : (
              row.unassigned
            ),
          sortBy: (row) => row.unassigned,
        },
        {
          key: "left_out",
          label: w.text("start.left_out"),
          isNumber: true,
          cell: (row) => leftOut(row),
          sortBy: leftOut,
        },
        {
          key: "volunteers",
          label: w.text("start.volunteers"),
          isNumber: true,
          cell: (row) => row.volunteers,
          sortBy: (row) => row.volunteers,
        },
        {
          key: "phones",
          label: w.text("start.phones"),
          isNumber: true,
          cell: (row) => row.phones,
          sortBy: (row) => row.phones,
        },
      ]}
    />
  );
}
