-- Whom volunteers and residents call: the city's number, and a district's own where it has one. On phones, mails and papers.
-- Numbers of offices, no personal data; whoever may read the city's row may read them.

alter table instance add column phone text not null default '';

create table district_phone (
    district_id uuid primary key references district,
    phone       text not null,
    constraint district_phone_phone_check check (phone <> '')
);

grant select on district_phone to m_admin, m_hq_staff, m_district_lead, m_planner, m_auditor, m_volunteer, m_reception,
    m_self_report, m_supporter, m_public, m_cli, m_job, m_index, m_seal, m_ingest, m_auth;
grant insert, update, delete on district_phone to m_admin, m_cli;
