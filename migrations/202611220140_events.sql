-- Events: everything operational hangs on one, and its kind (drill or disaster) can never be edited.

create table event (
    id             uuid primary key,
    kind           text not null,
    name           text not null,
    hazards        text[] not null default '{}',
    is_standing    boolean not null default false,
    started_at     timestamptz not null default now(),
    planned_end_at timestamptz,
    ended_at       timestamptz,
    ended_reason   text,
    created_by     uuid,
    origin_device_id uuid,
    bound_to       uuid,
    constraint event_kind_check check (kind in ('drill', 'disaster')),
    constraint event_id_kind_key unique (id, kind),
    constraint event_standing_check check (not is_standing or kind = 'disaster'),
    constraint event_bound_to_fkey foreign key (bound_to) references event (id)
);
-- The standing event for real calls made out of a drill (「訓練ではありません」).
create unique index event_is_standing_key on event (is_standing) where is_standing;
insert into event (id, kind, name, is_standing)
values ('00000000-0000-7000-8000-000000000001', 'disaster', '常設（訓練中の本番の通報）', true);

create function event_kind_is_fixed() returns trigger language plpgsql as
$$ begin
    if new.kind <> old.kind then
        raise exception 'the kind of an event is never edited; end it and start another' using errcode = 'check_violation', constraint = 'event_kind_fixed_check';
    end if;
    return new;
end $$;
create trigger event_kind_fixed before update on event for each row execute function event_kind_is_fixed();

grant select on event to m_admin, m_hq_staff, m_district_lead, m_planner, m_auditor, m_volunteer, m_reception, m_cli, m_job, m_index, m_ingest, m_auth;
grant insert, update on event to m_hq_staff, m_cli, m_job;
-- A lead may start without headquarters, and end what the lead started.
grant insert, update (ended_at, ended_reason) on event to m_district_lead;
grant insert on event to m_ingest;
