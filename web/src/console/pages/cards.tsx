import { useState } from "preact/hooks";
import { api } from "../../api/client";
import type { components } from "../../api/schema";
import { uuidv7 } from "../../offline/bytes";
import { Banner } from "../../ui/banner";
import { Button } from "../../ui/button";
import { Radios, Select } from "../../ui/choices";
import { announce } from "../../ui/live-region";
import { Table } from "../../ui/table";
import { useWords } from "../../ui/words";
import { useAct, useAsk } from "../ask";
import { dayTime } from "../format";
import { PageTitle, Waiting } from "../parts/page";
import { ProblemBanner } from "../parts/problem";
import { SvgImage } from "../parts/svg-image";
import { words } from "../words";

type Card = components["schemas"]["Card"];
type Printing = components["schemas"]["Printing"];
type Of = "residents" | "volunteers";

/** Cards for a gate, made beforehand: an A4 sheet of ten, each to be cut out; the code says nothing by itself. */
export default function Cards() {
  const w = useWords(words);
  const districts = useAsk("districts", () => api.GET("/districts"));
  const offered = districts.data?.items ?? [];
  const [chosen, setChosen] = useState("");
  const [of, setOf] = useState<Of>("residents");
  const [printing, setPrinting] = useState<Printing | null>(null);
  const district = chosen || offered[0]?.id || "";
  const act = useAct();

  async function make(ids: string[] | null) {
    const told = await act.run(() =>
      api.POST("/cards/printings", {
        body: { id: uuidv7(), district_id: district, of, ids },
      }),
    );
    if (!told?.ok) return;
    setPrinting(told.data);
    announce(w.text("cards.made", { n: told.data.cards.length }));
  }

  if (printing) return <Sheet printing={printing} onClose={() => setPrinting(null)} />;
  return (
    <>
      <PageTitle title={w.text("cards.title")} />
      <p>{w.text("cards.words")}</p>
      <ProblemBanner problem={act.problem} />
      {!districts.data ? (
        <Waiting problem={districts.problem} again={districts.again} />
      ) : (
        <>
          <section class="card">
            <Select
              label={w.text("district")}
              value={district}
              onValue={setChosen}
              options={offered.map((d) => ({ value: d.id, label: d.name }))}
            />
            <Radios<Of>
              label={w.text("cards.of")}
              value={of}
              onValue={setOf}
              options={(["residents", "volunteers"] as const).map((value) => ({
                value,
                label: w.text(`cards.of.${value}`),
                hint: w.text(`cards.of.${value}.hint`),
              }))}
            />
            <div class="actions">
              <Button look="primary" aria-busy={act.busy} onClick={() => void make(null)}>
                {w.text("cards.make")}
              </Button>
            </div>
            <p class="small">{w.text("cards.once")}</p>
          </section>
          {district && (
            <Given
              key={district}
              district={district}
              onAgain={(id) => void make([id])}
              of={of}
              isBusy={act.busy}
            />
          )}
        </>
      )}
    </>
  );
}

/** Cards that were made in a district: whose, and the way to stop one that was lost. */
function Given(props: {
  district: string;
  of: Of;
  isBusy: boolean;
  onAgain: (holder: string) => void;
}) {
  const w = useWords(words);
  const asked = useAsk(`cards/${props.district}`, () =>
    api.GET("/cards", { params: { query: { district: props.district } } }),
  );
  const act = useAct();
  async function stop(card: Card) {
    const told = await act.run(() =>
      api.POST("/cards/{id}/revoke", { params: { path: { id: card.id } } }),
    );
    if (!told?.ok) return;
    announce(w.text("cards.stopped", { name: card.name }));
    await asked.again();
  }
  if (!asked.data) return <Waiting problem={asked.problem} again={asked.again} />;
  const holder = (card: Card) => card.person_id ?? card.volunteer_id ?? "";
  return (
    <section class="card">
      <ProblemBanner problem={act.problem} />
      <Table
        caption={w.text("cards.table", { n: asked.data.items.length })}
        rows={asked.data.items}
        rowKey={(card) => card.id}
        empty={w.text("cards.empty")}
        columns={[
          {
            key: "name",
            label: w.text("cards.name"),
            sortBy: (card) => card.name_kana || card.name,
            cell: (card) => (
              <>
                {card.name}
                <small class="under">{card.name_kana}</small>
              </>
            ),
          },
          {
            key: "made",
            label: w.text("cards.made_at"),
            sortBy: (card) => card.made_at,
            cell: (card) => dayTime(card.made_at, w.lang),
          },
          {
            key: "state",
            label: w.text("cards.state"),
            cell: (card) => w.text(card.revoked_at ? "cards.state.stopped" : "cards.state.valid"),
          },
          {
            key: "act",
            label: w.text("shelter.act"),
            cell: (card) =>
              !card.revoked_at && (
                <span class="tags">
                  <Button
                    look="quiet"
                    aria-label={w.text("cards.stop.of", { name: card.name })}
                    onClick={() => void stop(card)}
                  >
                    {w.text("cards.stop")}
                  </Button>
                  {(card.person_id !== null) === (props.of === "residents") && (
                    <Button
                      look="quiet"
                      aria-busy={props.isBusy}
                      aria-label={w.text("cards.again.of", { name: card.name })}
                      onClick={() => props.onAgain(holder(card))}
                    >
                      {w.text("cards.again")}
                    </Button>
                  )}
                </span>
              ),
          },
        ]}
      />
    </section>
  );
}

/** The sheet to print. The name stands on the part that is cut off: the card itself bears the code only. */
function Sheet({ printing, onClose }: { printing: Printing; onClose: () => void }) {
  const w = useWords(words);
  return (
    <>
      <PageTitle title={w.text("cards.sheet", { serial: printing.serial })} />
      <Banner tone="warn" title={w.text("cards.sheet.once")} />
      {printing.left_out > 0 && <p>{w.text("cards.left_out", { n: printing.left_out })}</p>}
      <div class="actions">
        <Button look="primary" onClick={() => print()}>
          {w.text("print")}
        </Button>
        <Button onClick={onClose}>{w.text("close")}</Button>
      </div>
      <div class="print-me">
        <p class="print-only">{w.text("cards.sheet", { serial: printing.serial })}</p>
        <ul class="card-sheet">
          {printing.cards.map((card) => (
            <li key={card.id}>
              <p class="card-sheet-name">
                {card.name}　{w.text("cards.cut")}
              </p>
              <SvgImage
                class="qr"
                svg={card.qr_svg}
                alt={w.text("cards.qr", { name: card.name })}
              />
              <p>
                {w.text("cards.face")}
                <br />
                <strong class="code">{card.code}</strong>
              </p>
            </li>
          ))}
        </ul>
      </div>
    </>
  );
}
