import { useEffect, useRef } from "preact/hooks";
import { api } from "../../api/client";
import { Button } from "../../ui/button";
import { announce } from "../../ui/live-region";
import { useStore } from "../../ui/store";
import { useWords } from "../../ui/words";
import { useAsk } from "../ask";
import { bell, ring, setBell, showsQueue } from "../bell";
import { href } from "../router";
import { words } from "../words";
import { Waiting } from "./page";
import { ProblemBanner } from "./problem";
import { isRinging, RescueCard } from "./rescue-card";

/** What colleagues do beside us is seen at the latest after this. */
const EVERY_MS = 30_000;
const SHORT = 5;

/** An event's open calls, those nobody has taken first. Looks again when `change` does, which comes with the live board. */
export function RescueQueue(props: {
  eventId: string;
  isDrill: boolean;
  change: string;
  isShort?: boolean;
}) {
  const w = useWords(words);
  const { isOn } = useStore(bell);
  const queue = useAsk(`rescues/${props.eventId}`, () =>
    api.GET("/events/{id}/rescues", { params: { path: { id: props.eventId } } }),
  );
  const { again } = queue;
  const isFirst = useRef(true);
  // `change` is the reason to look again.
  useEffect(() => {
    if (!isFirst.current) void again();
    isFirst.current = false;
    const timer = setInterval(again, EVERY_MS);
    return () => clearInterval(timer);
  }, [again, props.change]);

  useEffect(() => showsQueue(props.eventId), [props.eventId]);
  const known = useRef<Set<string> | null>(null);
  const items = queue.data?.items;
  useEffect(() => {
    if (!items) return;
    const ids = items.flatMap((rescue) => rescue.open_calls);
    const fresh = known.current ? ids.filter((id) => !known.current?.has(id)).length : 0;
    known.current = new Set(ids);
    if (fresh === 0) return;
    announce(words.text("rescues.new", { n: fresh }));
    ring();
  }, [items]);

  // The queue is asked again every half minute: each time that a wait has passed is told once.
  const rung = useRef(new Set<string>());
  useEffect(() => {
    const due = (items ?? []).filter(isRinging).map((r) => `${r.id}/${r.ring?.at}`);
    const fresh = due.filter((key) => !rung.current.has(key));
    rung.current = new Set(due);
    if (fresh.length === 0) return;
    announce(words.text("rescues.ring", { n: fresh.length }));
    ring();
  }, [items]);

  if (!items) return <Waiting problem={queue.problem} again={again} />;
  const shown = props.isShort ? items.slice(0, SHORT) : items;
  return (
    <>
      <ProblemBanner problem={queue.problem} />
      <div class="rescues-head">
        <p class={items.length > 0 ? "bad" : undefined}>
          <strong>
            {w.text(items.length > 0 ? "rescues.open" : "rescues.none", { n: items.length })}
          </strong>
        </p>
        <Button look="plain" aria-pressed={isOn} onClick={() => setBell(!isOn)}>
          {w.text(isOn ? "rescues.sound.on" : "rescues.sound.off")}
        </Button>
      </div>
      <ol class="rescues">
        {shown.map((rescue) => (
          <li key={rescue.id}>
            <RescueCard rescue={rescue} isDrill={props.isDrill} onChanged={again} />
          </li>
        ))}
      </ol>
      {items.length > shown.length && (
        <p>
          <a href={href("events", props.eventId, "rescues")}>
            {w.text("rescues.all", { n: items.length })}
          </a>
        </p>
      )}
    </>
  );
}
