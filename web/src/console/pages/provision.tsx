import { api } from "../../api/client";
import type { components } from "../../api/schema";
import { Banner } from "../../ui/banner";
import { Button } from "../../ui/button";
import { useWords } from "../../ui/words";
import { useAct, useAsk } from "../ask";
import { dayTime } from "../format";
import { PageTitle, Waiting } from "../parts/page";
import { ProblemBanner } from "../parts/problem";
import type { Params } from "../places";
import { href } from "../router";
import { saveAnswer } from "../save";
import { itemWords } from "../victim-words";
import { type Key, words } from "../words";

export type Provision = components["schemas"]["Provision"];

/** How far a provision is. */
export function stateOf(p: Provision): Key {
  if (p.cancelled_at) return "prov.state.cancelled";
  if (p.issued_at) return "prov.state.issued";
  if (p.needs_second && !p.confirmed_at) return "prov.state.waiting";
  return p.confirmed_at ? "prov.state.confirmed" : "prov.state.prepared";
}

/** One provision: looked at, confirmed by another person, handed over, taken again. */
export default function ProvisionPage({ provision: id = "" }: Params) {
  const w = useWords(words);
  const act = useAct();
  const asked = useAsk(`provision/${id}`, () =>
    api.GET("/provisions/{id}", { params: { path: { id } } }),
  );
  const p = asked.data;
  if (!p) {
    return (
      <>
        <PageTitle title={w.text("prov.one")} />
        <Waiting problem={asked.problem} again={asked.again} />
      </>
    );
  }
  const path = { params: { path: { id } } };
  async function after(
    call: () => Promise<{ data?: Provision; error?: unknown; response: Response }>,
  ) {
    const told = await act.run(call);
    if (told?.ok) await asked.again();
  }
  const take = () =>
    act.run(() =>
      saveAnswer(`provision.${p.means}`, () =>
        api.GET("/provisions/{id}/file", { ...path, parseAs: "blob" }),
      ),
    );
  const isWaiting = stateOf(p) === "prov.state.waiting";
  const isOpen = !p.cancelled_at && !p.issued_at;
  return (
    <>
      <p>
        <a href={href("events", p.event.id, "provisions")}>{w.text("victims.provisions")}</a>
      </p>
      <PageTitle title={w.text("prov.one")}>
        {p.serial != null && (
          <span class="tag">{w.text("victim.given.serial", { n: p.serial })}</span>
        )}
      </PageTitle>
      <section class="card">
        <Facts provision={p} />
        <Banner tone="info" title={w.text("prov.note")}>
          <p>{p.note}</p>
        </Banner>
      </section>
      <section class="card">
        <ProblemBanner problem={act.problem} />
        {isWaiting &&
          (p.is_mine ? (
            <Banner tone="warn" title={w.text("prov.confirm.mine")} />
          ) : (
            <Button
              look="primary"
              aria-busy={act.busy}
              onClick={() => void after(() => api.POST("/provisions/{id}/confirm", path))}
            >
              {w.text("prov.confirm")}
            </Button>
          ))}
        {isOpen && !isWaiting && (
          <>
            <p>{w.text("prov.issue.words")}</p>
            <Button
              look="primary"
              aria-busy={act.busy}
              onClick={() => void after(() => api.POST("/provisions/{id}/issue", path))}
            >
              {w.text("prov.issue")}
            </Button>
          </>
        )}
        <p class="actions">
          {isOpen && (
            <Button
              look="warn"
              aria-busy={act.busy}
              onClick={() => void after(() => api.POST("/provisions/{id}/cancel", path))}
            >
              {w.text("prov.cancel")}
            </Button>
          )}
          {p.issued_at && p.means !== "print" && (
            <Button look="primary" onClick={() => void take()} aria-busy={act.busy}>
              {w.text("prov.file")}
            </Button>
          )}
          {p.issued_at && p.means === "print" && (
            <a class="button button-primary" href={href("provisions", id, "sheet")}>
              {w.text("prov.sheet")}
            </a>
          )}
        </p>
      </section>
    </>
  );
}

function Facts({ provision: p }: { provision: Provision }) {
  const w = useWords(words);
  const at = (who: string | null | undefined, when: string | null | undefined) =>
    when ? `${who ?? ""}　${dayTime(when, w.lang)}` : "";
  const facts: [Key, string][] = [
    ["prov.state", w.text(stateOf(p))],
    ["prov.to.kind", w.text(`recipient.${p.recipient_kind}` as Key)],
    ["prov.to.name", p.recipient_name],
    ["prov.to.address", p.recipient_address],
    ["prov.to.person", p.recipient_person],
    ["prov.identity", p.identity_words],
    ["prov.purpose", p.purpose],
    ["prov.applied", p.applied_on],
    ["prov.due", p.return_due_on ?? ""],
    ["prov.fields", p.fields.map(itemWords).join(w.text("list.comma"))],
    ["prov.means", w.text(`prov.means.${p.means}` as Key)],
    ["prov.count", String(p.people)],
    ["prov.protected.why", p.protected_why],
    ["prov.prepared.by", at(p.prepared_by, p.prepared_at)],
    ["prov.confirmed.by", at(p.confirmed_by, p.confirmed_at)],
    ["prov.at", p.issued_at ? dayTime(p.issued_at, w.lang) : ""],
  ];
  return (
    <dl class="facts">
      {facts
        .filter(([, value]) => value)
        .map(([key, value]) => (
          <div key={key}>
            <dt>{w.text(key)}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}
