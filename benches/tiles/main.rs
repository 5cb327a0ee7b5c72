//! Vector tiles over the whole router beside their bare `ST_AsMVT` query on a connection of its own: made anew, and kept. All in one
//! run on one private cluster, turns interleaved, printed as ratios. `./dev bench tiles [turns]`

#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

#[path = "../safety/load.rs"]
#[expect(dead_code, reason = "only what is printed with")]
mod load;

use std::path::Path;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use chrono::TimeDelta;
use clap::Parser;
use http_body_util::BodyExt as _;
use machimori::app::{App, Settings};
use machimori::config::ServeConfig;
use machimori::demo::dice::Seed;
use machimori::demo::load::{Plan, load as load_demo};
use machimori::embedded::{self, Durability, Embedded};
use machimori::keys::Keys;
use sqlx::{Connection, Executor, PgConnection};
use tower::ServiceExt as _;

use load::{median, spread};

/// Sites beside the demo city's own, so that a tile has something to hold.
const SITES: i32 = 20_000;

const SITES_MVT: &str = "with bounds as (select st_tileenvelope($1, $2, $3) as tile)
    select coalesce(st_asmvt(t, 'sites', 4096, 'geom'), ''::bytea) from (
        select s.id::text as id, s.kind, s.name, array_to_string(s.hazards, ',') as hazards,
               st_asmvtgeom(st_transform(s.point, 3857), bounds.tile) as geom
        from site s, bounds
        where s.revoked_on is null and s.point && st_transform(bounds.tile, 4326)) t where t.geom is not null";

const DISTRICTS_MVT: &str = "with bounds as (select st_tileenvelope($1, $2, $3) as tile),
    area as (select st_asmvt(t, 'districts', 4096, 'geom') as mvt from (
        select d.code, d.name, d.is_synthetic, st_asmvtgeom(st_transform(d.area, 3857), bounds.tile) as geom
        from district d, bounds
        where d.valid_to is null and d.area && st_transform(bounds.tile, 4326)) t where t.geom is not null),
    label as (select st_asmvt(t, 'district_labels', 4096, 'geom') as mvt from (
        select d.name, st_asmvtgeom(st_transform(st_pointonsurface(d.area), 3857), bounds.tile) as geom
        from district d, bounds
        where d.valid_to is null and d.area && st_transform(bounds.tile, 4326)) t where t.geom is not null)
    select area.mvt || label.mvt from area, label";

/// Layer, its bare query, zoom and the tile of the city's middle.
const TILES: [(&str, &str, i32, i32, i32); 4] = [
    ("sites", SITES_MVT, 11, 1794, 812),
    ("sites", SITES_MVT, 14, 14357, 6501),
    ("districts", DISTRICTS_MVT, 11, 1794, 812),
    ("districts", DISTRICTS_MVT, 14, 14357, 6501),
];

#[derive(Parser)]
struct Config {
    #[command(flatten)]
    serve: ServeConfig,
}

fn main() {
    let turns = std::env::args()
        .skip(1)
        .find_map(|a| a.parse().ok())
        .unwrap_or(60);
    tokio::runtime::Runtime::new().unwrap().block_on(run(turns));
}

async fn run(turns: usize) {
    let dir = tempfile::tempdir_in("/var/tmp").unwrap();
    let embedded = Embedded::start_with(dir.path(), Durability::Throwaway)
        .await
        .unwrap();
    let (app, mut bare) = prepare(&embedded, dir.path()).await;
    let router = machimori::router::router(app.clone());
    println!(
        "{turns} turns each, made anew and bare in turn, through the whole router without a socket"
    );
    println!(
        "layer      zoom |    bytes | bare ms | made anew : bare, bound 1.3 | kept µs | bare : kept, bound 10"
    );
    for (layer, query, z, x, y) in TILES {
        let path = format!("/tiles/{layer}/{z}/{x}/{y}.mvt");
        let (mut bare_ms, mut to_bare, mut kept_us, mut to_kept) = (vec![], vec![], vec![], vec![]);
        // Plans and catalogues are read once.
        for _ in 0..5 {
            ask(&app, &router, &path, true).await;
            mvt(&mut bare, query, (z, x, y)).await;
        }
        for _ in 0..turns {
            let (answered, bytes) = ask(&app, &router, &path, true).await;
            let (queried, same) = mvt(&mut bare, query, (z, x, y)).await;
            // The database may gather rows in another order: the same features, not the same bytes.
            let off = bytes.len().abs_diff(same.len());
            assert!(
                off * 20 <= same.len(),
                "{} and {} bytes",
                bytes.len(),
                same.len()
            );
            let (kept, _) = ask(&app, &router, &path, false).await;
            bare_ms.push(queried.as_secs_f64() * 1e3);
            to_bare.push(answered.as_secs_f64() / queried.as_secs_f64());
            kept_us.push(kept.as_secs_f64() * 1e6);
            to_kept.push(queried.as_secs_f64() / kept.as_secs_f64());
        }
        let (_, bytes) = ask(&app, &router, &path, false).await;
        println!(
            "{layer:<10} {z:>4} | {:>8} | {:>7.2} | {} | {:>7.0} | {}",
            bytes.len(),
            median(&bare_ms),
            spread(&to_bare),
            median(&kept_us),
            spread(&to_kept)
        );
    }
    bare.close().await.unwrap();
    embedded.stop().await;
}

/// The demo city with more sites; the service on it, and a connection for the bare query.
async fn prepare(embedded: &Embedded, var: &Path) -> (App, PgConnection) {
    let superuser = embedded.options(embedded::SUPERUSER, embedded::DATABASE);
    machimori::migrate::run(&superuser).await.unwrap();
    let config = Config::parse_from(["bench".as_ref(), "--var".as_ref(), var.as_os_str()]);
    let app = App::new(
        Settings::from_config(&config.serve).unwrap(),
        Keys::from_master([7; 32]).unwrap(),
    );
    let login = embedded.options(embedded::APP, embedded::DATABASE);
    app.db.open(login.clone(), 8).await.unwrap();
    let plan = Plan {
        seed: Seed(1),
        people: 300,
    };
    load_demo(&app.db, &app.keys, plan).await.unwrap();
    let mut owner = PgConnection::connect_with(&superuser).await.unwrap();
    sqlx::query(
        "insert into site (id, kind, name, point, hazards)
         select gen_random_uuid(), 'evacuation_site', '計測公園' || n,
             st_setsrid(st_makepoint(135.43 + random() * 0.09, 34.73 + random() * 0.1), 4326), array['flood', 'earthquake']
         from generate_series(1, $1) n",
    )
    .bind(SITES)
    .execute(&mut owner)
    .await
    .unwrap();
    owner.execute("analyze").await.unwrap();
    owner.close().await.unwrap();
    // Behind the same wall as the service.
    let mut bare = PgConnection::connect_with(&login).await.unwrap();
    bare.execute("set role m_public").await.unwrap();
    (app, bare)
}

/// How long an answer took; `anew`: what is kept has grown old before.
async fn ask(app: &App, router: &Router, path: &str, anew: bool) -> (Duration, Vec<u8>) {
    if anew {
        app.clock.advance(TimeDelta::seconds(61));
    }
    let request = Request::get(path).body(Body::empty()).unwrap();
    let began = Instant::now();
    let answer = router.clone().oneshot(request).await.unwrap();
    assert!(answer.status().is_success(), "{}", answer.status());
    let bytes = answer.into_body().collect().await.unwrap().to_bytes();
    (began.elapsed(), bytes.to_vec())
}

async fn mvt(
    bare: &mut PgConnection,
    query: &'static str,
    (z, x, y): (i32, i32, i32),
) -> (Duration, Vec<u8>) {
    let began = Instant::now();
    let bytes: Vec<u8> = sqlx::query_scalar(query)
        .bind(z)
        .bind(x)
        .bind(y)
        .fetch_one(bare)
        .await
        .unwrap();
    (began.elapsed(), bytes)
}
