import { Dialog } from "../../ui/dialog";
import { useStore } from "../../ui/store";
import { useWords } from "../../ui/words";
import { endStepUp, stepUp } from "../step-up";
import { words } from "../words";
import { SecondFactor } from "./second-factor";

/** Comes up wherever the server wants the second factor again; what was asked for is then done without retyping. */
export function StepUpDialog() {
  const w = useWords(words);
  const { asking } = useStore(stepUp);
  if (!asking) return null;
  return (
    <Dialog title={w.text("stepup.title")} onClose={() => endStepUp(false)}>
      <p>{w.text("stepup.words")}</p>
      <SecondFactor onDone={() => endStepUp(true)} onCancel={() => endStepUp(false)} />
    </Dialog>
  );
}
