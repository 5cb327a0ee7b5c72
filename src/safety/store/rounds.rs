//! Rounds themselves: list, look at, close.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

use super::super::board::Board;
use super::super::round::{Round, RoundKind, RoundRules};
use crate::accounts::DistrictName;
use crate::events::{self, EventKind, EventName};
use crate::problem::{Problem, Result};

struct Row {
    id: Uuid,
    event_id: Uuid,
    event_kind: String,
    event_name: String,
    event_planned_end_at: Option<DateTime<Utc>>,
    event_ended_at: Option<DateTime<Utc>>,
    kind: String,
    name: String,
    districts: Json<Vec<DistrictName>>,
    started_at: DateTime<Utc>,
    closed_at: Option<DateTime<Utc>>,
    members: i64,
    looks_for_marker: bool,
    escalate_tries: Option<i16>,
    escalate_minutes: Option<i32>,
    hand_over_minutes: Option<i32>,
    hand_over_by_itself: bool,
    close_board: Option<Json<Board>>,
}

impl Row {
    fn at(self, now: DateTime<Utc>) -> Round {
        let kind = EventKind::of(&self.event_kind);
        let event_end = events::end_of(kind, self.event_planned_end_at, self.event_ended_at, now);
        Round {
            id: self.id,
            event: EventName {
                id: self.event_id,
                kind,
                name: self.event_name,
            },
            kind: if self.kind == "evacuation" {
                RoundKind::Evacuation
            } else {
                RoundKind::Safety
            },
            name: self.name,
            districts: self.districts.0,
            started_at: self.started_at,
            // A round ends with its event, also in the minute before the service writes it down.
            closed_at: self.closed_at.or(event_end),
            members: self.members,
            looks_for_marker: self.looks_for_marker,
            rules: RoundRules {
                escalate_tries: self.escalate_tries,
                escalate_minutes: self.escalate_minutes,
                hand_over_minutes: self.hand_over_minutes,
                hand_over_by_itself: self.hand_over_by_itself,
            },
            close_board: self.close_board.map(|j| j.0),
        }
    }
}

/// Rounds of an event, or all; the newest first. With `within`, only rounds that touch these districts.
pub async fn rounds(
    conn: &mut PgConnection,
    event_id: Option<Uuid>,
    within: Option<&[Uuid]>,
    now: DateTime<Utc>,
) -> Result<Vec<Round>> {
    let rows = sqlx::query_as!(
        Row,
        r#"select r.id, r.event_id, e.kind as event_kind, e.name as event_name, e.planned_end_at as event_planned_end_at,
                  e.ended_at as event_ended_at, r.kind, r.name,
                  coalesce((select jsonb_agg(jsonb_build_object('id', d.id, 'name', d.name) order by d.name)
                            from round_district rd join district d on d.id = rd.district_id where rd.round_id = r.id), '[]')
                  as "districts!: Json<Vec<DistrictName>>",
                  r.started_at, r.closed_at, (select count(*) from round_member m where m.round_id = r.id and m.kind <> 'facility') as "members!", r.looks_for_marker,
                  r.escalate_tries, r.escalate_minutes, r.hand_over_minutes, r.hand_over_by_itself,
                  null::jsonb as "close_board: Json<Board>"
           from safety_round r join event e on e.id = r.event_id
           where ($1::uuid is null or r.event_id = $1) and not (r.is_provisional and e.bound_to is not null)
             and ($2::uuid[] is null or exists (select from round_district rd where rd.round_id = r.id and rd.district_id = any($2)))
           order by r.started_at desc, r.id"#,
        event_id,
        within
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|r| r.at(now)).collect())
}

/// One round, with its board at the close.
pub async fn round(conn: &mut PgConnection, id: Uuid, now: DateTime<Utc>) -> Result<Round> {
    let row = sqlx::query_as!(
        Row,
        r#"select r.id, r.event_id, e.kind as event_kind, e.name as event_name, e.planned_end_at as event_planned_end_at,
                  e.ended_at as event_ended_at, r.kind, r.name,
                  coalesce((select jsonb_agg(jsonb_build_object('id', d.id, 'name', d.name) order by d.name)
                            from round_district rd join district d on d.id = rd.district_id where rd.round_id = r.id), '[]')
                  as "districts!: Json<Vec<DistrictName>>",
                  r.started_at, r.closed_at, (select count(*) from round_member m where m.round_id = r.id and m.kind <> 'facility') as "members!", r.looks_for_marker,
                  r.escalate_tries, r.escalate_minutes, r.hand_over_minutes, r.hand_over_by_itself,
                  r.close_board as "close_board: Json<Board>"
           from safety_round r join event e on e.id = r.event_id
           where r.id = $1"#,
        id
    )
    .fetch_one(conn)
    .await?;
    Ok(row.at(now))
}

/// Close a round with its board; false when it is closed already.
pub async fn close(
    conn: &mut PgConnection,
    id: Uuid,
    closed_at: DateTime<Utc>,
    closed_by: Option<Uuid>,
    board: &Board,
) -> Result<bool> {
    let done = sqlx::query!(
        "update safety_round set closed_at = $2, closed_by = $3, close_board = $4 where id = $1 and closed_at is null",
        id,
        closed_at,
        closed_by,
        serde_json::to_value(board).map_err(anyhow::Error::from)?
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Rounds that are open although their event is over, with their event and its end.
pub async fn to_close_with_their_event(
    conn: &mut PgConnection,
) -> Result<Vec<(Uuid, Uuid, DateTime<Utc>)>> {
    Ok(sqlx::query!(
        r#"select r.event_id, r.id, e.ended_at as "ended_at!" from safety_round r join event e on e.id = r.event_id
           where r.closed_at is null and e.ended_at is not null order by r.id"#
    )
    .map(|r| (r.event_id, r.id, r.ended_at))
    .fetch_all(conn)
    .await?)
}

/// The round of a member whom the caller may see.
pub async fn of_member(conn: &mut PgConnection, member_id: Uuid) -> Result<Uuid> {
    Ok(
        sqlx::query_scalar!("select round_id from round_member where id = $1", member_id)
            .fetch_one(conn)
            .await?,
    )
}

/// Refuse a change that a closed round no longer takes.
pub fn require_open(round: &Round) -> Result<()> {
    if round.closed_at.is_some() {
        return Err(Problem::Conflict(
            "この安否確認は終わっています。担当は変えられませんが、届いた知らせは記録できます。"
                .into(),
        ));
    }
    Ok(())
}
