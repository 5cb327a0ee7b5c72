//! The table of contents: every slice's routes, then the layers every request passes.

use std::time::Duration;

use axum::extract::{DefaultBodyLimit, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router, middleware};
use serde::Serialize;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use utoipa::openapi::{InfoBuilder, OpenApi, OpenApiBuilder, Server};
use utoipa::{OpenApi as _, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::app::App;
use crate::db::{Principal, Scope};
use crate::problem::{Problem, ProblemBody, Problems, Result};
use crate::{
    accounts, assets, audit_trail, city, coverage, disclosure, districts, door, drills, events,
    field, imports, metrics, ogc, operations, people, reports, safety, shelters, support_roster,
    tiles, victims,
};

/// What every answer may refer to.
#[derive(utoipa::OpenApi)]
#[openapi(components(schemas(ProblemBody)))]
struct Shared;

/// Everything under `/api/v1`.
fn api() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(Shared::openapi())
        .routes(routes!(show_instance))
        .merge(city::api::routes())
        .merge(accounts::api::routes())
        .merge(districts::api::routes())
        .merge(imports::api::routes())
        .merge(shelters::api::routes())
        .merge(events::api::routes())
        .merge(disclosure::api::routes())
        .merge(people::api::routes())
        .merge(support_roster::api::routes())
        .merge(field::api::routes())
        .merge(safety::api::routes())
        .merge(safety::self_report::api::routes())
        .merge(safety::channels::api::routes())
        .merge(operations::api::routes())
        .merge(drills::api::routes())
        .merge(victims::api::routes())
        .merge(coverage::api::routes())
        .merge(reports::api::routes())
        .merge(audit_trail::routes())
}

/// The contract, as `machimori openapi` prints it.
pub fn openapi() -> OpenApi {
    let (_, paths) = api().merge(shelters::api::lookup()).split_for_parts();
    let info = InfoBuilder::new()
        .title("Machimori")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some("Disaster response and evacuation support for a Japanese city. Errors are RFC 9457 problems."))
        .build();
    OpenApiBuilder::from(paths)
        .info(info)
        .servers(Some([Server::new("/api/v1")]))
        .build()
}

/// The whole service.
pub fn router(app: App) -> Router {
    let under = |api| {
        OpenApiRouter::new()
            .nest("/api/v1", api)
            .split_for_parts()
            .0
    };
    let contract = openapi();
    under(api())
        .route(
            "/api/v1/openapi.json",
            get(move || async move { Json(contract) }),
        )
        .route("/healthz", get(|| async { "ok" }))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics::show))
        .merge(tiles::routes())
        .merge(ogc::api::routes())
        .fallback(assets::serve)
        .layer(
            ServiceBuilder::new()
                .layer(middleware::from_fn_with_state(app.clone(), door::pass))
                .layer(CompressionLayer::new())
                .layer(CatchPanicLayer::custom(|_| door::panicked()))
                .layer(DefaultBodyLimit::max(1024 * 1024)),
        )
        .merge(shelters::api::lookup_at("/api/v1"))
        .with_state(app)
}

/// Ready: the database answers in the public's role and its schema is the one this binary was built for.
async fn readyz(State(app): State<App>) -> Response {
    let check = async {
        let mut tx = app.db.begin_read(&Scope::of(Principal::Public)).await?;
        sqlx::query_scalar!("select epoch from instance")
            .fetch_one(&mut *tx)
            .await?;
        tx.commit().await
    };
    match tokio::time::timeout(Duration::from_secs(3), check).await {
        Ok(Ok(())) => "ready".into_response(),
        Ok(Err(problem)) => problem.into_response(),
        Err(_) => Problem::Unavailable { retry_after_s: 2 }.into_response(),
    }
}

/// Which copy of which city's ledger answers.
#[derive(Debug, Serialize, ToSchema)]
struct Instance {
    municipality: String,
    lg_code: String,
    /// Invented people only: every page says so.
    is_demo: bool,
    version: &'static str,
    epoch: Uuid,
    /// What phones seal items to: raw uncompressed P-256 point, base64url.
    seal_public_key: String,
    /// The number that volunteers and residents call; empty: nobody has stated one.
    district_phone: String,
    /// What the placard of households is called here.
    marker_label: String,
    now: chrono::DateTime<chrono::Utc>,
}

/// Which copy of which city's ledger this is.
#[utoipa::path(get, path = "/instance", operation_id = "show_instance", tag = "public", responses((status = 200, body = Instance), Problems))]
async fn show_instance(State(app): State<App>) -> Result<Json<Instance>> {
    let mut tx = app.db.begin_read(&Scope::of(Principal::Public)).await?;
    let city = city::store::city(&mut tx).await?;
    let phones = city::phones(&app, &mut tx, &[]).await?;
    tx.commit().await?;
    Ok(Json(Instance {
        municipality: city.name,
        lg_code: city.lg_code,
        is_demo: city.is_demo,
        version: env!("CARGO_PKG_VERSION"),
        epoch: city.epoch,
        seal_public_key: app.keys.seal_public_base64(),
        district_phone: phones.on_the_wire(&[]),
        marker_label: app.settings.marker_label.clone(),
        now: app.clock.now(),
    }))
}
