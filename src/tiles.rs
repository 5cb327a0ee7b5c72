//! Vector tiles of our own (MVT 2.1 by `ST_AsMVT`): districts, their labels, sites, and for planners the cells that the roster is
//! gathered in. No person is ever on a tile.
//!
//! A tile that was made is kept in memory for a minute, for as long as its answer may be kept by whoever asked; cells are kept as long
//! as their gathering, which a tile's address names.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{FromRequestParts, Path, Query, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use sqlx::PgPool;
use uuid::Uuid;

use crate::app::App;
use crate::call::Planning;
use crate::coverage;
use crate::db::{Principal, Scope, Tx};
use crate::keys::sha256;
use crate::problem::{Problem, Result};
use crate::shelters::index::HazardOrAny;
use crate::shelters::site::{Hazard, SiteKind};

/// `/tiles/{layer}/{z}/{x}/{y}.mvt`
pub fn routes() -> Router<App> {
    Router::new().route("/tiles/{layer}/{z}/{x}/{y}", get(tile))
}

const DEEPEST: i32 = 20;
/// How long a public tile is kept, here and by whoever asked.
const HOLDS: TimeDelta = TimeDelta::seconds(60);
/// Bytes of tiles in memory.
const MOST_BYTES: usize = 48 * 1024 * 1024;

/// Which tile.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    layer: Layer,
    z: i32,
    x: i32,
    y: i32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Layer {
    Districts,
    /// Of one hazard and one kind, when asked so.
    Sites(Option<Hazard>, Option<SiteKind>),
    /// The cells of one gathering.
    Coverage(Uuid),
}

/// A tile that was made.
struct Tile {
    made_at: DateTime<Utc>,
    etag: HeaderValue,
    bytes: Bytes,
    /// Made at the first browser that takes it.
    gzip: OnceLock<Bytes>,
}

/// The tiles in memory: the oldest go when there are too many bytes.
#[derive(Default)]
pub struct Kept(Mutex<Shelf>);

#[derive(Default)]
struct Shelf {
    tiles: HashMap<Key, Arc<Tile>>,
    /// In the order in which they came.
    order: VecDeque<Key>,
    bytes: usize,
}

impl Kept {
    fn get(&self, key: &Key) -> Option<Arc<Tile>> {
        self.shelf().tiles.get(key).cloned()
    }

    fn put(&self, key: Key, tile: Arc<Tile>) {
        let mut shelf = self.shelf();
        shelf.bytes += tile.weight();
        match shelf.tiles.insert(key.clone(), tile) {
            Some(old) => shelf.bytes -= old.weight(),
            None => shelf.order.push_back(key),
        }
        while shelf.bytes > MOST_BYTES
            && let Some(oldest) = shelf.order.pop_front()
        {
            let gone = shelf.tiles.remove(&oldest);
            shelf.bytes -= gone.map_or(0, |tile| tile.weight());
        }
    }

    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What narrows a layer.
#[derive(Debug, Default, Deserialize)]
struct Narrowed {
    hazard: Option<HazardOrAny>,
    kind: Option<SiteKind>,
    snapshot: Option<Uuid>,
}

async fn tile(
    State(app): State<App>,
    Path((layer, z, x, y)): Path<(String, i32, i32, String)>,
    Query(narrowed): Query<Narrowed>,
    mut parts: Parts,
) -> Result<Response> {
    let y: i32 = y
        .strip_suffix(".mvt")
        .and_then(|y| y.parse().ok())
        .ok_or(Problem::NotFound)?;
    if !(0..=DEEPEST).contains(&z) || !(0..1 << z).contains(&x) || !(0..1 << z).contains(&y) {
        return Err(Problem::NotFound);
    }
    let (scope, layer) = match layer.as_str() {
        "districts" => (Scope::of(Principal::Public), Layer::Districts),
        "sites" => {
            let hazard = match narrowed.hazard {
                Some(HazardOrAny::Of(hazard)) if narrowed.kind != Some(SiteKind::Shelter) => {
                    Some(hazard)
                }
                _ => None,
            };
            (
                Scope::of(Principal::Public),
                Layer::Sites(hazard, narrowed.kind),
            )
        }
        "coverage" => {
            let Planning(caller) = Planning::from_request_parts(&mut parts, &app).await?;
            let snapshot = match narrowed.snapshot {
                Some(id) => id,
                None => in_force(&app, &caller.scope).await?,
            };
            (caller.scope, Layer::Coverage(snapshot))
        }
        _ => return Err(Problem::NotFound),
    };
    let key = Key { layer, z, x, y };
    let tile = kept_or_made(&app, &scope, key).await?;
    Ok(answer(&tile, layer, &parts.headers))
}

async fn in_force(app: &App, scope: &Scope) -> Result<Uuid> {
    let mut tx = app.db.begin_read(scope).await?;
    let snapshot = coverage::store::in_force(&mut tx).await?;
    tx.commit().await?;
    snapshot.map(|s| s.id).ok_or(Problem::NotFound)
}

async fn kept_or_made(app: &App, scope: &Scope, key: Key) -> Result<Arc<Tile>> {
    let now = app.clock.now();
    let holds = |tile: &Arc<Tile>| {
        matches!(key.layer, Layer::Coverage(_)) || (now - tile.made_at).abs() < HOLDS
    };
    if let Some(tile) = app.tiles.get(&key).filter(holds) {
        return Ok(tile);
    }
    let bytes = match key.layer {
        Layer::Districts => districts(app.db.public()?, &key).await?,
        Layer::Sites(hazard, kind) => sites(app.db.public()?, &key, hazard, kind).await?,
        // Nothing is written: the answer does not wait for the end of a read.
        Layer::Coverage(snapshot) => {
            cells(&mut app.db.begin_read(scope).await?, &key, snapshot).await?
        }
    };
    let digest: String = sha256(&bytes)[..12]
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect();
    let tile = Arc::new(Tile {
        made_at: now,
        etag: HeaderValue::from_str(&format!("\"{digest}\"")).map_err(anyhow::Error::from)?,
        bytes: bytes.into(),
        gzip: OnceLock::new(),
    });
    // An empty tile of a gathering may be one that is not in force any more: it is asked for again.
    if !(tile.bytes.is_empty() && matches!(key.layer, Layer::Coverage(_))) {
        app.tiles.put(key, tile.clone());
    }
    Ok(tile)
}

impl Tile {
    /// With its squeezed form, and what the map itself needs.
    fn weight(&self) -> usize {
        512 + 2 * self.bytes.len()
    }

    fn gzipped(&self) -> Bytes {
        let squeeze = || {
            use std::io::Write as _;
            let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
            let written = out.write_all(&self.bytes).and_then(|()| out.finish());
            written.map_or_else(|_| Bytes::new(), Bytes::from)
        };
        self.gzip.get_or_init(squeeze).clone()
    }
}

fn answer(tile: &Tile, layer: Layer, asked: &HeaderMap) -> Response {
    let text = |name| asked.get(name).and_then(|v| v.to_str().ok()).unwrap_or("");
    let keep = match layer {
        Layer::Coverage(_) => "private, no-cache",
        _ => "public, max-age=60",
    };
    let common = [
        (header::CACHE_CONTROL, HeaderValue::from_static(keep)),
        (header::ETAG, tile.etag.clone()),
        (header::VARY, HeaderValue::from_static("accept-encoding")),
    ];
    let is_seen = tile
        .etag
        .to_str()
        .is_ok_and(|etag| text(header::IF_NONE_MATCH).contains(etag));
    if is_seen {
        return (StatusCode::NOT_MODIFIED, common).into_response();
    }
    let kind = [(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/vnd.mapbox-vector-tile"),
    )];
    if tile.bytes.len() > 256 && text(header::ACCEPT_ENCODING).contains("gzip") {
        let encoding = [(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"))];
        return (common, kind, encoding, tile.gzipped()).into_response();
    }
    (common, kind, tile.bytes.clone()).into_response()
}

/// Areas and, in a layer of their own, one label point each (a label inside an area would repeat at every tile's edge).
async fn districts(public: &PgPool, Key { z, x, y, .. }: &Key) -> Result<Vec<u8>> {
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
    .fetch_one(public)
    .await?)
}

async fn sites(
    public: &PgPool,
    Key { z, x, y, .. }: &Key,
    hazard: Option<Hazard>,
    kind: Option<SiteKind>,
) -> Result<Vec<u8>> {
    Ok(sqlx::query_scalar!(
        r#"with bounds as (select st_tileenvelope($1, $2, $3) as tile)
           select coalesce(st_asmvt(t, 'sites', 4096, 'geom'), ''::bytea) as "tile!" from (
               select s.id::text as id, s.kind, s.name, array_to_string(s.hazards, ',') as hazards,
                      st_asmvtgeom(st_transform(s.point, 3857), bounds.tile) as geom
               from site s, bounds
               where s.revoked_on is null and s.point && st_transform(bounds.tile, 4326)
                   and ($4::text is null or s.hazards @> array[$4]) and ($5::text is null or s.kind = $5)) t where t.geom is not null"#,
        z,
        x,
        y,
        hazard.map(Hazard::as_str),
        kind.map(SiteKind::as_str)
    )
    .fetch_one(public)
    .await?)
}

/// Cells by their number (the feature's id), with their people in fives.
async fn cells(tx: &mut Tx, Key { z, x, y, .. }: &Key, snapshot: Uuid) -> Result<Vec<u8>> {
    Ok(sqlx::query_scalar!(
        r#"with bounds as (select st_tileenvelope($1, $2, $3) as tile)
           select coalesce(st_asmvt(t, 'cells', 4096, 'geom', 'cell_no'), ''::bytea) as "tile!" from (
               select c.cell_no, c.people, d.name as district, st_asmvtgeom(st_transform(c.area, 3857), bounds.tile) as geom
               from coverage_cell c join district d on d.id = c.district_id, bounds
               where c.snapshot_id = $4 and c.area && st_transform(bounds.tile, 4326)) t where t.geom is not null"#,
        z,
        x,
        y,
        snapshot
    )
    .fetch_one(&mut **tx)
    .await?)
}
