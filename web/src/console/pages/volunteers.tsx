import { useState } from "preact/hooks";
import { api } from "../../api/client";
import type { components } from "../../api/schema";
import { Button } from "../../ui/button";
import { Select } from "../../ui/choices";
import { Field } from "../../ui/field";
import { useStore } from "../../ui/store";
import { Table } from "../../ui/table";
import { useWords } from "../../ui/words";
import { useAsk } from "../ask";
import { InviteDialog } from "../parts/invite-dialog";
import { NewVolunteer } from "../parts/new-volunteer";
import { PageTitle, Waiting } from "../parts/page";
import { When } from "../parts/when";
import { session } from "../session";
import { words } from "../words";

export type Volunteer = components["schemas"]["Volunteer"];

/** Volunteers of the districts: who has a phone enrolled, inviting one's phone, adding a volunteer. */
export default function Volunteers() {
  const w = useWords(words);
  const { account } = useStore(session);
  const [district, setDistrict] = useState("");
  const [search, setSearch] = useState("");
  const [invited, setInvited] = useState<Volunteer | null>(null);
  const [isAdding, setAdding] = useState(false);
  const districts = useAsk("districts", () => api.GET("/districts"));
  const asked = useAsk(`volunteers/${district}`, () =>
    api.GET("/volunteers", { params: { query: district ? { district } : {} } }),
  );
  const wanted = (v: Volunteer) => `${v.name}${v.name_kana}${v.body}`.includes(search.trim());
  const rows = asked.data?.items.filter(wanted) ?? [];
  return (
    <>
      <PageTitle title={w.text("volunteers.title")} />
      <p class="actions">
        {account?.role === "hq_staff" && !isAdding && (
          <Button icon="add" onClick={() => setAdding(true)}>
            {w.text("volunteers.add")}
          </Button>
        )}
        <a class="button button-plain" href="#/phones">
          {w.text("phones.title")}
        </a>
      </p>
      {isAdding && (
        <NewVolunteer
          districts={districts.data?.items ?? []}
          onDone={async () => {
            setAdding(false);
            await asked.again();
          }}
          onCancel={() => setAdding(false)}
        />
      )}
      <div class="filters">
        <Select
          label={w.text("district")}
          value={district}
          onValue={setDistrict}
          options={[
            { value: "", label: w.text("all.districts") },
            ...(districts.data?.items ?? []).map((d) => ({ value: d.id, label: d.name })),
          ]}
        />
        <Field
          label={w.text("volunteers.search")}
          value={search}
          onValue={setSearch}
          type="search"
        />
      </div>
      {!asked.data ? (
        <Waiting problem={asked.problem} again={asked.again} />
      ) : (
        <section class="card">
          <Table
            caption={w.text("volunteers.table", { n: rows.length })}
            rows={rows}
            rowKey={(v) => v.id}
            empty={w.text("volunteers.empty")}
            columns={[
              {
                key: "name",
                label: w.text("volunteer.name"),
                sortBy: (v) => v.name_kana || v.name,
                cell: (v) => (
                  <>
                    {v.name}
                    <small class="under">{[v.name_kana, v.body].filter(Boolean).join("　")}</small>
                  </>
                ),
              },
              {
                key: "districts",
                label: w.text("district"),
                cell: (v) => v.districts.map((d) => d.name).join(w.text("list.comma")),
              },
              {
                key: "phones",
                label: w.text("volunteer.phones"),
                isNumber: true,
                sortBy: (v) => v.phones,
                cell: (v) =>
                  v.phones > 0 ? (
                    v.phones
                  ) : (
                    <span class="warn">{w.text("volunteer.no_phone")}</span>
                  ),
              },
              {
                key: "contact",
                label: w.text("volunteer.contact"),
                sortBy: (v) => v.last_contact_at ?? "",
                cell: (v) => <When at={v.last_contact_at} age />,
              },
              {
                key: "invite",
                label: w.text("invite.column"),
                cell: (v) => (
                  <Button
                    onClick={() => setInvited(v)}
                    aria-label={w.text("invite.open.of", { name: v.name })}
                  >
                    {w.text("invite.open")}
                  </Button>
                ),
              },
            ]}
          />
        </section>
      )}
      {invited && <InviteDialog volunteer={invited} onClose={() => setInvited(null)} />}
    </>
  );
}
