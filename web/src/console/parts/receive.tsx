import { useState } from "preact/hooks";
import { api } from "../../api/client";
import type { components } from "../../api/schema";
import { uuidv7 } from "../../offline/bytes";
import { Button } from "../../ui/button";
import { Check, Select } from "../../ui/choices";
import { Field } from "../../ui/field";
import { announce } from "../../ui/live-region";
import { useWords } from "../../ui/words";
import { tell, useAct } from "../ask";
import { words } from "../words";
import { ProblemBanner } from "./problem";
import { type Stranger, StrangerForm } from "./stranger-form";

type Shelter = components["schemas"]["Shelter"];
type Evacuee = components["schemas"]["Evacuee"];
type StayType = components["schemas"]["StayType"];
type CheckIn = components["schemas"]["CheckIn"];

/** Somebody who can be received: of the roster, or received before as a stranger. */
interface Line {
  key: string;
  person_id?: string;
  evacuee?: Evacuee;
  name: string;
  under: string;
}

const ELSEWHERE: StayType[] = ["home", "vehicle", "tent", "relatives", "other"];

/** Receive people: by search in the roster, a household at once, or by a short form for who is on no list. */
export function Receive(props: { eventId: string; place: Shelter; onDone: () => Promise<void> }) {
  const { place } = props;
  const w = useWords(words);
  const here: StayType = place.kind === "evacuation_building" ? "evacuation_building" : "shelter";
  const [query, setQuery] = useState("");
  const [lines, setLines] = useState<Line[] | null>(null);
  const [chosen, setChosen] = useState<string[]>([]);
  const [stayType, setStayType] = useState<StayType>(here);
  const [isStranger, setStranger] = useState(false);
  const search = useAct();
  const act = useAct();

  async function find(event: Event) {
    event.preventDefault();
    setChosen([]);
    const people = await search.run(() => api.GET("/people", { params: { query: { query } } }));
    if (!people?.ok) return setLines(null);
    const known = await tell(() =>
      api.GET("/events/{id}/evacuees", {
        params: { path: { id: props.eventId }, query: { query } },
      }),
    );
    const received = known.ok ? known.data.items : [];
    const of = (id: string) => received.find((e) => e.person_id === id);
    setLines([
      ...people.data.items.map((p) => ({
        key: p.id,
        person_id: p.id,
        evacuee: of(p.id),
        name: p.name,
        under: [p.name_kana, p.birth_on, p.district.name, p.address].filter(Boolean).join(" / "),
      })),
      ...received.filter((e) => !e.person_id).map(strangerLine),
    ]);
  }

  /** The others of a household, ready to be received together. */
  async function addHousehold(line: Line) {
    const id = line.person_id;
    if (!id) return;
    const told = await search.run(() => api.GET("/people/{id}", { params: { path: { id } } }));
    if (!told?.ok) return;
    const others = told.data.household.filter((m) => !m.is_protected);
    const known = new Set((lines ?? []).map((l) => l.key));
    setLines([
      ...(lines ?? []),
      ...others
        .filter((m) => !known.has(m.id))
        .map((m) => ({ key: m.id, person_id: m.id, name: m.name, under: m.relationship })),
    ]);
    setChosen([...new Set([...chosen, line.key, ...others.map((m) => m.id)])]);
    announce(w.text("door.household.added", { n: others.length }));
  }

  async function receive(items: Partial<CheckIn>[]) {
    const party_id = items.length > 1 ? uuidv7() : null;
    const site_id = stayType === here ? place.id : null;
    const told = await act.run(() =>
      api.POST("/events/{id}/stays", {
        params: { path: { id: props.eventId } },
        body: {
          items: items.map((item) => ({
            id: uuidv7(),
            check_in: { ...item, site_id, stay_type: stayType, party_id },
          })),
        },
      }),
    );
    if (!told?.ok) return false;
    const odd = told.data.items.filter((i) => i.flag === "second_place").length;
    announce(
      odd > 0
        ? w.text("door.received.second", { n: items.length, odd })
        : w.text("door.received", { n: items.length }),
    );
    setLines(null);
    setChosen([]);
    setQuery("");
    await props.onDone();
    return true;
  }

  const picked = (lines ?? []).filter((l) => chosen.includes(l.key));
  return (
    <section class="card">
      <h2>{w.text("door.receive")}</h2>
      <Select<StayType>
        label={w.text("door.stay_type")}
        value={stayType}
        onValue={setStayType}
        options={[here, ...ELSEWHERE].map((value) => ({
          value,
          label: value === here ? place.name : w.text(`stay.${value}`),
        }))}
      />
      <form class="filters" onSubmit={find}>
        <Field
          label={w.text("door.find")}
          hint={w.text("door.find.hint")}
          type="search"
          value={query}
          onValue={setQuery}
          required
        />
        <div class="field filters-go">
          <Button type="submit" aria-busy={search.busy}>
            {w.text("door.find.go")}
          </Button>
        </div>
      </form>
      <ProblemBanner problem={search.problem} />
      <ProblemBanner problem={act.problem} />
      {lines?.length === 0 && <p class="empty">{w.text("door.find.none")}</p>}
      {lines && lines.length > 0 && (
        <>
          <ul class="plain">
            {lines.map((line) => (
              <li key={line.key}>
                <Check
                  checked={chosen.includes(line.key)}
                  onChecked={(isChosen) =>
                    setChosen(
                      isChosen ? [...chosen, line.key] : chosen.filter((k) => k !== line.key),
                    )
                  }
                >
                  <strong>{line.name}</strong> <small>{line.under}</small>
                  {line.evacuee?.place && (
                    <span class="tag">
                      {w.text("door.now_at", {
                        place:
                          line.evacuee.place.name ?? w.text(`stay.${line.evacuee.place.stay_type}`),
                      })}
                    </span>
                  )}
                </Check>
                {line.person_id && (
                  <Button look="quiet" onClick={() => void addHousehold(line)}>
                    {w.text("door.household", { name: line.name })}
                  </Button>
                )}
              </li>
            ))}
          </ul>
          <p class="actions">
            <Button
              look="primary"
              disabled={picked.length === 0}
              aria-busy={act.busy}
              onClick={() => void receive(picked.map(asCheckIn))}
            >
              {w.text("door.receive.chosen", { n: picked.length })}
            </Button>
          </p>
        </>
      )}
      <p class="actions">
        <Button onClick={() => setStranger(!isStranger)} aria-expanded={isStranger}>
          {w.text("door.stranger.form")}
        </Button>
      </p>
      {isStranger && (
        <StrangerForm
          busy={act.busy}
          onCancel={() => setStranger(false)}
          onSubmit={async (stranger: Stranger) => {
            if (await receive([{ stranger }])) setStranger(false);
          }}
        />
      )}
    </section>
  );
}

function strangerLine(e: Evacuee): Line {
  return {
    key: e.id,
    evacuee: e,
    name: e.name || e.name_kana,
    under: [e.name ? e.name_kana : "", e.birth_on ?? e.birth_text, e.address]
      .filter(Boolean)
      .join(" / "),
  };
}

/** Whoever is counted elsewhere moves by the same act: nobody is in two places for a moment. */
function asCheckIn(line: Line): Partial<CheckIn> {
  const moved_from = line.evacuee?.place?.site_id ?? null;
  return line.person_id
    ? { person_id: line.person_id, moved_from }
    : { evacuee_id: line.evacuee?.id, moved_from };
}
