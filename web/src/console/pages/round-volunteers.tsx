import { useEffect } from "preact/hooks";
import { api } from "../../api/client";
import type { components } from "../../api/schema";
import { Banner } from "../../ui/banner";
import { Icon } from "../../ui/icon";
import { Table } from "../../ui/table";
import { useWords } from "../../ui/words";
import { useAsk } from "../ask";
import { PageTitle, Waiting } from "../parts/page";
import { ProblemBanner } from "../parts/problem";
import { When } from "../parts/when";
import type { Params } from "../places";
import { href } from "../router";
import { words } from "../words";

type Working = components["schemas"]["WorkingVolunteer"];

const EVERY_MS = 30_000;

/** A round's volunteers: how far each is, who is silent, whose phone still holds reports. */
export default function RoundVolunteers({ round: id = "" }: Params) {
  const w = useWords(words);
  const asked = useAsk(`round-volunteers/${id}`, () =>
    api.GET("/rounds/{id}/volunteers", { params: { path: { id } } }),
  );
  const { again } = asked;
  useEffect(() => {
    const timer = setInterval(again, EVERY_MS);
    return () => clearInterval(timer);
  }, [again]);
  const items = asked.data?.items;
  const silent = items?.filter((v) => v.is_silent).length ?? 0;
  const held = items?.reduce((n, v) => n + v.held_items, 0) ?? 0;
  const without = items?.filter((v) => v.phones === 0).length ?? 0;
  return (
    <>
      <p>
        <a href={href("rounds", id)}>{w.text("back.board.short")}</a>
      </p>
      <PageTitle title={w.text("working.title")} />
      {!items ? (
        <Waiting problem={asked.problem} again={again} />
      ) : (
        <>
          <ProblemBanner problem={asked.problem} />
          {silent > 0 && (
            <Banner tone="warn" title={w.text("working.silent", { n: silent })}>
              <p>{w.text("working.silent.words")}</p>
            </Banner>
          )}
          {held > 0 && (
            <Banner tone="info" title={w.text("working.held", { n: held })}>
              <p>{w.text("working.held.words")}</p>
            </Banner>
          )}
          {without > 0 && <p>{w.text("working.without", { n: without })}</p>}
          <section class="card">
            <WorkingTable items={items} />
          </section>
        </>
      )}
    </>
  );
}

function WorkingTable({ items }: { items: Working[] }) {
  const w = useWords(words);
  return (
    <Table
      caption={w.text("working.table", { n: items.length })}
      rows={items}
      rowKey={(v) => v.id}
      empty={w.text("working.empty")}
      columns={[
        {
          key: "name",
          label: w.text("volunteer.name"),
          sortBy: (v) => v.name,
          cell: (v) => (
            <>
              {v.name}
              <small class="under">
                {[v.body, v.districts.map((d) => d.name).join(" ")].filter(Boolean).join("　")}
              </small>
            </>
          ),
        },
        {
          key: "state",
          label: w.text("working.state"),
          sortBy: (v) => Number(v.is_silent),
          cell: (v) =>
            v.is_silent ? (
              <strong class="warn">
                <Icon name="silent" /> {w.text("working.is_silent")}
              </strong>
            ) : (
              w.text(
                v.phones === 0
                  ? "working.no_phone"
                  : v.availability?.status
                    ? (`available.${v.availability.status}` as "available.later")
                    : "working.in_touch",
              )
            ),
        },
        {
          key: "done",
          label: w.text("working.done"),
          isNumber: true,
          sortBy: (v) => (v.assigned === 0 ? 1 : v.done / v.assigned),
          cell: (v) => (
            <>
              {`${v.done} / ${v.assigned}`}
              {v.tried > 0 && (
                <small class="under">{w.text("working.tried", { n: v.tried })}</small>
              )}
            </>
          ),
        },
        {
          key: "contact",
          label: w.text("volunteer.contact"),
          sortBy: (v) => v.last_contact_at ?? "",
          cell: (v) => <When at={v.last_contact_at} age />,
        },
        {
          key: "held",
          label: w.text("volunteer.held"),
          isNumber: true,
          sortBy: (v) => v.held_items,
          cell: (v) => v.held_items,
        },
        {
          key: "phone",
          label: w.text("volunteer.phone"),
          cell: (v) =>
            v.phone ? <a href={`tel:${v.phone.replace(/[^\d+]/g, "")}`}>{v.phone}</a> : null,
        },
      ]}
    />
  );
}
