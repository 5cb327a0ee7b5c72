import { useState } from "preact/hooks";
import { api } from "../../api/client";
import { Button } from "../../ui/button";
import { Select } from "../../ui/choices";
import { useStore } from "../../ui/store";
import { Table } from "../../ui/table";
import { useWords } from "../../ui/words";
import { tell, useAsk } from "../ask";
import { ageAndSex, type Bucket, codeWords, type Member, nameOf, placeOf } from "../labels";
import { PageTitle, Waiting } from "../parts/page";
import { ProblemBanner } from "../parts/problem";
import { When } from "../parts/when";
import type { Params } from "../places";
import { go, href, place } from "../router";
import { session } from "../session";
import { words } from "../words";

const BUCKETS: Bucket[] = ["need_help", "tried", "unchecked", "unknown", "safe", "out_of_scope"];
const ONLY = ["contradicted", "unassigned", "not_disclosable", "protected"] as const;
type Only = (typeof ONLY)[number];

/** Members of a round by district and state. The address keeps what is chosen, for the back button and a colleague. */
export default function Members({ round: id = "" }: Params) {
  const w = useWords(words);
  const { query } = useStore(place);
  const { account } = useStore(session);
  const district = query.get("district") ?? "";
  const bucket = (query.get("bucket") ?? "") as Bucket | "";
  const only = (query.get("only") ?? "") as Only | "";
  const chosen = {
    ...(district ? { district } : {}),
    ...(bucket ? { bucket } : {}),
    ...(only ? { only } : {}),
  };
  const round = useAsk(`round/${id}`, () => api.GET("/rounds/{id}", { params: { path: { id } } }));
  const first = useAsk(`members/${id}/${JSON.stringify(chosen)}`, () =>
    api.GET("/rounds/{id}/members", { params: { path: { id }, query: chosen } }),
  );

  function choose(change: Record<string, string>) {
    const all = { ...chosen, ...change };
    go(
      href("rounds", id, "members", Object.fromEntries(Object.entries(all).filter(([, v]) => v))),
      true,
    );
  }

  const title = bucket
    ? w.text("members.title.bucket", { bucket: w.text(`bucket.${bucket}`) })
    : w.text("members.title");
  return (
    <>
      <p>
        <a href={href("rounds", id)}>{w.text("back.board", { name: round.data?.name ?? "" })}</a>
      </p>
      <PageTitle title={title}>
        {round.data && (
          <span class={`tag tag-${round.data.event.kind}`}>
            {w.text(`mode.${round.data.event.kind}`)} {round.data.name}
          </span>
        )}
      </PageTitle>
      <div class="filters">
        <Select
          label={w.text("district")}
          value={district}
          onValue={(value) => choose({ district: value })}
          options={[
            { value: "", label: w.text("all.districts") },
            ...(round.data?.districts ?? []).map((d) => ({ value: d.id, label: d.name })),
          ]}
        />
        <Select
          label={w.text("members.bucket")}
          value={bucket}
          onValue={(value) => choose({ bucket: value })}
          options={[
            { value: "", label: w.text("all") },
            ...BUCKETS.map((value) => ({ value, label: w.text(`bucket.${value}`) })),
          ]}
        />
        <Select
          label={w.text("members.only")}
          value={only}
          onValue={(value) => choose({ only: value })}
          options={[
            { value: "", label: w.text("all") },
            ...ONLY.filter((o) => o !== "protected" || account?.role === "hq_staff").map(
              (value) => ({
                value,
                label: w.text(`only.${value}`),
              }),
            ),
          ]}
        />
      </div>
      {!first.data ? (
        <Waiting problem={first.problem} again={first.again} />
      ) : (
        <Pages key={JSON.stringify(chosen)} id={id} chosen={chosen} first={first.data} />
      )}
    </>
  );
}

interface Page {
  items: Member[];
  next?: string | null;
}

/** The first page and those asked for after it. */
function Pages(props: { id: string; chosen: object; first: Page }) {
  const w = useWords(words);
  const [more, setMore] = useState<Page[]>([]);
  const [problem, setProblem] = useState<Parameters<typeof ProblemBanner>[0]["problem"]>(null);
  const pages = [props.first, ...more];
  const rows = pages.flatMap((page) => page.items);
  const next = pages[pages.length - 1]?.next;

  async function load() {
    if (!next) return;
    const told = await tell(() =>
      api.GET("/rounds/{id}/members", {
        params: { path: { id: props.id }, query: { ...props.chosen, after: next } },
      }),
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
        empty={w.text("members.empty")}
        columns={[
          {
            key: "name",
            label: w.text("member.name"),
            sortBy: (row) => row.name_kana ?? nameOf(row),
            cell: (row) => (
              <>
                <a href={href("rounds", props.id, "members", row.id)}>{nameOf(row)}</a>
                <small class="under">
                  {[row.name_kana, ageAndSex(row)].filter(Boolean).join("　")}
                </small>
              </>
            ),
          },
          {
            key: "state",
            label: w.text("members.bucket"),
            sortBy: (row) => row.bucket,
            cell: (row) => <State member={row} />,
          },
          { key: "address", label: w.text("member.address"), cell: (row) => placeOf(row) },
          {
            key: "assigned",
            label: w.text("member.assigned"),
            cell: (row) =>
              row.assigned.map((a) => a.name).join(w.text("list.comma")) ||
              w.text(row.out_of_scope_reason ? "none" : "member.unassigned"),
          },
          {
            key: "attempts",
            label: w.text("member.attempts"),
            isNumber: true,
            sortBy: (row) => row.attempts_count,
            cell: (row) => row.attempts_count,
          },
          {
            key: "heard",
            label: w.text("member.heard"),
            sortBy: (row) => row.last_heard_at ?? "",
            cell: (row) => <When at={row.last_heard_at} />,
          },
        ]}
      />
      <ProblemBanner problem={problem} />
      {next && <Button onClick={() => void load()}>{w.text("members.more")}</Button>}
    </section>
  );
}

/** A member's state in words, with whatever asks for a second look. */
export function State({ member }: { member: Member }) {
  const w = useWords(words);
  const tone =
    member.bucket === "need_help" ? "tag-danger" : member.bucket === "safe" ? "tag-ok" : "";
  return (
    <span class="tags">
      <span class={`tag ${tone}`}>
        {member.outcome ? w.text(`outcome.${member.outcome}`) : w.text(`bucket.${member.bucket}`)}
      </span>
      {member.out_of_scope_reason && (
        <span class="tag">{codeWords("gone", member.out_of_scope_reason)}</span>
      )}
      {member.is_contradicted && <span class="tag tag-warn">{w.text("rescue.contradicted")}</span>}
      {member.is_protected && <span class="tag tag-danger">{w.text("member.protected")}</span>}
      {!member.is_disclosable && !member.is_protected && !member.out_of_scope_reason && (
        <span class="tag tag-warn">{w.text("member.not_disclosable")}</span>
      )}
      {member.is_late_addition && <span class="tag">{w.text("member.late_addition")}</span>}
      {member.kind === "unlisted" && <span class="tag">{w.text("member.unlisted")}</span>}
    </span>
  );
}
