import { useState } from "preact/hooks";
import { api } from "../../api/client";
import { Button } from "../../ui/button";
import { Field } from "../../ui/field";
import { Table } from "../../ui/table";
import { useWords } from "../../ui/words";
import { useAsk } from "../ask";
import { ExportVictims } from "../parts/export-victims";
import { PageTitle, Waiting } from "../parts/page";
import { VictimFigures } from "../parts/victim-counts";
import { type Filter, VictimFilter } from "../parts/victim-filter";
import { When } from "../parts/when";
import type { Params } from "../places";
import { href } from "../router";
import { dwellingWords, whereWords } from "../victim-words";
import { type Key, words } from "../words";

/** The registry of a disaster: who is in it, whom nobody can reach, whom nobody helped yet. */
export default function Victims({ event: id = "" }: Params) {
  const w = useWords(words);
  const [typed, setTyped] = useState("");
  const [filter, setFilter] = useState<Filter>({});
  const [after, setAfter] = useState<number[]>([]);
  const last = after.at(-1);
  const asked = useAsk(`victims/${id}/${JSON.stringify(filter)}/${last ?? ""}`, () =>
    api.GET("/events/{id}/victims", {
      params: { path: { id }, query: { ...filter, after: last } },
    }),
  );
  const next = asked.data?.next;
  function narrow(to: Filter) {
    setAfter([]);
    setFilter(to);
  }
  const ways: [Key, string][] = [
    ["victims.new", href("events", id, "victims", "new")],
    ["victims.batch", href("events", id, "victims", "batch")],
    ["victims.import", href("imports", { kind: "victims", event: id })],
    ["victims.provide", href("events", id, "victims", "provide")],
    ["victims.provisions", href("events", id, "provisions")],
  ];
  return (
    <>
      <p>
        <a href="#/">{w.text("now.title")}</a>
      </p>
      <PageTitle title={w.text("victims.title")} />
      <p>{w.text("victims.words")}</p>
      <nav class="actions" aria-label={w.text("victims.title")}>
        {ways.map(([key, to]) => (
          <a key={key} class="button button-plain" href={to}>
            {w.text(key)}
          </a>
        ))}
      </nav>
      <VictimFigures eventId={id} />
      <section class="card">
        <form
          class="filters"
          onSubmit={(event) => {
            event.preventDefault();
            narrow({ ...filter, query: typed || undefined });
          }}
        >
          <Field label={w.text("victims.find")} type="search" value={typed} onValue={setTyped} />
          <div class="field filters-go">
            <Button type="submit">{w.text("door.find.go")}</Button>
          </div>
        </form>
        <div class="filters">
          <VictimFilter
            filter={filter}
            onFilter={narrow}
            only={["without_contact", "without_assistance", "removed"]}
          />
        </div>
        {!asked.data ? (
          <Waiting problem={asked.problem} again={asked.again} />
        ) : (
          <Table
            caption={w.text("victims.table", { n: asked.data.items.length })}
            rows={asked.data.items}
            rowKey={(v) => v.id}
            empty={w.text(Object.values(filter).some(Boolean) ? "victims.none" : "victims.empty")}
            columns={[
              {
                key: "number",
                label: w.text("victim.number"),
                isNumber: true,
                cell: (v) => v.number,
              },
              {
                key: "name",
                label: w.text("door.name"),
                cell: (v) => (
                  <>
                    <a href={href("victims", v.id)}>{v.name}</a>
                    <small class="under">{v.name_kana}</small>
                    {v.is_protected && (
                      <span class="tag tag-danger">{w.text("door.protected")}</span>
                    )}
                  </>
                ),
              },
              { key: "birth", label: w.text("door.birth"), cell: (v) => v.birth_on ?? "―" },
              { key: "district", label: w.text("victim.district"), cell: (v) => v.district.name },
              {
                key: "where",
                label: w.text("victim.whereabouts"),
                cell: (v) => (
                  <>
                    {whereWords(v)}
                    {v.whereabouts_since && (
                      <small class="under">
                        <When at={v.whereabouts_since} age />
                      </small>
                    )}
                  </>
                ),
              },
              {
                key: "contact",
                label: w.text("victim.contact"),
                cell: (v) => w.text(v.has_contact ? "victim.contact.known" : "victim.contact.none"),
              },
              {
                key: "dwelling",
                label: w.text("victim.dwelling"),
                cell: (v) => dwellingWords(v.dwelling_damage),
              },
              {
                key: "certificate",
                label: w.text("victim.certificate"),
                cell: (v) => w.text(`victim.certificate.${v.certificate}` as Key),
              },
              {
                key: "assistance",
                label: w.text("victim.assist"),
                isNumber: true,
                cell: (v) => v.assistance,
              },
            ]}
          />
        )}
        <p class="actions">
          {after.length > 0 && (
            <Button onClick={() => setAfter(after.slice(0, -1))}>{w.text("victims.before")}</Button>
          )}
          {next != null && (
            <Button onClick={() => setAfter([...after, next])}>{w.text("victims.next")}</Button>
          )}
        </p>
      </section>
      <ExportVictims eventId={id} filter={filter} />
    </>
  );
}
