import { useState } from "preact/hooks";
import { api } from "../../api/client";
import type { components } from "../../api/schema";
import { Button } from "../../ui/button";
import { Select } from "../../ui/choices";
import { useStore } from "../../ui/store";
import { Table } from "../../ui/table";
import { useWords } from "../../ui/words";
import { tell, useAsk } from "../ask";
import { dayTime } from "../format";
import { codeList, codeWords } from "../labels";
import { PageTitle, Waiting } from "../parts/page";
import { ProblemBanner } from "../parts/problem";
import { TakeRoster } from "../parts/take-roster";
import { go, href, place } from "../router";
import { session } from "../session";
import { type Key, words } from "../words";

type Line = components["schemas"]["RosterLine"];
type Page = components["schemas"]["RosterPage"];

const CONSENTS = ["consented", "not_required_by_ordinance", "unanswered", "refused", "withdrawn"];
const PLANS = ["in_force", "review_due", "draft", "without"];
const CATEGORIES = [
  "elderly_alone_care",
  "care_level_3_5",
  "physical_1_2",
  "mental_1_alone",
  "intellectual_a_alone",
  "intractable_ventilator",
  "mayor_recognised",
];
const FILTERS = ["district", "consent", "category", "plan", "has_contact", "is_protected"] as const;

type Sought = Partial<Record<(typeof FILTERS)[number], string>>;

/** The roster by district, narrowed as one likes; from here it is printed and taken away. */
export default function Roster() {
  const w = useWords(words);
  const { account } = useStore(session);
  const isStaff = account?.role === "hq_staff";
  const { query: at } = useStore(place);
  const sought: Sought = {};
  for (const filter of FILTERS) {
    const said = at.get(filter);
    if (said) sought[filter] = said;
  }
  const isAsked = at.has("show") || Object.keys(sought).length > 0;
  const [typed, setTyped] = useState<Sought>(sought);
  const districts = useAsk("districts", () => api.GET("/districts"));
  const set = (filter: keyof Sought) => (value: string) => setTyped({ ...typed, [filter]: value });

  function submit(event: Event) {
    event.preventDefault();
    const said = Object.entries(typed).filter(([, value]) => value);
    go(href("roster", { show: "1", ...Object.fromEntries(said) }), true);
  }

  const options = (family: string, all: Key, codes: string[]) => [
    { value: "", label: w.text(all) },
    ...codes.map((code) => ({ value: code, label: w.text(`${family}.${code}` as Key) })),
  ];
  return (
    <>
      <PageTitle title={w.text("roster.title")} />
      <p>{w.text(isStaff ? "roster.words" : "roster.words.lead")}</p>
      <p class="actions">
        <a class="button button-plain" href={href("roster-figures")}>
          {w.text("roster.figures")}
        </a>
        <a class="button button-plain" href={href("roster", "paper")}>
          {w.text("roster.paper")}
        </a>
        {isStaff && (
          <a class="button button-plain" href={href("roster", "changes")}>
            {w.text("roster.changes")}
          </a>
        )}
      </p>
      <form class="filters" onSubmit={submit}>
        <Select
          label={w.text("district")}
          value={typed.district ?? ""}
          onValue={set("district")}
          options={[
            { value: "", label: w.text("all.districts") },
            ...(districts.data?.items ?? []).map((d) => ({ value: d.id, label: d.name })),
          ]}
        />
        <Select
          label={w.text("people.consent")}
          value={typed.consent ?? ""}
          onValue={set("consent")}
          options={options("consent.status", "roster.consent.all", CONSENTS)}
        />
        <Select
          label={w.text("roster.plan")}
          value={typed.plan ?? ""}
          onValue={set("plan")}
          options={options("roster.plan", "roster.plan.all", PLANS)}
        />
        <Select
          label={w.text("roster.contact")}
          value={typed.has_contact ?? ""}
          onValue={set("has_contact")}
          options={[
            { value: "", label: w.text("roster.contact.all") },
            { value: "true", label: w.text("roster.contact.with") },
            { value: "false", label: w.text("roster.contact.without") },
          ]}
        />
        {isStaff && (
          <>
            <Select
              label={w.text("roster.category")}
              value={typed.category ?? ""}
              onValue={set("category")}
              options={options("category", "roster.consent.all", CATEGORIES)}
            />
            <Select
              label={w.text("roster.protected")}
              value={typed.is_protected ?? ""}
              onValue={set("is_protected")}
              options={[
                { value: "", label: w.text("roster.protected.all") },
                { value: "true", label: w.text("roster.protected.only") },
                { value: "false", label: w.text("roster.protected.none") },
              ]}
            />
          </>
        )}
        <div class="field filters-go">
          <Button look="primary" type="submit" icon="search">
            {w.text("roster.show")}
          </Button>
        </div>
      </form>
      {isAsked ? (
        <Found key={JSON.stringify(sought)} sought={sought} isStaff={isStaff} />
      ) : (
        <p class="card">{w.text("roster.start")}</p>
      )}
      <TakeRoster district={sought.district} isStaff={isStaff} />
    </>
  );
}

function Found({ sought, isStaff }: { sought: Sought; isStaff: boolean }) {
  const w = useWords(words);
  const [more, setMore] = useState<Page[]>([]);
  const [problem, setProblem] = useState<Parameters<typeof ProblemBanner>[0]["problem"]>(null);
  const first = useAsk(`roster/${JSON.stringify(sought)}`, () => page());
  if (!first.data) return <Waiting problem={first.problem} again={first.again} />;
  const pages = [first.data, ...more];
  const rows = pages.flatMap((each) => each.items);
  const next = pages[pages.length - 1]?.next;

  function page(after?: string) {
    const { has_contact, is_protected, ...rest } = sought;
    const flag = (said?: string) => (said ? said === "true" : undefined);
    const query = {
      ...rest,
      has_contact: flag(has_contact),
      is_protected: flag(is_protected),
      after,
    };
    return api.GET("/roster", { params: { query: query as never } });
  }

  async function load() {
    if (!next) return;
    const told = await tell(() => page(next));
    if (told.ok) setMore([...more, told.data]);
    else setProblem(told.problem);
  }

  const when = dayTime(first.data.as_of, w.lang);
  return (
    <section class="card">
      <Table
        caption={w.text(next ? "roster.table.some" : "roster.table", { n: rows.length, when })}
        rows={rows}
        rowKey={(row) => row.id}
        empty={w.text("roster.empty")}
        columns={[
          { key: "name", label: w.text("member.name"), cell: (row) => <Who row={row} /> },
          {
            key: "address",
            label: w.text("member.address"),
            cell: (row) => (
              <>
                {row.address}
                <small class="under">{row.district.name}</small>
              </>
            ),
          },
          { key: "reach", label: w.text("member.contacts"), cell: (row) => <Reach row={row} /> },
          {
            key: "help",
            label: w.text("member.help"),
            cell: (row) => (
              <>
                {codeList("help", row.help_needed)}
                {row.help_note && <small class="under">{row.help_note}</small>}
              </>
            ),
          },
          {
            key: "consent",
            label: w.text("people.consent"),
            cell: (row) => w.text(`consent.status.${row.roster_consent}` as "consent.status.none"),
          },
          {
            key: "contact",
            label: w.text("roster.contact"),
            cell: (row) =>
              row.standing_contacts.map((c) => c.name).join(w.text("list.comma")) ||
              w.text("roster.contact.none"),
          },
          { key: "plan", label: w.text("roster.plan"), cell: (row) => <PlanTag row={row} /> },
          ...(isStaff
            ? [
                {
                  key: "reasons",
                  label: w.text("roster.category"),
                  cell: (row: Line) =>
                    (row.reasons ?? [])
                      .map((code) => w.text(`category.${code}` as Key) || code)
                      .join(w.text("list.comma")),
                },
              ]
            : []),
        ]}
      />
      <ProblemBanner problem={problem} />
      {next && <Button onClick={() => void load()}>{w.text("members.more")}</Button>}
    </section>
  );
}

function Who({ row }: { row: Line }) {
  const w = useWords(words);
  return (
    <>
      <a href={href("people", row.id)}>{row.name}</a>
      <small class="under">{[row.name_kana, row.birth_on].filter(Boolean).join("　")}</small>
      {(row.is_protected || row.status !== "resident") && (
        <span class="tags">
          {row.is_protected && <span class="tag tag-danger">{w.text("member.protected")}</span>}
          {row.status !== "resident" && (
            <span class="tag tag-warn">
              {w.text(`person.status.${row.status}` as "person.status.resident")}
            </span>
          )}
        </span>
      )}
    </>
  );
}

function Reach({ row }: { row: Line }) {
  const w = useWords(words);
  const numbers = row.contacts.filter((c) => c.kind !== "mail" && c.kind !== "fax");
  if (numbers.length === 0) return <>{w.text("roster.phone.none")}</>;
  return (
    <ul class="plain">
      {numbers.map((c) => (
        <li key={c.kind + c.value}>
          {c.value}{" "}
          <small>{[codeWords("contact", c.kind), c.holder].filter(Boolean).join(" ")}</small>
        </li>
      ))}
    </ul>
  );
}

function PlanTag({ row }: { row: Line }) {
  const w = useWords(words);
  const { plan } = row;
  if (!plan) return <>{w.text("roster.plan.without")}</>;
  const tone = plan.is_review_due ? "tag-warn" : plan.status === "in_force" ? "tag-ok" : "";
  return (
    <>
      <span class={`tag ${tone}`}>
        {w.text(
          plan.is_review_due ? "roster.plan.review_due" : (`roster.plan.${plan.status}` as Key),
        )}
      </span>
      {plan.review_due_on && (
        <small class="under">{w.text("roster.due", { on: plan.review_due_on })}</small>
      )}
    </>
  );
}
