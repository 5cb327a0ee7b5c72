import { useState } from "preact/hooks";
import { api } from "../../api/client";
import type { components } from "../../api/schema";
import { Button } from "../../ui/button";
import { Select } from "../../ui/choices";
import { Field } from "../../ui/field";
import { useStore } from "../../ui/store";
import { Table } from "../../ui/table";
import { useWords } from "../../ui/words";
import { fieldError, tell, useAsk } from "../ask";
import { PageTitle, Waiting } from "../parts/page";
import { ProblemBanner } from "../parts/problem";
import { go, href, place } from "../router";
import { words } from "../words";

type Line = components["schemas"]["PersonLine"];
type Page = components["schemas"]["PersonPage"];

/** Find residents by name, reading or telephone number, or a whole district. */
export default function People() {
  const w = useWords(words);
  const { query: at } = useStore(place);
  const [query, setQuery] = useState(at.get("query") ?? "");
  const [district, setDistrict] = useState(at.get("district") ?? "");
  const districts = useAsk("districts", () => api.GET("/districts"));
  const sought = {
    ...(at.get("query") ? { query: at.get("query") as string } : {}),
    ...(at.get("district") ? { district: at.get("district") as string } : {}),
  };

  function submit(event: Event) {
    event.preventDefault();
    // A telephone number must not stay in the history of a shared desk: replaced, not added.
    go(
      href("people", {
        ...(query.trim() ? { query: query.trim() } : {}),
        ...(district ? { district } : {}),
      }),
      true,
    );
  }

  return (
    <>
      <PageTitle title={w.text("people.title")} />
      <form class="filters" onSubmit={submit}>
        <Field
          label={w.text("people.query")}
          hint={w.text("people.query.hint")}
          type="search"
          value={query}
          onValue={setQuery}
        />
        <Select
          label={w.text("district")}
          hint={"　"}
          value={district}
          onValue={setDistrict}
          options={[
            { value: "", label: w.text("all.districts") },
            ...(districts.data?.items ?? []).map((d) => ({ value: d.id, label: d.name })),
          ]}
        />
        <div class="field filters-go">
          <Button look="primary" type="submit" icon="search">
            {w.text("people.search")}
          </Button>
        </div>
      </form>
      {Object.keys(sought).length === 0 ? (
        <p class="card">{w.text("people.start")}</p>
      ) : (
        <Found key={JSON.stringify(sought)} sought={sought} />
      )}
    </>
  );
}

function Found({ sought }: { sought: { query?: string; district?: string } }) {
  const w = useWords(words);
  const [more, setMore] = useState<Page[]>([]);
  const [problem, setProblem] = useState<Parameters<typeof ProblemBanner>[0]["problem"]>(null);
  const first = useAsk(JSON.stringify(sought), () =>
    api.GET("/people", { params: { query: sought } }),
  );
  if (!first.data) {
    const said = fieldError(first.problem, "/query");
    return said ? (
      <p class="card">{said}</p>
    ) : (
      <Waiting problem={first.problem} again={first.again} />
    );
  }
  const pages = [first.data, ...more];
  const rows = pages.flatMap((page) => page.items);
  const next = pages[pages.length - 1]?.next;

  async function load() {
    if (!next) return;
    const told = await tell(() =>
      api.GET("/people", { params: { query: { ...sought, after: next } } }),
    );
    if (told.ok) setMore([...more, told.data]);
    else setProblem(told.problem);
  }

  return (
    <section class="card">
      <Table
        caption={w.text(next ? "members.some" : "members.all", { n: rows.length })}
        rows={rows}
        rowKey={(row) => row.id}
        empty={w.text("people.empty")}
        columns={[
          {
            key: "name",
            label: w.text("member.name"),
            cell: (row) => (
              <>
                <a href={href("people", row.id)}>{row.name}</a>
                <small class="under">{row.name_kana}</small>
              </>
            ),
          },
          { key: "born", label: w.text("people.born"), cell: (row) => row.birth_on ?? "" },
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
          {
            key: "state",
            label: w.text("person.status"),
            cell: (row) => <PersonTags person={row} />,
          },
          {
            key: "consent",
            label: w.text("people.consent"),
            cell: (row) => w.text(`consent.status.${row.roster_consent}` as "consent.status.none"),
          },
        ]}
      />
      <ProblemBanner problem={problem} />
      {next && <Button onClick={() => void load()}>{w.text("members.more")}</Button>}
    </section>
  );
}

/** Status, roster and protection in words. */
export function PersonTags({ person }: { person: Line }) {
  const w = useWords(words);
  return (
    <span class="tags">
      <span class={`tag ${person.status === "resident" ? "" : "tag-warn"}`}>
        {w.text(`person.status.${person.status}` as "person.status.resident")}
      </span>
      <span class={`tag ${person.is_listed ? "tag-ok" : ""}`}>
        {w.text(person.is_listed ? "people.is_listed" : "people.not_listed")}
      </span>
      {person.is_protected && <span class="tag tag-danger">{w.text("member.protected")}</span>}
    </span>
  );
}
