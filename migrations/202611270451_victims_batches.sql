-- All check-ins or all results of the rounds taken into a disaster's registry at once: looked at first, carried out by a job, taken back.

create table victim_batch (
    id         uuid primary key,
    event_id   uuid not null,
    event_kind text not null default 'disaster',
    source     text not null,
    status     text not null default 'staged',
    -- Whom it could not take: nobody knows a name, or the roster does not know them.
    nameless   integer not null default 0,
    made_by    uuid,
    made_at    timestamptz not null default now(),
    applied_by uuid,
    applied_at timestamptz,
    undone_by  uuid,
    undone_at  timestamptz,
    epoch      uuid not null default ledger_epoch(),
    constraint victim_batch_event_kind_check check (event_kind = 'disaster'),
    constraint victim_batch_source_check check (source in ('check_ins', 'rounds')),
    constraint victim_batch_status_check check (status in ('staged', 'applying', 'applied', 'undone')),
    constraint victim_batch_event_fkey foreign key (event_id, event_kind) references event (id, kind)
);
create index victim_batch_event_id_idx on victim_batch (event_id, made_at desc);

create table victim_batch_item (
    batch_id   uuid not null,
    seq        integer not null,
    action     text not null,
    evacuee_id uuid,
    member_id  uuid,
    -- The entry there is, or the one that is made.
    entry_id   uuid not null,
    done_at    timestamptz,
    -- Whether the entry was made, and which words on whereabouts were added, by this item: what taking back takes back.
    is_new     boolean not null default false,
    added      uuid[] not null default '{}',
    undone_at  timestamptz,
    -- Why taking back left it.
    left_why   text,
    constraint victim_batch_item_pkey primary key (batch_id, seq),
    constraint victim_batch_item_action_check check (action in ('new', 'changed', 'same')),
    constraint victim_batch_item_source_check check (num_nonnulls(evacuee_id, member_id) = 1),
    constraint victim_batch_item_batch_fkey foreign key (batch_id) references victim_batch (id)
);
create index victim_batch_item_todo_idx on victim_batch_item (batch_id, seq) where done_at is null and action <> 'same';

grant select, insert, update on victim_batch, victim_batch_item to m_hq_staff, m_cli, m_job;
alter table victim_batch enable row level security;
alter table victim_batch_item enable row level security;
create policy victim_batch_city on victim_batch to m_hq_staff, m_cli, m_job using (true) with check (true);
create policy victim_batch_item_city on victim_batch_item to m_hq_staff, m_cli, m_job using (true) with check (true);
