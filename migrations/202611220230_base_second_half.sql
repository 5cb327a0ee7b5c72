-- Ground that several slices of the second half share: which copy of the ledger wrote a row, the words of the one sync envelope and
-- of imports, numbered copies on paper, cards that are read at a gate, data keys that can be destroyed.

-- Every operational row says in which copy of the ledger it was written, so that a copy run elsewhere meanwhile can be merged back:
-- its id was made by the client, and (id, epoch) tells the two apart.
create function ledger_epoch() returns uuid
    language sql stable parallel safe set search_path = public, pg_temp
    return (select epoch from instance);

alter table sync_item add column epoch uuid not null default ledger_epoch();
alter table sync_item drop constraint sync_item_kind_check;
alter table sync_item add constraint sync_item_kind_check check (kind in ('observation', 'attendance', 'check_in', 'check_out',
    'opening', 'head_count', 'availability', 'practice', 'round_start', 'unreadable'));
-- How the item reached us: upload (its own phone), carrier (another phone), file, qr, link (a resident's answer that was set aside).
alter table sync_item add constraint sync_item_carried_by_check check (carried_by in ('upload', 'carrier', 'file', 'qr', 'link'));
-- A phone that helps several events at once is asked about by kind.
create index sync_item_kind_event_idx on sync_item (kind, event_id, recorded_at);

alter table resolution add column epoch uuid not null default ledger_epoch();
alter table rescue_step add column epoch uuid not null default ledger_epoch();
alter table safety_round add constraint safety_round_id_event_id_key unique (id, event_id);
alter table round_member add constraint round_member_id_round_id_key unique (id, round_id);

alter table import_batch drop constraint import_batch_kind_check;
alter table import_batch add constraint import_batch_kind_check check (kind in ('sites', 'districts', 'roster', 'victims'));
-- What a changed row is in the words of the list's users (a roster: new, changed, moved, died, returned, left); empty elsewhere.
alter table import_row add column change_class text not null default '';
create index import_row_change_class_idx on import_row (batch_id, change_class) where change_class <> '';
-- Paper counts: every personal print is a numbered copy, given to somebody for a purpose, to be returned or destroyed (災対法 49-12).
create table print_copy (
    id             uuid primary key,
    serial         bigint generated always as identity,
    kind           text not null,
    event_id       uuid,
    round_id       uuid,
    district_id    uuid,
    volunteer_id   uuid,
    recipient_name text not null,
    recipient_body text not null default '',
    purpose        text not null,
    legal_ground   text not null,
    people         integer not null,
    as_of          timestamptz not null,
    return_due_on  date,
    printed_by     uuid,
    printed_by_kind text not null,
    printed_at     timestamptz not null default now(),
    epoch          uuid not null default ledger_epoch(),
    constraint print_copy_serial_key unique (serial),
    constraint print_copy_kind_check check (kind in ('visit_sheet', 'district_list', 'plan', 'rescue_slip', 'provision', 'cards')),
    constraint print_copy_visit_sheet_check check (kind <> 'visit_sheet' or (round_id is not null and district_id is not null)),
    constraint print_copy_event_fkey foreign key (event_id) references event (id),
    constraint print_copy_round_fkey foreign key (round_id) references safety_round (id),
    constraint print_copy_district_fkey foreign key (district_id) references district (id),
    constraint print_copy_volunteer_fkey foreign key (volunteer_id) references volunteer (id)
);
create index print_copy_round_id_idx on print_copy (round_id);
create index print_copy_district_id_idx on print_copy (district_id, printed_at desc);
-- Who stands on which line: what is typed in from the paper names the line.
create table print_copy_line (
    copy_id   uuid not null,
    line_no   smallint not null,
    person_id uuid,
    member_id uuid,
    constraint print_copy_line_pkey primary key (copy_id, line_no),
    constraint print_copy_line_copy_fkey foreign key (copy_id) references print_copy (id),
    constraint print_copy_line_person_fkey foreign key (person_id) references person (id) on delete set null,
    constraint print_copy_line_member_fkey foreign key (member_id) references round_member (id)
);
create index print_copy_line_person_id_idx on print_copy_line (person_id);
-- What became of a copy; appended.
create table print_copy_act (
    id      uuid primary key,
    copy_id uuid not null,
    kind    text not null,
    note    text not null default '',
    by_id   uuid,
    at      timestamptz not null default now(),
    constraint print_copy_act_kind_check check (kind in ('typed_in', 'returned', 'destroyed', 'lost')),
    constraint print_copy_act_copy_fkey foreign key (copy_id) references print_copy (id)
);
create index print_copy_act_copy_id_idx on print_copy_act (copy_id, at);

-- A card with a QR code, made beforehand for a person, a household or a volunteer; read at a venue's or a shelter's gate. The code is
-- random and says nothing by itself; only its HMAC is kept.
create table card (
    id           uuid primary key,
    code_hmac    bytea not null,
    person_id    uuid,
    household_id uuid,
    volunteer_id uuid,
    made_by      uuid,
    made_at      timestamptz not null default now(),
    expires_at   timestamptz,
    revoked_at   timestamptz,
    constraint card_code_hmac_key unique (code_hmac),
    constraint card_holder_check check (num_nonnulls(person_id, household_id, volunteer_id) = 1),
    constraint card_person_fkey foreign key (person_id) references person (id) on delete cascade,
    constraint card_household_fkey foreign key (household_id) references household (id),
    constraint card_volunteer_fkey foreign key (volunteer_id) references volunteer (id)
);
create index card_person_id_idx on card (person_id);

-- One key per purpose and event, wrapped by the key-encryption key: destroying the row's key makes what it sealed unreadable for ever.
create table data_key (
    id           uuid primary key,
    purpose      text not null,
    event_id     uuid not null,
    wrapped      bytea,
    made_at      timestamptz not null default now(),
    destroyed_at timestamptz,
    destroyed_by uuid,
    constraint data_key_purpose_event_key unique (purpose, event_id),
    constraint data_key_purpose_check check (purpose in ('victim')),
    constraint data_key_wrapped_check check ((wrapped is null) = (destroyed_at is not null)),
    constraint data_key_event_fkey foreign key (event_id) references event (id)
);

grant select, insert on print_copy, print_copy_line, print_copy_act to m_hq_staff, m_district_lead, m_cli, m_job;
-- The round's board and the drill's readiness count sheets, not names.
grant select (id, kind, event_id, round_id, district_id, volunteer_id, printed_at) on print_copy to m_index;
grant select, insert on card to m_hq_staff, m_cli, m_job;
grant update (revoked_at) on card to m_hq_staff, m_cli;
grant select on card to m_ingest;
grant select, insert on data_key to m_hq_staff, m_cli, m_job;
grant update (wrapped, destroyed_at, destroyed_by) on data_key to m_cli;

alter table print_copy enable row level security;
alter table print_copy_line enable row level security;
alter table print_copy_act enable row level security;
alter table card enable row level security;
alter table data_key enable row level security;
create policy print_copy_city on print_copy to m_hq_staff, m_cli, m_job using (true) with check (true);
create policy print_copy_index on print_copy for select to m_index using (true);
create policy print_copy_lead on print_copy to m_district_lead using (district_id = any ((select app_districts())::uuid[]))
    with check (district_id = any ((select app_districts())::uuid[]));
create policy print_copy_line_city on print_copy_line to m_hq_staff, m_cli, m_job using (true) with check (true);
-- A lead who may no longer see a person no longer sees the line.
create policy print_copy_line_lead on print_copy_line to m_district_lead
    using (exists (select from print_copy c where c.id = copy_id) and (person_id is null or exists (select from person p where p.id = person_id)))
    with check (exists (select from print_copy c where c.id = copy_id));
create policy print_copy_act_city on print_copy_act to m_hq_staff, m_cli, m_job using (true) with check (true);
create policy print_copy_act_lead on print_copy_act to m_district_lead using (exists (select from print_copy c where c.id = copy_id))
    with check (exists (select from print_copy c where c.id = copy_id));
create policy card_city on card to m_hq_staff, m_cli, m_job using (true) with check (true);
create policy card_ingest on card for select to m_ingest using (revoked_at is null and (expires_at is null or now() < expires_at));
create policy data_key_city on data_key to m_hq_staff, m_cli, m_job using (true) with check (true);
