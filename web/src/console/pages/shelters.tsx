import { useEffect, useState } from "preact/hooks";
import { api } from "../../api/client";
import type { components } from "../../api/schema";
import { Button } from "../../ui/button";
import { Select } from "../../ui/choices";
import { Field } from "../../ui/field";
import { announce } from "../../ui/live-region";
import { type Column, Table } from "../../ui/table";
import { useWords } from "../../ui/words";
import { useAsk } from "../ask";
import { clockTime } from "../format";
import { HeadCountDialog } from "../parts/head-count";
import { OpeningDialog } from "../parts/opening";
import { PageTitle, Waiting } from "../parts/page";
import { ProblemBanner } from "../parts/problem";
import { When } from "../parts/when";
import type { Params } from "../places";
import { href } from "../router";
import { seesPeople } from "../session";
import { words } from "../words";

type Shelter = components["schemas"]["Shelter"];
type Shelters = components["schemas"]["Shelters"];
type Only = "all" | "said" | "own";

/** How often the places are looked at again while the page is open. */
const AGAIN_MS = 10_000;

/** The places of an event: how they stand, the census beside the reported head-count, and the way to change it. */
export default function ShelterList({ event: id = "" }: Params) {
  const w = useWords(words);
  const asked = useAsk(`shelters/${id}`, () =>
    api.GET("/events/{id}/shelters", { params: { path: { id } } }),
  );
  const { again, data } = asked;
  const [query, setQuery] = useState("");
  const [only, setOnly] = useState<Only>("all");
  const [opening, setOpening] = useState<Shelter | null>(null);
  const [counting, setCounting] = useState<Shelter | null>(null);
  useEffect(() => {
    const timer = setInterval(() => void again(), AGAIN_MS);
    return () => clearInterval(timer);
  }, [again]);

  async function done(told: string) {
    setOpening(null);
    setCounting(null);
    announce(told);
    await again();
  }

  const rows = (data?.items ?? []).filter((s) => isShown(s, only, query));
  return (
    <>
      <p>
        <a href="#/">{w.text("now.title")}</a>
      </p>
      <PageTitle title={w.text("shelters.title")}>
        {data && (
          <span class={`tag tag-${data.event.kind}`}>{w.text(`mode.${data.event.kind}`)}</span>
        )}
      </PageTitle>
      {!data ? (
        <Waiting problem={asked.problem} again={again} />
      ) : (
        <>
          <ProblemBanner problem={asked.problem} />
          <p>
            {data.event.name}　{w.text(`shelters.words.${data.event.kind}`)}
          </p>
          <Sums shelters={data} />
          <section class="card">
            <div class="filters">
              <Field
                label={w.text("shelters.find")}
                type="search"
                value={query}
                onValue={setQuery}
              />
              <Select<Only>
                label={w.text("shelters.only")}
                value={only}
                onValue={setOnly}
                options={(["all", "said", "own"] as const).map((value) => ({
                  value,
                  label: w.text(`shelters.only.${value}`),
                }))}
              />
            </div>
            <Table
              caption={w.text("shelters.table", { n: rows.length })}
              rows={rows}
              rowKey={(s) => s.id}
              empty={w.text(data.items.length === 0 ? "shelters.empty" : "shelters.none")}
              columns={columns(w, id, setOpening, setCounting)}
            />
          </section>
        </>
      )}
      {opening && (
        <OpeningDialog
          eventId={id}
          shelter={opening}
          onClose={() => setOpening(null)}
          onDone={done}
        />
      )}
      {counting && (
        <HeadCountDialog
          eventId={id}
          shelter={counting}
          onClose={() => setCounting(null)}
          onDone={done}
        />
      )}
    </>
  );
}

function isShown(s: Shelter, only: Only, query: string): boolean {
  if (only === "said" && !s.status) return false;
  if (only === "own" && !s.is_own) return false;
  const sought = query.trim().normalize("NFKC");
  return !sought || s.name.includes(sought) || s.address.includes(sought);
}

/** What the places add up to. The census and the reports are two figures, never one. */
function Sums({ shelters }: { shelters: Shelters }) {
  const w = useWords(words);
  const reported = shelters.items.filter((s) => s.reported_people != null);
  const sum = (of: (s: Shelter) => number) => shelters.items.reduce((n, s) => n + of(s), 0);
  const contested = sum((s) => s.contested);
  return (
    <section class="card">
      <p class="small">
        {w.text("shelters.as_of", { time: clockTime(shelters.as_of, w.lang, true) })}
      </p>
      <dl class="facts">
        <div>
          <dt>{w.text("shelters.sum.open")}</dt>
          <dd>{sum((s) => (s.status === "open" ? 1 : 0))}</dd>
        </div>
        <div>
          <dt>{w.text("shelters.sum.present")}</dt>
          <dd>{sum((s) => s.present)}</dd>
        </div>
        <div>
          <dt>{w.text("shelters.sum.reported")}</dt>
          <dd>
            {reported.length === 0
              ? w.text("shelter.reported.never")
              : sum((s) => s.reported_people ?? 0)}
            {reported.length > 0 && (
              <small class="under">
                {w.text("shelters.sum.reported.of", { n: reported.length })}
              </small>
            )}
          </dd>
        </div>
        {contested > 0 && (
          <div>
            <dt>{w.text("shelters.sum.contested")}</dt>
            <dd>{contested}</dd>
          </div>
        )}
        {shelters.elsewhere.length > 0 && (
          <div>
            <dt>{w.text("shelters.sum.elsewhere")}</dt>
            <dd>
              {shelters.elsewhere
                .map((e) => `${w.text(`stay.${e.stay_type}`)} ${e.people}`)
                .join(w.text("list.comma"))}
            </dd>
          </div>
        )}
      </dl>
    </section>
  );
}

function columns(
  w: typeof words,
  eventId: string,
  onOpening: (s: Shelter) => void,
  onCounting: (s: Shelter) => void,
): Column<Shelter>[] {
  const all: Column<Shelter>[] = [
    {
      key: "name",
      label: w.text("shelter.name"),
      sortBy: (s) => s.name,
      cell: (s) => (
        <>
          {s.name}
          <small class="under">{[s.district?.name, s.address].filter(Boolean).join(" / ")}</small>
        </>
      ),
    },
    {
      key: "status",
      label: w.text("shelter.status"),
      sortBy: (s) => s.status ?? "",
      cell: (s) =>
        s.status ? (
          <>
            <span class={`tag ${s.status === "open" ? "tag-ok" : ""}`}>
              {w.text(`shelter.status.${s.status}`)}
            </span>
            {s.is_self_opened && <span class="tag">{w.text("shelter.self")}</span>}
            <small class="under">
              <When at={s.status_since} age />
            </small>
          </>
        ) : (
          w.text("shelter.status.none")
        ),
    },
    {
      key: "crowding",
      label: w.text("shelter.crowding"),
      cell: (s) =>
        s.crowding ? (
          <>
            <span class={`tag ${s.crowding === "full" ? "tag-warn" : ""}`}>
              {w.text(`shelter.crowding.${s.crowding}`)}
            </span>
            <small class="under">
              {w.text(s.crowding_is_said ? "shelter.crowding.said" : "shelter.crowding.counted")}
            </small>
          </>
        ) : s.status === "open" ? (
          w.text("shelter.crowding.unknown")
        ) : (
          "―"
        ),
    },
    {
      key: "present",
      label: w.text("shelter.present"),
      isNumber: true,
      sortBy: (s) => s.present,
      cell: (s) => s.present,
    },
    {
      key: "reported",
      label: w.text("shelter.reported"),
      isNumber: true,
      sortBy: (s) => s.reported_people ?? -1,
      cell: (s) =>
        s.reported_people == null ? (
          w.text("shelter.reported.never")
        ) : (
          <>
            {s.reported_people}
            <small class="under">
              <When at={s.reported_as_of} age />
            </small>
          </>
        ),
    },
    {
      key: "capacity",
      label: w.text("shelter.capacity"),
      isNumber: true,
      sortBy: (s) => s.capacity ?? -1,
      cell: (s) => s.capacity ?? (s.capacity_text || w.text("shelter.capacity.unknown")),
    },
  ];
  if (seesPeople()) {
    all.push({
      key: "act",
      label: w.text("shelter.act"),
      cell: (s) =>
        s.is_own ? (
          <span class="tags">
            <a class="button button-plain" href={href("events", eventId, "shelters", s.id)}>
              {w.text("shelter.door")}
              <span class="visually-hidden"> {s.name}</span>
            </a>
            <Button
              onClick={() => onOpening(s)}
              aria-label={w.text("shelter.act.open", { name: s.name })}
            >
              {w.text("shelter.change")}
            </Button>
            <Button
              onClick={() => onCounting(s)}
              aria-label={w.text("shelter.act.count", { name: s.name })}
            >
              {w.text("shelter.count")}
            </Button>
          </span>
        ) : (
          w.text("shelter.not_own")
        ),
    });
  }
  return all;
}
