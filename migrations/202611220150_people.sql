-- People, households, where they live, how they are reached. Original spelling is kept; search keys are beside it.

create table household (
    id         uuid primary key,
    label      text not null default '',
    created_at timestamptz not null default now()
);
create table person (
    id              uuid primary key,
    resident_no     text,
    name            text not null,
    name_kana       text not null default '',
    name_key        text not null,
    kana_key        text not null default '',
    birth_on        date,
    birth_text      text not null default '',
    sex             text,
    nationality     text not null default '',
    district_id     uuid not null default '00000000-0000-7000-8000-000000000000',
    household_id    uuid,
    -- DV・ストーカー支援措置: absent from phones, bundles, prints and answers, in every mode.
    is_protected    boolean not null default false,
    -- What consent to the roster's provision says now (disclosure keeps it in step), so that walls are one column.
    roster_consent  text not null default 'unanswered',
    status          text not null default 'resident',
    status_on       date,
    created_at      timestamptz not null default now(),
    updated_at      timestamptz not null default now(),
    constraint person_resident_no_key unique (resident_no),
    constraint person_sex_check check (sex in ('female', 'male', 'other')),
    constraint person_status_check check (status in ('resident', 'died', 'moved', 'hospitalised', 'facility')),
    constraint person_roster_consent_check check (roster_consent in
        ('consented', 'refused', 'unanswered', 'withdrawn', 'not_required_by_ordinance')),
    constraint person_district_fkey foreign key (district_id) references district (id),
    constraint person_household_fkey foreign key (household_id) references household (id)
);
create index person_district_id_idx on person (district_id, id);
create index person_household_id_idx on person (household_id);
create index person_name_key_idx on person using gin (name_key gin_trgm_ops);
create index person_kana_key_idx on person using gin (kana_key gin_trgm_ops);

-- Registered address and actual residence are two different things; both are dated, the past stays.
create table residence (
    id              uuid primary key,
    person_id       uuid not null,
    kind            text not null,
    address         text not null,
    address_key     text not null,
    point           geometry(Point, 4326),
    geocode_level   text not null default 'none',
    district_id     uuid not null default '00000000-0000-7000-8000-000000000000',
    district_basis  text not null default 'undecided',
    district_reason text not null default '',
    valid_from      date not null,
    valid_to        date,
    constraint residence_kind_check check (kind in ('registered', 'actual')),
    constraint residence_geocode_level_check check (geocode_level in ('none', 'town', 'block', 'house', 'given')),
    constraint residence_district_basis_check check (district_basis in ('undecided', 'point', 'list', 'hand')),
    constraint residence_district_reason_check check (district_basis <> 'hand' or district_reason <> ''),
    constraint residence_person_fkey foreign key (person_id) references person (id) on delete cascade,
    constraint residence_district_fkey foreign key (district_id) references district (id)
);
create unique index residence_person_kind_key on residence (person_id, kind) where valid_to is null;
create index residence_address_key_idx on residence (address_key) where valid_to is null;

create table contact (
    id        uuid primary key,
    person_id uuid not null,
    kind      text not null,
    value     text not null,
    value_key text not null,
    holder    text not null default '',
    relation  text not null default '',
    ended_on  date,
    constraint contact_kind_check check (kind in ('phone', 'mobile', 'mail', 'emergency_phone', 'fax')),
    constraint contact_person_fkey foreign key (person_id) references person (id) on delete cascade
);
create index contact_person_id_idx on contact (person_id);

create table household_member (
    household_id   uuid not null,
    person_id      uuid not null,
    relationship   text not null default '',
    is_householder boolean not null default false,
    valid_from     date not null,
    valid_to       date,
    constraint household_member_pkey primary key (household_id, person_id, valid_from),
    constraint household_member_household_fkey foreign key (household_id) references household (id),
    constraint household_member_person_fkey foreign key (person_id) references person (id) on delete cascade
);
create index household_member_person_id_idx on household_member (person_id);
