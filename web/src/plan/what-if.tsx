import { useState } from "preact/hooks";
import { Button } from "../ui/button";
import { Select } from "../ui/choices";
import { Field } from "../ui/field";
import { announce } from "../ui/live-region";
import { useStore } from "../ui/store";
import { useWords } from "../ui/words";
import { type Change, type Comparison, change, closedBy, MOST_CHANGES, plan, undo } from "./state";
import { type Key, words } from "./words";

/** What is being typed, or was pointed at on the map. */
export interface Draft {
  name: string;
  lon: string;
  lat: string;
  capacity: string;
  close: string;
}

export const EMPTY: Draft = { name: "", lon: "", lat: "", capacity: "", close: "" };

/** Sites added and closed, by hand or from the map; each step can be taken back. */
export function WhatIf(props: {
  draft: Draft;
  onDraft: (change: (draft: Draft) => Draft) => void;
  comparison: Comparison | null;
}) {
  const w = useWords(words);
  return (
    <section class="card" aria-labelledby="what-if">
      <h2 id="what-if">{w.text("whatif.title")}</h2>
      <p class="small">{w.text("whatif.words")}</p>
      <Changes comparison={props.comparison} />
      <AddSite draft={props.draft} onDraft={props.onDraft} />
      <CloseSite draft={props.draft} onDraft={props.onDraft} comparison={props.comparison} />
    </section>
  );
}

function Changes({ comparison }: { comparison: Comparison | null }) {
  const w = useWords(words);
  const { changes, before } = useStore(plan);
  const nameOf = (id: string) =>
    comparison?.base.sites.find((site) => site.id === id)?.name ?? w.text("whatif.gone");
  const words_of = (one: Change) =>
    "add" in one
      ? w.text("whatif.added", { name: one.add.name })
      : w.text("whatif.closed", { name: nameOf(one.close) });
  return (
    <>
      {changes.length === 0 ? (
        <p>{w.text("whatif.none")}</p>
      ) : (
        <ol class="plan-changes">
          {changes.map((one, n) => (
            <li key={JSON.stringify(one)}>
              <span>
                {words_of(one)}
                {comparison?.without_effect.includes(n) && (
                  <small class="under warn">{w.text("whatif.withouteffect")}</small>
                )}
              </span>
              <Button
                aria-label={w.text("whatif.remove.of", { name: words_of(one) })}
                onClick={() => change(changes.filter((_, at) => at !== n))}
              >
                {w.text("whatif.remove")}
              </Button>
            </li>
          ))}
        </ol>
      )}
      <div class="actions">
        {before.length > 0 && (
          <Button icon="undo" onClick={undo}>
            {w.text("whatif.undo")}
          </Button>
        )}
        {changes.length > 1 && <Button onClick={() => change([])}>{w.text("whatif.clear")}</Button>}
      </div>
    </>
  );
}

/** Full-width digits and commas are digits as well. */
function numberOf(text: string): number {
  const plain = text.normalize("NFKC").replace(/[,\s]/g, "");
  return plain === "" ? Number.NaN : Number(plain);
}

function AddSite(props: { draft: Draft; onDraft: (change: (draft: Draft) => Draft) => void }) {
  const w = useWords(words);
  const { hazard, kind, changes } = useStore(plan);
  const [wrong, setWrong] = useState<Partial<Record<"place" | "capacity", Key>>>({});
  const { draft, onDraft } = props;
  const set = (member: keyof Draft) => (value: string) =>
    onDraft((d) => ({ ...d, [member]: value }));

  function submit(event: Event) {
    event.preventDefault();
    const [lon, lat] = [numberOf(draft.lon), numberOf(draft.lat)];
    const room = draft.capacity.trim() === "" ? null : numberOf(draft.capacity);
    const faults: typeof wrong = {};
    if (!Number.isFinite(lon) || !Number.isFinite(lat)) faults.place = "whatif.needs.coordinates";
    if (room !== null && !(Number.isInteger(room) && room >= 0 && room <= 1_000_000)) {
      faults.capacity = "whatif.needs.capacity";
    }
    if (changes.length >= MOST_CHANGES) faults.place = "whatif.full";
    setWrong(faults);
    if (Object.keys(faults).length > 0) return;
    const hazards = kind === "shelter" || hazard === null || hazard === "any" ? [] : [hazard];
    const name = draft.name.trim() || w.text("whatif.name.default");
    change([...changes, { add: { name, kind, lon, lat, capacity: room, hazards } }]);
    onDraft((d) => ({ ...EMPTY, close: d.close }));
  }

  return (
    <form onSubmit={submit} noValidate aria-labelledby="add-site">
      <h3 id="add-site">{w.text("whatif.add.title")}</h3>
      <p class="field-hint">{w.text("whatif.coordinates.hint")}</p>
      <div class="plan-pair">
        <Field
          label={w.text("whatif.lon")}
          error={wrong.place && w.text(wrong.place)}
          value={draft.lon}
          onValue={set("lon")}
          autocomplete="off"
        />
        <Field
          label={w.text("whatif.lat")}
          value={draft.lat}
          onValue={set("lat")}
          autocomplete="off"
        />
      </div>
      <Field
        label={w.text("whatif.name")}
        hint={w.text("whatif.name.hint")}
        value={draft.name}
        onValue={set("name")}
        maxLength={100}
        autocomplete="off"
      />
      <Field
        label={w.text("whatif.capacity")}
        error={wrong.capacity && w.text(wrong.capacity)}
        value={draft.capacity}
        onValue={set("capacity")}
        inputMode="numeric"
        autocomplete="off"
      />
      <Button look="primary" type="submit">
        {w.text("whatif.add")}
      </Button>
    </form>
  );
}

function CloseSite(props: {
  draft: Draft;
  onDraft: (change: (draft: Draft) => Draft) => void;
  comparison: Comparison | null;
}) {
  const w = useWords(words);
  const { changes } = useStore(plan);
  const [isUnsaid, setUnsaid] = useState(false);
  const closed = changes.map(closedBy);
  const open = (props.comparison?.base.sites ?? [])
    .filter((site) => !closed.includes(site.id))
    .sort((a, b) => a.name.localeCompare(b.name, "ja"));

  function submit(event: Event) {
    event.preventDefault();
    const { close } = props.draft;
    setUnsaid(close === "");
    if (close === "" || changes.length >= MOST_CHANGES) return;
    change([...changes, { close }]);
    props.onDraft((d) => ({ ...d, close: "" }));
  }

  return (
    <form onSubmit={submit} aria-labelledby="close-site">
      <h3 id="close-site">{w.text("whatif.close.title")}</h3>
      <Select
        label={w.text("whatif.close.label")}
        error={isUnsaid ? w.text("whatif.needs.site") : undefined}
        value={props.draft.close}
        onValue={(id) => props.onDraft((d) => ({ ...d, close: id }))}
        options={[
          { value: "", label: w.text("whatif.close.choose") },
          ...open.map((site) => ({ value: site.id, label: site.name })),
        ]}
      />
      <Button look="primary" type="submit">
        {w.text("whatif.close")}
      </Button>
    </form>
  );
}

/** A place on the map was pressed. */
export function placed(lon: number, lat: number): (draft: Draft) => Draft {
  const [at_lon, at_lat] = [lon.toFixed(5), lat.toFixed(5)];
  announce(words.text("whatif.placed", { lon: at_lon, lat: at_lat }));
  return (draft) => ({ ...draft, lon: at_lon, lat: at_lat });
}

/** A site on the map was pressed. */
export function chosen(id: string, name: string): (draft: Draft) => Draft {
  announce(words.text("whatif.chosen", { name }));
  return (draft) => ({ ...draft, close: id });
}
