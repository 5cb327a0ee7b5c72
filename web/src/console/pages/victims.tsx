import { useState } from "preact/hooks";
import { api } from "../../api/client";
import { Button } from "../../ui/button";
import { Select } from "../../ui/choices";
import { Field } from "../../ui/field";
import { Table } from "../../ui/table";
import { useWords } from "../../ui/words";
import { useAsk } from "../ask";
import { PageTitle, Waiting } from "../parts/page";
import { When } from "../parts/when";
import type { Params } from "../places";
import { href } from "../router";
import { type Key, words } from "../words";

type Only = "" | "without_contact" | "without_assistance";

/** The registry of a disaster: who is in it, whom nobody can reach, whom nobody helped yet. */
export default function Victims({ event: id = "" }: Params) {
  const w = useWords(words);
  const [typed, setTyped] = useState("");
  const [query, setQuery] = useState("");
  const [only, setOnly] = useState<Only>("");
  const [after, setAfter] = useState<number[]>([]);
  const last = after.at(-1);
  const asked = useAsk(`victims/${id}/${query}/${only}/${last ?? ""}`, () =>
    api.GET("/events/{id}/victims", {
      params: {
        path: { id },
        query: { query: query || undefined, only: only || undefined, after: last },
      },
    }),
  );
  const next = asked.data?.next;
  return (
    <>
      <p>
        <a href="#/">{w.text("now.title")}</a>
      </p>
      <PageTitle title={w.text("victims.title")} />
      <p>{w.text("victims.words")}</p>
      <section class="card">
        <form
          class="filters"
          onSubmit={(event) => {
            event.preventDefault();
            setAfter([]);
            setQuery(typed);
          }}
        >
          <Field label={w.text("victims.find")} type="search" value={typed} onValue={setTyped} />
          <Select<Only>
            label={w.text("victims.only")}
            value={only}
            onValue={(value) => {
              setAfter([]);
              setOnly(value);
            }}
            options={[
              { value: "", label: w.text("victims.only.all") },
              { value: "without_contact", label: w.text("victims.only.without_contact") },
              { value: "without_assistance", label: w.text("victims.only.without_assistance") },
            ]}
          />
          <div class="field filters-go">
            <Button type="submit">{w.text("door.find.go")}</Button>
          </div>
        </form>
        {!asked.data ? (
          <Waiting problem={asked.problem} again={asked.again} />
        ) : (
          <Table
            caption={w.text("victims.table", { n: asked.data.items.length })}
            rows={asked.data.items}
            rowKey={(v) => v.id}
            empty={w.text(query || only ? "victims.none" : "victims.empty")}
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
                key: "sources",
                label: w.text("victim.sources"),
                cell: (v) =>
                  v.sources
                    .map((s) => w.text(`victim.source.${s}` as Key))
                    .join(w.text("list.comma")),
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
    </>
  );
}

/** Where somebody was last known to be; nobody said is not nowhere. */
export function whereWords(v: { whereabouts?: string | null; place?: string | null }): string {
  if (!v.whereabouts) return words.text("victim.where.unsaid");
  return v.place ?? (words.text(`victim.where.${v.whereabouts}` as Key) || v.whereabouts);
}
