import { useEffect, useState } from "preact/hooks";
import { api } from "../../api/client";
import type { components } from "../../api/schema";
import { Button } from "../../ui/button";
import { useWords } from "../../ui/words";
import { useAct } from "../ask";
import { PageTitle, Waiting } from "../parts/page";
import type { Params } from "../places";
import { href } from "../router";
import { words } from "../words";
import "../style/provision.css";

type Sheet = components["schemas"]["ProvisionSheet"];

/** What is printed of a provision, as it was handed over: a list, or her own extract on one A4. */
export default function ProvisionSheetPage({ provision: id = "" }: Params) {
  const w = useWords(words);
  const act = useAct();
  const [sheet, setSheet] = useState<Sheet | null>(null);
  async function ask() {
    const told = await act.run(() =>
      api.GET("/provisions/{id}/sheet", { params: { path: { id } } }),
    );
    if (told?.ok) setSheet(told.data);
  }
  useEffect(() => {
    void ask();
  }, [id]);
  const isOwn = sheet?.recipient_kind === "self";
  return (
    <>
      <p class="actions">
        <a href={href("provisions", id)}>{w.text("prov.one")}</a>
      </p>
      <div class="provision-sheet">
        <PageTitle title={w.text(isOwn ? "prov.sheet.title" : "prov.sheet.list")} />
        {sheet ? (
          <Paper sheet={sheet} />
        ) : (
          <Waiting problem={act.problem} again={() => void ask()} />
        )}
      </div>
      {sheet && (
        <p class="actions">
          <Button look="primary" onClick={() => print()}>
            {w.text("prov.print")}
          </Button>
        </p>
      )}
    </>
  );
}

function Paper({ sheet }: { sheet: Sheet }) {
  const w = useWords(words);
  const isOwn = sheet.recipient_kind === "self";
  const head = [
    w.text("victim.given.serial", { n: sheet.serial }),
    sheet.municipality,
    sheet.event,
    sheet.as_of,
  ];
  return (
    <div lang="ja">
      <p>
        <strong>{head.join("　")}</strong>
      </p>
      <p class="small">
        {w.text("prov.to")}：{sheet.recipient_name}　{w.text("prov.purpose")}：{sheet.purpose}
        {"　"}
        {w.text("prov.basis")}：{sheet.basis}
        {sheet.return_due_on && `　${w.text("prov.due")}：${sheet.return_due_on}`}
      </p>
      {isOwn ? <Own sheet={sheet} /> : <List sheet={sheet} />}
      <p class="provision-note">{sheet.note}</p>
      {isOwn && <p class="provision-received">{w.text("prov.sheet.received")}</p>}
    </div>
  );
}

/** One person: item by item. */
function Own({ sheet }: { sheet: Sheet }) {
  const [row = []] = sheet.rows;
  return (
    <table class="provision-own">
      <tbody>
        {sheet.headings.map((heading, index) => (
          <tr key={heading}>
            <th scope="row">{heading}</th>
            <td>{row[index]}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function List({ sheet }: { sheet: Sheet }) {
  const w = useWords(words);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard
    <section class="table-box" tabIndex={0} aria-label={w.text("prov.who")}>
      <table>
        <thead>
          <tr>
            {sheet.headings.map((heading) => (
              <th key={heading} scope="col">
                {heading}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {sheet.rows.map((row) => (
            <tr key={row[0]}>
              {row.map((cell, index) => (
                <td key={sheet.headings[index]}>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
