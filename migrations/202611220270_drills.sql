-- Drills: the programme of an event of kind drill, its venues and bodies, its decisions, and who attended. Attendance is appended: by
-- person and by group head-count, which are never added to each other.

-- A drill is an event that starts in the future: `event.started_at` is its planned start until then, `planned_end_at` its end.
create table drill (
    event_id     uuid primary key,
    event_kind   text not null default 'drill',
    held_on      date not null,
    scenario     text not null default '',
    cancel_rule  text not null default '',
    -- The drill it is measured against; null: the last one of its districts.
    compare_with uuid,
    asks_presence boolean not null default true,
    made_by      uuid,
    made_at      timestamptz not null default now(),
    constraint drill_event_kind_check check (event_kind = 'drill'),
    constraint drill_event_fkey foreign key (event_id, event_kind) references event (id, kind),
    constraint drill_compare_with_fkey foreign key (compare_with) references event (id)
);
create table drill_district (
    event_id    uuid not null,
    district_id uuid not null,
    constraint drill_district_pkey primary key (event_id, district_id),
    constraint drill_district_event_fkey foreign key (event_id) references drill (event_id) on delete cascade,
    constraint drill_district_district_fkey foreign key (district_id) references district (id)
);
create table drill_item (
    id        uuid primary key,
    event_id  uuid not null,
    starts_at timestamptz not null,
    title     text not null,
    place     text not null default '',
    who       text not null default '',
    constraint drill_item_event_fkey foreign key (event_id) references drill (event_id) on delete cascade
);
create index drill_item_event_id_idx on drill_item (event_id, starts_at);
-- Postponed, cancelled, ended early: what was decided, by whom, why; appended.
create table drill_decision (
    id           uuid primary key,
    event_id     uuid not null,
    kind         text not null,
    reason       text not null,
    from_start   timestamptz,
    to_start     timestamptz,
    to_end       timestamptz,
    tells_by_mail boolean not null default false,
    decided_by   uuid not null,
    decided_at   timestamptz not null default now(),
    epoch        uuid not null default ledger_epoch(),
    constraint drill_decision_kind_check check (kind in ('postponed', 'cancelled', 'ended_early')),
    constraint drill_decision_postponed_check check ((kind = 'postponed') = (to_start is not null and to_end is not null)),
    constraint drill_decision_reason_check check (char_length(reason) >= 2),
    constraint drill_decision_event_fkey foreign key (event_id) references drill (event_id)
);
create index drill_decision_event_id_idx on drill_decision (event_id, decided_at);

create table venue (
    id           uuid primary key,
    event_id     uuid not null,
    district_id  uuid not null,
    site_id      uuid,
    name         text not null,
    point        geometry(Point, 4326),
    -- The poster's code for one's own phone; a new one makes the old useless.
    poster_hmac  bytea,
    poster_sealed bytea,
    retired_at   timestamptz,
    constraint venue_poster_hmac_key unique (poster_hmac),
    constraint venue_id_event_id_key unique (id, event_id),
    constraint venue_event_fkey foreign key (event_id) references drill (event_id),
    constraint venue_district_fkey foreign key (district_id) references district (id),
    constraint venue_site_fkey foreign key (site_id) references site (id)
);
create index venue_event_id_idx on venue (event_id);
-- 参加団体: who said they would come, and with how many.
create table drill_body (
    id            uuid primary key,
    event_id      uuid not null,
    name          text not null,
    body          text not null default 'other',
    district_id   uuid,
    expected      integer,
    contact_name  text not null default '',
    contact_phone text not null default '',
    retired_at    timestamptz,
    constraint drill_body_body_check check (body in ('welfare_commissioner', 'district_welfare_committee', 'voluntary_disaster_org',
        'neighbourhood_association', 'social_welfare_council', 'volunteer_fire_corps', 'city_staff', 'school', 'business', 'other')),
    constraint drill_body_expected_check check (expected >= 0),
    constraint drill_body_id_event_id_key unique (id, event_id),
    constraint drill_body_event_fkey foreign key (event_id) references drill (event_id),
    constraint drill_body_district_fkey foreign key (district_id) references district (id)
);
create index drill_body_event_id_idx on drill_body (event_id);
-- A desk may stand at a venue.
alter table desk add column venue_id uuid;
alter table desk add constraint desk_venue_fkey foreign key (venue_id, event_id) references venue (id, event_id);
alter table desk add constraint desk_place_check check (num_nonnulls(site_id, venue_id) >= 1);
alter policy desk_lead on desk
    using (exists (select from site s join district d on d.valid_to is null and st_contains(d.area, s.point)
                   where s.id = site_id and d.id = any ((select app_districts())::uuid[]))
        or exists (select from venue v where v.id = venue_id and v.district_id = any ((select app_districts())::uuid[]))
        or exists (select from desk_district x where x.desk_id = desk.id and x.district_id = any ((select app_districts())::uuid[])))
    with check (exists (select from site s join district d on d.valid_to is null and st_contains(d.area, s.point)
                   where s.id = site_id and d.id = any ((select app_districts())::uuid[]))
        or exists (select from venue v where v.id = venue_id and v.district_id = any ((select app_districts())::uuid[])));

-- One act at a venue. `person`: somebody, by card, list, own phone or name. `group`: a body's head-count, the newest holds.
create table attendance (
    id             uuid primary key,
    event_id       uuid not null,
    venue_id       uuid not null,
    kind           text not null,
    -- Whom, as exactly as is known; the same somebody twice is one.
    person_id      uuid,
    volunteer_id   uuid,
    card_id        uuid,
    name           text not null default '',
    name_key       text not null default '',
    body_id        uuid,
    -- Group: how many, and what they call themselves when they are no listed body.
    people         integer,
    group_label    text not null default '',
    way            text not null,
    corrects       uuid,
    is_withdrawal  boolean not null default false,
    observer_kind  text not null,
    observer_id    uuid,
    device_id      uuid,
    device_seq     bigint,
    copy_id        uuid,
    observed_at    timestamptz not null,
    clock_offset_ms bigint not null default 0,
    recorded_at    timestamptz not null default now(),
    epoch          uuid not null default ledger_epoch(),
    constraint attendance_kind_check check (kind in ('person', 'group')),
    constraint attendance_subject_check check (is_withdrawal or case kind when 'group' then people is not null and (body_id is not null or group_label <> '')
        else num_nonnulls(person_id, volunteer_id, card_id) > 0 or name <> '' end),
    constraint attendance_people_check check (people is null or (kind = 'group' and people >= 0)),
    constraint attendance_way_check check (way in ('card', 'list', 'own_phone', 'typed', 'head_count')),
    constraint attendance_venue_fkey foreign key (venue_id, event_id) references venue (id, event_id),
    constraint attendance_body_fkey foreign key (body_id, event_id) references drill_body (id, event_id),
    constraint attendance_person_fkey foreign key (person_id) references person (id) on delete set null,
    constraint attendance_volunteer_fkey foreign key (volunteer_id) references volunteer (id),
    constraint attendance_card_fkey foreign key (card_id) references card (id),
    constraint attendance_copy_fkey foreign key (copy_id) references print_copy (id)
);
create index attendance_event_idx on attendance (event_id, venue_id, recorded_at);
create index attendance_person_id_idx on attendance (person_id) where person_id is not null;

-- A volunteer practised without network, on invented people: readiness, and nothing else.
create table practice (
    id           uuid primary key,
    device_id    uuid not null,
    volunteer_id uuid,
    was_offline  boolean not null,
    practised_at timestamptz not null,
    recorded_at  timestamptz not null default now(),
    epoch        uuid not null default ledger_epoch(),
    constraint practice_device_fkey foreign key (device_id) references device (id),
    constraint practice_volunteer_fkey foreign key (volunteer_id) references volunteer (id)
);
create index practice_volunteer_id_idx on practice (volunteer_id, practised_at desc);

grant select, insert, update on drill, drill_item, venue, drill_body to m_hq_staff, m_cli, m_job;
grant select, insert on drill_district to m_hq_staff, m_cli, m_job;
grant delete on drill_district, drill_item to m_hq_staff, m_cli;
grant select, insert on drill_decision to m_hq_staff, m_cli, m_job;
grant select on drill, drill_district, drill_item, drill_decision to m_district_lead, m_planner, m_auditor, m_volunteer, m_reception, m_ingest, m_index, m_job;
grant select (id, event_id, district_id, site_id, name, point, retired_at) on venue to m_district_lead, m_planner, m_auditor, m_volunteer,
    m_reception, m_ingest, m_index;
grant select (id, event_id, name, poster_hmac, retired_at) on venue to m_auth;
grant insert, update (name, point, retired_at, poster_hmac, poster_sealed) on venue to m_district_lead;
grant select (id, event_id, name, body, district_id, expected, retired_at) on drill_body to m_planner, m_auditor, m_reception, m_ingest, m_index, m_volunteer;
grant select on drill_body to m_district_lead;
grant select, insert on attendance to m_hq_staff, m_district_lead, m_cli, m_job, m_ingest;
grant select (id, event_id, venue_id, kind, body_id, people, way, corrects, is_withdrawal, observed_at, clock_offset_ms, recorded_at,
    person_id, volunteer_id, card_id, name_key, group_label, device_id, device_seq) on attendance to m_index;
grant select on attendance to m_reception;
grant select, insert on practice to m_ingest;
grant select on practice to m_hq_staff, m_district_lead, m_cli, m_index;

alter table venue enable row level security;
alter table drill_body enable row level security;
alter table attendance enable row level security;
alter table practice enable row level security;
create policy venue_city on venue to m_hq_staff, m_cli, m_job using (true) with check (true);
create policy venue_read on venue for select to m_district_lead, m_planner, m_auditor, m_volunteer, m_reception, m_ingest, m_index, m_auth using (true);
create policy venue_lead on venue for insert to m_district_lead with check (district_id = any ((select app_districts())::uuid[]));
create policy venue_lead_change on venue for update to m_district_lead using (district_id = any ((select app_districts())::uuid[]))
    with check (district_id = any ((select app_districts())::uuid[]));
create policy drill_body_city on drill_body to m_hq_staff, m_cli, m_job using (true) with check (true);
create policy drill_body_read on drill_body for select to m_planner, m_auditor, m_reception, m_ingest, m_index, m_volunteer using (true);
create policy drill_body_lead on drill_body for select to m_district_lead
    using (district_id is null or district_id = any ((select app_districts())::uuid[]));
create policy attendance_city on attendance to m_hq_staff, m_cli, m_job, m_ingest using (true) with check (true);
create policy attendance_index on attendance for select to m_index using (true);
create policy attendance_lead on attendance to m_district_lead
    using (exists (select from venue v where v.id = venue_id and v.district_id = any ((select app_districts())::uuid[])))
    with check (exists (select from venue v where v.id = venue_id and v.district_id = any ((select app_districts())::uuid[])));
-- A gate sees who came through its own venue.
create policy attendance_reception on attendance for select to m_reception using (venue_id = (select (app_desk()).venue_id));
create policy practice_work on practice to m_ingest using (true) with check (true);
create policy practice_read on practice for select to m_hq_staff, m_cli, m_index using (true);
create policy practice_lead on practice for select to m_district_lead using (exists (select from device d where d.id = device_id));
