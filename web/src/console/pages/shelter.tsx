import { useEffect, useState } from "preact/hooks";
import { api } from "../../api/client";
import type { components } from "../../api/schema";
import { uuidv7 } from "../../offline/bytes";
import { Banner } from "../../ui/banner";
import { Button } from "../../ui/button";
import { announce } from "../../ui/live-region";
import { Table } from "../../ui/table";
import { useWords } from "../../ui/words";
import { useAct, useAsk } from "../ask";
import { clockTime } from "../format";
import { codeList } from "../labels";
import { Desks } from "../parts/desks";
import { MatchDialog, Matches } from "../parts/match-stranger";
import { PageTitle, Waiting } from "../parts/page";
import { ProblemBanner } from "../parts/problem";
import { Receive } from "../parts/receive";
import { SettleDialog } from "../parts/settle-stay";
import { ToRegistry } from "../parts/to-registry";
import { When } from "../parts/when";
import type { Params } from "../places";
import { href } from "../router";
import { isStaff, seesVictims } from "../session";
import { words } from "../words";

type Evacuee = components["schemas"]["Evacuee"];

const AGAIN_MS = 10_000;

/** One place's door: receive people, let them leave, settle who is counted at two places. */
export default function ShelterDoor({ event: id = "", site = "" }: Params) {
  const w = useWords(words);
  const places = useAsk(`shelters/${id}`, () =>
    api.GET("/events/{id}/shelters", { params: { path: { id } } }),
  );
  const inside = useAsk(`evacuees/${id}/${site}`, () =>
    api.GET("/events/{id}/evacuees", { params: { path: { id }, query: { site, present: true } } }),
  );
  const matched = useAsk(`evacuee-matches/${id}`, async () =>
    isStaff()
      ? api.GET("/events/{id}/evacuee-matches", { params: { path: { id } } })
      : { data: { items: [] }, response: new Response() },
  );
  const [settling, setSettling] = useState<Evacuee | null>(null);
  const [matching, setMatching] = useState<Evacuee | null>(null);
  const { again: againPlaces } = places;
  const { again: againInside } = inside;
  const { again: againMatched } = matched;
  useEffect(() => {
    const timer = setInterval(() => {
      void againPlaces();
      void againInside();
    }, AGAIN_MS);
    return () => clearInterval(timer);
  }, [againPlaces, againInside]);
  async function again() {
    await Promise.all([againPlaces(), againInside(), againMatched()]);
  }
  const place = places.data?.items.find((s) => s.id === site);
  const event = places.data?.event;
  const people = inside.data?.items;
  return (
    <>
      <p>
        <a href={href("events", id, "shelters")}>{w.text("shelters.title")}</a>
      </p>
      <PageTitle title={place?.name ?? w.text("door.title")}>
        {event && <span class={`tag tag-${event.kind}`}>{w.text(`mode.${event.kind}`)}</span>}
      </PageTitle>
      {!place || !places.data ? (
        <Waiting problem={places.problem} again={again} />
      ) : (
        <>
          <dl class="facts">
            <div>
              <dt>{w.text("shelter.status")}</dt>
              <dd>
                {place.status
                  ? w.text(`shelter.status.${place.status}`)
                  : w.text("shelter.status.none")}
              </dd>
            </div>
            <div>
              <dt>{w.text("shelter.present")}</dt>
              <dd>
                {place.present}
                <small class="under">
                  {w.text("shelters.as_of", { time: clockTime(places.data.as_of, w.lang, true) })}
                </small>
              </dd>
            </div>
            <div>
              <dt>{w.text("shelter.reported")}</dt>
              <dd>
                {place.reported_people ?? w.text("shelter.reported.never")}
                {place.reported_as_of && (
                  <small class="under">
                    <When at={place.reported_as_of} age />
                  </small>
                )}
              </dd>
            </div>
          </dl>
          {place.status !== "open" && (
            <Banner tone="warn" title={w.text("door.not_open")}>
              <p>{w.text("door.not_open.words")}</p>
            </Banner>
          )}
          <Receive eventId={id} place={place} onDone={again} />
          <section class="card">
            <h2>{w.text("door.inside")}</h2>
            <ProblemBanner problem={inside.problem} />
            {!people ? (
              <Waiting problem={null} />
            ) : (
              <Inside
                eventId={id}
                isDisaster={event?.kind === "disaster"}
                people={people}
                matches={matched.data?.items ?? []}
                onSettle={setSettling}
                onMatch={setMatching}
                onDone={again}
              />
            )}
            {inside.data?.next && <p>{w.text("door.inside.more")}</p>}
          </section>
          <Matches matches={matched.data?.items ?? []} onDone={again} />
          {place.is_own && <Desks place={{ eventId: id, site, name: place.name }} />}
        </>
      )}
      {settling && (
        <SettleDialog
          evacuee={settling}
          onClose={() => setSettling(null)}
          onDone={async () => {
            setSettling(null);
            announce(w.text("door.settled", { name: settling.name }));
            await again();
          }}
        />
      )}
      {matching && (
        <MatchDialog
          evacuee={matching}
          onClose={() => setMatching(null)}
          onDone={async () => {
            setMatching(null);
            announce(w.text("door.matched", { name: matching.name || matching.name_kana }));
            await again();
          }}
        />
      )}
    </>
  );
}

/** Who is there now, and the way out for each. */
function Inside(props: {
  eventId: string;
  isDisaster: boolean;
  people: Evacuee[];
  matches: components["schemas"]["EvacueeMatch"][];
  onSettle: (e: Evacuee) => void;
  onMatch: (e: Evacuee) => void;
  onDone: () => Promise<void>;
}) {
  const w = useWords(words);
  const act = useAct();
  const matchOf = (e: Evacuee) => props.matches.find((m) => m.evacuee_id === e.id);
  async function leave(e: Evacuee) {
    const told = await act.run(() =>
      api.POST("/events/{id}/stays", {
        params: { path: { id: props.eventId } },
        body: {
          items: [
            { id: uuidv7(), check_out: { evacuee_id: e.id, site_id: e.place?.site_id ?? null } },
          ],
        },
      }),
    );
    if (!told?.ok) return;
    announce(w.text("door.left", { name: e.name || e.name_kana }));
    await props.onDone();
  }
  return (
    <>
      <ProblemBanner problem={act.problem} />
      <Table
        caption={w.text("door.inside.table", { n: props.people.length })}
        rows={props.people}
        rowKey={(e) => e.id}
        empty={w.text("door.inside.empty")}
        columns={[
          {
            key: "name",
            label: w.text("door.name"),
            sortBy: (e) => e.name_kana || e.name,
            cell: (e) => (
              <>
                {e.name || e.name_kana}
                <small class="under">{e.name ? e.name_kana : ""}</small>
                {e.is_contested && (
                  <span class="tag tag-warn">
                    {w.text("door.also_at", { place: placeWords(e.also_at) })}
                  </span>
                )}
                {e.is_protected && <span class="tag tag-danger">{w.text("door.protected")}</span>}
                {!e.person_id && (
                  <span class="tag">
                    {matchOf(e)
                      ? w.text("door.matched.as", { name: matchOf(e)?.name ?? "" })
                      : w.text("door.stranger")}
                  </span>
                )}
              </>
            ),
          },
          {
            key: "birth",
            label: w.text("door.birth"),
            cell: (e) => e.birth_on ?? (e.birth_text || "―"),
          },
          {
            key: "help",
            label: w.text("door.help"),
            cell: (e) => codeList("help", e.help_needed) || "―",
          },
          {
            key: "since",
            label: w.text("door.since"),
            sortBy: (e) => e.since ?? "",
            cell: (e) => <When at={e.since} age />,
          },
          {
            key: "act",
            label: w.text("shelter.act"),
            cell: (e) => (
              <span class="tags">
                {e.is_contested && (
                  <Button
                    onClick={() => props.onSettle(e)}
                    aria-label={w.text("door.settle.of", { name: e.name || e.name_kana })}
                  >
                    {w.text("door.settle")}
                  </Button>
                )}
                {isStaff() && !e.person_id && !matchOf(e) && (
                  <Button
                    onClick={() => props.onMatch(e)}
                    aria-label={w.text("door.match.of", { name: e.name || e.name_kana })}
                  >
                    {w.text("door.match")}
                  </Button>
                )}
                <Button
                  onClick={() => void leave(e)}
                  aria-busy={act.busy}
                  aria-label={w.text("door.leave.of", { name: e.name || e.name_kana })}
                >
                  {w.text("door.leave")}
                </Button>
                {props.isDisaster && seesVictims() && (
                  <ToRegistry
                    eventId={props.eventId}
                    from={{ evacuee_id: e.id }}
                    name={e.name || e.name_kana}
                  />
                )}
              </span>
            ),
          },
        ]}
      />
    </>
  );
}

/** A place by its name; outside the city's places by the kind of stay. */
function placeWords(place: Evacuee["place"]): string {
  if (!place) return words.text("door.nowhere");
  return place.name ?? words.text(`stay.${place.stay_type}`);
}
