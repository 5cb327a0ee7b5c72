-- Who looked at or changed what, on which legal ground: one row per act, written in the act's own transaction.
-- The service's roles may only insert; the auditor reads. (APPI art. 66; 災対法 49-11, 90-4)

create table audit_entry (
    id           bigint generated always as identity primary key,
    at           timestamptz not null default now(),
    actor_kind   text not null,
    actor_id     uuid,
    device_id    uuid,
    action       text not null,
    legal_ground text,
    event_id     uuid,
    subject_kind text not null,
    subject_ids  uuid[] not null default '{}',
    detail       jsonb not null default '{}',
    request_id   text,
    constraint audit_entry_action_check check (action ~ '^[a-z_]+\.[a-z_]+$')
);
create index audit_entry_at_idx on audit_entry (at desc);
create index audit_entry_actor_id_idx on audit_entry (actor_id, at desc);
create index audit_entry_subject_ids_idx on audit_entry using gin (subject_ids);

create function audit_entry_is_append_only() returns trigger language plpgsql as
$$ begin raise exception 'audit entries are append-only' using errcode = 'insufficient_privilege'; end $$;
create trigger audit_entry_no_change before update or delete or truncate on audit_entry
    for each statement execute function audit_entry_is_append_only();

alter table audit_entry enable row level security;
create policy audit_entry_append on audit_entry for insert with check (true);
create policy audit_entry_auditor on audit_entry for select to m_auditor, m_cli using (true);
grant insert on audit_entry to m_admin, m_hq_staff, m_district_lead, m_planner, m_auditor, m_volunteer, m_reception,
    m_self_report, m_supporter, m_public, m_cli, m_job, m_index, m_seal, m_ingest, m_auth;
grant select on audit_entry to m_auditor, m_cli;
