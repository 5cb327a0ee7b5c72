import { useEffect, useRef, useState } from "preact/hooks";
import { api } from "../../api/client";
import { hiragana } from "../../field/model";
import { uuidv7 } from "../../offline/bytes";
import { Banner } from "../../ui/banner";
import { Button } from "../../ui/button";
import { Select } from "../../ui/choices";
import { Field } from "../../ui/field";
import { announce } from "../../ui/live-region";
import { useWords } from "../../ui/words";
import { useAct } from "../ask";
import { toLocalInput } from "../format";
import { parseCount, parseResult, parseTime, RESULTS, WAYS } from "../sheet-keys";
import {
  type Entry,
  entryWords,
  type How,
  type Line,
  NO_EXTRA,
  nextLine,
  type Sheet,
  useTyping,
} from "../typing";
import { words } from "../words";
import { ProblemBanner } from "./problem";

type Part = "line" | "result" | "time";

/** Line, result, time: three fields and Enter between them; everything by keyboard, with undo. */
export function TypeLines({ sheet, again }: { sheet: Sheet; again: () => Promise<void> }) {
  const w = useWords(words);
  const typing = useTyping(sheet, again);
  const [no, setNo] = useState(String(nextLine(sheet.lines, 0)?.line_no ?? 1));
  const [result, setResult] = useState("");
  const [time, setTime] = useState("");
  const [extra, setExtra] = useState(NO_EXTRA);
  const [day, setDay] = useState(() => toLocalInput(new Date().toISOString()).slice(0, 10));
  const [walker, setWalker] = useState("");
  const [wrong, setWrong] = useState<{ part: Part | "told"; words: string } | null>(null);
  const [doubt, setDoubt] = useState<{ line: Line; entry: Entry } | null>(null);
  const form = useRef<HTMLFormElement>(null);
  const line = typing.lines.find((l) => l.line_no === parseCount(no));

  function focus(part: Part | "told") {
    const field = form.current?.querySelector<HTMLInputElement>(`[name="${part}"]`);
    field?.focus();
    field?.select();
  }
  useEffect(() => focus("result"), []);

  function refuse(part: Part | "told", text: string) {
    setWrong({ part, words: text });
    focus(part);
  }

  function goTo(next: Line | undefined) {
    setResult("");
    setExtra(NO_EXTRA);
    setWrong(null);
    setDoubt(null);
    if (next) setNo(String(next.line_no));
    focus("result");
  }

  function afterResult() {
    if (!line) return refuse("line", w.text("type.no_line", { line: no }));
    if (result.trim() === "") {
      return goTo(typing.lines.find((l) => l.line_no > line.line_no) ?? typing.lines[0]);
    }
    const typed = parseResult(result);
    if (!typed) return refuse("result", w.text("type.bad_key", { key: result }));
    if (typed.result.marker && !sheet.looks_for_marker) {
      return refuse("result", w.text("type.no_marker"));
    }
    setWrong(null);
    focus("time");
  }

  async function save(how: How = null) {
    const typed = parseResult(result);
    if (!line || !typed) return afterResult();
    const observedAt = parseTime(time, day);
    if (!observedAt) return refuse("time", w.text("type.bad_time"));
    const isTold = typed.attempt === "family" || typed.attempt === "neighbour";
    if (isTold && extra.toldBy.trim() === "") {
      return refuse("told", w.text("record.told_by.missing"));
    }
    const before = line.typed.at(-1);
    if (before && !how) {
      setDoubt({ line, entry: before });
      return;
    }
    if (await typing.type(line, typed, observedAt, walker, extra, how)) {
      goTo(
        nextLine(
          typing.lines.filter((l) => l !== line),
          line.line_no,
        ),
      );
    }
  }

  async function undo() {
    const back = await typing.undo();
    if (back) goTo(back);
  }

  function onKey(event: KeyboardEvent) {
    // A word that is still being composed takes Enter and Esc for itself.
    if (event.isComposing) return;
    const part = (event.target as HTMLInputElement).name as Part | "";
    if (event.key === "F9") {
      event.preventDefault();
      void undo();
    } else if (event.key === "Escape" && part) {
      event.preventDefault();
      if (doubt) setDoubt(null);
      focus(part === "time" ? "result" : part === "result" ? "line" : "time");
    } else if (event.key === "Enter" && part === "line") {
      event.preventDefault();
      if (line) goTo(line);
      else refuse("line", w.text("type.no_line", { line: no }));
    } else if (event.key === "Enter" && part === "result") {
      event.preventDefault();
      afterResult();
    }
  }

  const { copy } = sheet;
  const isAllTyped = typing.lines.every((l) => l.typed.length > 0);
  return (
    <>
      <section class="card">
        <h2>
          {w.text("type.sheet", {
            serial: copy.serial,
            who: copy.volunteer?.name ?? copy.recipient_name,
          })}{" "}
          <span class={`tag tag-${sheet.event.kind}`}>
            {w.text(`mode.${sheet.event.kind}`)} {sheet.round_name} {copy.district.name}
          </span>
        </h2>
        {sheet.is_round_closed && <Banner tone="info" title={w.text("type.round_closed")} />}
        <ProblemBanner problem={typing.act.problem} />
        <form
          ref={form}
          onKeyDown={onKey}
          onSubmit={(event) => {
            event.preventDefault();
            void save();
          }}
        >
          <div class="filters">
            <Field label={w.text("type.day")} type="date" value={day} onValue={setDay} required />
            {!copy.volunteer && (
              <Select
                label={w.text("type.walker")}
                value={walker}
                onValue={setWalker}
                options={[
                  { value: "", label: w.text("type.walker.unknown") },
                  ...sheet.walkers.map((v) => ({ value: v.id, label: v.name })),
                ]}
              />
            )}
          </div>
          <p class="type-who" role="status">
            {line ? (
              <>
                <strong>
                  {line.line_no} {line.name}
                </strong>{" "}
                <small>
                  {hiragana(line.name_kana)} {line.address}
                </small>
                {line.typed.map((entry) => (
                  <small key={entry.id} class="under warn">
                    {w.text("type.already", { line: line.line_no, what: entryWords(entry) })}
                  </small>
                ))}
              </>
            ) : (
              w.text("type.no_line", { line: no })
            )}
          </p>
          <div class="type-row">
            <Field
              name="line"
              label={w.text("type.line")}
              inputMode="numeric"
              value={no}
              onValue={setNo}
              maxLength={4}
              autocomplete="off"
              error={wrong?.part === "line" ? wrong.words : undefined}
            />
            <Field
              name="result"
              label={w.text("type.result")}
              value={result}
              onValue={setResult}
              maxLength={2}
              autocomplete="off"
              spellcheck={false}
              error={wrong?.part === "result" ? wrong.words : undefined}
            />
            <Field
              name="time"
              label={w.text("type.time")}
              inputMode="numeric"
              value={time}
              onValue={setTime}
              maxLength={5}
              autocomplete="off"
              error={wrong?.part === "time" ? wrong.words : undefined}
            />
            <div class="field">
              <Button look="primary" type="submit" aria-busy={typing.act.busy}>
                {w.text("type.save")}
              </Button>
            </div>
          </div>
          {doubt && (
            <Doubt
              line={doubt.line}
              entry={doubt.entry}
              onCorrect={() => void save({ corrects: doubt.entry.id })}
              onAdd={() => void save({ isAnotherVisit: true })}
              onSkip={() => goTo(nextLine(typing.lines, doubt.line.line_no))}
            />
          )}
          <div class="filters">
            <Field
              name="told"
              label={w.text("type.told_by")}
              value={extra.toldBy}
              onValue={(toldBy) => setExtra({ ...extra, toldBy })}
              maxLength={100}
              error={wrong?.part === "told" ? wrong.words : undefined}
            />
            <Field
              label={w.text("type.told_phone")}
              type="tel"
              value={extra.toldPhone}
              onValue={(toldPhone) => setExtra({ ...extra, toldPhone })}
              maxLength={40}
            />
            <Field
              label={w.text("type.note")}
              value={extra.note}
              onValue={(note) => setExtra({ ...extra, note })}
              maxLength={1000}
            />
          </div>
          <Button icon="undo" onClick={() => void undo()}>
            {w.text("type.undo")}
          </Button>
        </form>
        <p class="small">{w.text("type.how")}</p>
        <Legend looksForMarker={sheet.looks_for_marker} />
      </section>
      {isAllTyped && <Finished serial={copy.serial} />}
      <LinesTable lines={typing.lines} now={line?.line_no} />
    </>
  );
}

/** The line has something typed in already: nothing is written before somebody decides. */
function Doubt(props: {
  line: Line;
  entry: Entry;
  onCorrect: () => void;
  onAdd: () => void;
  onSkip: () => void;
}) {
  const w = useWords(words);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => box.current?.querySelector("button")?.focus(), []);
  return (
    <div ref={box}>
      <Banner
        tone="warn"
        title={w.text("type.already", {
          line: props.line.line_no,
          what: entryWords(props.entry),
        })}
      >
        <p class="actions">
          <Button onClick={props.onSkip}>{w.text("type.already.skip")}</Button>
          <Button onClick={props.onCorrect}>{w.text("type.already.correct")}</Button>
          <Button onClick={props.onAdd}>{w.text("type.already.add")}</Button>
        </p>
      </Banner>
    </div>
  );
}

function Legend({ looksForMarker }: { looksForMarker: boolean }) {
  const w = useWords(words);
  return (
    <>
      <h3>{w.text("type.legend")}</h3>
      <ul class="type-legend">
        {RESULTS.filter((r) => looksForMarker || !r.marker).map((r) => (
          <li key={r.key}>
            <kbd>{r.key}</kbd> {w.text(r.word)}
          </li>
        ))}
        {WAYS.map((way) => (
          <li key={way.key}>
            <kbd>1{way.key}</kbd> {w.text("key.safe")}（{w.text(`way.${way.attempt}`)}）
          </li>
        ))}
      </ul>
    </>
  );
}

function Finished({ serial }: { serial: number }) {
  const w = useWords(words);
  const [isSaid, setSaid] = useState(false);
  const act = useAct();
  async function finish() {
    const told = await act.run(() =>
      api.POST("/sheets/{serial}/acts", {
        params: { path: { serial } },
        body: { id: uuidv7(), kind: "typed_in" },
      }),
    );
    if (!told?.ok) return;
    setSaid(true);
    announce(w.text("sheets.acted", { serial }));
  }
  return (
    <Banner tone="ok" title={w.text("type.done")}>
      <ProblemBanner problem={act.problem} />
      {isSaid ? (
        <p>{w.text("sheets.acted", { serial })}</p>
      ) : (
        <Button look="primary" onClick={() => void finish()}>
          {w.text("type.finish")}
        </Button>
      )}
    </Banner>
  );
}

function LinesTable({ lines, now }: { lines: Line[]; now: number | undefined }) {
  const w = useWords(words);
  return (
    <section class="card table-box" aria-label={w.text("type.lines")}>
      <table>
        <caption>{w.text("type.lines")}</caption>
        <thead>
          <tr>
            <th scope="col" class="number">
              {w.text("type.line")}
            </th>
            <th scope="col">{w.text("member.name")}</th>
            <th scope="col">{w.text("type.typed")}</th>
          </tr>
        </thead>
        <tbody>
          {lines.map((line) => (
            <tr key={line.line_no} class={line.line_no === now ? "is-now" : undefined}>
              <td class="number">{line.line_no}</td>
              <th scope="row">{line.name}</th>
              <td>
                {line.typed.length === 0 && <span class="under">{w.text("type.not_typed")}</span>}
                {line.typed.map((entry) => (
                  <span key={entry.id} class="under">
                    {entryWords(entry)}
                  </span>
                ))}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
