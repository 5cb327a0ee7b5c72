//! 10,000 mails queued by the start of one round, in its transaction: with and without asking by mail, in turn, on one private cluster
//! with fsync on. `./dev bench mail [rounds]`

#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::{Request, header};
use http_body_util::BodyExt as _;
use machimori::accounts::session::{self, Owner};
use machimori::accounts::{NewAccount, Role, store};
use machimori::app::{App, Settings};
use machimori::db::Scope;
use machimori::embedded::{self, Durability, Embedded};
use machimori::keys::Keys;
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};
use tower::ServiceExt as _;
use uuid::Uuid;

/// People with a mail address in the one district.
const PEOPLE: i32 = 10_000;

#[tokio::main]
async fn main() {
    let rounds = std::env::args()
        .skip(1)
        .find_map(|a| a.parse().ok())
        .unwrap_or(5);
    let dir = tempfile::tempdir_in("/var/tmp").unwrap();
    let embedded = Embedded::start_with(dir.path(), Durability::Full)
        .await
        .unwrap();
    let desk = Desk::new(&embedded, dir.path()).await;
    let mut times: [Vec<Duration>; 2] = Default::default();
    for n in 0..rounds {
        for (asks, kept) in [false, true].into_iter().zip(&mut times) {
            let began = Instant::now();
            let round = desk.start(asks).await;
            kept.push(began.elapsed());
            let queued = desk.queued(round).await;
            assert_eq!(queued, if asks { i64::from(PEOPLE) } else { 0 });
        }
        println!("{}/{rounds}", n + 1);
    }
    let [without, with] = times.map(median);
    println!(
        "a round over {PEOPLE} people starts in {without:?}; with {PEOPLE} mails queued in {with:?}"
    );
    println!(
        "asking by mail: {:?} more, {:.2} × the start without",
        with.saturating_sub(without),
        with.as_secs_f64() / without.as_secs_f64()
    );
    drop(desk);
    embedded.stop().await;
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

struct Desk {
    router: axum::Router,
    cookie: String,
    sql: tokio::sync::Mutex<PgConnection>,
    district: Uuid,
}

impl Desk {
    async fn new(embedded: &Embedded, var: &std::path::Path) -> Self {
        let superuser = embedded.options(embedded::SUPERUSER, embedded::DATABASE);
        machimori::migrate::run(&superuser).await.unwrap();
        let mut sql = PgConnection::connect_with(&superuser).await.unwrap();
        let district = people(&mut sql).await;
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
        let app = App::new(settings, Keys::from_master([7; 32]).unwrap());
        let login = embedded.options(embedded::APP, embedded::DATABASE);
        app.db.open(login, 8).await.unwrap();
        let cookie = log_in(&app, &mut sql).await;
        Self {
            router: machimori::router::router(app),
            cookie,
            sql: tokio::sync::Mutex::new(sql),
            district,
        }
    }

    async fn post(&self, path: &str, body: Value) {
        let request = Request::post(format!("/api/v1{path}"))
            .header("sec-fetch-site", "same-origin")
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::COOKIE, &self.cookie)
            .body(Body::from(body.to_string()))
            .unwrap();
        let answer = self.router.clone().oneshot(request).await.unwrap();
        let status = answer.status();
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(status, 201, "{}", String::from_utf8_lossy(&body));
    }

    async fn start(&self, asks: bool) -> Uuid {
        let (event, round) = (Uuid::now_v7(), Uuid::now_v7());
        let new = json!({"id": event, "kind": "disaster", "name": "計測", "hazards": []});
        self.post("/events", new).await;
        let start = json!({"id": round, "kind": "safety", "name": "計測", "districts": [self.district], "asks_by_mail": asks});
        self.post(&format!("/events/{event}/rounds"), start).await;
        round
    }

    async fn queued(&self, round: Uuid) -> i64 {
        let mut sql = self.sql.lock().await;
        sqlx::query_scalar("select count(*) from mail where round_id = $1")
            .bind(round)
            .fetch_one(&mut *sql)
            .await
            .unwrap()
    }
}

/// One district, everybody on its roster with an address.
async fn people(sql: &mut PgConnection) -> Uuid {
    let district = Uuid::now_v7();
    sqlx::query(
        "insert into district (id, code, name, area, is_synthetic, valid_from)
         values ($1, 'B00', 'B00', st_multi(st_makeenvelope(135, 34, 135.01, 34.1, 4326)), true, '2020-04-01')",
    )
    .bind(district)
    .execute(&mut *sql)
    .await
    .unwrap();
    sqlx::query(
        "with p as (
             insert into person (id, name, name_key, district_id, roster_consent)
             select gen_random_uuid(), 'n' || n, 'n' || n, $1, 'consented' from generate_series(1, $2) n returning id),
         s as (insert into support_resident (person_id, listed_on) select id, '2024-04-01' from p)
         insert into contact (id, person_id, kind, value, value_key)
         select gen_random_uuid(), id, 'mail', id || '@mail.example', id || '@mail.example' from p",
    )
    .bind(district)
    .bind(PEOPLE)
    .execute(&mut *sql)
    .await
    .unwrap();
    sqlx::query("analyze").execute(&mut *sql).await.unwrap();
    district
}

async fn log_in(app: &App, sql: &mut PgConnection) -> String {
    let id = Uuid::now_v7();
    let new = NewAccount {
        id,
        login: "bench".into(),
        name: "計測".into(),
        role: Role::HqStaff,
        password: "murasaki-densha-kitsune-41".into(),
        totp_secret: Some(vec![7; 20]),
        recovery_codes: Vec::new(),
        is_break_glass: false,
        must_change: false,
        districts: Vec::new(),
    };
    let mut tx = app.db.begin(&Scope::cli(None)).await.unwrap();
    store::insert(&mut tx, &app.keys, new).await.unwrap();
    tx.commit().await.unwrap();
    let (cookie, _) = session::begin(sql, Owner::Account(id), app.clock.now())
        .await
        .unwrap();
    format!("{}={}", cookie.name(), cookie.value())
}
