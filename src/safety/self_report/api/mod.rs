//! Personal links and their mails over HTTP.

mod answers;
mod mails;

use utoipa_axum::router::OpenApiRouter;

use crate::app::App;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(answers::routes())
        .merge(mails::routes())
}
