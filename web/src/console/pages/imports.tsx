import { api } from "../../api/client";
import { Table } from "../../ui/table";
import { useWords } from "../../ui/words";
import { useAsk } from "../ask";
import { BringList } from "../parts/bring-list";
import { PageTitle, Waiting } from "../parts/page";
import { When } from "../parts/when";
import { href } from "../router";
import { words } from "../words";

/** Lists that came in, and bringing another one. Nothing changes before somebody has looked and applied. */
export default function Imports() {
  const w = useWords(words);
  const asked = useAsk("imports", () => api.GET("/imports"));
  return (
    <>
      <PageTitle title={w.text("imports.title")} />
      <BringList />
      {!asked.data ? (
        <Waiting problem={asked.problem} again={asked.again} />
      ) : (
        <section class="card">
          <Table
            caption={w.text("imports.table")}
            rows={asked.data.items}
            rowKey={(i) => i.id}
            empty={w.text("imports.empty")}
            columns={[
              {
                key: "file",
                label: w.text("import.file"),
                cell: (i) => (
                  <a href={href("imports", i.id)}>{i.file_name || w.text("import.undo_of")}</a>
                ),
              },
              { key: "kind", label: w.text("import.kind"), cell: (i) => w.text(`kind.${i.kind}`) },
              {
                key: "status",
                label: w.text("import.status"),
                cell: (i) => (
                  <span
                    class={`tag ${i.status === "refused" ? "tag-danger" : i.status === "applied" ? "tag-ok" : ""}`}
                  >
                    {w.text(`status.${i.status}`)}
                  </span>
                ),
              },
              {
                key: "rows",
                label: w.text("import.rows"),
                isNumber: true,
                sortBy: (i) => i.rows_read,
                cell: (i) => i.rows_read.toLocaleString(),
              },
              {
                key: "at",
                label: w.text("import.at"),
                sortBy: (i) => i.created_at,
                cell: (i) => <When at={i.created_at} />,
              },
            ]}
          />
        </section>
      )}
    </>
  );
}
