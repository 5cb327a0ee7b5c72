//! Drills and attendance over HTTP.

mod attendance;
mod drills;
mod places;

use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

use crate::app::App;
use crate::call::Caller;
use crate::db::Principal;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(drills::routes())
        .merge(places::routes())
        .merge(attendance::routes())
}

/// A lead's districts; headquarters works in all.
fn within(caller: &Caller) -> Option<&[Uuid]> {
    (caller.scope.principal() == Principal::DistrictLead).then(|| caller.scope.districts())
}
