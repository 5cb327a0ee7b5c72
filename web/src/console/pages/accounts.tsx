import { useState } from "preact/hooks";
import { api } from "../../api/client";
import type { components } from "../../api/schema";
import { Banner } from "../../ui/banner";
import { Button } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { useStore } from "../../ui/store";
import { Table } from "../../ui/table";
import { useWords } from "../../ui/words";
import { useAct, useAsk } from "../ask";
import { FactorsSheet } from "../parts/factors";
import { NewAccount } from "../parts/new-account";
import { PageTitle, Waiting } from "../parts/page";
import { ProblemBanner } from "../parts/problem";
import { When } from "../parts/when";
import { session } from "../session";
import { words } from "../words";

type Account = components["schemas"]["Account"];
export type Factors = components["schemas"]["Factors"];

/** Log-ins: make one, give its owner new factors, stop it. Secrets are shown once. */
export default function Accounts() {
  const w = useWords(words);
  const mine = useStore(session).account?.id;
  const asked = useAsk("accounts", () => api.GET("/accounts"));
  const [isAdding, setAdding] = useState(false);
  const [asking, setAsking] = useState<{ what: "disable" | "reset"; account: Account } | null>(
    null,
  );
  const [factors, setFactors] = useState<{ name: string; factors: Factors } | null>(null);
  return (
    <>
      <PageTitle title={w.text("accounts.title")} />
      {factors && <FactorsSheet {...factors} onClose={() => setFactors(null)} />}
      {!isAdding && (
        <p class="actions">
          <Button icon="add" onClick={() => setAdding(true)}>
            {w.text("accounts.add")}
          </Button>
        </p>
      )}
      {isAdding && (
        <NewAccount
          onDone={async (name, made) => {
            setAdding(false);
            setFactors({ name, factors: made });
            await asked.again();
          }}
          onCancel={() => setAdding(false)}
        />
      )}
      {!asked.data ? (
        <Waiting problem={asked.problem} again={asked.again} />
      ) : (
        <section class="card">
          <Table
            caption={w.text("accounts.table", { n: asked.data.items.length })}
            rows={asked.data.items}
            rowKey={(a) => a.id}
            empty={w.text("none")}
            columns={[
              {
                key: "name",
                label: w.text("account.name"),
                sortBy: (a) => a.name,
                cell: (a) => (
                  <>
                    {a.name}
                    <small class="under">{a.login}</small>
                  </>
                ),
              },
              {
                key: "role",
                label: w.text("account.role"),
                sortBy: (a) => a.role,
                cell: (a) => (
                  <>
                    {w.text(`role.${a.role}`)}{" "}
                    {a.is_break_glass && (
                      <span class="tag tag-warn">{w.text("account.break_glass")}</span>
                    )}
                    <small class="under">
                      {a.districts.map((d) => d.name).join(w.text("list.comma"))}
                    </small>
                  </>
                ),
              },
              {
                key: "state",
                label: w.text("account.state"),
                cell: (a) =>
                  a.disabled_at ? (
                    <>
                      {w.text("account.disabled")} <When at={a.disabled_at} />
                    </>
                  ) : (
                    w.text("account.active")
                  ),
              },
              {
                key: "acts",
                label: w.text("account.acts"),
                cell: (a) =>
                  a.disabled_at ? null : (
                    <div class="actions">
                      <Button
                        onClick={() => setAsking({ what: "reset", account: a })}
                        aria-label={w.text("account.reset.of", { name: a.name })}
                      >
                        {w.text("account.reset")}
                      </Button>
                      {a.id !== mine && (
                        <Button
                          onClick={() => setAsking({ what: "disable", account: a })}
                          aria-label={w.text("account.disable.of", { name: a.name })}
                        >
                          {w.text("account.disable")}
                        </Button>
                      )}
                    </div>
                  ),
              },
            ]}
          />
        </section>
      )}
      {asking && (
        <Sure
          {...asking}
          onClose={() => setAsking(null)}
          onDone={async (made) => {
            setAsking(null);
            if (made) setFactors({ name: asking.account.name, factors: made });
            await asked.again();
          }}
        />
      )}
    </>
  );
}

function Sure(props: {
  what: "disable" | "reset";
  account: Account;
  onClose: () => void;
  onDone: (made: Factors | null) => Promise<void>;
}) {
  const { what, account } = props;
  const w = useWords(words);
  const act = useAct();
  const params = { path: { id: account.id } };

  async function submit() {
    if (what === "reset") {
      const told = await act.run(() => api.POST("/accounts/{id}/reset", { params }));
      if (told?.ok) await props.onDone(told.data);
    } else {
      const told = await act.run(() => api.POST("/accounts/{id}/disable", { params }));
      if (told?.ok) await props.onDone(null);
    }
  }

  return (
    <Dialog title={w.text(`account.${what}.of`, { name: account.name })} onClose={props.onClose}>
      <Banner tone="warn" title={w.text(`account.${what}.words`)} />
      <ProblemBanner problem={act.problem} />
      <div class="actions">
        <Button look="danger" onClick={() => void submit()} aria-busy={act.busy}>
          {w.text(`account.${what}`)}
        </Button>
        <Button onClick={props.onClose}>{w.text("cancel")}</Button>
      </div>
    </Dialog>
  );
}
