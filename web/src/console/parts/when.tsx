import { useWords } from "../../ui/words";
import { dayTime, sinceParts } from "../format";
import { useNow } from "../now";
import { words } from "../words";

/** An instant as day and time; `age` adds how long ago. Nothing known: a dash with words for those who listen. */
export function When({ at, age }: { at: string | null | undefined; age?: boolean }) {
  const w = useWords(words);
  const now = useNow(30_000);
  if (!at) {
    return (
      <span>
        <span aria-hidden="true">―</span>
        <span class="visually-hidden">{w.text("none")}</span>
      </span>
    );
  }
  return (
    <time dateTime={at}>
      {dayTime(at, w.lang, now)}
      {age && <span class="age">{`（${sinceWords(at, now)}）`}</span>}
    </time>
  );
}

/** 「12分前」. */
export function sinceWords(at: string, now: number): string {
  const { unit, n } = sinceParts(at, now);
  return words.text(`since.${unit}`, { n });
}
