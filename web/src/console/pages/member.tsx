import { useState } from "preact/hooks";
import { api } from "../../api/client";
import { Banner } from "../../ui/banner";
import { Button } from "../../ui/button";
import { announce } from "../../ui/live-region";
import { useWords } from "../../ui/words";
import { useAsk } from "../ask";
import { ageAndSex, codeList, nameOf, placeOf, subjectOf } from "../labels";
import { Assignment } from "../parts/assignment";
import { Contacts } from "../parts/contacts";
import { Evidence, type Seen } from "../parts/evidence";
import { PageTitle, Waiting } from "../parts/page";
import { RecordForm } from "../parts/record-form";
import { ResolveForm } from "../parts/resolve-form";
import { Steps } from "../parts/steps";
import { When } from "../parts/when";
import type { Params } from "../places";
import { href } from "../router";
import { words } from "../words";
import { State } from "./members";

/** One member: who, where, how it stands and every report that led there; nothing is ever overwritten. */
export default function MemberPage({ round: id = "", member: member_id = "" }: Params) {
  const w = useWords(words);
  const path = { id, member_id };
  const asked = useAsk(`member/${member_id}`, () =>
    api.GET("/rounds/{id}/members/{member_id}", { params: { path } }),
  );
  const round = useAsk(`round/${id}`, () => api.GET("/rounds/{id}", { params: { path: { id } } }));
  const [form, setForm] = useState<"record" | "resolve" | null>(null);
  const [corrected, setCorrected] = useState<Seen | null>(null);
  if (!asked.data) {
    return (
      <>
        <PageTitle title={w.text("member.title")} />
        <Waiting problem={asked.problem} again={asked.again} />
      </>
    );
  }
  const member = asked.data;
  const open = [
    ...(member.state.open_rescue ?? []),
    ...(member.state.withdrawn_rescue ?? []),
    ...(member.state.open_injury ?? []),
  ];
  const help = codeList("help", member.help_needed);
  const needs = codeList("need", member.state.needs ?? []);

  function record(seen: Seen | null) {
    setCorrected(seen);
    setForm("record");
  }

  async function done() {
    setForm(null);
    setCorrected(null);
    await asked.again();
    announce(w.text("member.saved"));
  }

  return (
    <>
      <p>
        <a href={href("rounds", id)}>{w.text("back.board.short")}</a>
      </p>
      <PageTitle title={nameOf(member)} />
      <p class="under">
        {[member.name_kana, ageAndSex(member), member.district.name].filter(Boolean).join("　")}
      </p>
      <p>
        <State member={member} />
      </p>
      {member.is_protected && (
        <Banner tone="danger" title={w.text("member.protected")}>
          <p>{w.text("member.protected.words")}</p>
        </Banner>
      )}
      {member.is_contradicted && (
        <Banner tone="warn" title={w.text("rescue.contradicted")}>
          <p>{w.text("rescue.contradicted.words")}</p>
        </Banner>
      )}
      <div class="member">
        <section class="card" aria-labelledby="now-title">
          <h2 id="now-title">{w.text("member.now")}</h2>
          <dl class="facts">
            <div>
              <dt>{w.text(member.kind === "unlisted" ? "member.place" : "member.address")}</dt>
              <dd>{placeOf(member) || w.text("none")}</dd>
            </div>
            <Contacts contacts={member.contacts} />
            <div>
              <dt>{w.text("member.help")}</dt>
              <dd>{[help, member.help_note].filter(Boolean).join(" / ") || w.text("none")}</dd>
            </div>
            {(needs || subjectOf(member)?.need) && (
              <div>
                <dt>{w.text("rescue.needs")}</dt>
                <dd>{needs || subjectOf(member)?.need}</dd>
              </div>
            )}
            <div>
              <dt>{w.text("member.whereabouts")}</dt>
              <dd>
                {w.text(
                  member.whereabouts ? `whereabouts.${member.whereabouts}` : "whereabouts.none",
                )}
              </dd>
            </div>
            <div>
              <dt>{w.text("member.heard")}</dt>
              <dd>
                <When at={member.last_heard_at} age />
              </dd>
            </div>
            <div>
              <dt>{w.text("member.attempts")}</dt>
              <dd>
                {w.text("times", { n: member.attempts_count })}{" "}
                {member.last_attempt_at && <When at={member.last_attempt_at} age />}
              </dd>
            </div>
          </dl>
          {form === null && (
            <p class="actions">
              <Button look="primary" icon="phone" onClick={() => record(null)}>
                {w.text("record.open")}
              </Button>
              {open.length > 0 && (
                <Button look="ok" onClick={() => setForm("resolve")}>
                  {w.text("rescue.resolve")}
                </Button>
              )}
            </p>
          )}
          {form === "record" && (
            <RecordForm
              key={corrected?.id ?? "new"}
              roundId={id}
              memberId={member_id}
              corrects={corrected}
              hasHousehold={member.household_id != null}
              looksForMarker={round.data?.looks_for_marker ?? true}
              onDone={done}
              onCancel={() => setForm(null)}
            />
          )}
          {form === "resolve" && (
            <ResolveForm
              roundId={id}
              memberId={member_id}
              onDone={done}
              onCancel={() => setForm(null)}
            />
          )}
        </section>
        <section class="card" aria-labelledby="assigned-title">
          <h2 id="assigned-title">{w.text("member.assigned")}</h2>
          <Assignment roundId={id} member={member} onDone={done} />
          {member.steps.length > 0 && (
            <>
              <h3>{w.text("steps.title")}</h3>
              <Steps steps={member.steps} />
            </>
          )}
        </section>
      </div>
      <section class="card" aria-labelledby="history-title">
        <h2 id="history-title">{w.text("history.title")}</h2>
        <p class="small">{w.text("history.words")}</p>
        <Evidence member={member} onCorrect={record} />
      </section>
    </>
  );
}
