import { useStore } from "../../ui/store";
import { Table } from "../../ui/table";
import { useWords } from "../../ui/words";
import type { Channels, Preview } from "../preview";
import { session } from "../session";
import { words } from "../words";

const COUNTS = ["people", "visit", "phone", "mail", "none", "homes"] as const;

/** For how many people each way to answer exists, by district. */
export function ChannelTable({ rows }: { rows: Preview[] }) {
  const w = useWords(words);
  const { markerLabel } = useStore(session);
  return (
    <details class="more">
      <summary>{w.text("start.channels")}</summary>
      <Table
        caption={w.text("start.channels")}
        rows={rows}
        rowKey={(row) => row.district.id}
        empty={w.text("start.no_districts")}
        columns={[
          {
            key: "district",
            label: w.text("district"),
            sortBy: (row) => row.district.name,
            cell: (row) => row.district.name,
          },
          ...COUNTS.map((count) => ({
            key: count,
            label: w.text(`start.${count}`, { label: markerLabel }),
            isNumber: true,
            sortBy: (row: Preview) => row.channels[count],
            cell: (row: Preview) =>
              count === "none" && row.channels.none > 0 ? (
                <span class="bad">{row.channels.none}</span>
              ) : (
                row.channels[count]
              ),
          })),
          {
            key: "facilities",
            label: w.text("start.facilities"),
            isNumber: true,
            sortBy: (row) => row.channels.facilities,
            cell: (row) => <Facilities channels={row.channels} />,
          },
        ]}
      />
      <p class="small">{w.text("start.channels.note")}</p>
    </details>
  );
}

/** The same for all chosen districts together. */
export function ChannelFacts({ channels }: { channels: Channels }) {
  const w = useWords(words);
  const { markerLabel } = useStore(session);
  return (
    <>
      <h3>{w.text("start.channels")}</h3>
      <dl class="facts facts-numbers">
        {COUNTS.map((count) => (
          <div key={count}>
            <dt>{w.text(`start.${count}`, { label: markerLabel })}</dt>
            <dd>{channels[count]}</dd>
          </div>
        ))}
        <div>
          <dt>{w.text("start.facilities")}</dt>
          <dd>
            <Facilities channels={channels} />
          </dd>
        </div>
      </dl>
    </>
  );
}

function Facilities({ channels }: { channels: Channels }) {
  const w = useWords(words);
  return (
    <>
      {channels.facilities}
      {channels.facility_capacity != null && (
        <small class="under">
          {w.text("start.facility_capacity", { n: channels.facility_capacity })}
        </small>
      )}
      {channels.facilities_without_capacity > 0 && (
        <small class="under">
          {w.text("start.facility_unknown", { n: channels.facilities_without_capacity })}
        </small>
      )}
    </>
  );
}
