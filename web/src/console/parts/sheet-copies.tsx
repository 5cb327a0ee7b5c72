import { api } from "../../api/client";
import type { components } from "../../api/schema";
import { uuidv7 } from "../../offline/bytes";
import { Button } from "../../ui/button";
import { announce } from "../../ui/live-region";
import { Table } from "../../ui/table";
import { useWords } from "../../ui/words";
import { useAct } from "../ask";
import { longDay } from "../format";
import { href } from "../router";
import { words } from "../words";
import { ProblemBanner } from "./problem";
import { When } from "./when";

type Copy = components["schemas"]["SheetCopy"];
type Act = components["schemas"]["SheetActKind"];

/** Where every numbered copy is: handed out, typed in, returned, destroyed, lost. */
export function SheetCopies(props: { items: Copy[]; onDone: () => Promise<void> }) {
  const w = useWords(words);
  const act = useAct();

  async function say(copy: Copy, kind: Act) {
    const told = await act.run(() =>
      api.POST("/sheets/{serial}/acts", {
        params: { path: { serial: copy.serial } },
        body: { id: uuidv7(), kind },
      }),
    );
    if (told?.ok) {
      announce(w.text("sheets.acted", { serial: copy.serial }));
      await props.onDone();
    }
  }

  return (
    <>
      <ProblemBanner problem={act.problem} />
      <Table
        caption={w.text("sheets.list", { n: props.items.length })}
        rows={props.items}
        rowKey={(c) => c.id}
        empty={w.text("sheets.list.empty")}
        columns={[
          {
            key: "serial",
            label: w.text("sheets.serial"),
            sortBy: (c) => c.serial,
            cell: (c) => (
              <>
                No. {c.serial}
                <small class="under">{c.district.name}</small>
              </>
            ),
          },
          {
            key: "to",
            label: w.text("paper.to"),
            sortBy: (c) => c.recipient_name,
            cell: (c) => (
              <>
                {c.recipient_name}
                <small class="under">
                  <When at={c.printed_at} />
                </small>
              </>
            ),
          },
          {
            key: "people",
            label: w.text("sheets.people"),
            isNumber: true,
            sortBy: (c) => c.people,
            cell: (c) => c.people,
          },
          {
            key: "typed",
            label: w.text("sheets.typed"),
            isNumber: true,
            sortBy: (c) => c.typed_lines,
            cell: (c) => `${c.typed_lines} / ${c.people}`,
          },
          { key: "state", label: w.text("sheets.state"), cell: (c) => <Where copy={c} /> },
          {
            key: "acts",
            label: w.text("column.act"),
            cell: (c) => (
              <div class="actions">
                <a
                  class="button button-plain"
                  href={href("sheets", String(c.serial))}
                  aria-label={w.text("sheets.type.of", { serial: c.serial })}
                >
                  {w.text("sheets.type.short")}
                </a>
                {(["returned", "destroyed", "lost"] as const)
                  .filter((kind) => !isGone(c) && !c.acts.some((a) => a.kind === kind))
                  .map((kind) => (
                    <Button
                      key={kind}
                      look="quiet"
                      aria-label={w.text("sheets.act.of", {
                        serial: c.serial,
                        act: w.text(`sheets.act.${kind}`),
                      })}
                      onClick={() => void say(c, kind)}
                    >
                      {w.text(`sheets.act.${kind}`)}
                    </Button>
                  ))}
              </div>
            ),
          },
        ]}
      />
    </>
  );
}

const isGone = (copy: Copy) => copy.acts.some((a) => a.kind === "destroyed");
const isBack = (copy: Copy) =>
  copy.acts.some((a) => a.kind === "returned" || a.kind === "destroyed");

function Where({ copy }: { copy: Copy }) {
  const w = useWords(words);
  return (
    <>
      {!isBack(copy) && <span class="tag">{w.text("sheets.state.out")}</span>}
      {copy.acts.map((a) => (
        <span key={a.at + a.kind} class="under">
          <span class={a.kind === "lost" ? "bad" : undefined}>
            {w.text(`sheets.act.${a.kind}`)}
          </span>{" "}
          <When at={a.at} />
        </span>
      ))}
      {copy.return_due_on && !isBack(copy) && (
        <small class="under">
          {w.text("sheets.due", { day: longDay(copy.return_due_on, w.lang) })}
        </small>
      )}
    </>
  );
}
