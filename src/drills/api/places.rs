//! Venues and participating bodies.

use axum::Json;
use axum::extract::{Path, State};
use garde::Validate;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::super::{Drill, store};
use crate::app::App;
use crate::audit::{self, Entry};
use crate::call::{Lead, Staff, Valid};
use crate::db::Principal;
use crate::problem::{Problem, Problems, Result};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(put_venue))
        .routes(routes!(put_body))
}

#[derive(Deserialize, Validate, ToSchema)]
struct PutVenue {
    #[garde(length(chars, min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100)]
    name: String,
    /// Never moved afterwards: its lead runs the gate.
    #[garde(skip)]
    district_id: Uuid,
    #[garde(skip)]
    site_id: Option<Uuid>,
    /// No longer used; what was counted there stays.
    #[garde(skip)]
    #[serde(default)]
    is_retired: bool,
}

/// Add a venue, rename it or retire it; a lead in the own districts.
#[utoipa::path(put, path = "/drills/{event}/venues/{id}", operation_id = "put_venue", tag = "drills", params(("event" = Uuid, Path), ("id" = Uuid, Path)), request_body = PutVenue, responses((status = 200, body = Drill), Problems))]
async fn put_venue(
    State(app): State<App>,
    Lead(caller): Lead,
    Path((event, id)): Path<(Uuid, Uuid)>,
    Valid(input): Valid<PutVenue>,
) -> Result<Json<Drill>> {
    caller.scope.require_district(input.district_id)?;
    let now = app.clock.now();
    let mut tx = app.db.begin(&caller.scope).await?;
    store::event(&mut tx, event, now).await?;
    let new = store::places::NewVenue {
        id,
        event_id: event,
        district_id: input.district_id,
        site_id: input.site_id,
        name: input.name.trim(),
        is_retired: input.is_retired,
    };
    store::places::keep_venue(&mut tx, &new).await?;
    audit::append(
        &mut tx,
        Entry::new("drills.venue", "venue", &[id]).event(event),
    )
    .await?;
    tx.continue_as(Principal::Index).await?;
    let drill = store::by_id(&mut tx, event, now).await?;
    tx.commit().await?;
    app.attendance.changed([event]);
    Ok(Json(drill))
}

/// The kinds of bodies that take part.
const BODIES: [&str; 10] = [
    "welfare_commissioner",
    "district_welfare_committee",
    "voluntary_disaster_org",
    "neighbourhood_association",
    "social_welfare_council",
    "volunteer_fire_corps",
    "city_staff",
    "school",
    "business",
    "other",
];

#[derive(Deserialize, Validate, ToSchema)]
struct PutBody {
    #[garde(length(chars, min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100)]
    name: String,
    /// `welfare_commissioner district_welfare_committee voluntary_disaster_org neighbourhood_association social_welfare_council
    /// volunteer_fire_corps city_staff school business other`.
    #[garde(skip)]
    body: String,
    #[garde(skip)]
    district_id: Option<Uuid>,
    /// How many said they would come.
    #[garde(range(min = 0, max = 100_000))]
    #[schema(minimum = 0, maximum = 100_000)]
    expected: Option<i32>,
    #[garde(skip)]
    #[serde(default)]
    is_retired: bool,
}

/// Add a participating body, change or retire it.
#[utoipa::path(put, path = "/drills/{event}/bodies/{id}", operation_id = "put_body", tag = "drills", params(("event" = Uuid, Path), ("id" = Uuid, Path)), request_body = PutBody, responses((status = 200, body = Drill), Problems))]
async fn put_body(
    State(app): State<App>,
    Staff(caller): Staff,
    Path((event, id)): Path<(Uuid, Uuid)>,
    Valid(input): Valid<PutBody>,
) -> Result<Json<Drill>> {
    if !BODIES.contains(&input.body.as_str()) {
        return Err(Problem::field("/body", "団体の種類を選んでください。"));
    }
    let now = app.clock.now();
    let mut tx = app.db.begin(&caller.scope).await?;
    store::event(&mut tx, event, now).await?;
    let new = store::places::NewBody {
        id,
        event_id: event,
        name: input.name.trim(),
        body: &input.body,
        district_id: input.district_id,
        expected: input.expected,
        is_retired: input.is_retired,
    };
    store::places::keep_body(&mut tx, &new).await?;
    audit::append(
        &mut tx,
        Entry::new("drills.body", "drill_body", &[id]).event(event),
    )
    .await?;
    tx.continue_as(Principal::Index).await?;
    let drill = store::by_id(&mut tx, event, now).await?;
    tx.commit().await?;
    Ok(Json(drill))
}
