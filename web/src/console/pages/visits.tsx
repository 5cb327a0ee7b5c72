import { api } from "../../api/client";
import type { components } from "../../api/schema";
import { useWords } from "../../ui/words";
import { useAsk } from "../ask";
import { PageTitle, Waiting } from "../parts/page";
import type { Params } from "../places";
import { href } from "../router";
import { words } from "../words";

type NextVisit = components["schemas"]["NextVisit"];

/** Whom to visit next in a round, and why: need × silence × distance. */
export default function VisitsPage({ round: id = "" }: Params) {
  const w = useWords(words);
  const asked = useAsk(`visits/${id}`, () =>
    api.GET("/rounds/{id}/visits", { params: { path: { id } } }),
  );
  return (
    <>
      <p>
        <a href={href("rounds", id)}>{w.text("back.board.short")}</a>
      </p>
      <PageTitle title={w.text("visits.title")} />
      <p>{w.text("visits.words")}</p>
      {!asked.data ? (
        <Waiting problem={asked.problem} again={asked.again} />
      ) : asked.data.items.length === 0 ? (
        <p class="card empty">{w.text("visits.empty")}</p>
      ) : (
        <ol class="visits">
          {asked.data.items.map((visit) => (
            <li key={visit.member_id} class="card">
              <Visit visit={visit} roundId={id} />
            </li>
          ))}
        </ol>
      )}
    </>
  );
}

function Visit({ visit, roundId }: { visit: NextVisit; roundId: string }) {
  const w = useWords(words);
  const because = visit.reasons.map((reason) => w.text(`visit.${reason}`));
  return (
    <>
      <strong>
        <a href={href("rounds", roundId, "members", visit.member_id)}>
          {visit.name || w.text("member.nameless")}
        </a>
      </strong>{" "}
      {visit.district.name}　{visit.address}
      <p>
        {because.join("・")}
        {"　"}
        {visit.silent_minutes > 0 && w.text("visits.silent", { n: visit.silent_minutes })}
        {visit.distance_m != null && w.text("visits.away", { n: visit.distance_m })}
      </p>
      <p class="small">
        {w.text("escalation.assigned")}：{visit.assigned.join("、") || w.text("escalation.nobody")}
      </p>
    </>
  );
}
