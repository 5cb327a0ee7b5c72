import { Button } from "../../ui/button";
import { useWords } from "../../ui/words";
import type { Factors } from "../pages/accounts";
import { words } from "../words";
import { SvgImage } from "./svg-image";

/** A log-in's second factor and recovery codes: shown once, to be printed and handed over. */
export function FactorsSheet(props: { name: string; factors: Factors; onClose: () => void }) {
  const { factors } = props;
  const w = useWords(words);
  return (
    <section class="card" aria-labelledby="factors-title">
      <div class="print-me">
        <h2 id="factors-title">{w.text("factors.title", { name: props.name })}</h2>
        <p>
          <strong>{w.text("factors.once")}</strong>
        </p>
        <SvgImage class="qr" svg={factors.totp_qr_svg} alt={w.text("factors.qr")} />
        <dl class="facts">
          <div>
            <dt>{w.text("factors.secret")}</dt>
            <dd class="code">{factors.totp_secret}</dd>
          </div>
        </dl>
        <h3>{w.text("factors.codes")}</h3>
        <ul class="codes">
          {factors.recovery_codes.map((code) => (
            <li key={code} class="code">
              {code}
            </li>
          ))}
        </ul>
      </div>
      <div class="actions">
        <Button look="primary" onClick={() => print()}>
          {w.text("print")}
        </Button>
        <Button onClick={props.onClose}>{w.text("factors.close")}</Button>
      </div>
    </section>
  );
}
