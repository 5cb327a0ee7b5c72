-- Shelter operations: opening and closing, who is where (a person is in at most one place), head-counts. Evidence is appended; the
-- present state of a place and of a person is derived and kept beside it. Everything hangs on an event; a drill's never meets the public.

-- A reception desk: which devices may receive people where, for which event, until when.
create table desk (
    id         uuid primary key,
    event_id   uuid not null,
    event_kind text not null,
    site_id    uuid,
    label      text not null,
    -- What its devices may hold for searching offline: nobody, or those of its districts whose disclosure is lawful now.
    gate_list  text not null default 'lawful',
    made_by    uuid,
    opens_at   timestamptz not null default now(),
    ends_at    timestamptz not null,
    closed_at  timestamptz,
    epoch      uuid not null default ledger_epoch(),
    constraint desk_gate_list_check check (gate_list in ('none', 'lawful')),
    constraint desk_ends_at_check check (ends_at <= opens_at + interval '72 hours'),
    constraint desk_event_fkey foreign key (event_id, event_kind) references event (id, kind),
    constraint desk_site_fkey foreign key (site_id) references site (id)
);
create index desk_event_id_idx on desk (event_id);
create index desk_site_id_idx on desk (site_id);
create table desk_district (
    desk_id     uuid not null,
    district_id uuid not null,
    constraint desk_district_pkey primary key (desk_id, district_id),
    constraint desk_district_desk_fkey foreign key (desk_id) references desk (id),
    constraint desk_district_district_fkey foreign key (district_id) references district (id)
);
create table desk_device (
    desk_id   uuid not null,
    device_id uuid not null,
    since     timestamptz not null default now(),
    ended_at  timestamptz,
    constraint desk_device_pkey primary key (desk_id, device_id, since),
    constraint desk_device_desk_fkey foreign key (desk_id) references desk (id),
    constraint desk_device_device_fkey foreign key (device_id) references device (id)
);
create unique index desk_device_device_key on desk_device (device_id) where ended_at is null;
-- A reception's invite names its desk.
alter table invite add column desk_id uuid;
alter table invite add constraint invite_desk_fkey foreign key (desk_id) references desk (id);
alter table invite add constraint invite_desk_check check (desk_id is null or principal = 'reception');

-- The desk at which the asking device stands now; over with the desk, with the drill, with the hour. By the database's clock.
create function app_desk() returns desk
    language sql stable security definer set search_path = public, pg_temp
    return (select d from desk d
            join desk_device x on x.desk_id = d.id and x.ended_at is null
            join event e on e.id = d.event_id
            where x.device_id = app_uuid('app.device_id') and d.closed_at is null and now() < d.ends_at and e.ended_at is null
              and (e.kind = 'disaster' or e.planned_end_at is null or now() < e.planned_end_at));

-- Said of a place: asked to open, being prepared, open, closed; by headquarters or on the spot (自主開設). Appended.
create table opening (
    id             uuid primary key,
    event_id       uuid not null,
    event_kind     text not null,
    site_id        uuid not null,
    status         text not null,
    is_self_opened boolean not null default false,
    -- Staff's word on crowding; null: by the census. `full` is said, never computed from a percentage below the capacity.
    crowding       text,
    reason         text not null default '',
    note           text not null default '',
    said_by        uuid,
    said_by_kind   text not null,
    device_id      uuid,
    device_seq     bigint,
    observed_at    timestamptz not null,
    clock_offset_ms bigint not null default 0,
    recorded_at    timestamptz not null default now(),
    corrects       uuid,
    epoch          uuid not null default ledger_epoch(),
    constraint opening_status_check check (status in ('requested', 'preparing', 'open', 'closed')),
    constraint opening_crowding_check check (crowding in ('available', 'somewhat_crowded', 'crowded', 'full')),
    constraint opening_self_opened_check check (not is_self_opened or status = 'open'),
    constraint opening_event_fkey foreign key (event_id, event_kind) references event (id, kind),
    constraint opening_site_fkey foreign key (site_id) references site (id),
    constraint opening_corrects_fkey foreign key (corrects) references opening (id)
);
create index opening_event_site_idx on opening (event_id, site_id, observed_at);

-- The present state of a place in an event, derived from openings, stays and head-counts; never written by hand.
create table site_state (
    event_id         uuid not null,
    event_kind       text not null,
    site_id          uuid not null,
    status           text not null,
    is_self_opened   boolean not null default false,
    opened_at        timestamptz,
    closed_at        timestamptz,
    status_since     timestamptz not null,
    crowding         text,
    crowding_is_said boolean not null default false,
    -- By the census of check-ins, as of the last derivation.
    present          integer not null default 0,
    contested        integer not null default 0,
    -- As last reported by head-count; null: never reported.
    reported_people  integer,
    reported_as_of   timestamptz,
    updated_at       timestamptz not null default now(),
    constraint site_state_pkey primary key (event_id, site_id),
    constraint site_state_status_check check (status in ('not_opened', 'requested', 'preparing', 'open', 'closed')),
    constraint site_state_crowding_check check (crowding in ('available', 'somewhat_crowded', 'crowded', 'full')),
    constraint site_state_event_fkey foreign key (event_id, event_kind) references event (id, kind),
    constraint site_state_site_fkey foreign key (site_id) references site (id)
);
create index site_state_site_id_idx on site_state (site_id);
create index site_state_updated_at_idx on site_state (updated_at);

-- What the public lookup may know: real openings of running disasters only. A drill's never come here, whatever the caller's role.
create view public_site_state with (security_barrier) as
    select distinct on (s.site_id) s.site_id, s.status, s.crowding, s.updated_at
    from site_state s join event e on e.id = s.event_id
    where s.event_kind = 'disaster' and e.kind = 'disaster' and e.ended_at is null and not e.is_standing
    order by s.site_id, s.updated_at desc;

-- Somebody received in an event: from the roster, or a stranger by a short form (避難者カード). One row per event and roster person.
create table evacuee (
    id             uuid primary key,
    event_id       uuid not null,
    event_kind     text not null,
    person_id      uuid,
    party_id       uuid,
    -- As told at the gate; of a roster person only what differs.
    name           text not null default '',
    name_kana      text not null default '',
    name_key       text not null default '',
    kana_key       text not null default '',
    birth_on       date,
    birth_text     text not null default '',
    sex            text,
    address        text not null default '',
    phone          text not null default '',
    relationship   text not null default '',
    help_needed    text[] not null default '{}',
    pets           text not null default '',
    -- 安否問合せへの公開可否 (様式第1号 ⑫–⑭): family, acquaintances, others.
    may_tell       text[] not null default '{}',
    is_protected   boolean not null default false,
    district_id    uuid not null default '00000000-0000-7000-8000-000000000000',
    registered_at  timestamptz not null default now(),
    epoch          uuid not null default ledger_epoch(),
    -- Derived from the stays by operations::stay; never written by hand.
    site_id        uuid,
    stay_type      text,
    is_present     boolean not null default false,
    since          timestamptz,
    is_contested   boolean not null default false,
    state          jsonb not null default '{}',
    derived_at     timestamptz,
    constraint evacuee_sex_check check (sex in ('female', 'male', 'other')),
    constraint evacuee_stay_type_check check (stay_type in ('shelter', 'evacuation_building', 'home', 'vehicle', 'tent', 'relatives', 'other')),
    constraint evacuee_may_tell_check check (may_tell <@ array['family', 'acquaintance', 'other']),
    constraint evacuee_named_check check (person_id is not null or name <> '' or name_kana <> ''),
    constraint evacuee_event_fkey foreign key (event_id, event_kind) references event (id, kind),
    constraint evacuee_person_fkey foreign key (person_id) references person (id) on delete set null,
    constraint evacuee_site_fkey foreign key (site_id) references site (id),
    constraint evacuee_district_fkey foreign key (district_id) references district (id),
    constraint evacuee_id_event_id_key unique (id, event_id)
);
create unique index evacuee_event_person_key on evacuee (event_id, person_id) where person_id is not null;
create index evacuee_site_idx on evacuee (event_id, site_id) where is_present;
create index evacuee_party_id_idx on evacuee (party_id);
create index evacuee_name_key_idx on evacuee using gin (name_key gin_trgm_ops);
create index evacuee_kana_key_idx on evacuee using gin (kana_key gin_trgm_ops);
create index evacuee_contested_idx on evacuee (event_id) where is_contested;

-- Came, left, moved, went out for the night: appended, in any order; a correction points at what it corrects.
create table stay_entry (
    id             uuid primary key,
    event_id       uuid not null,
    evacuee_id     uuid not null,
    act            text not null,
    site_id        uuid,
    stay_type      text,
    -- A move names the place left: one act, nobody is in two places for a moment.
    moved_from     uuid,
    destination    text not null default '',
    condition      text,
    note           text not null default '',
    corrects       uuid,
    is_withdrawal  boolean not null default false,
    -- What was odd when it arrived; it counts all the same (second_place, closed_place).
    flag           text,
    observer_kind  text not null,
    observer_id    uuid,
    device_id      uuid,
    device_seq     bigint,
    observed_at    timestamptz not null,
    clock_offset_ms bigint not null default 0,
    recorded_at    timestamptz not null default now(),
    epoch          uuid not null default ledger_epoch(),
    constraint stay_entry_act_check check (act in ('check_in', 'check_out', 'overnight_leave', 'settle')),
    constraint stay_entry_place_check check (act <> 'check_in' or (stay_type is not null
        and (stay_type not in ('shelter', 'evacuation_building') or site_id is not null))),
    constraint stay_entry_stay_type_check check (stay_type in ('shelter', 'evacuation_building', 'home', 'vehicle', 'tent', 'relatives', 'other')),
    constraint stay_entry_condition_check check (condition in ('safe', 'injured_minor', 'injured_serious', 'needs_support', 'needs_rescue', 'unknown')),
    constraint stay_entry_flag_check check (flag in ('second_place', 'closed_place')),
    constraint stay_entry_evacuee_fkey foreign key (evacuee_id, event_id) references evacuee (id, event_id),
    constraint stay_entry_site_fkey foreign key (site_id) references site (id),
    constraint stay_entry_moved_from_fkey foreign key (moved_from) references site (id)
);
create index stay_entry_evacuee_id_idx on stay_entry (evacuee_id);
create index stay_entry_site_idx on stay_entry (event_id, site_id, observed_at);

-- A stranger found to be somebody of the roster, with undo: a candidate shown to a human, never merged by itself.
create table evacuee_match (
    id         uuid primary key,
    evacuee_id uuid not null,
    event_id   uuid not null,
    person_id  uuid not null,
    reason     text not null default '',
    matched_by uuid,
    matched_at timestamptz not null default now(),
    undone_by  uuid,
    undone_at  timestamptz,
    epoch      uuid not null default ledger_epoch(),
    constraint evacuee_match_evacuee_fkey foreign key (evacuee_id, event_id) references evacuee (id, event_id),
    constraint evacuee_match_person_fkey foreign key (person_id) references person (id) on delete cascade
);
create unique index evacuee_match_evacuee_key on evacuee_match (evacuee_id) where undone_at is null;
create index evacuee_match_person_id_idx on evacuee_match (person_id) where undone_at is null;

-- 避難所状況報告: as of a time; null is 「未確認」.
create table head_count (
    id            uuid primary key,
    event_id      uuid not null,
    event_kind    text not null,
    site_id       uuid not null,
    as_of         timestamptz not null,
    households    integer,
    people        integer not null,
    men           integer,
    women         integer,
    sleeping      integer,
    infants       integer,
    elderly       integer,
    care          integer,
    disabled      integer,
    pregnant      integer,
    foreign_people integer,
    unwell        integer,
    at_home       integer,
    in_vehicles   integer,
    pets          integer,
    note          text not null default '',
    reported_by   text not null default '',
    observer_kind text not null,
    observer_id   uuid,
    device_id     uuid,
    device_seq    bigint,
    clock_offset_ms bigint not null default 0,
    recorded_at   timestamptz not null default now(),
    corrects      uuid,
    epoch         uuid not null default ledger_epoch(),
    constraint head_count_positive_check check (least(households, people, men, women, sleeping, infants, elderly, care, disabled,
        pregnant, foreign_people, unwell, at_home, in_vehicles, pets) >= 0),
    constraint head_count_event_fkey foreign key (event_id, event_kind) references event (id, kind),
    constraint head_count_site_fkey foreign key (site_id) references site (id),
    constraint head_count_corrects_fkey foreign key (corrects) references head_count (id)
);
create index head_count_event_site_idx on head_count (event_id, site_id, as_of desc);

-- A device at a desk sees its own desk, its place's state and whom it received there; of the roster, those of its districts whose
-- disclosure is lawful now. Never a protected person, never a telephone number.
grant select, insert on desk, desk_district, desk_device to m_hq_staff, m_district_lead, m_cli;
grant update (closed_at, ends_at, gate_list) on desk to m_hq_staff, m_district_lead, m_cli;
grant delete on desk_district to m_hq_staff, m_district_lead, m_cli;
grant update (ended_at) on desk_device to m_hq_staff, m_district_lead, m_cli, m_auth;
grant insert on desk_device to m_auth;
grant select on desk, desk_district, desk_device to m_auth, m_ingest, m_job, m_reception;
grant select, insert on opening, head_count to m_hq_staff, m_district_lead, m_cli, m_job, m_ingest;
grant select, insert, update on site_state to m_hq_staff, m_cli, m_job, m_ingest;
grant select on site_state to m_district_lead, m_planner, m_reception, m_index;
-- What arrives is filed at a place, and how full it is depends on its capacity.
grant select on site to m_ingest;
create policy site_ingest on site for select to m_ingest using (true);
grant select on public_site_state to m_public, m_self_report, m_index, m_volunteer, m_supporter;
grant select, insert, update on evacuee to m_hq_staff, m_cli, m_job, m_ingest;
grant select on evacuee to m_district_lead;
grant select (id, event_id, person_id, party_id, name, name_kana, name_key, kana_key, birth_on, sex, relationship, help_needed, district_id,
    site_id, stay_type, is_present, since, is_contested, is_protected) on evacuee to m_reception;
grant select, insert on stay_entry to m_hq_staff, m_district_lead, m_cli, m_job, m_ingest;
grant select on stay_entry to m_reception;
grant select, insert on evacuee_match to m_hq_staff, m_cli, m_job;
grant update (undone_by, undone_at) on evacuee_match to m_hq_staff, m_cli;
grant select on evacuee_match to m_ingest;
grant select (id, event_id, event_kind, site_id, stay_type, is_present, is_contested, district_id, since) on evacuee to m_index;
grant select (id, name, name_kana, name_key, kana_key, birth_on, sex, district_id, household_id, is_protected, roster_consent, status)
    on person to m_reception;
grant select (id, person_id, kind, address, district_id, valid_from, valid_to) on residence to m_reception;
grant select on household, household_member to m_reception;
grant select on emergency_district to m_reception;
revoke all on function app_desk() from public;
grant execute on function app_desk(), is_on_roster(uuid), has_protected_member(uuid) to m_reception;

alter table desk enable row level security;
alter table desk_device enable row level security;
alter table opening enable row level security;
alter table site_state enable row level security;
alter table evacuee enable row level security;
alter table stay_entry enable row level security;
alter table evacuee_match enable row level security;
alter table head_count enable row level security;

create policy desk_city on desk to m_hq_staff, m_cli, m_auth, m_ingest, m_job using (true) with check (true);
-- A lead opens desks for the lead's own districts: the places in them, and the desks that were given one of them.
create policy desk_lead on desk to m_district_lead
    using (exists (select from site s join district d on d.valid_to is null and st_contains(d.area, s.point)
                   where s.id = site_id and d.id = any ((select app_districts())::uuid[]))
        or exists (select from desk_district x where x.desk_id = desk.id and x.district_id = any ((select app_districts())::uuid[])))
    with check (exists (select from site s join district d on d.valid_to is null and st_contains(d.area, s.point)
                   where s.id = site_id and d.id = any ((select app_districts())::uuid[])));
create policy desk_reception on desk for select to m_reception using (id = (select (app_desk()).id));
create policy desk_device_city on desk_device to m_hq_staff, m_cli, m_auth, m_ingest, m_job using (true) with check (true);
create policy desk_device_lead on desk_device to m_district_lead using (exists (select from desk d where d.id = desk_id))
    with check (exists (select from desk d where d.id = desk_id));
create policy desk_device_reception on desk_device for select to m_reception using (device_id = (select app_uuid('app.device_id')));
-- A lead invites devices to a desk of the lead's own, sees them and can end them.
create policy invite_lead_desk on invite to m_district_lead
    using (exists (select from desk d where d.id = desk_id))
    with check (principal = 'reception' and exists (select from desk d where d.id = desk_id));
create policy device_lead_desk on device to m_district_lead using (exists (select from desk_device x where x.device_id = device.id));

create policy opening_city on opening to m_hq_staff, m_cli, m_job, m_ingest using (true) with check (true);
create policy opening_lead on opening to m_district_lead
    using (exists (select from site s join district d on d.valid_to is null and st_contains(d.area, s.point)
                   where s.id = site_id and d.id = any ((select app_districts())::uuid[])))
    with check (exists (select from site s join district d on d.valid_to is null and st_contains(d.area, s.point)
                   where s.id = site_id and d.id = any ((select app_districts())::uuid[])));
create policy site_state_work on site_state to m_hq_staff, m_cli, m_job, m_ingest using (true) with check (true);
-- How full a place is is no secret inside the service.
create policy site_state_read on site_state for select to m_district_lead, m_planner, m_index using (true);
create policy site_state_reception on site_state for select to m_reception
    using (event_id = (select (app_desk()).event_id) and site_id = (select (app_desk()).site_id));

-- Asked past the asker's own view: whoever may not see a protected person must not see her at a shelter either, also when she was
-- protected, or recognised as somebody of the roster, only after she came.
create function evacuee_is_protected(evacuee_id uuid, person_id uuid) returns boolean
    language sql stable security definer set search_path = public, pg_temp
    return exists (select from person p where p.is_protected and (p.id = $2
        or p.id in (select m.person_id from evacuee_match m where m.evacuee_id = $1 and m.undone_at is null)));
revoke all on function evacuee_is_protected(uuid, uuid) from public;
grant execute on function evacuee_is_protected(uuid, uuid) to m_district_lead, m_reception;
create policy evacuee_city on evacuee to m_hq_staff, m_cli, m_job, m_ingest using (true) with check (true);
create policy evacuee_index on evacuee for select to m_index using (true);
create policy evacuee_lead on evacuee for select to m_district_lead
    using (not is_protected and (district_id = any ((select app_districts())::uuid[])
        or exists (select from site s join district d on d.valid_to is null and st_contains(d.area, s.point)
                   where s.id = evacuee.site_id and d.id = any ((select app_districts())::uuid[])))
        and not evacuee_is_protected(id, person_id));
create policy evacuee_reception on evacuee for select to m_reception
    using (not is_protected and event_id = (select (app_desk()).event_id) and site_id = (select (app_desk()).site_id)
        and not evacuee_is_protected(id, person_id));
create policy stay_entry_city on stay_entry to m_hq_staff, m_cli, m_job, m_ingest using (true) with check (true);
create policy stay_entry_field on stay_entry for select to m_district_lead, m_reception using (exists (select from evacuee e where e.id = evacuee_id));
create policy stay_entry_lead on stay_entry for insert to m_district_lead with check (exists (select from evacuee e where e.id = evacuee_id));
create policy evacuee_match_city on evacuee_match to m_hq_staff, m_cli, m_job using (true) with check (true);
create policy evacuee_match_ingest on evacuee_match for select to m_ingest using (true);
create policy head_count_city on head_count to m_hq_staff, m_cli, m_job, m_ingest using (true) with check (true);
create policy head_count_lead on head_count to m_district_lead
    using (exists (select from site s join district d on d.valid_to is null and st_contains(d.area, s.point)
                   where s.id = site_id and d.id = any ((select app_districts())::uuid[])))
    with check (exists (select from site s join district d on d.valid_to is null and st_contains(d.area, s.point)
                   where s.id = site_id and d.id = any ((select app_districts())::uuid[])));

-- The roster at a gate (decisions.md 28: the people assigned to a desk are those of its districts). In a drill only who consented.
create policy person_reception on person for select to m_reception using (
    not is_protected and status <> 'died'
    and (select (app_desk()).gate_list) = 'lawful'
    and district_id = any ((select app_districts())::uuid[])
    and (roster_consent in ('consented', 'not_required_by_ordinance')
        or ((select (app_desk()).event_kind) = 'disaster' and district_id in (select district_id from emergency_district)))
    and is_on_roster(id));
create policy residence_reception on residence for select to m_reception using (exists (select from person p where p.id = person_id));
create policy household_reception on household for select to m_reception using (
    exists (select from person p where p.household_id = household.id) and not has_protected_member(id));
create policy household_member_reception on household_member for select to m_reception using (exists (select from person p where p.id = person_id));
