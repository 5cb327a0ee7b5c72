import { useState } from "preact/hooks";
import { api } from "../../api/client";
import type { components } from "../../api/schema";
import { uuidv7 } from "../../offline/bytes";
import { Banner } from "../../ui/banner";
import { Button } from "../../ui/button";
import { Check, Select } from "../../ui/choices";
import { Field } from "../../ui/field";
import { announce } from "../../ui/live-region";
import { useWords } from "../../ui/words";
import { fieldError, useAct, useAsk } from "../ask";
import { PageTitle, Waiting } from "../parts/page";
import { ProblemBanner } from "../parts/problem";
import { SheetCopies } from "../parts/sheet-copies";
import { type PrintedSheet, SheetPaper } from "../parts/sheet-paper";
import type { Params } from "../places";
import { href } from "../router";
import { words } from "../words";

type Round = components["schemas"]["Round"];

/** Print numbered visit sheets of a round, and see what became of each copy. */
export default function Sheets({ round: id = "" }: Params) {
  const w = useWords(words);
  const path = { id };
  const round = useAsk(`round/${id}`, () => api.GET("/rounds/{id}", { params: { path } }));
  const copies = useAsk(`sheets/${id}`, () => api.GET("/rounds/{id}/sheets", { params: { path } }));
  const [made, setMade] = useState<PrintedSheet[]>([]);
  return (
    <>
      <p>
        <a href={href("rounds", id)}>{w.text("back.board.short")}</a>
      </p>
      <PageTitle title={w.text("sheets.title")}>
        {round.data && (
          <span class={`tag tag-${round.data.event.kind}`}>
            {w.text(`mode.${round.data.event.kind}`)} {round.data.name}
          </span>
        )}
      </PageTitle>
      <p>{w.text("sheets.words")}</p>
      {!round.data || !copies.data ? (
        <Waiting problem={round.problem ?? copies.problem} again={round.again} />
      ) : (
        <>
          <section class="card">
            <h2>{w.text("sheets.print")}</h2>
            <PrintForm
              round={round.data}
              onMade={async (sheets) => {
                setMade(sheets);
                await copies.again();
              }}
            />
          </section>
          {made.length > 0 && (
            <section class="papers">
              <Banner tone="info" title={w.text("sheets.made", { n: made.length })}>
                <Button look="primary" onClick={() => print()}>
                  {w.text("print")}
                </Button>
              </Banner>
              {made.map((sheet) => (
                <SheetPaper key={sheet.copy.id} sheet={sheet} />
              ))}
            </section>
          )}
          <section class="card">
            <p>
              <a class="button button-plain" href="#/sheets">
                {w.text("sheets.type")}
              </a>
            </p>
            <SheetCopies items={copies.data.items} onDone={copies.again} />
          </section>
        </>
      )}
    </>
  );
}

function PrintForm(props: { round: Round; onMade: (sheets: PrintedSheet[]) => Promise<void> }) {
  const { round } = props;
  const w = useWords(words);
  const [district, setDistrict] = useState(round.districts[0]?.id ?? "");
  const [whose, setWhose] = useState("all");
  const [recipient, setRecipient] = useState("");
  const [body, setBody] = useState("");
  const [due, setDue] = useState("");
  const [onlyUnconfirmed, setOnlyUnconfirmed] = useState(false);
  const [progress, setProgress] = useState<{ n: number; all: number } | null>(null);
  const [skipped, setSkipped] = useState<string[]>([]);
  const act = useAct();
  const volunteers = useAsk(`round-volunteers/${round.id}`, () =>
    api.GET("/rounds/{id}/volunteers", { params: { path: { id: round.id } } }),
  );
  const serving = (volunteers.data?.items ?? []).filter((v) =>
    v.districts.some((d) => d.id === district),
  );

  async function make(event: Event) {
    event.preventDefault();
    const one = serving.filter((v) => v.id === whose);
    const forWhom = whose === "all" ? serving : one;
    const sheets: PrintedSheet[] = [];
    const nobody: string[] = [];
    const all = whose === "district" ? [null] : forWhom;
    for (const [n, volunteer] of all.entries()) {
      setProgress({ n: n + 1, all: all.length });
      const told = await act.run(() =>
        api.POST("/rounds/{id}/sheets", {
          params: { path: { id: round.id } },
          body: {
            id: uuidv7(),
            district_id: district,
            volunteer_id: volunteer?.id ?? null,
            only_unconfirmed: onlyUnconfirmed,
            recipient_name: volunteer ? "" : recipient,
            recipient_body: volunteer ? "" : body,
            return_due_on: due || null,
          },
        }),
      );
      if (told?.ok) sheets.push(told.data);
      // Whoever has nobody to visit gets no paper; the others do.
      else if (volunteer && told?.problem.status === 409 && all.length > 1) {
        nobody.push(volunteer.name);
        act.clear();
      } else break;
    }
    setProgress(null);
    setSkipped(nobody);
    if (sheets.length > 0) {
      announce(w.text("sheets.made", { n: sheets.length }));
      await props.onMade(sheets);
    }
  }

  return (
    <form onSubmit={make}>
      <ProblemBanner problem={act.problem} shown={["/recipient_name"]} />
      <div class="filters">
        <Select
          label={w.text("sheets.which")}
          value={district}
          onValue={(value) => {
            setDistrict(value);
            setWhose("all");
          }}
          options={round.districts.map((d) => ({ value: d.id, label: d.name }))}
        />
        <Select
          label={w.text("sheets.whose")}
          value={whose}
          onValue={setWhose}
          options={[
            { value: "all", label: w.text("sheets.whose.all") },
            { value: "district", label: w.text("sheets.whose.district") },
            ...serving.map((v) => ({ value: v.id, label: `${v.name}（${v.assigned}）` })),
          ]}
        />
        <Field label={w.text("sheets.return_due")} type="date" value={due} onValue={setDue} />
      </div>
      {whose === "district" && (
        <div class="filters">
          <Field
            label={w.text("sheets.recipient")}
            error={fieldError(act.problem, "/recipient_name")}
            value={recipient}
            onValue={setRecipient}
            maxLength={100}
            required
          />
          <Field
            label={w.text("sheets.recipient.body")}
            value={body}
            onValue={setBody}
            maxLength={100}
          />
        </div>
      )}
      <div class="field">
        <Check checked={onlyUnconfirmed} onChecked={setOnlyUnconfirmed}>
          {w.text("sheets.unconfirmed")}
        </Check>
      </div>
      {volunteers.data && whose === "all" && serving.length === 0 ? (
        <p class="warn">{w.text("sheets.nobody")}</p>
      ) : (
        <Button look="primary" type="submit" aria-busy={act.busy}>
          {progress ? w.text("sheets.making", progress) : w.text("sheets.make")}
        </Button>
      )}
      {skipped.length > 0 && (
        <p role="status">
          {w.text("sheets.skipped", { names: skipped.join(w.text("list.comma")) })}
        </p>
      )}
    </form>
  );
}
