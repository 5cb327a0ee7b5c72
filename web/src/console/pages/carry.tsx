import { useRef, useState } from "preact/hooks";
import { api } from "../../api/client";
import type { components } from "../../api/schema";
import { type CarriedFile, Collector, readFile, uploads } from "../../offline/carry";
import { Banner } from "../../ui/banner";
import { QrScan } from "../../ui/qr-scan";
import { useWords } from "../../ui/words";
import { useAct } from "../ask";
import { PageTitle } from "../parts/page";
import { ProblemBanner } from "../parts/problem";
import { words } from "../words";

type Receipt = components["schemas"]["Receipt"];

interface Done {
  n: number;
  stored: number;
  known: number;
  aside: number;
  isSigned: boolean;
}

/** Reads what somebody carried here from a phone without signal: a file, or a series of codes. */
export default function CarryPage() {
  const w = useWords(words);
  const [isBad, setBad] = useState(false);
  const [done, setDone] = useState<Done | null>(null);
  const [progress, setProgress] = useState<{ n: number; total: number } | null>(null);
  const collector = useRef(new Collector());
  const act = useAct();

  async function take(file: CarriedFile | null, kind: "file" | "qr") {
    setBad(!file);
    setDone(null);
    if (!file) return;
    const results: Receipt[] = [];
    let isSigned = true;
    for (const items of uploads(file)) {
      const told = await act.run(() =>
        api.POST("/field/carried", { body: { kind, manifest: file.manifest, items } }),
      );
      if (!told?.ok) return;
      results.push(...told.data.results);
      isSigned &&= told.data.is_signed;
    }
    const count = (result: Receipt["result"]) => results.filter((r) => r.result === result).length;
    setDone({
      n: results.length,
      stored: count("stored"),
      known: count("already_stored"),
      aside: count("quarantined"),
      isSigned,
    });
  }

  async function hear(code: string) {
    if (!collector.current.add(code)) return;
    const { read: n, total } = collector.current;
    setProgress({ n, total });
    const file = await collector.current.file();
    if (!file) return;
    collector.current = new Collector();
    setProgress(null);
    await take(file, "qr");
  }

  return (
    <>
      <PageTitle title={w.text("carry.title")} />
      <p>{w.text("carry.words")}</p>
      <ProblemBanner problem={act.problem} />
      {isBad && <Banner tone="warn" title={w.text("carry.bad")} />}
      {done && (
        <Banner tone="info" title={w.text("carry.done", { n: done.n })}>
          <dl class="facts">
            <div>
              <dt>{w.text("carry.new")}</dt>
              <dd>{done.stored}</dd>
            </div>
            <div>
              <dt>{w.text("carry.known")}</dt>
              <dd>{done.known}</dd>
            </div>
            <div>
              <dt>{w.text("carry.aside")}</dt>
              <dd>{done.aside}</dd>
            </div>
          </dl>
          {done.aside > 0 && <p>{w.text("carry.review")}</p>}
        </Banner>
      )}
      {done && !done.isSigned && <Banner tone="warn" title={w.text("carry.unsigned")} />}
      <section class="card">
        <div class="field">
          <label for="carry-file">{w.text("carry.file")}</label>
          <p class="field-hint" id="carry-file-hint">
            {w.text("carry.file.hint")}
          </p>
          <input
            id="carry-file"
            type="file"
            accept="application/json,.json"
            aria-describedby="carry-file-hint"
            onChange={(event) => {
              const chosen = event.currentTarget.files?.[0];
              if (chosen) {
                void chosen
                  .text()
                  .then(readFile)
                  .then((file) => take(file, "file"));
              }
              event.currentTarget.value = "";
            }}
          />
        </div>
      </section>
      <section class="card" aria-labelledby="carry-qr">
        <h2 id="carry-qr">{w.text("carry.qr")}</h2>
        <QrScan
          hasNoTyping
          onRead={(code) => void hear(code)}
          words={{
            aim: w.text("carry.qr.aim"),
            start: w.text("carry.start"),
            stop: w.text("carry.stop"),
            starting: w.text("carry.starting"),
            torchOn: w.text("carry.torch_on"),
            torchOff: w.text("carry.torch_off"),
            file: w.text("carry.photo"),
            fileEmpty: w.text("carry.photo.empty"),
            problem: {
              denied: w.text("carry.camera.denied"),
              none: w.text("carry.camera.none"),
              busy: w.text("carry.camera.busy"),
              insecure: w.text("carry.camera.insecure"),
            },
            typed: { label: "", button: "", empty: "" },
          }}
        />
        <p role="status">
          {progress && w.text("carry.progress", { n: progress.n, total: progress.total })}
        </p>
      </section>
    </>
  );
}
