import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { Button } from "../../ui/button";
import { useWords } from "../../ui/words";
import type { Answer, useAct } from "../ask";
import type { Victim } from "../victim-words";
import { words } from "../words";
import { ProblemBanner } from "./problem";
import { When } from "./when";

/** What every appended record says besides itself. */
export interface Appended {
  id: string;
  recorded_by?: string | null;
  recorded_at: string;
  is_withdrawn?: boolean;
  is_corrected?: boolean;
}

/** A form opened for a new record, or for the correction of one. */
export type Opened<R> = { corrects: R | null } | null;

export interface FormProps<R> {
  victim: Victim;
  corrects: R | null;
  onDone: (victim: Victim) => void;
  onCancel: () => void;
}

/** Records of an entry: those in force can be corrected, the others stay in sight and are marked. */
export function Records<R extends Appended>(props: {
  victim: Victim;
  title: string;
  intro?: string;
  empty: string;
  add: string;
  records: R[];
  line: (record: R) => ComponentChildren;
  named: (record: R) => string;
  Form: (props: FormProps<R>) => ComponentChildren;
  onDone: (victim: Victim) => void;
  canCorrect?: boolean;
}) {
  const w = useWords(words);
  const [opened, setOpened] = useState<Opened<R>>(null);
  const { Form } = props;
  const isHere = !props.victim.removed_at;
  return (
    <section class="card">
      <h2>{props.title}</h2>
      {props.intro && <p class="small">{props.intro}</p>}
      {props.records.length === 0 && <p class="empty">{props.empty}</p>}
      <ol class="history">
        {props.records.map((r) => {
          const isOld = r.is_corrected || r.is_withdrawn;
          return (
            <li key={r.id} class={isOld ? "record-old" : ""}>
              {r.is_withdrawn && <span class="tag">{w.text("victim.record.withdrawn")}</span>}
              {r.is_corrected && !r.is_withdrawn && (
                <span class="tag">{w.text("victim.record.corrected")}</span>
              )}
              {props.line(r)}
              <small class="under">
                {r.recorded_by && w.text("victim.record.by", { who: r.recorded_by })}
                {"　"}
                <When at={r.recorded_at} />
              </small>
              {isHere && !isOld && props.canCorrect !== false && (
                <Button
                  look="quiet"
                  aria-label={w.text("victim.record.correct.of", { what: props.named(r) })}
                  onClick={() => setOpened({ corrects: r })}
                >
                  {w.text("victim.record.correct")}
                </Button>
              )}
            </li>
          );
        })}
      </ol>
      {isHere && !opened && (
        <p class="actions">
          <Button onClick={() => setOpened({ corrects: null })}>{props.add}</Button>
        </p>
      )}
      {opened && (
        <Form
          key={opened.corrects?.id ?? "new"}
          victim={props.victim}
          corrects={opened.corrects}
          onDone={(victim) => {
            setOpened(null);
            props.onDone(victim);
          }}
          onCancel={() => setOpened(null)}
        />
      )}
    </section>
  );
}

/** A record as it is written or corrected; a correction can also take it back. */
export function RecordForm<R>(props: {
  of: FormProps<R>;
  act: ReturnType<typeof useAct>;
  /** The pointers of the fields that say their own error. */
  shown: string[];
  send: (isWithdrawn: boolean) => Promise<Answer<Victim>>;
  children: ComponentChildren;
}) {
  const { of, act } = props;
  const w = useWords(words);
  async function send(isWithdrawn: boolean) {
    const told = await act.run(() => props.send(isWithdrawn));
    if (told?.ok) of.onDone(told.data);
  }
  return (
    <form
      class="inner-form"
      onSubmit={(event) => {
        event.preventDefault();
        void send(false);
      }}
    >
      {of.corrects && <p>{w.text("victim.record.correct.words")}</p>}
      <ProblemBanner problem={act.problem} shown={props.shown} />
      {props.children}
      <div class="actions">
        <Button look="primary" type="submit" aria-busy={act.busy}>
          {w.text("victim.record.save")}
        </Button>
        {of.corrects && (
          <Button look="warn" onClick={() => void send(true)}>
            {w.text("victim.record.withdraw")}
          </Button>
        )}
        <Button onClick={of.onCancel}>{w.text("cancel")}</Button>
      </div>
    </form>
  );
}
