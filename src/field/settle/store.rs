//! SQL of settling items set aside. Runs as `m_hq_staff`.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

use super::super::facts::RoundFacts;
use super::ItemAct;
use crate::problem::Result;

/// An item set aside, with the device that made it.
pub struct Item {
    pub kind: String,
    pub reason: String,
    pub event_id: Option<Uuid>,
    pub event_kind: Option<String>,
    pub device_id: Option<Uuid>,
    pub device_seq: Option<i64>,
    pub observed_at: Option<DateTime<Utc>>,
    pub clock_offset_ms: i64,
    pub recorded_at: DateTime<Utc>,
    pub payload: Option<Value>,
    pub device_principal: Option<String>,
    pub volunteer_id: Option<Uuid>,
    pub account_id: Option<Uuid>,
    /// Somebody settled it before, or it was taken up by itself.
    pub last_act: Option<String>,
    pub is_observed: bool,
    /// A resident's answer by a personal link: no device made it.
    pub is_by_link: bool,
}

/// An item set aside. Two who settle it at once wait for each other.
pub async fn item(conn: &mut PgConnection, id: Uuid) -> Result<Item> {
    sqlx::query!(
        "select pg_advisory_xact_lock(hashtextextended($1::text, 0))",
        id.to_string()
    )
    .fetch_one(&mut *conn)
    .await?;
    Ok(sqlx::query_as!(
        Item,
        r#"select s.kind, s.reason as "reason!", s.event_id, e.kind as "event_kind?", s.device_id, s.device_seq, s.observed_at,
                  s.clock_offset_ms, s.recorded_at, s.payload, d.principal as "device_principal?", d.volunteer_id as "volunteer_id?",
                  d.account_id as "account_id?",
                  (select t.act from item_settlement t where t.item_id = s.id order by t.settled_at desc, t.id desc limit 1) as last_act,
                  exists (select from observation o where o.id = s.id) as "is_observed!",
                  s.carried_by = 'link' as "is_by_link!"
           from sync_item s
           left join event e on e.id = s.event_id
           left join device d on d.id = s.device_id
           where s.id = $1 and s.disposition = 'quarantined'"#,
        id
    )
    .fetch_one(conn)
    .await?)
}

/// A settlement that was made.
pub struct Settled {
    pub item_id: Uuid,
    pub act: String,
    pub round_id: Option<Uuid>,
    pub observation_id: Option<Uuid>,
}

/// A settlement by its id.
pub async fn settlement(conn: &mut PgConnection, id: Uuid) -> Result<Option<Settled>> {
    Ok(sqlx::query_as!(
        Settled,
        "select item_id, act, round_id, observation_id from item_settlement where id = $1",
        id
    )
    .fetch_optional(conn)
    .await?)
}

/// A decision to be appended.
pub struct NewSettlement<'a> {
    pub id: Uuid,
    pub item_id: Uuid,
    pub act: ItemAct,
    pub reason: &'a str,
    pub round_id: Option<Uuid>,
    pub observation_id: Option<Uuid>,
    pub by: Option<Uuid>,
    pub at: DateTime<Utc>,
}

/// Append a decision.
pub async fn insert(conn: &mut PgConnection, new: &NewSettlement<'_>) -> Result<()> {
    sqlx::query!(
        "insert into item_settlement (id, item_id, act, reason, round_id, observation_id, settled_by, settled_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        new.id,
        new.item_id,
        new.act.as_str(),
        new.reason,
        new.round_id,
        new.observation_id,
        new.by,
        new.at
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The round into which an item is to be taken up.
pub async fn round(conn: &mut PgConnection, id: Uuid) -> Result<Option<RoundFacts>> {
    Ok(sqlx::query!(
        "select r.id, e.id as event_id, e.kind, e.ended_at, e.planned_end_at
         from safety_round r join event e on e.id = r.event_id where r.id = $1",
        id
    )
    .map(|r| RoundFacts {
        id: r.id,
        event_id: r.event_id,
        is_drill: r.kind == "drill",
        ended_at: r.ended_at,
        planned_end_at: r.planned_end_at,
    })
    .fetch_optional(conn)
    .await?)
}

/// Whether there is such a member of this round.
pub async fn is_member(conn: &mut PgConnection, round_id: Uuid, id: Uuid) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"select exists (select from round_member where id = $1 and round_id = $2) as "yes!""#,
        id,
        round_id
    )
    .fetch_one(conn)
    .await?)
}

/// Whether there is such a member of any round.
pub async fn is_known(conn: &mut PgConnection, id: Uuid) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"select exists (select from round_member where id = $1) as "yes!""#,
        id
    )
    .fetch_one(conn)
    .await?)
}
