//! The public lookup over HTTP: from memory, with the database up or down.

use axum::body::Body;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::index::{self, HazardOrAny, Reason};
use super::live::Source;
use super::site::{Hazard, SiteKind};
use super::store;
use crate::app::App;
use crate::db::{Principal, Scope};
use crate::door;
use crate::problem::{Problem, Problems, Result};

/// The look-up, for the contract.
pub fn lookup() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(nearest_sites))
}

/// The look-up as it is served: asked by everybody at once, answered from memory in microseconds. Nesting would make the address
/// of each request anew, each layer costs its allocations, and compressing two kilobytes costs more than sending them.
pub fn lookup_at(base: &str) -> Router<App> {
    let other_method = || async {
        door::pass_at_once("/sites/nearest", || {
            Problem::MethodNotAllowed.into_response()
        })
    };
    let route = get(nearest_sites).fallback(other_method);
    Router::new().route(&format!("{base}/sites/nearest"), route)
}

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(all_sites))
        .routes(routes!(list_towns))
}

/// Where one is, what one flees from.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Nearest {
    /// Longitude in degrees (WGS84).
    lon: f64,
    /// Latitude in degrees (WGS84).
    lat: f64,
    /// One of the eight hazards; `any` must be said.
    #[param(inline)]
    hazard: HazardOrAny,
    /// How many (1 to 50); 5 when not said.
    limit: Option<u16>,
    /// `evacuation_site` when not said; evacuation buildings then come last.
    #[param(inline)]
    kind: Option<SiteKind>,
}

/// The nearest suitable sites, nearest first. Only the contract: the answer is copied from bytes made beforehand.
#[derive(Debug, Serialize, ToSchema)]
struct NearestSites {
    /// As of when the sites in memory are known to be right.
    as_of: chrono::DateTime<chrono::Utc>,
    source: Source,
    sites: Vec<NearestSite>,
}

#[derive(Debug, Serialize, ToSchema)]
struct NearestSite {
    id: Uuid,
    kind: SiteKind,
    name: String,
    address: String,
    lon: f64,
    lat: f64,
    /// 直線: along the geodesic, to 0.1 m.
    distance_m: f64,
    hazards: Vec<Hazard>,
    reason: Reason,
}

/// The nearest places marked for the hazard. Public; answers from memory also when the database is down.
#[utoipa::path(get, path = "/sites/nearest", operation_id = "nearest_sites", tag = "public", params(Nearest), responses((status = 200, body = NearestSites), Problems))]
async fn nearest_sites(State(app): State<App>, uri: Uri) -> Response {
    door::pass_at_once("/sites/nearest", || nearest(&app, &uri).into_response())
}

fn nearest(app: &App, uri: &Uri) -> Result<Response> {
    let Query(asked) = Query::<Nearest>::try_from_uri(uri).map_err(|rejection| {
        Problem::field(
            "",
            format!(
                "lon・lat・hazard（flood などの8種類か any）を指定してください：{}",
                rejection.body_text()
            ),
        )
    })?;
    let query = index::Query::new(
        (asked.lon, asked.lat),
        asked.hazard,
        asked.kind,
        asked.limit.unwrap_or(5),
    )
    .map_err(|error| Problem::field(&format!("/{}", error.parameter()), error.to_string()))?;
    let body = app
        .sites
        .nearest(&query, app.clock.now())
        .ok_or(Problem::Unavailable { retry_after_s: 2 })?;
    Ok((
        [(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        )],
        body,
    )
        .into_response())
}

/// Every site as a compact list for phones, so that the nearest is found there and no position leaves the phone.
#[utoipa::path(get, path = "/sites/all", operation_id = "all_sites", tag = "public",
    responses((status = 200, description = "`{as_of, source, is_open_state_known, sites:[[id, kind_no, name, lon, lat, hazard_bits, address, status_no]]}`", body = serde_json::Value), (status = 304, description = "unchanged"), Problems))]
async fn all_sites(State(app): State<App>, headers: HeaderMap) -> Result<Response> {
    let list = app
        .sites
        .list(app.clock.now())
        .ok_or(Problem::Unavailable { retry_after_s: 2 })?;
    let etag = format!("\"{}\"", list.etag);
    let seen = headers
        .get(header::IF_NONE_MATCH)
        .and_then(|v| v.to_str().ok());
    let is_known = seen.is_some_and(|tags| {
        tags.split(',')
            .any(|t| t.trim().trim_start_matches("W/") == etag)
    });
    let mut answer = if is_known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        (
            [(
                header::CONTENT_TYPE,
                HeaderValue::from_static("application/json"),
            )],
            Body::from(list.body),
        )
            .into_response()
    };
    answer.headers_mut().insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("public, no-cache"),
    );
    answer.headers_mut().insert(
        header::ETAG,
        HeaderValue::from_str(&etag).map_err(anyhow::Error::from)?,
    );
    Ok(answer)
}

/// Towns, to say where one is by choosing from a list.
#[derive(Debug, Serialize, ToSchema)]
struct Towns {
    /// `[name, reading, lon, lat]`
    towns: Vec<(String, String, f64, f64)>,
}

/// Towns of the city with their points.
#[utoipa::path(get, path = "/towns", operation_id = "list_towns", tag = "public", responses((status = 200, body = Towns), Problems))]
async fn list_towns(State(app): State<App>) -> Result<Response> {
    let mut tx = app.db.begin_read(&Scope::of(Principal::Public)).await?;
    let towns = store::towns(&mut tx).await?;
    tx.commit().await?;
    let towns = towns
        .into_iter()
        .map(|t| (t.name, t.name_kana, t.point.lon(), t.point.lat()))
        .collect();
    Ok((
        [(header::CACHE_CONTROL, "public, max-age=3600")],
        Json(Towns { towns }),
    )
        .into_response())
}
