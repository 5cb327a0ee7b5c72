//! Shelters, desks and stays over HTTP.

mod places;
mod stays;

use utoipa_axum::router::OpenApiRouter;

use crate::app::App;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(places::routes())
        .merge(stays::routes())
}
