import { api } from "../../api/client";
import type { components } from "../../api/schema";
import { Banner } from "../../ui/banner";
import { announce } from "../../ui/live-region";
import { useStore } from "../../ui/store";
import { useWords } from "../../ui/words";
import { useAsk } from "../ask";
import { codeList } from "../labels";
import { Consents } from "../parts/consents";
import { Contacts } from "../parts/contacts";
import { FixDistrict } from "../parts/fix-district";
import { PageTitle, Waiting } from "../parts/page";
import { Plans } from "../parts/plans";
import { StandingContacts } from "../parts/standing-contacts";
import type { Params } from "../places";
import { href } from "../router";
import { session } from "../session";
import { words } from "../words";
import { PersonTags } from "./people";

export type Person = components["schemas"]["Person"];

/** One resident: who, where, household, what help, consents, and who looks in on her in ordinary times. */
export default function PersonPage({ person: id = "" }: Params) {
  const w = useWords(words);
  const { account } = useStore(session);
  const asked = useAsk(`person/${id}`, () => api.GET("/people/{id}", { params: { path: { id } } }));
  if (!asked.data) {
    return (
      <>
        <PageTitle title={w.text("person.title")} />
        <Waiting problem={asked.problem} again={asked.again} />
      </>
    );
  }
  const person = asked.data;
  const isStaff = account?.role === "hq_staff";

  async function done() {
    await asked.again();
    announce(w.text("person.saved"));
  }

  return (
    <>
      <p>
        <a href="#/people">{w.text("back.people")}</a>
      </p>
      <PageTitle title={person.name} />
      <p class="under">{[person.name_kana, person.birth_on].filter(Boolean).join("　")}</p>
      <PersonTags person={person} />
      {person.is_protected && (
        <Banner tone="danger" title={w.text("member.protected")}>
          <p>{w.text("member.protected.words")}</p>
        </Banner>
      )}
      <div class="member">
        <section class="card" aria-labelledby="who-title">
          <h2 id="who-title">{w.text("person.who")}</h2>
          <Who person={person} />
        </section>
        <div>
          <section class="card" aria-labelledby="district-title">
            <h2 id="district-title">{w.text("person.district")}</h2>
            <FixDistrict person={person} mayChange={isStaff} onDone={done} />
          </section>
          <section class="card" aria-labelledby="contacts-title">
            <h2 id="contacts-title">{w.text("person.contacts")}</h2>
            <StandingContacts person={person} onDone={done} />
          </section>
        </div>
      </div>
      {person.listing && (
        <section class="card" aria-labelledby="plan-title">
          <h2 id="plan-title">{w.text("plan.title")}</h2>
          <Plans personId={id} isStaff={isStaff} onConsent={asked.again} />
        </section>
      )}
      {person.staff_only && (
        <section class="card" aria-labelledby="consents-title">
          <h2 id="consents-title">{w.text("consent.title")}</h2>
          <Consents personId={id} consents={person.staff_only.consents} onDone={done} />
        </section>
      )}
    </>
  );
}

function Who({ person }: { person: Person }) {
  const w = useWords(words);
  const help = codeList("help", person.listing?.help_needed ?? []);
  return (
    <dl class="facts">
      <div>
        <dt>{w.text("person.residences")}</dt>
        <dd>
          <ul class="plain">
            {person.residences.map((home) => (
              <li key={home.kind + home.valid_from}>
                {home.address}{" "}
                <small>
                  {[
                    w.text(`person.residence.${home.kind}` as "person.residence.actual"),
                    w.text(`person.level.${home.geocode_level}` as "person.level.none"),
                    w.text("person.from", { from: home.valid_from }),
                    home.valid_to && w.text("person.until", { to: home.valid_to }),
                  ]
                    .filter(Boolean)
                    .join("　")}
                </small>
              </li>
            ))}
          </ul>
        </dd>
      </div>
      <Contacts contacts={person.contacts} />
      {person.listing && (
        <div>
          <dt>{w.text("member.help")}</dt>
          <dd>{[help, person.listing.help_note].filter(Boolean).join(" / ") || w.text("none")}</dd>
        </div>
      )}
      {person.household.length > 0 && (
        <div>
          <dt>{w.text("person.household")}</dt>
          <dd>
            <ul class="plain">
              {person.household.map((other) => (
                <li key={other.id}>
                  <a href={href("people", other.id)}>{other.name}</a>{" "}
                  <small>
                    {[other.relationship, other.is_householder && w.text("person.householder")]
                      .filter(Boolean)
                      .join("　")}
                  </small>
                  {other.is_protected && (
                    <span class="tag tag-danger">{w.text("member.protected")}</span>
                  )}
                </li>
              ))}
            </ul>
          </dd>
        </div>
      )}
      {person.staff_only && person.staff_only.reasons.length > 0 && (
        <div>
          <dt>{w.text("person.reasons")}</dt>
          <dd>
            <ul class="plain">
              {person.staff_only.reasons.map((reason) => (
                <li key={reason.category + reason.since}>
                  {reason.category}{" "}
                  <small>
                    {[
                      reason.basis,
                      w.text("person.from", { from: reason.since }),
                      reason.ended_on && w.text("person.until", { to: reason.ended_on }),
                    ]
                      .filter(Boolean)
                      .join("　")}
                  </small>
                </li>
              ))}
            </ul>
          </dd>
        </div>
      )}
      {person.staff_only?.resident_no && (
        <div>
          <dt>{w.text("person.resident_no")}</dt>
          <dd>{person.staff_only.resident_no}</dd>
        </div>
      )}
    </dl>
  );
}
