import { api } from "../../api/client";
import { Banner } from "../../ui/banner";
import { useStore } from "../../ui/store";
import { useWords } from "../../ui/words";
import { useAsk } from "../ask";
import type { Counts } from "../board-stream";
import { confirmed, toConfirm } from "../counts";
import { clockTime, percent } from "../format";
import { useNow } from "../now";
import { BoardChannels } from "../parts/board-channels";
import { BoardTable } from "../parts/board-table";
import { CloseRound } from "../parts/close-round";
import { ExportRound } from "../parts/export-round";
import { Figure } from "../parts/figure";
import { PageTitle, Waiting } from "../parts/page";
import { Personal } from "../parts/personal";
import { RescueQueue } from "../parts/rescue-queue";
import { RoundMails } from "../parts/round-mails";
import { sinceWords, When } from "../parts/when";
import type { Params } from "../places";
import { href } from "../router";
import { seesPeople, session } from "../session";
import { useBoard } from "../use-board";
import { words } from "../words";

/** A round, live: counts by district; for headquarters and leads the rescues beside it. */
export default function BoardPage({ round: id = "" }: Params) {
  const w = useWords(words);
  const { account } = useStore(session);
  const { board, state } = useBoard(id);
  const now = useNow(5_000);
  const round = useAsk(`round/${id}/${board?.closed_at ?? ""}`, () =>
    api.GET("/rounds/{id}", { params: { path: { id } } }),
  );
  if (!board) {
    return (
      <>
        <PageTitle title={round.data?.name ?? w.text("board.title")} />
        <Waiting problem={round.problem} again={round.again} />
      </>
    );
  }
  const { totals } = board;
  const isStale = state === "stale";
  const mayAct = seesPeople();
  return (
    <>
      <PageTitle title={board.name}>
        <span class={`tag tag-${board.event.kind}`}>
          {w.text(`mode.${board.event.kind}`)} {board.event.name}
        </span>
      </PageTitle>
      <p class="freshness">
        <span class={`dot dot-${state}`} aria-hidden="true" />
        <strong>{w.text("board.as_of", { time: clockTime(board.as_of, w.lang, true) })}</strong>{" "}
        <span>{w.text(`board.${state}`)}</span>{" "}
        <small>{w.text("mode.started", { since: sinceWords(board.started_at, now) })}</small>
      </p>
      {isStale && (
        <Banner
          tone="warn"
          title={w.text("board.stale.title", { since: sinceWords(board.as_of, now) })}
        >
          <p>{w.text("board.stale.words")}</p>
        </Banner>
      )}
      {board.closed_at && (
        <Banner tone="info" title={w.text("board.closed")}>
          <p>
            <When at={board.closed_at} />
            {"　"}
            {round.data?.close_board &&
              w.text("board.at_close", {
                percent: rate(round.data.close_board.totals),
                now: rate(totals),
              })}
          </p>
          <p>{w.text("board.closed.words")}</p>
          <p>
            <a href={href("events", board.event.id, "report")}>{w.text("report.open")}</a>
          </p>
        </Banner>
      )}
      <div class={isStale ? "is-stale" : undefined}>
        <dl class="figures figures-large">
          <Figure
            label={w.text("board.confirmed")}
            value={confirmed(totals)}
            hint={w.text("board.of", { n: toConfirm(totals), percent: rate(totals) })}
          />
          <Figure
            label={w.text("bucket.need_help")}
            value={totals.need_help}
            tone="danger"
            href={mayAct ? members(id, "need_help") : undefined}
          />
          <Figure
            label={w.text("bucket.tried")}
            value={totals.tried}
            href={mayAct ? members(id, "tried") : undefined}
          />
          <Figure
            label={w.text("bucket.unchecked")}
            value={totals.unchecked}
            href={mayAct ? members(id, "unchecked") : undefined}
          />
          <Figure
            label={w.text("bucket.unknown")}
            value={totals.unknown}
            href={mayAct ? members(id, "unknown") : undefined}
          />
          <Figure
            label={w.text("board.contradicted")}
            value={totals.contradicted}
            tone="warn"
            href={mayAct ? href("rounds", id, "members", { only: "contradicted" }) : undefined}
          />
        </dl>
        <div class={mayAct ? "board" : undefined}>
          {mayAct && (
            <section class="card board-rescues" aria-labelledby="rescues-title">
              <h2 id="rescues-title">{w.text("rescues.title")}</h2>
              <Personal>
                <RescueQueue
                  eventId={board.event.id}
                  isDrill={board.event.kind === "drill"}
                  change={`${board.rescues_open}/${totals.contradicted}/${totals.need_help}`}
                  isShort
                />
              </Personal>
            </section>
          )}
          <section class="card board-districts">
            <BoardTable board={board} link={mayAct} />
            <p class="small">{w.text("board.note")}</p>
          </section>
        </div>
      </div>
      <BoardChannels roundId={id} />
      {mayAct && round.data?.kind === "safety" && (
        <RoundMails
          id={id}
          isOpen={!board.closed_at}
          change={`${confirmed(totals)}`}
          isStaff={account?.role === "hq_staff"}
        />
      )}
      {mayAct && (
        <section class="card">
          <h2>{w.text("board.more")}</h2>
          <p class="actions">
            <a class="button button-plain" href={href("rounds", id, "members")}>
              {w.text("board.members")}
            </a>
            <a class="button button-plain" href={href("rounds", id, "volunteers")}>
              {w.text("board.volunteers")}
            </a>
            <a class="button button-plain" href={href("rounds", id, "sheets")}>
              {w.text("board.sheets")}
            </a>
            <a class="button button-plain" href={href("rounds", id, "escalations")}>
              {w.text("board.escalations")}
            </a>
            <a class="button button-plain" href={href("rounds", id, "visits")}>
              {w.text("board.visits")}
            </a>
            <a class="button button-plain" href={href("events", board.event.id, "review")}>
              {w.text("board.review")}
            </a>
            {account?.role === "hq_staff" && (
              <a
                class="button button-plain"
                href={href("rounds", id, "members", { only: "protected" })}
              >
                {w.text("board.protected")}
              </a>
            )}
          </p>
          <ExportRound id={id} />
          {!board.closed_at && <CloseRound id={id} name={board.name} onClosed={round.again} />}
        </section>
      )}
    </>
  );
}

function rate(totals: Counts): number {
  return percent(confirmed(totals), toConfirm(totals));
}

function members(id: string, bucket: string): string {
  return href("rounds", id, "members", { bucket });
}
