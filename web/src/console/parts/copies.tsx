import { useState } from "preact/hooks";
import { api } from "../../api/client";
import type { components } from "../../api/schema";
import { uuidv7 } from "../../offline/bytes";
import { Button } from "../../ui/button";
import { Check, Select } from "../../ui/choices";
import { Field } from "../../ui/field";
import { announce } from "../../ui/live-region";
import { Table } from "../../ui/table";
import { useWords } from "../../ui/words";
import { useAct, useAsk } from "../ask";
import { toLocalInput } from "../format";
import { type Key, words } from "../words";
import { Waiting } from "./page";
import { ProblemBanner } from "./problem";
import { When } from "./when";

type Copy = components["schemas"]["PrintCopy"];
type Kind = components["schemas"]["CopyActKind"];

/** The numbered copies of rosters and plans: who holds them, and what became of them. */
export function Copies() {
  const w = useWords(words);
  const [onlyOpen, setOnlyOpen] = useState(true);
  const [at, setAt] = useState<string | null>(null);
  const asked = useAsk(`copies/${onlyOpen}`, () =>
    api.GET("/roster/prints", { params: { query: { only_open: onlyOpen } } }),
  );
  const today = toLocalInput(new Date().toISOString()).slice(0, 10);
  return (
    <section class="card" aria-labelledby="copies-title">
      <h2 id="copies-title">{w.text("paper.copies")}</h2>
      <p>{w.text("paper.copies.words")}</p>
      <Check checked={onlyOpen} onChecked={setOnlyOpen}>
        {w.text("paper.copies.open")}
      </Check>
      {!asked.data ? (
        <Waiting problem={asked.problem} again={asked.again} />
      ) : (
        <Table
          caption={w.text("changes.table", { n: asked.data.items.length })}
          rows={asked.data.items}
          rowKey={(copy) => copy.id}
          empty={w.text("paper.copies.empty")}
          columns={[
            {
              key: "serial",
              label: w.text("paper.serial", { n: "" }),
              isNumber: true,
              cell: (copy) => copy.serial,
            },
            {
              key: "what",
              label: w.text("paper.what"),
              cell: (copy) => (
                <>
                  {w.text(`paper.kind.${copy.kind}` as Key) || copy.kind}
                  <small class="under">
                    {[copy.district, w.text("paper.people", { n: copy.people })]
                      .filter(Boolean)
                      .join("　")}
                  </small>
                </>
              ),
            },
            {
              key: "holder",
              label: w.text("paper.to"),
              cell: (copy) => (
                <>
                  {copy.recipient_name}
                  <small class="under">{copy.recipient_body}</small>
                </>
              ),
            },
            { key: "purpose", label: w.text("paper.purpose"), cell: (copy) => copy.purpose },
            {
              key: "at",
              label: w.text("audit.at"),
              cell: (copy) => (
                <>
                  <When at={copy.printed_at} />
                  {copy.return_due_on && (
                    <small class="under">
                      {w.text("paper.return", { on: copy.return_due_on })}
                    </small>
                  )}
                </>
              ),
            },
            {
              key: "state",
              label: w.text("paper.state"),
              cell: (copy) => (
                <>
                  <State copy={copy} today={today} />
                  {at === copy.id ? (
                    <Say
                      copy={copy}
                      onCancel={() => setAt(null)}
                      onDone={async () => {
                        setAt(null);
                        await asked.again();
                        announce(w.text("paper.act.done", { n: copy.serial }));
                      }}
                    />
                  ) : (
                    <p>
                      <Button onClick={() => setAt(copy.id)}>
                        {w.text("paper.act.open", { n: copy.serial })}
                      </Button>
                    </p>
                  )}
                </>
              ),
            },
          ]}
        />
      )}
    </section>
  );
}

function State({ copy, today }: { copy: Copy; today: string }) {
  const w = useWords(words);
  const said = copy.last_act;
  if (!said) {
    const isOverdue = copy.return_due_on != null && copy.return_due_on < today;
    return (
      <span class={`tag ${isOverdue ? "tag-warn" : ""}`}>
        {w.text(isOverdue ? "paper.state.overdue" : "paper.state.out")}
      </span>
    );
  }
  return (
    <>
      <span class={`tag ${said.kind === "lost" ? "tag-danger" : "tag-ok"}`}>
        {w.text(`paper.act.${said.kind}` as Key) || said.kind}
      </span>
      <small class="under">
        <When at={said.at} />
        {said.note && `　${said.note}`}
      </small>
    </>
  );
}

function Say(props: { copy: Copy; onDone: () => Promise<void>; onCancel: () => void }) {
  const w = useWords(words);
  const [id] = useState(uuidv7);
  const [kind, setKind] = useState<Kind>("returned");
  const [note, setNote] = useState("");
  const act = useAct();

  async function submit(event: Event) {
    event.preventDefault();
    const told = await act.run(() =>
      api.POST("/roster/prints/{id}/acts", {
        params: { path: { id: props.copy.id } },
        body: { id, kind, note: note.trim() },
      }),
    );
    if (told?.ok) await props.onDone();
  }

  return (
    <form class="inner-form" onSubmit={submit}>
      <ProblemBanner problem={act.problem} />
      <Select<Kind>
        label={w.text("paper.state")}
        value={kind}
        onValue={setKind}
        options={(["returned", "destroyed", "lost"] as const).map((value) => ({
          value,
          label: w.text(`paper.act.${value}`),
        }))}
      />
      <Field label={w.text("paper.act.note")} value={note} onValue={setNote} maxLength={300} />
      <div class="actions">
        <Button look="primary" type="submit" aria-busy={act.busy}>
          {w.text("save")}
        </Button>
        <Button onClick={props.onCancel}>{w.text("cancel")}</Button>
      </div>
    </form>
  );
}
