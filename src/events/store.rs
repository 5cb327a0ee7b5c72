//! All SQL of events.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Event, EventKind, Hazard, end_of};
use crate::problem::{OnConstraint, Problem, Result};

struct Row {
    id: Uuid,
    kind: String,
    name: String,
    hazards: Vec<String>,
    is_standing: bool,
    started_at: DateTime<Utc>,
    planned_end_at: Option<DateTime<Utc>>,
    ended_at: Option<DateTime<Utc>>,
    ended_reason: Option<String>,
    is_provisional: bool,
    bound_to: Option<Uuid>,
}

impl Row {
    fn at(self, now: DateTime<Utc>) -> Event {
        let kind = EventKind::of(&self.kind);
        let ended_at = end_of(kind, self.planned_end_at, self.ended_at, now);
        let by_plan = ended_at.is_some() && self.ended_at.is_none();
        Event {
            id: self.id,
            kind,
            name: self.name,
            hazards: self
                .hazards
                .iter()
                .filter_map(|h| Hazard::parse(h))
                .collect(),
            is_standing: self.is_standing,
            started_at: self.started_at,
            is_planned: kind == EventKind::Drill && ended_at.is_none() && self.started_at > now,
            planned_end_at: self.planned_end_at,
            ended_at,
            ended_reason: self.ended_reason.or(by_plan.then(|| BY_PLAN.to_owned())),
            is_provisional: self.is_provisional,
            bound_to: self.bound_to,
        }
    }
}

/// Why a drill that nobody ended is over.
const BY_PLAN: &str = "予定の時刻になったので、自動で終わりました。";

/// All events: running ones first, then planned ones, then those that are over; each the newest first.
pub async fn all(conn: &mut PgConnection, now: DateTime<Utc>) -> Result<Vec<Event>> {
    let rows = sqlx::query_as!(
        Row,
        r#"select id, kind, name, hazards, is_standing, started_at, planned_end_at, ended_at, ended_reason,
                  origin_device_id is not null as "is_provisional!", bound_to
           from event order by started_at desc, id"#
    )
    .fetch_all(conn)
    .await?;
    let mut events: Vec<Event> = rows.into_iter().map(|r| r.at(now)).collect();
    events.sort_by_key(|e| (e.is_over(), e.is_planned));
    Ok(events)
}

/// One event.
pub async fn by_id(conn: &mut PgConnection, id: Uuid, now: DateTime<Utc>) -> Result<Event> {
    let row = sqlx::query_as!(
        Row,
        r#"select id, kind, name, hazards, is_standing, started_at, planned_end_at, ended_at, ended_reason,
                  origin_device_id is not null as "is_provisional!", bound_to
           from event where id = $1"#,
        id
    )
    .fetch_one(conn)
    .await?;
    Ok(row.at(now))
}

/// What starts an event.
pub struct NewEvent<'a> {
    pub id: Uuid,
    pub kind: EventKind,
    pub name: &'a str,
    pub hazards: &'a [Hazard],
    pub started_at: DateTime<Utc>,
    pub planned_end_at: Option<DateTime<Utc>>,
    pub created_by: Option<Uuid>,
}

/// Start an event; false when this very event was started before.
pub async fn insert(conn: &mut PgConnection, new: &NewEvent<'_>) -> Result<bool> {
    let hazards: Vec<String> = new.hazards.iter().map(|h| h.as_str().to_owned()).collect();
    let done = sqlx::query!(
        "insert into event (id, kind, name, hazards, started_at, planned_end_at, created_by) values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (id) do nothing",
        new.id,
        new.kind.as_str(),
        new.name,
        &hazards,
        new.started_at,
        new.planned_end_at,
        new.created_by,
    )
    .execute(conn)
    .await
    .on_constraint("event_kind_check", || Problem::field("/kind", "訓練か災害かを選んでください。"))?;
    Ok(done.rows_affected() == 1)
}

/// Who started an event.
pub(crate) async fn starter(conn: &mut PgConnection, id: Uuid) -> Result<Option<Uuid>> {
    Ok(
        sqlx::query_scalar!("select created_by from event where id = $1", id)
            .fetch_one(conn)
            .await?,
    )
}

/// End an event; one that is over stays as it ended.
pub async fn end(
    conn: &mut PgConnection,
    id: Uuid,
    ended_at: DateTime<Utc>,
    reason: &str,
) -> Result<()> {
    sqlx::query!(
        "update event set ended_at = $2, ended_reason = $3 where id = $1 and ended_at is null and not is_standing",
        id,
        ended_at,
        reason
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// End the drills whose planned end has come; answers their ids. Runs as `m_job`.
pub async fn end_overdue_drills(conn: &mut PgConnection, now: DateTime<Utc>) -> Result<Vec<Uuid>> {
    Ok(sqlx::query_scalar!(
        "update event set ended_at = planned_end_at, ended_reason = $2
         where kind = 'drill' and ended_at is null and planned_end_at <= $1 returning id",
        now,
        BY_PLAN
    )
    .fetch_all(conn)
    .await?)
}
