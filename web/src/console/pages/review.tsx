import { api } from "../../api/client";
import { Banner } from "../../ui/banner";
import { announce } from "../../ui/live-region";
import { useWords } from "../../ui/words";
import { useAsk } from "../ask";
import { clockTime } from "../format";
import { PageTitle, Waiting } from "../parts/page";
import { ReviewContradiction } from "../parts/review-contradiction";
import { ReviewItem } from "../parts/review-item";
import { ReviewMatch, ReviewUnlisted } from "../parts/review-unlisted";
import type { Params } from "../places";
import { words } from "../words";

/** Everything of an event that somebody has to decide: items set aside, contradictions, people on no list. */
export default function ReviewPage({ event: id = "" }: Params) {
  const w = useWords(words);
  const asked = useAsk(`review/${id}`, () =>
    api.GET("/events/{id}/review", { params: { path: { id } } }),
  );
  const review = asked.data;
  const rescues = review?.items.filter((item) => item.is_rescue).length ?? 0;
  const isEmpty =
    review && review.items.length + review.contradictions.length + review.unlisted.length === 0;

  async function done() {
    await asked.again();
    announce(w.text("review.done"));
  }

  return (
    <>
      <PageTitle title={w.text("review.title")}>
        {review && (
          <span class={`tag tag-${review.event.kind}`}>
            {w.text(`mode.${review.event.kind}`)} {review.event.name}
          </span>
        )}
      </PageTitle>
      {(!review || asked.problem) && <Waiting problem={asked.problem} again={asked.again} />}
      {review && !isEmpty && (
        <p class="freshness">
          <strong>{w.text("board.as_of", { time: clockTime(review.as_of, w.lang, true) })}</strong>{" "}
          <button type="button" class="button button-plain" onClick={asked.again}>
            {w.text("review.again")}
          </button>
        </p>
      )}
      {isEmpty && (
        <p class="card empty">
          {w.text("review.empty", { time: clockTime(review.as_of, w.lang, false) })}
        </p>
      )}
      {rescues > 0 && (
        <Banner tone="danger" title={w.text("aside.rescues", { n: rescues })}>
          <p>{w.text("aside.rescues.words")}</p>
        </Banner>
      )}
      {review && review.items.length > 0 && (
        <section aria-labelledby="review-items">
          <h2 id="review-items">{w.text("review.items", { n: review.items.length })}</h2>
          <p>{w.text("aside.words")}</p>
          {review.items.map((item) => (
            <ReviewItem key={item.id} item={item} rounds={review.adopt_into} onDone={done} />
          ))}
        </section>
      )}
      {review && review.contradictions.length > 0 && (
        <section aria-labelledby="review-contradictions">
          <h2 id="review-contradictions">
            {w.text("review.contradictions", { n: review.contradictions.length })}
          </h2>
          <p>{w.text("review.contradictions.words")}</p>
          {review.contradictions.map((one) => (
            <ReviewContradiction key={one.id} one={one} eventId={id} onDone={done} />
          ))}
        </section>
      )}
      {review && review.unlisted.length > 0 && (
        <section aria-labelledby="review-unlisted">
          <h2 id="review-unlisted">{w.text("review.unlisted", { n: review.unlisted.length })}</h2>
          <p>{w.text("review.unlisted.words")}</p>
          {review.unlisted.map((one) => (
            <ReviewUnlisted key={one.id} one={one} onDone={done} />
          ))}
        </section>
      )}
      {review && review.matches.length > 0 && (
        <section aria-labelledby="review-matches">
          <h2 id="review-matches">{w.text("review.matches", { n: review.matches.length })}</h2>
          {review.matches.map((one) => (
            <ReviewMatch key={one.id} one={one} onDone={done} />
          ))}
        </section>
      )}
    </>
  );
}
