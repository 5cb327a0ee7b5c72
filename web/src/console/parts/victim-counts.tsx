import { api } from "../../api/client";
import type { components } from "../../api/schema";
import { Table } from "../../ui/table";
import { useWords } from "../../ui/words";
import { useAsk } from "../ask";
import { clockTime } from "../format";
import { type Key, words } from "../words";
import { Waiting } from "./page";

type Counts = components["schemas"]["VictimCounts"];

/** The registry in figures, as of a time. */
export function VictimFigures({ eventId: id }: { eventId: string }) {
  const w = useWords(words);
  const asked = useAsk(`victims/${id}/counts`, () =>
    api.GET("/events/{id}/victims/counts", { params: { path: { id } } }),
  );
  const c = asked.data;
  if (!c) return <Waiting problem={asked.problem} again={asked.again} />;
  const facts: [Key, number][] = [
    ["victims.counts.contact", c.without_contact],
    ["victims.counts.assistance", c.without_assistance],
    ["victims.counts.protected", c.protected],
    ["victims.counts.removed", c.removed],
  ];
  return (
    <section class="card">
      <p>
        <strong>
          {w.text("victims.counts", {
            as: clockTime(c.as_of, w.lang),
            n: c.people,
            h: c.households,
          })}
        </strong>
      </p>
      <dl class="facts">
        {facts.map(([key, n]) => (
          <div key={key}>
            <dt>{w.text(key)}</dt>
            <dd>{n.toLocaleString()}</dd>
          </div>
        ))}
      </dl>
      {c.people > 0 && <Details counts={c} />}
    </section>
  );
}

function Details({ counts: c }: { counts: Counts }) {
  const w = useWords(words);
  const lines: [Key, string, { key: string; people: number }[]][] = [
    ["victim.where", "victim.where", c.by_whereabouts],
    ["victim.certificate", "victim.certificate", c.by_certificate],
    ["victim.dwelling", "victim.grade", c.by_dwelling],
  ];
  return (
    <>
      <details class="more">
        <summary>{w.text("victims.by_district")}</summary>
        <Table
          caption={w.text("victims.by_district")}
          rows={c.by_district}
          rowKey={(d) => d.district.id}
          empty=""
          columns={[
            { key: "district", label: w.text("victim.district"), cell: (d) => d.district.name },
            {
              key: "people",
              label: w.text("victims.people"),
              isNumber: true,
              sortBy: (d) => d.people,
              cell: (d) => d.people.toLocaleString(),
            },
            {
              key: "contact",
              label: w.text("victims.counts.contact"),
              isNumber: true,
              sortBy: (d) => d.without_contact,
              cell: (d) => d.without_contact.toLocaleString(),
            },
            {
              key: "assistance",
              label: w.text("victims.counts.assistance"),
              isNumber: true,
              sortBy: (d) => d.without_assistance,
              cell: (d) => d.without_assistance.toLocaleString(),
            },
          ]}
        />
      </details>
      <details class="more">
        <summary>{w.text("victims.by_other")}</summary>
        <dl class="facts">
          {lines.map(([label, family, of]) => (
            <div key={label}>
              <dt>{w.text(label)}</dt>
              <dd>
                {of
                  .map((x) => `${w.text(`${family}.${x.key}` as Key)} ${x.people.toLocaleString()}`)
                  .join(w.text("list.comma"))}
              </dd>
            </div>
          ))}
        </dl>
      </details>
    </>
  );
}
