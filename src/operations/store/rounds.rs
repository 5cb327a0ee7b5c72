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

/// Of these entries the check-ins, for each round in which they speak: open, or still open when it happened. What puts right or takes
/// back such a word follows it there. With `round_id` that round only.
pub async fn filed(
    conn: &mut PgConnection,
    event_id: Uuid,
    entries: &[Uuid],
    round_id: Option<Uuid>,
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
             and (r.closed_at is null or said_at(s.observed_at, s.clock_offset_ms) <= r.closed_at
                  or exists (select from stay_entry c where c.id = s.corrects
                             and said_at(c.observed_at, c.clock_offset_ms) <= r.closed_at))
           order by m.id, s.id"#,
        event_id,
        entries,
        round_id
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

/// Every check-in of somebody received.
pub async fn entries_of(conn: &mut PgConnection, evacuee_id: Uuid) -> Result<Vec<Uuid>> {
    Ok(sqlx::query_scalar!(
        "select id from stay_entry where evacuee_id = $1 and act = 'check_in' order by id",
        evacuee_id
    )
    .fetch_all(conn)
    .await?)
}
