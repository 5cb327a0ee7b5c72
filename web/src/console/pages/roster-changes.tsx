import { useState } from "preact/hooks";
import { api } from "../../api/client";
import type { components } from "../../api/schema";
import { Button } from "../../ui/button";
import { Field } from "../../ui/field";
import { Table } from "../../ui/table";
import { useWords } from "../../ui/words";
import { tell, useAsk } from "../ask";
import { toLocalInput } from "../format";
import { type ChangeClass, ClassCounts } from "../parts/change-classes";
import { RowFields } from "../parts/import-rows";
import { PageTitle, Waiting } from "../parts/page";
import { ProblemBanner } from "../parts/problem";
import { When } from "../parts/when";
import { href } from "../router";
import { words } from "../words";

type Changes = components["schemas"]["RosterChanges"];

/** What the imported lists made of the roster since a day. */
export default function RosterChanges() {
  const w = useWords(words);
  const monthAgo = new Date(Date.now() - 30 * 86_400_000).toISOString();
  const [since, setSince] = useState(toLocalInput(monthAgo).slice(0, 10));
  const [chosen, setChosen] = useState<ChangeClass | null>(null);
  const asked = useAsk(`changes/${since}/${chosen}`, () => page());
  const places = useAsk("districts", () => api.GET("/districts"));
  const districts = Object.fromEntries((places.data?.items ?? []).map((d) => [d.id, d.name]));

  function page(after?: string) {
    return api.GET("/roster/changes", {
      params: { query: { since: since || undefined, class: chosen ?? undefined, after } },
    });
  }

  return (
    <>
      <p>
        <a href="#/roster">{w.text("back.roster")}</a>
      </p>
      <PageTitle title={w.text("changes.title")} />
      <p>{w.text("changes.words")}</p>
      <div class="filters">
        <Field label={w.text("changes.since")} type="date" value={since} onValue={setSince} />
      </div>
      {!asked.data ? (
        <Waiting problem={asked.problem} again={asked.again} />
      ) : (
        <>
          <Imports found={asked.data} />
          <section class="card">
            <ClassCounts classes={asked.data.classes} chosen={chosen} onChosen={setChosen} />
            <People
              key={`${since}/${chosen}`}
              first={asked.data}
              districts={districts}
              page={page}
            />
          </section>
        </>
      )}
    </>
  );
}

function Imports({ found }: { found: Changes }) {
  const w = useWords(words);
  return (
    <section class="card">
      <Table
        caption={w.text("changes.imports")}
        rows={found.imports}
        rowKey={(one) => one.id}
        empty={w.text("changes.imports.empty")}
        columns={[
          {
            key: "file",
            label: w.text("import.key"),
            cell: (one) => <a href={href("imports", one.id)}>{one.file_name}</a>,
          },
          { key: "at", label: w.text("audit.at"), cell: (one) => <When at={one.applied_at} /> },
          ...(["new", "changed", "moved", "died", "returned", "left"] as const).map((name) => ({
            key: name,
            label: w.text(`class.${name}`),
            isNumber: true,
            cell: (one: Changes["imports"][number]) => one.classes?.[name] ?? 0,
          })),
          {
            key: "purged",
            label: w.text("paper.act.note"),
            cell: (one) => (one.is_purged ? w.text("changes.purged") : ""),
          },
        ]}
      />
    </section>
  );
}

function People(props: {
  first: Changes;
  districts: Record<string, string>;
  page: (
    after: string,
  ) => Promise<{ data?: Changes | undefined; error?: unknown; response: Response }>;
}) {
  const w = useWords(words);
  const [more, setMore] = useState<Changes[]>([]);
  const [problem, setProblem] = useState<Parameters<typeof ProblemBanner>[0]["problem"]>(null);
  const pages = [props.first, ...more];
  const rows = pages.flatMap((one) => one.items);
  const next = pages[pages.length - 1]?.next;

  async function load() {
    if (!next) return;
    const told = await tell(() => props.page(next));
    if (told.ok && told.data) setMore([...more, told.data]);
    else if (!told.ok) setProblem(told.problem);
  }

  return (
    <>
      <Table
        caption={w.text("changes.table", { n: rows.length })}
        rows={rows}
        rowKey={(row) => `${row.import_id}/${row.seq}`}
        empty={w.text("changes.empty")}
        columns={[
          {
            key: "name",
            label: w.text("member.name"),
            cell: (row) => (
              <>
                <a href={href("people", row.person_id)}>{row.name}</a>
                <small class="under">
                  {[row.name_kana, row.district.name].filter(Boolean).join("　")}
                </small>
              </>
            ),
          },
          {
            key: "class",
            label: w.text("changes.class"),
            cell: (row) => w.text(`class.${row.class}`),
          },
          {
            key: "what",
            label: w.text("import.changes"),
            cell: (row) =>
              row.class === "new" || row.class === "left" ? (
                ""
              ) : (
                <RowFields
                  row={{ ...row, action: "change" }}
                  headings={{}}
                  districts={props.districts}
                />
              ),
          },
          { key: "at", label: w.text("audit.at"), cell: (row) => <When at={row.applied_at} /> },
        ]}
      />
      <ProblemBanner problem={problem} />
      {next && <Button onClick={() => void load()}>{w.text("members.more")}</Button>}
    </>
  );
}
