import { useState } from "preact/hooks";
import { uuidv7 } from "../../offline/bytes";
import { Button } from "../../ui/button";
import { Checks, Radios } from "../../ui/choices";
import { Field } from "../../ui/field";
import { Page } from "../page";
import { receive } from "./acts";
import { type Condition, Details, Received, stayAt, stayOf, usualPlace } from "./receive";
import type { AtGate } from "./use-gate";
import type { Stranger } from "./wire";
import { G, gtext } from "./words";

const HELP = [
  "wheelchair",
  "walking_aid",
  "guide_by_hand",
  "writing",
  "medicine",
  "infant",
  "interpreter",
] as const;
const TELL = ["family", "acquaintance", "other"] as const;
type Sex = "female" | "male" | "other";

/** 避難者カード: a short form for whoever is on no list. Birth dates are typed as they are said: no calendar to leaf through. */
export function StrangerPage({ at, party }: { at: AtGate; party: string }) {
  const [said, setSaid] = useState<Stranger>(() => ({
    id: uuidv7(),
    name: "",
    name_kana: "",
    birth_text: "",
    sex: null,
    address: "",
    phone: "",
    help_needed: [],
    may_tell: [],
  }));
  const [stay, setStay] = useState(() => stayAt(usualPlace(at)));
  const [condition, setCondition] = useState<Condition>("safe");
  const [isEmpty, setEmpty] = useState(false);
  const [done, setDone] = useState<string | null>(null);
  const set = (change: Partial<Stranger>) => setSaid({ ...said, ...change });
  const who = said.name.trim() || said.name_kana.trim();
  // Who was received before in this family: the same party, made now if there is none.
  const [partyId] = useState(() => {
    const first = at.guests.find((guest) => guest.key === party);
    return first ? (first.partyId ?? uuidv7()) : undefined;
  });

  async function save() {
    setEmpty(who === "");
    if (who === "") return;
    const one = {
      ...stayOf(stay),
      stranger: said,
      condition,
      ...(partyId && { party_id: partyId }),
    };
    if (await receive(at.gate, [one], who)) {
      setDone(gtext("received", { who }));
      scrollTo(0, 0);
    }
  }

  if (done) {
    const guests = at.guests.filter((one) => one.key === said.id || one.evacueeId === said.id);
    return <Received at={at} words={done} guests={guests} />;
  }
  return (
    <Page title={<G k="strangerTitle" />} hasBack>
      <p>
        <G k="strangerText" />
      </p>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <Field
          label={<G k="strangerName" />}
          error={isEmpty ? gtext("strangerEmpty") : undefined}
          value={said.name}
          onValue={(name) => set({ name })}
          autocomplete="off"
          maxLength={100}
        />
        <Field
          label={<G k="strangerKana" />}
          value={said.name_kana}
          onValue={(name_kana) => set({ name_kana })}
          autocomplete="off"
          maxLength={100}
        />
        <Field
          label={<G k="strangerBirth" />}
          hint={<G k="strangerBirthHint" />}
          value={said.birth_text}
          onValue={(birth_text) => set({ birth_text })}
          autocomplete="off"
          maxLength={40}
        />
        <details class="gate-more">
          <summary>
            <G k="strangerOptional" />
          </summary>
          <Radios<Sex>
            label={<G k="strangerSex" />}
            value={said.sex as Sex | null}
            onValue={(sex) => set({ sex })}
            options={(["female", "male", "other"] as const).map((value) => ({
              value,
              label: gtext(`sex_${value}`),
            }))}
          />
          <Field
            label={<G k="strangerAddress" />}
            value={said.address}
            onValue={(address) => set({ address })}
            autocomplete="off"
            maxLength={200}
          />
          <Field
            label={<G k="strangerPhone" />}
            type="tel"
            value={said.phone}
            onValue={(phone) => set({ phone })}
            autocomplete="off"
            maxLength={40}
          />
          <Checks
            label={<G k="strangerMore" />}
            values={said.help_needed}
            onValues={(help_needed) => set({ help_needed })}
            options={HELP.map((value) => ({ value, label: gtext(`help_${value}`) }))}
          />
          <Checks
            label={<G k="strangerTell" />}
            hint={<G k="strangerTellHint" />}
            values={said.may_tell}
            onValues={(may_tell) => set({ may_tell })}
            options={TELL.map((value) => ({ value, label: gtext(`tell_${value}`) }))}
          />
        </details>
        <Details
          at={at}
          stay={stay}
          onStay={setStay}
          condition={condition}
          onCondition={setCondition}
        />
        <Button type="submit" wide look="primary" icon="ok">
          <G k="receiveButton" />
        </Button>
      </form>
    </Page>
  );
}
