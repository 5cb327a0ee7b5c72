//! The roster moves while rounds run: deaths and moves take effect at once, newcomers are added and flagged.

use sqlx::PgConnection;
use uuid::Uuid;

use crate::problem::Result;

/// Bring open rounds up to date with these people: whoever left is out of scope with the reason (and back when that was undone),
/// whoever joined the roster of a round's district is a late addition with the standing contacts. Answers the members touched,
/// for `super::super::record::rederive`. Runs as `m_job`, `m_hq_staff` or `m_cli`.
pub async fn people_changed(conn: &mut PgConnection, people: &[Uuid]) -> Result<Vec<Uuid>> {
    let mut touched = sqlx::query_scalar!(
        "update round_member m set out_of_scope_reason = case when s.delisted_on is not null then 'delisted' else nullif(p.status, 'resident') end
         from person p left join support_resident s on s.person_id = p.id, safety_round r
         where m.person_id = p.id and p.id = any($1) and r.id = m.round_id and r.closed_at is null
           and m.out_of_scope_reason is distinct from
               case when s.delisted_on is not null then 'delisted' else nullif(p.status, 'resident') end
         returning m.id",
        people
    )
    .fetch_all(&mut *conn)
    .await?;
    let added = sqlx::query_scalar!(
        "insert into round_member (id, round_id, kind, person_id, household_id, district_id, is_late_addition)
         select gen_random_uuid(), r.id, 'person', p.id, p.household_id, p.district_id, true
         from person p
         join support_resident s on s.person_id = p.id and s.delisted_on is null
         join round_district rd on rd.district_id = p.district_id
         join safety_round r on r.id = rd.round_id and r.closed_at is null
         join event e on e.id = r.event_id and e.ended_at is null and not e.is_standing
         where p.id = any($1) and p.status = 'resident'
         on conflict (round_id, person_id) where person_id is not null do nothing
         returning id",
        people
    )
    .fetch_all(&mut *conn)
    .await?;
    sqlx::query!(
        "insert into assignment (id, round_id, member_id, person_id, volunteer_id, basis)
         select gen_random_uuid(), m.round_id, m.id, m.person_id, c.volunteer_id, 'standing'
         from round_member m
         join person p on p.id = m.person_id and not p.is_protected
         join standing_contact c on c.person_id = m.person_id and c.ended_on is null
         join volunteer v on v.id = c.volunteer_id and v.ended_on is null
         join volunteer_district vd on vd.volunteer_id = c.volunteer_id and vd.district_id = m.district_id
         where m.id = any($1)
         on conflict do nothing",
        &added
    )
    .execute(conn)
    .await?;
    touched.extend(added);
    Ok(touched)
}

/// The people whom an import named, if a round is running at all.
pub async fn imported_while_running(conn: &mut PgConnection, batch_id: Uuid) -> Result<Vec<Uuid>> {
    Ok(sqlx::query_scalar!(
        r#"select i.target_id as "id!" from import_row i
           where i.batch_id = $1 and i.action in ('add', 'change', 'revoke') and i.target_id is not null
             and exists (select from safety_round r join event e on e.id = r.event_id where r.closed_at is null and not e.is_standing)"#,
        batch_id
    )
    .fetch_all(conn)
    .await?)
}

/// The rounds that are not closed.
pub async fn open_rounds(conn: &mut PgConnection) -> Result<Vec<Uuid>> {
    Ok(
        sqlx::query_scalar!("select id from safety_round where closed_at is null order by id")
            .fetch_all(conn)
            .await?,
    )
}
