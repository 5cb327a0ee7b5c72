import { useEffect, useState } from "preact/hooks";
import { api } from "../../api/client";
import { Button } from "../../ui/button";
import { announce } from "../../ui/live-region";
import { Table } from "../../ui/table";
import { useWords } from "../../ui/words";
import { useAsk } from "../ask";
import { clockTime } from "../format";
import {
  FacilityCountDialog,
  type FacilityNow,
  FIGURES,
  type Report,
} from "../parts/facility-count";
import { FacilityReports } from "../parts/facility-reports";
import { FacilitySums } from "../parts/facility-sums";
import { PageTitle, Waiting } from "../parts/page";
import { ProblemBanner } from "../parts/problem";
import { When } from "../parts/when";
import type { Params } from "../places";
import { href } from "../router";
import { words } from "../words";

const AGAIN_MS = 15_000;

/** The facilities of a round: what each said last, of when; one call is one report. */
export default function RoundFacilities({ round: id = "" }: Params) {
  const w = useWords(words);
  const asked = useAsk(`facilities/${id}`, () =>
    api.GET("/rounds/{id}/facilities", { params: { path: { id } } }),
  );
  const { again, data } = asked;
  const [counting, setCounting] = useState<{ of: FacilityNow; corrects: Report | null } | null>(
    null,
  );
  const [shown, setShown] = useState<FacilityNow | null>(null);
  useEffect(() => {
    const timer = setInterval(() => void again(), AGAIN_MS);
    return () => clearInterval(timer);
  }, [again]);

  async function done(told: string) {
    setCounting(null);
    announce(told);
    await again();
  }

  return (
    <>
      <p>
        <a href={href("rounds", id)}>{w.text("back.board.short")}</a>
      </p>
      <PageTitle title={w.text("round_facilities.title")}>
        {data && (
          <span class={`tag tag-${data.event.kind}`}>
            {w.text(`mode.${data.event.kind}`)} {data.event.name}
          </span>
        )}
      </PageTitle>
      {!data ? (
        <Waiting problem={asked.problem} again={again} />
      ) : (
        <>
          <ProblemBanner problem={asked.problem} />
          <p class="small">
            {w.text("board.as_of", { time: clockTime(data.as_of, w.lang, true) })}{" "}
            {w.text("board.facilities.note")}
          </p>
          <FacilitySums totals={data.totals} />
          <section class="card">
            <CountTable
              items={data.items}
              onCount={(of) => setCounting({ of, corrects: null })}
              onShow={setShown}
            />
          </section>
          {shown && (
            <FacilityReports
              key={shown.member_id + data.as_of}
              roundId={id}
              facility={shown}
              onCorrect={(corrects) => setCounting({ of: shown, corrects })}
            />
          )}
        </>
      )}
      {counting && (
        <FacilityCountDialog
          roundId={id}
          facility={counting.of}
          corrects={counting.corrects}
          onClose={() => setCounting(null)}
          onDone={done}
        />
      )}
    </>
  );
}

function CountTable(props: {
  items: FacilityNow[];
  onCount: (f: FacilityNow) => void;
  onShow: (f: FacilityNow) => void;
}) {
  const w = useWords(words);
  return (
    <Table
      caption={w.text("round_facilities.table")}
      rows={props.items}
      rowKey={(f) => f.member_id}
      empty={w.text("board.facilities.none")}
      columns={[
        {
          key: "name",
          label: w.text("facilities.name"),
          sortBy: (f) => f.name,
          cell: (f) => (
            <>
              {f.name}{" "}
              {f.open_rescues > 0 && (
                <span class="tag tag-danger">{w.text("count.needs_rescue")}</span>
              )}
              <small class="under">
                {[
                  f.district.name,
                  w.text(`facility.kind.${f.kind}`),
                  f.is_late_addition ? w.text("round_facilities.late") : "",
                ]
                  .filter(Boolean)
                  .join("　")}
              </small>
              {f.phone && (
                <small class="under">
                  <a href={`tel:${f.phone.replace(/[^\d+]/g, "")}`}>{f.phone}</a>
                </small>
              )}
            </>
          ),
        },
        ...FIGURES.map((figure) => ({
          key: figure,
          label: w.text(`count.${figure}`),
          isNumber: true,
          sortBy: (f: FacilityNow) => f.count?.[figure] ?? -1,
          cell: (f: FacilityNow) =>
            f.count?.[figure] ?? <small>{w.text("facility.unknown")}</small>,
        })),
        {
          key: "as_of",
          label: w.text("count.as_of"),
          sortBy: (f) => f.count?.as_of ?? "",
          cell: (f) =>
            f.count ? (
              <When at={f.count.as_of} age />
            ) : (
              <span class="warn">{w.text("board.never_heard")}</span>
            ),
        },
        {
          key: "acts",
          label: w.text("column.act"),
          cell: (f) => (
            <div class="actions">
              <Button
                aria-label={w.text("count.record", { name: f.name })}
                onClick={() => props.onCount(f)}
              >
                {w.text("count.record.short")}
              </Button>
              <Button
                look="quiet"
                aria-label={w.text("count.history.show", { name: f.name })}
                onClick={() => props.onShow(f)}
              >
                {w.text("count.history.show.short")}
              </Button>
            </div>
          ),
        },
      ]}
    />
  );
}
