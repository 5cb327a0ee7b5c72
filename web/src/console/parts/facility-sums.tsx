import type { components } from "../../api/schema";
import { useWords } from "../../ui/words";
import { words } from "../words";
import { FIGURES } from "./facility-count";

type Sums = components["schemas"]["FacilitySums"];

/** All facilities together: each figure with how many said it; what nobody said is unknown, not zero. */
export function FacilitySums({ totals }: { totals: Sums }) {
  const w = useWords(words);
  return (
    <dl class="figures">
      <div class="figure">
        <dt>{w.text("facility.reported")}</dt>
        <dd>
          {totals.reported}
          <small>{w.text("facility.of", { n: totals.reported, all: totals.facilities })}</small>
        </dd>
      </div>
      {FIGURES.map((figure) => {
        const { people, told_by } = totals[figure];
        const isCall = figure === "needs_rescue" && (people ?? 0) > 0;
        return (
          <div key={figure} class={`figure ${isCall ? "figure-danger" : ""}`}>
            <dt>{w.text(`count.${figure}`)}</dt>
            <dd>
              {people ?? w.text("facility.unknown")}
              <small>{w.text("facility.told_by", { n: told_by })}</small>
            </dd>
          </div>
        );
      })}
    </dl>
  );
}
