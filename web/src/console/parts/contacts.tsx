import type { components } from "../../api/schema";
import { useWords } from "../../ui/words";
import { codeWords } from "../labels";
import { words } from "../words";

/** How a person is reached, as lines of a description list; telephone numbers can be pressed. */
export function Contacts({ contacts }: { contacts: components["schemas"]["Reach"][] }) {
  const w = useWords(words);
  if (contacts.length === 0) return null;
  return (
    <div>
      <dt>{w.text("member.contacts")}</dt>
      <dd>
        <ul class="plain">
          {contacts.map((contact) => (
            <li key={`${contact.kind}${contact.value}`}>
              {contact.kind === "mail" || contact.kind === "fax" ? (
                contact.value
              ) : (
                <a href={`tel:${contact.value.replace(/[^\d+]/g, "")}`}>{contact.value}</a>
              )}{" "}
              <small>
                {[codeWords("contact", contact.kind), contact.holder, contact.relation]
                  .filter(Boolean)
                  .join(" ")}
              </small>
            </li>
          ))}
        </ul>
      </dd>
    </div>
  );
}
