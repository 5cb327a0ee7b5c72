import { useState } from "preact/hooks";
import { api } from "../../api/client";
import type { components } from "../../api/schema";
import { Button } from "../../ui/button";
import { useWords } from "../../ui/words";
import { useAct } from "../ask";
import { nameOf, subjectOf } from "../labels";
import { href } from "../router";
import { words } from "../words";
import { MatchForm, type Possible } from "./match-form";
import { ProblemBanner } from "./problem";
import { When } from "./when";

type Unlisted = components["schemas"]["Unlisted"];
type Match = components["schemas"]["MemberMatch"];
type Candidate = components["schemas"]["MatchCandidate"];

/** Somebody met who is on no list: who she may be, said by a human and taken back as easily. */
export function ReviewUnlisted({ one, onDone }: { one: Unlisted; onDone: () => Promise<void> }) {
  const w = useWords(words);
  const [isOpen, setOpen] = useState(false);
  const subject = subjectOf(one);
  return (
    <article class="card">
      <h3>
        <a href={href("rounds", one.round_id, "members", one.id)}>{nameOf(one)}</a>{" "}
        <span class="tag">{one.district.name}</span>
        {one.outcome && <span class="tag">{w.text(`outcome.${one.outcome}`)}</span>}
      </h3>
      <p>{[subject?.place, subject?.need].filter(Boolean).join(" / ")}</p>
      <p class="small">
        {w.text("member.heard")} <When at={one.last_heard_at} age />
      </p>
      {isOpen ? (
        <MatchForm
          title={w.text("review.match")}
          of={one.id}
          seek={async (query) => {
            const found = await api.GET("/members/{id}/candidates", {
              params: { path: { id: one.id }, query: { query } },
            });
            return { ...found, data: found.data?.items.map(possible) };
          }}
          pointer="/to_member_id"
          send={(id, to, reason) =>
            api.POST("/members/{id}/match", {
              params: { path: { id: one.id } },
              body: { id, to_member_id: to, reason },
            })
          }
          none={w.text("review.match.none")}
          onDone={onDone}
          onCancel={() => setOpen(false)}
        />
      ) : (
        <p class="actions">
          <Button onClick={() => setOpen(true)}>{w.text("review.match")}</Button>
        </p>
      )}
    </article>
  );
}

function possible(c: Candidate): Possible {
  return {
    id: c.member_id,
    name: c.name,
    age: c.age,
    address: c.address,
    district: c.district_name,
    because: [
      c.is_named && words.text("review.match.named"),
      c.distance_m != null && words.text("review.match.near", { n: Math.round(c.distance_m) }),
    ],
  };
}

/** A match that stands, and its undoing. */
export function ReviewMatch({ one, onDone }: { one: Match; onDone: () => Promise<void> }) {
  const w = useWords(words);
  const act = useAct();

  async function undo() {
    const told = await act.run(() =>
      api.POST("/member-links/{id}/undo", { params: { path: { id: one.id } } }),
    );
    if (told?.ok) await onDone();
  }

  return (
    <article class="card">
      <p>
        {w.text("review.matched", {
          from: one.from_label || w.text("member.nameless"),
          to: one.to_name,
        })}
      </p>
      <p class="small">
        {one.reason} {one.linked_by_name} <When at={one.linked_at} />
      </p>
      <ProblemBanner problem={act.problem} />
      <p class="actions">
        <Button look="quiet" icon="undo" aria-busy={act.busy} onClick={undo}>
          {w.text("review.unmatch")}
        </Button>
      </p>
    </article>
  );
}
