-- PLAN: what a planner computes with. People of the roster are gathered into cells of at least five *before* any figure is computed
-- (decisions.md 36): distances, capacities and scenarios know cells, never people, so that no subtraction of two scenarios can find one.

-- One gathering of the whole city. Scenarios are compared only within one; a new one is made by an act, not by each change of the roster.
create table coverage_snapshot (
    id         uuid primary key,
    as_of      timestamptz not null default now(),
    made_by    uuid,
    people     integer not null,
    cells      integer not null,
    -- People in no cell: without a point, or fewer than five in their district and the next.
    left_out   integer not null,
    retired_at timestamptz,
    epoch      uuid not null default ledger_epoch()
);
create unique index coverage_snapshot_in_force_key on coverage_snapshot ((true)) where retired_at is null;
create table coverage_cell (
    snapshot_id uuid not null,
    cell_no     integer not null,
    district_id uuid not null,
    -- Multiples of five: a count that grew by one between two snapshots says nothing about one.
    people      integer not null,
    -- The middle of the cell's squares, not of the people in it.
    point       geometry(Point, 4326) not null,
    area        geometry(MultiPolygon, 4326) not null,
    constraint coverage_cell_pkey primary key (snapshot_id, cell_no),
    constraint coverage_cell_people_check check (people >= 5 and people % 5 = 0),
    constraint coverage_cell_snapshot_fkey foreign key (snapshot_id) references coverage_snapshot (id) on delete cascade,
    constraint coverage_cell_district_fkey foreign key (district_id) references district (id)
);
create index coverage_cell_district_id_idx on coverage_cell (snapshot_id, district_id);

-- A what-if: sites added or closed against the base, and what came out. Figures are of cells.
create table coverage_scenario (
    id          uuid primary key,
    snapshot_id uuid not null,
    name        text not null,
    hazard      text not null,
    site_kind   text not null,
    far_m       integer not null,
    -- [{"add": {"name","kind","lon","lat","capacity","hazards"}} | {"close": site id}]
    changes     jsonb not null default '[]',
    result      jsonb not null,
    made_by     uuid,
    made_at     timestamptz not null default now(),
    retired_at  timestamptz,
    epoch       uuid not null default ledger_epoch(),
    constraint coverage_scenario_hazard_check check (hazard in ('any', 'flood', 'landslide', 'storm_surge', 'earthquake', 'tsunami',
        'large_fire', 'inland_flood', 'volcano')),
    constraint coverage_scenario_site_kind_check check (site_kind in ('evacuation_site', 'evacuation_building', 'shelter')),
    constraint coverage_scenario_far_m_check check (far_m between 100 and 20000),
    constraint coverage_scenario_snapshot_fkey foreign key (snapshot_id) references coverage_snapshot (id)
);
create index coverage_scenario_snapshot_id_idx on coverage_scenario (snapshot_id, made_at desc);

grant select on coverage_snapshot, coverage_cell to m_planner, m_hq_staff, m_cli, m_job;
grant insert, delete on coverage_cell to m_job, m_cli;
grant insert, update (retired_at) on coverage_snapshot to m_job, m_cli;
grant select, insert on coverage_scenario to m_planner, m_hq_staff, m_cli;
grant update (retired_at) on coverage_scenario to m_planner, m_hq_staff, m_cli;
