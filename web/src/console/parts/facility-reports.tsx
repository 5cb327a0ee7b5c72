import { api } from "../../api/client";
import { Button } from "../../ui/button";
import { useWords } from "../../ui/words";
import { useAsk } from "../ask";
import { dayTime } from "../format";
import { words } from "../words";
import { type FacilityNow, FIGURES, type Report } from "./facility-count";
import { Waiting } from "./page";
import { When } from "./when";

/** Everything a facility said, the newest first, with who told it. Nothing is overwritten. */
export function FacilityReports(props: {
  roundId: string;
  facility: FacilityNow;
  onCorrect: (report: Report) => void;
}) {
  const w = useWords(words);
  const path = { id: props.roundId, member_id: props.facility.member_id };
  const asked = useAsk(`counts/${path.member_id}`, () =>
    api.GET("/rounds/{id}/facilities/{member_id}/counts", { params: { path } }),
  );
  return (
    <section class="card" aria-labelledby="reports-title">
      <h2 id="reports-title">
        {props.facility.name}　{w.text("count.history")}
      </h2>
      {!asked.data ? (
        <Waiting problem={asked.problem} again={asked.again} />
      ) : asked.data.items.length === 0 ? (
        <p class="empty">{w.text("count.history.empty")}</p>
      ) : (
        <ol class="history">
          {asked.data.items.map((report) => (
            <li key={report.id}>
              <ReportLine report={report} onCorrect={props.onCorrect} />
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}

function ReportLine({ report, onCorrect }: { report: Report; onCorrect: (r: Report) => void }) {
  const w = useWords(words);
  const figures = FIGURES.map(
    (figure) => `${w.text(`count.${figure}`)} ${report[figure] ?? w.text("facility.unknown")}`,
  );
  return (
    <article class={report.is_corrected ? "is-replaced" : undefined}>
      <p>
        <strong>
          <When at={report.as_of} />
        </strong>{" "}
        {report.is_in_force && <span class="tag tag-ok">{w.text("count.in_force")}</span>}{" "}
        {report.is_corrected && <span class="tag">{w.text("count.corrected")}</span>}
      </p>
      <p>{figures.join("　")}</p>
      {report.note && <p>{report.note}</p>}
      <p class="small">
        {report.told_by}{" "}
        {report.told_phone && (
          <a href={`tel:${report.told_phone.replace(/[^\d+]/g, "")}`}>{report.told_phone}</a>
        )}{" "}
        {report.recorded_by_name} <When at={report.recorded_at} />
      </p>
      {!report.is_corrected && (
        <Button
          look="quiet"
          icon="undo"
          aria-label={w.text("history.correct.of", { at: dayTime(report.as_of, w.lang) })}
          onClick={() => onCorrect(report)}
        >
          {w.text("count.correct.short")}
        </Button>
      )}
    </article>
  );
}
