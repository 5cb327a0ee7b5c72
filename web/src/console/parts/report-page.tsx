import { useWords } from "../../ui/words";
import { dayTime, longDay, percent } from "../format";
import {
  type Figures,
  pointsOf,
  type Report,
  type RoundFigures,
  roundOf,
  secondsWords,
} from "../report";
import { words } from "../words";
import { ReportCurve } from "./report-curve";
import { Remarks } from "./report-remarks";
import { DistrictTable, REASONS, Within } from "./report-tables";

/** As many districts as one sheet of paper holds beside everything else. */
export const ON_PAPER = 12;

/** One A4 page that a mayor reads standing: what, how many, how soon, what next. */
export function OnePage(props: {
  report: Report;
  figures: Figures;
  round: RoundFigures | undefined;
  mayWrite: boolean;
  onWritten: (remarks: Report["remarks"]) => void;
}) {
  const w = useWords(words);
  const { report, figures, round } = props;
  const { event, against } = report;
  const before = against ? roundOf(against.figures) : undefined;
  return (
    <article class="card report-page" aria-label={w.text("report.page")}>
      <header>
        <h2>
          {event.kind === "drill" ? "【訓練】" : ""}
          {event.name}
          <small>
            {[
              longDay(event.started_at, w.lang),
              round?.name,
              w.text("report.as_of", { time: dayTime(figures.as_of, w.lang) }),
            ]
              .filter(Boolean)
              .join("　")}
          </small>
        </h2>
        {against && (
          <p class="small">
            {w.text("report.before.of", {
              name: against.name,
              day: longDay(against.started_at, w.lang),
            })}
          </p>
        )}
      </header>
      <Headline figures={figures} before={against?.figures} round={round} roundBefore={before} />
      {!!figures.real_calls && (
        <p class="report-real">
          <strong>{w.text("report.real_calls", { n: figures.real_calls })}</strong>
        </p>
      )}
      {round && (
        <>
          <h3>{w.text("report.curve")}</h3>
          {round.totals.confirmed === 0 ? (
            <p>{w.text("report.curve.empty")}</p>
          ) : (
            <ReportCurve
              where={w.text("report.all")}
              points={pointsOf(round.totals, round.step_min)}
              before={before && pointsOf(before.totals, before.step_min)}
            />
          )}
          <DistrictTable round={round} most={ON_PAPER} />
          <Lines figures={figures} round={round} />
        </>
      )}
      <Remarks
        event={event.id}
        remarks={report.remarks}
        mayWrite={props.mayWrite}
        onWritten={props.onWritten}
      />
      <p class="small">{w.text("report.no_names")}</p>
    </article>
  );
}

function Headline(props: {
  figures: Figures;
  before?: Figures;
  round?: RoundFigures;
  roundBefore?: RoundFigures;
}) {
  const w = useWords(words);
  const { figures, before, round, roundBefore } = props;
  const { calls, open, given } = figures.rescues;
  const was = (value: string | null | undefined) =>
    value ? <small class="report-was">{w.text("report.before.is", { value })}</small> : null;
  const share = (r: RoundFigures) => `${percent(r.totals.confirmed, r.totals.to_confirm)}%`;
  const people = (n: number | null | undefined) =>
    n == null ? null : w.text("report.people_n", { n });
  return (
    <dl class="figures report-figures">
      {round && (
        <div class="figure">
          <dt>{w.text("report.confirmed")}</dt>
          <dd>
            {people(round.totals.confirmed)}
            <small>
              {w.text("report.confirmed.of", {
                of: round.totals.to_confirm,
                percent: percent(round.totals.confirmed, round.totals.to_confirm),
              })}
            </small>
            {was(roundBefore && share(roundBefore))}
          </dd>
        </div>
      )}
      {round && (
        <div class="figure">
          <dt>{w.text("report.t50")}</dt>
          <dd>
            <Within min={round.totals.p50_min} />
            <small>
              {w.text("report.t25")} <Within min={round.totals.p25_min} />・{w.text("report.t75")}{" "}
              <Within min={round.totals.p75_min} />
            </small>
            {roundBefore && (
              <small class="report-was">
                {w.text("report.before")}：<Within min={roundBefore.totals.p50_min} />
              </small>
            )}
          </dd>
        </div>
      )}
      <div class="figure">
        <dt>{w.text("report.rescues")}</dt>
        <dd>
          {w.text("report.calls_n", { n: calls })}
          <small>
            {open > 0
              ? w.text("report.rescues.open", { n: open })
              : calls > 0 && w.text("report.rescues.all_closed")}
            {given.median_s != null &&
              `　${w.text("report.rescue.given")} ${w.text("report.rescue.median")} ${secondsWords(given.median_s)}`}
          </small>
          {was(before && w.text("report.calls_n", { n: before.rescues.calls }))}
        </dd>
      </div>
      {figures.attendance && (
        <div class="figure">
          <dt>{w.text("report.attendance")}</dt>
          <dd>
            {people(figures.attendance.total) ?? w.text("report.unknown")}
            {figures.attendance.total == null && <small>{w.text("report.attendance.none")}</small>}
            {was(people(before?.attendance?.total))}
          </dd>
        </div>
      )}
    </dl>
  );
}

/** What fits into a line each. */
function Lines({ figures, round }: { figures: Figures; round: RoundFigures }) {
  const w = useWords(words);
  const { totals } = round;
  const comma = w.text("list.comma");
  const reasons = REASONS.filter((r) => totals.unreached[r] > 0).map(
    (r) =>
      `${w.text(`report.unreached.${r}`)} ${w.text("report.people_n", { n: totals.unreached[r] })}`,
  );
  const silent = round.districts.filter((d) => d.is_silent).map((d) => d.district.name);
  const { placards } = totals;
  return (
    <dl class="facts report-lines">
      <div>
        <dt>{w.text("report.unreached.total")}</dt>
        <dd>
          {w.text("report.people_n", { n: totals.tried + totals.unchecked })}
          {reasons.length > 0 && `：${reasons.join(comma)}`}
        </dd>
      </div>
      <div>
        <dt>{w.text("report.heard")}</dt>
        <dd>
          {silent.length > 0
            ? w.text("report.silent.list", { names: silent.join(comma) })
            : w.text("report.silent.none")}
        </dd>
      </div>
      <div>
        <dt>{w.text("report.contradictions")}</dt>
        <dd>
          {w.text("report.contradictions.of", {
            open: totals.contradicted,
            settled: figures.contradictions_settled,
          })}
        </dd>
      </div>
      <div>
        <dt>{w.text("report.placards")}</dt>
        <dd>
          {placards.looked_for === 0
            ? w.text("report.placards.none")
            : w.text("report.placards.of", {
                of: placards.looked_for,
                n: placards.shown,
                percent: percent(placards.shown, placards.looked_for),
              })}
        </dd>
      </div>
      {figures.set_aside.items > 0 && (
        <div>
          <dt>{w.text("report.set_aside")}</dt>
          <dd>
            {w.text("report.set_aside.of", {
              items: figures.set_aside.items,
              waiting: figures.set_aside.waiting,
            })}
          </dd>
        </div>
      )}
    </dl>
  );
}
