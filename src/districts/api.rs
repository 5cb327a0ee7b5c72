//! `/districts`: the districts in force.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{District, store};
use crate::app::App;
use crate::call::Desk;
use crate::db::{Principal, Scope};
use crate::problem::{Problems, Result};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_districts))
}

/// All districts in force, by name; 「校区未定」 last.
#[derive(Debug, Serialize, ToSchema)]
pub struct Districts {
    pub items: Vec<District>,
}

/// The districts in force: a lead sees the lead's own, everybody else at a desk all (an administrator gives them to leads).
#[utoipa::path(get, path = "/districts", operation_id = "list_districts", tag = "districts", responses((status = 200, body = Districts), Problems))]
async fn list_districts(State(app): State<App>, Desk(caller): Desk) -> Result<Json<Districts>> {
    let scope = &caller.scope;
    let sees_residents = matches!(
        scope.principal(),
        Principal::HqStaff | Principal::DistrictLead
    );
    let only = (scope.principal() == Principal::DistrictLead).then(|| scope.districts());
    // Counts only, never names: the role that counts for the board.
    let mut tx = app.db.begin_read(&Scope::of(Principal::Index)).await?;
    let items = match sees_residents {
        true => store::in_force_with_residents(&mut tx, only).await?,
        false => store::in_force(&mut tx, only).await?,
    };
    tx.commit().await?;
    Ok(Json(Districts { items }))
}
