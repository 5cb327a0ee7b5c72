import { useState } from "preact/hooks";
import { api } from "../../api/client";
import type { components } from "../../api/schema";
import { uuidv7 } from "../../offline/bytes";
import { Button } from "../../ui/button";
import { Select } from "../../ui/choices";
import { Field } from "../../ui/field";
import { Table } from "../../ui/table";
import { useWords } from "../../ui/words";
import { fieldError, useAct, useAsk } from "../ask";
import { seesPeople } from "../session";
import { words } from "../words";
import type { Drill } from "./drill-plan";
import { ProblemBanner } from "./problem";

type Venue = components["schemas"]["Venue"];

/** The venues of a drill; a lead adds the own district's. */
export function Venues({ drill, onChange }: { drill: Drill; onChange: (drill: Drill) => void }) {
  const w = useWords(words);
  const event = drill.event.id;
  const [name, setName] = useState("");
  const districts = useAsk("districts", () => api.GET("/districts"));
  const mine = districts.data?.items.filter((d) => d.code !== null) ?? [];
  const taking = mine.filter((d) => drill.districts.some((x) => x.id === d.id));
  const offered = taking.length > 0 ? taking : mine;
  const [chosen, setChosen] = useState("");
  const district = chosen || offered[0]?.id || "";
  const act = useAct();

  async function put(id: string, body: { name: string; district_id: string; is_retired: boolean }) {
    const told = await act.run(() =>
      api.PUT("/drills/{event}/venues/{id}", { params: { path: { event, id } }, body }),
    );
    if (told?.ok) onChange(told.data);
    return told?.ok;
  }
  async function add(e: Event) {
    e.preventDefault();
    if (await put(uuidv7(), { name, district_id: district, is_retired: false })) setName("");
  }
  const retire = (v: Venue) =>
    put(v.id, { name: v.name, district_id: v.district.id, is_retired: true });

  return (
    <section class="card">
      <h2>{w.text("drill.venues")}</h2>
      <ProblemBanner problem={act.problem} shown={["/name"]} />
      <Table
        caption={w.text("drill.venues")}
        rows={drill.venues}
        rowKey={(v) => v.id}
        empty={w.text("drill.venues.empty")}
        columns={[
          {
            key: "name",
            label: w.text("drill.venue.name"),
            cell: (v) => `${v.name}${v.is_retired ? w.text("drill.venue.retired") : ""}`,
          },
          { key: "district", label: w.text("district"), cell: (v) => v.district.name },
          {
            key: "retire",
            label: w.text("drill.venue.retire"),
            cell: (v) =>
              seesPeople() &&
              !v.is_retired && (
                <Button
                  look="quiet"
                  aria-label={w.text("drill.venue.retire.of", { name: v.name })}
                  onClick={() => void retire(v)}
                >
                  {w.text("drill.venue.retire")}
                </Button>
              ),
          },
        ]}
      />
      {seesPeople() && (
        <form class="filters" onSubmit={add}>
          <Field
            label={w.text("drill.venue.name")}
            error={fieldError(act.problem, "/name")}
            value={name}
            onValue={setName}
            maxLength={100}
            required
          />
          <Select
            label={w.text("district")}
            value={district}
            onValue={setChosen}
            options={offered.map((d) => ({ value: d.id, label: d.name }))}
          />
          <Button type="submit" icon="add" aria-busy={act.busy}>
            {w.text("drill.venue.add")}
          </Button>
        </form>
      )}
    </section>
  );
}

const BODIES = [
  "voluntary_disaster_org",
  "welfare_commissioner",
  "district_welfare_committee",
  "neighbourhood_association",
  "social_welfare_council",
  "volunteer_fire_corps",
  "city_staff",
  "school",
  "business",
  "other",
] as const;

/** 参加団体, and with how many they said they would come. */
export function Bodies({ drill, onChange }: { drill: Drill; onChange: (drill: Drill) => void }) {
  const w = useWords(words);
  const event = drill.event.id;
  const [name, setName] = useState("");
  const [kind, setKind] = useState<(typeof BODIES)[number]>("voluntary_disaster_org");
  const [expected, setExpected] = useState("");
  const act = useAct();

  async function add(e: Event) {
    e.preventDefault();
    const people = Number.parseInt(expected.normalize("NFKC"), 10);
    const body = {
      name,
      body: kind,
      district_id: null,
      expected: Number.isNaN(people) ? null : people,
      is_retired: false,
    };
    const told = await act.run(() =>
      api.PUT("/drills/{event}/bodies/{id}", {
        params: { path: { event, id: uuidv7() } },
        body,
      }),
    );
    if (!told?.ok) return;
    setName("");
    setExpected("");
    onChange(told.data);
  }

  return (
    <section class="card">
      <h2>{w.text("drill.bodies")}</h2>
      <ProblemBanner problem={act.problem} shown={["/name", "/expected"]} />
      <Table
        caption={w.text("drill.bodies")}
        rows={drill.bodies.filter((b) => !b.is_retired)}
        rowKey={(b) => b.id}
        empty={w.text("drill.bodies.empty")}
        columns={[
          { key: "name", label: w.text("drill.body.name"), cell: (b) => b.name },
          {
            key: "kind",
            label: w.text("drill.body.kind"),
            cell: (b) => w.text(`drill.body.${b.body as (typeof BODIES)[number]}`),
          },
          {
            key: "expected",
            label: w.text("drill.body.expected"),
            isNumber: true,
            cell: (b) => b.expected ?? w.text("none"),
          },
        ]}
      />
      <form class="filters" onSubmit={add}>
        <Field
          label={w.text("drill.body.name")}
          error={fieldError(act.problem, "/name")}
          value={name}
          onValue={setName}
          maxLength={100}
          required
        />
        <Select
          label={w.text("drill.body.kind")}
          value={kind}
          onValue={setKind}
          options={BODIES.map((b) => ({ value: b, label: w.text(`drill.body.${b}`) }))}
        />
        <Field
          label={w.text("drill.body.expected")}
          error={fieldError(act.problem, "/expected")}
          value={expected}
          onValue={setExpected}
          inputMode="numeric"
          maxLength={6}
        />
        <Button type="submit" icon="add" aria-busy={act.busy}>
          {w.text("drill.body.add")}
        </Button>
      </form>
    </section>
  );
}
