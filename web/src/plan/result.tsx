import { useStore } from "../ui/store";
import { useWords } from "../ui/words";
import { capacity, changed, number, people, share } from "./format";
import { type Comparison, plan } from "./state";
import { words } from "./words";

/** The city in five figures; with a what-if, what it changes. */
export function Result({ comparison }: { comparison: Comparison }) {
  const w = useWords(words);
  const { changes } = useStore(plan);
  const { base, with: now, change } = comparison;
  const far = number(now.far_m);
  const isWhatIf = changes.length > 0;
  return (
    <section aria-labelledby="result">
      <h2 id="result">
        {w.text("result.title")}{" "}
        <small>
          {w.text(`hazard.${now.hazard}`)}・{w.text(`kind.${now.kind}`)}
        </small>
      </h2>
      <dl class="plan-figures">
        <div>
          <dt>{w.text("result.residents")}</dt>
          <dd>{people(now.total.residents, "few")}</dd>
        </div>
        <div>
          <dt>{w.text("result.far", { far })}</dt>
          <dd>
            {people(now.total.far, "few")} <small>{share(now.total)}</small>
            {isWhatIf && (
              <small class="under">
                {changed(change.far)}（{w.text("change.from", { n: people(base.total.far, "few") })}
                ）
              </small>
            )}
          </dd>
        </div>
        <div>
          <dt>{w.text("state.unsure")}</dt>
          <dd>
            {people(now.total.unsure, "few")}
            <small class="under">{w.text("result.unsure.why", { far })}</small>
          </dd>
        </div>
        <div>
          <dt>{w.text("result.capacity")}</dt>
          <dd>
            {capacity(now.total)}
            <small class="under">
              {w.text("result.sites")} {w.text("result.sites.n", { n: number(now.total.sites) })}
              {isWhatIf && `（${changed(change.capacity)}）`}
            </small>
          </dd>
        </div>
        <div>
          <dt>{w.text("result.short")}</dt>
          <dd>
            {people(now.total.short)}
            {isWhatIf && <small class="under">{changed(change.short)}</small>}
          </dd>
        </div>
      </dl>
    </section>
  );
}
