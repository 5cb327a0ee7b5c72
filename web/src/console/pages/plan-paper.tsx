import { useState } from "preact/hooks";
import { api } from "../../api/client";
import type { components } from "../../api/schema";
import { uuidv7 } from "../../offline/bytes";
import { Banner } from "../../ui/banner";
import { Button } from "../../ui/button";
import { Field } from "../../ui/field";
import { useStore } from "../../ui/store";
import { useWords } from "../../ui/words";
import { fieldError, useAct } from "../ask";
import { PageTitle } from "../parts/page";
import { PlanSheet } from "../parts/plan-sheet";
import { ProblemBanner } from "../parts/problem";
import type { Params } from "../places";
import { href, place } from "../router";
import { words } from "../words";

type Print = components["schemas"]["PlanPrint"];

/** A plan on paper: for the resident herself, or for those who help. */
export default function PlanPaper({ person: id = "" }: Params) {
  const w = useWords(words);
  const { query } = useStore(place);
  const plan = query.get("plan") ?? "";
  const reader = query.get("reader") === "resident" ? "resident" : "supporters";
  const [copyId] = useState(uuidv7);
  const [print, setPrint] = useState<Print | null>(null);
  const [holder, setHolder] = useState("");
  const [body, setBody] = useState("");
  const [due, setDue] = useState("");
  const act = useAct();

  async function submit(event: Event) {
    event.preventDefault();
    const told = await act.run(() =>
      api.POST("/people/{id}/plans/{plan_id}/prints", {
        params: { path: { id, plan_id: plan } },
        body: {
          id: copyId,
          reader,
          recipient_name: holder.trim(),
          recipient_body: body.trim(),
          return_due_on: due || null,
        },
      }),
    );
    if (told?.ok) setPrint(told.data);
  }

  return (
    <>
      <p>
        <a href={href("people", id)}>{w.text("plan.back")}</a>
      </p>
      <PageTitle title={w.text("plan.paper.title")}>
        <span class="tag">{w.text(`plan.paper.${reader}`)}</span>
      </PageTitle>
      {print ? (
        <>
          <Banner tone="ok" title={w.text("paper.made", { n: print.head.serial })} />
          <p class="actions">
            <Button look="primary" onClick={() => window.print()}>
              {w.text("paper.print")}
            </Button>
          </p>
          <PlanSheet print={print} />
        </>
      ) : (
        <form class="card form" onSubmit={submit}>
          <p>{w.text("paper.words")}</p>
          <ProblemBanner problem={act.problem} shown={["/recipient_name", "/recipient_body"]} />
          <Field
            label={w.text("paper.holder")}
            value={holder}
            onValue={setHolder}
            error={fieldError(act.problem, "/recipient_name")}
            maxLength={100}
            autocomplete="off"
            required
          />
          {reader === "supporters" && (
            <>
              <Field
                label={w.text("paper.body")}
                hint={w.text("paper.body.hint")}
                value={body}
                onValue={setBody}
                error={fieldError(act.problem, "/recipient_body")}
                maxLength={100}
              />
              <Field label={w.text("paper.return_due")} type="date" value={due} onValue={setDue} />
            </>
          )}
          <div class="actions">
            <Button look="primary" type="submit" aria-busy={act.busy}>
              {w.text("paper.make")}
            </Button>
          </div>
        </form>
      )}
    </>
  );
}
