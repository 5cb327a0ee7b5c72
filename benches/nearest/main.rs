//! The nearest suitable sites over HTTP: the service's route beside bare JSON routes of axum (a short one, and one that answers
//! the same bytes without looking anything up) and beside PostGIS asked for each request. All in one run, rounds interleaved,
//! printed as ratios. `./dev bench nearest [rounds]`

#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

#[path = "../safety/load.rs"]
mod load;
mod postgis;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::http::header;
use axum::routing::get;
use axum::{Json, Router};
use http_body_util::BodyExt as _;
use machimori::app::{App, Settings};
use machimori::embedded::{Durability, Embedded};
use machimori::keys::Keys;
use machimori::shelters::index::Index;
use machimori::shelters::live::Source;
use machimori::shelters::synthetic;
use rand::{RngExt, SeedableRng};
use tokio::runtime::Runtime;
use tower::ServiceExt as _;

use load::{Measured, median, run, spread};

const CONNECTIONS: usize = 64;
const REQUESTS: usize = 20_000;
const THROUGH_POSTGIS: usize = 1_000;

fn main() {
    let client = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let server = Runtime::new().unwrap();
    let rounds = std::env::args()
        .skip(1)
        .find_map(|a| a.parse().ok())
        .unwrap_or(15);
    let dir = tempfile::tempdir_in("/var/tmp").unwrap();
    let embedded = server
        .block_on(Embedded::start_with(dir.path(), Durability::Throwaway))
        .unwrap();
    println!(
        "{CONNECTIONS} connections, {REQUESTS} requests a round, {rounds} interleaved rounds; hazard=flood, limit=5"
    );
    println!(
        "    sites | nearest /s | p99 ms | : short JSON | : same bytes, bound 0.75 at 200,000 | PostGIS /s | nearest : PostGIS"
    );
    for sites in [440, 200_000, 1_000_000] {
        measure(&client, &server, &embedded, sites, rounds);
    }
    server.block_on(embedded.stop());
}

fn measure(client: &Runtime, server: &Runtime, embedded: &Embedded, sites: usize, rounds: usize) {
    let records = synthetic(sites, 20_261_122);
    let towns: Vec<(f64, f64)> = records.iter().map(|r| (r.at.lon(), r.at.lat())).collect();
    let postgis =
        server.block_on(async { load::serve(postgis::router(embedded, &records).await).await });
    let app = app();
    app.sites
        .install(Index::build(records, chrono::Utc::now()), Source::Database);
    let nearest = server.block_on(load::serve(machimori::router::router(app.clone())));
    let asked = questions(&towns, REQUESTS);
    let side = |address: SocketAddr, requests: &Arc<Vec<Vec<u8>>>| -> Measured {
        client.block_on(run(address, CONNECTIONS, requests.clone()))
    };
    let warm = side(nearest, &asked);
    let body = String::from_utf8(warm.samples[0].clone()).unwrap();
    assert_eq!(body.matches("distance_m").count(), 5, "{body}");
    let served = server.block_on(load::serve(bare(body.clone())));
    let short: Arc<Vec<Vec<u8>>> = Arc::new((0..REQUESTS).map(|_| get_request("/short")).collect());
    let same: Arc<Vec<Vec<u8>>> = Arc::new((0..REQUESTS).map(|_| get_request("/same")).collect());
    let through = questions(&towns, THROUGH_POSTGIS);
    println!(
        "          processor time without the network: {:.1} µs, the same bytes from a bare route {:.1} µs",
        processor_us(client, machimori::router::router(app), &asked),
        processor_us(client, bare(body), &same),
    );
    let (mut rate, mut p99, mut to_short, mut to_same, mut sql, mut to_sql) =
        (vec![], vec![], vec![], vec![], vec![], vec![]);
    for _ in 0..rounds {
        let s = side(served, &short);
        let n = side(nearest, &asked);
        let b = side(served, &same);
        let p = side(postgis, &through);
        rate.push(n.per_second());
        p99.push(n.percentile_ms(0.99));
        to_short.push(n.per_second() / s.per_second());
        to_same.push(n.per_second() / b.per_second());
        sql.push(p.per_second());
        to_sql.push(n.per_second() / p.per_second());
    }
    println!(
        "{sites:>9} | {:>10.0} | {:>6.1} | {} | {} | {:>6.0} | {}",
        median(&rate),
        median(&p99),
        spread(&to_short),
        spread(&to_same),
        median(&sql),
        spread(&to_sql)
    );
}

/// What a route costs the processor for each request, hyper and the kernel apart: as exact on a busy machine as on a quiet one.
fn processor_us(runtime: &Runtime, router: Router, requests: &[Vec<u8>]) -> f64 {
    let requests: Vec<_> = requests
        .iter()
        .map(|text| {
            let path = String::from_utf8_lossy(text);
            let path = path.split(' ').nth(1).unwrap().to_owned();
            axum::http::Request::get(path)
                .header("host", "bench")
                .body(axum::body::Body::empty())
                .unwrap()
        })
        .collect();
    let count = requests.len() as f64;
    let cpu = || {
        let t = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
        t.tv_sec as f64 * 1e6 + t.tv_nsec as f64 / 1e3
    };
    runtime.block_on(async {
        let began = cpu();
        for request in requests {
            let answer = router.clone().oneshot(request).await.unwrap();
            let body = answer.into_body().collect().await.unwrap().to_bytes();
            assert!(!body.is_empty());
        }
        (cpu() - began) / count
    })
}

/// Requests from where people are: near sites.
fn questions(towns: &[(f64, f64)], count: usize) -> Arc<Vec<Vec<u8>>> {
    let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(1);
    let requests = (0..count).map(|_| {
        let (lon, lat) = towns[rng.random_range(0..towns.len())];
        let (lon, lat) = (
            lon + rng.random_range(-0.02..0.02),
            lat + rng.random_range(-0.02..0.02),
        );
        get_request(&format!(
            "/api/v1/sites/nearest?lon={lon:.6}&lat={lat:.6}&hazard=flood&limit=5"
        ))
    });
    Arc::new(requests.collect())
}

/// What axum alone does: a short JSON, and the bytes of a real answer.
async fn bare_json() -> Json<serde_json::Value> {
    Json(serde_json::json!({"message": "hello"}))
}

fn bare(body: String) -> Router {
    let body: &'static str = body.leak();
    let same = move || async move { ([(header::CONTENT_TYPE, "application/json")], body) };
    Router::new()
        .route("/short", get(bare_json))
        .route("/same", get(same))
}

fn app() -> App {
    let settings = Settings {
        public_url: "http://bench".into(),
        trusted_proxies: Vec::new(),
        district_phone: None,
        silent_minutes: 30,
        standby_bundle: true,
        marker_label: "無事ですシート".into(),
        ring_minutes: 5,
        crowding: "30,60".parse().unwrap(),
        mail: None,
        var: std::env::temp_dir(),
        program: std::env::current_exe().unwrap(),
    };
    App::new(settings, Keys::from_master([7; 32]).unwrap())
}

/// A GET as a browser's page sends it.
fn get_request(path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: bench\r\nsec-fetch-site: same-origin\r\n\r\n")
        .into_bytes()
}
