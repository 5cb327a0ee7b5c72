-- Rows that wait for a human are decided one by one or together, and the decision can be taken back until the list is applied;
-- staged rows are forgotten after thirty days; ways of reading a list's columns are kept by name.

alter table import_row
    add column decision text,
    -- The row as it waited (incoming, complaints, target_id), for taking the decision back.
    add column waited jsonb,
    add constraint import_row_decision_check check (decision in ('person', 'new', 'leave_out')),
    add constraint import_row_waited_check check ((decision is null) = (waited is null));
create index import_row_waiting_idx on import_row (batch_id, seq) where action = 'skip' or decision is not null;

alter table import_batch add column purged_at timestamptz;

create table import_mapping (
    kind       text not null,
    name       text not null,
    mapping    jsonb not null,
    updated_by uuid,
    updated_at timestamptz not null default now(),
    constraint import_mapping_pkey primary key (kind, name),
    constraint import_mapping_kind_check check (kind in ('sites', 'districts', 'roster')),
    constraint import_mapping_name_check check (length(name) between 1 and 60)
);
grant select, insert, update, delete on import_mapping to m_hq_staff, m_cli, m_job;
alter table import_mapping enable row level security;
create policy import_mapping_city on import_mapping to m_hq_staff, m_cli, m_job using (true) with check (true);

-- The complaints of a row without the one that said it waits.
create function undecided_apart(complaints jsonb) returns jsonb language sql immutable
    return (select coalesce(jsonb_agg(c order by n), '[]') from jsonb_array_elements(complaints) with ordinality as e(c, n) where not c ? 'waits');
