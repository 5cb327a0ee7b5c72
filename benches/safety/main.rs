//! Recording what phones saw: the service (sealed, signed, scoped, derived, audited, durable) beside a bare axum + sqlx program
//! that does begin, insert, commit for each request. Both in one run on one private cluster with fsync on, rounds interleaved,
//! printed as ratios. `./dev bench safety [rounds]`

#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

mod bare;
mod load;
mod town;

use std::net::SocketAddr;
use std::sync::Arc;

use aws_lc_rs::agreement::{ECDH_P256, PrivateKey};
use machimori::app::{App, Settings};
use machimori::embedded::{self, Durability, Embedded};
use machimori::keys::Keys;
use sqlx::{Connection, PgConnection, Row};

use load::{Measured, median, run, spread};
use town::Town;

/// Requests of one measurement.
fn requests_at(concurrency: usize) -> usize {
    match concurrency {
        1 => 150,
        8 => 800,
        _ => 2400,
    }
}

fn main() {
    let client = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let server = tokio::runtime::Runtime::new().unwrap();
    let rounds = std::env::args()
        .skip(1)
        .find_map(|a| a.parse().ok())
        .unwrap_or(5);
    let dir = tempfile::tempdir_in("/var/tmp").unwrap();
    let embedded = server
        .block_on(Embedded::start_with(dir.path(), Durability::Full))
        .unwrap();
    let setup = server.block_on(prepare(&embedded, dir.path()));
    seal_cost();
    measure(&client, &setup, rounds);
    server.block_on(check(&embedded));
    server.block_on(embedded.stop());
}

struct Setup {
    town: Town,
    service: SocketAddr,
    bare: SocketAddr,
}

async fn prepare(embedded: &Embedded, var: &std::path::Path) -> Setup {
    let mut sql = superuser(embedded).await;
    for setting in ["fsync", "synchronous_commit", "full_page_writes"] {
        let value: String = sqlx::query("select current_setting($1)")
            .bind(setting)
            .fetch_one(&mut sql)
            .await
            .unwrap()
            .get(0);
        println!("{setting} = {value}");
        assert_eq!(
            value, "on",
            "refused: a cluster that does not wait for the disk measures nothing"
        );
    }
    machimori::migrate::run(&embedded.options(embedded::SUPERUSER, embedded::DATABASE))
        .await
        .unwrap();
    let keys = Keys::from_master([7; 32]).unwrap();
    let town = Town::build(&mut sql, &keys).await;
    bare::make_table(&mut sql).await;
    sql.close().await.unwrap();
    let login = embedded.options(embedded::APP, embedded::DATABASE);
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
        var: var.to_owned(),
        program: std::env::current_exe().unwrap(),
    };
    let app = App::new(settings, keys);
    app.db.open(login.clone(), 16).await.unwrap();
    let service = load::serve(machimori::router::router(app)).await;
    let bare = load::serve(bare::router(login).await).await;
    Setup {
        town,
        service,
        bare,
    }
}

/// What the seal alone costs the service's processor, per item.
fn seal_cost() {
    use machimori::field::phone::{Phone, random_key};
    use machimori::field::seal::{device_key, server_key};
    let keys = Keys::from_master([7; 32]).unwrap();
    let key = random_key();
    let verifier = device_key(&machimori::field::phone::spki(&key).unwrap()).unwrap();
    let server = server_key(&keys.seal_public_base64()).unwrap();
    let phone = Phone::new(uuid::Uuid::now_v7(), key, server);
    let items: Vec<_> = (0..300)
        .map(|n| phone.seal_text(uuid::Uuid::now_v7(), n, "{}").unwrap())
        .collect();
    let secret = PrivateKey::from_private_key(&ECDH_P256, &[9; 32]).unwrap();
    let cpu = || {
        let t = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
        t.tv_sec as f64 * 1e6 + t.tv_nsec as f64 / 1e3
    };
    let began = cpu();
    assert!(items.iter().all(|i| i.verify(&verifier).is_ok()));
    let verified = cpu();
    // Another key: all of the work, and then a refusal.
    assert!(items.iter().all(|i| i.open(&secret).is_err()));
    let opened = cpu();
    let each = |us: f64| us / items.len() as f64;
    println!(
        "processor time per item: verify {:.0} µs, open {:.0} µs",
        each(verified - began),
        each(opened - verified)
    );
}

/// Measure one side.
fn side(
    client: &tokio::runtime::Runtime,
    address: SocketAddr,
    concurrency: usize,
    requests: Vec<Vec<u8>>,
) -> Measured {
    client.block_on(run(address, concurrency, Arc::new(requests)))
}

fn measure(client: &tokio::runtime::Runtime, setup: &Setup, rounds: usize) {
    let warm = setup.town.uploads(200, 1);
    side(client, setup.service, 8, warm);
    side(client, setup.bare, 8, bare::requests(200));
    println!("\none observation per request, {rounds} interleaved rounds");
    println!(
        "concurrency | bare /s | service /s | service p50, p99 ms | service : bare, median (range)"
    );
    let mut single_at_1 = Vec::new();
    for concurrency in [1, 8, 64, 256] {
        let count = requests_at(concurrency);
        let (mut bare, mut ours, mut ratio, mut p50, mut p99) =
            (vec![], vec![], vec![], vec![], vec![]);
        for round in 0..rounds {
            let uploads = setup.town.uploads(count, 1);
            let inserts = bare::requests(count);
            let (b, s) = match round % 2 {
                0 => {
                    let b = side(client, setup.bare, concurrency, inserts);
                    (b, side(client, setup.service, concurrency, uploads))
                }
                _ => {
                    let s = side(client, setup.service, concurrency, uploads);
                    (side(client, setup.bare, concurrency, inserts), s)
                }
            };
            assert!(
                s.samples.iter().all(|b| is_stored(b)),
                "something was not stored"
            );
            bare.push(b.per_second());
            ours.push(s.per_second());
            ratio.push(s.per_second() / b.per_second());
            p50.push(s.percentile_ms(0.5));
            p99.push(s.percentile_ms(0.99));
        }
        if concurrency == 1 {
            single_at_1 = ours.clone();
        }
        println!(
            "{concurrency:>11} | {:>7.0} | {:>10.0} | {:>8.1}, {:>8.1} | {}   (bound 0.6 from 8 on)",
            median(&bare),
            median(&ours),
            median(&p50),
            median(&p99),
            spread(&ratio)
        );
    }
    batches(client, setup, rounds, &single_at_1);
}

/// A phone that sends its queue: twenty at once beside one after the other.
fn batches(client: &tokio::runtime::Runtime, setup: &Setup, rounds: usize, before: &[f64]) {
    println!("\nupload of 20 beside uploads of 1, items per second");
    println!("phones at once | singles /s | in twenties /s | twenties : singles, median (range)");
    for phones in [1, 8] {
        let (mut singles, mut twenties, mut ratio) = (vec![], vec![], vec![]);
        for _ in 0..rounds {
            let one = side(
                client,
                setup.service,
                phones,
                setup.town.uploads(requests_at(phones), 1),
            );
            let many = side(
                client,
                setup.service,
                phones,
                setup.town.uploads(requests_at(phones) / 10, 20),
            );
            singles.push(one.per_second());
            twenties.push(many.per_second() * 20.0);
            ratio.push(many.per_second() * 20.0 / one.per_second());
        }
        println!(
            "{phones:>14} | {:>10.0} | {:>14.0} | {}   {}",
            median(&singles),
            median(&twenties),
            spread(&ratio),
            if phones == 1 {
                "(bound 5)"
            } else {
                "(the writer gathers the singles of several phones already)"
            }
        );
    }
    println!("single at 1 measured before: {:.0}/s", median(before));
}

fn is_stored(body: &[u8]) -> bool {
    body.is_empty() || String::from_utf8_lossy(body).contains("\"result\":\"stored\"")
}

/// Every acknowledged observation is there, derived and audited.
async fn check(embedded: &Embedded) {
    let mut sql = superuser(embedded).await;
    let row = sqlx::query(
        "select (select count(*) from observation), (select count(*) from sync_item where disposition = 'stored'),
                (select count(*) from sync_item where disposition <> 'stored'),
                (select count(*) from audit_entry where action = 'field.sync'),
                (select sum((detail ->> 'stored')::bigint)::bigint from audit_entry where action = 'field.sync'),
                (select count(*) from round_member m where bucket = 'unchecked' and exists (select from observation o where o.member_id = m.id))",
    )
    .fetch_one(&mut sql)
    .await
    .unwrap();
    let n = |i: usize| row.get::<i64, _>(i);
    println!(
        "\nstored: {} observations of {} items, {} set aside, {} audit rows; {} members left underived",
        n(0),
        n(1),
        n(2),
        n(3),
        n(5)
    );
    assert_eq!((n(0), n(2), n(5)), (n(1), 0, 0));
    assert_eq!(n(4), n(1));
    sql.close().await.unwrap();
}

async fn superuser(embedded: &Embedded) -> PgConnection {
    PgConnection::connect_with(&embedded.options(embedded::SUPERUSER, embedded::DATABASE))
        .await
        .unwrap()
}
