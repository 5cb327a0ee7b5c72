import { useState } from "preact/hooks";
import { api } from "../../api/client";
import type { components } from "../../api/schema";
import { Button } from "../../ui/button";
import { announce } from "../../ui/live-region";
import { useStore } from "../../ui/store";
import { Table } from "../../ui/table";
import { useWords } from "../../ui/words";
import { useAsk } from "../ask";
import { FacilityDialog } from "../parts/facility-dialog";
import { PageTitle, Waiting } from "../parts/page";
import { ProblemBanner } from "../parts/problem";
import { session } from "../session";
import { words } from "../words";

type Facility = components["schemas"]["Facility"];

/** Homes and hospitals that count for themselves. Headquarters registers them; leads read those of their districts. */
export default function Facilities() {
  const w = useWords(words);
  const { account } = useStore(session);
  const isStaff = account?.role === "hq_staff";
  const asked = useAsk("facilities", () => api.GET("/facilities"));
  const [editing, setEditing] = useState<Facility | "new" | null>(null);

  async function done() {
    setEditing(null);
    announce(w.text("facilities.saved"));
    await asked.again();
  }

  return (
    <>
      <PageTitle title={w.text("facilities.title")} />
      <p>{w.text("facilities.words")}</p>
      {!asked.data ? (
        <Waiting problem={asked.problem} again={asked.again} />
      ) : (
        <>
          <ProblemBanner problem={asked.problem} />
          {isStaff && (
            <p class="actions">
              <Button look="primary" icon="add" onClick={() => setEditing("new")}>
                {w.text("facilities.new")}
              </Button>
            </p>
          )}
          <section class="card">
            <FacilityTable items={asked.data.items} onEdit={isStaff ? setEditing : null} />
          </section>
        </>
      )}
      {editing && (
        <FacilityDialog
          facility={editing === "new" ? null : editing}
          onClose={() => setEditing(null)}
          onDone={done}
        />
      )}
    </>
  );
}

function FacilityTable(props: { items: Facility[]; onEdit: ((f: Facility) => void) | null }) {
  const w = useWords(words);
  const { onEdit } = props;
  return (
    <Table
      caption={w.text("facilities.table", { n: props.items.length })}
      rows={props.items}
      rowKey={(f) => f.id}
      empty={w.text("facilities.empty")}
      columns={[
        {
          key: "name",
          label: w.text("facilities.name"),
          sortBy: (f) => f.name_kana || f.name,
          cell: (f) => (
            <>
              {f.name} {f.ended_on && <span class="tag">{w.text("facilities.is_ended")}</span>}
              <small class="under">{f.address}</small>
            </>
          ),
        },
        {
          key: "kind",
          label: w.text("facilities.kind"),
          sortBy: (f) => f.kind,
          cell: (f) => w.text(`facility.kind.${f.kind}`),
        },
        {
          key: "district",
          label: w.text("district"),
          sortBy: (f) => f.district.name,
          cell: (f) => f.district.name,
        },
        {
          key: "phone",
          label: w.text("facilities.phone"),
          cell: (f) => (
            <>
              {f.phone && <a href={`tel:${f.phone.replace(/[^\d+]/g, "")}`}>{f.phone}</a>}
              <small class="under">{f.contact_name}</small>
            </>
          ),
        },
        {
          key: "capacity",
          label: w.text("facilities.capacity"),
          isNumber: true,
          sortBy: (f) => f.capacity ?? -1,
          cell: (f) => f.capacity ?? w.text("facility.unknown"),
        },
        ...(onEdit
          ? [
              {
                key: "act",
                label: w.text("column.act"),
                cell: (f: Facility) => (
                  <Button
                    look="quiet"
                    aria-label={w.text("facilities.change", { name: f.name })}
                    onClick={() => onEdit(f)}
                  >
                    {w.text("facilities.change.short")}
                  </Button>
                ),
              },
            ]
          : []),
      ]}
    />
  );
}
