import { api } from "../../api/client";
import type { components } from "../../api/schema";
import { Button } from "../../ui/button";
import { useWords } from "../../ui/words";
import { useAct } from "../ask";
import { birthDay } from "../format";
import type { Row, Sorts } from "../pages/waiting-rows";
import { words } from "../words";
import { ProblemBanner } from "./problem";

type Who = components["schemas"]["Described"];
type Candidate = components["schemas"]["Candidate"];

const FIELDS = [
  "name",
  "name_kana",
  "birth_on",
  "sex",
  "address",
  "actual_address",
  "phones",
  "resident_no",
] as const;

/** One row beside the people it might be; a decided one in a line, with the way back. */
export function WaitingRow(props: {
  id: string;
  row: Row;
  onChanged: (row: Row, sorts: Sorts) => void;
}) {
  const { id, row } = props;
  const w = useWords(words);
  const act = useAct();
  const line = row.line ?? row.seq;
  const params = { path: { id, seq: row.seq } };

  async function decide(decision: "person" | "new" | "leave_out", candidate?: Candidate) {
    const person_id = candidate?.person_id ?? null;
    const body = { person_id, leave_out: decision === "leave_out" };
    const told = await act.run(() => api.PUT("/imports/{id}/rows/{seq}/match", { params, body }));
    if (told?.ok) props.onChanged({ ...row, decision, person_id }, told.data);
  }

  async function takeBack() {
    const told = await act.run(() => api.DELETE("/imports/{id}/rows/{seq}/match", { params }));
    if (told?.ok) props.onChanged({ ...row, decision: null, person_id: null }, told.data);
  }

  /** Only while the focus is inside the row: letters typed elsewhere mean what they say (WCAG 2.1.4). */
  function onKeyDown(event: KeyboardEvent) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const key = event.key.toLowerCase();
    const candidate = row.candidates[Number(key) - 1];
    if (key === "z" && row.decision) void takeBack();
    else if (row.decision) return;
    else if (candidate && candidate.taken_by == null) void decide("person", candidate);
    else if (key === "n") void decide("new");
    else if (key === "x") void decide("leave_out");
    else return;
    event.preventDefault();
  }

  const title = w.text("waiting.row", { line, name: row.who.name ?? "" });
  const chosen = row.candidates.find((c) => c.person_id === row.person_id);
  const only = row.candidates.length === 1;
  return (
    <li
      class={`card waiting-row ${row.decision ? "waiting-decided" : ""}`}
      id={`waiting-${row.seq}`}
      tabIndex={-1}
      aria-labelledby={`waiting-${row.seq}-title`}
      onKeyDown={onKeyDown}
    >
      <h2 id={`waiting-${row.seq}-title`}>{title}</h2>
      <ProblemBanner problem={act.problem} />
      {row.decision ? (
        <div class="actions">
          <p class="waiting-word">
            {row.decision === "person"
              ? w.text("waiting.is.person", { name: chosen?.who.name ?? "" })
              : w.text(row.decision === "new" ? "waiting.is.new" : "waiting.is.leave_out")}
          </p>
          <Button
            icon="undo"
            onClick={() => void takeBack()}
            aria-label={w.text("waiting.undo.of", { line })}
            aria-keyshortcuts="z"
          >
            {w.text("waiting.undo")}
          </Button>
        </div>
      ) : (
        <>
          <Beside row={row} line={line} />
          <fieldset class="actions">
            <legend class="visually-hidden">{w.text("waiting.choose", { line })}</legend>
            {row.candidates.map((candidate, index) =>
              candidate.taken_by == null ? (
                <Button
                  key={candidate.person_id}
                  look="ok"
                  aria-keyshortcuts={`${index + 1}`}
                  onClick={() => void decide("person", candidate)}
                >
                  {only
                    ? w.text("waiting.person.only")
                    : w.text("waiting.person", { n: index + 1 })}
                </Button>
              ) : null,
            )}
            <Button aria-keyshortcuts="n" onClick={() => void decide("new")}>
              {w.text("waiting.somebody_new")}
            </Button>
            <Button look="quiet" aria-keyshortcuts="x" onClick={() => void decide("leave_out")}>
              {w.text("waiting.leave_out")}
            </Button>
          </fieldset>
        </>
      )}
    </li>
  );
}

/** What the row says and what is kept, item by item; what differs is said in a word, not by colour alone. */
function Beside({ row, line }: { row: Row; line: number }) {
  const w = useWords(words);
  const people = [row.who, ...row.candidates.map((c) => c.who)];
  const shown = FIELDS.filter((field) => people.some((who) => said(who, field) !== ""));
  const caption = w.text("waiting.beside", { line });
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard
    <section class="table-box" tabIndex={0} aria-label={caption}>
      <table class={row.candidates.length > 1 ? "beside beside-many" : "beside"} lang="ja">
        <caption class="visually-hidden">{caption}</caption>
        <thead>
          <tr>
            <th scope="col">{w.text("waiting.item")}</th>
            <th scope="col">{w.text("waiting.this_row")}</th>
            {row.candidates.map((candidate, index) => (
              <th key={candidate.person_id} scope="col">
                {w.text("waiting.candidate", { n: index + 1 })}
                {candidate.taken_by != null && (
                  <small class="under">
                    {w.text("waiting.taken", {
                      line: candidate.taken_by_line ?? candidate.taken_by,
                    })}
                  </small>
                )}
                {!candidate.is_listed && (
                  <small class="under">{w.text("waiting.not_listed")}</small>
                )}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map((field) => (
            <tr key={field}>
              <th scope="row">{w.text(`who.${field}`)}</th>
              <td>{said(row.who, field) || "―"}</td>
              {row.candidates.map((candidate) => {
                const differs = candidate.differs.includes(field);
                return (
                  <td key={candidate.person_id} class={differs ? "differs" : undefined}>
                    {said(candidate.who, field) || "―"}
                    {differs && <span class="tag tag-warn">{w.text("waiting.differs")}</span>}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
      {row.candidates.length === 0 && <p class="empty">{w.text("waiting.nobody")}</p>}
    </section>
  );
}

function said(who: Who, field: (typeof FIELDS)[number]): string {
  if (field === "phones") return (who.phones ?? []).map((p) => p.value).join("、");
  if (field === "sex") {
    return who.sex === "male" || who.sex === "female" ? words.text(`sex.${who.sex}`) : "";
  }
  if (field === "birth_on") return who.birth_on ? birthDay(who.birth_on) : "";
  return who[field] ?? "";
}
