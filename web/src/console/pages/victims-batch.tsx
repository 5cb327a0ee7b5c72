import { useEffect, useState } from "preact/hooks";
import { api } from "../../api/client";
import type { components } from "../../api/schema";
import { uuidv7 } from "../../offline/bytes";
import { Banner } from "../../ui/banner";
import { Button } from "../../ui/button";
import { Radios } from "../../ui/choices";
import { Table } from "../../ui/table";
import { useWords } from "../../ui/words";
import { useAct, useAsk } from "../ask";
import { PageTitle, Waiting } from "../parts/page";
import { ProblemBanner } from "../parts/problem";
import { When } from "../parts/when";
import type { Params } from "../places";
import { href } from "../router";
import { type Key, words } from "../words";

type Batch = components["schemas"]["VictimBatch"];
type Source = components["schemas"]["BatchSource"];

/** All check-ins, or all answers of the rounds, into the registry at once: look, take over, take back. */
export default function VictimsBatch({ event = "" }: Params) {
  const w = useWords(words);
  const [source, setSource] = useState<Source>("check_ins");
  const [batch, setBatch] = useState<Batch | null>(null);
  const act = useAct();
  const past = useAsk(`victim-batches/${event}`, () =>
    api.GET("/events/{id}/victim-batches", { params: { path: { id: event } } }),
  );
  async function look() {
    const told = await act.run(() =>
      api.POST("/events/{id}/victim-batches", {
        params: { path: { id: event } },
        body: { id: uuidv7(), source },
      }),
    );
    if (told?.ok) setBatch(told.data);
  }
  return (
    <>
      <p>
        <a href={href("events", event, "victims")}>{w.text("victims.title")}</a>
      </p>
      <PageTitle title={w.text("vbatch.title")} />
      <p>{w.text("vbatch.words")}</p>
      <section class="card">
        <ProblemBanner problem={act.problem} />
        <Radios<Source>
          label={w.text("vbatch.title")}
          value={source}
          onValue={(next) => {
            setSource(next);
            setBatch(null);
          }}
          options={(["check_ins", "rounds"] as const).map((value) => ({
            value,
            label: w.text(`vbatch.${value}`),
          }))}
        />
        <Button look={batch ? "plain" : "primary"} onClick={() => void look()} aria-busy={act.busy}>
          {w.text("vbatch.look")}
        </Button>
      </section>
      {batch && (
        <BatchCard
          key={batch.id}
          batch={batch}
          onBatch={(next) => {
            setBatch(next);
            void past.again();
          }}
        />
      )}
      <section class="card">
        <h2>{w.text("vbatch.past")}</h2>
        {!past.data ? (
          <Waiting problem={past.problem} again={past.again} />
        ) : (
          <Table
            caption={w.text("vbatch.past")}
            rows={past.data.items}
            rowKey={(b) => b.id}
            empty={w.text("vbatch.past.empty")}
            columns={[
              {
                key: "at",
                label: w.text("prov.at"),
                cell: (b) => (
                  <Button look="quiet" onClick={() => setBatch(b)}>
                    <When at={b.made_at} />
                  </Button>
                ),
              },
              {
                key: "what",
                label: w.text("vbatch.action"),
                cell: (b) => w.text(`vbatch.${b.source}` as Key),
              },
              {
                key: "state",
                label: w.text("prov.state"),
                cell: (b) => w.text(`vbatch.status.${b.status}` as Key),
              },
              { key: "new", label: w.text("vbatch.new"), isNumber: true, cell: (b) => b.new },
              {
                key: "changed",
                label: w.text("vbatch.changed"),
                isNumber: true,
                cell: (b) => b.changed,
              },
              { key: "who", label: w.text("victim.changes.who"), cell: (b) => b.made_by ?? "―" },
            ]}
          />
        )}
      </section>
    </>
  );
}

/** One of them: what it would do, how far it is, what it did. */
function BatchCard({ batch: b, onBatch }: { batch: Batch; onBatch: (batch: Batch) => void }) {
  const w = useWords(words);
  const act = useAct();
  const all = b.new + b.changed;
  useEffect(() => {
    if (b.status !== "applying") return;
    const timer = setTimeout(async () => {
      const { data } = await api.GET("/victim-batches/{id}", { params: { path: { id: b.id } } });
      if (data) onBatch(data);
    }, 1000);
    return () => clearTimeout(timer);
  }, [b]);

  async function ask(what: "apply" | "undo") {
    const params = { params: { path: { id: b.id } } };
    const told = await act.run(() =>
      what === "apply"
        ? api.POST("/victim-batches/{id}/apply", params)
        : api.POST("/victim-batches/{id}/undo", params),
    );
    if (told?.ok) onBatch(told.data);
  }

  const facts: [Key, number][] = [
    ["vbatch.new", b.new],
    ["vbatch.changed", b.changed],
    ["vbatch.same", b.same],
  ];
  return (
    <section class="card" aria-live="polite">
      <h2>{w.text(`vbatch.${b.source}` as Key)}</h2>
      <dl class="facts">
        {facts.map(([key, n]) => (
          <div key={key}>
            <dt>{w.text(key)}</dt>
            <dd>{n.toLocaleString()}</dd>
          </div>
        ))}
      </dl>
      {b.nameless > 0 && (
        <Banner tone="warn" title={w.text("vbatch.nameless", { n: b.nameless })} />
      )}
      <ProblemBanner problem={act.problem} />
      {b.status === "staged" && all === 0 && <p class="empty">{w.text("vbatch.nothing")}</p>}
      {b.status === "staged" && all > 0 && (
        <Button look="primary" onClick={() => void ask("apply")} aria-busy={act.busy}>
          {w.text("vbatch.apply", { n: all })}
        </Button>
      )}
      {b.status === "applying" && (
        <Banner tone="info" title={w.text("vbatch.going", { done: b.done, all })}>
          <progress
            max={all}
            value={b.done}
            aria-label={w.text("vbatch.going", { done: b.done, all })}
          />
        </Banner>
      )}
      {b.status === "applied" && (
        <Banner tone="ok" title={w.text("vbatch.done", { n: b.done })}>
          <Button onClick={() => void ask("undo")} aria-busy={act.busy}>
            {w.text("vbatch.undo")}
          </Button>
        </Banner>
      )}
      {b.status === "undone" && (
        <Banner tone="info" title={w.text("vbatch.undone")}>
          {b.left > 0 && <p>{w.text("vbatch.left", { n: b.left })}</p>}
        </Banner>
      )}
      <People key={b.status} batch={b} />
    </section>
  );
}

function People({ batch }: { batch: Batch }) {
  const w = useWords(words);
  const [after, setAfter] = useState(0);
  const asked = useAsk(`victim-batch/${batch.id}/${batch.status}/${after}`, () =>
    api.GET("/victim-batches/{id}/items", {
      params: { path: { id: batch.id }, query: { after } },
    }),
  );
  if (!asked.data) return <Waiting problem={asked.problem} again={asked.again} />;
  const { next } = asked.data;
  return (
    <>
      <Table
        caption={w.text("vbatch.people")}
        rows={asked.data.items}
        rowKey={(i) => String(i.seq)}
        empty={w.text("vbatch.nothing")}
        columns={[
          {
            key: "name",
            label: w.text("door.name"),
            cell: (i) =>
              i.is_done || i.action !== "new" ? (
                <a href={href("victims", i.entry_id)}>{i.name}</a>
              ) : (
                i.name
              ),
          },
          { key: "kana", label: w.text("door.kana"), cell: (i) => i.name_kana },
          {
            key: "action",
            label: w.text("vbatch.action"),
            cell: (i) => i.left_why ?? w.text(`vbatch.${i.action}` as Key),
          },
        ]}
      />
      {next != null && <Button onClick={() => setAfter(next)}>{w.text("victims.next")}</Button>}
    </>
  );
}
