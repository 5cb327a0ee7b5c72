import { useState } from "preact/hooks";
import { api } from "../../api/client";
import type { components } from "../../api/schema";
import { Button } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { announce } from "../../ui/live-region";
import { useStore } from "../../ui/store";
import { Table } from "../../ui/table";
import { useWords } from "../../ui/words";
import { useAct, useAsk } from "../ask";
import { InviteSheet } from "../parts/invite-sheet";
import { PageTitle, Waiting } from "../parts/page";
import { ProblemBanner } from "../parts/problem";
import { When } from "../parts/when";
import { session } from "../session";
import { words } from "../words";

type Device = components["schemas"]["Device"];

/** Enrolled phones: last contact, what each says it still holds, revoking one that is lost. */
export default function Phones() {
  const w = useWords(words);
  const asked = useAsk("devices", () => api.GET("/devices"));
  const [lost, setLost] = useState<Device | null>(null);
  return (
    <>
      <p>
        <a href="#/volunteers">{w.text("back.volunteers")}</a>
      </p>
      <PageTitle title={w.text("phones.title")} />
      <OwnPhone />
      {!asked.data ? (
        <Waiting problem={asked.problem} again={asked.again} />
      ) : (
        <section class="card">
          <Table
            caption={w.text("phones.table", { n: asked.data.items.length })}
            rows={asked.data.items}
            rowKey={(d) => d.id}
            empty={w.text("phones.empty")}
            columns={[
              {
                key: "owner",
                label: w.text("phone.owner"),
                sortBy: (d) => d.volunteer_name ?? "",
                cell: (d) => (
                  <>
                    {d.volunteer_name ?? w.text(`role.${d.principal}` as "role.admin")}
                    <small class="under">{d.label}</small>
                  </>
                ),
              },
              {
                key: "enrolled",
                label: w.text("phone.enrolled"),
                sortBy: (d) => d.enrolled_at,
                cell: (d) => <When at={d.enrolled_at} />,
              },
              {
                key: "contact",
                label: w.text("volunteer.contact"),
                sortBy: (d) => d.last_contact_at ?? "",
                cell: (d) => <When at={d.last_contact_at} age />,
              },
              {
                key: "held",
                label: w.text("volunteer.held"),
                isNumber: true,
                sortBy: (d) => d.held_items,
                cell: (d) => d.held_items,
              },
              {
                key: "revoke",
                label: w.text("phone.revoke"),
                cell: (d) =>
                  d.revoked_at ? (
                    <>
                      {w.text("phone.revoked")} <When at={d.revoked_at} />
                    </>
                  ) : (
                    <Button
                      onClick={() => setLost(d)}
                      aria-label={w.text("phone.revoke.of", { name: d.volunteer_name ?? d.label })}
                    >
                      {w.text("phone.revoke")}
                    </Button>
                  ),
              },
            ]}
          />
        </section>
      )}
      {lost && (
        <Revoke
          device={lost}
          onClose={() => setLost(null)}
          onDone={async () => {
            setLost(null);
            announce(w.text("phone.revoked"));
            await asked.again();
          }}
        />
      )}
    </>
  );
}

function Revoke(props: { device: Device; onClose: () => void; onDone: () => Promise<void> }) {
  const { device } = props;
  const w = useWords(words);
  const act = useAct();
  async function revoke() {
    const told = await act.run(() =>
      api.POST("/devices/{id}/revoke", { params: { path: { id: device.id } } }),
    );
    if (told?.ok) await props.onDone();
  }
  return (
    <Dialog
      title={w.text("phone.revoke.of", { name: device.volunteer_name ?? device.label })}
      onClose={props.onClose}
    >
      <ul>
        <li>{w.text("phone.revoke.reads")}</li>
        <li>{w.text("phone.revoke.keeps")}</li>
        {device.held_items > 0 && <li>{w.text("phone.revoke.held", { n: device.held_items })}</li>}
      </ul>
      <ProblemBanner problem={act.problem} />
      <div class="actions">
        <Button look="danger" onClick={() => void revoke()} aria-busy={act.busy}>
          {w.text("phone.revoke")}
        </Button>
        <Button onClick={props.onClose}>{w.text("cancel")}</Button>
      </div>
    </Dialog>
  );
}

/** A lead's own phone: with it the lead opens shelters and receives people on the spot. */
function OwnPhone() {
  const w = useWords(words);
  const { account } = useStore(session);
  const [invite, setInvite] = useState<components["schemas"]["Invite"] | null>(null);
  const act = useAct();
  if (account?.role !== "district_lead") return null;
  async function ask() {
    const told = await act.run(() => api.POST("/session/phone-invites"));
    if (told?.ok) setInvite(told.data);
  }
  return (
    <section class="card">
      <h2>{w.text("own_phone.title")}</h2>
      <p>{w.text("own_phone.words")}</p>
      <ProblemBanner problem={act.problem} />
      <Button aria-busy={act.busy} onClick={() => void ask()}>
        {w.text("own_phone.ask")}
      </Button>
      {invite && (
        <Dialog title={w.text("own_phone.title")} onClose={() => setInvite(null)}>
          <InviteSheet
            invite={invite}
            title={w.text("own_phone.title")}
            onClose={() => setInvite(null)}
          />
        </Dialog>
      )}
    </section>
  );
}
