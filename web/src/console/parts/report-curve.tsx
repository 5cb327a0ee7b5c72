import { useId } from "preact/hooks";
import { Table } from "../../ui/table";
import { useWords } from "../../ui/words";
import { lineOf, minutesWords, type Point, ticksOf } from "../report";
import { words } from "../words";

const [WIDTH, HEIGHT, LEFT, TOP, BELOW, RIGHT] = [380, 190, 60, 12, 30, 84];

/** How the share of those confirmed grew; an earlier drill beside it as a broken line. The same numbers stand in a table. */
export function ReportCurve(props: { where: string; points: Point[]; before?: Point[] }) {
  const w = useWords(words);
  const title = useId();
  const last = props.points.at(-1);
  const before = props.before?.at(-1);
  const minutes = Math.max(last?.minute ?? 0, before?.minute ?? 0);
  const line = (points: Point[]) => lineOf(points, minutes, WIDTH, HEIGHT);
  const y = (point: Point | undefined) => HEIGHT - ((point?.share ?? 0) / 100) * HEIGHT;
  const x = (point: Point | undefined) =>
    minutes === 0 ? 0 : ((point?.minute ?? 0) / minutes) * WIDTH;
  // Two words at one height would hide each other.
  const down =
    before && Math.abs(y(last) - y(before)) < 16 && Math.abs(x(last) - x(before)) < 90 ? 16 : 0;
  return (
    <svg
      class="curve"
      role="img"
      aria-labelledby={title}
      viewBox={`0 0 ${LEFT + WIDTH + RIGHT} ${TOP + HEIGHT + BELOW}`}
    >
      <title id={title}>
        {[
          w.text("report.curve.of", { where: props.where }),
          last ? said(last) : w.text("report.curve.empty"),
          before ? w.text("report.before.is", { value: said(before) }) : "",
        ]
          .filter(Boolean)
          .join("。")}
      </title>
      <g transform={`translate(${LEFT} ${TOP})`}>
        {[0, 25, 50, 75, 100].map((share) => (
          <g key={share}>
            <line class="curve-grid" x1="0" x2={WIDTH} y1={y1(share)} y2={y1(share)} />
            <text class="curve-word" x="-6" y={y1(share) + 4} text-anchor="end">
              {share}%
            </text>
          </g>
        ))}
        {ticksOf(minutes).map((minute, n) => {
          const at = minutes === 0 ? 0 : (minute / minutes) * WIDTH;
          return (
            <g key={minute} class={n % 2 ? "curve-odd" : undefined}>
              <line class="curve-grid" x1={at} x2={at} y1={HEIGHT} y2={HEIGHT + 5} />
              <text class="curve-word" x={at} y={HEIGHT + 22} text-anchor="middle">
                {minutesWords(minute)}
              </text>
            </g>
          );
        })}
        {props.before && <polyline class="curve-before" points={line(props.before)} />}
        <polyline class="curve-now" points={line(props.points)} />
        {before && (
          <text class="curve-word" x={x(before) + 6} y={y(before) + 4 + down}>
            {w.text("report.before")}
          </text>
        )}
        {last && (
          <text class="curve-word curve-this" x={x(last) + 6} y={y(last) + 4}>
            {w.text("report.this")}
          </text>
        )}
      </g>
    </svg>
  );
}

function y1(share: number): number {
  return HEIGHT - (share / 100) * HEIGHT;
}

function said(point: Point): string {
  return words.text("report.curve.words", {
    time: minutesWords(point.minute),
    percent: Math.floor(point.share),
    n: point.people,
  });
}

/** The curve in figures: where it moved, and its end. */
export function CurveTable({ where, points }: { where: string; points: Point[] }) {
  const w = useWords(words);
  const moved = points.filter(
    (p, n) => p.people !== points[n - 1]?.people || n === points.length - 1,
  );
  return (
    <Table
      caption={w.text("report.curve.of", { where })}
      rows={moved}
      rowKey={(p) => String(p.minute)}
      empty={w.text("report.curve.empty")}
      columns={[
        {
          key: "time",
          label: w.text("report.curve.time"),
          cell: (p) => minutesWords(p.minute),
        },
        {
          key: "people",
          label: w.text("report.confirmed"),
          isNumber: true,
          cell: (p) => p.people,
        },
        { key: "share", label: "%", isNumber: true, cell: (p) => Math.floor(p.share) },
      ]}
    />
  );
}
