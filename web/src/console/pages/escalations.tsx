import { useEffect } from "preact/hooks";
import { api } from "../../api/client";
import { Banner } from "../../ui/banner";
import { announce } from "../../ui/live-region";
import { useWords } from "../../ui/words";
import { useAsk } from "../ask";
import { clockTime } from "../format";
import { EscalationCard } from "../parts/escalation-card";
import { HandOverPart } from "../parts/hand-over";
import { PageTitle, Waiting } from "../parts/page";
import { ProblemBanner } from "../parts/problem";
import { RoundRulesForm } from "../parts/round-rules";
import { When } from "../parts/when";
import type { Params } from "../places";
import { href } from "../router";
import { words } from "../words";

const EVERY_MS = 15_000;
const LEVELS = ["fire_police", "headquarters", "district", "neighbour"] as const;

/** What must not wait any longer in a round, by who is to act now; whom to give to others; the round's rules. */
export default function EscalationsPage({ round: id = "" }: Params) {
  const w = useWords(words);
  const asked = useAsk(`escalations/${id}`, () =>
    api.GET("/rounds/{id}/escalations", { params: { path: { id } } }),
  );
  const { again } = asked;
  useEffect(() => {
    const timer = setInterval(again, EVERY_MS);
    return () => clearInterval(timer);
  }, [again]);
  const found = asked.data;

  async function done() {
    await again();
    announce(w.text("review.done"));
  }

  if (!found) {
    return (
      <>
        <PageTitle title={w.text("escalations.title")} />
        <Waiting problem={asked.problem} again={again} />
      </>
    );
  }
  return (
    <>
      <p>
        <a href={href("rounds", id)}>{w.text("back.board.short")}</a>
      </p>
      <PageTitle title={w.text("escalations.title")}>
        <span class={`tag tag-${found.event.kind}`}>
          {w.text(`mode.${found.event.kind}`)} {found.event.name}
        </span>
      </PageTitle>
      <ProblemBanner problem={asked.problem} />
      <p class="freshness">
        <strong>{w.text("board.as_of", { time: clockTime(found.as_of, w.lang, true) })}</strong>{" "}
        {found.round_name}
      </p>
      {!found.is_open && <Banner tone="info" title={w.text("escalations.closed")} />}
      {found.items.length === 0 && found.is_open && (
        <p class="card empty">
          {w.text("escalations.empty", { time: clockTime(found.as_of, w.lang, false) })}
        </p>
      )}
      {LEVELS.map((level) => {
        const items = found.items.filter((item) => item.level === level);
        if (items.length === 0) return null;
        return (
          <section key={level} aria-labelledby={`level-${level}`}>
            <h2 id={`level-${level}`}>
              {w.text(`level.${level}`)} {w.text("escalations.count", { n: items.length })}
            </h2>
            <p>{w.text(`level.${level}.words`)}</p>
            {items.map((item) => (
              <EscalationCard key={item.id} item={item} roundId={id} onDone={done} />
            ))}
          </section>
        );
      })}
      <HandOverPart roundId={id} />
      {found.is_open && <RoundRulesForm roundId={id} rules={found.rules} onSaved={done} />}
      {found.ended.length > 0 && (
        <section class="card" aria-labelledby="escalations-ended">
          <h2 id="escalations-ended">{w.text("escalations.ended", { n: found.ended.length })}</h2>
          <ul class="plain">
            {found.ended.map((item) => (
              <li key={item.id}>
                <When at={item.ended_at ?? null} />{" "}
                {item.member?.name || item.volunteer?.name || item.district.name}{" "}
                {w.text(`escalation.${item.kind}`)}：
                {w.text(`escalation.why.${item.ended_why ?? "by_hand"}` as "escalation.why.heard")}
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
}
