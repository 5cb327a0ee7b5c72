import { Table } from "../../ui/table";
import { useWords } from "../../ui/words";
import { percent } from "../format";
import type { District, Figures, Report, Response, RoundFigures } from "../report";
import { minutesWords, secondsWords, worstFirst } from "../report";
import { words } from "../words";
import { When } from "./when";

/** 「12分」, or that so many never were. */
export function Within({ min }: { min: number | null | undefined }) {
  const w = useWords(words);
  return <>{min == null ? w.text("report.never") : minutesWords(min)}</>;
}

/** How many of how many, as figures and share. */
function Share({ of }: { of: Response }) {
  const w = useWords(words);
  if (of.to_confirm === 0) return <>{w.text("none")}</>;
  return (
    <>
      {`${of.confirmed}/${of.to_confirm}`}{" "}
      <small>{`${percent(of.confirmed, of.to_confirm)}%`}</small>
    </>
  );
}

/** The districts, those that need a look first; `most` for one page. */
export function DistrictTable({ round, most }: { round: RoundFigures; most?: number }) {
  const w = useWords(words);
  const sorted = worstFirst(round.districts);
  const rows = most ? sorted.slice(0, most) : sorted;
  const rest = sorted.length - rows.length;
  const cell = (d: District) => {
    if (d.is_silent) return <strong class="warn">{w.text("report.silent")}</strong>;
    return w.text("report.silent_volunteers", { silent: d.silent_volunteers, all: d.volunteers });
  };
  return (
    <>
      <Table
        caption={w.text(rest > 0 ? "report.districts.worst" : "report.districts")}
        rows={rows}
        rowKey={(d) => d.district.id}
        empty={w.text("board.empty")}
        columns={[
          { key: "district", label: w.text("district"), cell: (d) => d.district.name },
          {
            key: "confirmed",
            label: w.text("report.confirmed"),
            isNumber: true,
            cell: (d) => <Share of={d} />,
          },
          {
            key: "t25",
            label: w.text("report.t25"),
            isNumber: true,
            cell: (d) => <Within min={d.p25_min} />,
          },
          {
            key: "t50",
            label: w.text("report.t50"),
            isNumber: true,
            cell: (d) => <Within min={d.p50_min} />,
          },
          {
            key: "t75",
            label: w.text("report.t75"),
            isNumber: true,
            cell: (d) => <Within min={d.p75_min} />,
          },
          { key: "first", label: w.text("report.first"), cell: (d) => <When at={d.first_at} /> },
          { key: "last", label: w.text("report.last"), cell: (d) => <When at={d.last_at} /> },
          {
            key: "unreached",
            label: w.text("report.unreached.total"),
            isNumber: true,
            cell: (d) => d.tried + d.unchecked,
          },
          { key: "heard", label: w.text("report.heard"), cell },
        ]}
      />
      {rest > 0 && <p class="small">{w.text("report.districts.more", { n: rows.length, rest })}</p>}
    </>
  );
}

export const REASONS = [
  "no_answer",
  "absent",
  "access_impossible",
  "refused",
  "heard",
  "not_disclosable",
  "nobody_assigned",
  "not_visited",
] as const;

/** Whom nobody reached, by the one reason that applies. */
export function UnreachedTable({ of }: { of: Response }) {
  const w = useWords(words);
  const rows = REASONS.map((reason) => ({ reason, people: of.unreached[reason] }));
  return (
    <Table
      caption={w.text("report.unreached")}
      rows={rows.filter((r) => r.people > 0)}
      rowKey={(r) => r.reason}
      empty={w.text("report.unreached.none")}
      columns={[
        {
          key: "reason",
          label: w.text("report.reason"),
          cell: (r) => w.text(`report.unreached.${r.reason}`),
        },
        { key: "people", label: w.text("report.people"), isNumber: true, cell: (r) => r.people },
      ]}
    />
  );
}

/** In which way people were first heard of, and how soon. */
export function WaysTable({ round }: { round: RoundFigures }) {
  const w = useWords(words);
  return (
    <>
      <Table
        caption={w.text("report.ways")}
        rows={round.by_way}
        rowKey={(r) => `${r.attempt}/${r.channel}`}
        empty={w.text("report.curve.empty")}
        columns={[
          {
            key: "way",
            label: w.text("report.way"),
            cell: (r) => (r.attempt ? w.text(`attempt.${r.attempt}`) : w.text("report.way.found")),
          },
          {
            key: "channel",
            label: w.text("report.channel"),
            cell: (r) => (r.channel ? w.text(`report.channel.${r.channel}`) : w.text("none")),
          },
          { key: "people", label: w.text("report.people"), isNumber: true, cell: (r) => r.people },
          {
            key: "t25",
            label: w.text("report.t25"),
            isNumber: true,
            cell: (r) => <Within min={r.p25_min} />,
          },
          {
            key: "t50",
            label: w.text("report.t50"),
            isNumber: true,
            cell: (r) => <Within min={r.p50_min} />,
          },
          {
            key: "t75",
            label: w.text("report.t75"),
            isNumber: true,
            cell: (r) => <Within min={r.p75_min} />,
          },
        ]}
      />
      <p class="small">{w.text("report.ways.hint")}</p>
    </>
  );
}

/** How long a call for rescue waited. */
export function RescueTable({ figures }: { figures: Figures }) {
  const w = useWords(words);
  const { rescues } = figures;
  if (rescues.calls === 0) return <p>{w.text("report.rescues.none")}</p>;
  const spans = ["taken", "given", "closed"] as const;
  const time = (s: number | null | undefined) => (s == null ? w.text("none") : secondsWords(s));
  return (
    <>
      <Table
        caption={w.text("report.rescues")}
        rows={spans.map((key) => ({ key, ...rescues[key] }))}
        rowKey={(r) => r.key}
        empty=""
        columns={[
          {
            key: "span",
            label: w.text("report.rescue.span"),
            cell: (r) => w.text(`report.rescue.${r.key}`),
          },
          { key: "done", label: w.text("report.rescue.done"), isNumber: true, cell: (r) => r.done },
          {
            key: "median",
            label: w.text("report.rescue.median"),
            isNumber: true,
            cell: (r) => time(r.median_s),
          },
          {
            key: "worst",
            label: w.text("report.rescue.worst"),
            isNumber: true,
            cell: (r) => time(r.worst_s),
          },
          {
            key: "waiting",
            label: w.text("report.rescue.waiting"),
            isNumber: true,
            cell: (r) => r.waiting,
          },
          {
            key: "longest",
            label: w.text("report.rescue.longest"),
            isNumber: true,
            cell: (r) => time(r.longest_waiting_s),
          },
        ]}
      />
      {rescues.closed_without_giving > 0 && (
        <p class="small">{w.text("report.rescue.without", { n: rescues.closed_without_giving })}</p>
      )}
    </>
  );
}

/** Who came, by venue and by body. */
export function AttendanceTables({ figures }: { figures: Figures }) {
  const w = useWords(words);
  const came = figures.attendance;
  if (!came) return null;
  const count = (n: number | null | undefined) => n ?? w.text("report.attendance.none");
  return (
    <section class="card">
      <h2>{w.text("report.attendance")}</h2>
      <Table
        caption={w.text("report.attendance.by_venue")}
        rows={came.venues}
        rowKey={(v) => v.venue_id}
        empty={w.text("report.attendance.none")}
        columns={[
          { key: "venue", label: w.text("drill.venues"), cell: (v) => v.name },
          { key: "district", label: w.text("district"), cell: (v) => v.district.name },
          {
            key: "total",
            label: w.text("attendance.venue_total"),
            isNumber: true,
            cell: (v) => count(v.total),
          },
          {
            key: "persons",
            label: w.text("attendance.persons"),
            isNumber: true,
            cell: (v) => (v.total == null ? w.text("none") : v.persons),
          },
          {
            key: "groups",
            label: w.text("attendance.groups"),
            isNumber: true,
            cell: (v) => (v.total == null ? w.text("none") : v.groups),
          },
          {
            key: "doubles",
            label: w.text("attendance.doubles"),
            isNumber: true,
            cell: (v) => (v.total == null ? w.text("none") : v.possible_doubles),
          },
        ]}
      />
      {came.bodies.length > 0 && (
        <Table
          caption={w.text("report.attendance.by_body")}
          rows={came.bodies}
          rowKey={(b) => b.body_id ?? b.name}
          empty=""
          columns={[
            {
              key: "body",
              label: w.text("attendance.body"),
              cell: (b) => b.name || w.text("attendance.no_body"),
            },
            {
              key: "expected",
              label: w.text("attendance.expected"),
              isNumber: true,
              cell: (b) => b.expected ?? w.text("none"),
            },
            {
              key: "total",
              label: w.text("attendance.venue_total"),
              isNumber: true,
              cell: (b) => count(b.total),
            },
          ]}
        />
      )}
      <p class="small">{w.text("attendance.rule")}</p>
    </section>
  );
}

/** How prepared the districts were. */
export function ReadinessFigures({ figures }: { figures: Figures }) {
  const w = useWords(words);
  if (figures.readiness.length === 0) return null;
  return (
    <section class="card">
      <h2>{w.text("report.readiness")}</h2>
      <Table
        caption={w.text("report.readiness")}
        rows={figures.readiness}
        rowKey={(d) => d.district.id}
        empty=""
        columns={[
          { key: "district", label: w.text("district"), cell: (d) => d.district.name },
          {
            key: "volunteers",
            label: w.text("report.ready.volunteers"),
            isNumber: true,
            cell: (d) => d.volunteers,
          },
          {
            key: "invited",
            label: w.text("report.ready.invited"),
            isNumber: true,
            cell: (d) => d.invited,
          },
          {
            key: "opened",
            label: w.text("report.ready.opened"),
            isNumber: true,
            cell: (d) => d.opened,
          },
          {
            key: "practised",
            label: w.text("report.ready.practised"),
            isNumber: true,
            cell: (d) => d.practised_offline,
          },
          {
            key: "sheets",
            label: w.text("report.ready.sheets"),
            isNumber: true,
            cell: (d) => d.sheets_printed,
          },
        ]}
      />
    </section>
  );
}

/** What came after the end: only the figures that are no longer what they were. */
export function ChangesTable({ changes }: { changes: Report["changes"] }) {
  const w = useWords(words);
  const count = (n: number | null | undefined) => n ?? w.text("report.unknown");
  const difference = (a: number | null | undefined, b: number | null | undefined) => {
    if (a == null || b == null) return w.text("none");
    return b > a ? `＋${b - a}` : `－${a - b}`;
  };
  return (
    <Table
      caption={w.text("report.changes")}
      rows={changes}
      rowKey={(c) => c.figure}
      empty={w.text("report.changes.none")}
      columns={[
        {
          key: "figure",
          label: w.text("report.change.figure"),
          cell: (c) => w.text(`report.figure.${c.figure}`),
        },
        {
          key: "at_close",
          label: w.text("report.basis.at_close"),
          isNumber: true,
          cell: (c) => count(c.at_close),
        },
        {
          key: "now",
          label: w.text("report.basis.now"),
          isNumber: true,
          cell: (c) => count(c.now),
        },
        {
          key: "difference",
          label: w.text("report.change.difference"),
          isNumber: true,
          cell: (c) => difference(c.at_close, c.now),
        },
      ]}
    />
  );
}
