//! Vector tiles of our own (MVT 2.1 by `ST_AsMVT`): districts, their labels, and sites. Public layers only; no person is ever
//! on a tile.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::app::App;
use crate::db::{Principal, Scope, Tx};
use crate::keys::sha256;
use crate::problem::{Problem, Result};

/// `/tiles/{layer}/{z}/{x}/{y}.mvt`
pub fn routes() -> Router<App> {
    Router::new().route("/tiles/{layer}/{z}/{x}/{y}", get(tile))
}

const DEEPEST: i32 = 20;

async fn tile(
    State(app): State<App>,
    Path((layer, z, x, y)): Path<(String, i32, i32, String)>,
    headers: HeaderMap,
) -> Result<Response> {
    let y: i32 = y
        .strip_suffix(".mvt")
        .and_then(|y| y.parse().ok())
        .ok_or(Problem::NotFound)?;
    if !(0..=DEEPEST).contains(&z) || !(0..1 << z).contains(&x) || !(0..1 << z).contains(&y) {
        return Err(Problem::NotFound);
    }
    let mut tx = app.db.begin_read(&Scope::of(Principal::Public)).await?;
    let bytes = match layer.as_str() {
        "districts" => districts(&mut tx, z, x, y).await?,
        "sites" => sites(&mut tx, z, x, y).await?,
        _ => return Err(Problem::NotFound),
    };
    tx.commit().await?;
    let digest: String = sha256(&bytes)[..12]
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect();
    let etag = format!("\"{digest}\"");
    let common = [
        (
            header::CACHE_CONTROL,
            HeaderValue::from_static("public, max-age=60"),
        ),
        (
            header::ETAG,
            HeaderValue::from_str(&etag).map_err(anyhow::Error::from)?,
        ),
    ];
    let seen = headers
        .get(header::IF_NONE_MATCH)
        .and_then(|v| v.to_str().ok());
    if seen.is_some_and(|tags| tags.contains(&etag)) {
        return Ok((StatusCode::NOT_MODIFIED, common).into_response());
    }
    let kind = [(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/vnd.mapbox-vector-tile"),
    )];
    Ok((common, kind, bytes).into_response())
}

/// Areas and, in a layer of their own, one label point each (a label inside an area would repeat at every tile's edge).
async fn districts(tx: &mut Tx, z: i32, x: i32, y: i32) -> Result<Vec<u8>> {
    Ok(sqlx::query_scalar!(
        r#"with bounds as (select st_tileenvelope($1, $2, $3) as tile),
           area as (select st_asmvt(t, 'districts', 4096, 'geom') as mvt from (
               select d.code, d.name, d.is_synthetic, st_asmvtgeom(st_transform(d.area, 3857), bounds.tile) as geom
               from district d, bounds
               where d.valid_to is null and d.area && st_transform(bounds.tile, 4326)) t where t.geom is not null),
           label as (select st_asmvt(t, 'district_labels', 4096, 'geom') as mvt from (
               select d.name, st_asmvtgeom(st_transform(st_pointonsurface(d.area), 3857), bounds.tile) as geom
               from district d, bounds
               where d.valid_to is null and d.area && st_transform(bounds.tile, 4326)) t where t.geom is not null)
           select area.mvt || label.mvt as "tile!" from area, label"#,
        z,
        x,
        y
    )
    .fetch_one(&mut **tx)
    .await?)
}

async fn sites(tx: &mut Tx, z: i32, x: i32, y: i32) -> Result<Vec<u8>> {
    Ok(sqlx::query_scalar!(
        r#"with bounds as (select st_tileenvelope($1, $2, $3) as tile)
           select coalesce(st_asmvt(t, 'sites', 4096, 'geom'), ''::bytea) as "tile!" from (
               select s.id::text as id, s.kind, s.name, array_to_string(s.hazards, ',') as hazards,
                      st_asmvtgeom(st_transform(s.point, 3857), bounds.tile) as geom
               from site s, bounds
               where s.revoked_on is null and s.point && st_transform(bounds.tile, 4326)) t where t.geom is not null"#,
        z,
        x,
        y
    )
    .fetch_one(&mut **tx)
    .await?)
}
