-- Row-level security behind the request's scope: what each principal may see of people and of what was observed.
--   hq_staff, cli        everyone in the city (a plain `true` keeps the search index usable)
--   district_lead        people of the lead's districts whose disclosure is lawful now
--   volunteer            of those, only the people assigned to her or standing in her care
--   job, ingest          work without a person, table by table
-- Lawful now: consent to the roster's provision, or an emergency activation that has not run out (災対法 art. 49-11).

grant select, insert, update on person, household, residence, contact, household_member, support_resident, support_reason, standing_contact
    to m_hq_staff, m_cli, m_job;
grant delete on person to m_cli;
grant select, insert on consent to m_hq_staff, m_cli, m_job;
grant select on consent_state to m_hq_staff, m_cli, m_job;
grant select, insert, update on activation, activation_district, duty_code to m_hq_staff, m_cli;
grant select on activation, activation_district to m_auditor, m_district_lead;
grant select on emergency_district to m_hq_staff, m_cli, m_district_lead, m_volunteer, m_auditor, m_job, m_ingest;

grant select (id, name, name_kana, name_key, kana_key, birth_on, sex, district_id, household_id, is_protected, roster_consent, status)
    on person to m_district_lead, m_volunteer;
grant select (id, person_id, kind, address, point, geocode_level, district_id, valid_from, valid_to) on residence to m_district_lead, m_volunteer;
grant select on contact, household, household_member to m_district_lead, m_volunteer;
grant select (person_id, listed_on, delisted_on, help_needed, help_note) on support_resident to m_district_lead, m_volunteer;
grant select on standing_contact to m_district_lead, m_volunteer;
grant insert, update on standing_contact to m_district_lead;
grant select on person, support_resident, household_member, standing_contact to m_ingest;

alter table person enable row level security;
alter table household enable row level security;
alter table residence enable row level security;
alter table contact enable row level security;
alter table household_member enable row level security;
alter table support_resident enable row level security;
alter table support_reason enable row level security;
alter table standing_contact enable row level security;
alter table consent enable row level security;
alter table consent_state enable row level security;

create policy person_city on person to m_hq_staff, m_cli, m_job using (true) with check (true);
create policy person_ingest on person for select to m_ingest using (true);
create policy person_lead on person for select to m_district_lead using (
    not is_protected
    and district_id = any ((select app_districts())::uuid[])
    and (roster_consent in ('consented', 'not_required_by_ordinance') or district_id in (select district_id from emergency_district)));
-- An activation shows people in a disaster's rounds and to their standing contacts, never through a drill's assignment.
create policy person_volunteer on person for select to m_volunteer using (
    not is_protected and status = 'resident'
    and district_id = any ((select app_districts())::uuid[])
    and (roster_consent in ('consented', 'not_required_by_ordinance') or district_id in (select district_id from emergency_district))
    and (exists (select from standing_contact s where s.person_id = person.id and s.volunteer_id = (select app_uuid('app.volunteer_id')))
        or exists (select from assignment a where a.person_id = person.id and (
            roster_consent in ('consented', 'not_required_by_ordinance') or exists (
                select from safety_round r join event e on e.id = r.event_id where r.id = a.round_id and e.kind = 'disaster')))));

-- What hangs on a person is as visible as the person.
create policy residence_city on residence to m_hq_staff, m_cli, m_job using (true) with check (true);
create policy residence_field on residence for select to m_district_lead, m_volunteer using (exists (select from person p where p.id = person_id));
create policy contact_city on contact to m_hq_staff, m_cli, m_job using (true) with check (true);
create policy contact_field on contact for select to m_district_lead, m_volunteer using (exists (select from person p where p.id = person_id));
create policy household_member_city on household_member to m_hq_staff, m_cli, m_job using (true) with check (true);
create policy household_member_ingest on household_member for select to m_ingest using (true);
create policy household_member_field on household_member for select to m_district_lead, m_volunteer using (exists (select from person p where p.id = person_id));
create policy household_city on household to m_hq_staff, m_cli, m_job using (true) with check (true);
create policy household_field on household for select to m_district_lead, m_volunteer using (exists (select from person p where p.household_id = household.id));
create policy support_resident_city on support_resident to m_hq_staff, m_cli, m_job using (true) with check (true);
create policy support_resident_ingest on support_resident for select to m_ingest using (true);
create policy support_resident_field on support_resident for select to m_district_lead, m_volunteer using (exists (select from person p where p.id = person_id));
create policy support_reason_city on support_reason to m_hq_staff, m_cli, m_job using (true) with check (true);
-- Not through person: the policy of person itself asks this table.
create policy standing_contact_city on standing_contact to m_hq_staff, m_cli, m_job using (true) with check (true);
create policy standing_contact_ingest on standing_contact for select to m_ingest using (true);
create policy standing_contact_volunteer on standing_contact for select to m_volunteer
    using (volunteer_id = (select app_uuid('app.volunteer_id')) and ended_on is null);
create policy standing_contact_lead on standing_contact to m_district_lead
    using (exists (select from volunteer v where v.id = volunteer_id)) with check (exists (select from volunteer v where v.id = volunteer_id));
create policy consent_city on consent to m_hq_staff, m_cli, m_job using (true) with check (true);
create policy consent_state_city on consent_state for select to m_hq_staff, m_cli, m_job using (true);

-- Rounds.
grant select, insert on safety_round, round_district to m_hq_staff, m_district_lead, m_cli, m_job, m_ingest;
grant update (closed_at, closed_by, close_board) on safety_round to m_hq_staff, m_district_lead, m_cli, m_job;
grant select on safety_round, round_district to m_volunteer, m_planner, m_auditor, m_index;
grant select, insert, update on round_member to m_hq_staff, m_district_lead, m_cli, m_job, m_ingest;
grant select on round_member to m_volunteer;
grant select, insert on assignment to m_hq_staff, m_district_lead, m_cli, m_job;
grant update (ended_at) on assignment to m_hq_staff, m_district_lead, m_cli, m_job;
grant select on assignment to m_volunteer, m_ingest;
grant insert on assignment to m_ingest;
grant select, insert on sync_item to m_ingest, m_hq_staff, m_cli;
grant select on sync_item to m_district_lead;
grant select, insert on observation to m_ingest, m_hq_staff, m_district_lead, m_cli, m_job;
grant select on observation to m_volunteer;
grant select, insert on resolution, rescue_step to m_hq_staff, m_district_lead, m_cli;
grant select on resolution to m_ingest;
-- The board's counts, never names: one role of its own.
grant select (id, round_id, kind, person_id, district_id, bucket, is_contradicted, open_rescues, attempts_count, last_attempt_at,
    last_heard_at, out_of_scope_reason, is_late_addition, rescue_since, added_at, outcome, derived_at) on round_member to m_index;
grant select (id, district_id, roster_consent, is_protected) on person to m_index;
grant select (id, member_id, round_id, volunteer_id, ended_at) on assignment to m_index;
grant select on emergency_district, volunteer_district to m_index;
grant select (id, volunteer_id, principal, revoked_at, last_contact_at, held_items) on device to m_index;

alter table round_member enable row level security;
alter table assignment enable row level security;
alter table sync_item enable row level security;
alter table observation enable row level security;
alter table resolution enable row level security;
alter table rescue_step enable row level security;

create policy person_index on person for select to m_index using (true);
create policy device_index on device for select to m_index using (true);
create policy round_member_city on round_member to m_hq_staff, m_cli, m_job, m_ingest using (true) with check (true);
create policy round_member_index on round_member for select to m_index using (true);
-- In a drill only those who consented are shown, whatever is activated beside it.
create policy round_member_lead on round_member to m_district_lead
    using (district_id = any ((select app_districts())::uuid[]) and (person_id is null or exists (
        select from person p where p.id = person_id and (p.roster_consent in ('consented', 'not_required_by_ordinance') or exists (
            select from safety_round r join event e on e.id = r.event_id where r.id = round_id and e.kind = 'disaster')))))
    with check (district_id = any ((select app_districts())::uuid[]));
create policy round_member_volunteer on round_member for select to m_volunteer
    using (exists (select from assignment a where a.member_id = round_member.id) and (person_id is null or exists (
        select from person p where p.id = person_id and (p.roster_consent in ('consented', 'not_required_by_ordinance') or exists (
            select from safety_round r join event e on e.id = r.event_id where r.id = round_id and e.kind = 'disaster')))));
create policy assignment_city on assignment to m_hq_staff, m_cli, m_job, m_ingest using (true) with check (true);
create policy assignment_index on assignment for select to m_index using (true);
create policy assignment_lead on assignment to m_district_lead
    using (exists (select from volunteer v where v.id = volunteer_id)) with check (exists (select from volunteer v where v.id = volunteer_id));
create policy assignment_volunteer on assignment for select to m_volunteer
    using (volunteer_id = (select app_uuid('app.volunteer_id')) and ended_at is null
        and exists (select from safety_round r where r.id = round_id and r.closed_at is null));
create policy sync_item_work on sync_item to m_ingest, m_hq_staff, m_cli using (true) with check (true);
-- A lead reads who is available; other items are headquarters' to settle.
create policy sync_item_lead on sync_item for select to m_district_lead
    using (kind = 'availability' and exists (select from device d where d.id = device_id));
create policy observation_city on observation to m_ingest, m_hq_staff, m_cli, m_job using (true) with check (true);
create policy observation_field on observation for select to m_district_lead, m_volunteer using (exists (select from round_member m where m.id = member_id));
create policy observation_lead on observation for insert to m_district_lead with check (exists (select from round_member m where m.id = member_id));
create policy resolution_city on resolution to m_hq_staff, m_cli using (true) with check (true);
create policy resolution_ingest on resolution for select to m_ingest using (true);
create policy resolution_lead on resolution to m_district_lead using (exists (select from round_member m where m.id = member_id))
    with check (exists (select from round_member m where m.id = member_id));
create policy rescue_step_city on rescue_step to m_hq_staff, m_cli using (true) with check (true);
create policy rescue_step_lead on rescue_step to m_district_lead using (exists (select from round_member m where m.id = member_id))
    with check (exists (select from round_member m where m.id = member_id));
