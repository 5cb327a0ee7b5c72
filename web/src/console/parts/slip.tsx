import { useState } from "preact/hooks";
import { api } from "../../api/client";
import type { components } from "../../api/schema";
import { uuidv7 } from "../../offline/bytes";
import { Banner } from "../../ui/banner";
import { Button } from "../../ui/button";
import { useWords } from "../../ui/words";
import { useAct } from "../ask";
import { words } from "../words";
import { ProblemBanner } from "./problem";
import { StepForm } from "./step-form";
import { When } from "./when";

type Slip = components["schemas"]["Slip"];

/** The words for 119, on the telephone and on paper; then to whom it was given, their number and when they will be there. */
export function SlipPanel(props: {
  memberId: string;
  onDone: () => Promise<void>;
  onCancel: () => void;
}) {
  const w = useWords(words);
  const [id] = useState(uuidv7);
  const [slip, setSlip] = useState<Slip | null>(null);
  const act = useAct();

  async function make() {
    const told = await act.run(() =>
      api.POST("/rescues/{member_id}/slip", {
        params: { path: { member_id: props.memberId } },
        body: { id },
      }),
    );
    if (told?.ok) setSlip(told.data);
  }

  if (!slip) {
    return (
      <div class="inner-form">
        <h4>{w.text("slip.title")}</h4>
        <p>{w.text("slip.words")}</p>
        <ProblemBanner problem={act.problem} />
        <div class="actions">
          <Button look="primary" aria-busy={act.busy} onClick={() => void make()}>
            {w.text("slip.make")}
          </Button>
          <Button onClick={props.onCancel}>{w.text("cancel")}</Button>
        </div>
      </div>
    );
  }
  return (
    <>
      <section class="slip" aria-label={w.text("slip.title")}>
        {slip.facts.is_drill && <Banner tone="warn" title={w.text("slip.drill")} />}
        <p>
          <strong>{w.text("slip.number", { n: slip.serial })}</strong> <When at={slip.made_at} />
        </p>
        {slip.spoken.split("\n").map((line) => (
          <p key={line} class="slip-line">
            {line}
          </p>
        ))}
        <p class="actions">
          <Button onClick={() => print()}>{w.text("slip.print")}</Button>
        </p>
      </section>
      <StepForm
        memberId={props.memberId}
        kind="handed_over"
        slipId={slip.id}
        onDone={props.onDone}
        onCancel={props.onCancel}
      />
    </>
  );
}
