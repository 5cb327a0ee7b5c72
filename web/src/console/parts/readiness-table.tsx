import { api } from "../../api/client";
import { Table } from "../../ui/table";
import { useWords } from "../../ui/words";
import { useAsk } from "../ask";
import { words } from "../words";
import { Waiting } from "./page";

/** 準備のようす: by district, and who is not ready by name. */
export function ReadinessTable({ event }: { event: string }) {
  const w = useWords(words);
  const asked = useAsk(`readiness/${event}`, () =>
    api.GET("/drills/{event}/readiness", { params: { path: { event } } }),
  );
  if (!asked.data) return <Waiting problem={asked.problem} again={asked.again} />;
  const of = (n: number, all: number) => w.text("readiness.of", { n, of: all });
  return (
    <Table
      caption={w.text("readiness.table")}
      rows={asked.data.items}
      rowKey={(d) => d.district.id}
      empty={w.text("readiness.empty")}
      columns={[
        { key: "district", label: w.text("district"), cell: (d) => d.district.name },
        {
          key: "invited",
          label: w.text("readiness.invited"),
          isNumber: true,
          cell: (d) => of(d.invited, d.volunteers),
        },
        {
          key: "opened",
          label: w.text("readiness.opened"),
          isNumber: true,
          cell: (d) => of(d.opened, d.volunteers),
        },
        {
          key: "practised",
          label: w.text("readiness.practised"),
          isNumber: true,
          cell: (d) => of(d.practised_offline, d.volunteers),
        },
        {
          key: "sheets",
          label: w.text("readiness.sheets"),
          isNumber: true,
          cell: (d) => d.sheets_printed,
        },
        {
          key: "people",
          label: w.text("readiness.people"),
          isNumber: true,
          cell: (d) => d.people_to_visit,
        },
        {
          key: "expected",
          label: w.text("readiness.expected"),
          isNumber: true,
          cell: (d) => d.bodies_expected ?? w.text("none"),
        },
        {
          key: "missing",
          label: w.text("readiness.missing"),
          cell: (d) =>
            d.missing.length === 0 ? (
              w.text("none")
            ) : (
              <details>
                <summary>{w.text("readiness.missing.of", { n: d.missing.length })}</summary>
                <ul class="plain">
                  {d.missing.map((m) => (
                    <li key={m.volunteer_id}>
                      {m.name}
                      <small class="under">
                        {[
                          !m.is_invited && w.text("readiness.not.invited"),
                          !m.has_opened && w.text("readiness.not.opened"),
                          !m.has_practised && w.text("readiness.not.practised"),
                        ]
                          .filter(Boolean)
                          .join(w.text("list.comma"))}
                      </small>
                    </li>
                  ))}
                </ul>
              </details>
            ),
        },
      ]}
    />
  );
}
