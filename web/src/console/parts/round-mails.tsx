import { useEffect, useState } from "preact/hooks";
import { api } from "../../api/client";
import type { components } from "../../api/schema";
import { Banner } from "../../ui/banner";
import { Button } from "../../ui/button";
import { announce } from "../../ui/live-region";
import { useWords } from "../../ui/words";
import { useAct, useAsk } from "../ask";
import { clockTime } from "../format";
import { useNow } from "../now";
import { words } from "../words";
import { Bounces } from "./bounces";
import { Figure } from "./figure";
import { Waiting } from "./page";
import { Personal } from "./personal";
import { ProblemBanner } from "./problem";
import { sinceWords } from "./when";

type Mails = components["schemas"]["RoundMails"];

const NOT_ASKED = ["no_address", "protected", "bad_address", "bounced", "shared"] as const;

/** How the mails of a round are doing; headquarters stops them, sends again and lifts addresses that came back. */
export function RoundMails(props: {
  id: string;
  isOpen: boolean;
  /** Asks again when the board moved. */
  change: string;
  isStaff: boolean;
}) {
  const { id } = props;
  const w = useWords(words);
  const asked = useAsk(`mails/${id}`, () =>
    api.GET("/rounds/{id}/mails", { params: { path: { id } } }),
  );
  const turn = Math.floor(useNow(15_000) / 15_000);
  const { again } = asked;
  useEffect(() => {
    // As time passes and the board moves.
    if (turn || props.change) void again();
  }, [again, turn, props.change]);
  return (
    <section class="card" aria-labelledby="mails-title">
      <h2 id="mails-title">{w.text("mails.title")}</h2>
      {asked.data ? (
        <Shown mails={asked.data} />
      ) : (
        <Waiting problem={asked.problem} again={asked.again} />
      )}
      {asked.data && props.isStaff && props.isOpen && (
        <Acts id={id} mails={asked.data} onDone={asked.again} />
      )}
      {asked.data && props.isStaff && <CameBack onLifted={asked.again} />}
    </section>
  );
}

function Shown({ mails }: { mails: Mails }) {
  const w = useWords(words);
  const now = useNow(15_000);
  const left = NOT_ASKED.reduce((sum, why) => sum + mails.not_asked[why], 0);
  const minutes = mails.rate_per_minute ? Math.ceil(mails.queued / mails.rate_per_minute) : 0;
  return (
    <>
      <p class="small">{w.text("mails.as_of", { time: clockTime(mails.as_of, w.lang) })}</p>
      <Troubles mails={mails} now={now} />
      <dl class="figures">
        <Figure label={w.text("mails.asked")} value={mails.asked_people} />
        <Figure
          label={w.text("mails.reached")}
          value={mails.reached_people}
          hint={w.text("mails.reached.hint")}
        />
        <Figure label={w.text("mails.answered")} value={mails.answered_people} tone="ok" />
        <Figure
          label={w.text("mails.queued")}
          value={mails.queued}
          hint={
            mails.oldest_queued_at && (
              <>
                {w.text("mails.oldest", { since: sinceWords(mails.oldest_queued_at, now) })}
                {mails.rate_per_minute && minutes > 1 ? (
                  <> {w.text("mails.eta", { n: minutes, rate: mails.rate_per_minute })}</>
                ) : null}
              </>
            )
          }
        />
        <Figure label={w.text("mails.refused")} value={mails.refused} tone="warn" />
      </dl>
      <p class="small">
        {w.text("mails.counts", {
          sent: mails.sent,
          reminders: mails.reminders_sent,
          cancelled: mails.cancelled,
          expired: mails.expired,
        })}
        {"　"}
        {mails.remind_minutes && mails.reminders > 0
          ? w.text("mails.reminders", { minutes: mails.remind_minutes, times: mails.reminders })
          : w.text("mails.reminders.none")}
      </p>
      {left > 0 && (
        <details class="more">
          <summary>{w.text("mails.not_asked", { n: left })}</summary>
          <ul>
            {NOT_ASKED.filter((why) => mails.not_asked[why] > 0).map((why) => (
              <li key={why}>
                {w.text(`mails.not_asked.${why}`)}：
                {w.text("mails.people", { n: mails.not_asked[why] })}
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}

function Troubles({ mails, now }: { mails: Mails; now: number }) {
  const w = useWords(words);
  return (
    <>
      {!mails.has_mail_server && <Banner tone="warn" title={w.text("mails.no_server")} />}
      {mails.unreachable_since && (
        <Banner
          tone="warn"
          title={w.text("mails.down", { since: sinceWords(mails.unreachable_since, now) })}
        >
          <p>{w.text("mails.down.words")}</p>
          {mails.unreachable_words && (
            <p class="small">{w.text("mails.down.said", { words: mails.unreachable_words })}</p>
          )}
        </Banner>
      )}
      {!mails.asks_by_mail && <Banner tone="info" title={w.text("mails.stopped")} />}
    </>
  );
}

function Acts(props: { id: string; mails: Mails; onDone: () => Promise<void> }) {
  const w = useWords(words);
  const act = useAct();
  const [said, setSaid] = useState("");
  const path = { params: { path: { id: props.id } } };

  async function run(which: "stop" | "again") {
    const told = await act.run(() =>
      which === "stop"
        ? api.POST("/rounds/{id}/mails/stop", path)
        : api.POST("/rounds/{id}/mails/again", path),
    );
    if (!told?.ok) return;
    const { cancelled, queued } = told.data;
    const done =
      which === "stop"
        ? w.text("mails.stop.done", { n: cancelled })
        : w.text(queued > 0 ? "mails.again.done" : "mails.again.none", { n: queued });
    setSaid(done);
    announce(done);
    void props.onDone();
  }

  return (
    <>
      <ProblemBanner problem={act.problem} />
      {said && <p>{said}</p>}
      <p class="actions">
        <Button look="plain" aria-busy={act.busy} onClick={() => void run("again")}>
          {w.text("mails.again")}
        </Button>
        {props.mails.asks_by_mail && (
          <Button look="plain" aria-busy={act.busy} onClick={() => void run("stop")}>
            {w.text("mails.stop")}
          </Button>
        )}
      </p>
      {props.mails.asks_by_mail && <p class="small">{w.text("mails.stop.sure")}</p>}
    </>
  );
}

/** The addresses are personal: read only when somebody asks for them. */
function CameBack({ onLifted }: { onLifted: () => Promise<void> }) {
  const w = useWords(words);
  const [isOpen, setOpen] = useState(false);
  return (
    <details class="more" onToggle={(e) => setOpen(e.currentTarget.open)}>
      <summary>{w.text("mails.bounces")}</summary>
      {isOpen && (
        <Personal>
          <Bounces onLifted={onLifted} />
        </Personal>
      )}
    </details>
  );
}
