-- Consent (per purpose and recipient class, evidence is appended) and emergency activation under 災対法 art. 49-11(3).

create table consent (
    id              uuid primary key,
    person_id       uuid not null,
    purpose         text not null,
    recipient_class text not null,
    status          text not null,
    obtained_on     date not null,
    means           text not null default '',
    obtained_by     text not null default '',
    recorded_at     timestamptz not null default now(),
    recorded_by     uuid,
    corrects        uuid,
    constraint consent_purpose_check check (purpose in ('roster', 'plan')),
    constraint consent_recipient_class_check check (recipient_class in ('support_organisation', 'fire_service', 'police', 'supporter')),
    constraint consent_status_check check (status in ('consented', 'refused', 'unanswered', 'withdrawn', 'not_required_by_ordinance')),
    constraint consent_person_fkey foreign key (person_id) references person (id) on delete cascade,
    constraint consent_corrects_fkey foreign key (corrects) references consent (id)
);
create index consent_person_id_idx on consent (person_id, recorded_at);

-- What consent says now: the newest row per person, purpose and class, kept by a trigger so that policies are one index probe.
create table consent_state (
    person_id       uuid not null,
    purpose         text not null,
    recipient_class text not null,
    status          text not null,
    since           date not null,
    consent_id      uuid not null,
    recorded_at     timestamptz not null,
    constraint consent_state_pkey primary key (person_id, purpose, recipient_class),
    constraint consent_state_person_fkey foreign key (person_id) references person (id) on delete cascade
);
create function consent_moves_state() returns trigger language plpgsql security definer set search_path = public as
$$ begin
    insert into consent_state as s (person_id, purpose, recipient_class, status, since, consent_id, recorded_at)
    select distinct on (person_id, purpose, recipient_class) person_id, purpose, recipient_class, status, obtained_on, id, recorded_at
    from fresh order by person_id, purpose, recipient_class, recorded_at desc, id desc
    on conflict (person_id, purpose, recipient_class) do update
        set status = excluded.status, since = excluded.since, consent_id = excluded.consent_id, recorded_at = excluded.recorded_at
        where (s.recorded_at, s.consent_id) < (excluded.recorded_at, excluded.consent_id);
    -- Planned anew each time: a plan kept from when the tables were small would read them whole for every batch.
    execute $sql$
        update person p set roster_consent = s.status
        from fresh f join consent_state s on s.person_id = f.person_id
        where p.id = f.person_id and f.purpose = 'roster' and f.recipient_class = 'support_organisation'
          and s.purpose = f.purpose and s.recipient_class = f.recipient_class and p.roster_consent <> s.status
    $sql$;
    return null;
end $$;
create trigger consent_state_follows after insert on consent referencing new table as fresh
    for each statement execute function consent_moves_state();

create table activation (
    id           uuid primary key,
    event_id     uuid not null,
    event_kind   text not null default 'disaster',
    legal_basis  text not null default '49-11-3',
    reason       text not null,
    opened_by    uuid not null,
    opened_at    timestamptz not null default now(),
    confirmed_by uuid,
    confirmed_at timestamptz,
    by_duty_code boolean not null default false,
    reviewed_by  uuid,
    reviewed_at  timestamptz,
    closes_at    timestamptz not null,
    closed_at    timestamptz,
    closed_by    uuid,
    -- Never in a drill: the pair (event, kind) must exist and the kind must be disaster.
    constraint activation_event_fkey foreign key (event_id, event_kind) references event (id, kind),
    constraint activation_event_kind_check check (event_kind = 'disaster'),
    constraint activation_legal_basis_check check (legal_basis in ('49-11-3', '49-15-3')),
    constraint activation_reason_check check (char_length(reason) >= 10),
    constraint activation_two_persons_check check (confirmed_by is null or confirmed_by <> opened_by),
    constraint activation_closes_check check (closes_at <= opened_at + interval '72 hours')
);
create table activation_district (
    activation_id uuid not null,
    district_id   uuid not null,
    constraint activation_district_pkey primary key (activation_id, district_id),
    constraint activation_district_activation_fkey foreign key (activation_id) references activation (id),
    constraint activation_district_district_fkey foreign key (district_id) references district (id)
);
create index activation_district_district_id_idx on activation_district (district_id);

-- The sealed duty code: one row in force, HMAC under the server's key; used once, then replaced.
create table duty_code (
    id         uuid primary key,
    code_hmac  bytea not null,
    made_at    timestamptz not null default now(),
    used_at    timestamptz,
    used_by    uuid
);

-- Districts whose people may be shown without consent right now. Expires by itself: the clock is the database's.
create view emergency_district with (security_barrier) as
    select ad.district_id, a.id as activation_id, a.event_id, a.closes_at
    from activation a join activation_district ad on ad.activation_id = a.id
    where (a.confirmed_at is not null or a.by_duty_code) and a.closed_at is null and now() < a.closes_at;
