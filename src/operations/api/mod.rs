//! Shelters, desks and stays over HTTP.

mod cards;
mod desks;
mod matches;
mod places;
mod stays;

use utoipa_axum::router::OpenApiRouter;

use crate::app::App;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(cards::routes())
        .merge(desks::routes())
        .merge(matches::routes())
        .merge(places::routes())
        .merge(stays::routes())
}
