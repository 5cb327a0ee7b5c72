import { api } from "../../api/client";
import { Button } from "../../ui/button";
import { announce } from "../../ui/live-region";
import { Table } from "../../ui/table";
import { useWords } from "../../ui/words";
import { useAct, useAsk } from "../ask";
import { href } from "../router";
import { words } from "../words";
import { Waiting } from "./page";
import { ProblemBanner } from "./problem";
import { When } from "./when";

/** Addresses whose mails came back, with whoever has them on record; lifted when they were put right. */
export function Bounces({ onLifted }: { onLifted: () => Promise<void> }) {
  const w = useWords(words);
  const asked = useAsk("mail-bounces", () => api.GET("/mail-bounces"));
  const act = useAct();

  async function lift(id: string) {
    const told = await act.run(() =>
      api.POST("/mail-bounces/{id}/lift", { params: { path: { id } } }),
    );
    if (!told?.ok) return;
    announce(w.text("mails.bounce.lifted"));
    await asked.again();
    void onLifted();
  }

  if (!asked.data) return <Waiting problem={asked.problem} again={asked.again} />;
  return (
    <>
      <p class="small">{w.text("mails.bounces.words")}</p>
      <ProblemBanner problem={act.problem} />
      <Table
        caption={w.text("mails.bounces.caption")}
        rows={asked.data.items}
        rowKey={(b) => b.id}
        empty={w.text("mails.bounces.none")}
        columns={[
          { key: "address", label: w.text("mails.bounce.address"), cell: (b) => b.address },
          {
            key: "whose",
            label: w.text("mails.bounce.whose"),
            cell: (b) =>
              b.people.map((p) => (
                <div key={p.id}>
                  <a href={href("people", p.id)}>{p.name}</a> <small>{p.district_name}</small>
                </div>
              )),
          },
          {
            key: "said",
            label: w.text("mails.bounce.said"),
            cell: (b) => (
              <>
                <strong>
                  {w.text(b.kind === "hard" ? "mails.bounce.hard" : "mails.bounce.soft")}
                </strong>{" "}
                <small>
                  {b.code} {b.words}
                </small>
              </>
            ),
          },
          { key: "at", label: w.text("mails.bounce.at"), cell: (b) => <When at={b.at} /> },
          {
            key: "act",
            label: w.text("mails.bounce.act"),
            cell: (b) => (
              <Button
                look="plain"
                aria-label={w.text("mails.bounce.lift.of", { address: b.address })}
                onClick={() => void lift(b.id)}
              >
                {w.text("mails.bounce.lift")}
              </Button>
            ),
          },
        ]}
      />
    </>
  );
}
