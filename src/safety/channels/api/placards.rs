//! The placard rate of a round.

use axum::Json;
use axum::extract::{Path, State};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::super::placard::Placards;
use super::super::store;
use crate::app::App;
use crate::call::Viewer;
use crate::db::Principal;
use crate::problem::{Problems, Result};
use crate::safety::api::rounds::{require_touched, within};
use crate::safety::store as rounds;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(show_placards))
}

/// What hung at the doors of a round, by home and district: counts, never names. A lead sees the own districts.
#[utoipa::path(get, path = "/rounds/{id}/placards", operation_id = "show_placards", tag = "channels", params(("id" = Uuid, Path)), responses((status = 200, body = Placards), Problems))]
async fn show_placards(
    State(app): State<App>,
    Viewer(caller): Viewer,
    Path(id): Path<Uuid>,
) -> Result<Json<Placards>> {
    let now = app.clock.now();
    let mut tx = app.db.begin_read(&caller.scope).await?;
    tx.continue_as(Principal::Index).await?;
    let round = rounds::rounds::round(&mut tx, id, now).await?;
    require_touched(&caller, &round)?;
    let seen = store::placards::placards(&mut tx, id, &app.settings.marker_label, now).await?;
    tx.commit().await?;
    Ok(Json(match within(&caller) {
        Some(own) => seen.only(own),
        None => seen,
    }))
}
