-- Everybody who looks at those who were received sees whether one is under protection, also when that was learned later.
grant execute on function evacuee_is_protected(uuid, uuid) to m_hq_staff, m_cli, m_job, m_ingest;

-- Under which entries of the event somebody was received: herself, and every stranger who was found to be her.
create function received_as(evacuee uuid) returns setof uuid language sql stable as $$
    with who as (
        select e.event_id, coalesce(e.person_id, k.person_id) as person_id
        from evacuee e left join evacuee_match k on k.evacuee_id = e.id and k.undone_at is null where e.id = evacuee)
    select evacuee
    union
    select e.id from who join evacuee e on e.event_id = who.event_id and e.person_id = who.person_id
    union
    select k.evacuee_id from who join evacuee_match k on k.event_id = who.event_id and k.person_id = who.person_id and k.undone_at is null
$$;

-- The entry that last put her anywhere.
create function newest_stay(evacuee uuid) returns uuid language sql stable as $$
    select s.id from stay_entry s where s.evacuee_id in (select received_as(evacuee)) and s.act in ('check_in', 'settle')
    order by s.observed_at desc, s.id desc limit 1
$$;
