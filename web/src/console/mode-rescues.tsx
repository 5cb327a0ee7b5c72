import { useEffect, useRef } from "preact/hooks";
import { api } from "../api/client";
import { announce } from "../ui/live-region";
import { useWords } from "../ui/words";
import { useAsk } from "./ask";
import { queuesShown, ring } from "./bell";
import { href } from "./router";
import type { CityEvent } from "./running";
import { words } from "./words";

const EVERY_MS = 15_000;

/** How many call for rescue, on every page; rings when one more is nobody's or waits too long. Numbers only. */
export function ModeRescues({ event }: { event: CityEvent }) {
  const w = useWords(words);
  const { data, again } = useAsk(`rescue-counts/${event.id}`, () =>
    api.GET("/events/{id}/rescue-counts", { params: { path: { id: event.id } } }),
  );
  useEffect(() => {
    const timer = setInterval(again, EVERY_MS);
    return () => clearInterval(timer);
  }, [again]);

  const before = useRef(data);
  useEffect(() => {
    const was = before.current;
    before.current = data;
    if (!data || queuesShown.has(event.id)) return;
    const isNewer = (data.newest_at ?? "") > (was?.newest_at ?? "");
    const isMore = data.ringing > (was?.ringing ?? 0) || (was && isNewer);
    if (!isMore) return;
    announce(words.text("mode.rescues.more", { open: data.open, nobodys: data.nobodys }));
    ring();
  }, [data, event.id]);

  return (
    <a
      class={data && data.nobodys + data.ringing > 0 ? "mode-link mode-ringing" : "mode-link"}
      href={href("events", event.id, "rescues")}
    >
      {data && data.open > 0
        ? w.text(data.nobodys > 0 ? "mode.rescues.nobodys" : "mode.rescues.open", {
            n: data.open,
            nobodys: data.nobodys,
          })
        : w.text("mode.rescues")}
    </a>
  );
}
