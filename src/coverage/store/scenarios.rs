//! SQL of saved what-ifs (`coverage_scenario`).

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

use super::super::scenario::{Asked, Scenario, SiteChange, hazard_word};
use super::site_kind;
use crate::problem::{Problem, Result};
use crate::shelters::index::HazardOrAny;
use crate::shelters::site::Hazard;

/// Keep a scenario with its result; the same id again is the one that is there.
pub async fn insert_scenario(
    conn: &mut PgConnection,
    scenario: &Scenario,
    result: &Value,
) -> Result<bool> {
    let Asked {
        hazard,
        kind,
        far_m,
        ..
    } = &scenario.asked;
    let changes = serde_json::to_value(&scenario.asked.changes).map_err(anyhow::Error::from)?;
    let done = sqlx::query!(
        "insert into coverage_scenario (id, snapshot_id, name, hazard, site_kind, far_m, changes, result, made_by, made_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict (id) do nothing",
        scenario.id,
        scenario.snapshot_id,
        scenario.name,
        hazard_word(*hazard),
        kind.as_str(),
        far_m,
        changes,
        result,
        scenario.made_by,
        scenario.made_at
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

struct Row {
    id: Uuid,
    snapshot_id: Uuid,
    name: String,
    hazard: String,
    site_kind: String,
    far_m: i32,
    changes: Json<Vec<SiteChange>>,
    made_by: Option<Uuid>,
    made_at: DateTime<Utc>,
    retired_at: Option<DateTime<Utc>>,
}

impl From<Row> for Scenario {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            snapshot_id: row.snapshot_id,
            name: row.name,
            asked: Asked {
                hazard: Hazard::parse(&row.hazard).map_or(HazardOrAny::Any, HazardOrAny::Of),
                kind: site_kind(&row.site_kind),
                far_m: row.far_m,
                changes: row.changes.0,
            },
            made_by: row.made_by,
            made_at: row.made_at,
            retired_at: row.retired_at,
        }
    }
}

/// A saved scenario, also one that was put aside.
pub async fn scenario(conn: &mut PgConnection, id: Uuid) -> Result<Scenario> {
    let row = sqlx::query_as!(
        Row,
        r#"select id, snapshot_id, name, hazard, site_kind, far_m, changes as "changes: Json<Vec<SiteChange>>", made_by, made_at, retired_at
           from coverage_scenario where id = $1"#,
        id
    )
    .fetch_optional(conn)
    .await?;
    row.map(Scenario::from).ok_or(Problem::NotFound)
}

/// What came out when a scenario was saved.
pub async fn saved_result(conn: &mut PgConnection, id: Uuid) -> Result<Value> {
    Ok(
        sqlx::query_scalar!("select result from coverage_scenario where id = $1", id)
            .fetch_one(conn)
            .await?,
    )
}

/// Saved scenarios, the newest first.
pub async fn scenarios(conn: &mut PgConnection) -> Result<Vec<Scenario>> {
    let rows = sqlx::query_as!(
        Row,
        r#"select id, snapshot_id, name, hazard, site_kind, far_m, changes as "changes: Json<Vec<SiteChange>>", made_by, made_at, retired_at
           from coverage_scenario where retired_at is null order by made_at desc, id desc limit 200"#
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(Scenario::from).collect())
}

/// Put a scenario aside; false when there is none.
pub async fn retire_scenario(
    conn: &mut PgConnection,
    id: Uuid,
    now: DateTime<Utc>,
) -> Result<bool> {
    let done = sqlx::query!(
        "update coverage_scenario set retired_at = coalesce(retired_at, $2) where id = $1",
        id,
        now
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}
