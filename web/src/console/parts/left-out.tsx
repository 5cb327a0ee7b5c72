import { useWords } from "../../ui/words";
import { type LeftOut, leftOut, REASONS } from "../preview";
import { words } from "../words";

/** Everyone who will not be visited, and why: counts first, what each means and what can be done about it inside. */
export function LeftOutList({ left, isDisaster }: { left: LeftOut; isDisaster?: boolean }) {
  const w = useWords(words);
  return (
    <details class="more">
      <summary>{w.text("left.title", { n: leftOut({ left_out: left }) })}</summary>
      <dl class="reasons">
        {REASONS.map((reason) => (
          <div key={reason}>
            <dt>
              {w.text(`left.${reason}`)} <strong>{w.text("people", { n: left[reason] })}</strong>
            </dt>
            <dd>
              {w.text(`left.${reason}.why`)}
              {reason === "not_consented" && (
                <>
                  {" "}
                  {isDisaster ? (
                    <a href="#/disclosure">{w.text("left.disclose")}</a>
                  ) : (
                    w.text("left.never_in_drill")
                  )}
                </>
              )}
            </dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
