import { useRef, useState } from "preact/hooks";
import { api } from "../../api/client";
import type { components } from "../../api/schema";
import { uuidv7 } from "../../offline/bytes";
import { Banner } from "../../ui/banner";
import { Button } from "../../ui/button";
import { Check, Radios } from "../../ui/choices";
import { Field } from "../../ui/field";
import { useStore } from "../../ui/store";
import { useWords } from "../../ui/words";
import { fieldError, useAct, useAsk } from "../ask";
import { ChannelFacts, ChannelTable } from "../parts/channel-table";
import { Figure } from "../parts/figure";
import { LeftOutList } from "../parts/left-out";
import { PageTitle, Waiting } from "../parts/page";
import { PreviewTable } from "../parts/preview-table";
import { ProblemBanner } from "../parts/problem";
import { RULES_SHOWN, RulesAtStart, USUAL_RULES } from "../parts/round-rules";
import type { Params } from "../places";
import { leftOut, type Preview, sum } from "../preview";
import { go, href } from "../router";
import { events } from "../running";
import { session } from "../session";
import { words } from "../words";

type RoundKind = components["schemas"]["RoundKind"];

/** Start a round: all districts are here with what would happen in each; choose, start. */
export default function Start({ event: eventId = "" }: Params) {
  const w = useWords(words);
  const { items } = useStore(events);
  const { markerLabel } = useStore(session);
  const event = items?.find((e) => e.id === eventId);
  const [id] = useState(uuidv7);
  const [chosen, setChosen] = useState<string[]>([]);
  const [kind, setKind] = useState<RoundKind>("safety");
  const [name, setName] = useState<string | null>(null);
  const [looksForMarker, setLooksForMarker] = useState(true);
  const [nobody, setNobody] = useState(false);
  const [asks, setAsks] = useState(true);
  const [rules, setRules] = useState(USUAL_RULES);
  const act = useAct();
  const toStart = useRef<HTMLElement>(null);
  const preview = useAsk<Preview[]>(`preview/${eventId}`, () => previewOfAll(eventId));
  const before = useAsk(`rounds/${eventId}`, () =>
    api.GET("/rounds", { params: { query: { event_id: eventId } } }),
  );
  const suggested = w.text(`start.name.${kind}`, { n: (before.data?.items.length ?? 0) + 1 });

  async function submit(e: Event) {
    e.preventDefault();
    setNobody(chosen.length === 0);
    if (chosen.length === 0) return;
    const body = {
      id,
      kind,
      name: name ?? suggested,
      districts: chosen,
      looks_for_marker: looksForMarker,
      asks_by_mail: asks,
      rules,
    };
    const told = await act.run(() =>
      api.POST("/events/{id}/rounds", { params: { path: { id: eventId } }, body }),
    );
    if (told?.ok) go(href("rounds", id));
  }

  if (!items || !preview.data) {
    return (
      <>
        <PageTitle title={w.text("start.title")} />
        <Waiting problem={preview.problem} again={preview.again} />
      </>
    );
  }
  const rows = preview.data;
  const all = sum(rows.filter((row) => chosen.includes(row.district.id)));
  return (
    <>
      <PageTitle title={w.text("start.title")}>
        {event && (
          <span class={`tag tag-${event.kind}`}>
            {w.text(`mode.${event.kind}`)} {event.name}
          </span>
        )}
      </PageTitle>
      <form onSubmit={submit}>
        <ProblemBanner problem={act.problem} shown={["/name", ...RULES_SHOWN]} />
        <div class="start">
          <section class="card">
            <h2>{w.text("start.choose")}</h2>
            <div class="actions">
              <Button
                look="plain"
                onClick={() => {
                  setChosen(rows.map((row) => row.district.id));
                  // On a narrow screen what comes next stands below all the districts.
                  toStart.current?.scrollIntoView({ block: "nearest" });
                }}
              >
                {w.text("start.all", { n: rows.length })}
              </Button>
              {chosen.length > 0 && (
                <Button look="quiet" onClick={() => setChosen([])}>
                  {w.text("start.nothing")}
                </Button>
              )}
            </div>
            <p class="small sideways">{w.text("start.sideways")}</p>
            <PreviewTable rows={rows} chosen={chosen} onChosen={setChosen} />
            <ChannelTable rows={rows} />
            <p class="small">{w.text("start.undecided")}</p>
          </section>
          <section ref={toStart} class="card start-sum" aria-label={w.text("start.sum")}>
            <h2>{w.text("start.sum")}</h2>
            <p role="status">{w.text("start.chosen", { n: chosen.length })}</p>
            <dl class="figures">
              <Figure label={w.text("start.to_visit")} value={all.to_visit} />
              <Figure label={w.text("start.assigned")} value={all.assigned} />
              <Figure
                label={w.text("start.unassigned")}
                value={all.unassigned}
                hint={w.text("start.unassigned.hint")}
              />
              <Figure label={w.text("start.volunteers")} value={all.volunteers} />
              <Figure label={w.text("start.phones")} value={all.phones} />
              <Figure label={w.text("start.left_out")} value={leftOut(all)} />
            </dl>
            <LeftOutList left={all.left_out} isDisaster={event?.kind === "disaster"} />
            <ChannelFacts channels={all.channels} />
            <div class="field">
              <Check checked={looksForMarker} onChecked={setLooksForMarker}>
                {w.text("start.marker", { label: markerLabel })}
                <small>{w.text("start.marker.hint", { label: markerLabel })}</small>
              </Check>
            </div>
            {nobody && chosen.length === 0 && (
              <Banner tone="danger" title={w.text("start.nobody")} />
            )}
            <Button
              look={event?.kind === "disaster" ? "danger" : "primary"}
              type="submit"
              wide
              aria-busy={act.busy}
            >
              {w.text(act.busy ? "start.busy" : "start.submit", { n: all.to_visit })}
            </Button>
            <RulesAtStart rules={rules} onRules={setRules} problem={act.problem} />
            <details class="more">
              <summary>{w.text("start.more")}</summary>
              {kind === "safety" && (
                <Check checked={asks} onChecked={setAsks}>
                  {w.text("start.asks_by_mail")}
                  <br />
                  <small>{w.text("start.asks_by_mail.hint")}</small>
                </Check>
              )}
              <Radios
                label={w.text("start.kind")}
                value={kind}
                onValue={setKind}
                options={[
                  { value: "safety", label: w.text("round.safety") },
                  { value: "evacuation", label: w.text("round.evacuation") },
                ]}
              />
              <Field
                label={w.text("start.name")}
                error={fieldError(act.problem, "/name")}
                value={name ?? suggested}
                onValue={setName}
                maxLength={100}
                required
              />
            </details>
          </section>
        </div>
      </form>
    </>
  );
}

/** What would happen in every district that the caller may see. */
async function previewOfAll(eventId: string) {
  const districts = await api.GET("/districts");
  if (!districts.data) return { error: districts.error, response: districts.response };
  const ids = districts.data.items.map((d) => d.id).join(",");
  const { data, error, response } = await api.GET("/rounds/preview", {
    params: { query: { event_id: eventId, districts: ids } },
  });
  return { data: data?.items, error, response };
}
