import { api } from "../../api/client";
import type { components } from "../../api/schema";
import { Button } from "../../ui/button";
import { useStore } from "../../ui/store";
import { Table } from "../../ui/table";
import { useWords } from "../../ui/words";
import { useAct, useAsk } from "../ask";
import { dayTime } from "../format";
import { PageTitle, Waiting } from "../parts/page";
import { ProblemBanner } from "../parts/problem";
import { href } from "../router";
import { session } from "../session";
import { take } from "../take";
import { words } from "../words";

type Coverage = components["schemas"]["RosterCoverage"];
type Figures = components["schemas"]["RosterFigures"];

const COLUMNS = [
  "listed",
  "consented",
  "by_ordinance",
  "unanswered",
  "refused",
  "withdrawn",
  "plan_in_force",
  "plan_review_due",
  "plan_draft",
  "with_standing_contact",
  "with_phone",
  "with_mail",
] as const satisfies readonly (keyof Figures)[];

/** How far the roster covers each district; a figure that is not said is not zero. */
export default function RosterFigures() {
  const w = useWords(words);
  const { account } = useStore(session);
  const mayList = account?.role !== "planner";
  const act = useAct();
  const asked = useAsk("roster-figures", () => api.GET("/roster/coverage"));
  const go = (format: "csv" | "xlsx") =>
    take(
      act.run,
      () => api.GET("/roster/coverage/export", { params: { query: { format } }, parseAs: "blob" }),
      `roster-coverage.${format}`,
    );
  return (
    <>
      {mayList && (
        <p>
          <a href="#/roster">{w.text("back.roster")}</a>
        </p>
      )}
      <PageTitle title={w.text("figures.title")} />
      <p>{w.text("figures.words")}</p>
      {!asked.data ? (
        <Waiting problem={asked.problem} again={asked.again} />
      ) : (
        <>
          {asked.data.is_suppressed && <p class="card">{w.text("figures.suppressed")}</p>}
          <Shown coverage={asked.data} mayList={mayList} />
          <ProblemBanner problem={act.problem} />
          <p class="actions">
            <Button onClick={() => void go("csv")} aria-busy={act.busy}>
              {w.text("figures.csv")}
            </Button>
            <Button onClick={() => void go("xlsx")} aria-busy={act.busy}>
              {w.text("figures.xlsx")}
            </Button>
          </p>
        </>
      )}
    </>
  );
}

/** The filter of the list that shows the people behind a figure. */
const BEHIND: Partial<Record<(typeof COLUMNS)[number], Record<string, string>>> = {
  listed: {},
  consented: { consent: "consented" },
  by_ordinance: { consent: "not_required_by_ordinance" },
  unanswered: { consent: "unanswered" },
  refused: { consent: "refused" },
  withdrawn: { consent: "withdrawn" },
  plan_in_force: { plan: "in_force" },
  plan_review_due: { plan: "review_due" },
  plan_draft: { plan: "draft" },
  with_standing_contact: { has_contact: "true" },
};

function Shown({ coverage, mayList }: { coverage: Coverage; mayList: boolean }) {
  const w = useWords(words);
  const rows = coverage.items.map((item) => ({
    id: item.district.id,
    name: item.district.name,
    figures: item as Figures,
  }));
  const total = { id: "", name: w.text("figures.total"), figures: coverage.total };
  return (
    <section class="card">
      <Table
        caption={w.text("figures.table", { when: dayTime(coverage.as_of, w.lang) })}
        rows={rows.length > 1 ? [...rows, total] : rows}
        rowKey={(row) => row.id}
        empty={w.text("figures.empty")}
        columns={[
          { key: "district", label: w.text("district"), cell: (row) => row.name },
          ...COLUMNS.map((column) => ({
            key: column,
            label: w.text(`figures.${column}`),
            isNumber: true,
            cell: (row: { id: string; figures: Figures }) => {
              const n = row.figures[column];
              if (n == null) return <small>{w.text("figures.few")}</small>;
              const said = n.toLocaleString();
              const filter = BEHIND[column];
              if (!mayList || !filter || !row.id || n === 0) return said;
              return <a href={href("roster", { district: row.id, ...filter })}>{said}</a>;
            },
          })),
        ]}
      />
    </section>
  );
}
