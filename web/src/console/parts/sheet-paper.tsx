import type { components } from "../../api/schema";
import { hiragana } from "../../field/model";
import { useWords } from "../../ui/words";
import { dayTime, longDay } from "../format";
import { codeList, codeWords } from "../labels";
import { RESULTS, WAYS } from "../sheet-keys";
import { type Key, words } from "../words";

export type PrintedSheet = components["schemas"]["PrintedSheet"];
type Line = components["schemas"]["SheetLine"];

/** A numbered copy as it lies on paper: A4, its number and the return note on every page, homes together. */
export function SheetPaper({ sheet }: { sheet: PrintedSheet }) {
  const w = useWords(words);
  const { copy } = sheet;
  const name = `${w.text("paper.title")} ${w.text("paper.serial")} ${copy.serial}`;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard
    <section class="visit-sheet" tabIndex={0} aria-label={name}>
      <table>
        <thead>
          <tr>
            <th colSpan={4} class="paper-head">
              <PaperHead sheet={sheet} />
            </th>
          </tr>
          <tr>
            <th scope="col" class="paper-no">
              {w.text("paper.line")}
            </th>
            <th scope="col" class="paper-who">
              {w.text("paper.who")} / {w.text("paper.help")}
            </th>
            <th scope="col">{w.text("paper.result")}</th>
            <th scope="col" class="paper-told">
              {w.text("paper.told")} / {w.text("paper.note")}
            </th>
          </tr>
        </thead>
        {homesOf(sheet.lines).map((home) => (
          <Home key={home[0]?.home_no} lines={home} looksForMarker={sheet.looks_for_marker} />
        ))}
      </table>
    </section>
  );
}

function PaperHead({ sheet }: { sheet: PrintedSheet }) {
  const w = useWords(words);
  const { copy } = sheet;
  const due = copy.return_due_on
    ? w.text("paper.return.due", { day: longDay(copy.return_due_on, w.lang) })
    : w.text("paper.return.soon");
  return (
    <>
      <span class="paper-row">
        <span class={sheet.event.kind === "drill" ? "paper-drill" : undefined}>
          {w.text(`paper.${sheet.event.kind}`)}
        </span>
        <span class="paper-title">
          {sheet.municipality}　{w.text("paper.title")}
        </span>
        <span class="paper-serial">
          {w.text("paper.serial")} {copy.serial}
        </span>
      </span>
      <span class="paper-row">
        <span>
          {[
            sheet.event.name,
            sheet.round_name,
            copy.district.name,
            w.text("people", { n: copy.people }),
            w.text("paper.as_of", { at: dayTime(sheet.as_of, w.lang) }),
          ].join("　")}
        </span>
        <span>
          {w.text("paper.to")}：{copy.recipient_name}
          {copy.recipient_body && `（${bodyWords(copy.recipient_body)}）`}
        </span>
      </span>
      <span class="paper-row paper-note">
        <strong>
          {sheet.district_phone
            ? w.text("paper.first", { phone: sheet.district_phone })
            : w.text("paper.first.city")}
        </strong>
      </span>
      <span class="paper-row paper-note">
        <span>
          {w.text("paper.return", { due })} {w.text(`paper.ground.${sheet.legal_ground}` as Key)}
        </span>
      </span>
    </>
  );
}

/** The words of a volunteers' body, or what was typed. */
function bodyWords(body: string): string {
  return words.text(`drill.body.${body}` as Key) || body;
}

function homesOf(lines: Line[]): Line[][] {
  const homes: Line[][] = [];
  for (const line of lines) {
    const last = homes[homes.length - 1];
    if (last?.[0]?.home_no === line.home_no) last.push(line);
    else homes.push([line]);
  }
  return homes;
}

function Home({ lines, looksForMarker }: { lines: Line[]; looksForMarker: boolean }) {
  const w = useWords(words);
  return (
    <tbody>
      <tr>
        <th colSpan={4} scope="rowgroup" class="paper-home">
          {lines[0]?.address}
          {lines.length > 1 &&
            `　（${w.text("paper.home")} ${w.text("people", { n: lines.length })}）`}
        </th>
      </tr>
      {lines.map((line) => (
        <tr key={line.line_no}>
          <th scope="row" class="paper-no">
            {line.line_no}
          </th>
          <td class="paper-who">
            <Who line={line} />
          </td>
          <td>
            <Boxes looksForMarker={looksForMarker} />
          </td>
          <td class="paper-told" />
        </tr>
      ))}
    </tbody>
  );
}

function Who({ line }: { line: Line }) {
  const w = useWords(words);
  const facts = [
    line.age == null ? "" : w.text("member.age", { n: line.age }),
    line.sex === "male" || line.sex === "female" ? w.text(`sex.${line.sex}`) : "",
  ].filter(Boolean);
  const help = [codeList("help", line.help_needed), line.help_note].filter(Boolean).join(" / ");
  return (
    <>
      <span class="paper-kana">{hiragana(line.name_kana)}</span>
      <strong class="paper-name">{line.name || w.text("member.nameless")}</strong> {facts.join(" ")}
      {line.phones.map((phone) => (
        <span key={phone.kind + phone.value} class="paper-phone">
          {phone.holder || codeWords("contact", phone.kind)} {phone.value}
        </span>
      ))}
      {help && <span class="paper-help">{help}</span>}
    </>
  );
}

/** The first buttons of the phone, as boxes with the numbers that type them. */
function Boxes({ looksForMarker }: { looksForMarker: boolean }) {
  const w = useWords(words);
  const boxes = RESULTS.filter((r) => /\d/.test(r.key) && (looksForMarker || !r.marker));
  return (
    <ul class="paper-boxes">
      {boxes.map((r) => (
        <li key={r.key}>
          □<b>{r.key}</b> {w.text(r.word)}
        </li>
      ))}
      <li class="paper-ways">
        <span>{w.text("paper.way")}</span>
        {WAYS.map((way) => (
          <span key={way.key}>
            □<b>{way.key}</b> {w.text(`way.${way.attempt}`)}
          </span>
        ))}
        <span class="paper-time">{w.text("paper.time")}</span>
      </li>
    </ul>
  );
}
