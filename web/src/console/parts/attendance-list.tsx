import { api } from "../../api/client";
import type { components } from "../../api/schema";
import { uuidv7 } from "../../offline/bytes";
import { Button } from "../../ui/button";
import { announce } from "../../ui/live-region";
import { Table } from "../../ui/table";
import { useWords } from "../../ui/words";
import { useAct, useAsk } from "../ask";
import { save } from "../save";
import { words } from "../words";
import { Waiting } from "./page";
import { ProblemBanner } from "./problem";
import { When } from "./when";

type Attendee = components["schemas"]["Attendee"];

/** Everybody who was received, to look up and to take back; names, so only for those who run the gates. */
export function AttendanceList({ event, venue }: { event: string; venue: string }) {
  const w = useWords(words);
  const asked = useAsk(`attendance/${event}/${venue}`, () =>
    api.GET("/drills/{event}/attendance/list", {
      params: { path: { event }, query: venue ? { venue } : {} },
    }),
  );
  const act = useAct();
  const nameOf = (a: Attendee) =>
    a.name || (a.kind === "group" ? (a.body ?? "") : w.text("attendance.hidden"));

  async function undo(a: Attendee) {
    const told = await act.run(() =>
      api.POST("/drills/{event}/attendance", {
        params: { path: { event } },
        body: {
          id: uuidv7(),
          venue_id: a.venue_id,
          kind: a.kind,
          way: a.way,
          corrects: a.id,
          is_withdrawal: true,
        },
      }),
    );
    if (!told?.ok) return;
    announce(w.text("attendance.undone"));
    await asked.again();
  }
  async function take(format: "csv" | "xlsx") {
    const told = await act.run(async () => {
      const { data, error, response } = await api.GET("/drills/{event}/attendance/export", {
        params: { path: { event }, query: { format } },
        parseAs: "blob",
      });
      return { data: data as unknown as Blob, error, response };
    });
    if (told?.ok) save(told.data, `attendance.${format}`);
  }

  if (!asked.data) return <Waiting problem={asked.problem} again={asked.again} />;
  return (
    <>
      <ProblemBanner problem={act.problem} />
      <Table
        caption={w.text("attendance.list", { n: asked.data.items.length })}
        rows={asked.data.items}
        rowKey={(a) => a.id}
        empty={w.text("attendance.list.empty")}
        columns={[
          { key: "name", label: w.text("attendance.name"), cell: nameOf },
          { key: "body", label: w.text("attendance.body"), cell: (a) => a.body ?? "" },
          {
            key: "people",
            label: w.text("attendance.people"),
            isNumber: true,
            cell: (a) => (a.kind === "group" ? a.people : 1),
          },
          { key: "venue", label: w.text("drill.venues"), cell: (a) => a.venue },
          {
            key: "way",
            label: w.text("attendance.way"),
            cell: (a) => w.text(`attendance.way.${a.way}`),
          },
          {
            key: "at",
            label: w.text("attendance.at"),
            sortBy: (a) => a.observed_at,
            cell: (a) => <When at={a.observed_at} />,
          },
          {
            key: "undo",
            label: w.text("attendance.undo"),
            cell: (a) => (
              <Button
                look="quiet"
                aria-label={w.text("attendance.undo.of", { name: nameOf(a) })}
                onClick={() => void undo(a)}
              >
                {w.text("attendance.undo")}
              </Button>
            ),
          },
        ]}
      />
      <p class="actions">
        <Button onClick={() => void take("csv")}>{w.text("export.csv")}</Button>
        <Button onClick={() => void take("xlsx")}>{w.text("export.xlsx")}</Button>
      </p>
    </>
  );
}
