//! Venues and participating bodies.

use sqlx::PgConnection;
use uuid::Uuid;

use super::super::{DrillBody, Venue};
use super::MaybeDistrict;
use crate::accounts::DistrictName;
use crate::problem::{OnConstraint, Problem, Result};

/// The venues of a drill, retired ones last.
pub async fn venues(conn: &mut PgConnection, event_id: Uuid) -> Result<Vec<Venue>> {
    Ok(sqlx::query!(
        r#"select v.id, v.name, d.id as district_id, d.name as district, v.site_id, v.retired_at
           from venue v join district d on d.id = v.district_id where v.event_id = $1
           order by v.retired_at is not null, v.name, v.id"#,
        event_id
    )
    .map(|r| Venue {
        id: r.id,
        name: r.name,
        district: DistrictName {
            id: r.district_id,
            name: r.district,
        },
        site_id: r.site_id,
        is_retired: r.retired_at.is_some(),
    })
    .fetch_all(conn)
    .await?)
}

/// The bodies of a drill, retired ones last.
pub async fn bodies(conn: &mut PgConnection, event_id: Uuid) -> Result<Vec<DrillBody>> {
    Ok(sqlx::query!(
        r#"select b.id, b.name, b.body, b.expected, b.retired_at,
                  (select jsonb_build_object('id', d.id, 'name', d.name) from district d where d.id = b.district_id) as "district: MaybeDistrict"
           from drill_body b where b.event_id = $1 order by b.retired_at is not null, b.name, b.id"#,
        event_id
    )
    .map(|r| DrillBody {
        id: r.id,
        name: r.name,
        body: r.body,
        district: r.district.flatten().map(|d| d.0),
        expected: r.expected,
        is_retired: r.retired_at.is_some(),
    })
    .fetch_all(conn)
    .await?)
}

/// The drill and the district of a venue.
pub async fn of_venue(conn: &mut PgConnection, id: Uuid) -> Result<(Uuid, Uuid)> {
    let found = sqlx::query!("select event_id, district_id from venue where id = $1", id)
        .fetch_one(conn)
        .await?;
    Ok((found.event_id, found.district_id))
}

/// What a venue is to be.
pub struct NewVenue<'a> {
    pub id: Uuid,
    pub event_id: Uuid,
    pub district_id: Uuid,
    pub site_id: Option<Uuid>,
    pub name: &'a str,
    pub is_retired: bool,
}

/// Keep a venue; its district is not moved afterwards.
pub async fn keep_venue(conn: &mut PgConnection, new: &NewVenue<'_>) -> Result<()> {
    sqlx::query!(
        "insert into venue (id, event_id, district_id, site_id, name) values ($1, $2, $3, $4, $5) on conflict (id) do nothing",
        new.id,
        new.event_id,
        new.district_id,
        new.site_id,
        new.name,
    )
    .execute(&mut *conn)
    .await
    .map_err(|error| match error.as_database_error().and_then(|e| e.constraint()) {
        Some("venue_event_fkey") => no_plan(),
        Some("venue_district_fkey") => Problem::field("/district_id", "校区が見つかりません。選び直してください。"),
        Some("venue_site_fkey") => Problem::field("/site_id", "避難場所が見つかりません。選び直してください。"),
        _ => error.into(),
    })?;
    let kept = sqlx::query!(
        "update venue set name = $3, retired_at = case when $4 then coalesce(retired_at, now()) end
         where id = $1 and event_id = $2 and district_id = $5",
        new.id,
        new.event_id,
        new.name,
        new.is_retired,
        new.district_id
    )
    .execute(conn)
    .await?;
    match kept.rows_affected() {
        0 => Err(Problem::Conflict(
            "この会場は別の訓練か別の校区のものです。新しい会場として加えてください。".into(),
        )),
        _ => Ok(()),
    }
}

/// What a body is to be.
pub struct NewBody<'a> {
    pub id: Uuid,
    pub event_id: Uuid,
    pub name: &'a str,
    pub body: &'a str,
    pub district_id: Option<Uuid>,
    pub expected: Option<i32>,
    pub is_retired: bool,
}

/// Keep a body.
pub async fn keep_body(conn: &mut PgConnection, new: &NewBody<'_>) -> Result<()> {
    let kept = sqlx::query!(
        "insert into drill_body (id, event_id, name, body, district_id, expected, retired_at)
         values ($1, $2, $3, $4, $5, $6, case when $7 then now() end)
         on conflict (id) do update set name = excluded.name, body = excluded.body, district_id = excluded.district_id,
             expected = excluded.expected, retired_at = case when $7 then coalesce(drill_body.retired_at, now()) end
         where drill_body.event_id = excluded.event_id",
        new.id,
        new.event_id,
        new.name,
        new.body,
        new.district_id,
        new.expected,
        new.is_retired
    )
    .execute(conn)
    .await
    .on_constraint("drill_body_event_fkey", no_plan)?;
    match kept.rows_affected() {
        0 => Err(Problem::Conflict(
            "この団体は別の訓練のものです。新しい団体として加えてください。".into(),
        )),
        _ => Ok(()),
    }
}

fn no_plan() -> Problem {
    Problem::Conflict("先に、この訓練の予定を保存してください。".into())
}
