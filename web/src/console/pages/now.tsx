import { useEffect } from "preact/hooks";
import { api } from "../../api/client";
import type { components } from "../../api/schema";
import { useStore } from "../../ui/store";
import { Table } from "../../ui/table";
import { useWords } from "../../ui/words";
import { useAsk } from "../ask";
import { BegunRounds } from "../begun-rounds";
import { PageTitle, Waiting } from "../parts/page";
import { ProblemBanner } from "../parts/problem";
import { When } from "../parts/when";
import { href } from "../router";
import { type CityEvent, events, isRunning, refreshEvents } from "../running";
import { seesPeople, seesVictims } from "../session";
import { words } from "../words";

type Round = components["schemas"]["Round"];

/** The first page: what is going on, and the way to start, watch and end it. */
export default function Now() {
  const w = useWords(words);
  const { items } = useStore(events);
  useEffect(() => {
    void refreshEvents();
  }, []);
  const rounds = useAsk("rounds", () => api.GET("/rounds"));
  const running = (items ?? []).filter(isRunning);
  const planned = (items ?? []).filter((event) => event.is_planned);
  const past = (items ?? []).filter(
    (event) => !isRunning(event) && !event.is_planned && !event.is_standing,
  );
  return (
    <>
      <PageTitle title={w.text("now.title")} />
      {seesPeople() && (
        <p class="actions">
          <a
            class={`button ${running.length ? "button-plain" : "button-primary"}`}
            href="#/events/new"
          >
            {w.text("now.new")}
          </a>
          <a class="button button-plain" href="#/carry">
            {w.text("carry.open")}
          </a>
        </p>
      )}
      {seesPeople() && <BegunRounds />}
      <ProblemBanner problem={rounds.problem} />
      {!items && <Waiting problem={null} />}
      {items && running.length === 0 && <p class="card">{w.text("now.none")}</p>}
      {running.map((event) => (
        <Running
          key={event.id}
          event={event}
          rounds={(rounds.data?.items ?? []).filter((round) => round.event.id === event.id)}
        />
      ))}
      {planned.length > 0 && (
        <section class="card">
          <h2>{w.text("now.planned")}</h2>
          <ul>
            {planned.map((event) => (
              <li key={event.id}>
                <a href={href("drills", event.id)}>{event.name}</a>　<When at={event.started_at} />
              </li>
            ))}
          </ul>
        </section>
      )}
      {past.length > 0 && (
        <section class="card">
          <h2>{w.text("now.past")}</h2>
          <Past events={past} rounds={rounds.data?.items ?? []} />
        </section>
      )}
    </>
  );
}

function Running({ event, rounds }: { event: CityEvent; rounds: Round[] }) {
  const w = useWords(words);
  return (
    <section class={`card event event-${event.kind}`}>
      <h2>
        <span class={`tag tag-${event.kind}`}>{w.text(`mode.${event.kind}`)}</span> {event.name}
      </h2>
      <dl class="facts">
        <div>
          <dt>{w.text("event.hazards")}</dt>
          <dd>
            {event.hazards.map((h) => w.text(`hazard.${h}`)).join(w.text("list.comma")) ||
              w.text("none")}
          </dd>
        </div>
        <div>
          <dt>{w.text("event.started")}</dt>
          <dd>
            <When at={event.started_at} age />
          </dd>
        </div>
        {event.kind === "drill" && (
          <div>
            <dt>{w.text("event.planned_end")}</dt>
            <dd>
              <When at={event.planned_end_at} />
            </dd>
          </div>
        )}
      </dl>
      {rounds.length === 0 ? (
        <p>{w.text("now.no_rounds")}</p>
      ) : (
        <ul class="rounds">
          {rounds.map((round) => (
            <li key={round.id}>
              <a class="round-link" href={href("rounds", round.id)}>
                <strong>{round.name}</strong>
                <span>{w.text(round.closed_at ? "round.closed" : "round.open")}</span>
                <small>
                  {w.text("round.size", {
                    districts: round.districts.length,
                    members: round.members,
                  })}
                </small>
              </a>
            </li>
          ))}
        </ul>
      )}
      {seesPeople() && (
        <p class="actions">
          <a
            class={`button ${rounds.length ? "button-plain" : "button-primary"}`}
            href={href("events", event.id, "start")}
          >
            {w.text("now.start_round")}
          </a>
          <a class="button button-plain" href={href("events", event.id, "rescues")}>
            {w.text("mode.rescues")}
          </a>
          <a class="button button-plain" href={href("events", event.id, "shelters")}>
            {w.text("shelters.link")}
          </a>
          {event.kind === "disaster" && seesVictims() && (
            <a class="button button-plain" href={href("events", event.id, "victims")}>
              {w.text("victims.link")}
            </a>
          )}
          <a class="button button-quiet" href={href("events", event.id, "end")}>
            {w.text(event.kind === "drill" ? "now.end_drill" : "now.end_disaster")}
          </a>
        </p>
      )}
    </section>
  );
}

function Past({ events: past, rounds }: { events: CityEvent[]; rounds: Round[] }) {
  const w = useWords(words);
  return (
    <Table
      caption={w.text("now.past.caption")}
      rows={past}
      rowKey={(event) => event.id}
      empty=""
      columns={[
        { key: "name", label: w.text("event.name"), cell: (event) => event.name },
        { key: "kind", label: w.text("event.kind"), cell: (event) => w.text(`mode.${event.kind}`) },
        {
          key: "started",
          label: w.text("event.started"),
          cell: (event) => <When at={event.started_at} />,
          sortBy: (event) => event.started_at,
        },
        {
          key: "ended",
          label: w.text("event.ended"),
          cell: (event) => (event.bound_to ? w.text("event.bound") : <When at={event.ended_at} />),
        },
        {
          key: "reason",
          label: w.text("event.reason"),
          cell: (event) =>
            event.ended_reason || w.text(event.kind === "drill" ? "event.by_plan" : "none"),
        },
        {
          key: "rounds",
          label: w.text("event.rounds"),
          cell: (event) => (
            <ul class="plain">
              {rounds
                .filter((round) => round.event.id === event.id)
                .map((round) => (
                  <li key={round.id}>
                    <a href={href("rounds", round.id)}>{round.name}</a>
                  </li>
                ))}
            </ul>
          ),
        },
      ]}
    />
  );
}
