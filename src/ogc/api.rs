//! `/ogc`: plain routes beside the contract, as the standard fixes them.

use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};
use uuid::Uuid;

use super::Collection;
use super::describe::{self, GEO_JSON, link};
use super::store::{self, Wanted};
use crate::app::App;
use crate::db::{Principal, Scope, Tx};
use crate::events::Hazard;
use crate::problem::{Problem, Result};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/ogc", get(landing))
        .route("/ogc/", get(landing))
        .route("/ogc/api", get(definition))
        .route("/ogc/conformance", get(conformance))
        .route("/ogc/collections", get(collections))
        .route("/ogc/collections/{collection}", get(collection))
        .route("/ogc/collections/{collection}/items", get(items))
        .route("/ogc/collections/{collection}/items/{id}", get(item))
}

const USUAL_LIMIT: i64 = 100;
const MOST: i64 = 1_000;

fn base(app: &App) -> String {
    format!("{}/ogc", app.settings.public_url)
}

async fn as_public(app: &App) -> Result<Tx> {
    app.db.begin_read(&Scope::of(Principal::Public)).await
}

/// May be kept for a minute, as a tile is; by pages of other sites as well.
fn public(kind: &'static str, body: &Value) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (
            header::CACHE_CONTROL,
            HeaderValue::from_static("public, max-age=60"),
        ),
        (
            header::ACCESS_CONTROL_ALLOW_ORIGIN,
            HeaderValue::from_static("*"),
        ),
    ];
    (headers, body.to_string()).into_response()
}

async fn landing(State(app): State<App>) -> Result<Response> {
    let mut tx = as_public(&app).await?;
    let municipality = sqlx::query_scalar!("select municipality from instance")
        .fetch_one(&mut *tx)
        .await?;
    tx.commit().await?;
    Ok(public(
        "application/json",
        &describe::landing(&base(&app), &municipality),
    ))
}

async fn definition(State(app): State<App>) -> Response {
    public(
        "application/vnd.oai.openapi+json;version=3.0",
        &describe::definition(&base(&app)),
    )
}

async fn conformance() -> Json<Value> {
    Json(describe::conformance())
}

async fn collections(State(app): State<App>) -> Result<Response> {
    let mut tx = as_public(&app).await?;
    let extent = store::extent(&mut tx).await?;
    tx.commit().await?;
    Ok(public(
        "application/json",
        &describe::collections(&base(&app), extent),
    ))
}

async fn collection(State(app): State<App>, Path(id): Path<String>) -> Result<Response> {
    let collection = Collection::of(&id).ok_or(Problem::NotFound)?;
    let mut tx = as_public(&app).await?;
    let extent = store::extent(&mut tx).await?;
    tx.commit().await?;
    Ok(public(
        "application/json",
        &describe::collection(&base(&app), collection, extent),
    ))
}

async fn items(
    State(app): State<App>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response> {
    let collection = Collection::of(&id).ok_or(Problem::NotFound)?;
    let query = query.unwrap_or_default();
    let wanted = wanted(collection, &query)?;
    let mut tx = as_public(&app).await?;
    let (features, matched) = store::page(&mut tx, collection, &wanted).await?;
    tx.commit().await?;
    let at = format!("{}/collections/{id}/items", base(&app));
    let returned = i64::try_from(features.len()).unwrap_or(i64::MAX);
    let mut links = vec![
        link(
            page_at(&at, &query, &wanted, wanted.offset),
            "self",
            GEO_JSON,
            "このページ",
        ),
        link(
            format!("{}/collections/{id}", base(&app)),
            "collection",
            "application/json",
            "コレクション",
        ),
    ];
    if wanted.offset + returned < matched {
        let next = page_at(&at, &query, &wanted, wanted.offset + returned);
        links.push(link(next, "next", GEO_JSON, "次のページ"));
    }
    if wanted.offset > 0 {
        let before = page_at(&at, &query, &wanted, (wanted.offset - wanted.limit).max(0));
        links.push(link(before, "prev", GEO_JSON, "前のページ"));
    }
    let page = json!({
        "type": "FeatureCollection",
        "timeStamp": app.clock.now().to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
        "numberMatched": matched,
        "numberReturned": returned,
        "links": links,
        "features": features,
    });
    Ok(public(GEO_JSON, &page))
}

async fn item(
    State(app): State<App>,
    Path((collection, id)): Path<(String, String)>,
) -> Result<Response> {
    let of = Collection::of(&collection).ok_or(Problem::NotFound)?;
    let wanted = Wanted {
        id: Some(Uuid::parse_str(&id).map_err(|_| Problem::NotFound)?),
        limit: 1,
        ..Wanted::default()
    };
    let mut tx = as_public(&app).await?;
    let (features, _) = store::page(&mut tx, of, &wanted).await?;
    tx.commit().await?;
    let mut feature = features.into_iter().next().ok_or(Problem::NotFound)?;
    let at = format!("{}/collections/{collection}", base(&app));
    feature["links"] = json!([
        link(format!("{at}/items/{id}"), "self", GEO_JSON, "この場所"),
        link(at, "collection", "application/json", "コレクション"),
    ]);
    Ok(public(GEO_JSON, &feature))
}

/// The address of a page: what was asked, with the place where it begins.
fn page_at(at: &str, query: &str, wanted: &Wanted, offset: i64) -> String {
    let mut parts: Vec<String> = query
        .split('&')
        .filter(|p| !p.is_empty() && !p.starts_with("offset=") && !p.starts_with("limit="))
        .map(str::to_owned)
        .collect();
    parts.push(format!("limit={}", wanted.limit));
    if offset > 0 {
        parts.push(format!("offset={offset}"));
    }
    format!("{at}?{}", parts.join("&"))
}

/// Reads the query. What is not known, or not right, is refused (Core, requirements 8 and 9), a limit too high is lowered.
fn wanted(collection: Collection, query: &str) -> Result<Wanted> {
    let mut wanted = Wanted {
        limit: USUAL_LIMIT,
        ..Wanted::default()
    };
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        let number = || value.parse::<i64>().ok();
        let known = match name.as_ref() {
            "limit" => number()
                .filter(|n| *n >= 1)
                .map(|n| wanted.limit = n.min(MOST)),
            "offset" => number().filter(|n| *n >= 0).map(|n| wanted.offset = n),
            "bbox" => bbox(&value).map(|b| wanted.bbox = Some(b)),
            "hazard" if collection == Collection::EvacuationSites => {
                Hazard::parse(&value).map(|h| wanted.hazard = Some(h.as_str()))
            }
            // Nothing here has a time: everything matches every time.
            "datetime" => Some(()),
            "f" => Some(()).filter(|()| matches!(value.as_ref(), "json" | "geojson")),
            _ => None,
        };
        known.ok_or(Problem::Malformed)?;
    }
    Ok(wanted)
}

/// `west,south,east,north`, or with heights between, which are passed over.
fn bbox(text: &str) -> Option<[f64; 4]> {
    let numbers: Vec<f64> = text
        .split(',')
        .map(|n| n.trim().parse().ok().filter(|n: &f64| n.is_finite()))
        .collect::<Option<_>>()?;
    let [west, south, east, north] = match numbers[..] {
        [west, south, east, north] | [west, south, _, east, north, _] => [west, south, east, north],
        _ => return None,
    };
    (west <= east && south <= north).then_some([west, south, east, north])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_box_has_four_numbers_or_six_and_goes_east_and_north() {
        assert_eq!(
            bbox("135.4,34.7,135.5,34.8"),
            Some([135.4, 34.7, 135.5, 34.8])
        );
        assert_eq!(
            bbox("135.4,34.7,0,135.5,34.8,100"),
            Some([135.4, 34.7, 135.5, 34.8])
        );
        for wrong in ["", "1,2,3", "135.5,34.7,135.4,34.8", "a,b,c,d", "1,2,3,inf"] {
            assert_eq!(bbox(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn an_unknown_or_wrong_parameter_is_refused_and_a_high_limit_lowered() {
        let read = |query| wanted(Collection::EvacuationSites, query);
        assert_eq!(read("limit=100000").unwrap().limit, MOST);
        assert_eq!(
            read("hazard=flood&datetime=2026-11-22").unwrap().hazard,
            Some("flood")
        );
        for wrong in [
            "limit=0",
            "limit=x",
            "offset=-1",
            "bbox=1",
            "hazard=rain",
            "colour=red",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        assert!(wanted(Collection::Shelters, "hazard=flood").is_err());
    }
}
