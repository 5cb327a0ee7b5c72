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
               select replace(e.name_key, ' ', '') as name, replace(e.kana_key, ' ', '') as kana, e.birth_on,
                      regexp_replace(normalize(e.phone, nfkc), '\D', '', 'g') as phone
               from evacuee e where e.id = $1),
           found as (
               select p.id, p.name, p.name_kana, p.birth_on, p.kana_key, r.address, d.name as district_name,
                      (x.name <> '' and replace(p.name_key, ' ', '') = x.name)
                          or (x.kana <> '' and replace(p.kana_key, ' ', '') = x.kana) as is_named,
                      coalesce(p.birth_on = x.birth_on, false) as is_same_birth,
                      x.phone <> '' and exists (
                          select from contact c where c.person_id = p.id and c.ended_on is null
                            and regexp_replace(normalize(c.value, nfkc), '\D', '', 'g') = x.phone) as is_same_phone
               from stranger x cross join person p
               join district d on d.id = p.district_id
               left join lateral (
                   select address from residence r where r.person_id = p.id and r.valid_to is null order by r.kind limit 1) r on true
               where p.status <> 'died'
                 and case when $2::text is not null then p.name_key like $2 or p.kana_key like $3
                     else (x.name <> '' and replace(p.name_key, ' ', '') = x.name)
                          or (x.kana <> '' and replace(p.kana_key, ' ', '') = x.kana)
                          or p.birth_on = x.birth_on
                          or (x.phone <> '' and exists (
                              select from contact c where c.person_id = p.id and c.ended_on is null
                                and regexp_replace(normalize(c.value, nfkc), '\D', '', 'g') = x.phone)) end)
           select id as person_id, name, name_kana, birth_on, address as "address?", district_name, is_named as "is_named!",
                  is_same_birth as "is_same_birth!", is_same_phone as "is_same_phone!"
           from found order by is_named::integer + is_same_birth::integer + is_same_phone::integer desc, is_named desc, kana_key, id
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
    })
    .fetch_all(conn)
    .await?)
}
