-- School districts (校区), versioned, and the group 「校区未定」 that people fall into when nobody can say where they belong.

create table district (
    id           uuid primary key,
    code         text not null,
    name         text not null,
    name_kana    text not null default '',
    kind         text not null default 'school',
    area         geometry(MultiPolygon, 4326),
    is_synthetic boolean not null default false,
    source       text not null default '',
    valid_from   date not null,
    valid_to     date,
    constraint district_kind_check check (kind in ('school', 'undecided')),
    constraint district_area_check check (kind = 'undecided' or area is not null),
    constraint district_valid_check check (valid_to is null or valid_to > valid_from)
);
create unique index district_code_key on district (code) where valid_to is null;
create unique index district_undecided_key on district (kind) where kind = 'undecided';
create index district_area_idx on district using gist (area);

insert into district (id, code, name, name_kana, kind, valid_from)
values ('00000000-0000-7000-8000-000000000000', 'UNDECIDED', '校区未定', 'こうくみてい', 'undecided', '1947-04-01');

-- Town points (大字・町丁目): for finding oneself on a list. A town is never turned into a school district silently.
create table town (
    id         uuid primary key,
    lg_code    text not null,
    name       text not null,
    name_kana  text not null default '',
    name_key   text not null,
    point      geometry(Point, 4326) not null,
    constraint town_lg_code_name_key unique (lg_code, name)
);

grant select on district, town to m_admin, m_hq_staff, m_district_lead, m_planner, m_auditor, m_volunteer, m_reception,
    m_self_report, m_supporter, m_public, m_cli, m_job, m_index, m_seal, m_ingest, m_auth;
grant insert, update on district, town to m_hq_staff, m_cli, m_job;

-- What an import compares: one JSON object with the words of districts::import (coordinates to 0.1 mm).
create function district_record(d district) returns jsonb language sql stable
    return jsonb_build_object('code', d.code, 'name', d.name, 'name_kana', d.name_kana, 'area', st_asgeojson(d.area, 9)::jsonb,
        'source', d.source, 'is_synthetic', d.is_synthetic, 'valid_to', d.valid_to);
