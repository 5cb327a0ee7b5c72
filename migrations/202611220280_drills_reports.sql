-- The after-action report of an event, drill or disaster: made by itself at closing and again when asked. Counts only, no names: a
-- planner and an auditor read it too. A report is never changed; 「いま」 is computed anew.

create table after_action_report (
    id         uuid primary key,
    event_id   uuid not null,
    event_kind text not null,
    -- Null: the whole event.
    round_id   uuid,
    basis      text not null,
    as_of      timestamptz not null,
    -- The earlier drill that it was measured against.
    against    uuid,
    body       jsonb not null,
    made_by    uuid,
    made_at    timestamptz not null default now(),
    epoch      uuid not null default ledger_epoch(),
    constraint after_action_report_basis_check check (basis in ('at_close', 'kept')),
    constraint after_action_report_event_fkey foreign key (event_id, event_kind) references event (id, kind),
    constraint after_action_report_round_fkey foreign key (round_id, event_id) references safety_round (id, event_id),
    constraint after_action_report_against_fkey foreign key (against) references event (id)
);
create unique index after_action_report_at_close_key on after_action_report (event_id, coalesce(round_id, event_id)) where basis = 'at_close';
create index after_action_report_event_id_idx on after_action_report (event_id, made_at desc);

-- Lead remarks for the mayor's page; appended, the newest holds.
create table report_remark (
    id         uuid primary key,
    event_id   uuid not null,
    section    text not null,
    words      text not null,
    written_by uuid not null,
    written_at timestamptz not null default now(),
    constraint report_remark_section_check check (section in ('summary', 'went_well', 'to_improve')),
    constraint report_remark_event_fkey foreign key (event_id) references event (id)
);
create index report_remark_event_id_idx on report_remark (event_id, section, written_at desc);

grant select, insert on after_action_report to m_hq_staff, m_cli, m_job;
grant select on after_action_report, report_remark to m_planner, m_auditor, m_district_lead;
grant select, insert on report_remark to m_hq_staff, m_cli;
alter table after_action_report enable row level security;
create policy after_action_report_city on after_action_report to m_hq_staff, m_cli, m_job using (true) with check (true);
-- A lead reads the report of an event whose rounds touch the lead's districts.
create policy after_action_report_lead on after_action_report for select to m_district_lead using (exists (
    select from safety_round r join round_district d on d.round_id = r.id
    where r.event_id = after_action_report.event_id and d.district_id = any ((select app_districts())::uuid[])));
create policy after_action_report_counts on after_action_report for select to m_planner, m_auditor using (true);
