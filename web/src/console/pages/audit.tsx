import { useState } from "preact/hooks";
import { api } from "../../api/client";
import type { components } from "../../api/schema";
import { Button } from "../../ui/button";
import { Field } from "../../ui/field";
import { useStore } from "../../ui/store";
import { Table } from "../../ui/table";
import { useWords } from "../../ui/words";
import { tell, useAsk } from "../ask";
import { PageTitle, Waiting } from "../parts/page";
import { ProblemBanner } from "../parts/problem";
import { When } from "../parts/when";
import { go, href, place } from "../router";
import { type Key, words } from "../words";

type Page = components["schemas"]["AuditPage"];

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const GROUNDS: Record<string, Key> = {
  "49-11-1": "ground.internal",
  "49-11-2": "ground.consent",
  "49-11-3": "ground.emergency",
  "90-4-1-1": "ground.victim_consent",
  "90-4-1-2": "ground.victim_internal",
  "90-4-1-3": "ground.victim_other",
  "90-4-registered": "ground.victim_registered",
};

/** Who saw or changed what, when, on which legal ground. */
export default function Audit() {
  const w = useWords(words);
  const { query } = useStore(place);
  const [subject, setSubject] = useState(query.get("subject") ?? "");
  const [actor, setActor] = useState(query.get("actor") ?? "");
  const [isTried, setTried] = useState(false);
  const bad = (id: string) =>
    id.trim() && !UUID.test(id.trim()) ? w.text("audit.bad_id") : undefined;
  const which = {
    ...(query.get("subject") ? { subject: query.get("subject") as string } : {}),
    ...(query.get("actor") ? { actor: query.get("actor") as string } : {}),
  };

  function submit(event: Event) {
    event.preventDefault();
    setTried(true);
    if (bad(subject) || bad(actor)) return;
    go(
      href("audit", {
        ...(subject.trim() ? { subject: subject.trim() } : {}),
        ...(actor.trim() ? { actor: actor.trim() } : {}),
      }),
    );
  }

  return (
    <>
      <PageTitle title={w.text("audit.title")} />
      <p>{w.text("audit.words")}</p>
      <form class="filters" onSubmit={submit}>
        <Field
          label={w.text("audit.subject")}
          error={isTried ? bad(subject) : undefined}
          value={subject}
          onValue={setSubject}
          spellcheck={false}
        />
        <Field
          label={w.text("audit.actor")}
          error={isTried ? bad(actor) : undefined}
          value={actor}
          onValue={setActor}
          spellcheck={false}
        />
        <div class="field filters-go">
          <Button look="primary" type="submit" icon="search">
            {w.text("audit.filter")}
          </Button>
          {Object.keys(which).length > 0 && <a href="#/audit">{w.text("audit.clear")}</a>}
        </div>
      </form>
      <Lines key={JSON.stringify(which)} which={which} />
    </>
  );
}

function Lines({ which }: { which: { subject?: string; actor?: string } }) {
  const w = useWords(words);
  const [more, setMore] = useState<Page[]>([]);
  const [problem, setProblem] = useState<Parameters<typeof ProblemBanner>[0]["problem"]>(null);
  const first = useAsk(JSON.stringify(which), () =>
    api.GET("/audit", { params: { query: which } }),
  );
  if (!first.data) return <Waiting problem={first.problem} again={first.again} />;
  const pages = [first.data, ...more];
  const rows = pages.flatMap((page) => page.items);
  const next = pages[pages.length - 1]?.next;

  async function load() {
    if (next == null) return;
    const told = await tell(() =>
      api.GET("/audit", { params: { query: { ...which, after: next } } }),
    );
    if (told.ok) setMore([...more, told.data]);
    else setProblem(told.problem);
  }

  return (
    <section class="card">
      <Table
        caption={w.text("audit.table")}
        rows={rows}
        rowKey={(line) => String(line.id)}
        empty={w.text("audit.empty")}
        columns={[
          { key: "at", label: w.text("audit.at"), cell: (line) => <When at={line.at} /> },
          {
            key: "who",
            label: w.text("audit.who"),
            cell: (line) =>
              line.actor_id ? (
                <a href={href("audit", { actor: line.actor_id })}>
                  {line.actor_name ?? line.actor_kind}
                </a>
              ) : (
                line.actor_kind
              ),
          },
          {
            key: "action",
            label: w.text("audit.action"),
            cell: (line) => <code>{line.action}</code>,
          },
          {
            key: "ground",
            label: w.text("audit.ground"),
            cell: (line) => {
              const ground = line.legal_ground ? GROUNDS[line.legal_ground] : undefined;
              return ground ? w.text(ground) : (line.legal_ground ?? "");
            },
          },
          {
            key: "subjects",
            label: w.text("audit.subjects"),
            cell: (line) =>
              line.subjects === 0 ? null : (
                <details>
                  <summary>
                    {line.subject_kind} {w.text("audit.count", { n: line.subjects })}
                  </summary>
                  <ul class="plain ids">
                    {line.subject_ids.map((id) => (
                      <li key={id}>
                        <a href={href("audit", { subject: id })}>{id}</a>
                      </li>
                    ))}
                  </ul>
                </details>
              ),
          },
          {
            key: "detail",
            label: w.text("audit.detail"),
            cell: (line) => <code class="ids">{detailOf(line.detail)}</code>,
          },
        ]}
      />
      <ProblemBanner problem={problem} />
      {next != null && <Button onClick={() => void load()}>{w.text("members.more")}</Button>}
    </section>
  );
}

function detailOf(detail: unknown): string {
  const text = JSON.stringify(detail ?? null);
  return text === "null" || text === "{}" ? "" : text;
}
