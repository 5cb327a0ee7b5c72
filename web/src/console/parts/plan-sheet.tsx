import type { components } from "../../api/schema";
import { useWords } from "../../ui/words";
import { birthDay } from "../format";
import { codeList, codeWords } from "../labels";
import { type Key, words } from "../words";
import { PaperHead } from "./paper-head";
import { destinationWords } from "./plan-facts";

type Print = components["schemas"]["PlanPrint"];

/** A plan as it is printed, A4 upright: first what to do, then with whom, then the rest. */
export function PlanSheet({ print }: { print: Print }) {
  const w = useWords(words);
  const { plan, person } = print;
  const isOwn = print.reader === "resident";
  const numbers = print.contacts.filter((c) => c.kind !== "fax");
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard
    <section class="numbered numbered-portrait" tabIndex={0} aria-label={w.text("plan.title")}>
      <PaperHead
        head={print.head}
        title={`${w.text("plan.title")}　${w.text("plan.version", { n: plan.version })}`}
        mark={w.text(
          plan.status === "in_force" ? `plan.paper.${print.reader}` : "plan.paper.draft",
        )}
      />
      <dl>
        <Fact name="plan.paper.who">
          <span class="numbered-large">
            {person.name}　<small>{person.name_kana}</small>
          </span>
        </Fact>
        <Fact name="plan.paper.born">{person.birth_on && birthDay(person.birth_on)}</Fact>
        <Fact name="plan.paper.address">
          {[person.address, person.district.name].filter(Boolean).join("　")}
        </Fact>
        <Fact name="plan.paper.contacts">
          {numbers
            .map((c) =>
              [codeWords("contact", c.kind), c.value, c.holder, c.relation]
                .filter(Boolean)
                .join(" "),
            )
            .join("\n")}
        </Fact>
      </dl>
      <h3>{w.text("plan.when")}</h3>
      <dl>
        <Fact name="plan.trigger">
          {[w.text(`plan.trigger.${plan.trigger}` as Key), plan.trigger_words]
            .filter(Boolean)
            .join("\n")}
        </Fact>
      </dl>
      <h3>{w.text("plan.where")}</h3>
      <dl>
        <Fact name="plan.destination.label">
          <span class="numbered-large">{destinationWords(plan)}</span>
        </Fact>
        <Fact name="plan.route">{plan.route}</Fact>
        <Fact name="plan.transport">{plan.transport}</Fact>
      </dl>
      <h3>{w.text("plan.supporters")}</h3>
      {plan.supporters.length === 0 ? (
        <p>{w.text("plan.supporters.none")}</p>
      ) : (
        <table>
          <thead>
            <tr>
              <th scope="col">{w.text("plan.paper.order")}</th>
              <th scope="col">{w.text("plan.supporter.name")}</th>
              <th scope="col">{w.text("plan.supporter.relation")}</th>
              <th scope="col">{w.text("plan.supporter.phone")}</th>
              <th scope="col">{w.text("plan.supporter.does")}</th>
            </tr>
          </thead>
          <tbody>
            {plan.supporters.map((s, at) => (
              <tr key={s.id}>
                <td class="numbered-no">{at + 1}</td>
                <th scope="row">
                  {s.name} {s.consent === "unanswered" && w.text("plan.paper.unasked")}
                </th>
                <td>{s.relation}</td>
                <td>{s.phone}</td>
                <td>{s.does}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <p>
        <small>{w.text("plan.paper.note")}</small>
      </p>
      <h3>{w.text("plan.help")}</h3>
      <dl>
        <Fact name="plan.help_needed">
          {[codeList("help", plan.help_needed), plan.help_words].filter(Boolean).join("\n")}
        </Fact>
        <Fact name="plan.belongings">{plan.belongings}</Fact>
        <Fact name="plan.entry_words">{plan.entry_words}</Fact>
        {isOwn && <Fact name="plan.medical">{plan.staff_only?.medical}</Fact>}
        <Fact name="plan.review">{plan.review_due_on}</Fact>
      </dl>
      {!isOwn && <p class="numbered-duty">{w.text("paper.duty")}</p>}
    </section>
  );
}

function Fact(props: { name: Key; children?: preact.ComponentChildren }) {
  const w = useWords(words);
  return (
    <div>
      <dt>{w.text(props.name)}</dt>
      <dd>{props.children || w.text("plan.paper.undecided")}</dd>
    </div>
  );
}
