import { useState } from "preact/hooks";
import { api } from "../../api/client";
import type { components } from "../../api/schema";
import { Button } from "../../ui/button";
import { Table } from "../../ui/table";
import { useWords } from "../../ui/words";
import { tell, useAsk } from "../ask";
import { rowFields } from "../import-row";
import { fieldWords, valueWords } from "../import-words";
import type { Action, Import } from "../pages/import";
import { words } from "../words";
import type { ChangeClass } from "./change-classes";
import { Waiting } from "./page";
import { ProblemBanner } from "./problem";

type Row = components["schemas"]["ImportRow"];

/** The rows that would do one thing: line, key, what changes from what to what, every complaint. */
export function ImportRows({
  found,
  action,
  only,
}: {
  found: Import;
  action: Action;
  /** Of a roster: the people of whom this becomes, whatever the row does. */
  only?: ChangeClass | null;
}) {
  const w = useWords(words);
  const [more, setMore] = useState<{ items: Row[]; next?: number | null }[]>([]);
  const [problem, setProblem] = useState<Parameters<typeof ProblemBanner>[0]["problem"]>(null);
  const first = useAsk(`rows/${found.id}/${action}/${only ?? ""}`, () => rowsAfter(0));
  const places = useAsk("districts", () => api.GET("/districts"));
  if (!first.data) return <Waiting problem={first.problem} again={first.again} />;
  const districts = Object.fromEntries((places.data?.items ?? []).map((d) => [d.id, d.name]));
  const pages = [first.data, ...more];
  const rows = pages.flatMap((page) => page.items);
  const next = pages[pages.length - 1]?.next;

  function rowsAfter(after: number) {
    return api.GET("/imports/{id}/rows", {
      params: {
        path: { id: found.id },
        query: { ...(only ? { class: only } : { action }), after, limit: 50 },
      },
    });
  }

  async function load() {
    if (next == null) return;
    const told = await tell(() => rowsAfter(next));
    if (told.ok) setMore([...more, told.data]);
    else setProblem(told.problem);
  }

  return (
    <>
      <Table
        caption={w.text(only ? `class.${only}` : (`action.${action}` as "action.add"))}
        rows={rows}
        rowKey={(row) => String(row.seq)}
        empty={w.text("import.no_rows")}
        columns={[
          {
            key: "line",
            label: w.text("import.line.short"),
            isNumber: true,
            cell: (row) => row.line ?? w.text("import.not_in_file"),
          },
          { key: "key", label: w.text("import.key"), cell: (row) => row.key },
          {
            key: "what",
            label: w.text(action === "change" ? "import.changes" : "import.content"),
            cell: (row) => (
              <RowFields row={row} headings={found.columns_read} districts={districts} />
            ),
          },
          {
            key: "complaints",
            label: w.text("import.complaints"),
            cell: (row) => (
              <ul class="plain" lang="ja">
                {row.complaints.map((complaint) => (
                  <li
                    key={complaint.column + complaint.message}
                    class={complaint.is_error ? "bad" : "warn"}
                  >
                    {complaint.column && <strong>{complaint.column}</strong>} {complaint.message}
                  </li>
                ))}
              </ul>
            ),
          },
        ]}
      />
      <ProblemBanner problem={problem} />
      {next != null && <Button onClick={() => void load()}>{w.text("members.more")}</Button>}
    </>
  );
}

/** The fields of a row under the list's own headings; a change as before and after. */
export function RowFields(props: {
  row: Parameters<typeof rowFields>[0];
  headings: Record<string, string>;
  districts: Record<string, string>;
}) {
  const { row, headings, districts } = props;
  const w = useWords(words);
  const fields = rowFields(row, headings);
  return (
    <dl class="diff">
      {fields.map((field) => (
        <div key={field.name}>
          <dt>{field.heading === field.name ? fieldWords(field.name) : field.heading}</dt>
          <dd>
            {field.before !== undefined && (
              <>
                <span class="visually-hidden">{w.text("import.before")}</span>
                <del>{valueWords(field.name, field.before, districts) || "―"}</del>{" "}
                <span aria-hidden="true">→</span>{" "}
                <span class="visually-hidden">{w.text("import.after")}</span>
              </>
            )}
            <span>{valueWords(field.name, field.after, districts) || "―"}</span>
          </dd>
        </div>
      ))}
    </dl>
  );
}
