//! Strangers found to be somebody of the roster: said by a human, undone by a human. No entry moves.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::operations::evacuee::{EvacueeMatch, PersonCandidate};
use crate::problem::{OnConstraint, Problem, Result};

/// A match to be made.
pub struct NewMatch<'a> {
    pub id: Uuid,
    pub evacuee_id: Uuid,
    pub person_id: Uuid,
    pub reason: &'a str,
    pub by: Option<Uuid>,
    pub at: DateTime<Utc>,
}

/// Say that a stranger is a person of the roster; once. False when this match is there already.
pub async fn insert(conn: &mut PgConnection, new: &NewMatch<'_>) -> Result<bool> {
    let done = sqlx::query!(
        "insert into evacuee_match (id, evacuee_id, event_id, person_id, reason, matched_by, matched_at)
         select $1, e.id, e.event_id, $3, $4, $5, $6 from evacuee e where e.id = $2
         on conflict (id) do nothing",
        new.id,
        new.evacuee_id,
        new.person_id,
        new.reason,
        new.by,
        new.at
    )
    .execute(conn)
    .await
    .on_constraint("evacuee_match_evacuee_key", || {
        Problem::Conflict(
            "この方はもう照合されています。画面を開き直して、いまの状態を確かめてください。".into(),
        )
    })?;
    Ok(done.rows_affected() == 1)
}

/// Whether there is such a person; locked, so that she is matched once at a time and not received as herself meanwhile.
pub async fn lock_person(conn: &mut PgConnection, person_id: Uuid) -> Result<bool> {
    let found = sqlx::query_scalar!("select id from person where id = $1 for update", person_id)
        .fetch_optional(conn)
        .await?;
    Ok(found.is_some())
}

/// Take a match back.
pub async fn undo(
    conn: &mut PgConnection,
    id: Uuid,
    by: Option<Uuid>,
    at: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "update evacuee_match set undone_by = $2, undone_at = $3 where id = $1 and undone_at is null",
        id,
        by,
        at
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Whom a match is about.
pub struct Ends {
    pub event_id: Uuid,
    pub evacuee_id: Uuid,
    pub person_id: Uuid,
    pub is_undone: bool,
}

pub async fn ends(conn: &mut PgConnection, id: Uuid) -> Result<Ends> {
    Ok(sqlx::query_as!(
        Ends,
        r#"select event_id, evacuee_id, person_id, undone_at is not null as "is_undone!" from evacuee_match where id = $1"#,
        id
    )
    .fetch_one(conn)
    .await?)
}

/// Whether somebody was received without the roster.
pub async fn is_stranger(conn: &mut PgConnection, evacuee_id: Uuid) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"select person_id is null as "yes!" from evacuee where id = $1"#,
        evacuee_id
    )
    .fetch_one(conn)
    .await?)
}

/// The matches of an event that stand, the newest first.
pub async fn matches(conn: &mut PgConnection, event_id: Uuid) -> Result<Vec<EvacueeMatch>> {
    Ok(sqlx::query_as!(
        EvacueeMatch,
        r#"select k.id, k.evacuee_id, coalesce(nullif(e.name, ''), e.name_kana) as "received_as!", k.person_id, p.name, k.reason,
                  a.name as "matched_by_name?", k.matched_at
           from evacuee_match k
           join evacuee e on e.id = k.evacuee_id
           join person p on p.id = k.person_id
           left join account a on a.id = k.matched_by
           where k.event_id = $1 and k.undone_at is null
           order by k.matched_at desc, k.id limit 500"#,
        event_id
    )
    .fetch_all(conn)
    .await?)
}

/// Who of the roster a stranger may be: of the same name, reading, birth date or telephone; or, with the patterns of a name and its
/// reading, whoever is called so. The likeliest first.
pub async fn candidates(
    conn: &mut PgConnection,
    evacuee_id: Uuid,
    (name, reading): (Option<String>, Option<String>),
    today: NaiveDate,
) -> Result<Vec<PersonCandidate>> {
    Ok(sqlx::query!(
        r#"with stranger as (
               select e.name_key, e.kana_key, e.birth_on, regexp_replace(normalize(e.phone, nfkc), '\D', '', 'g') as phone
               from evacuee e where e.id = $1),
           possible as (
               select p.id from person p where p.name_key like $2 or p.kana_key like $3
               union
               select p.id from stranger x join person p on p.name_key = x.name_key where $2::text is null and x.name_key <> ''
               union
               select p.id from stranger x join person p on p.kana_key = x.kana_key where $2::text is null and x.kana_key <> ''
               union
               select p.id from stranger x join person p on p.birth_on = x.birth_on where $2::text is null
               union
               select c.person_id from stranger x join contact c on c.value_key = x.phone and c.ended_on is null
               where $2::text is null and x.phone <> ''),
           found as (
               select p.id, p.name, p.name_kana, p.birth_on, p.kana_key, d.name as district_name,
                      (x.name_key <> '' and p.name_key = x.name_key) or (x.kana_key <> '' and p.kana_key = x.kana_key) as is_named,
                      coalesce(p.birth_on = x.birth_on, false) as is_same_birth,
                      exists (select from contact c where c.person_id = p.id and c.ended_on is null and x.phone <> ''
                              and c.value_key = x.phone) as is_same_phone, p.is_protected
               from stranger x cross join possible join person p on p.id = possible.id join district d on d.id = p.district_id
               where p.status <> 'died')
           select f.id as person_id, f.name, f.name_kana, f.birth_on, r.address as "address?", f.district_name,
                  f.is_named as "is_named!", f.is_same_birth as "is_same_birth!", f.is_same_phone as "is_same_phone!", f.is_protected
           from found f left join lateral (
               select address from residence r where r.person_id = f.id and r.valid_to is null order by r.kind limit 1) r on true
           order by f.is_named::integer + f.is_same_birth::integer + f.is_same_phone::integer desc, f.is_named desc, f.kana_key, f.id
           limit 20"#,
        evacuee_id,
        name,
        reading
    )
    .map(|r| PersonCandidate {
        person_id: r.person_id,
        name: r.name,
        name_kana: r.name_kana,
        age: r.birth_on.and_then(|on| today.years_since(on)),
        address: r.address,
        district_name: r.district_name,
        is_named: r.is_named,
        is_same_birth: r.is_same_birth,
        is_same_phone: r.is_same_phone,
        is_protected: r.is_protected,
    })
    .fetch_all(conn)
    .await?)
}
