import { useEffect, useState } from "preact/hooks";
import { api } from "../../api/client";
import type { components } from "../../api/schema";
import { Banner } from "../../ui/banner";
import { useWords } from "../../ui/words";
import { useAsk } from "../ask";
import { dayTime, fileSize } from "../format";
import { type ChangeClass, ClassCounts, hasClasses } from "../parts/change-classes";
import { ImportActs } from "../parts/import-acts";
import { ImportRows } from "../parts/import-rows";
import { PageTitle, Waiting } from "../parts/page";
import { ProblemBanner } from "../parts/problem";
import { When } from "../parts/when";
import type { Params } from "../places";
import { href } from "../router";
import { words } from "../words";

export type Import = components["schemas"]["Import"];
export type Action = components["schemas"]["Action"];

const LOOK_MS = 1_000;
const ACTIONS = ["error", "add", "change", "revoke", "skip", "same"] as const;

/** One import: how far the reading is, what it would change, row by row; then apply, put aside or take back. */
export default function ImportPage({ import: id = "" }: Params) {
  const w = useWords(words);
  const asked = useAsk(`import/${id}`, () =>
    api.GET("/imports/{id}", { params: { path: { id } } }),
  );
  const { again } = asked;
  const status = asked.data?.status;
  const isBusy = status === "staging" || status === "applying";
  useEffect(() => {
    if (!isBusy) return;
    const timer = setInterval(again, LOOK_MS);
    return () => clearInterval(timer);
  }, [isBusy, again]);
  const [chosen, setChosen] = useState<Action | null>(null);
  const [only, setOnly] = useState<ChangeClass | null>(null);
  if (!asked.data) {
    return (
      <>
        <PageTitle title={w.text("imports.title")} />
        <Waiting problem={asked.problem} again={again} />
      </>
    );
  }
  const found = asked.data;
  const count = (action: Exclude<keyof Import["counts"], "classes">) => found.counts[action] ?? 0;
  const first = ACTIONS.find((action) => count(action) > 0) ?? "add";
  const action = chosen ?? first;
  return (
    <>
      <p>
        <a href="#/imports">{w.text("back.imports")}</a>
      </p>
      <PageTitle title={found.file_name || w.text("import.undo_of")}>
        <span class="tag">{w.text(`kind.${found.kind}`)}</span>
      </PageTitle>
      <ProblemBanner problem={asked.problem} />
      <Standing found={found} />
      {found.refusal && <Refused found={found} />}
      {found.failure && (
        <Banner tone="danger" title={w.text("import.failed")}>
          <p lang="ja">{found.failure}</p>
        </Banner>
      )}
      {found.status === "staged" && found.counts.skip > 0 && <WaitingRows found={found} />}
      {!isBusy && !found.refusal && (
        <>
          {found.status !== "discarded" && !found.purged_at && (
            <section class="card" aria-labelledby="preview-title">
              <h2 id="preview-title">
                {w.text(found.status === "staged" ? "import.preview" : "import.did")}
              </h2>
              {found.kind === "roster" && hasClasses(found.counts.classes) && (
                <>
                  <ClassCounts classes={found.counts.classes} chosen={only} onChosen={setOnly} />
                  <p class="small">{w.text("class.urgent")}</p>
                </>
              )}
              <fieldset class="counts">
                <legend>{w.text("import.choose_rows")}</legend>
                {ACTIONS.map((each) => (
                  <button
                    key={each}
                    type="button"
                    class={`count ${each === "error" && count("error") > 0 ? "count-bad" : ""}`}
                    aria-pressed={only === null && action === each}
                    onClick={() => {
                      setOnly(null);
                      setChosen(each);
                    }}
                  >
                    <strong>{count(each).toLocaleString()}</strong>
                    <span>{w.text(`action.${each}`)}</span>
                  </button>
                ))}
              </fieldset>
              {count("warned") > 0 && <p>{w.text("import.warned", { n: count("warned") })}</p>}
              <ImportRows
                key={`${found.status}/${action}/${only ?? ""}`}
                found={found}
                action={action}
                only={only}
              />
            </section>
          )}
          <ImportActs found={found} onChanged={again} />
        </>
      )}
    </>
  );
}

function Standing({ found }: { found: Import }) {
  const w = useWords(words);
  const isBusy = found.status === "staging" || found.status === "applying";
  return (
    <>
      {isBusy && (
        <Banner tone="info" title={w.text(`status.${found.status}`)}>
          <p role="status">{w.text("import.read", { n: found.rows_read.toLocaleString() })}</p>
          <progress aria-label={w.text(`status.${found.status}`)} />
        </Banner>
      )}
      {found.status === "applied" && (
        <Banner tone="ok" title={w.text("status.applied")}>
          <p>
            <When at={found.applied_at} />
          </p>
          {found.undo_until && (
            <p>
              {w.text("import.undo_until", {
                when: dayTime(found.undo_until, w.lang),
              })}
            </p>
          )}
        </Banner>
      )}
      {found.purged_at && (
        <Banner tone="info" title={w.text("import.purged")}>
          <p>
            {w.text("import.purged.words", {
              when: dayTime(found.purged_at, w.lang),
            })}
          </p>
        </Banner>
      )}
      {found.status === "undone" && (
        <Banner tone="info" title={w.text("status.undone")}>
          <p>
            <When at={found.undone_at} />
          </p>
        </Banner>
      )}
      {found.status === "discarded" && <Banner tone="info" title={w.text("status.discarded")} />}
      {found.undo_of && (
        <p>
          <a href={href("imports", found.undo_of)}>{w.text("import.undoes")}</a>
        </p>
      )}
      <p class="small">
        {[
          found.format,
          found.encoding,
          fileSize(found.file_bytes),
          w.text("import.read", { n: found.rows_read.toLocaleString() }),
        ]
          .filter(Boolean)
          .join("　")}
        {"　"}
        <When at={found.created_at} />
      </p>
      {(Object.keys(found.columns_read).length > 0 || found.columns_unread.length > 0) && (
        <details class="more">
          <summary>
            {w.text("import.columns", {
              read: Object.keys(found.columns_read).length,
              unread: found.columns_unread.length,
            })}
          </summary>
          <p>
            {w.text("import.columns.read")}{" "}
            {Object.values(found.columns_read).join(w.text("list.comma"))}
          </p>
          {found.columns_unread.length > 0 && (
            <p>
              {w.text("import.columns.unread")} {found.columns_unread.join(w.text("list.comma"))}
            </p>
          )}
        </details>
      )}
    </>
  );
}

/** Rows that only a human can decide about, before the list is applied. */
function WaitingRows({ found }: { found: Import }) {
  const w = useWords(words);
  const { waiting } = found.counts;
  return (
    <Banner
      tone={waiting > 0 ? "warn" : "ok"}
      title={waiting > 0 ? w.text("waiting.banner", { n: waiting }) : w.text("waiting.done")}
    >
      <p>{w.text("waiting.banner.words")}</p>
      <p>
        <a class="button button-plain" href={href("imports", found.id, "waiting")}>
          {w.text(waiting > 0 ? "waiting.open" : "waiting.see")}
        </a>
      </p>
    </Banner>
  );
}

function Refused({ found }: { found: Import }) {
  const w = useWords(words);
  const { refusal } = found;
  if (!refusal) return null;
  return (
    <Banner tone="danger" title={w.text("import.refused")}>
      <p lang="ja">{refusal.message}</p>
      {refusal.line != null && (
        <p>
          {refusal.column != null
            ? w.text("import.place", { line: refusal.line, column: refusal.column })
            : w.text("import.line", { line: refusal.line })}
        </p>
      )}
      <p>{w.text("import.refused.words")}</p>
      <p>
        {refusal.is_about_columns && (
          <a class="button button-primary" href="#/imports?columns=1">
            {w.text("columns.fix")}
          </a>
        )}{" "}
        <a class="button button-plain" href="#/imports">
          {w.text("import.another")}
        </a>
      </p>
    </Banner>
  );
}
