import { useEffect, useRef, useState } from "preact/hooks";
import { api } from "../../api/client";
import type { components } from "../../api/schema";
import { Banner } from "../../ui/banner";
import { Button } from "../../ui/button";
import { Check, Radios, Select } from "../../ui/choices";
import { Field } from "../../ui/field";
import { useStore } from "../../ui/store";
import { useWords } from "../../ui/words";
import { useAct, useAsk } from "../ask";
import { holdFile, takeFile } from "../chosen-file";
import { type Assigned, assignedAtFirst, columnsOf, type Headings, missing } from "../columns";
import { fileSize } from "../format";
import { go, href, place } from "../router";
import { headingsOf, upload } from "../upload";
import { words } from "../words";
import { ColumnMap } from "./column-map";
import { ProblemBanner } from "./problem";

type Kind = components["schemas"]["Kind"];
type Kept = components["schemas"]["ImportMapping"];
type SiteKind = "" | "evacuation_site" | "evacuation_building" | "shelter";

const KINDS: Kind[] = ["roster", "victims", "sites", "districts"];

/** Bring a list: which kind, which file, and, where its headings are its own, which column is what. */
export function BringList() {
  const w = useWords(words);
  const { query } = useStore(place);
  const [kind, setKind] = useState<Kind>(query.get("kind") === "victims" ? "victims" : "roster");
  const [disaster, setDisaster] = useState(query.get("event") ?? "");
  const [noDisaster, setNoDisaster] = useState(false);
  const events = useAsk("events", () => api.GET("/events"));
  const [file, setFile] = useState<File | null>(null);
  const [isMissing, setMissing] = useState(false);
  const [isPartial, setPartial] = useState(false);
  const [isOrdinance, setOrdinance] = useState(false);
  const [asOf, setAsOf] = useState("");
  const [siteKind, setSiteKind] = useState<SiteKind>("");
  const [share, setShare] = useState(0);
  const [profile, setProfile] = useState("");
  const [seen, setSeen] = useState<Headings | null>(null);
  const [assigned, setAssigned] = useState<Assigned>({});
  const input = useRef<HTMLInputElement>(null);
  const act = useAct();
  const kept = useAsk("import-mappings", () => api.GET("/import-mappings"));
  const ofKind = (kept.data?.items ?? []).filter((k) => k.kind === kind);
  const used = ofKind.find((k) => k.name === profile);

  // Come from a list whose columns were not understood: its file is still at hand.
  useEffect(() => {
    const taken = query.has("columns") ? takeFile() : null;
    if (!taken) return;
    setKind(taken.kind);
    setFile(taken.file);
    void look(taken.kind, taken.file);
  }, []);

  async function look(ofWhat: Kind, which: File | null) {
    setMissing(!which);
    if (!which) {
      input.current?.focus();
      return;
    }
    setShare(0);
    const told = await act.run(() => headingsOf(ofWhat, which, setShare));
    if (!told?.ok) return;
    setSeen(told.data);
    setAssigned(assignedAtFirst(told.data, used?.mapping.columns));
  }

  function choose(nextKind: Kind, nextFile: File | null) {
    setKind(nextKind);
    setFile(nextFile);
    setSeen(null);
    if (nextKind !== kind) setProfile("");
    act.clear();
  }

  /** What was said of the last list of this sender, all of it. */
  function follow(name: string) {
    setProfile(name);
    const mapping: Kept["mapping"] | undefined = ofKind.find((k) => k.name === name)?.mapping;
    setPartial(mapping?.is_partial ?? false);
    setOrdinance(mapping?.ordinance_replaces_consent ?? false);
    setSiteKind((mapping?.site_kind ?? "") as SiteKind);
    if (seen) setAssigned(assignedAtFirst(seen, mapping?.columns));
  }

  const mapping = {
    ...(used?.mapping ?? {}),
    columns: seen ? columnsOf(seen, assigned) : (used?.mapping.columns ?? {}),
    is_partial: isPartial,
    ...(kind === "roster" ? { ordinance_replaces_consent: isOrdinance } : {}),
    ...(kind === "sites" ? { site_kind: siteKind || null } : {}),
  };

  async function submit(event: Event) {
    event.preventDefault();
    setMissing(!file);
    if (!file) {
      input.current?.focus();
      return;
    }
    setNoDisaster(kind === "victims" && !disaster);
    if (kind === "victims" && !disaster) return;
    setShare(0);
    holdFile(kind, file);
    // What is of this list alone is not kept with the way of reading.
    const ofDay = kind === "roster" && asOf ? { as_of: asOf } : {};
    const ofDisaster = kind === "victims" ? { event: disaster } : {};
    const told = await act.run(() =>
      upload({ kind, file, profile, mapping: { ...mapping, ...ofDay, ...ofDisaster } }, setShare),
    );
    if (told?.ok) go(href("imports", told.data.id));
  }

  const percent = Math.floor(share * 100);
  const lacking = seen ? missing(seen, assigned) : [];
  return (
    <form class="card form bring" onSubmit={submit}>
      <h2>{w.text("import.new")}</h2>
      <p>{w.text("import.safe")}</p>
      <ProblemBanner problem={act.problem} />
      <Radios
        label={w.text("import.kind")}
        value={kind}
        onValue={(next) => choose(next, file)}
        options={KINDS.map((value) => ({
          value,
          label: w.text(`kind.${value}`),
          hint: w.text(`kind.${value}.hint`),
        }))}
      />
      {kind === "victims" && (
        <Select
          label={w.text("import.event")}
          error={noDisaster && !disaster ? w.text("import.event.missing") : undefined}
          value={disaster}
          onValue={setDisaster}
          required
          options={[
            { value: "", label: w.text("import.event.none") },
            ...(events.data?.items ?? [])
              .filter((e) => e.kind === "disaster" && !e.is_standing)
              .map((e) => ({ value: e.id, label: e.name })),
          ]}
        />
      )}
      <div class="field">
        <label for="import-file">{w.text("import.file")}</label>
        <p class="field-hint" id="import-file-hint">
          {w.text("import.file.hint")}
        </p>
        {isMissing && !file && (
          <p class="field-error" role="alert">
            {w.text("import.file.missing")}
          </p>
        )}
        <input
          ref={input}
          id="import-file"
          type="file"
          accept=".csv,.txt,.tsv,.xlsx,.geojson,.json"
          aria-describedby="import-file-hint"
          onChange={(event) => choose(kind, event.currentTarget.files?.[0] ?? null)}
        />
        {file && <p>{w.text("import.chosen", { name: file.name, size: fileSize(file.size) })}</p>}
      </div>
      {ofKind.length > 0 && (
        <Select
          label={w.text("columns.kept")}
          hint={w.text("columns.kept.hint")}
          value={profile}
          onValue={follow}
          options={[
            { value: "", label: w.text("columns.kept.none") },
            ...ofKind.map((k) => ({ value: k.name, label: k.name })),
          ]}
        />
      )}
      {seen ? (
        <ColumnMap
          kind={kind}
          seen={seen}
          assigned={assigned}
          onAssigned={setAssigned}
          mapping={mapping}
          profile={profile}
          onKept={async (name) => {
            await kept.again();
            setProfile(name);
          }}
          onForgotten={async () => {
            setProfile("");
            await kept.again();
          }}
        />
      ) : (
        <div class="field">
          <Button onClick={() => void look(kind, file)} aria-busy={act.busy}>
            {w.text("columns.look")}
          </Button>
          <p class="field-hint">{w.text("columns.look.hint")}</p>
        </div>
      )}
      <details class="more">
        <summary>{w.text("import.more")}</summary>
        {kind !== "victims" && (
          <div class="field">
            <Check checked={isPartial} onChecked={setPartial}>
              {w.text("import.partial")}
            </Check>
          </div>
        )}
        {kind === "roster" && (
          <>
            <Field label={w.text("import.as_of")} type="date" value={asOf} onValue={setAsOf} />
            <div class="field">
              <Check checked={isOrdinance} onChecked={setOrdinance}>
                {w.text("import.ordinance")}
              </Check>
            </div>
          </>
        )}
        {kind === "sites" && (
          <Select
            label={w.text("import.site_kind")}
            value={siteKind}
            onValue={setSiteKind}
            options={[
              { value: "", label: w.text("import.site_kind.auto") },
              { value: "evacuation_site", label: w.text("site.evacuation_site") },
              { value: "evacuation_building", label: w.text("site.evacuation_building") },
              { value: "shelter", label: w.text("site.shelter") },
            ]}
          />
        )}
      </details>
      {lacking.length > 0 && (
        <Banner
          tone="warn"
          title={w.text("columns.missing", { fields: lacking.join(w.text("list.comma")) })}
        />
      )}
      {act.busy ? (
        <Banner tone="info" title={w.text("import.sending", { percent })}>
          <progress max={100} value={percent} aria-label={w.text("import.sending", { percent })} />
        </Banner>
      ) : (
        <Button look="primary" type="submit">
          {w.text("import.submit")}
        </Button>
      )}
    </form>
  );
}
