import { useState } from "preact/hooks";
import { api } from "../../api/client";
import type { components } from "../../api/schema";
import { Banner } from "../../ui/banner";
import { Button } from "../../ui/button";
import { useStore } from "../../ui/store";
import { useWords } from "../../ui/words";
import { useAct, useAsk } from "../ask";
import { OpenActivation } from "../parts/open-activation";
import { PageTitle, Waiting } from "../parts/page";
import { ProblemBanner } from "../parts/problem";
import { When } from "../parts/when";
import { events, isRunning } from "../running";
import { session } from "../session";
import { words } from "../words";

type Activation = components["schemas"]["Activation"];

/** Emergency disclosure (災対法 49条の11第3項): open, confirm by another, close, review. Never in a drill. */
export default function Disclosure() {
  const w = useWords(words);
  const { items } = useStore(events);
  const asked = useAsk("activations", () => api.GET("/activations"));
  const [isOpening, setOpening] = useState(false);
  const disasters = (items ?? []).filter((event) => isRunning(event) && event.kind === "disaster");
  return (
    <>
      <PageTitle title={w.text("disclosure.title")} />
      <Banner tone="info" title={w.text("disclosure.what")}>
        <ul>
          <li>{w.text("disclosure.law")}</li>
          <li>{w.text("disclosure.two")}</li>
          <li>{w.text("disclosure.ends")}</li>
          <li>{w.text("disclosure.record")}</li>
        </ul>
      </Banner>
      <p class="never">
        <strong>{w.text("disclosure.never")}</strong>
      </p>
      {disasters.length === 0 && <p class="card">{w.text("disclosure.no_disaster")}</p>}
      {disasters.length > 0 && !isOpening && (
        <p class="actions">
          <Button look="danger" onClick={() => setOpening(true)}>
            {w.text("disclosure.open")}
          </Button>
        </p>
      )}
      {isOpening && (
        <OpenActivation
          disasters={disasters}
          onDone={async () => {
            setOpening(false);
            await asked.again();
          }}
          onCancel={() => setOpening(false)}
        />
      )}
      {!asked.data ? (
        <Waiting problem={asked.problem} again={asked.again} />
      ) : (
        <section aria-labelledby="activations-title">
          <h2 id="activations-title">{w.text("disclosure.list")}</h2>
          {asked.data.items.length === 0 && <p class="card empty">{w.text("disclosure.empty")}</p>}
          {asked.data.items.map((activation) => (
            <One key={activation.id} activation={activation} onChanged={asked.again} />
          ))}
        </section>
      )}
    </>
  );
}

function One({
  activation,
  onChanged,
}: {
  activation: Activation;
  onChanged: () => Promise<void>;
}) {
  const w = useWords(words);
  const { account } = useStore(session);
  const act = useAct();
  const path = { id: activation.id };
  const isMine = activation.opened_by.id === account?.id;

  async function run(call: () => ReturnType<typeof confirm>) {
    const told = await act.run(call);
    if (told?.ok) await onChanged();
  }
  const confirm = () => api.POST("/activations/{id}/confirm", { params: { path } });
  const close = () => api.POST("/activations/{id}/close", { params: { path } });
  const review = () => api.POST("/activations/{id}/review", { params: { path } });

  const tone = { waiting: "tag-warn", in_force: "tag-danger", ended: "" }[activation.status];
  const needsReview = activation.by_duty_code && !activation.reviewed_at;
  return (
    <article class="card">
      <h3>
        <span class={`tag ${tone}`}>{w.text(`activation.${activation.status}`)}</span>{" "}
        {activation.event_name}
      </h3>
      <dl class="facts">
        <div>
          <dt>{w.text("district")}</dt>
          <dd>{activation.districts.map((d) => d.name).join(w.text("list.comma"))}</dd>
        </div>
        <div>
          <dt>{w.text("activation.reason")}</dt>
          <dd>{activation.reason}</dd>
        </div>
        <div>
          <dt>{w.text("activation.opened")}</dt>
          <dd>
            {activation.opened_by.name} <When at={activation.opened_at} />
            {activation.by_duty_code && (
              <span class="tag tag-warn">{w.text("activation.duty")}</span>
            )}
          </dd>
        </div>
        <div>
          <dt>{w.text("activation.confirmed")}</dt>
          <dd>
            {activation.confirmed_by?.name} <When at={activation.confirmed_at} />
          </dd>
        </div>
        <div>
          <dt>{w.text(activation.closed_at ? "activation.closed" : "activation.closes")}</dt>
          <dd>
            <When at={activation.closed_at ?? activation.closes_at} />
          </dd>
        </div>
        {activation.by_duty_code && (
          <div>
            <dt>{w.text("activation.reviewed")}</dt>
            <dd>
              {activation.reviewed_by?.name} <When at={activation.reviewed_at} />
            </dd>
          </div>
        )}
      </dl>
      <ProblemBanner problem={act.problem} />
      {activation.status === "waiting" && isMine && (
        <p class="warn">{w.text("activation.wait_for_other")}</p>
      )}
      <div class="actions">
        {activation.status === "waiting" && !isMine && (
          <Button look="danger" onClick={() => void run(confirm)} aria-busy={act.busy}>
            {w.text("activation.confirm")}
          </Button>
        )}
        {activation.status !== "ended" && (
          <Button onClick={() => void run(close)}>{w.text("activation.close")}</Button>
        )}
        {needsReview && !isMine && (
          <Button look="primary" onClick={() => void run(review)}>
            {w.text("activation.review")}
          </Button>
        )}
        {needsReview && isMine && <p class="warn">{w.text("activation.review_by_other")}</p>}
      </div>
    </article>
  );
}
