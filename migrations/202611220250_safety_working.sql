-- Working a round: when to hand over and to escalate, what was settled by whom, rounds begun on the spot bound later, people on no list
-- matched with undo, items carried by file or QR, slips for 119.

-- The round's own rules; null: not used. A change is audited.
alter table safety_round
    add column escalate_tries       smallint default 2,
    add column escalate_minutes     integer default 60,
    -- So long after the start whoever nobody covered is given to somebody else (the committee's cut-off).
    add column hand_over_minutes    integer default 120,
    add column remind_minutes       integer default 30,
    add column reminders            smallint not null default 2,
    add column asks_by_mail         boolean not null default true,
    add column looks_for_marker     boolean not null default true,
    add column is_provisional       boolean not null default false,
    add constraint safety_round_escalate_check check (escalate_tries > 0 and escalate_minutes > 0),
    add constraint safety_round_hand_over_minutes_check check (hand_over_minutes > 0),
    add constraint safety_round_remind_check check (remind_minutes >= 10 and reminders between 0 and 5);
grant update (escalate_tries, escalate_minutes, hand_over_minutes, remind_minutes, reminders, asks_by_mail, looks_for_marker)
    on safety_round to m_hq_staff, m_district_lead;

-- A round that a phone or a lead began, bound to headquarters' own by a recorded act. Drill binds to drill, disaster to disaster.
create table round_binding (
    id              uuid primary key,
    from_round_id   uuid not null,
    from_event_id   uuid not null,
    from_event_kind text not null,
    to_round_id     uuid not null,
    to_event_id     uuid not null,
    to_event_kind   text not null,
    bound_by        uuid not null,
    bound_at        timestamptz not null default now(),
    undone_by       uuid,
    undone_at       timestamptz,
    epoch           uuid not null default ledger_epoch(),
    constraint round_binding_from_fkey foreign key (from_round_id, from_event_id) references safety_round (id, event_id),
    constraint round_binding_from_event_fkey foreign key (from_event_id, from_event_kind) references event (id, kind),
    constraint round_binding_to_fkey foreign key (to_round_id, to_event_id) references safety_round (id, event_id),
    constraint round_binding_to_event_fkey foreign key (to_event_id, to_event_kind) references event (id, kind),
    constraint round_binding_kind_check check (from_event_kind = to_event_kind),
    constraint round_binding_rounds_check check (from_round_id <> to_round_id)
);
create unique index round_binding_from_key on round_binding (from_round_id) where undone_at is null;
create index round_binding_to_idx on round_binding (to_round_id) where undone_at is null;

-- What was filed on one member speaks for another while the link stands: somebody on no list is found to be a person of the roster
-- (match), a member of a bound round is the same person in headquarters' round (bind). Undoing it restores both exactly: no evidence
-- is moved or copied. One hop only.
create table member_link (
    id             uuid primary key,
    kind           text not null,
    from_member_id uuid not null,
    from_round_id  uuid not null,
    to_member_id   uuid not null,
    to_round_id    uuid not null,
    binding_id     uuid,
    reason         text not null default '',
    linked_by      uuid,
    linked_at      timestamptz not null default now(),
    undone_by      uuid,
    undone_at      timestamptz,
    epoch          uuid not null default ledger_epoch(),
    constraint member_link_kind_check check (kind in ('match', 'bind') and (kind = 'match') = (from_round_id = to_round_id)
        and (kind = 'bind') = (binding_id is not null)),
    constraint member_link_members_check check (from_member_id <> to_member_id),
    constraint member_link_from_fkey foreign key (from_member_id, from_round_id) references round_member (id, round_id),
    constraint member_link_to_fkey foreign key (to_member_id, to_round_id) references round_member (id, round_id),
    constraint member_link_binding_fkey foreign key (binding_id) references round_binding (id)
);
create unique index member_link_from_key on member_link (from_member_id) where undone_at is null;
create index member_link_to_idx on member_link (to_member_id) where undone_at is null;
create function member_link_is_one_hop() returns trigger language plpgsql security definer set search_path = public, pg_temp as
$$ begin
    if exists (select from member_link l where l.undone_at is null
            and (l.from_member_id = new.to_member_id or l.to_member_id = new.from_member_id)) then
        raise exception 'a linked member cannot be linked on' using errcode = 'check_violation', constraint = 'member_link_one_hop_check';
    end if;
    return new;
end $$;
create trigger member_link_one_hop before insert on member_link for each row execute function member_link_is_one_hop();

-- What was decided about an item set aside; appended, the newest holds. Adopting makes a new observation (`adopted_from`).
create table item_settlement (
    id             uuid primary key,
    item_id        uuid not null,
    act            text not null,
    reason         text not null,
    round_id       uuid,
    observation_id uuid,
    settled_by     uuid not null,
    settled_at     timestamptz not null default now(),
    epoch          uuid not null default ledger_epoch(),
    constraint item_settlement_act_check check (act in ('adopted', 'not_needed', 'reopened')),
    constraint item_settlement_adopted_check check ((act = 'adopted') = (round_id is not null)),
    constraint item_settlement_reason_check check (char_length(reason) >= 2),
    constraint item_settlement_item_fkey foreign key (item_id) references sync_item (id),
    constraint item_settlement_round_fkey foreign key (round_id) references safety_round (id)
);
create index item_settlement_item_id_idx on item_settlement (item_id, settled_at desc);

-- A resolution also settles a contradiction and says in which shelter somebody was found.
alter table resolution
    add column kind       text not null default 'rescue',
    add column shelter_id uuid,
    add constraint resolution_kind_check check (kind in ('rescue', 'contradiction')),
    add constraint resolution_shelter_fkey foreign key (shelter_id) references site (id);
grant select (shelter_id) on resolution to m_volunteer;

-- Tried in vain, or silence: raised by the service or by hand, taken by somebody, passed on, ended.
create table escalation (
    id           uuid primary key,
    round_id     uuid not null,
    kind         text not null,
    member_id    uuid,
    volunteer_id uuid,
    district_id  uuid not null,
    level        text not null default 'neighbour',
    facts        jsonb not null default '{}',
    raised_by    uuid,
    raised_at    timestamptz not null default now(),
    ended_at     timestamptz,
    ended_why    text,
    epoch        uuid not null default ledger_epoch(),
    constraint escalation_kind_check check (kind in ('no_answer', 'silent_volunteer', 'silent_district', 'uncovered')),
    constraint escalation_about_check check ((kind = 'no_answer') = (member_id is not null)
        and (kind = 'silent_volunteer') = (volunteer_id is not null)),
    constraint escalation_level_check check (level in ('neighbour', 'district', 'headquarters', 'fire_police')),
    constraint escalation_member_fkey foreign key (member_id, round_id) references round_member (id, round_id),
    constraint escalation_round_fkey foreign key (round_id) references safety_round (id),
    constraint escalation_volunteer_fkey foreign key (volunteer_id) references volunteer (id),
    constraint escalation_district_fkey foreign key (district_id) references district (id)
);
-- One open escalation about one thing, whichever instance saw it first.
create unique index escalation_open_key on escalation (round_id, kind, coalesce(member_id, volunteer_id, district_id)) where ended_at is null;
create table escalation_step (
    id            uuid primary key,
    escalation_id uuid not null,
    kind          text not null,
    level         text,
    given_to      text not null default '',
    note          text not null default '',
    by_id         uuid,
    by_kind       text not null,
    at            timestamptz not null default now(),
    constraint escalation_step_kind_check check (kind in ('taken', 'passed_on', 'ended')),
    constraint escalation_step_level_check check ((kind = 'passed_on') = (level is not null)
        and (level is null or level in ('neighbour', 'district', 'headquarters', 'fire_police'))),
    constraint escalation_step_escalation_fkey foreign key (escalation_id) references escalation (id)
);
create index escalation_step_escalation_id_idx on escalation_step (escalation_id, at);

-- People given from one volunteer to another at a cut-off, or because she fell silent; the assignments say the rest.
create table hand_over (
    id                uuid primary key,
    round_id          uuid not null,
    reason            text not null,
    from_volunteer_id uuid,
    member_ids        uuid[] not null,
    done_by           uuid,
    done_at           timestamptz not null default now(),
    epoch             uuid not null default ledger_epoch(),
    constraint hand_over_reason_check check (reason in ('cut_off', 'silent', 'unavailable', 'asked')),
    constraint hand_over_round_fkey foreign key (round_id) references safety_round (id),
    constraint hand_over_from_volunteer_fkey foreign key (from_volunteer_id) references volunteer (id)
);
create index hand_over_round_id_idx on hand_over (round_id, done_at);
alter table assignment add column hand_over_id uuid;
alter table assignment add constraint assignment_hand_over_fkey foreign key (hand_over_id) references hand_over (id);
alter table assignment drop constraint assignment_basis_check;
alter table assignment add constraint assignment_basis_check check (basis in ('standing', 'automatic', 'hand', 'hand_over'));

-- A rescue leaves the house as a slip, the same words on paper and on the telephone; what was said is kept as it was said.
create table rescue_slip (
    id        uuid primary key,
    serial    bigint generated always as identity,
    member_id uuid not null,
    facts     jsonb not null,
    spoken    text not null,
    copy_id   uuid,
    made_by   uuid,
    made_by_kind text not null,
    made_at   timestamptz not null default now(),
    epoch     uuid not null default ledger_epoch(),
    constraint rescue_slip_serial_key unique (serial),
    constraint rescue_slip_member_fkey foreign key (member_id) references round_member (id),
    constraint rescue_slip_copy_fkey foreign key (copy_id) references print_copy (id)
);
create index rescue_slip_member_id_idx on rescue_slip (member_id);
alter table rescue_step
    add column slip_id uuid,
    -- Who said it on our side, when it was not whoever typed it.
    add column said_by text not null default '',
    add constraint rescue_step_slip_fkey foreign key (slip_id) references rescue_slip (id);
alter table rescue_step drop constraint rescue_step_kind_check;
alter table rescue_step add constraint rescue_step_kind_check check (kind in ('acknowledged', 'assigned', 'handed_over', 'arrived', 'returned'));

-- Items that came by hand: how often a file or a series of QR codes was read, and what it held.
create table carried_file (
    id          uuid primary key,
    kind        text not null,
    sha256      bytea not null,
    made_by_device uuid,
    items       integer not null,
    stored      integer not null default 0,
    already_stored integer not null default 0,
    quarantined integer not null default 0,
    read_by     uuid,
    read_by_device uuid,
    read_at     timestamptz not null default now(),
    constraint carried_file_kind_check check (kind in ('file', 'qr'))
);
create index carried_file_sha256_idx on carried_file (sha256);

grant select, insert on round_binding, item_settlement, escalation, escalation_step, hand_over, rescue_slip to m_hq_staff, m_cli, m_job;
grant update (undone_by, undone_at) on round_binding to m_hq_staff, m_cli;
grant select on round_binding to m_ingest, m_index, m_district_lead;
grant select, insert on member_link to m_hq_staff, m_district_lead, m_cli, m_job, m_ingest;
grant update (undone_by, undone_at) on member_link to m_hq_staff, m_district_lead, m_cli;
grant select (from_member_id, to_member_id, to_round_id, kind, undone_at) on member_link to m_index;
grant select, insert on escalation, escalation_step, hand_over, rescue_slip to m_district_lead;
grant update (level, ended_at, ended_why) on escalation to m_hq_staff, m_district_lead, m_cli, m_job;
grant select (id, round_id, kind, district_id, level, raised_at, ended_at) on escalation to m_index;
grant select, insert on carried_file to m_hq_staff, m_district_lead, m_ingest, m_cli;

alter table round_binding enable row level security;
alter table member_link enable row level security;
alter table item_settlement enable row level security;
alter table escalation enable row level security;
alter table escalation_step enable row level security;
alter table hand_over enable row level security;
alter table rescue_slip enable row level security;
alter table carried_file enable row level security;
create policy round_binding_city on round_binding to m_hq_staff, m_cli, m_job using (true) with check (true);
create policy round_binding_read on round_binding for select to m_ingest, m_index, m_district_lead using (true);
create policy member_link_city on member_link to m_hq_staff, m_cli, m_job, m_ingest using (true) with check (true);
create policy member_link_index on member_link for select to m_index using (true);
create policy member_link_lead on member_link to m_district_lead
    using (exists (select from round_member m where m.id = from_member_id) and exists (select from round_member m where m.id = to_member_id))
    with check (exists (select from round_member m where m.id = from_member_id) and exists (select from round_member m where m.id = to_member_id));
create policy item_settlement_city on item_settlement to m_hq_staff, m_cli, m_job using (true) with check (true);
create policy escalation_city on escalation to m_hq_staff, m_cli, m_job using (true) with check (true);
create policy escalation_index on escalation for select to m_index using (true);
create policy escalation_lead on escalation to m_district_lead
    using (district_id = any ((select app_districts())::uuid[]) and (member_id is null or exists (select from round_member m where m.id = member_id)))
    with check (district_id = any ((select app_districts())::uuid[]));
create policy escalation_step_city on escalation_step to m_hq_staff, m_cli, m_job using (true) with check (true);
create policy escalation_step_lead on escalation_step to m_district_lead using (exists (select from escalation e where e.id = escalation_id))
    with check (exists (select from escalation e where e.id = escalation_id));
create policy hand_over_city on hand_over to m_hq_staff, m_cli, m_job using (true) with check (true);
create policy hand_over_lead on hand_over to m_district_lead
    using (exists (select from round_member m where m.id = any (member_ids)))
    with check (not exists (select from unnest(member_ids) i(id) where not exists (select from round_member m where m.id = i.id)));
create policy rescue_slip_city on rescue_slip to m_hq_staff, m_cli, m_job using (true) with check (true);
create policy rescue_slip_lead on rescue_slip to m_district_lead using (exists (select from round_member m where m.id = member_id))
    with check (exists (select from round_member m where m.id = member_id));
create policy carried_file_city on carried_file to m_hq_staff, m_ingest, m_cli using (true) with check (true);
create policy carried_file_lead on carried_file to m_district_lead using (read_by = (select app_uuid('app.actor_id')))
    with check (read_by = (select app_uuid('app.actor_id')));
