-- A new gathering of the city must not say of one person that she came or went: what each cell really held when its figure was made
-- is kept where no planner reads it, and a cell's figure moves only when at least five people did (coverage::cells).

create table coverage_reference (
    snapshot_id uuid not null,
    -- 0: the people left out.
    cell_no     integer not null,
    -- The count, not rounded.
    people      integer not null,
    -- [{"west","south","east","north"}] in squares of a tenth of a third-order mesh (about 100 m).
    blocks      jsonb not null default '[]',
    constraint coverage_reference_pkey primary key (snapshot_id, cell_no),
    constraint coverage_reference_snapshot_fkey foreign key (snapshot_id) references coverage_snapshot (id) on delete cascade
);
grant select, insert, delete on coverage_reference to m_job, m_cli;
alter table coverage_reference enable row level security;
create policy coverage_reference_work on coverage_reference to m_job, m_cli using (true) with check (true);

-- How far the cell's farthest corner is from its point: whoever lives in it is no farther.
alter table coverage_cell add column reach_m integer not null default 0;
-- When the roster was last looked at and these cells still held.
alter table coverage_snapshot add column looked_at timestamptz not null default now();
grant update (looked_at) on coverage_snapshot to m_job, m_cli;
grant delete on coverage_cell to m_job, m_cli;
comment on column coverage_snapshot.people is 'The sum of the cells: a multiple of five.';
comment on column coverage_snapshot.left_out is 'A multiple of five that moves only when five people did: without a point, protected, outside their district, or fewer than five in it.';

-- A list of what planners saved.
create index coverage_scenario_made_at_idx on coverage_scenario (made_at desc) where retired_at is null;
