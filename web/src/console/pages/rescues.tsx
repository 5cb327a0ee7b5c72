import { api } from "../../api/client";
import { Banner } from "../../ui/banner";
import { useStore } from "../../ui/store";
import { useWords } from "../../ui/words";
import { useAsk } from "../ask";
import { clockTime } from "../format";
import { PageTitle } from "../parts/page";
import { RescueQueue } from "../parts/rescue-queue";
import type { Params } from "../places";
import { events } from "../running";
import { useBoard } from "../use-board";
import { words } from "../words";

/** Every open call of an event, also of its closed rounds; new ones come with the board of its newest round. */
export default function Rescues({ event: eventId = "" }: Params) {
  const w = useWords(words);
  const { items } = useStore(events);
  const event = items?.find((e) => e.id === eventId);
  const rounds = useAsk(`rounds/${eventId}`, () =>
    api.GET("/rounds", { params: { query: { event_id: eventId } } }),
  );
  const newest = rounds.data?.items[0];
  const { board, state } = useBoard(newest?.id ?? null);
  return (
    <>
      <PageTitle title={w.text("rescues.title")}>
        {event && (
          <span class={`tag tag-${event.kind}`}>
            {w.text(`mode.${event.kind}`)} {event.name}
          </span>
        )}
      </PageTitle>
      {event?.is_standing && (
        <Banner tone="danger" title={w.text("rescues.standing")}>
          <p>{w.text("rescues.standing.words")}</p>
        </Banner>
      )}
      {board && (
        <p class="freshness">
          <span class={`dot dot-${state}`} aria-hidden="true" />
          <strong>{w.text("board.as_of", { time: clockTime(board.as_of, w.lang, true) })}</strong>{" "}
          <span>{w.text(`board.${state}`)}</span>
        </p>
      )}
      <section
        class={state === "stale" ? "card is-stale" : "card"}
        aria-label={w.text("rescues.title")}
      >
        <h2 class="visually-hidden">{w.text("rescues.queue")}</h2>
        <RescueQueue
          eventId={eventId}
          isDrill={event?.kind === "drill"}
          change={
            board
              ? `${board.rescues_open}/${board.totals.contradicted}/${board.totals.need_help}`
              : ""
          }
        />
      </section>
    </>
  );
}
