import { useEffect } from "preact/hooks";
import { api } from "../../api/client";
import type { components } from "../../api/schema";
import { Table } from "../../ui/table";
import { useWords } from "../../ui/words";
import { useAsk } from "../ask";
import { clockTime, percent } from "../format";
import { href } from "../router";
import { seesPeople } from "../session";
import { words } from "../words";
import { FacilitySums } from "./facility-sums";
import { Figure } from "./figure";
import { ProblemBanner } from "./problem";

type Placards = components["schemas"]["Placards"];

/** Counts of many doors are slower than the board: they follow it at this pace. */
const AGAIN_MS = 10_000;

function useAgain(again: () => Promise<void>) {
  useEffect(() => {
    const timer = setInterval(() => void again(), AGAIN_MS);
    return () => clearInterval(timer);
  }, [again]);
}

/** Placards by home, and what facilities count themselves: two blocks of their own beside the residents' figures. */
export function BoardChannels({ roundId }: { roundId: string }) {
  const path = { id: roundId };
  const placards = useAsk(`placards/${roundId}`, () =>
    api.GET("/rounds/{id}/placards", { params: { path } }),
  );
  const facilities = useAsk(`facilities/${roundId}`, () =>
    api.GET("/rounds/{id}/facilities", { params: { path } }),
  );
  useAgain(placards.again);
  useAgain(facilities.again);
  const w = useWords(words);
  return (
    <>
      {placards.data && (
        <section class="card" aria-labelledby="placards-title">
          <h2 id="placards-title">{w.text("board.placards", { label: placards.data.label })}</h2>
          <ProblemBanner problem={placards.problem} />
          <PlacardFigures placards={placards.data} />
        </section>
      )}
      {facilities.data && (
        <section class="card" aria-labelledby="facilities-title">
          <h2 id="facilities-title">{w.text("board.facilities")}</h2>
          <ProblemBanner problem={facilities.problem} />
          {facilities.data.totals.facilities === 0 ? (
            <p class="empty">{w.text("board.facilities.none")}</p>
          ) : (
            <FacilitySums totals={facilities.data.totals} />
          )}
          <p class="small">
            {w.text("board.as_of", { time: clockTime(facilities.data.as_of, w.lang, true) })}{" "}
            {w.text("board.facilities.note")}
          </p>
          {seesPeople() && (
            <p>
              <a class="button button-plain" href={href("rounds", roundId, "facilities")}>
                {w.text("board.facilities.open")}
              </a>
            </p>
          )}
        </section>
      )}
    </>
  );
}

function PlacardFigures({ placards }: { placards: Placards }) {
  const w = useWords(words);
  const { totals, label } = placards;
  if (!placards.is_looked_for) return <p>{w.text("board.placards.off", { label })}</p>;
  const looked = totals.homes - totals.not_looked;
  return (
    <>
      <dl class="figures">
        <Figure
          label={w.text("marker.shown")}
          value={totals.shown}
          hint={
            looked > 0
              ? w.text("board.placards.rate", { percent: percent(totals.shown, looked) })
              : undefined
          }
        />
        <Figure label={w.text("marker.not_shown")} value={totals.not_shown} />
        <Figure label={w.text("marker.sos")} value={totals.sos} tone="danger" />
        <Figure label={w.text("board.placards.not_looked")} value={totals.not_looked} />
      </dl>
      <details class="more">
        <summary>{w.text("board.placards.table", { label })}</summary>
        <Table
          caption={w.text("board.placards.table", { label })}
          rows={placards.districts}
          rowKey={(row) => row.district.id}
          empty={w.text("board.empty")}
          columns={[
            {
              key: "district",
              label: w.text("district"),
              sortBy: (row) => row.district.name,
              cell: (row) => row.district.name,
            },
            ...(["homes", "shown", "not_shown", "sos", "not_looked"] as const).map((count) => ({
              key: count,
              label: w.text(
                count === "homes" || count === "not_looked"
                  ? `board.placards.${count}`
                  : `marker.${count}`,
              ),
              isNumber: true,
              sortBy: (row: (typeof placards.districts)[number]) => row[count],
              cell: (row: (typeof placards.districts)[number]) => row[count],
            })),
          ]}
        />
      </details>
      <p class="small">
        {w.text("board.as_of", { time: clockTime(placards.as_of, w.lang, true) })}{" "}
        {w.text("board.placards.note")}
      </p>
    </>
  );
}
