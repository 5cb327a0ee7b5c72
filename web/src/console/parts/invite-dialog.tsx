import { useState } from "preact/hooks";
import { api } from "../../api/client";
import type { components } from "../../api/schema";
import { Button } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { Field } from "../../ui/field";
import { useWords } from "../../ui/words";
import { fieldError, useAct } from "../ask";
import { fromLocalInput, toLocalInput } from "../format";
import { words } from "../words";
import { InviteSheet } from "./invite-sheet";
import { ProblemBanner } from "./problem";

const USUAL_MS = 14 * 86_400_000;

/** Invite a volunteer's phone: link, nine digits and QR, shown once and printable. */
export function InviteDialog(props: {
  volunteer: { id: string; name: string };
  onClose: () => void;
}) {
  const { volunteer } = props;
  const w = useWords(words);
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
        <InviteSheet
          invite={invite}
          title={w.text("invite.title", { name: volunteer.name })}
          onClose={props.onClose}
        />
      )}
    </Dialog>
  );
}
