import { useState } from "preact/hooks";
import { api } from "../../api/client";
import type { components } from "../../api/schema";
import { Button } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { Field } from "../../ui/field";
import { announce } from "../../ui/live-region";
import { useStore } from "../../ui/store";
import { useWords } from "../../ui/words";
import { fieldError, useAct } from "../ask";
import { dayTime, fromLocalInput, toLocalInput } from "../format";
import { session } from "../session";
import { words } from "../words";
import { ProblemBanner } from "./problem";
import { SvgImage } from "./svg-image";

const USUAL_MS = 14 * 86_400_000;

/** Invite a volunteer's phone: link, nine digits and QR, shown once and printable. */
export function InviteDialog(props: {
  volunteer: { id: string; name: string };
  onClose: () => void;
}) {
  const { volunteer } = props;
  const w = useWords(words);
  const { municipality } = useStore(session);
  const [expires, setExpires] = useState(
    toLocalInput(new Date(Date.now() + USUAL_MS).toISOString()),
  );
  const [invite, setInvite] = useState<components["schemas"]["Invite"] | null>(null);
  const act = useAct();

  async function submit(event: Event) {
    event.preventDefault();
    const told = await act.run(() =>
      api.POST("/volunteers/{id}/invites", {
        params: { path: { id: volunteer.id } },
        body: { expires_at: fromLocalInput(expires) },
      }),
    );
    if (told?.ok) setInvite(told.data);
  }

  async function copy(link: string) {
    try {
      await navigator.clipboard.writeText(link);
      announce(w.text("invite.copied"));
    } catch {
      announce(w.text("invite.not_copied"));
    }
  }

  return (
    <Dialog title={w.text("invite.title", { name: volunteer.name })} onClose={props.onClose}>
      {!invite ? (
        <form onSubmit={submit}>
          <p>{w.text("invite.words")}</p>
          <ProblemBanner problem={act.problem} shown={["/expires_at"]} />
          <Field
            label={w.text("invite.expires")}
            hint={w.text("invite.expires.hint")}
            error={fieldError(act.problem, "/expires_at")}
            type="datetime-local"
            value={expires}
            onValue={setExpires}
            required
          />
          <div class="actions">
            <Button look="primary" type="submit" aria-busy={act.busy}>
              {w.text("invite.submit")}
            </Button>
            <Button onClick={props.onClose}>{w.text("cancel")}</Button>
          </div>
        </form>
      ) : (
        <>
          <div class="print-me invite">
            <p class="print-only">
              {municipality}　{w.text("invite.title", { name: volunteer.name })}
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
      )}
    </Dialog>
  );
}
