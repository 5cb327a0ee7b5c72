select p.id, p.name, p.name_kana, p.birth_on, p.sex, p.district_id, d.name as district_name, r.address as "address?", p.status,
       p.roster_consent, p.is_protected, s.listed_on, s.help_needed, s.help_note,
       (select coalesce(jsonb_agg(jsonb_build_object('kind', c.kind, 'value', c.value, 'holder', c.holder, 'relation', c.relation)
               order by c.kind desc, c.id), '[]')
        from contact c where c.person_id = p.id and c.ended_on is null) as "contacts!: Json<Vec<ContactView>>",
       (select coalesce(jsonb_agg(jsonb_build_object('volunteer_id', k.volunteer_id, 'name', v.name, 'rank', k.rank) order by k.rank), '[]')
        from standing_contact k join volunteer v on v.id = k.volunteer_id
        where k.person_id = p.id and k.ended_on is null) as "standing!: Json<Vec<StandingContact>>",
       plan.status as "plan_status?", plan.version as "plan_version?", plan.review_due_on as "review_due_on?"
from support_resident s
join person p on p.id = s.person_id
join district d on d.id = p.district_id
left join lateral (
    select address from residence r where r.person_id = p.id and r.valid_to is null order by r.kind limit 1) r on true
left join lateral (
    select q.status, q.version, q.review_due_on from evacuation_plan q where q.person_id = p.id and q.status in ('in_force', 'draft')
    order by q.status desc limit 1) plan on true
where s.delisted_on is null
  and ($1::uuid is null or p.district_id = $1)
  and ($2::text is null or p.roster_consent = $2)
  and case $3::text
      when 'in_force' then plan.status = 'in_force'
      when 'review_due' then plan.status = 'in_force' and plan.review_due_on <= $9
      when 'draft' then exists (select from evacuation_plan q where q.person_id = p.id and q.status = 'draft')
      when 'without' then plan.status is null
      else true end
  and ($4::boolean is null or $4 = exists (select from standing_contact k where k.person_id = p.id and k.ended_on is null))
  and ($5::boolean is null or p.is_protected = $5)
  and ($6::uuid[] is null or p.id = any($6))
  and (not $7::boolean or not p.is_protected and p.status = 'resident')
  and ($8::uuid is null or (p.kana_key, p.id) > (select a.kana_key, a.id from person a where a.id = $8))
order by p.kana_key, p.id
limit $10
