//! Facilities, placards and sheets over HTTP.

mod facilities;
mod placards;
mod sheets;
mod typing;

use utoipa_axum::router::OpenApiRouter;

use crate::app::App;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(facilities::routes())
        .merge(placards::routes())
        .merge(sheets::routes())
        .merge(typing::routes())
}
