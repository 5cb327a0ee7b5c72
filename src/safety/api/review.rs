//! What has to be settled by somebody: contradictions, items set aside, matches, bindings over HTTP.

use utoipa_axum::router::OpenApiRouter;

use crate::app::App;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
}
