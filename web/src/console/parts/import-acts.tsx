import { useState } from "preact/hooks";
import { api, slugOf } from "../../api/client";
import type { components } from "../../api/schema";
import { Banner } from "../../ui/banner";
import { Button } from "../../ui/button";
import { Check } from "../../ui/choices";
import { Dialog } from "../../ui/dialog";
import { useWords } from "../../ui/words";
import { useAct } from "../ask";
import type { Import } from "../pages/import";
import { words } from "../words";
import { ProblemBanner } from "./problem";

type Undone = components["schemas"]["Undone"];

/** What can be done with an import where it stands. */
export function ImportActs({
  found,
  onChanged,
}: {
  found: Import;
  onChanged: () => Promise<void>;
}) {
  const w = useWords(words);
  const [exceptErrors, setExceptErrors] = useState(false);
  const [isUndoing, setUndoing] = useState(false);
  const [undone, setUndone] = useState<Undone | null>(null);
  const act = useAct();
  const path = { id: found.id };
  const { add = 0, change = 0, revoke = 0, error: errors = 0 } = found.counts;
  const changes = add + change + revoke;

  async function apply() {
    const told = await act.run(() =>
      api.POST("/imports/{id}/apply", { params: { path, query: { except_errors: exceptErrors } } }),
    );
    if (told?.ok) await onChanged();
  }

  async function discard() {
    const told = await act.run(() => api.POST("/imports/{id}/discard", { params: { path } }));
    if (told?.ok) await onChanged();
  }

  async function undo() {
    const told = await act.run(() => api.POST("/imports/{id}/undo", { params: { path } }));
    setUndoing(false);
    if (!told?.ok) return;
    setUndone(told.data);
    await onChanged();
  }

  const isOver = !["staged", "refused"].includes(found.status) && !found.undo_until;
  if (isOver && !undone && !act.problem) return null;
  const needsSecond = slugOf(act.problem) === "second-person-required";
  return (
    <section class="card" aria-label={w.text("import.acts")}>
      {needsSecond ? (
        <Banner tone="warn" title={w.text("import.second")}>
          <p lang="ja">{act.problem?.detail}</p>
          <p>{w.text("import.second.how")}</p>
        </Banner>
      ) : (
        <ProblemBanner problem={act.problem} />
      )}
      {undone && <Leftovers undone={undone} />}
      {found.status === "staged" && (
        <>
          {found.needs_second && !needsSecond && (
            <Banner tone="info" title={w.text("import.second.will")}>
              <p>{w.text("import.second.how")}</p>
            </Banner>
          )}
          {errors > 0 && (
            <>
              <Banner tone="warn" title={w.text("import.errors", { n: errors })}>
                <p>{w.text("import.errors.words")}</p>
              </Banner>
              <div class="field">
                <Check checked={exceptErrors} onChecked={setExceptErrors}>
                  {w.text("import.except_errors", { n: errors })}
                </Check>
              </div>
            </>
          )}
          <div class="actions">
            <Button look="primary" onClick={() => void apply()} aria-busy={act.busy}>
              {w.text("import.apply", { n: changes.toLocaleString() })}
            </Button>
            <Button onClick={() => void discard()}>{w.text("import.discard")}</Button>
          </div>
        </>
      )}
      {found.status === "refused" && (
        <Button onClick={() => void discard()}>{w.text("import.discard")}</Button>
      )}
      {found.undo_until && (
        <Button icon="undo" onClick={() => setUndoing(true)}>
          {w.text("import.undo")}
        </Button>
      )}
      {isUndoing && (
        <Dialog title={w.text("import.undo")} onClose={() => setUndoing(false)}>
          <p>{w.text("import.undo.words")}</p>
          <div class="actions">
            <Button look="danger" onClick={() => void undo()} aria-busy={act.busy}>
              {w.text("import.undo.submit")}
            </Button>
            <Button onClick={() => setUndoing(false)}>{w.text("cancel")}</Button>
          </div>
        </Dialog>
      )}
    </section>
  );
}

function Leftovers({ undone }: { undone: Undone }) {
  const w = useWords(words);
  return (
    <>
      <Banner
        tone="ok"
        title={w.text("import.restored", { n: undone.restored.toLocaleString() })}
      />
      {undone.left.length > 0 && (
        <Banner tone="warn" title={w.text("import.left", { n: undone.left.length })}>
          <ul lang="ja">
            {undone.left.map((left) => (
              <li key={left.key}>
                <strong>{left.key}</strong> {left.why}
              </li>
            ))}
          </ul>
        </Banner>
      )}
    </>
  );
}
