import { useState } from "preact/hooks";
import { api } from "../../api/client";
import { Banner } from "../../ui/banner";
import { Button } from "../../ui/button";
import { announce } from "../../ui/live-region";
import { useStore } from "../../ui/store";
import { useWords } from "../../ui/words";
import { useAsk } from "../ask";
import { clockTime } from "../format";
import { DecideDrill } from "../parts/drill-decide";
import { Bodies, Venues } from "../parts/drill-places";
import { type Drill, DrillPlan } from "../parts/drill-plan";
import { PageTitle, Waiting } from "../parts/page";
import { ReadinessTable } from "../parts/readiness-table";
import { When } from "../parts/when";
import type { Params } from "../places";
import { href } from "../router";
import { seesPeople, session } from "../session";
import { words } from "../words";
import { StateTag } from "./drills";

/** One drill: its programme, who takes part, how far the preparation is, what was decided. */
export default function DrillPage({ drill: id = "" }: Params) {
  const w = useWords(words);
  const { account } = useStore(session);
  const isStaff = account?.role === "hq_staff";
  const [isEditing, setEditing] = useState(false);
  const [changed, setChanged] = useState<Drill | null>(null);
  const asked = useAsk(`drill/${id}`, () =>
    api.GET("/drills/{event}", { params: { path: { event: id } } }),
  );
  const drill = changed?.event.id === id ? changed : asked.data;
  if (!drill) {
    return (
      <>
        <PageTitle title={w.text("drills.title")} />
        <Waiting problem={asked.problem} again={asked.again} />
      </>
    );
  }
  const isOver = drill.state === "ended" || drill.state === "cancelled";
  return (
    <>
      <PageTitle title={drill.event.name}>
        {" "}
        <StateTag state={drill.state} />
      </PageTitle>
      {!isOver && <Banner tone="warn" title={w.text("drill.not_real")} />}
      <p class="actions">
        <a class="button button-primary" href={href("drills", id, "attendance")}>
          {w.text("drill.attendance")}
        </a>
        {(drill.state === "running" || drill.state === "ended") && (
          <a class="button button-plain" href={href("events", id, "report")}>
            {w.text("drill.report")}
          </a>
        )}
        {seesPeople() && drill.state === "running" && (
          <a class="button button-plain" href={href("events", id, "start")}>
            {w.text("drill.start_here")}
          </a>
        )}
        {isStaff && !isOver && (
          <Button onClick={() => setEditing(!isEditing)} aria-expanded={isEditing}>
            {w.text("drill.edit")}
          </Button>
        )}
      </p>
      {isEditing && (
        <DrillPlan
          id={id}
          drill={drill}
          onDone={(next) => {
            setChanged(next);
            setEditing(false);
            announce(w.text("drill.saved"));
          }}
        />
      )}
      <Facts drill={drill} />
      <section class="card">
        <h2>{w.text("drill.programme")}</h2>
        {drill.programme.length === 0 ? (
          <p>{w.text("drill.programme.empty")}</p>
        ) : (
          <ol class="plain">
            {drill.programme.map((item) => (
              <li key={item.id}>
                <strong>{clockTime(item.starts_at, w.lang)}</strong>　{item.title}
                <small class="under">{[item.place, item.who].filter(Boolean).join("／")}</small>
              </li>
            ))}
          </ol>
        )}
      </section>
      <Venues drill={drill} onChange={setChanged} />
      {isStaff && <Bodies drill={drill} onChange={setChanged} />}
      {seesPeople() && (
        <section class="card">
          <h2>{w.text("readiness.title")}</h2>
          <ReadinessTable key={JSON.stringify(drill.districts)} event={id} />
        </section>
      )}
      {drill.decisions.length > 0 && (
        <section class="card">
          <h2>{w.text("drill.decisions")}</h2>
          <ul class="plain">
            {drill.decisions.map((d) => (
              <li key={d.id}>
                <When at={d.decided_at} />　
                {w.text("drill.decided", {
                  kind: w.text(`drill.decide.${d.kind}`),
                  reason: d.reason,
                })}
              </li>
            ))}
          </ul>
        </section>
      )}
      {isStaff && !isOver && <DecideDrill key={drill.state} drill={drill} onDone={setChanged} />}
    </>
  );
}

function Facts({ drill }: { drill: Drill }) {
  const w = useWords(words);
  return (
    <section class="card">
      <dl class="facts">
        <div>
          <dt>{w.text("drill.starts_at")}</dt>
          <dd>
            <When at={drill.event.started_at} />
          </dd>
        </div>
        <div>
          <dt>{w.text("drill.ends_at")}</dt>
          <dd>
            <When at={drill.event.planned_end_at} />
          </dd>
        </div>
        <div>
          <dt>{w.text("drill.districts")}</dt>
          <dd>{drill.districts.map((d) => d.name).join(w.text("list.comma")) || w.text("none")}</dd>
        </div>
        <div>
          <dt>{w.text("drill.cancel_rule")}</dt>
          <dd>{drill.cancel_rule || w.text("none")}</dd>
        </div>
      </dl>
      {drill.scenario && <p>{drill.scenario}</p>}
    </section>
  );
}
