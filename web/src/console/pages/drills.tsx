import { api } from "../../api/client";
import type { components } from "../../api/schema";
import { useStore } from "../../ui/store";
import { Table } from "../../ui/table";
import { useWords } from "../../ui/words";
import { useAsk } from "../ask";
import { PageTitle, Waiting } from "../parts/page";
import { When } from "../parts/when";
import { href } from "../router";
import { session } from "../session";
import { words } from "../words";

type DrillState = components["schemas"]["DrillState"];

const TONE = { planned: "", running: "tag-drill", ended: "tag-ok", cancelled: "tag-warn" };

/** How far a drill is, as a tag. */
export function StateTag({ state }: { state: DrillState }) {
  const w = useWords(words);
  return <span class={`tag ${TONE[state]}`}>{w.text(`drill.state.${state}`)}</span>;
}

/** All drills: those under way, those to come, those that are over. */
export default function Drills() {
  const w = useWords(words);
  const { account } = useStore(session);
  const drills = useAsk("drills", () => api.GET("/drills"));
  return (
    <>
      <PageTitle title={w.text("drills.title")} />
      {account?.role === "hq_staff" && (
        <p class="actions">
          <a class="button button-primary" href="#/drills/new">
            {w.text("drills.new")}
          </a>
        </p>
      )}
      {!drills.data ? (
        <Waiting problem={drills.problem} again={drills.again} />
      ) : (
        <section class="card">
          <Table
            caption={w.text("drills.table", { n: drills.data.items.length })}
            rows={drills.data.items}
            rowKey={(d) => d.event.id}
            empty={w.text("drills.empty")}
            columns={[
              {
                key: "name",
                label: w.text("drill.name"),
                cell: (d) => <a href={href("drills", d.event.id)}>{d.event.name}</a>,
              },
              {
                key: "state",
                label: w.text("drill.state"),
                cell: (d) => <StateTag state={d.state} />,
              },
              {
                key: "start",
                label: w.text("drill.starts_at"),
                sortBy: (d) => d.event.started_at,
                cell: (d) => <When at={d.event.started_at} />,
              },
              {
                key: "venues",
                label: w.text("drill.venues"),
                isNumber: true,
                cell: (d) => d.venues,
              },
              {
                key: "bodies",
                label: w.text("drill.bodies"),
                isNumber: true,
                cell: (d) => d.bodies,
              },
            ]}
          />
        </section>
      )}
    </>
  );
}
