import { useState } from "preact/hooks";
import { api } from "../../api/client";
import { Select } from "../../ui/choices";
import { useWords } from "../../ui/words";
import { useAsk } from "../ask";
import { codeWords } from "../labels";
import type { Person } from "../pages/person";
import { type Key, words } from "../words";
import { Waiting } from "./page";
import type { Plan } from "./plans";

const CHOICES = [
  "flood",
  "landslide",
  "storm_surge",
  "earthquake",
  "tsunami",
  "large_fire",
  "inland_flood",
  "any",
  "shelter",
] as const;
type Choice = (typeof CHOICES)[number];

/** A place of ours near the person's house that is marked for a hazard, or a shelter; or none, and words instead. */
export function ChooseDestination(props: {
  person: Person;
  chosen: Plan["destination"] | null;
  value: string | null;
  onValue: (id: string | null) => void;
  error?: string | undefined;
}) {
  const w = useWords(words);
  const [choice, setChoice] = useState<Choice>("flood");
  const home = props.person.residences.find((r) => r.point && !r.valid_to)?.point;
  if (!home && !props.chosen) return <p>{w.text("plan.destination.no_point")}</p>;
  return (
    <>
      {props.chosen?.is_revoked && props.value === props.chosen.id && (
        <p class="warn">{w.text("plan.destination.revoked")}</p>
      )}
      {home && (
        <Select<Choice>
          label={w.text("plan.destination.hazard")}
          value={choice}
          onValue={setChoice}
          options={CHOICES.map((value) => ({
            value,
            label:
              value === "any"
                ? w.text("plan.destination.any")
                : value === "shelter"
                  ? w.text("plan.destination.shelters")
                  : codeWords("hazard", value),
          }))}
        />
      )}
      <Near key={choice} {...props} home={home} choice={choice} />
    </>
  );
}

function Near(props: {
  home: Person["residences"][number]["point"];
  choice: Choice;
  chosen: Plan["destination"] | null;
  value: string | null;
  onValue: (id: string | null) => void;
  error?: string | undefined;
}) {
  const w = useWords(words);
  const [lon, lat] = pointOf(props.home);
  const isShelter = props.choice === "shelter";
  const asked = useAsk(`near/${lon}/${lat}/${props.choice}`, () =>
    api.GET("/sites/nearest", {
      // The contract says `path` of what stands in the query.
      params: {
        query: {
          lon,
          lat,
          hazard: isShelter ? "any" : props.choice,
          limit: 8,
          ...(isShelter ? { kind: "shelter" } : {}),
        },
      } as never,
    }),
  );
  const found = asked.data?.sites ?? [];
  const kept = props.chosen;
  const options = [
    { value: "", label: w.text("plan.destination.none") },
    ...found.map((site) => ({
      value: site.id,
      label: [
        site.name,
        codeWords("site", site.kind),
        w.text("plan.destination.distance", { m: Math.round(site.distance_m) }),
        site.reason === "last_resort" && (w.text("site.evacuation_building" as Key) || ""),
      ]
        .filter(Boolean)
        .join("　"),
    })),
    ...(kept && !found.some((site) => site.id === kept.id)
      ? [{ value: kept.id, label: `${kept.name}　${codeWords("site", kept.kind)}` }]
      : []),
  ];
  return (
    <>
      {asked.problem && <Waiting problem={asked.problem} again={asked.again} />}
      <Select
        label={w.text("plan.destination")}
        hint={isShelter ? w.text("plan.destination.shelter") : undefined}
        value={props.value ?? ""}
        onValue={(id) => props.onValue(id || null)}
        error={props.error}
        options={options}
      />
    </>
  );
}

function pointOf(point: Person["residences"][number]["point"]): [number, number] {
  return Array.isArray(point) ? [Number(point[0]), Number(point[1])] : [0, 0];
}
