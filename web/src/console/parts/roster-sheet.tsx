import type { components } from "../../api/schema";
import { useWords } from "../../ui/words";
import { codeList } from "../labels";
import { type Key, words } from "../words";
import { PaperHead } from "./paper-head";

type Print = components["schemas"]["RosterPrint"];
type Line = Print["items"][number];

/** The roster of one district as it is printed: A4 landscape, a line a person, a box to tick. */
export function RosterSheet({ print }: { print: Print }) {
  const w = useWords(words);
  const isOwn = print.recipient === "headquarters";
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard
    <section class="numbered numbered-landscape" tabIndex={0} aria-label={w.text("paper.title")}>
      <PaperHead
        head={print.head}
        title={`${w.text("roster.title")}　${print.district.name}`}
        mark={w.text("paper.people", { n: print.items.length })}
      />
      <p class="numbered-duty">{w.text("paper.duty")}</p>
      {print.items.length === 0 ? (
        <p>{w.text("paper.nobody")}</p>
      ) : (
        <table>
          <thead>
            <tr>
              <th scope="col" class="numbered-no">
                {w.text("paper.line")}
              </th>
              <th scope="col">{w.text("member.name")}</th>
              <th scope="col">{w.text("people.born")}</th>
              <th scope="col">{w.text("member.address")}</th>
              <th scope="col">{w.text("member.contacts")}</th>
              <th scope="col">{w.text("member.help")}</th>
              {isOwn && <th scope="col">{w.text("roster.category")}</th>}
              {isOwn && <th scope="col">{w.text("people.consent")}</th>}
              <th scope="col">{w.text("roster.contact")}</th>
              <th scope="col">{w.text("roster.plan")}</th>
              <th scope="col" class="numbered-box">
                {w.text("paper.checked")}
              </th>
            </tr>
          </thead>
          <tbody>
            {print.items.map((line, at) => (
              <Row key={line.id} line={line} no={at + 1} isOwn={isOwn} />
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function Row({ line, no, isOwn }: { line: Line; no: number; isOwn: boolean }) {
  const w = useWords(words);
  const numbers = line.contacts.filter((c) => c.kind !== "mail" && c.kind !== "fax");
  return (
    <tr>
      <td class="numbered-no">{no}</td>
      <th scope="row">
        <small>{line.name_kana}</small>
        <br />
        {line.name}
        {line.is_protected && <span class="numbered-mark">{w.text("paper.protected")}</span>}
      </th>
      <td>
        {line.birth_on}
        {(line.sex === "male" || line.sex === "female") && ` ${w.text(`sex.${line.sex}`)}`}
        {line.status !== "resident" &&
          ` ${w.text(`person.status.${line.status}` as "person.status.resident")}`}
      </td>
      <td>{line.address}</td>
      <td>
        {numbers.map((c) => (
          <div key={c.kind + c.value}>
            {c.value}
            {c.holder && `（${[c.holder, c.relation].filter(Boolean).join("・")}）`}
          </div>
        ))}
      </td>
      <td>{[codeList("help", line.help_needed), line.help_note].filter(Boolean).join(" / ")}</td>
      {isOwn && (
        <td>
          {(line.reasons ?? [])
            .map((code) => w.text(`category.${code}` as Key) || code)
            .join(w.text("list.comma"))}
        </td>
      )}
      {isOwn && <td>{w.text(`consent.status.${line.roster_consent}` as "consent.status.none")}</td>}
      <td>{line.standing_contacts.map((c) => c.name).join(w.text("list.comma"))}</td>
      <td>
        {line.plan
          ? w.text(`roster.plan.${line.plan.status}` as "roster.plan.draft")
          : w.text("roster.plan.without")}
      </td>
      <td class="numbered-box">□</td>
    </tr>
  );
}
