-- A round that starts derives those who are in a shelter already; a batch of the registry reads what closed a rescue.
grant select on resolution to m_job;
create policy resolution_job on resolution for select to m_job using (true);

-- Who in a round said where somebody is now: a word about her, about her household, or about whoever was found to be her; or what
-- closed her rescue. The newest that says what is derived. What a door said is not asked for: the registry takes it from there.
create function whereabouts_said(member uuid) returns table (id uuid, at timestamptz, site_id uuid) language sql stable as $$
    with her as (
        select m.id, m.round_id, m.household_id, m.whereabouts
        from round_member m where m.id = member and m.whereabouts is not null),
    speaking as (
        select h.id, false as is_of_home from her h
        union
        select l.from_member_id, false from her h join member_link l on l.to_member_id = h.id and l.undone_at is null
        union
        select o.id, true from her h join round_member o on o.round_id = h.round_id and o.household_id = h.household_id and o.id <> h.id)
    select s.id, s.at, s.site_id from (
        select o.id, said_at(o.observed_at, o.clock_offset_ms) as at, null::uuid as site_id
        from her h cross join speaking p join observation o on o.member_id = p.id
        where o.whereabouts = h.whereabouts and o.attempt <> 'check_in' and not o.is_withdrawal and (o.for_household or not p.is_of_home)
        union all
        select x.id, x.resolved_at, x.shelter_id
        from her h cross join speaking p join resolution x on x.member_id = p.id
        where x.whereabouts = h.whereabouts and not p.is_of_home) s
    order by s.at desc, s.id desc limit 1
$$;
