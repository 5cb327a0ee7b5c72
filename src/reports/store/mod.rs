//! All SQL of reports: what is kept here; what is counted in `round` (who was heard of) and `around` (rescues, venues, preparation).

mod around;
mod round;

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

use super::{Earlier, Figures, Kept, Remark, Section};
use crate::events::{Event, EventKind};
use crate::problem::{OnConstraint, Problem, Result};
use crate::safety;

/// Count everything of an event, or of one of its rounds, as of `now`. Runs as `m_index`: it sees counts and ids, never names.
pub async fn figures(
    conn: &mut PgConnection,
    event: &Event,
    round_id: Option<Uuid>,
    now: DateTime<Utc>,
    silent_after: TimeDelta,
) -> Result<Figures> {
    let mut all = safety::store::rounds::rounds(conn, Some(event.id), None, now).await?;
    all.retain(|r| round_id.is_none_or(|id| id == r.id));
    all.reverse();
    if round_id.is_some() && all.is_empty() {
        return Err(Problem::NotFound);
    }
    let ids: Vec<Uuid> = all.iter().map(|r| r.id).collect();
    let mut rounds = Vec::with_capacity(all.len());
    for of in &all {
        rounds.push(round::figures(conn, of, now, silent_after).await?);
    }
    Ok(Figures {
        as_of: now,
        rounds,
        rescues: around::rescues(conn, &ids, now).await?,
        contradictions_settled: around::contradictions_settled(conn, &ids).await?,
        attendance: match event.kind {
            EventKind::Drill => around::attendance(conn, event.id).await?,
            EventKind::Disaster => None,
        },
        readiness: around::readiness(conn, event.id, now).await?,
        set_aside: around::set_aside(conn, event.id).await?,
        real_calls: match event.kind {
            EventKind::Drill => Some(around::real_calls(conn, event, now).await?),
            EventKind::Disaster => None,
        },
    })
}

/// Keep a report of the close; one that is there stays. Runs as `m_job`.
pub async fn keep(
    conn: &mut PgConnection,
    event_id: Uuid,
    round_id: Option<Uuid>,
    figures: &Figures,
) -> Result<()> {
    sqlx::query!(
        "insert into after_action_report (id, event_id, event_kind, round_id, basis, as_of, body)
         select $1, e.id, e.kind, $3, 'at_close', $4, $5 from event e where e.id = $2
         on conflict do nothing",
        Uuid::now_v7(),
        event_id,
        round_id,
        figures.as_of,
        serde_json::to_value(figures).map_err(anyhow::Error::from)?
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Rounds that are closed and events that are over without a report. A drill that was called off before anything began has none.
/// Runs as `m_job`.
pub async fn missing(conn: &mut PgConnection) -> Result<Vec<(Uuid, Option<Uuid>)>> {
    Ok(sqlx::query!(
        r#"select r.event_id as "event_id!", r.id as round_id from safety_round r
           where r.closed_at is not null
             and not exists (select from after_action_report a where a.round_id = r.id and a.basis = 'at_close')
           union all
           select e.id, null from event e
           where e.ended_at is not null and not e.is_standing and e.ended_at >= e.started_at
             and not exists (select from safety_round r where r.event_id = e.id and r.closed_at is null)
             and not exists (select from after_action_report a where a.event_id = e.id and a.round_id is null and a.basis = 'at_close')
           limit 50"#
    )
    .map(|r| (r.event_id, r.round_id))
    .fetch_all(conn)
    .await?)
}

/// The report that was made at the close, as the caller may read it.
pub async fn kept(
    conn: &mut PgConnection,
    event_id: Uuid,
    round_id: Option<Uuid>,
) -> Result<Option<Kept>> {
    Ok(sqlx::query!(
        r#"select as_of, body as "body: Json<Figures>" from after_action_report
           where event_id = $1 and round_id is not distinct from $2 and basis = 'at_close'"#,
        event_id,
        round_id
    )
    .map(|r| Kept {
        as_of: r.as_of,
        figures: r.body.0,
    })
    .fetch_optional(conn)
    .await?)
}

/// Whether the event touches these districts, by a round or by its plan.
pub async fn touches(conn: &mut PgConnection, event_id: Uuid, districts: &[Uuid]) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"select (exists (select from safety_round r join round_district d on d.round_id = r.id
                           where r.event_id = $1 and d.district_id = any($2))
                   or exists (select from drill_district d where d.event_id = $1 and d.district_id = any($2))) as "is!""#,
        event_id,
        districts
    )
    .fetch_one(conn)
    .await?)
}

/// Drills that began before this event and are over, the newest first. Runs as `m_index`.
pub async fn earlier(
    conn: &mut PgConnection,
    event: &Event,
    now: DateTime<Utc>,
) -> Result<Vec<Earlier>> {
    Ok(sqlx::query!(
        "select id, name, started_at from event
         where kind = 'drill' and id <> $1 and started_at < $2 and least(ended_at, planned_end_at) <= $3
           and exists (select from safety_round r where r.event_id = event.id)
         order by started_at desc, id limit 50",
        event.id,
        event.started_at,
        now
    )
    .map(|r| Earlier {
        event_id: r.id,
        name: r.name,
        started_at: r.started_at,
    })
    .fetch_all(conn)
    .await?)
}

/// The drill that an event is measured against when nobody chooses: the one its plan names, else the last one of its districts.
/// Runs as `m_index`.
pub async fn against(
    conn: &mut PgConnection,
    event: &Event,
    earlier: &[Earlier],
) -> Result<Option<Uuid>> {
    let planned = sqlx::query_scalar!(
        "select compare_with from drill where event_id = $1",
        event.id
    )
    .fetch_optional(&mut *conn)
    .await?
    .flatten();
    if planned.is_some_and(|id| earlier.iter().any(|e| e.event_id == id)) {
        return Ok(planned);
    }
    let ids: Vec<Uuid> = earlier.iter().map(|e| e.event_id).collect();
    Ok(sqlx::query_scalar!(
        "select e.id from event e where e.id = any($2) and exists (
             select from safety_round r join round_district d on d.round_id = r.id
             where r.event_id = e.id and d.district_id in (
                 select o.district_id from safety_round s join round_district o on o.round_id = s.id where s.event_id = $1
                 union select x.district_id from drill_district x where x.event_id = $1))
         order by e.started_at desc, e.id limit 1",
        event.id,
        &ids
    )
    .fetch_optional(conn)
    .await?)
}

/// The newest words of each section.
pub async fn remarks(conn: &mut PgConnection, event_id: Uuid) -> Result<Vec<Remark>> {
    Ok(sqlx::query!(
        "select distinct on (section) section, words, written_at from report_remark where event_id = $1
         order by section, written_at desc, id desc",
        event_id
    )
    .map(|r| Remark {
        section: match r.section.as_str() {
            "summary" => Section::Summary,
            "went_well" => Section::WentWell,
            _ => Section::ToImprove,
        },
        words: r.words,
        written_at: r.written_at,
    })
    .fetch_all(conn)
    .await?)
}

/// Append words to a section; false when these very words are there already.
pub async fn write(
    conn: &mut PgConnection,
    id: Uuid,
    event_id: Uuid,
    section: Section,
    words: &str,
    written_by: Uuid,
    written_at: DateTime<Utc>,
) -> Result<bool> {
    let done = sqlx::query!(
        "insert into report_remark (id, event_id, section, words, written_by, written_at) values ($1, $2, $3, $4, $5, $6)
         on conflict (id) do nothing",
        id,
        event_id,
        section.as_str(),
        words,
        written_by,
        written_at
    )
    .execute(conn)
    .await
    .on_constraint("report_remark_event_fkey", || Problem::NotFound)?;
    Ok(done.rows_affected() == 1)
}
