import { useState } from "preact/hooks";
import { api } from "../../api/client";
import { Button } from "../../ui/button";
import { useStore } from "../../ui/store";
import { Table } from "../../ui/table";
import { useWords } from "../../ui/words";
import { useAsk } from "../ask";
import { PageTitle, Waiting } from "../parts/page";
import { When } from "../parts/when";
import { place } from "../router";
import { itemWords } from "../victim-words";
import { type Key, words } from "../words";

/** To whom what of the registry was given, when, by whom, on which ground; never of whom. For the auditor and headquarters. */
export default function GivenList() {
  const w = useWords(words);
  const { query } = useStore(place);
  const event = query.get("event") ?? undefined;
  const [before, setBefore] = useState<string | undefined>();
  const asked = useAsk(`given/${event ?? ""}/${before ?? ""}`, () =>
    api.GET("/victim-disclosures", { params: { query: { event, before } } }),
  );
  const next = asked.data?.next;
  return (
    <>
      <PageTitle title={w.text("given.title")} />
      <p>{w.text("given.words")}</p>
      {!asked.data ? (
        <Waiting problem={asked.problem} again={asked.again} />
      ) : (
        <section class="card">
          <Table
            caption={w.text("given.title")}
            rows={asked.data.items}
            rowKey={(d) => d.id}
            empty={w.text("prov.list.empty")}
            columns={[
              { key: "at", label: w.text("prov.at"), cell: (d) => <When at={d.provided_at} /> },
              {
                key: "serial",
                label: w.text("prov.serial"),
                isNumber: true,
                cell: (d) => d.serial ?? "―",
              },
              {
                key: "to",
                label: w.text("prov.to"),
                cell: (d) => (
                  <>
                    {w.text(`recipient.${d.recipient_kind}` as Key)}
                    {d.recipient_kind !== "self" && (
                      <small class="under">
                        {[d.recipient_name, d.recipient_person].filter(Boolean).join("　")}
                      </small>
                    )}
                  </>
                ),
              },
              { key: "basis", label: w.text("prov.basis"), cell: (d) => d.legal_basis },
              { key: "purpose", label: w.text("prov.purpose"), cell: (d) => d.purpose },
              {
                key: "fields",
                label: w.text("prov.fields"),
                cell: (d) => d.fields.map(itemWords).join(w.text("list.comma")),
              },
              {
                key: "means",
                label: w.text("prov.means"),
                cell: (d) => w.text(`prov.means.${d.means}` as Key),
              },
              { key: "people", label: w.text("prov.count"), isNumber: true, cell: (d) => d.people },
              {
                key: "by",
                label: w.text("given.by"),
                cell: (d) =>
                  [d.provided_by, d.confirmed_by].filter(Boolean).join(w.text("list.comma")),
              },
              { key: "event", label: w.text("import.event"), cell: (d) => d.event.name },
            ]}
          />
          {next && <Button onClick={() => setBefore(next)}>{w.text("victims.next")}</Button>}
        </section>
      )}
    </>
  );
}
