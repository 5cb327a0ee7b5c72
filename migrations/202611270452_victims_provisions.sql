-- A provision of the registry (災対法 art. 90-4) while it is prepared, confirmed by another person and handed over. Its people are fixed
-- when it is prepared; handing over appends it to victim_disclosure under the same id, and keeps the very bytes under the disaster's
-- data key, so that a broken download can be repeated without a second provision.

create table victim_provision (
    id                uuid primary key,
    event_id          uuid not null,
    event_kind        text not null default 'disaster',
    recipient_kind    text not null,
    recipient_name    text not null,
    recipient_address text not null default '',
    recipient_person  text not null default '',
    -- Self: how it was made sure that it is she.
    identity_words    text not null default '',
    legal_basis       text not null,
    purpose           text not null,
    applied_on        date not null,
    fields            text[] not null,
    means             text not null,
    note              text not null,
    return_due_on     date,
    -- How the people were chosen, and why protected ones are among them.
    chosen_by         jsonb not null default '{}',
    protected_why     text not null default '',
    needs_second      boolean not null,
    prepared_by       uuid not null,
    prepared_at       timestamptz not null default now(),
    confirmed_by      uuid,
    confirmed_at      timestamptz,
    cancelled_by      uuid,
    cancelled_at      timestamptz,
    issued_at         timestamptz,
    file_sealed       bytea,
    constraint victim_provision_event_kind_check check (event_kind = 'disaster'),
    constraint victim_provision_second_check check (confirmed_by is null or confirmed_by <> prepared_by),
    constraint victim_provision_issued_check check (issued_at is null or (cancelled_at is null and (not needs_second or confirmed_by is not null))),
    constraint victim_provision_event_fkey foreign key (event_id, event_kind) references event (id, kind),
    constraint victim_provision_id_event_id_key unique (id, event_id)
);
create index victim_provision_event_id_idx on victim_provision (event_id, prepared_at desc);
create table victim_provision_entry (
    provision_id uuid not null,
    event_id     uuid not null,
    entry_id     uuid not null,
    consent_id   uuid,
    constraint victim_provision_entry_pkey primary key (provision_id, entry_id),
    constraint victim_provision_entry_provision_fkey foreign key (provision_id, event_id) references victim_provision (id, event_id),
    constraint victim_provision_entry_entry_fkey foreign key (entry_id, event_id) references victim_entry (id, event_id),
    constraint victim_provision_entry_consent_fkey foreign key (consent_id) references victim_consent (id)
);

grant select, insert, update on victim_provision to m_hq_staff, m_cli, m_job;
grant select, insert on victim_provision_entry to m_hq_staff, m_cli, m_job;
-- An auditor reads the number of the copy that went, nothing of what stood on it.
grant select (id, serial, kind) on print_copy to m_auditor;
alter table victim_provision enable row level security;
alter table victim_provision_entry enable row level security;
create policy victim_provision_city on victim_provision to m_hq_staff, m_cli, m_job using (true) with check (true);
create policy victim_provision_entry_city on victim_provision_entry to m_hq_staff, m_cli, m_job using (true) with check (true);
create policy print_copy_audit on print_copy for select to m_auditor using (kind = 'provision');
