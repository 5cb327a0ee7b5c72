-- One pipeline for every kind of import: stage (short transactions) → diff → apply (one transaction) → undo.

create table import_batch (
    id            uuid primary key,
    kind          text not null,
    profile       text not null default '',
    file_name     text not null,
    file_sha256   bytea not null,
    file_bytes    bigint not null,
    encoding      text not null default '',
    format        text not null default '',
    status        text not null default 'staging',
    refusal       jsonb,
    rows_read     bigint not null default 0,
    counts        jsonb not null default '{}',
    needs_second  boolean not null default false,
    -- How the caller wants the columns read, and what was found: columns used, columns not read.
    mapping       jsonb not null default '{}',
    reading       jsonb not null default '{}',
    -- Why the last try to apply did not go through; nothing was changed by it.
    failure       text,
    created_by    uuid,
    created_by_kind text not null,
    created_at    timestamptz not null default now(),
    staged_at     timestamptz,
    confirmed_by  uuid,
    applied_by    uuid,
    applied_at    timestamptz,
    undone_by     uuid,
    undone_at     timestamptz,
    undo_of       uuid,
    constraint import_batch_kind_check check (kind in ('sites', 'districts', 'roster')),
    constraint import_batch_status_check check (status in ('staging', 'staged', 'refused', 'applying', 'applied', 'undone', 'discarded')),
    constraint import_batch_undo_of_fkey foreign key (undo_of) references import_batch (id)
);
create index import_batch_created_at_idx on import_batch (created_at desc);

-- One row per row of the file (and per thing that the file no longer names): what it would do, and every complaint with its place.
-- `incoming` says what the thing is to be, `before` what it is: the same words on both sides, compared key by key; a key that the
-- file has no column for is absent and changes nothing. `extra` is computed from `incoming` (search keys) and never compared.
create table import_row (
    batch_id   uuid not null,
    seq        bigint not null,
    -- Line of the file, from 1; null for what the file no longer names.
    line       bigint,
    action     text not null default 'pending',
    key        text not null default '',
    target_id  uuid,
    incoming   jsonb,
    extra      jsonb not null default '{}',
    before     jsonb,
    complaints jsonb not null default '[]',
    constraint import_row_pkey primary key (batch_id, seq),
    constraint import_row_action_check check (action in ('pending', 'add', 'change', 'same', 'revoke', 'error', 'skip')),
    constraint import_row_batch_fkey foreign key (batch_id) references import_batch (id) on delete cascade
);
create index import_row_action_idx on import_row (batch_id, action, seq);
create index import_row_key_idx on import_row (batch_id, key);

grant select, insert, update on import_batch to m_hq_staff, m_cli, m_job;
grant select, insert, update, delete on import_row to m_hq_staff, m_cli, m_job;
alter table import_batch enable row level security;
alter table import_row enable row level security;
create policy import_batch_city on import_batch to m_hq_staff, m_cli, m_job using (true) with check (true);
create policy import_row_city on import_row to m_hq_staff, m_cli, m_job using (true) with check (true);
