//! Individual evacuation plans for some of the invented people who consented: some in force, some due for review, some being drafted.
//! All of it follows from who is there, so that a load that was cut off is finished by running it again.

use chrono::NaiveDate;
use sqlx::PgConnection;

use crate::demo::batch::made_at;
use crate::problem::Result;

/// When the plans were explained and agreed to.
const AGREED_ON: NaiveDate = NaiveDate::from_ymd_opt(2026, 6, 10).expect("a day of the calendar");
/// As many plans as a screen needs, however large the city.
const MOST: i64 = 600;

/// Write the consents, then the plans, then who helps.
pub async fn insert(conn: &mut PgConnection) -> Result<()> {
    sqlx::query!(
        "insert into consent (id, person_id, purpose, recipient_class, status, obtained_on, means, obtained_by, recorded_at)
         select md5(c.class || p.id)::uuid, p.id, 'plan', c.class, 'consented', $1, '訪問', 'ケアマネジャー', $2
         from (select p.id from person p join support_resident s on s.person_id = p.id
               where s.delisted_on is null and p.status = 'resident' and not p.is_protected and p.roster_consent = 'consented'
                   and get_byte(decode(md5(p.resident_no), 'hex'), 0) % 8 < 2
               order by p.id limit $3) p
         cross join (values ('support_organisation'), ('supporter')) c(class)
         on conflict do nothing",
        AGREED_ON,
        made_at(),
        MOST
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "insert into evacuation_plan (id, person_id, version, status, made_on, consent_id, explained_on, trigger, destination_site_id,
             destination_words, route, transport, help_needed, help_words, belongings, entry_words, review_due_on, made_with, recorded_at,
             in_force_from, edit_id)
         select md5('plan' || p.id)::uuid, p.id, 1, case when n.lot % 4 = 0 then 'draft' else 'in_force' end, $1::date,
             case when n.lot % 4 <> 0 then c.id end, case when n.lot % 4 <> 0 then $1::date end,
             case when n.lot % 3 = 0 then 'call' else 'alert_level_3' end, near.id,
             case when n.lot % 5 = 0 then '長女の家' else '' end, '大通りを歩く。川ぞいの道は使わない',
             case when 'wheelchair' = any(s.help_needed) then '車いす' else '徒歩' end, s.help_needed, s.help_note,
             '薬、お薬手帳、めがね', case when n.lot % 3 = 0 then '玄関の鍵は隣家が預かる' else '' end,
             case when n.lot % 3 = 1 then date '2026-10-01' else date '2028-06-10' end, 'ケアマネジャー', $2::timestamptz,
             case when n.lot % 4 <> 0 then $2::timestamptz end, md5('edit' || p.id)::uuid
         from consent c join person p on p.id = c.person_id join support_resident s on s.person_id = p.id
         cross join lateral (select get_byte(decode(md5(p.resident_no), 'hex'), 1) as lot) n
         left join lateral (select r.point from residence r where r.person_id = p.id and r.valid_to is null and r.point is not null
             order by r.kind limit 1) home on true
         left join lateral (select t.id from site t where t.kind = 'evacuation_site' and t.hazards @> '{flood}' and t.revoked_on is null
             order by t.point <-> home.point, t.id limit 1) near on true
         where c.purpose = 'plan' and c.recipient_class = 'support_organisation' and (near.id is not null or n.lot % 5 = 0)
         on conflict do nothing",
        AGREED_ON,
        made_at()
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "insert into plan_supporter (id, plan_id, rank, volunteer_id, name, relation, phone, does, consent, consent_on, consent_means)
         select md5('first' || q.id)::uuid, q.id, 1, k.volunteer_id, v.name, '民生委員など', coalesce(v.phone, ''), '声をかけ、いっしょに歩く',
             'consented', $1::date, '電話'
         from evacuation_plan q join standing_contact k on k.person_id = q.person_id and k.rank = 1 and k.ended_on is null
             join volunteer v on v.id = k.volunteer_id
         union all
         select md5('second' || q.id)::uuid, q.id, 2, null, o.name, coalesce(nullif(m.relationship, ''), '家族'), '', '車で迎えに行く',
             case when get_byte(decode(md5(q.person_id::text), 'hex'), 0) % 3 = 0 then 'unanswered' else 'consented' end,
             case when get_byte(decode(md5(q.person_id::text), 'hex'), 0) % 3 = 0 then null else $1::date end, ''
         from evacuation_plan q join person p on p.id = q.person_id
             join lateral (select o.id, o.name from person o where o.household_id = p.household_id and o.id <> p.id and not o.is_protected
                 order by o.id limit 1) o on true
             left join household_member m on m.person_id = o.id and m.valid_to is null
         on conflict do nothing",
        AGREED_ON
    )
    .execute(conn)
    .await?;
    Ok(())
}
