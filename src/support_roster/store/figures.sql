with one as (
    select p.district_id, p.roster_consent,
           exists (select from evacuation_plan q where q.person_id = p.id and q.status = 'in_force') as in_force,
           exists (select from evacuation_plan q where q.person_id = p.id and q.status = 'in_force' and q.review_due_on <= $2) as due,
           exists (select from evacuation_plan q where q.person_id = p.id and q.status = 'draft') as draft,
           exists (select from standing_contact k where k.person_id = p.id and k.ended_on is null) as contact,
           exists (select from contact c where c.person_id = p.id and c.ended_on is null and c.kind in ('phone', 'mobile')) as phone,
           exists (select from contact c where c.person_id = p.id and c.ended_on is null and c.kind = 'mail') as mail
    from support_resident s join person p on p.id = s.person_id
    where s.delisted_on is null and p.status not in ('died', 'moved') and ($1::uuid[] is null or p.district_id = any($1)))
select d.id, d.name, count(o.district_id) as "listed!",
       count(*) filter (where o.roster_consent = 'consented') as "consented!",
       count(*) filter (where o.roster_consent = 'not_required_by_ordinance') as "by_ordinance!",
       count(*) filter (where o.roster_consent = 'refused') as "refused!",
       count(*) filter (where o.roster_consent = 'withdrawn') as "withdrawn!",
       count(*) filter (where o.roster_consent = 'unanswered') as "unanswered!",
       count(*) filter (where o.in_force) as "plan_in_force!",
       count(*) filter (where o.due) as "plan_review_due!",
       count(*) filter (where o.draft and not o.in_force) as "plan_draft!",
       count(*) filter (where o.contact) as "with_standing_contact!",
       count(*) filter (where o.phone) as "with_phone!",
       count(*) filter (where o.mail) as "with_mail!"
from district d left join one o on o.district_id = d.id
where d.valid_to is null and ($1::uuid[] is null or d.id = any($1))
group by d.id, d.name, d.name_kana, d.kind
having d.kind = 'school' or count(o.district_id) > 0
order by d.kind, d.name_kana, d.name
