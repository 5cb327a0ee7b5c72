//! What the real program holds in memory with the demo city: idle after a warm-up, and while 50 boards are watched, phones
//! upload, the nearest places are asked for and a workbook is brought in, all at once. `./dev bench memory [people]`

#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

#[allow(dead_code)]
#[path = "../safety/bare.rs"]
mod bare;
#[allow(dead_code)]
#[path = "../safety/load.rs"]
mod load;
mod processes;
#[allow(dead_code)]
mod service;
#[path = "../safety/town.rs"]
mod town;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use machimori::keys::Keys;
use rand::{RngExt, SeedableRng};

use processes::{Watch, held, service_peak_mib};
use service::Service;
use town::Town;

const WATCHERS: usize = 50;
const UPLOADS: usize = 6_000;
const LOOKUPS: usize = 60_000;
const CONNECTIONS: usize = 32;
const IDLE_BOUND_MIB: f64 = 300.0;
const LOAD_BOUND_MIB: f64 = 512.0;

#[tokio::main]
async fn main() {
    let people = std::env::args()
        .skip(1)
        .find_map(|a| a.replace('_', "").parse().ok())
        .unwrap_or(8_000);
    let dir = tempfile::Builder::new()
        .permissions(std::os::unix::fs::PermissionsExt::from_mode(0o711))
        .tempdir_in("/var/tmp")
        .unwrap();
    let service = Service::start(dir.path(), people).await;
    let mut sql = service.superuser().await;
    let keys = Keys::load_or_create(&dir.path().join("machimori.key")).unwrap();
    let town = Town::build(&mut sql, &keys).await;
    let staff = [
        service.session(&mut sql, "hq1").await,
        service.session(&mut sql, "hq2").await,
    ];
    println!("demo city of {people} people on the roster, a round over 10,000 more and 240 phones");

    load::run(service.address, 4, lookups(2_000)).await;
    load::run(service.address, 4, Arc::new(town.uploads(200, 1))).await;
    let seen = Arc::new(AtomicU64::new(0));
    let path = format!("/api/v1/rounds/{}/board/stream", town.round);
    let first = service.watch(&path, &staff[0], seen.clone()).await;
    first.abort();
    // Idle is what is left when the warm-up's connections are gone and no timer has work.
    tokio::time::sleep(Duration::from_secs(5)).await;
    let idle = held(service.pid());
    println!(
        "idle after the warm-up: {:.0} MiB (bound: {IDLE_BOUND_MIB:.0}); PostgreSQL {:.0} MiB",
        idle.service, idle.database
    );

    let watch = Watch::begin(service.pid());
    let began = Instant::now();
    let mut watchers = Vec::new();
    for _ in 0..WATCHERS {
        watchers.push(service.watch(&path, &staff[0], seen.clone()).await);
    }
    let workbook = service.workbook(people);
    let (uploads, found, counts) = tokio::join!(
        load::run(
            service.address,
            CONNECTIONS,
            Arc::new(town.uploads(UPLOADS, 1))
        ),
        load::run(service.address, CONNECTIONS, lookups(LOOKUPS)),
        service.import(&staff, "kind=roster&file_name=roster.xlsx", workbook),
    );
    let most = watch.end();
    println!(
        "under load for {:.0} s: {WATCHERS} boards ({} pieces of news), {UPLOADS} uploads ({:.0}/s), {LOOKUPS} look-ups ({:.0}/s), a workbook ({counts})",
        began.elapsed().as_secs_f64(),
        seen.load(Ordering::Relaxed),
        uploads.per_second(),
        found.per_second(),
    );
    println!(
        "  at most {:.0} MiB, peak by the system's count {:.0} MiB (bound: {LOAD_BOUND_MIB:.0}); reading children {:.0} MiB; PostgreSQL {:.0} MiB",
        most.service,
        service_peak_mib(service.pid()),
        most.readers,
        most.database
    );
    for watcher in watchers {
        watcher.abort();
    }
    tokio::time::sleep(Duration::from_secs(5)).await;
    println!(
        "idle again: {:.0} MiB of the service",
        held(service.pid()).service
    );
    drop(service);
}

/// Requests from all over the demo city.
fn lookups(count: usize) -> Arc<Vec<Vec<u8>>> {
    let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(1);
    let request = |_| {
        let (lon, lat) = (
            rng.random_range(135.44..135.51),
            rng.random_range(34.74..34.83),
        );
        format!("GET /api/v1/sites/nearest?lon={lon:.6}&lat={lat:.6}&hazard=flood&limit=5 HTTP/1.1\r\nhost: bench\r\n\r\n")
            .into_bytes()
    };
    Arc::new((0..count).map(request).collect())
}
