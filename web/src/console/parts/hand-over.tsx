import { useState } from "preact/hooks";
import { api } from "../../api/client";
import type { components } from "../../api/schema";
import { uuidv7 } from "../../offline/bytes";
import { Button } from "../../ui/button";
import { announce } from "../../ui/live-region";
import { useWords } from "../../ui/words";
import { useAct, useAsk } from "../ask";
import { words } from "../words";
import { Waiting } from "./page";
import { ProblemBanner } from "./problem";
import { When } from "./when";

type Proposal = components["schemas"]["HandOverProposal"];

/** Whom nobody covers and whom they would be given to: one button, and each hand-over can be taken back. */
export function HandOverPart({ roundId: id }: { roundId: string }) {
  const w = useWords(words);
  const [actId, setActId] = useState(uuidv7);
  const asked = useAsk(`hand-overs/${id}`, () =>
    api.GET("/rounds/{id}/hand-overs", { params: { path: { id } } }),
  );
  const act = useAct();
  const found = asked.data;

  async function giveOn() {
    const told = await act.run(() =>
      api.POST("/rounds/{id}/hand-overs", { params: { path: { id } }, body: { id: actId } }),
    );
    if (told?.ok) announce(w.text("hand_over.done"));
    setActId(uuidv7());
    await asked.again();
  }

  async function undo(handOver: string) {
    const told = await act.run(() =>
      api.POST("/hand-overs/{id}/undo", { params: { path: { id: handOver } } }),
    );
    if (told?.ok) announce(w.text("hand_over.undone"));
    await asked.again();
  }

  const givable = found?.proposals.filter((p) => p.to) ?? [];
  const n = givable.reduce((sum, p) => sum + p.members.length, 0);
  return (
    <section class="card" aria-labelledby="hand-over">
      <h2 id="hand-over">{w.text("hand_over.title")}</h2>
      {!found ? (
        <Waiting problem={asked.problem} again={asked.again} />
      ) : (
        <>
          <ProblemBanner problem={act.problem ?? asked.problem} />
          {found.cut_off_at ? (
            <p>
              {w.text(found.is_by_itself ? "hand_over.cut_off.by_itself" : "hand_over.cut_off")}{" "}
              <When at={found.cut_off_at} />
            </p>
          ) : (
            <p>{w.text("hand_over.no_cut_off")}</p>
          )}
          {found.proposals.length === 0 ? (
            <p class="empty">{w.text("hand_over.empty")}</p>
          ) : (
            <>
              <ul class="plain">
                {found.proposals.map((proposal) => (
                  <li key={`${proposal.reason}/${proposal.from.join()}/${proposal.to ?? ""}`}>
                    <ProposalLine proposal={proposal} />
                  </li>
                ))}
              </ul>
              {n > 0 && found.is_open && (
                <Button look="primary" onClick={giveOn} aria-busy={act.busy}>
                  {w.text("hand_over.act", { n })}
                </Button>
              )}
            </>
          )}
          {found.done.length > 0 && (
            <>
              <h3>{w.text("hand_over.list")}</h3>
              <ul class="plain">
                {found.done.map((one) => (
                  <li key={one.id}>
                    <When at={one.done_at} />{" "}
                    {w.text(`hand_over.reason.${one.reason}` as "hand_over.reason.silent")}{" "}
                    {one.from_name && w.text("hand_over.from", { who: one.from_name })}{" "}
                    {one.to.map((to) => `${to.name}（${to.members}）`).join("、")}{" "}
                    <small>{one.done_by_name ?? w.text("hand_over.by_itself")}</small>{" "}
                    {one.undone_at ? (
                      <strong>{w.text("hand_over.is_undone")}</strong>
                    ) : (
                      found.is_open && (
                        <Button look="quiet" onClick={() => undo(one.id)}>
                          {w.text("hand_over.undo")}
                        </Button>
                      )
                    )}
                  </li>
                ))}
              </ul>
            </>
          )}
        </>
      )}
    </section>
  );
}

function ProposalLine({ proposal }: { proposal: Proposal }) {
  const w = useWords(words);
  const from = proposal.from.join("、") || w.text("escalation.nobody");
  return (
    <>
      <strong>{w.text(`hand_over.reason.${proposal.reason}`)}</strong>{" "}
      {proposal.to
        ? w.text("hand_over.line", { from, to: proposal.to, n: proposal.members.length })
        : w.text("hand_over.line.nobody", { from, n: proposal.members.length })}
      <details class="more">
        <summary>{w.text("hand_over.who")}</summary>
        {proposal.members.join("、")}
      </details>
    </>
  );
}
