import { useState } from "preact/hooks";
import { api } from "../../api/client";
import { Banner } from "../../ui/banner";
import { Select } from "../../ui/choices";
import { Table } from "../../ui/table";
import { useWords } from "../../ui/words";
import { useAsk } from "../ask";
import { clockTime } from "../format";
import { AttendGroup, AttendPerson } from "../parts/attend-forms";
import { AttendanceList } from "../parts/attendance-list";
import { Desks, PosterNote } from "../parts/desks";
import type { Drill } from "../parts/drill-plan";
import { Figure } from "../parts/figure";
import { PageTitle, Waiting } from "../parts/page";
import { When } from "../parts/when";
import type { Params } from "../places";
import { href } from "../router";
import { seesPeople } from "../session";
import { type AttendanceNow, useAttendance } from "../use-attendance";
import { words } from "../words";

/** Who came: live by venue, and the desk that receives them. */
export default function Attendance({ drill: id = "" }: Params) {
  const w = useWords(words);
  const drill = useAsk(`drill/${id}`, () =>
    api.GET("/drills/{event}", { params: { path: { event: id } } }),
  );
  const { now, isStale } = useAttendance(id);
  const [chosen, setChosen] = useState("");
  const [isListed, setListed] = useState(false);
  const venues = drill.data?.venues.filter((v) => !v.is_retired) ?? [];
  const venue = chosen || venues[0]?.id || "";
  const named = venues.find((v) => v.id === venue);
  if (!drill.data) {
    return (
      <>
        <PageTitle title={w.text("attendance.title")} />
        <Waiting problem={drill.problem} again={drill.again} />
      </>
    );
  }
  return (
    <>
      <PageTitle title={w.text("attendance.title")}>
        {" "}
        <a href={href("drills", id)}>{drill.data.event.name}</a>
      </PageTitle>
      <Banner tone="warn" title={w.text("drill.not_real")} />
      {isStale && now && (
        <Banner
          tone="danger"
          title={w.text("attendance.stale", { time: clockTime(now.as_of, w.lang) })}
        />
      )}
      {now ? <Counted drill={drill.data} now={now} /> : <Waiting problem={null} />}
      {seesPeople() && venue && (
        <>
          <Select
            label={w.text("drill.venues")}
            value={venue}
            onValue={setChosen}
            options={venues.map((v) => ({ value: v.id, label: v.name }))}
          />
          <div class="start">
            <AttendPerson drill={drill.data} venue={venue} onDone={() => {}} />
            <AttendGroup drill={drill.data} venue={venue} onDone={() => {}} />
          </div>
          {named && (
            <>
              <PosterNote key={venue} venue={named} />
              <Desks key={`desks ${venue}`} place={{ eventId: id, venue, name: named.name }} />
            </>
          )}
          <details class="card more" onToggle={(e) => setListed(e.currentTarget.open)}>
            <summary>{w.text("attendance.list.open")}</summary>
            {isListed && <AttendanceList key={now?.total} event={id} venue={venue} />}
          </details>
        </>
      )}
    </>
  );
}

function Counted({ drill, now }: { drill: Drill; now: AttendanceNow }) {
  const w = useWords(words);
  const rows = drill.venues
    .map((venue) => ({ venue, at: now.by_venue.find((v) => v.venue_id === venue.id) }))
    .filter((row) => row.at || !row.venue.is_retired);
  const bodies = now.by_body.map((b) => ({
    ...b,
    body: drill.bodies.find((x) => x.id === b.body_id),
  }));
  return (
    <>
      <dl class="figures figures-large" aria-live="polite">
        <Figure
          label={w.text("attendance.total")}
          value={now.total}
          hint={w.text("attendance.total.hint")}
        />
      </dl>
      <section class="card">
        <Table
          caption={w.text("attendance.by_venue")}
          rows={rows}
          rowKey={(r) => r.venue.id}
          empty={w.text("drill.venues.empty")}
          columns={[
            { key: "venue", label: w.text("drill.venues"), cell: (r) => r.venue.name },
            {
              key: "total",
              label: w.text("attendance.venue_total"),
              isNumber: true,
              cell: (r) => r.at?.total ?? 0,
            },
            {
              key: "persons",
              label: w.text("attendance.persons"),
              isNumber: true,
              cell: (r) => r.at?.persons ?? 0,
            },
            {
              key: "groups",
              label: w.text("attendance.groups"),
              isNumber: true,
              cell: (r) => r.at?.groups ?? 0,
            },
            {
              key: "doubles",
              label: w.text("attendance.doubles"),
              isNumber: true,
              cell: (r) => r.at?.possible_doubles ?? 0,
            },
            {
              key: "last",
              label: w.text("attendance.last"),
              cell: (r) => <When at={r.at?.last_at} />,
            },
          ]}
        />
        <p class="small">
          {w.text("attendance.as_of", { time: clockTime(now.as_of, w.lang) })}　
          {w.text("attendance.live")}　{w.text("attendance.rule")}
        </p>
      </section>
      {bodies.length > 0 && (
        <section class="card">
          <Table
            caption={w.text("attendance.by_body")}
            rows={bodies}
            rowKey={(b) => b.body_id ?? b.label}
            empty=""
            columns={[
              {
                key: "body",
                label: w.text("attendance.body"),
                cell: (b) => b.body?.name || b.label || w.text("attendance.no_body"),
              },
              {
                key: "total",
                label: w.text("attendance.venue_total"),
                isNumber: true,
                cell: (b) => b.total,
              },
              {
                key: "expected",
                label: w.text("attendance.expected"),
                isNumber: true,
                cell: (b) => b.body?.expected ?? w.text("none"),
              },
            ]}
          />
        </section>
      )}
    </>
  );
}
