import { useState } from "preact/hooks";
import { api } from "../../api/client";
import type { components } from "../../api/schema";
import { uuidv7 } from "../../offline/bytes";
import { Button } from "../../ui/button";
import { TextArea } from "../../ui/choices";
import { announce } from "../../ui/live-region";
import { useWords } from "../../ui/words";
import { useAct } from "../ask";
import { words } from "../words";
import { ProblemBanner } from "./problem";

type Remark = components["schemas"]["Remark"];
type Section = components["schemas"]["RemarkSection"];

const SECTIONS: Section[] = ["summary", "went_well", "to_improve"];

/** What the writer says to the mayor; the newest words hold. */
export function Remarks(props: {
  event: string;
  remarks: Remark[];
  mayWrite: boolean;
  onWritten: (remarks: Remark[]) => void;
}) {
  const w = useWords(words);
  const [writing, setWriting] = useState<Section | null>(null);
  const of = (section: Section) => props.remarks.find((r) => r.section === section)?.words ?? "";
  return (
    <section class="report-remarks" aria-label={w.text("report.remarks")}>
      {SECTIONS.map((section) => (
        <div key={section} class={of(section) ? undefined : "screen-only"}>
          <h3>{w.text(`report.remark.${section}`)}</h3>
          {writing === section ? (
            <Write
              event={props.event}
              section={section}
              text={of(section)}
              onDone={(next) => {
                setWriting(null);
                if (next) props.onWritten(next);
              }}
            />
          ) : (
            <>
              {of(section) ? (
                <p class="report-words">{of(section)}</p>
              ) : (
                <p class="small">{w.text("report.remark.empty")}</p>
              )}
              {props.mayWrite && (
                <p class="actions">
                  <Button look="plain" onClick={() => setWriting(section)}>
                    {w.text("report.remark.edit", { section: w.text(`report.remark.${section}`) })}
                  </Button>
                </p>
              )}
            </>
          )}
        </div>
      ))}
    </section>
  );
}

function Write(props: {
  event: string;
  section: Section;
  text: string;
  onDone: (remarks: Remark[] | null) => void;
}) {
  const w = useWords(words);
  const [text, setText] = useState(props.text);
  const [id] = useState(uuidv7);
  const act = useAct();

  async function save() {
    const told = await act.run(() =>
      api.POST("/events/{id}/report/remarks", {
        params: { path: { id: props.event } },
        body: { id, section: props.section, words: text },
      }),
    );
    if (!told?.ok) return;
    announce(w.text("report.remark.saved"));
    props.onDone(told.data.items);
  }

  return (
    <form
      class="inner-form"
      onSubmit={(e) => {
        e.preventDefault();
        void save();
      }}
    >
      <ProblemBanner problem={act.problem} />
      <TextArea
        label={w.text(`report.remark.${props.section}`)}
        hint={w.text("report.remark.hint")}
        value={text}
        onValue={setText}
        maxLength={1000}
        rows={5}
      />
      <div class="actions">
        <Button look="primary" type="submit" aria-busy={act.busy}>
          {w.text("report.remark.save")}
        </Button>
        <Button onClick={() => props.onDone(null)}>{w.text("cancel")}</Button>
      </div>
    </form>
  );
}
