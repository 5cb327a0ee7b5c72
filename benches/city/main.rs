//! A city's worst minutes against the real program: observations arrive as they happen, whether or not the service keeps up (open
//! loop), with the board live before fifty people; then five times as many; then two thousand phones within a minute; then a
//! round begun. `./dev bench city [seconds]`

#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

#[allow(dead_code)]
#[path = "../safety/bare.rs"]
mod bare;
mod board;
#[allow(dead_code)]
#[path = "../safety/load.rs"]
mod load;
mod open_loop;
#[allow(dead_code)]
#[path = "../memory/service.rs"]
mod service;
#[path = "../safety/town.rs"]
mod town;

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

use machimori::keys::Keys;
use serde_json::json;
use sqlx::{PgConnection, Row};
use uuid::Uuid;

use open_loop::Outcome;
use service::Service;
use town::Town;

const WATCHERS: usize = 50;
/// 40,000 people confirmed within an hour, most of them at once: a city in its peak minute.
const PEAK_PER_S: f64 = 667.0;
/// Open at once while the city is busy, as a proxy keeps them.
const CONNECTIONS: usize = 600;
/// More than the service lets wait.
const CROWD: usize = 8_000;
const PHONES: usize = 2_000;
const ITEMS_OF_A_PHONE: usize = 5;

#[tokio::main]
async fn main() {
    let seconds = std::env::args()
        .skip(1)
        .find_map(|a| a.parse().ok())
        .unwrap_or(30.0);
    let dir = tempfile::Builder::new()
        .permissions(std::os::unix::fs::PermissionsExt::from_mode(0o711))
        .tempdir_in("/var/tmp")
        .unwrap();
    let service = Service::start(dir.path(), 8_000).await;
    let mut sql = service.superuser().await;
    let keys = Keys::load_or_create(&dir.path().join("machimori.key")).unwrap();
    let town = Town::build(&mut sql, &keys).await;
    let staff = service.session(&mut sql, "hq1").await;
    println!(
        "a round over 10,000 people and 240 phones beside the demo city of 8,000; {WATCHERS} boards watched"
    );
    load::run(service.address, 4, Arc::new(town.uploads(400, 1))).await;

    let path = format!("/api/v1/rounds/{}/board/stream", town.round);
    let seen = Arc::new(AtomicU64::new(0));
    let mut watchers = Vec::new();
    for _ in 1..WATCHERS {
        watchers.push(service.watch(&path, &staff, seen.clone()).await);
    }
    let eye = board::Eye::open(service.address, &path, &staff).await;

    let before = stored(&mut sql).await;
    let unheard = town.unheard();
    let peak = town.uploads((PEAK_PER_S * seconds) as usize, 1);
    let sent = peak.len();
    let outcome = open_loop::send(service.address, CONNECTIONS, PEAK_PER_S, peak).await;
    report("peak minute", "p99 1 s", &outcome);
    // Who is heard of again as before changes no board, and a board that has not changed says so every five seconds only.
    let news = &outcome.acknowledged_at[..unheard.min(sent)];
    let behind = eye.behind_ms(news).await;
    println!(
        "  from an acknowledged observation to the board's event, of {} first ones: median {:.0} ms, p99 {:.0} ms, most {:.0} ms (bound 1 s)",
        news.len(),
        open_loop::percentile(&behind, 0.5),
        open_loop::percentile(&behind, 0.99),
        open_loop::percentile(&behind, 1.0)
    );
    assert_eq!(stored(&mut sql).await - before, sent as i64);

    for (times, connections, seconds) in [(5.0, CONNECTIONS, seconds / 2.0), (15.0, CROWD, 4.0)] {
        flood(
            &service,
            &mut sql,
            &town,
            times * PEAK_PER_S,
            connections,
            seconds,
        )
        .await;
    }

    let phones = town.uploads(PHONES, ITEMS_OF_A_PHONE);
    let outcome = open_loop::send(service.address, CONNECTIONS, PHONES as f64 / 60.0, phones).await;
    report(
        "2,000 phones of five items within a minute",
        "p99 1 s",
        &outcome,
    );

    let (took, members) = start_round(&service, &mut sql, &staff).await;
    println!("a round over {members} residents of the demo city begins in {took:.2?} (bound 2 s)");
    for watcher in watchers {
        watcher.abort();
    }
    drop(service);
}

/// More than it can take: what is told to come back comes back, and nothing is lost.
async fn flood(
    service: &Service,
    sql: &mut PgConnection,
    town: &Town,
    per_s: f64,
    connections: usize,
    seconds: f64,
) {
    let before = stored(sql).await;
    let flood = town.uploads((per_s * seconds) as usize, 1);
    let sent = flood.len();
    let outcome = open_loop::send(service.address, connections, per_s, flood).await;
    let what = format!("{per_s:.0} a second over {connections} connections");
    report(&what, "nothing lost", &outcome);
    println!(
        "  stored {} of {sent} (told to come back {} times, and came)",
        stored(sql).await - before,
        outcome.told_to_come_back
    );
    assert_eq!(stored(sql).await - before, sent as i64);
}

fn report(what: &str, bound: &str, outcome: &Outcome) {
    println!(
        "{what}: {} uploads in {:.0} s ({:.0}/s); from when each was due to its receipt p50 {:.1} ms, p99 {:.1} ms, most {:.0} ms (bound: {bound})",
        outcome.latencies_ms.len(),
        outcome.elapsed.as_secs_f64(),
        outcome.latencies_ms.len() as f64 / outcome.elapsed.as_secs_f64(),
        open_loop::percentile(&outcome.latencies_ms, 0.5),
        open_loop::percentile(&outcome.latencies_ms, 0.99),
        open_loop::percentile(&outcome.latencies_ms, 1.0),
    );
}

async fn stored(sql: &mut PgConnection) -> i64 {
    sqlx::query("select count(*) from observation o join sync_item s using (id) where s.disposition = 'stored'")
        .fetch_one(sql)
        .await
        .unwrap()
        .get(0)
}

/// Begin a round over every district of the demo city, as the console does.
async fn start_round(service: &Service, sql: &mut PgConnection, staff: &str) -> (Duration, i64) {
    let event = Uuid::now_v7();
    let created =
        json!({"id": event, "kind": "disaster", "name": "計測", "hazards": ["earthquake"]});
    service.send("/api/v1/events", staff, &created).await;
    let districts: Vec<Uuid> = sqlx::query_scalar(
        "select distinct p.district_id from support_resident s join person p on p.id = s.person_id",
    )
    .fetch_all(&mut *sql)
    .await
    .unwrap();
    let round = Uuid::now_v7();
    let body = json!({"id": round, "kind": "safety", "name": "計測", "districts": districts});
    let began = Instant::now();
    service
        .send(&format!("/api/v1/events/{event}/rounds"), staff, &body)
        .await;
    let took = began.elapsed();
    let members = sqlx::query("select count(*) from round_member where round_id = $1")
        .bind(round)
        .fetch_one(sql)
        .await
        .unwrap()
        .get(0);
    (took, members)
}
