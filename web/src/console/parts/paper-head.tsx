import type { components } from "../../api/schema";
import { useWords } from "../../ui/words";
import { dayTime } from "../format";
import { type Key, words } from "../words";

type Head = components["schemas"]["PaperHead"];

/** The head of a numbered paper: what it is, its number, who holds it, on which ground, when it comes back. */
export function PaperHead(props: { head: Head; title: string; mark?: string }) {
  const { head } = props;
  const w = useWords(words);
  return (
    <header>
      <div class="numbered-head">
        <h2>{props.title}</h2>
        <span class="numbered-serial">{w.text("paper.serial", { n: head.serial })}</span>
      </div>
      <div class="numbered-head">
        <span>
          {head.municipality}　{w.text("paper.printed", { when: dayTime(head.printed_at, w.lang) })}
        </span>
        <span>
          {props.mark && <span class="numbered-mark">{props.mark}</span>}{" "}
          <span class="numbered-mark">{w.text("paper.secret")}</span>
        </span>
      </div>
      <div class="numbered-head">
        <span>
          {w.text("paper.to")}：
          <strong>{[head.recipient_body, head.recipient_name].filter(Boolean).join("　")}</strong>
          {"　"}
          {w.text("paper.purpose")}：{head.purpose}
        </span>
        <strong>
          {head.return_due_on
            ? w.text("paper.return", { on: head.return_due_on })
            : w.text("paper.return.none")}
        </strong>
      </div>
      <p>
        {w.text("paper.ground")}：
        {w.text(`paper.ground.${head.legal_ground}` as Key) || head.legal_ground}
      </p>
    </header>
  );
}
