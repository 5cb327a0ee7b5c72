-- The words in which a request tells the database who is asking; every policy below is written in them.
-- Set with set_config(…, true) at the start of each transaction, together with the role of the principal.

create function app_uuid(setting text) returns uuid
    language sql stable parallel safe
    return nullif(current_setting(setting, true), '')::uuid;

create function app_districts() returns uuid[]
    language sql stable parallel safe
    return string_to_array(nullif(current_setting('app.districts', true), ''), ',')::uuid[];

-- One row: which copy of the ledger this is. A restored or forked copy gets a new epoch, so that phones notice and send again.
create table instance (
    singleton    boolean primary key default true,
    epoch        uuid not null default gen_random_uuid(),
    municipality text not null default '',
    lg_code      text not null default '',
    is_demo      boolean not null default false,
    made_at      timestamptz not null default now(),
    constraint instance_singleton_check check (singleton)
);
insert into instance default values;
grant select on instance to m_admin, m_hq_staff, m_district_lead, m_planner, m_auditor, m_volunteer, m_reception,
    m_self_report, m_supporter, m_public, m_cli, m_job, m_index, m_seal, m_ingest, m_auth;
grant update on instance to m_cli, m_admin;
