import { api } from "../../api/client";
import { Table } from "../../ui/table";
import { useWords } from "../../ui/words";
import { useAsk } from "../ask";
import { PageTitle, Waiting } from "../parts/page";
import { When } from "../parts/when";
import type { Params } from "../places";
import { href } from "../router";
import { type Key, words } from "../words";
import { stateOf } from "./provision";

/** The provisions of a disaster: prepared, waiting for a second person, given, given up. */
export default function Provisions({ event = "" }: Params) {
  const w = useWords(words);
  const asked = useAsk(`provisions/${event}`, () =>
    api.GET("/events/{id}/provisions", { params: { path: { id: event } } }),
  );
  return (
    <>
      <p>
        <a href={href("events", event, "victims")}>{w.text("victims.title")}</a>
      </p>
      <PageTitle title={w.text("victims.provisions")} />
      <p class="actions">
        <a class="button button-plain" href={href("events", event, "victims", "provide")}>
          {w.text("victims.provide")}
        </a>
        <a class="button button-plain" href={href("victim-disclosures", { event })}>
          {w.text("given.title")}
        </a>
      </p>
      {!asked.data ? (
        <Waiting problem={asked.problem} again={asked.again} />
      ) : (
        <section class="card">
          <Table
            caption={w.text("victims.provisions")}
            rows={asked.data.items}
            rowKey={(p) => p.id}
            empty={w.text("prov.list.empty")}
            columns={[
              {
                key: "at",
                label: w.text("prov.at"),
                cell: (p) => (
                  <a href={href("provisions", p.id)}>
                    <When at={p.issued_at ?? p.prepared_at} />
                  </a>
                ),
              },
              { key: "state", label: w.text("prov.state"), cell: (p) => w.text(stateOf(p)) },
              {
                key: "serial",
                label: w.text("prov.serial"),
                isNumber: true,
                cell: (p) => p.serial ?? "―",
              },
              {
                key: "kind",
                label: w.text("prov.to.kind"),
                cell: (p) => w.text(`recipient.${p.recipient_kind}` as Key),
              },
              { key: "to", label: w.text("prov.to.name"), cell: (p) => p.recipient_name },
              { key: "people", label: w.text("prov.count"), isNumber: true, cell: (p) => p.people },
              { key: "by", label: w.text("prov.prepared.by"), cell: (p) => p.prepared_by ?? "―" },
            ]}
          />
        </section>
      )}
    </>
  );
}
