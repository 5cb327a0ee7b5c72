-- Places: evacuation_site (指定緊急避難場所, per hazard), evacuation_building (避難ビル) and shelter (指定避難所) are
-- different legal things (災対法 art. 49-4, 49-7): linked by name and distance, never merged; dated, never deleted.

create table site (
    id                uuid primary key,
    kind              text not null,
    national_site_id  text,
    lg_code           text not null default '',
    name              text not null,
    name_kana         text not null default '',
    address           text not null default '',
    point             geometry(Point, 4326) not null,
    hazards           text[] not null default '{}',
    capacity          integer,
    capacity_text     text not null default '',
    shelter_kind      text,
    accepts           text not null default '',
    usable_floor      text not null default '',
    opening_condition text not null default '',
    agreement         text not null default '',
    is_public         boolean not null default true,
    note              text not null default '',
    source            text not null default '',
    -- What the list calls it when it has no national id: the list's own number, or its name.
    list_key          text not null default '',
    designated_on     date,
    revoked_on        date,
    revoked_reason    text,
    updated_at        timestamptz not null default now(),
    constraint site_kind_check check (kind in ('evacuation_site', 'evacuation_building', 'shelter')),
    constraint site_hazards_check check (hazards <@ array['flood', 'landslide', 'storm_surge', 'earthquake', 'tsunami',
        'large_fire', 'inland_flood', 'volcano']),
    constraint site_shelter_kind_check check ((kind = 'shelter') = (shelter_kind is not null) and
        (shelter_kind is null or shelter_kind in ('general', 'welfare'))),
    constraint site_shelter_hazards_check check (kind <> 'shelter' or hazards = '{}')
);
create unique index site_national_site_id_key on site (national_site_id) where revoked_on is null;
create index site_list_key_idx on site (list_key) where list_key <> '';
create index site_point_idx on site using gist (point);
create index site_updated_at_idx on site (updated_at);

grant select on site to m_admin, m_hq_staff, m_district_lead, m_planner, m_auditor, m_volunteer, m_reception, m_self_report,
    m_supporter, m_public, m_cli, m_job, m_index;
grant insert, update on site to m_hq_staff, m_cli, m_job;
alter table site enable row level security;
create policy site_public on site for select to m_public, m_self_report using (is_public);
create policy site_read on site for select to m_admin, m_planner, m_auditor, m_volunteer, m_reception, m_supporter, m_district_lead, m_index using (true);
create policy site_write on site to m_hq_staff, m_cli, m_job using (true) with check (true);

-- What an import compares: one JSON object with the words of shelters::import.
create function site_record(s site) returns jsonb language sql stable
    return jsonb_build_object('kind', s.kind, 'national_site_id', s.national_site_id, 'list_key', s.list_key, 'lg_code', s.lg_code,
        'name', s.name, 'name_kana', s.name_kana, 'address', s.address, 'lon', st_x(s.point), 'lat', st_y(s.point),
        'hazards', to_jsonb(s.hazards), 'capacity', s.capacity, 'capacity_text', s.capacity_text, 'shelter_kind', s.shelter_kind,
        'accepts', s.accepts, 'usable_floor', s.usable_floor, 'opening_condition', s.opening_condition, 'agreement', s.agreement,
        'note', s.note, 'source', s.source, 'revoked_on', s.revoked_on, 'revoked_reason', s.revoked_reason);
