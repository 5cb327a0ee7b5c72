//! What staff and leads change about a person by hand.

use chrono::NaiveDate;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::problem::{FieldError, OnConstraint, Problem, Result};

/// Fix the district of a person by hand, with the reason; the address point no longer decides it.
pub async fn fix_district(
    conn: &mut PgConnection,
    id: Uuid,
    district_id: Uuid,
    reason: &str,
) -> Result<()> {
    let unknown = || Problem::field("/district_id", "その校区はありません。選び直してください。");
    let done = sqlx::query!(
        "update person set district_id = $2, updated_at = now() where id = $1",
        id,
        district_id
    )
    .execute(&mut *conn)
    .await
    .on_constraint("person_district_fkey", unknown)?;
    if done.rows_affected() == 0 {
        return Err(Problem::NotFound);
    }
    sqlx::query!(
        "update residence set district_id = $2, district_basis = 'hand', district_reason = $3
         where person_id = $1 and valid_to is null",
        id,
        district_id,
        reason
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Replace who looks in on a person in ordinary times: (volunteer, rank). Those not named end today.
pub async fn set_standing_contacts(
    conn: &mut PgConnection,
    id: Uuid,
    contacts: &[(Uuid, i16)],
    today: NaiveDate,
) -> Result<()> {
    let (volunteers, ranks): (Vec<Uuid>, Vec<i16>) = contacts.iter().copied().unzip();
    let known = sqlx::query_scalar!(
        "select id from volunteer where id = any($1) and ended_on is null",
        &volunteers
    )
    .fetch_all(&mut *conn)
    .await?;
    let unknown: Vec<FieldError> = volunteers
        .iter()
        .enumerate()
        .filter(|(_, v)| !known.contains(v))
        .map(|(n, _)| {
            FieldError::new(
                format!("/contacts/{n}/volunteer_id"),
                "その協力者はいないか、あなたの校区の方ではありません。",
            )
        })
        .collect();
    if !unknown.is_empty() {
        return Err(Problem::Invalid(unknown));
    }
    sqlx::query!(
        "update standing_contact c set ended_on = $4 where c.person_id = $1 and c.ended_on is null
         and not exists (select from unnest($2::uuid[], $3::smallint[]) as n(volunteer_id, rank)
                         where n.volunteer_id = c.volunteer_id and n.rank = c.rank)",
        id,
        &volunteers,
        &ranks,
        today
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "insert into standing_contact as c (person_id, volunteer_id, rank, since)
         select $1, n.volunteer_id, n.rank, $4 from unnest($2::uuid[], $3::smallint[]) as n(volunteer_id, rank)
         where not exists (select from standing_contact o where o.person_id = $1 and o.volunteer_id = n.volunteer_id and o.ended_on is null)
         on conflict (person_id, volunteer_id, since) do update set rank = excluded.rank, ended_on = null",
        id,
        &volunteers,
        &ranks,
        today
    )
    .execute(conn)
    .await
    .on_constraint("standing_contact_person_fkey", || {
        Problem::Conflict("この方は避難行動要支援者名簿に載っていません。担当は名簿の方に付けます。".into())
    })?;
    Ok(())
}
