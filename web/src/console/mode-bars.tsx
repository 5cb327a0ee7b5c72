import { useEffect } from "preact/hooks";
import { Icon } from "../ui/icon";
import { useStore } from "../ui/store";
import { useWords } from "../ui/words";
import { ModeRescues } from "./mode-rescues";
import { useNow } from "./now";
import { sinceWords } from "./parts/when";
import { RealCalls } from "./real-calls";
import { type CityEvent, events, isRunning, refreshEvents } from "./running";
import { seesPeople } from "./session";
import { words } from "./words";

const EVERY_MS = 30_000;

/** Drill or disaster, in word, pattern and colour: one bar for each that is running, disasters first. */
export function ModeBars() {
  const w = useWords(words);
  const { items, isStale } = useStore(events);
  const now = useNow(EVERY_MS);
  useEffect(() => {
    void refreshEvents();
  }, [now]);
  const running = (items ?? []).filter(isRunning);
  running.sort((a, b) => Number(a.kind === "drill") - Number(b.kind === "drill"));
  const standing = items?.find((event) => event.is_standing);
  return (
    <section class="modes" aria-label={w.text("mode.label")}>
      {standing && <RealCalls event={standing} />}
      {running.map((event) => (
        <ModeBar key={event.id} event={event} now={now} />
      ))}
      {items && running.length === 0 && (
        <p class="mode mode-none">
          <strong>{w.text("mode.none")}</strong>
          <span>{w.text("mode.none.words")}</span>
        </p>
      )}
      {isStale && (
        <p class="mode mode-stale">
          <Icon name="warn" />
          <span>{w.text("mode.stale")}</span>
        </p>
      )}
    </section>
  );
}

function ModeBar({ event, now }: { event: CityEvent; now: number }) {
  const w = useWords(words);
  return (
    <p class={`mode mode-${event.kind}`}>
      <strong>
        <Icon name={event.kind === "disaster" ? "danger" : "info"} />
        {w.text(`mode.${event.kind}`)}
      </strong>
      <span class="mode-words">
        <a href="#/">{event.name}</a>{" "}
        <small>{w.text("mode.started", { since: sinceWords(event.started_at, now) })}</small>
      </span>
      {seesPeople() && <ModeRescues event={event} />}
    </p>
  );
}
