import { useEffect } from "preact/hooks";
import { api } from "../api/client";
import { Banner } from "../ui/banner";
import { useWords } from "../ui/words";
import { useAsk } from "./ask";
import { words } from "./words";

const EVERY_MS = 30_000;

/** Rounds begun on phones that nobody has bound yet: said on the first page until somebody does. */
export function BegunRounds() {
  const w = useWords(words);
  const asked = useAsk("round-starts", () => api.GET("/round-starts"));
  const { again } = asked;
  useEffect(() => {
    const timer = setInterval(again, EVERY_MS);
    return () => clearInterval(timer);
  }, [again]);
  const open = (asked.data?.items ?? []).filter((one) => !one.bound_to && !one.is_put_away);
  if (open.length === 0) return null;
  const rescues = open.reduce((n, one) => n + one.rescues, 0);
  return (
    <Banner
      tone={rescues > 0 ? "danger" : "warn"}
      title={w.text("starts.notice", { n: open.length })}
    >
      <p>
        {rescues > 0 && w.text("starts.rescues", { n: rescues })}{" "}
        <a href="#/round-starts">{w.text("starts.open")}</a>
      </p>
    </Banner>
  );
}
