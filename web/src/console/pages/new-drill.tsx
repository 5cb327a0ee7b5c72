import { useState } from "preact/hooks";
import { uuidv7 } from "../../offline/bytes";
import { announce } from "../../ui/live-region";
import { useWords } from "../../ui/words";
import { DrillPlan } from "../parts/drill-plan";
import { PageTitle } from "../parts/page";
import { go, href } from "../router";
import { refreshEvents } from "../running";
import { words } from "../words";

/** Plan a drill: it starts by itself at its time, and ends by itself. */
export default function NewDrill() {
  const w = useWords(words);
  const [id] = useState(uuidv7);
  return (
    <>
      <PageTitle title={w.text("drills.new")} />
      <DrillPlan
        id={id}
        drill={null}
        onDone={() => {
          announce(w.text("drill.saved"));
          void refreshEvents();
          go(href("drills", id));
        }}
      />
    </>
  );
}
