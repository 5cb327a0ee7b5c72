-- Append observations ($2, each once) and lock the members concerned ($1), whom they are linked with, and all their households.
with appended as (
    insert into observation (id, round_id, member_id, outcome, whereabouts, attempt, channel, marker, needs, note, told_by,
                             told_phone, shelter_id, for_household, corrects, is_withdrawal, observer_kind, observer_id,
                             device_id, device_seq, observed_at, clock_offset_ms, copy_id, typed_by, link_id, adopted_from,
                             is_late, epoch)
    select n.id, n.round_id, n.member_id, n.outcome, n.whereabouts, n.attempt, n.channel, n.marker, n.needs, n.note, n.told_by,
           n.told_phone, n.shelter_id, n.for_household, n.corrects, n.is_withdrawal, n.observer_kind, n.observer_id,
           n.device_id, n.device_seq, n.observed_at, n.clock_offset_ms, n.copy_id, n.typed_by, n.link_id, n.adopted_from,
           exists (select from safety_round r join event e on e.id = r.event_id
                   where r.id = n.round_id and (r.closed_at is not null or e.ended_at is not null)),
           (select epoch from instance)
    from jsonb_to_recordset($2) as n(id uuid, round_id uuid, member_id uuid, outcome text, whereabouts text, attempt text,
         channel text, marker text, needs text[], note text, told_by text, told_phone text, shelter_id uuid,
         for_household boolean, corrects uuid, is_withdrawal boolean, observer_kind text, observer_id uuid, device_id uuid,
         device_seq bigint, observed_at timestamptz, clock_offset_ms bigint, copy_id uuid, typed_by uuid, link_id uuid,
         adopted_from uuid)
    order by n.member_id, n.id
    on conflict (id) do nothing),
asked as (
    select unnest($1::uuid[]) as id
    union
    select l.to_member_id from member_link l where l.from_member_id = any($1) and l.undone_at is null),
households as (
    select id from asked
    union
    select o.id from asked a join round_member t on t.id = a.id
    join round_member o on o.round_id = t.round_id and o.household_id = t.household_id)
select m.id, m.round_id, m.household_id, m.out_of_scope_reason is not null as "is_out_of_scope!", m.open_rescues
from round_member m
where m.id in (
    select id from households
    union
    select l.from_member_id from households h join member_link l on l.to_member_id = h.id where l.undone_at is null)
order by m.id
for no key update of m
