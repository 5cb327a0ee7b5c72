import type { Round } from "../../offline/bundle";
import { useStore } from "../../ui/store";
import { app, go } from "../app";
import type { PersonView } from "../model";
import { nextVisits } from "../next";
import { T, text } from "../words";

/** How many are named; the rest is the list's. */
const SHOWN = 3;

/** 「つぎに行く人」: the first few of those who still need a visit, each with the reason in words. */
export function Next({ round, people }: { round: Round; people: PersonView[] }) {
  const { records, nowMs } = useStore(app);
  const visits = nextVisits(round, people, records, nowMs).slice(0, SHOWN);
  if (visits.length === 0) return null;
  return (
    <section class="next" aria-labelledby="next-title">
      <h2 id="next-title">
        <T k="nextTitle" />
      </h2>
      <ol>
        {visits.map(({ person, reasons, silentMinutes, distance }) => (
          <li key={person.member.id}>
            <button
              type="button"
              class="next-person"
              onClick={() => go({ name: "person", id: person.member.id })}
            >
              <strong>{person.member.name || text("nameless")}</strong>
              <span>{person.member.address}</span>
              <small>
                {reasons.map((reason, n) => (
                  <span key={reason}>
                    {n > 0 && "・"}
                    <T k={`visit_${reason}`} />
                  </span>
                ))}
                {silentMinutes > 0 && (
                  <>
                    {"・"}
                    <T k="nextSilent" p={{ n: silentMinutes }} />
                  </>
                )}
                {distance !== null && (
                  <>
                    {"・"}
                    <T k="nextAway" p={{ n: distance }} />
                  </>
                )}
              </small>
            </button>
          </li>
        ))}
      </ol>
    </section>
  );
}
