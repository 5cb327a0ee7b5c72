-- Safety rounds: a frozen roster, assignments, evidence. Observations are appended; the member's state is derived from them.

create table safety_round (
    id          uuid primary key,
    event_id    uuid not null,
    kind        text not null default 'safety',
    name        text not null,
    started_at  timestamptz not null default now(),
    started_by  uuid,
    closed_at   timestamptz,
    closed_by   uuid,
    close_board jsonb,
    constraint safety_round_kind_check check (kind in ('safety', 'evacuation', 'mobilisation')),
    constraint safety_round_event_fkey foreign key (event_id) references event (id)
);
create index safety_round_event_id_idx on safety_round (event_id);
create table round_district (
    round_id    uuid not null,
    district_id uuid not null,
    constraint round_district_pkey primary key (round_id, district_id),
    constraint round_district_round_fkey foreign key (round_id) references safety_round (id),
    constraint round_district_district_fkey foreign key (district_id) references district (id)
);

create table round_member (
    id                  uuid primary key,
    round_id            uuid not null,
    kind                text not null default 'person',
    person_id           uuid,
    household_id        uuid,
    account_id          uuid,
    -- Facility or unlisted subject: {label, place, need, lon?, lat?}; made on a phone, matched later by a human.
    subject             jsonb,
    district_id         uuid not null,
    added_at            timestamptz not null default now(),
    is_late_addition    boolean not null default false,
    out_of_scope_reason text,
    -- Derived from the observations by safety::derive; never written by hand.
    bucket              text not null default 'unchecked',
    outcome             text,
    whereabouts         text,
    is_contradicted     boolean not null default false,
    open_rescues        smallint not null default 0,
    attempts_count      integer not null default 0,
    last_attempt_at     timestamptz,
    last_heard_at       timestamptz,
    rescue_since        timestamptz,
    state               jsonb not null default '{}',
    derived_at          timestamptz,
    constraint round_member_kind_check check (kind in ('person', 'household', 'staff', 'facility', 'unlisted')),
    constraint round_member_subject_check check (
        case kind when 'person' then person_id is not null when 'household' then household_id is not null
                  when 'staff' then account_id is not null else subject is not null end),
    constraint round_member_bucket_check check (bucket in ('unchecked', 'tried', 'safe', 'need_help', 'unknown', 'out_of_scope')),
    constraint round_member_round_fkey foreign key (round_id) references safety_round (id),
    constraint round_member_person_fkey foreign key (person_id) references person (id) on delete set null,
    constraint round_member_district_fkey foreign key (district_id) references district (id)
);
create unique index round_member_person_key on round_member (round_id, person_id) where person_id is not null;
create index round_member_district_idx on round_member (round_id, district_id, bucket);
create index round_member_household_idx on round_member (round_id, household_id);
create index round_member_person_id_idx on round_member (person_id);
create index round_member_rescue_idx on round_member (rescue_since) where open_rescues > 0;

create table assignment (
    id           uuid primary key,
    round_id     uuid not null,
    member_id    uuid not null,
    person_id    uuid,
    volunteer_id uuid not null,
    basis        text not null,
    assigned_at  timestamptz not null default now(),
    assigned_by  uuid,
    ended_at     timestamptz,
    constraint assignment_basis_check check (basis in ('standing', 'automatic', 'hand')),
    constraint assignment_round_fkey foreign key (round_id) references safety_round (id),
    constraint assignment_member_fkey foreign key (member_id) references round_member (id),
    constraint assignment_volunteer_fkey foreign key (volunteer_id) references volunteer (id)
);
create unique index assignment_member_volunteer_key on assignment (member_id, volunteer_id) where ended_at is null;
create index assignment_volunteer_id_idx on assignment (volunteer_id, round_id) where ended_at is null;
create index assignment_round_id_idx on assignment (round_id);
create index assignment_person_id_idx on assignment (person_id) where ended_at is null;

-- Everything that came from a device, whatever became of it: the one sync envelope. Never refused, never changed.
create table sync_item (
    id             uuid primary key,
    kind           text not null,
    event_id       uuid,
    device_id      uuid,
    device_seq     bigint,
    observed_at    timestamptz,
    clock_offset_ms bigint not null default 0,
    payload        jsonb,
    raw            text,
    carried_by     text not null default 'upload',
    disposition    text not null,
    reason         text,
    recorded_at    timestamptz not null default now(),
    constraint sync_item_kind_check check (kind in ('observation', 'attendance', 'check_in', 'opening', 'availability', 'round_start', 'unreadable')),
    constraint sync_item_disposition_check check (disposition in ('stored', 'quarantined')),
    constraint sync_item_reason_check check ((disposition = 'quarantined') = (reason is not null))
);
create index sync_item_device_idx on sync_item (device_id, device_seq);
create index sync_item_quarantined_idx on sync_item (recorded_at) where disposition = 'quarantined';
create index sync_item_availability_idx on sync_item (event_id, device_id, recorded_at desc) where kind = 'availability';

create table observation (
    id              uuid primary key,
    round_id        uuid not null,
    member_id       uuid not null,
    outcome         text,
    whereabouts     text,
    attempt         text not null,
    needs           text[] not null default '{}',
    note            text not null default '',
    told_by         text not null default '',
    shelter_id      uuid,
    for_household   boolean not null default false,
    corrects        uuid,
    is_withdrawal   boolean not null default false,
    observer_kind   text not null,
    observer_id     uuid,
    device_id       uuid,
    device_seq      bigint,
    observed_at     timestamptz not null,
    clock_offset_ms bigint not null default 0,
    recorded_at     timestamptz not null default now(),
    is_late         boolean not null default false,
    constraint observation_outcome_check check (outcome in ('safe', 'injured_minor', 'injured_serious', 'needs_support', 'needs_rescue', 'deceased', 'unknown')),
    constraint observation_whereabouts_check check (whereabouts in ('home', 'shelter', 'relatives', 'hospital', 'care_facility', 'away', 'moved', 'unknown')),
    constraint observation_attempt_check check (attempt in ('met', 'phone', 'family', 'neighbour', 'marker', 'self_report', 'facility', 'check_in',
        'no_answer', 'absent', 'access_impossible', 'refused')),
    constraint observation_round_fkey foreign key (round_id) references safety_round (id),
    constraint observation_member_fkey foreign key (member_id) references round_member (id)
);
create index observation_member_id_idx on observation (member_id);
create index observation_round_recorded_idx on observation (round_id, recorded_at);

-- A rescue call is closed only by a person, naming the observations it closes, the outcome found and how.
create table resolution (
    id           uuid primary key,
    member_id    uuid not null,
    closes       uuid[] not null,
    outcome      text not null,
    whereabouts  text,
    how          text not null,
    resolved_by  uuid,
    resolved_by_kind text not null,
    resolved_at  timestamptz not null default now(),
    constraint resolution_closes_check check (cardinality(closes) > 0),
    constraint resolution_how_check check (char_length(how) >= 2),
    constraint resolution_outcome_check check (outcome in ('safe', 'injured_minor', 'injured_serious', 'needs_support', 'deceased', 'unknown')),
    constraint resolution_member_fkey foreign key (member_id) references round_member (id)
);
create index resolution_member_id_idx on resolution (member_id);
create table rescue_step (
    id        uuid primary key,
    member_id uuid not null,
    kind      text not null,
    given_to  text not null default '',
    reference text not null default '',
    note      text not null default '',
    promised_at timestamptz,
    by_id     uuid,
    by_kind   text not null,
    at        timestamptz not null default now(),
    constraint rescue_step_kind_check check (kind in ('acknowledged', 'assigned', 'handed_over', 'returned')),
    constraint rescue_step_member_fkey foreign key (member_id) references round_member (id)
);
create index rescue_step_member_id_idx on rescue_step (member_id, at);
