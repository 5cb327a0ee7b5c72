import { useRef, useState } from "preact/hooks";
import { api } from "../../api/client";
import type { components } from "../../api/schema";
import { Banner } from "../../ui/banner";
import { Button } from "../../ui/button";
import { Check, Radios, Select } from "../../ui/choices";
import { Field } from "../../ui/field";
import { Table } from "../../ui/table";
import { useWords } from "../../ui/words";
import { useAct, useAsk } from "../ask";
import { fileSize } from "../format";
import { PageTitle, Waiting } from "../parts/page";
import { ProblemBanner } from "../parts/problem";
import { When } from "../parts/when";
import { go, href } from "../router";
import { upload } from "../upload";
import { words } from "../words";

type Kind = components["schemas"]["Kind"];
type SiteKind = "" | "evacuation_site" | "evacuation_building" | "shelter";

const KINDS: Kind[] = ["roster", "sites", "districts"];

/** Lists that came in, and bringing another one. Nothing changes before somebody has looked and applied. */
export default function Imports() {
  const w = useWords(words);
  const asked = useAsk("imports", () => api.GET("/imports"));
  return (
    <>
      <PageTitle title={w.text("imports.title")} />
      <Bring />
      {!asked.data ? (
        <Waiting problem={asked.problem} again={asked.again} />
      ) : (
        <section class="card">
          <Table
            caption={w.text("imports.table")}
            rows={asked.data.items}
            rowKey={(i) => i.id}
            empty={w.text("imports.empty")}
            columns={[
              {
                key: "file",
                label: w.text("import.file"),
                cell: (i) => (
                  <a href={href("imports", i.id)}>{i.file_name || w.text("import.undo_of")}</a>
                ),
              },
              { key: "kind", label: w.text("import.kind"), cell: (i) => w.text(`kind.${i.kind}`) },
              {
                key: "status",
                label: w.text("import.status"),
                cell: (i) => (
                  <span
                    class={`tag ${i.status === "refused" ? "tag-danger" : i.status === "applied" ? "tag-ok" : ""}`}
                  >
                    {w.text(`status.${i.status}`)}
                  </span>
                ),
              },
              {
                key: "rows",
                label: w.text("import.rows"),
                isNumber: true,
                sortBy: (i) => i.rows_read,
                cell: (i) => i.rows_read.toLocaleString(),
              },
              {
                key: "at",
                label: w.text("import.at"),
                sortBy: (i) => i.created_at,
                cell: (i) => <When at={i.created_at} />,
              },
            ]}
          />
        </section>
      )}
    </>
  );
}

function Bring() {
  const w = useWords(words);
  const [kind, setKind] = useState<Kind>("roster");
  const [file, setFile] = useState<File | null>(null);
  const [isMissing, setMissing] = useState(false);
  const [isPartial, setPartial] = useState(false);
  const [isOrdinance, setOrdinance] = useState(false);
  const [asOf, setAsOf] = useState("");
  const [siteKind, setSiteKind] = useState<SiteKind>("");
  const [share, setShare] = useState(0);
  const input = useRef<HTMLInputElement>(null);
  const act = useAct();

  async function submit(event: Event) {
    event.preventDefault();
    setMissing(!file);
    if (!file) {
      input.current?.focus();
      return;
    }
    setShare(0);
    const mapping = {
      is_partial: isPartial,
      ...(kind === "roster" ? { ordinance_replaces_consent: isOrdinance } : {}),
      ...(kind === "roster" && asOf ? { as_of: asOf } : {}),
      ...(kind === "sites" && siteKind ? { site_kind: siteKind } : {}),
    };
    const told = await act.run(() => upload({ kind, file, mapping }, setShare));
    if (told?.ok) go(href("imports", told.data.id));
  }

  const percent = Math.floor(share * 100);
  return (
    <form class="card form" onSubmit={submit}>
      <h2>{w.text("import.new")}</h2>
      <p>{w.text("import.safe")}</p>
      <ProblemBanner problem={act.problem} />
      <Radios
        label={w.text("import.kind")}
        value={kind}
        onValue={setKind}
        options={KINDS.map((value) => ({
          value,
          label: w.text(`kind.${value}`),
          hint: w.text(`kind.${value}.hint`),
        }))}
      />
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
          onChange={(event) => setFile(event.currentTarget.files?.[0] ?? null)}
        />
        {file && <p>{w.text("import.chosen", { name: file.name, size: fileSize(file.size) })}</p>}
      </div>
      <details class="more">
        <summary>{w.text("import.more")}</summary>
        <div class="field">
          <Check checked={isPartial} onChecked={setPartial}>
            {w.text("import.partial")}
          </Check>
        </div>
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
