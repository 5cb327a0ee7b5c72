//! All SQL of drills: the plan here, places and bodies, the gate.

pub mod gate;
pub mod places;
pub mod readiness;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

use super::{Decision, DecisionKind, Drill, DrillLine, DrillState, ProgrammeItem, state_of};
use crate::accounts::DistrictName;
use crate::events::{self, Event, EventKind};
use crate::problem::{OnConstraint, Problem, Result};

/// All drills, in the order of the events. Runs as `m_index`.
pub async fn all(conn: &mut PgConnection, now: DateTime<Utc>) -> Result<Vec<DrillLine>> {
    let rows = sqlx::query!(
        r#"select e.id, d.held_on as "held_on?",
                  exists (select from drill_decision x where x.event_id = e.id and x.kind = 'cancelled') as "is_cancelled!",
                  (select count(*) from venue v where v.event_id = e.id and v.retired_at is null) as "venues!",
                  (select count(*) from drill_body b where b.event_id = e.id and b.retired_at is null) as "bodies!"
           from event e left join drill d on d.event_id = e.id where e.kind = 'drill'"#
    )
    .fetch_all(&mut *conn)
    .await?;
    let events = events::store::all(conn, now).await?;
    Ok(events
        .into_iter()
        .filter_map(|event| {
            let row = rows.iter().find(|r| r.id == event.id)?;
            Some(DrillLine {
                state: state_of(&event, row.is_cancelled),
                held_on: row
                    .held_on
                    .unwrap_or_else(|| day_in_japan(event.started_at)),
                venues: row.venues,
                bodies: row.bodies,
                event,
            })
        })
        .collect())
}

/// A drill's event; a disaster is no drill.
pub async fn event(conn: &mut PgConnection, id: Uuid, now: DateTime<Utc>) -> Result<Event> {
    let event = events::store::by_id(conn, id, now).await?;
    match event.kind {
        EventKind::Drill => Ok(event),
        EventKind::Disaster => Err(Problem::Conflict(
            "これは災害です。訓練だけに、予定・会場・参加者があります。".into(),
        )),
    }
}

/// One drill with its programme. Runs as `m_index`.
pub async fn by_id(conn: &mut PgConnection, id: Uuid, now: DateTime<Utc>) -> Result<Drill> {
    let event = event(conn, id, now).await?;
    let plan = sqlx::query!(
        "select held_on, scenario, cancel_rule, compare_with from drill where event_id = $1",
        id
    )
    .fetch_optional(&mut *conn)
    .await?;
    let programme = sqlx::query_as!(
        ProgrammeItem,
        "select id, starts_at, title, place, who from drill_item where event_id = $1 order by starts_at, id",
        id
    )
    .fetch_all(&mut *conn)
    .await?;
    let districts = sqlx::query_as!(
        DistrictName,
        "select d.id, d.name from drill_district x join district d on d.id = x.district_id where x.event_id = $1 order by d.name, d.id",
        id
    )
    .fetch_all(&mut *conn)
    .await?;
    let decisions = decisions(conn, id).await?;
    let is_cancelled = decisions.iter().any(|d| d.kind == DecisionKind::Cancelled);
    let mut drill = Drill {
        state: state_of(&event, is_cancelled),
        held_on: day_in_japan(event.started_at),
        is_planned_here: plan.is_some(),
        scenario: String::new(),
        cancel_rule: String::new(),
        compare_with: None,
        programme,
        venues: places::venues(conn, id).await?,
        bodies: places::bodies(conn, id).await?,
        districts,
        decisions,
        event,
    };
    if let Some(plan) = plan {
        drill.held_on = plan.held_on;
        drill.scenario = plan.scenario;
        drill.cancel_rule = plan.cancel_rule;
        drill.compare_with = plan.compare_with;
    }
    Ok(drill)
}

/// How far a drill is, and when it starts.
pub struct AsPlanned {
    pub state: DrillState,
    pub started_at: DateTime<Utc>,
}

/// How far a drill is, before a decision about it.
pub async fn by_id_as_planned(
    conn: &mut PgConnection,
    id: Uuid,
    now: DateTime<Utc>,
) -> Result<AsPlanned> {
    let event = event(conn, id, now).await?;
    let decisions = decisions(conn, id).await?;
    let is_cancelled = decisions.iter().any(|d| d.kind == DecisionKind::Cancelled);
    Ok(AsPlanned {
        state: state_of(&event, is_cancelled),
        started_at: event.started_at,
    })
}

async fn decisions(conn: &mut PgConnection, id: Uuid) -> Result<Vec<Decision>> {
    Ok(sqlx::query!(
        "select id, kind, reason, from_start, to_start, to_end, decided_at from drill_decision where event_id = $1 order by decided_at, id",
        id
    )
    .map(|r| Decision {
        id: r.id,
        kind: match r.kind.as_str() {
            "postponed" => DecisionKind::Postponed,
            "cancelled" => DecisionKind::Cancelled,
            _ => DecisionKind::EndedEarly,
        },
        reason: r.reason,
        from_start: r.from_start,
        to_start: r.to_start,
        to_end: r.to_end,
        decided_at: r.decided_at,
    })
    .fetch_all(conn)
    .await?)
}

/// What a plan says.
pub struct NewPlan<'a> {
    pub event_id: Uuid,
    pub held_on: NaiveDate,
    pub scenario: &'a str,
    pub cancel_rule: &'a str,
    pub compare_with: Option<Uuid>,
    pub districts: &'a [Uuid],
    pub programme: &'a [ProgrammeItem],
    pub made_by: Option<Uuid>,
}

/// Keep the plan: what it says now replaces what it said.
pub async fn keep(conn: &mut PgConnection, plan: &NewPlan<'_>) -> Result<()> {
    sqlx::query!(
        "insert into drill (event_id, held_on, scenario, cancel_rule, compare_with, made_by) values ($1, $2, $3, $4, $5, $6)
         on conflict (event_id) do update set scenario = excluded.scenario, cancel_rule = excluded.cancel_rule, compare_with = excluded.compare_with",
        plan.event_id,
        plan.held_on,
        plan.scenario,
        plan.cancel_rule,
        plan.compare_with,
        plan.made_by
    )
    .execute(&mut *conn)
    .await
    .on_constraint("drill_compare_with_fkey", || Problem::field("/compare_with", "比べる訓練が見つかりません。選び直してください。"))?;
    sqlx::query!(
        "delete from drill_district where event_id = $1 and district_id <> all($2)",
        plan.event_id,
        plan.districts
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "insert into drill_district select $1, unnest($2::uuid[]) on conflict do nothing",
        plan.event_id,
        plan.districts
    )
    .execute(&mut *conn)
    .await
    .on_constraint("drill_district_district_fkey", || {
        Problem::field("/districts", "校区が見つかりません。選び直してください。")
    })?;
    let ids: Vec<Uuid> = plan.programme.iter().map(|i| i.id).collect();
    sqlx::query!(
        "delete from drill_item where event_id = $1 and id <> all($2)",
        plan.event_id,
        &ids
    )
    .execute(&mut *conn)
    .await?;
    let kept = sqlx::query!(
        "insert into drill_item (id, event_id, starts_at, title, place, who)
         select x.id, $1, x.starts_at, x.title, x.place, x.who
         from jsonb_to_recordset($2) as x(id uuid, starts_at timestamptz, title text, place text, who text)
         on conflict (id) do update set starts_at = excluded.starts_at, title = excluded.title, place = excluded.place, who = excluded.who
         where drill_item.event_id = excluded.event_id",
        plan.event_id,
        serde_json::to_value(plan.programme).map_err(anyhow::Error::from)?
    )
    .execute(conn)
    .await?;
    match usize::try_from(kept.rows_affected()) == Ok(plan.programme.len()) {
        true => Ok(()),
        false => Err(Problem::field(
            "/programme",
            "同じ番号の項目が別の訓練にあります。画面を開き直してください。",
        )),
    }
}

/// Give the event its name and hazards anew; its times move only by a decision.
pub async fn rename(
    conn: &mut PgConnection,
    id: Uuid,
    name: &str,
    hazards: &[String],
) -> Result<()> {
    sqlx::query!(
        "update event set name = $2, hazards = $3 where id = $1",
        id,
        name,
        hazards
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// What a decision says.
pub struct NewDecision<'a> {
    pub id: Uuid,
    pub event_id: Uuid,
    pub kind: DecisionKind,
    pub reason: &'a str,
    pub from_start: DateTime<Utc>,
    /// New start and end of a postponed drill.
    pub to: Option<(DateTime<Utc>, DateTime<Utc>)>,
    pub tells_by_mail: bool,
    pub decided_by: Uuid,
    pub decided_at: DateTime<Utc>,
}

/// Keep a decision; false when this very one is kept already.
pub async fn decide(conn: &mut PgConnection, new: &NewDecision<'_>) -> Result<bool> {
    let (to_start, to_end) = new.to.unzip();
    let done = sqlx::query!(
        "insert into drill_decision (id, event_id, kind, reason, from_start, to_start, to_end, decided_by, decided_at, tells_by_mail)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict (id) do nothing",
        new.id,
        new.event_id,
        new.kind.as_str(),
        new.reason,
        new.from_start,
        to_start,
        to_end,
        new.decided_by,
        new.decided_at,
        new.tells_by_mail
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Whether this very decision was made before.
pub async fn is_decided(conn: &mut PgConnection, event_id: Uuid, id: Uuid) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"select exists (select from drill_decision where id = $1 and event_id = $2) as "is!""#,
        id,
        event_id
    )
    .fetch_one(conn)
    .await?)
}

/// Move a drill, its day and its programme.
pub async fn postpone(
    conn: &mut PgConnection,
    id: Uuid,
    from: DateTime<Utc>,
    (start, end): (DateTime<Utc>, DateTime<Utc>),
) -> Result<()> {
    sqlx::query!(
        "update event set started_at = $2, planned_end_at = $3 where id = $1 and ended_at is null",
        id,
        start,
        end
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "update drill set held_on = $2 where event_id = $1",
        id,
        day_in_japan(start)
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "update drill_item set starts_at = starts_at + ($3::timestamptz - $2::timestamptz) where event_id = $1",
        id,
        from,
        start
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The day in Japan (no daylight saving time).
pub fn day_in_japan(at: DateTime<Utc>) -> NaiveDate {
    (at + TimeDelta::hours(9)).date_naive()
}

/// `jsonb_agg` of a district, when there is one.
pub(super) type MaybeDistrict = Option<Json<DistrictName>>;
