import { useState } from "preact/hooks";
import { api } from "../../api/client";
import type { components } from "../../api/schema";
import { uuidv7 } from "../../offline/bytes";
import { Banner } from "../../ui/banner";
import { Button } from "../../ui/button";
import { Select } from "../../ui/choices";
import { Field } from "../../ui/field";
import { useStore } from "../../ui/store";
import { useWords } from "../../ui/words";
import { fieldError, useAct, useAsk } from "../ask";
import { Copies } from "../parts/copies";
import { PageTitle } from "../parts/page";
import { ProblemBanner } from "../parts/problem";
import { RosterSheet } from "../parts/roster-sheet";
import { ForWhom, type Recipient } from "../parts/take-roster";
import { place } from "../router";
import { session } from "../session";
import { words } from "../words";

type Print = components["schemas"]["RosterPrint"];

/** Print the roster of one district for somebody, and see where the copies are. */
export default function RosterPaper() {
  const w = useWords(words);
  const { account } = useStore(session);
  const isStaff = account?.role === "hq_staff";
  const [print, setPrint] = useState<Print | null>(null);
  const [turn, setTurn] = useState(0);
  return (
    <>
      <p>
        <a href="#/roster">{w.text("back.roster")}</a>
      </p>
      <PageTitle title={w.text("paper.title")} />
      {print ? (
        <>
          <Banner tone="ok" title={w.text("paper.made", { n: print.head.serial })} />
          <p class="actions">
            <Button look="primary" onClick={() => window.print()}>
              {w.text("paper.print")}
            </Button>
            <Button
              onClick={() => {
                setPrint(null);
                setTurn(turn + 1);
              }}
            >
              {w.text("paper.another")}
            </Button>
          </p>
          <RosterSheet print={print} />
        </>
      ) : (
        <>
          <p>{w.text("paper.words")}</p>
          <Make key={turn} isStaff={isStaff} onMade={setPrint} />
          <Copies key={`copies/${turn}`} />
        </>
      )}
    </>
  );
}

function Make(props: { isStaff: boolean; onMade: (print: Print) => void }) {
  const w = useWords(words);
  const { query } = useStore(place);
  const [id] = useState(uuidv7);
  const districts = useAsk("districts", () => api.GET("/districts"));
  const [district, setDistrict] = useState(query.get("district") ?? "");
  const [recipient, setRecipient] = useState<Recipient>("support_organisation");
  const [holder, setHolder] = useState("");
  const [body, setBody] = useState("");
  const [purpose, setPurpose] = useState("");
  const [due, setDue] = useState("");
  const act = useAct();
  const own = districts.data?.items ?? [];
  const chosen = district || (own.length === 1 ? (own[0]?.id ?? "") : "");

  async function submit(event: Event) {
    event.preventDefault();
    const told = await act.run(() =>
      api.POST("/roster/prints", {
        body: {
          id,
          district_id: chosen,
          recipient,
          recipient_name: holder.trim(),
          recipient_body: body.trim(),
          purpose: purpose.trim(),
          return_due_on: due || null,
        },
      }),
    );
    if (told?.ok) props.onMade(told.data);
  }

  return (
    <form class="card form" onSubmit={submit}>
      <ProblemBanner
        problem={act.problem}
        shown={["/district_id", "/recipient_name", "/recipient_body", "/purpose"]}
      />
      <ForWhom isStaff={props.isStaff} value={recipient} onValue={setRecipient} />
      <Select
        label={w.text("paper.district")}
        error={fieldError(act.problem, "/district_id")}
        value={chosen}
        onValue={setDistrict}
        required
        options={[{ value: "", label: "―" }, ...own.map((d) => ({ value: d.id, label: d.name }))]}
      />
      <Field
        label={w.text("paper.holder")}
        error={fieldError(act.problem, "/recipient_name")}
        value={holder}
        onValue={setHolder}
        maxLength={100}
        autocomplete="off"
        required
      />
      <Field
        label={w.text("paper.body")}
        hint={w.text("paper.body.hint")}
        error={fieldError(act.problem, "/recipient_body")}
        value={body}
        onValue={setBody}
        maxLength={100}
      />
      <Field
        label={w.text("paper.purpose")}
        hint={w.text("paper.purpose.hint")}
        error={fieldError(act.problem, "/purpose")}
        value={purpose}
        onValue={setPurpose}
        maxLength={200}
        required
      />
      <Field label={w.text("paper.return_due")} type="date" value={due} onValue={setDue} />
      <div class="actions">
        <Button look="primary" type="submit" aria-busy={act.busy}>
          {w.text("paper.make")}
        </Button>
      </div>
    </form>
  );
}
