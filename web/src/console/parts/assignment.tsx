import { useState } from "preact/hooks";
import { api } from "../../api/client";
import type { components } from "../../api/schema";
import { Button } from "../../ui/button";
import { Check } from "../../ui/choices";
import { Field } from "../../ui/field";
import { useWords } from "../../ui/words";
import { useAct, useAsk } from "../ask";
import { codeWords, type Member } from "../labels";
import { words } from "../words";
import { Waiting } from "./page";
import { ProblemBanner } from "./problem";

/** Who looks in on a member, and changing it by hand. */
export function Assignment(props: {
  roundId: string;
  member: Member;
  onDone: () => Promise<void>;
}) {
  const { member } = props;
  const w = useWords(words);
  const [isChanging, setChanging] = useState(false);
  return (
    <>
      {member.assigned.length === 0 ? (
        <p>{w.text(member.is_protected ? "assign.protected" : "member.unassigned")}</p>
      ) : (
        <ul class="plain">
          {member.assigned.map((a) => (
            <li key={a.volunteer_id}>
              {a.name} <small>{codeWords("basis", a.basis)}</small>
            </li>
          ))}
        </ul>
      )}
      {!isChanging && !member.is_protected && (
        <Button onClick={() => setChanging(true)}>{w.text("assign.change")}</Button>
      )}
      {isChanging && (
        <Change
          {...props}
          onCancel={() => setChanging(false)}
          onDone={async () => {
            setChanging(false);
            await props.onDone();
          }}
        />
      )}
    </>
  );
}

type Volunteer = components["schemas"]["Volunteer"];

function Change(props: {
  roundId: string;
  member: Member;
  onDone: () => Promise<void>;
  onCancel: () => void;
}) {
  const { member } = props;
  const w = useWords(words);
  const [chosen, setChosen] = useState(member.assigned.map((a) => a.volunteer_id));
  const [search, setSearch] = useState("");
  const act = useAct();
  const volunteers = useAsk(`volunteers/${member.district.id}`, () =>
    api.GET("/volunteers", { params: { query: { district: member.district.id } } }),
  );
  if (!volunteers.data) return <Waiting problem={volunteers.problem} again={volunteers.again} />;
  const wanted = (v: Volunteer) =>
    chosen.includes(v.id) || `${v.name}${v.name_kana}${v.body}`.includes(search.trim());

  async function submit(event: Event) {
    event.preventDefault();
    const told = await act.run(() =>
      api.PUT("/rounds/{id}/members/{member_id}/assignment", {
        params: { path: { id: props.roundId, member_id: member.id } },
        body: { volunteer_ids: chosen },
      }),
    );
    if (told?.ok) await props.onDone();
  }

  return (
    <form class="inner-form" onSubmit={submit}>
      <ProblemBanner problem={act.problem} />
      <Field label={w.text("assign.search")} value={search} onValue={setSearch} type="search" />
      <fieldset class="field choices">
        <legend>{w.text("assign.volunteers", { district: member.district.name })}</legend>
        <div class="choices-box scroll-box">
          {volunteers.data.items.filter(wanted).map((v) => (
            <Check
              key={v.id}
              checked={chosen.includes(v.id)}
              onChecked={(is) =>
                setChosen(is ? [...chosen, v.id] : chosen.filter((c) => c !== v.id))
              }
            >
              {v.name} <small>{[v.body, w.text("phones.n", { n: v.phones })].join("　")}</small>
            </Check>
          ))}
          {volunteers.data.items.length === 0 && <p>{w.text("volunteers.empty")}</p>}
        </div>
      </fieldset>
      <div class="actions">
        <Button look="primary" type="submit" aria-busy={act.busy}>
          {w.text("save")}
        </Button>
        <Button onClick={props.onCancel}>{w.text("cancel")}</Button>
      </div>
    </form>
  );
}
