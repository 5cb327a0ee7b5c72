import { api } from "../../api/client";
import type { components } from "../../api/schema";
import { Button } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { announce } from "../../ui/live-region";
import { useWords } from "../../ui/words";
import { useAct } from "../ask";
import { words } from "../words";
import { MatchForm, type Possible } from "./match-form";
import { ProblemBanner } from "./problem";
import { When } from "./when";

type Evacuee = components["schemas"]["Evacuee"];
type Match = components["schemas"]["EvacueeMatch"];
type Candidate = components["schemas"]["PersonCandidate"];

/** Somebody received without the roster: who of it she is, said by a human and taken back as easily. */
export function MatchDialog(props: {
  evacuee: Evacuee;
  onClose: () => void;
  onDone: () => Promise<void>;
}) {
  const { evacuee } = props;
  const w = useWords(words);
  const path = { id: evacuee.id };
  return (
    <Dialog
      title={w.text("door.match.of", { name: evacuee.name || evacuee.name_kana })}
      onClose={props.onClose}
    >
      <p>{w.text("door.match.words")}</p>
      <MatchForm
        of={evacuee.id}
        seek={async (query) => {
          const found = await api.GET("/evacuees/{id}/candidates", {
            params: { path, query: { query } },
          });
          return { ...found, data: found.data?.items.map(possible) };
        }}
        pointer="/person_id"
        send={(id, person_id, reason) =>
          api.POST("/evacuees/{id}/match", { params: { path }, body: { id, person_id, reason } })
        }
        none={w.text("door.match.none")}
        onDone={props.onDone}
        onCancel={props.onClose}
      />
    </Dialog>
  );
}

function possible(c: Candidate): Possible {
  return {
    id: c.person_id,
    name: c.name,
    age: c.age,
    address: c.address,
    district: c.district_name,
    because: [
      c.is_protected && words.text("door.protected"),
      c.is_named && words.text("review.match.named"),
      c.is_same_birth && words.text("door.match.birth"),
      c.is_same_phone && words.text("door.match.phone"),
    ],
  };
}

/** Those of the event who were found to be on the roster, each with its undoing. */
export function Matches({ matches, onDone }: { matches: Match[]; onDone: () => Promise<void> }) {
  const w = useWords(words);
  const act = useAct();
  if (matches.length === 0) return null;

  async function undo(one: Match) {
    const told = await act.run(() =>
      api.POST("/evacuee-matches/{id}/undo", { params: { path: { id: one.id } } }),
    );
    if (!told?.ok) return;
    announce(w.text("door.unmatched", { name: one.received_as }));
    await onDone();
  }

  return (
    <section class="card" aria-labelledby="matches-title">
      <h2 id="matches-title">{w.text("review.matches", { n: matches.length })}</h2>
      <ProblemBanner problem={act.problem} />
      <ul class="plain">
        {matches.map((one) => (
          <li key={one.id}>
            {w.text("review.matched", { from: one.received_as, to: one.name })}
            <small class="under">
              {one.reason} {one.matched_by_name} <When at={one.matched_at} />
            </small>
            <Button
              look="quiet"
              icon="undo"
              aria-busy={act.busy}
              aria-label={w.text("door.unmatch.of", { name: one.received_as })}
              onClick={() => void undo(one)}
            >
              {w.text("review.unmatch")}
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}
