import { useEffect, useState } from "preact/hooks";
import { api } from "../api/client";
import { Icon } from "../ui/icon";
import { useWords } from "../ui/words";
import { tell } from "./ask";
import { href } from "./router";
import type { CityEvent } from "./running";
import { seesPeople } from "./session";
import { words } from "./words";

const EVERY_MS = 10_000;

/** 「訓練ではありません」: calls made for real out of a drill, on every page until somebody closes them. Counts only. */
export function RealCalls({ event }: { event: CityEvent }) {
  const w = useWords(words);
  const [open, setOpen] = useState(0);
  useEffect(() => {
    async function look() {
      const rounds = await tell(() =>
        api.GET("/rounds", { params: { query: { event_id: event.id } } }),
      );
      const [round] = rounds.ok ? rounds.data.items : [];
      if (!round) return;
      const board = await tell(() =>
        api.GET("/rounds/{id}/board", { params: { path: { id: round.id } } }),
      );
      if (board.ok) setOpen(board.data.rescues_open);
    }
    void look();
    const timer = setInterval(look, EVERY_MS);
    return () => clearInterval(timer);
  }, [event.id]);
  if (open === 0) return null;
  return (
    <p class="mode mode-disaster mode-real" role="alert">
      <strong>
        <Icon name="danger" />
        {w.text("real.title", { n: open })}
      </strong>
      <span class="mode-words">{w.text("real.words")}</span>
      {seesPeople() && (
        <a class="mode-link" href={href("events", event.id, "rescues")}>
          {w.text("mode.rescues")}
        </a>
      )}
    </p>
  );
}
