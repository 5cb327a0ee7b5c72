import type { components } from "../../api/schema";
import { Button } from "../../ui/button";
import { announce } from "../../ui/live-region";
import { useStore } from "../../ui/store";
import { useWords } from "../../ui/words";
import { dayTime } from "../format";
import { session } from "../session";
import { words } from "../words";
import { SvgImage } from "./svg-image";

/** An invite as it is handed over: link, nine digits and QR, shown once and printable. */
export function InviteSheet(props: {
  invite: components["schemas"]["Invite"];
  title: string;
  onClose: () => void;
}) {
  const { invite } = props;
  const w = useWords(words);
  const { municipality } = useStore(session);

  async function copy(link: string) {
    try {
      await navigator.clipboard.writeText(link);
      announce(w.text("invite.copied"));
    } catch {
      announce(w.text("invite.not_copied"));
    }
  }

  return (
    <>
      <div class="print-me invite">
        <p class="print-only">
          {municipality}　{props.title}
        </p>
        <SvgImage class="qr" svg={invite.qr_svg} alt={w.text("invite.qr")} />
        <dl class="facts">
          <div>
            <dt>{w.text("invite.code")}</dt>
            <dd class="code">{invite.code}</dd>
          </div>
          <div>
            <dt>{w.text("invite.link")}</dt>
            <dd class="link">{invite.link}</dd>
          </div>
          <div>
            <dt>{w.text("invite.expires")}</dt>
            <dd>{dayTime(invite.expires_at, w.lang)}</dd>
          </div>
        </dl>
        <ol class="print-only">
          <li>{w.text("invite.how.open")}</li>
          <li>{w.text("invite.how.code")}</li>
          <li>{w.text("invite.how.pin")}</li>
        </ol>
      </div>
      <p>
        <strong>{w.text("invite.once")}</strong>
      </p>
      <div class="actions">
        <Button look="primary" onClick={() => print()}>
          {w.text("print")}
        </Button>
        <Button onClick={() => void copy(invite.link)}>{w.text("invite.copy")}</Button>
        <Button onClick={props.onClose}>{w.text("close")}</Button>
      </div>
    </>
  );
}
