import { api } from "../../api/client";
import type { components } from "../../api/schema";
import { Select } from "../../ui/choices";
import { useWords } from "../../ui/words";
import { useAsk } from "../ask";
import { CERTIFICATES, DWELLING, options, PLACES } from "../victim-words";
import { words } from "../words";

export type Filter = Partial<components["schemas"]["VictimFilter"]>;

/** The filter with everything said, as a body takes it. */
export function whole(filter: Filter): components["schemas"]["VictimFilter"] {
  return {
    query: filter.query ?? null,
    district: filter.district ?? null,
    only: filter.only ?? null,
    certificate: filter.certificate ?? null,
    whereabouts: filter.whereabouts ?? null,
    dwelling: filter.dwelling ?? null,
  };
}
type Only = NonNullable<Filter["only"]>;

/** Which entries: by district, whereabouts, certificate, damage, and what is lacking. */
export function VictimFilter(props: {
  filter: Filter;
  onFilter: (filter: Filter) => void;
  only: Only[];
}) {
  const w = useWords(words);
  const { filter } = props;
  const districts = useAsk("districts", () => api.GET("/districts"));
  const any = { value: "", label: w.text("victims.filter.any") };
  const unsaid = { value: "unsaid", label: w.text("victim.where.unsaid") };
  const set = (part: Partial<Record<keyof Filter, string>>) =>
    props.onFilter({
      ...filter,
      ...Object.fromEntries(Object.entries(part).map(([key, value]) => [key, value || undefined])),
    });
  return (
    <>
      <Select
        label={w.text("victims.only")}
        value={filter.only ?? ""}
        onValue={(only) => set({ only })}
        options={[
          { value: "", label: w.text("victims.only.all") },
          ...options<string>("victims.only", props.only),
        ]}
      />
      <Select
        label={w.text("victim.district")}
        value={filter.district ?? ""}
        onValue={(district) => set({ district })}
        options={[
          any,
          ...(districts.data?.items ?? []).map((d) => ({ value: d.id, label: d.name })),
        ]}
      />
      <Select
        label={w.text("victim.where")}
        value={filter.whereabouts ?? ""}
        onValue={(whereabouts) => set({ whereabouts })}
        options={[any, unsaid, ...options<string>("victim.where", PLACES)]}
      />
      <Select
        label={w.text("victim.certificate")}
        value={filter.certificate ?? ""}
        onValue={(certificate) => set({ certificate })}
        options={[any, ...options<string>("victim.certificate", CERTIFICATES)]}
      />
      <Select
        label={w.text("victim.dwelling")}
        value={filter.dwelling ?? ""}
        onValue={(dwelling) => set({ dwelling })}
        options={[any, unsaid, ...options<string>("victim.grade", DWELLING)]}
      />
    </>
  );
}
