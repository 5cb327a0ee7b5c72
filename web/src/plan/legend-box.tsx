import { useStore } from "../ui/store";
import { useWords } from "../ui/words";
import { ADDED, CLOSED, SITE, type Swatch, swatches } from "./legend";
import { plan } from "./state";
import { words } from "./words";

/** What the colours mean, in words beside each. Colours are attributes of shapes: the page takes no inline style. */
export function Legend() {
  const w = useWords(words);
  const { view, changes } = useStore(plan);
  function name({ id, from, to }: Swatch): string {
    if (from === undefined) return w.text(`legend.${id}` as "legend.near");
    if (to === undefined) return w.text("legend.class.up", { from });
    return from === to ? w.text("people", { n: from }) : w.text("legend.class.to", { from, to });
  }
  return (
    <section class="legend" aria-labelledby="legend">
      <h3 id="legend">
        {w.text("legend.title")}：{w.text(`legend.${view}`)}
      </h3>
      <ul class="plain">
        {swatches(view).map((swatch) => (
          <li key={swatch.id} data-swatch={swatch.id} data-colour={swatch.colour}>
            <Square colour={swatch.colour} /> {name(swatch)}
          </li>
        ))}
        <li>
          <Square colour="#ffffff" /> {w.text("legend.nocell")}
        </li>
        {view !== "residents" && (
          <li>
            <svg viewBox="0 0 24 24" class="swatch" aria-hidden="true">
              <rect
                x="2"
                y="2"
                width="20"
                height="20"
                fill="none"
                stroke="#1a1a1c"
                stroke-width="2"
                stroke-dasharray="3 2"
              />
            </svg>{" "}
            {w.text("legend.unsure")}
          </li>
        )}
        <li data-swatch="site" data-colour={SITE}>
          <Dot colour={SITE} /> {w.text("legend.site")}
        </li>
        {changes.length > 0 && (
          <>
            <li>
              <Dot colour={ADDED} isRing /> {w.text("legend.added")}
            </li>
            <li>
              <Dot colour={CLOSED} isCrossed /> {w.text("legend.closed")}
            </li>
          </>
        )}
      </ul>
    </section>
  );
}

function Square({ colour }: { colour: string }) {
  return (
    <svg viewBox="0 0 24 24" class="swatch" aria-hidden="true">
      <rect x="1" y="1" width="22" height="22" fill={colour} stroke="#5a6072" stroke-width="1.5" />
    </svg>
  );
}

function Dot(props: { colour: string; isRing?: boolean; isCrossed?: boolean }) {
  return (
    <svg viewBox="0 0 24 24" class="swatch" aria-hidden="true">
      <circle
        cx="12"
        cy="12"
        r={props.isRing ? 8 : 7}
        fill={props.isRing ? "#ffffff" : props.isCrossed ? "#ffffff" : props.colour}
        stroke={props.isRing || props.isCrossed ? props.colour : "#ffffff"}
        stroke-width={props.isRing ? 5 : 2}
      />
      {props.isCrossed && (
        <path d="M7 7l10 10M17 7L7 17" stroke={props.colour} stroke-width="3" fill="none" />
      )}
    </svg>
  );
}
