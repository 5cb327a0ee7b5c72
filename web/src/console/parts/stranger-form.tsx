import { useState } from "preact/hooks";
import type { components } from "../../api/schema";
import { uuidv7 } from "../../offline/bytes";
import { Button } from "../../ui/button";
import { Checks, Select } from "../../ui/choices";
import { Field } from "../../ui/field";
import { useWords } from "../../ui/words";
import { codeWords } from "../labels";
import { words } from "../words";

export type Stranger = components["schemas"]["Stranger"];
type Told = components["schemas"]["Told"];
type Sex = "" | "female" | "male" | "other";

const HELP = [
  "wheelchair",
  "stretcher",
  "walking_aid",
  "guide_by_hand",
  "writing",
  "sign_language",
  "power_supply",
  "oxygen",
  "medicine",
  "interpreter",
  "infant",
];

/** The short form of the evacuee's card. Only a name or its reading is needed; the birth date is typed as it is said. */
export function StrangerForm(props: {
  busy: boolean;
  onSubmit: (stranger: Stranger) => Promise<void>;
  onCancel: () => void;
}) {
  const w = useWords(words);
  const [id] = useState(uuidv7);
  const [name, setName] = useState("");
  const [kana, setKana] = useState("");
  const [birth, setBirth] = useState("");
  const [sex, setSex] = useState<Sex>("");
  const [address, setAddress] = useState("");
  const [phone, setPhone] = useState("");
  const [help, setHelp] = useState<string[]>([]);
  const [tell, setTell] = useState<Told[]>([]);
  const [isMissing, setMissing] = useState(false);

  async function submit(event: Event) {
    event.preventDefault();
    const isNamed = name.trim() !== "" || kana.trim() !== "";
    setMissing(!isNamed);
    if (!isNamed) return;
    await props.onSubmit({
      id,
      name,
      name_kana: kana,
      birth_text: birth,
      sex: sex || null,
      address,
      phone,
      help_needed: help,
      may_tell: tell,
    });
  }

  return (
    <form class="inner-form" onSubmit={submit}>
      <h3>{w.text("door.stranger.title")}</h3>
      <Field
        label={w.text("door.name")}
        error={isMissing ? w.text("door.stranger.missing") : undefined}
        value={name}
        onValue={setName}
        maxLength={100}
      />
      <Field label={w.text("door.kana")} value={kana} onValue={setKana} maxLength={100} />
      <Field
        label={w.text("door.birth")}
        hint={w.text("door.birth.hint")}
        value={birth}
        onValue={setBirth}
        maxLength={40}
      />
      <Select<Sex>
        label={w.text("door.sex")}
        value={sex}
        onValue={setSex}
        options={[
          { value: "", label: w.text("door.sex.unsaid") },
          { value: "female", label: w.text("door.sex.female") },
          { value: "male", label: w.text("door.sex.male") },
          { value: "other", label: w.text("door.sex.other") },
        ]}
      />
      <Field label={w.text("door.address")} value={address} onValue={setAddress} maxLength={200} />
      <Field
        label={w.text("door.phone")}
        type="tel"
        value={phone}
        onValue={setPhone}
        maxLength={40}
      />
      <Checks<string>
        label={w.text("door.help")}
        values={help}
        onValues={setHelp}
        options={HELP.map((value) => ({ value, label: codeWords("help", value) }))}
      />
      <Checks<Told>
        label={w.text("door.tell")}
        hint={w.text("door.tell.hint")}
        values={tell}
        onValues={setTell}
        options={(["family", "acquaintance", "other"] as const).map((value) => ({
          value,
          label: w.text(`door.tell.${value}`),
        }))}
      />
      <div class="actions">
        <Button look="primary" type="submit" aria-busy={props.busy}>
          {w.text("door.stranger.receive")}
        </Button>
        <Button onClick={props.onCancel}>{w.text("cancel")}</Button>
      </div>
    </form>
  );
}
