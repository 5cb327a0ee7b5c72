import { useState } from "preact/hooks";
import { api } from "../../api/client";
import { Banner } from "../../ui/banner";
import { Button } from "../../ui/button";
import { Select } from "../../ui/choices";
import { useStore } from "../../ui/store";
import { useWords } from "../../ui/words";
import { useAct, useAsk } from "../ask";
import { longDay } from "../format";
import { PageTitle, Waiting } from "../parts/page";
import { ProblemBanner } from "../parts/problem";
import { CurveTable } from "../parts/report-curve";
import { ON_PAPER, OnePage } from "../parts/report-page";
import {
  AttendanceTables,
  ChangesTable,
  DistrictTable,
  ReadinessFigures,
  RescueTable,
  UnreachedTable,
  WaysTable,
} from "../parts/report-tables";
import type { Params } from "../places";
import { type Figures, pointsOf, type Report, roundOf } from "../report";
import { save } from "../save";
import { session } from "../session";
import { words } from "../words";

/** The after-action report: one page for the mayor, everything behind it below. Made by itself at the end. */
export default function ReportPage({ event: id = "" }: Params) {
  const w = useWords(words);
  const { account } = useStore(session);
  const [against, setAgainst] = useState("");
  const [basis, setBasis] = useState<"at_close" | "now">("at_close");
  const [round, setRound] = useState("");
  const [remarks, setRemarks] = useState<Report["remarks"] | null>(null);
  const asked = useAsk(`report/${id}/${against}`, () =>
    api.GET("/events/{id}/report", {
      params: { path: { id }, query: against ? { against } : {} },
    }),
  );
  // Another drill to compare with must not blank what is being read.
  const [shown, setShown] = useState<Report | null>(null);
  if (asked.data && asked.data !== shown) setShown(asked.data);
  const report = asked.data ?? shown;
  if (!report) {
    return (
      <>
        <PageTitle title={w.text("report.title")} />
        <Waiting problem={asked.problem} again={asked.again} />
      </>
    );
  }
  const kept = report.at_close?.figures;
  const figures = basis === "at_close" && kept ? kept : report.now;
  const isEmpty = figures.rounds.length === 0 && !figures.attendance;
  return (
    <div class="report">
      <PageTitle title={w.text("report.title")}>
        {" "}
        <span class={`tag tag-${report.event.kind}`}>
          {w.text(`mode.${report.event.kind}`)} {report.event.name}
        </span>
      </PageTitle>
      <div class="screen-only">
        <ProblemBanner problem={asked.problem} />
        {!kept && <Banner tone="info" title={w.text("report.not_over")} />}
        <div class="report-choices">
          {kept && (
            <Select
              label={w.text("report.basis")}
              hint={w.text("report.basis.hint")}
              value={basis}
              onValue={setBasis}
              options={[
                { value: "at_close", label: w.text("report.basis.at_close") },
                { value: "now", label: w.text("report.basis.now") },
              ]}
            />
          )}
          <ChooseEarlier report={report} onChoose={setAgainst} />
          {figures.rounds.length > 1 && (
            <Select
              label={w.text("report.round")}
              value={roundOf(figures, round)?.round_id ?? ""}
              onValue={setRound}
              options={figures.rounds.map((r) => ({ value: r.round_id, label: r.name }))}
            />
          )}
        </div>
        <TakeAway id={id} against={against} />
      </div>
      {isEmpty ? (
        <p>{w.text("report.none")}</p>
      ) : (
        <>
          <OnePage
            report={{ ...report, remarks: remarks ?? report.remarks }}
            figures={figures}
            round={roundOf(figures, round)}
            mayWrite={account?.role === "hq_staff"}
            onWritten={setRemarks}
          />
          <Behind report={report} figures={figures} round={round} />
        </>
      )}
    </div>
  );
}

function ChooseEarlier(props: { report: Report; onChoose: (event: string) => void }) {
  const w = useWords(words);
  const { earlier, against } = props.report;
  if (earlier.length === 0) {
    return <p class="small">{w.text("report.against.none")}</p>;
  }
  const options = earlier.map((e) => ({
    value: e.event_id,
    label: `${e.name}（${longDay(e.started_at, w.lang)}）`,
  }));
  return (
    <Select
      label={w.text("report.against")}
      value={against?.event_id ?? ""}
      onValue={props.onChoose}
      options={against ? options : [{ value: "", label: w.text("none") }, ...options]}
    />
  );
}

function TakeAway({ id, against }: { id: string; against: string }) {
  const w = useWords(words);
  const act = useAct();

  async function take() {
    let name = "report.xlsx";
    const told = await act.run(async () => {
      const { data, error, response } = await api.GET("/events/{id}/report/export", {
        params: { path: { id }, query: against ? { against } : {} },
        parseAs: "blob",
      });
      const said = /filename="([^"]+)"/.exec(response.headers.get("content-disposition") ?? "");
      name = said?.[1] ?? name;
      return { data: data as unknown as Blob, error, response };
    });
    if (told?.ok) save(told.data, name);
  }

  return (
    <>
      <ProblemBanner problem={act.problem} />
      <p class="actions">
        <Button look="primary" onClick={() => print()}>
          {w.text("report.print")}
        </Button>
        <Button onClick={() => void take()} aria-busy={act.busy}>
          {w.text("report.xlsx")}
        </Button>
      </p>
    </>
  );
}

/** Everything behind the one page; not printed. */
function Behind(props: { report: Report; figures: Figures; round: string }) {
  const w = useWords(words);
  const { report, figures } = props;
  const [where, setWhere] = useState("");
  const round = roundOf(figures, props.round);
  const district = round?.districts.find((d) => d.district.id === where);
  return (
    <div class="screen-only">
      {report.at_close && (
        <section class="card">
          <h2>{w.text("report.changes")}</h2>
          <ChangesTable changes={report.changes} />
        </section>
      )}
      {round && (
        <>
          {round.districts.length > ON_PAPER && (
            <section class="card">
              <h2>{w.text("report.districts")}</h2>
              <DistrictTable round={round} />
            </section>
          )}
          <section class="card">
            <h2>{w.text("report.curve.table")}</h2>
            <Select
              label={w.text("report.curve.where")}
              value={where}
              onValue={setWhere}
              options={[
                { value: "", label: w.text("report.all") },
                ...round.districts.map((d) => ({ value: d.district.id, label: d.district.name })),
              ]}
            />
            <CurveTable
              where={district?.district.name ?? w.text("report.all")}
              points={pointsOf(district ?? round.totals, round.step_min)}
            />
          </section>
          <section class="card">
            <h2>{w.text("report.ways")}</h2>
            <WaysTable round={round} />
          </section>
          <section class="card">
            <h2>{w.text("report.unreached")}</h2>
            <UnreachedTable of={round.totals} />
          </section>
        </>
      )}
      <section class="card">
        <h2>{w.text("report.rescues")}</h2>
        <RescueTable figures={figures} />
      </section>
      <AttendanceTables figures={figures} />
      <ReadinessFigures figures={figures} />
    </div>
  );
}
