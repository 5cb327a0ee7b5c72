//! The link behind a token, and what came by it. The look-up runs as `m_auth`; what the page says as `m_self_report`, who sees this
//! link alone; evidence is written as `m_ingest`.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::super::{Lang, SpeaksAs};
use crate::events::{EventKind, end_of};
use crate::problem::Result;

/// The link of a token that is good now.
pub async fn by_token(pool: &PgPool, token_hmac: &[u8]) -> Result<Option<Uuid>> {
    Ok(sqlx::query_scalar!(
        "select id from self_report_link where token_hmac = $1",
        token_hmac
    )
    .fetch_optional(pool)
    .await?)
}

/// What a link is about: an event and whose word it is. Nothing of the person.
#[derive(Debug, Clone)]
pub struct Link {
    pub id: Uuid,
    pub round_id: Uuid,
    pub member_id: Uuid,
    pub speaks_as: SpeaksAs,
    pub for_household: bool,
    pub lang: Lang,
    pub event_id: Uuid,
    pub event_kind: EventKind,
    pub event_name: String,
    pub is_event_over: bool,
    pub is_closed: bool,
}

/// The caller's own link.
pub async fn link(conn: &mut PgConnection, id: Uuid, now: DateTime<Utc>) -> Result<Link> {
    let row = sqlx::query!(
        "select l.id, l.round_id, l.member_id, l.speaks_as, l.for_household, l.lang, r.closed_at, e.id as event_id, e.kind,
                e.name, e.planned_end_at, e.ended_at
         from self_report_link l join safety_round r on r.id = l.round_id join event e on e.id = r.event_id
         where l.id = $1",
        id
    )
    .fetch_one(conn)
    .await?;
    let event_kind = EventKind::of(&row.kind);
    let is_event_over = end_of(event_kind, row.planned_end_at, row.ended_at, now).is_some();
    Ok(Link {
        id: row.id,
        round_id: row.round_id,
        member_id: row.member_id,
        speaks_as: SpeaksAs::of(&row.speaks_as),
        for_household: row.for_household,
        lang: Lang::of(&row.lang),
        event_id: row.event_id,
        event_kind,
        event_name: row.name,
        is_event_over,
        is_closed: row.closed_at.is_some() || is_event_over,
    })
}

/// Of which district the link's member is. Runs as `m_ingest`.
pub async fn district(conn: &mut PgConnection, member_id: Uuid) -> Result<Uuid> {
    Ok(sqlx::query_scalar!(
        "select district_id from round_member where id = $1",
        member_id
    )
    .fetch_one(conn)
    .await?)
}

/// When a link was last answered by, and how often since `since`.
pub async fn answered(
    conn: &mut PgConnection,
    link_id: Uuid,
    since: DateTime<Utc>,
) -> Result<(Option<DateTime<Utc>>, i64)> {
    let row = sqlx::query!(
        r#"select max(observed_at) as last, count(*) filter (where observed_at > $2) as "lately!" from observation where link_id = $1"#,
        link_id,
        since
    )
    .fetch_one(conn)
    .await?;
    Ok((row.last, row.lately))
}

/// Whether an observation came by this link.
pub async fn is_of_link(conn: &mut PgConnection, id: Uuid, link_id: Uuid) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"select exists (select from observation where id = $1 and link_id = $2) as "yes!""#,
        id,
        link_id
    )
    .fetch_one(conn)
    .await?)
}

/// An answer that is set aside for a human, once; false when this id is there already.
pub async fn set_aside(
    conn: &mut PgConnection,
    id: Uuid,
    event_id: Uuid,
    observed_at: DateTime<Utc>,
    payload: &Value,
) -> Result<bool> {
    let done = sqlx::query!(
        "insert into sync_item (id, kind, event_id, observed_at, payload, carried_by, disposition, reason, recorded_at)
         values ($1, 'observation', $2, $3, $4, 'link', 'quarantined', 'maybe_real', $3)
         on conflict (id) do nothing",
        id,
        event_id,
        observed_at,
        payload
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Tell every instance at once, also of a call that was set aside.
pub async fn ring(conn: &mut PgConnection, round_id: Uuid) -> Result<()> {
    sqlx::query!(
        "select pg_notify($1, $2)",
        crate::safety::record::CHANNEL,
        round_id.to_string()
    )
    .execute(conn)
    .await?;
    Ok(())
}
