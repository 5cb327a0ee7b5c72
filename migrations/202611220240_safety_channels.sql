-- More ways to answer, one state: through which door a word came, the household's placard, who told it, facilities that count.

-- Through which door, apart from how it was known (`attempt`): field (phone), console (typed by staff), link (personal link),
-- paper (a sheet typed in), gate (a shelter's reception).
alter table observation
    add column epoch        uuid not null default ledger_epoch(),
    add column channel      text not null default 'console',
    -- What hung at the door, in a round that looks for placards.
    add column marker       text,
    -- Where whoever told it can be called back.
    add column told_phone   text not null default '',
    -- The sheet and line it was typed in from, and by whom; the observer is whoever walked.
    add column copy_id      uuid,
    add column typed_by     uuid,
    -- The item set aside that a human took up.
    add column adopted_from uuid;
update observation set channel = 'field' where device_id is not null;
alter table observation
    add constraint observation_channel_check check (channel in ('field', 'console', 'link', 'paper', 'gate')),
    add constraint observation_marker_check check (marker is null or (attempt = 'marker' and marker in ('shown', 'not_shown', 'sos'))),
    add constraint observation_copy_fkey foreign key (copy_id) references print_copy (id),
    add constraint observation_adopted_from_fkey foreign key (adopted_from) references sync_item (id);
create unique index observation_adopted_from_key on observation (adopted_from, round_id) where adopted_from is not null;
create index observation_shelter_idx on observation (shelter_id) where shelter_id is not null;
-- Headquarters counts by channel and placard without names.
grant select (id, round_id, member_id, outcome, attempt, channel, marker, for_household, corrects, is_withdrawal, device_id,
    observed_at, clock_offset_ms, recorded_at, is_late) on observation to m_index;
create policy observation_index on observation for select to m_index using (true);
grant select (id, member_id, closes, outcome, resolved_at) on resolution to m_index;
create policy resolution_index on resolution for select to m_index using (true);
grant select (id, member_id, kind, at, promised_at) on rescue_step to m_index;
create policy rescue_step_index on rescue_step for select to m_index using (true);

-- Nursing homes, group homes, hospitals: one call gives a count. Never added to the residents on the roster.
create table facility (
    id           uuid primary key,
    name         text not null,
    name_kana    text not null default '',
    kind         text not null,
    address      text not null default '',
    point        geometry(Point, 4326),
    district_id  uuid not null default '00000000-0000-7000-8000-000000000000',
    phone        text not null default '',
    contact_name text not null default '',
    capacity     integer,
    ended_on     date,
    updated_at   timestamptz not null default now(),
    constraint facility_kind_check check (kind in ('elderly', 'disability', 'children', 'medical', 'other')),
    constraint facility_capacity_check check (capacity >= 0),
    constraint facility_district_fkey foreign key (district_id) references district (id)
);
create index facility_district_id_idx on facility (district_id);
alter table round_member add column facility_id uuid;
alter table round_member add constraint round_member_facility_fkey foreign key (facility_id) references facility (id);
create unique index round_member_facility_key on round_member (round_id, facility_id) where facility_id is not null;

-- One report of a facility; null is 「未確認」, never zero. The newest by `as_of` is in force; all stay.
create table facility_count (
    id            uuid primary key,
    round_id      uuid not null,
    member_id     uuid not null,
    residents     integer,
    safe          integer,
    injured       integer,
    needs_rescue  integer,
    unknown       integer,
    note          text not null default '',
    told_by       text not null,
    told_phone    text not null default '',
    as_of         timestamptz not null,
    recorded_at   timestamptz not null default now(),
    recorded_by   uuid,
    recorded_by_kind text not null,
    corrects      uuid,
    epoch         uuid not null default ledger_epoch(),
    constraint facility_count_positive_check check (least(residents, safe, injured, needs_rescue, unknown) >= 0),
    constraint facility_count_told_by_check check (told_by <> ''),
    constraint facility_count_member_fkey foreign key (member_id, round_id) references round_member (id, round_id),
    constraint facility_count_corrects_fkey foreign key (corrects) references facility_count (id)
);
create index facility_count_member_id_idx on facility_count (member_id, as_of desc);

grant select, insert, update on facility to m_hq_staff, m_cli, m_job;
grant select on facility to m_district_lead, m_planner, m_ingest, m_index;
grant select, insert on facility_count to m_hq_staff, m_district_lead, m_cli, m_job;
grant select on facility_count to m_index;
grant select (facility_id) on round_member to m_index;

alter table facility enable row level security;
alter table facility_count enable row level security;
create policy facility_city on facility to m_hq_staff, m_cli, m_job using (true) with check (true);
create policy facility_read on facility for select to m_planner, m_ingest, m_index using (true);
create policy facility_lead on facility for select to m_district_lead using (district_id = any ((select app_districts())::uuid[]));
create policy facility_count_city on facility_count to m_hq_staff, m_cli, m_job using (true) with check (true);
create policy facility_count_index on facility_count for select to m_index using (true);
create policy facility_count_lead on facility_count to m_district_lead using (exists (select from round_member m where m.id = member_id))
    with check (exists (select from round_member m where m.id = member_id));
