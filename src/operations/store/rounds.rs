//! SQL of what doors say in the rounds of their event.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::problem::Result;

/// An entry, and a member of a round whom it is about.
pub struct Filed {
    pub id: Uuid,
    pub round_id: Uuid,
    pub member_id: Uuid,
    /// The match by which she is known; none: she was received as herself.
    pub match_id: Option<Uuid>,
    pub condition: Option<String>,
    pub stay_type: Option<String>,
    pub note: String,
    pub site_id: Option<Uuid>,
    pub corrects: Option<Uuid>,
    pub is_withdrawal: bool,
    pub observer_kind: String,
    pub observer_id: Option<Uuid>,
    pub device_id: Option<Uuid>,
    pub device_seq: Option<i64>,
    pub observed_at: DateTime<Utc>,
    pub clock_offset_ms: i64,
}

/// Of these entries the check-ins, for each round in which they speak: said while it was open; or before it began, of somebody who is
/// still in a place, and in for the night. What puts right or takes back such a word follows it there. With `round_id` that round only;
/// with `whenever` in every round, whether or not they spoke there.
pub async fn filed(
    conn: &mut PgConnection,
    event_id: Uuid,
    entries: &[Uuid],
    round_id: Option<Uuid>,
    whenever: bool,
) -> Result<Vec<Filed>> {
    Ok(sqlx::query_as!(
        Filed,
        r#"select s.id, m.round_id, m.id as member_id, k.id as "match_id?", s.condition, s.stay_type, s.note, s.site_id, s.corrects,
                  s.is_withdrawal, s.observer_kind, s.observer_id, s.device_id, s.device_seq, s.observed_at, s.clock_offset_ms
           from stay_entry s
           join evacuee e on e.id = s.evacuee_id
           left join evacuee_match k on k.evacuee_id = e.id and k.undone_at is null
           join round_member m on m.person_id = coalesce(e.person_id, k.person_id)
           join safety_round r on r.id = m.round_id
           where s.id = any($2) and s.event_id = $1 and s.act = 'check_in' and r.event_id = $1 and ($3::uuid is null or r.id = $3)
             and ($4
                  or said_at(s.observed_at, s.clock_offset_ms) between r.started_at and coalesce(r.closed_at, 'infinity')
                  or (said_at(s.observed_at, s.clock_offset_ms) < r.started_at and exists (
                      select from evacuee y left join evacuee_match ky on ky.evacuee_id = y.id and ky.undone_at is null
                      where y.event_id = $1 and (y.person_id = m.person_id or ky.person_id = m.person_id) and y.is_present
                        and not coalesce((y.state ->> 'is_out_tonight')::boolean, false)))
                  or exists (
                      select from stay_entry c where c.id = s.corrects
                        and (said_at(c.observed_at, c.clock_offset_ms) between r.started_at and coalesce(r.closed_at, 'infinity')
                             or exists (select from observation o where o.member_id = m.id and o.attempt = 'check_in'
                                        and o.observed_at = c.observed_at and o.shelter_id is not distinct from c.site_id))))
           order by m.id, s.id"#,
        event_id,
        entries,
        round_id,
        whenever
    )
    .fetch_all(conn)
    .await?)
}

/// The check-ins of those members of the round who are in a place now, and in for the night. Asked by person: the round's rows are
/// fresh, and no statistics know of them.
pub async fn entries_of_present(
    conn: &mut PgConnection,
    event_id: Uuid,
    round_id: Uuid,
) -> Result<Vec<Uuid>> {
    let people = sqlx::query_scalar!(
        r#"select distinct coalesce(e.person_id, k.person_id) as "id!"
           from evacuee e left join evacuee_match k on k.evacuee_id = e.id and k.undone_at is null
           where e.event_id = $1 and e.is_present and not coalesce((e.state ->> 'is_out_tonight')::boolean, false)
             and coalesce(e.person_id, k.person_id) is not null"#,
        event_id
    )
    .fetch_all(&mut *conn)
    .await?;
    Ok(sqlx::query_scalar!(
        r#"select s.id from unnest($3::uuid[]) as inside(person_id)
           join round_member m on m.round_id = $2 and m.person_id = inside.person_id
           join lateral (
               select e.id from evacuee e where e.event_id = $1 and e.person_id = inside.person_id
               union all
               select k.evacuee_id from evacuee_match k
               where k.person_id = inside.person_id and k.event_id = $1 and k.undone_at is null) x on true
           join stay_entry s on s.evacuee_id = x.id and s.act = 'check_in'
           order by s.id"#,
        event_id,
        round_id,
        &people
    )
    .fetch_all(conn)
    .await?)
}

/// Of these observations, those that are there.
pub async fn there(conn: &mut PgConnection, ids: &[Uuid]) -> Result<Vec<Uuid>> {
    Ok(
        sqlx::query_scalar!("select id from observation where id = any($1)", ids)
            .fetch_all(conn)
            .await?,
    )
}

/// Doors speak in rounds one beside the other; a round that starts waits for those who do, and they for it, so that nobody falls between
/// who was inside and who came.
pub async fn lock(conn: &mut PgConnection, event_id: Uuid, is_start: bool) -> Result<()> {
    let of = format!("doors in rounds {event_id}");
    match is_start {
        true => {
            sqlx::query!("select pg_advisory_xact_lock(hashtextextended($1, 0))", of)
                .execute(conn)
                .await?
        }
        false => {
            sqlx::query!(
                "select pg_advisory_xact_lock_shared(hashtextextended($1, 0))",
                of
            )
            .execute(conn)
            .await?
        }
    };
    Ok(())
}

/// Every check-in of somebody received.
pub async fn entries_of(conn: &mut PgConnection, evacuee_id: Uuid) -> Result<Vec<Uuid>> {
    Ok(sqlx::query_scalar!(
        "select id from stay_entry where evacuee_id = $1 and act = 'check_in' order by id",
        evacuee_id
    )
    .fetch_all(conn)
    .await?)
}
