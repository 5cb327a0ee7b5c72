-- Members as staff and leads see them, narrowed by round ($1), district ($2), bucket ($3), one further property ($4), the page
-- before ($5), one member ($6), or an event's rescue queue ($7); at most $8, by reading.
select m.id, m.kind, m.person_id, m.household_id, m.subject, m.district_id, d.name as district_name,
       p.name as "name?", p.name_kana as "name_kana?", p.birth_on, p.sex, r.address as "address?",
       s.help_needed as "help_needed?", s.help_note as "help_note?",
       coalesce(p.is_protected, false) as "is_protected!",
       (p.id is null or (not p.is_protected and m.out_of_scope_reason is null and (
           p.roster_consent in ('consented', 'not_required_by_ordinance')
           or (e.kind = 'disaster' and p.district_id in (select district_id from emergency_district))))) as "is_disclosable!",
       (p.id is null or p.roster_consent in ('consented', 'not_required_by_ordinance')) as "is_consented!",
       m.bucket, m.is_contradicted, m.open_rescues, m.attempts_count, m.last_attempt_at, m.last_heard_at, m.rescue_since,
       m.out_of_scope_reason, m.is_late_addition, m.state as "state!: Json<MemberState>",
       coalesce((select jsonb_agg(jsonb_build_object('volunteer_id', v.id, 'name', v.name, 'basis', a.basis) order by a.assigned_at, v.id)
                 from assignment a join volunteer v on v.id = a.volunteer_id
                 where a.member_id = m.id and a.ended_at is null), '[]') as "assigned!: Json<Vec<Assigned>>"
from round_member m
join safety_round ro on ro.id = m.round_id
join event e on e.id = ro.event_id
join district d on d.id = m.district_id
left join person p on p.id = m.person_id
left join support_resident s on s.person_id = p.id
left join lateral (
    select address from residence r where r.person_id = p.id and r.valid_to is null order by r.kind limit 1) r on true
where ($1::uuid is null or m.round_id = $1)
  and ($6::uuid is null or m.id = $6)
  -- A facility counts for itself: in no list of residents, in the rescue queue like anybody.
  and (m.kind <> 'facility' or $6::uuid is not null or $7::uuid is not null)
  -- In a list she stands where the link leads.
  and ($6::uuid is not null or not exists (select from member_link l where l.from_member_id = m.id and l.undone_at is null))
  and ($7::uuid is null or (ro.event_id = $7 and m.open_rescues > 0))
  and ($2::uuid is null or m.district_id = $2)
  and ($3::text is null or m.bucket = $3)
  and ($4::text is null or case $4
       when 'protected' then coalesce(p.is_protected, false)
       when 'contradicted' then m.is_contradicted
       when 'unlisted' then m.kind = 'unlisted'
       when 'unassigned' then m.out_of_scope_reason is null
            and not exists (select from assignment a where a.member_id = m.id and a.ended_at is null)
       else p.id is not null and m.out_of_scope_reason is null and (p.is_protected or not (
           p.roster_consent in ('consented', 'not_required_by_ordinance')
           or (e.kind = 'disaster' and p.district_id in (select district_id from emergency_district)))) end)
  and ($5::uuid is null or (coalesce(p.kana_key, ''), m.id) > (
       select coalesce(q.kana_key, ''), l.id from round_member l left join person q on q.id = l.person_id where l.id = $5))
order by coalesce(p.kana_key, ''), m.id
limit $8
