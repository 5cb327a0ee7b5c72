import { useState } from "preact/hooks";
import { api } from "../../api/client";
import type { components } from "../../api/schema";
import { uuidv7 } from "../../offline/bytes";
import { Button } from "../../ui/button";
import { Check, Select } from "../../ui/choices";
import { Dialog } from "../../ui/dialog";
import { Field } from "../../ui/field";
import { useWords } from "../../ui/words";
import { fieldError, useAct, useAsk } from "../ask";
import { parseCount } from "../sheet-keys";
import { words } from "../words";
import { ProblemBanner } from "./problem";

type Facility = components["schemas"]["Facility"];
type Kind = components["schemas"]["FacilityKind"];

const KINDS: Kind[] = ["elderly", "disability", "children", "medical", "other"];
const SHOWN = ["/name", "/name_kana", "/address", "/phone", "/contact_name", "/capacity"];

/** Register a facility, or change what is known of it. */
export function FacilityDialog(props: {
  facility: Facility | null;
  onClose: () => void;
  onDone: () => Promise<void>;
}) {
  const { facility } = props;
  const w = useWords(words);
  const [id] = useState(facility?.id ?? uuidv7());
  const districts = useAsk("districts", () => api.GET("/districts"));
  const [name, setName] = useState(facility?.name ?? "");
  const [kana, setKana] = useState(facility?.name_kana ?? "");
  const [kind, setKind] = useState<Kind>(facility?.kind ?? "elderly");
  const [address, setAddress] = useState(facility?.address ?? "");
  const [district, setDistrict] = useState(facility?.district.id ?? "");
  const [phone, setPhone] = useState(facility?.phone ?? "");
  const [contact, setContact] = useState(facility?.contact_name ?? "");
  const [capacity, setCapacity] = useState(facility?.capacity?.toString() ?? "");
  const [isEnded, setEnded] = useState(Boolean(facility?.ended_on));
  const act = useAct();
  const items = districts.data?.items ?? [];

  async function submit(event: Event) {
    event.preventDefault();
    const told = await act.run(() =>
      api.PUT("/facilities/{id}", {
        params: { path: { id } },
        body: {
          name,
          name_kana: kana,
          kind,
          address,
          lon: facility?.point?.[0] ?? null,
          lat: facility?.point?.[1] ?? null,
          district_id: district || items[0]?.id || "",
          phone,
          contact_name: contact,
          capacity: parseCount(capacity),
          is_ended: isEnded,
        },
      }),
    );
    if (told?.ok) await props.onDone();
  }

  const field = (pointer: string) => fieldError(act.problem, pointer);
  return (
    <Dialog
      title={
        facility ? w.text("facilities.change", { name: facility.name }) : w.text("facilities.new")
      }
      onClose={props.onClose}
    >
      <form onSubmit={submit}>
        <ProblemBanner problem={act.problem ?? districts.problem} shown={SHOWN} />
        <Field
          label={w.text("facilities.name")}
          error={field("/name")}
          value={name}
          onValue={setName}
          maxLength={100}
          required
        />
        <Field
          label={w.text("facilities.name_kana")}
          error={field("/name_kana")}
          value={kana}
          onValue={setKana}
          maxLength={100}
        />
        <Select
          label={w.text("facilities.kind")}
          value={kind}
          onValue={setKind}
          options={KINDS.map((value) => ({ value, label: w.text(`facility.kind.${value}`) }))}
        />
        <Select
          label={w.text("district")}
          value={district}
          onValue={setDistrict}
          options={items.map((d) => ({ value: d.id, label: d.name }))}
        />
        <Field
          label={w.text("facilities.address")}
          error={field("/address")}
          value={address}
          onValue={setAddress}
          maxLength={200}
        />
        <Field
          label={w.text("facilities.phone")}
          error={field("/phone")}
          type="tel"
          value={phone}
          onValue={setPhone}
          maxLength={40}
        />
        <Field
          label={w.text("facilities.contact")}
          error={field("/contact_name")}
          value={contact}
          onValue={setContact}
          maxLength={100}
        />
        <Field
          label={w.text("facilities.capacity")}
          hint={w.text("facilities.capacity.hint")}
          error={field("/capacity")}
          inputMode="numeric"
          value={capacity}
          onValue={setCapacity}
          maxLength={6}
        />
        {facility && (
          <div class="field">
            <Check checked={isEnded} onChecked={setEnded}>
              {w.text("facilities.ended")}
            </Check>
          </div>
        )}
        <div class="actions">
          <Button look="primary" type="submit" aria-busy={act.busy}>
            {w.text("save")}
          </Button>
          <Button onClick={props.onClose}>{w.text("cancel")}</Button>
        </div>
      </form>
    </Dialog>
  );
}
