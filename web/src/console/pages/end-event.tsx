import { useState } from "preact/hooks";
import { api } from "../../api/client";
import { Banner } from "../../ui/banner";
import { Button } from "../../ui/button";
import { TextArea } from "../../ui/choices";
import { useStore } from "../../ui/store";
import { useWords } from "../../ui/words";
import { fieldError, useAct } from "../ask";
import { PageTitle, Waiting } from "../parts/page";
import { ProblemBanner } from "../parts/problem";
import type { Params } from "../places";
import { go } from "../router";
import { events, refreshEvents } from "../running";
import { words } from "../words";

/** End a drill or a disaster, with the reason that stays on the record. */
export default function EndEvent({ event: id = "" }: Params) {
  const w = useWords(words);
  const { items } = useStore(events);
  const [reason, setReason] = useState("");
  const act = useAct();
  const event = items?.find((e) => e.id === id);
  if (!items) return <Waiting problem={null} />;
  if (!event) return <PageTitle title={w.text("nowhere.title")} />;

  async function submit(e: Event) {
    e.preventDefault();
    const told = await act.run(() =>
      api.POST("/events/{id}/end", { params: { path: { id } }, body: { reason } }),
    );
    if (!told?.ok) return;
    await refreshEvents();
    go("/");
  }

  return (
    <div class="form">
      <PageTitle title={w.text("end.title", { name: event.name })} />
      <Banner tone="info" title={w.text("end.what")}>
        <ul>
          <li>{w.text("end.rounds")}</li>
          <li>{w.text("end.late")}</li>
          <li>{w.text("end.rescues")}</li>
          <li>{w.text("end.kind")}</li>
        </ul>
      </Banner>
      <ProblemBanner problem={act.problem} shown={["/reason"]} />
      <form onSubmit={submit}>
        <TextArea
          label={w.text("end.reason")}
          hint={w.text("end.reason.hint")}
          error={fieldError(act.problem, "/reason")}
          value={reason}
          onValue={setReason}
          maxLength={500}
          required
        />
        <div class="actions">
          <Button look="danger" type="submit" aria-busy={act.busy}>
            {w.text(event.kind === "drill" ? "now.end_drill" : "now.end_disaster")}
          </Button>
          <a class="button button-plain" href="#/">
            {w.text("cancel")}
          </a>
        </div>
      </form>
    </div>
  );
}
