//! Phones upload while everything is killed: what has a receipt is in the ledger, what has none is sent again and is there once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU16, AtomicUsize, Ordering};

use machimori::clock::Clock;
use machimori::field::phone::{Phone, Tap, random_key, spki};
use machimori::field::seal::{Sealed, server_key};
use rustix::process::Signal;
use serde_json::{Value, json};
use sqlx::{Connection as _, PgConnection};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use uuid::Uuid;

use crate::ground::{directory, until};
use crate::service::{Service, kill_everything, superuser};

const PHONES: usize = 4;
/// So many new items a phone sends at once, beside those that still wait for their receipt.
const AT_ONCE: usize = 3;

/// A round of a disaster over one district, in which volunteers find strangers.
struct Town {
    event: Uuid,
    round: Uuid,
    district: Uuid,
}

impl Town {
    async fn make(conn: &mut PgConnection) -> Self {
        let town = Self {
            event: Uuid::now_v7(),
            round: Uuid::now_v7(),
            district: Uuid::now_v7(),
        };
        sqlx::query(
            "insert into district (id, code, name, area, valid_from)
             values ($1, 'T1', '東校区', st_multi(st_makeenvelope(135.45, 34.78, 135.46, 34.79, 4326)), '2020-04-01')",
        )
        .bind(town.district)
        .execute(&mut *conn)
        .await
        .unwrap();
        sqlx::query("insert into event (id, kind, name) values ($1, 'disaster', '地震')")
            .bind(town.event)
            .execute(&mut *conn)
            .await
            .unwrap();
        sqlx::query("insert into safety_round (id, event_id, name) values ($1, $2, '第1回')")
            .bind(town.round)
            .bind(town.event)
            .execute(&mut *conn)
            .await
            .unwrap();
        sqlx::query("insert into round_district values ($1, $2)")
            .bind(town.round)
            .bind(town.district)
            .execute(conn)
            .await
            .unwrap();
        town
    }

    /// A volunteer's phone, enrolled.
    async fn phone(&self, conn: &mut PgConnection, server: &str) -> Phone {
        let (volunteer, device, key) = (Uuid::now_v7(), Uuid::now_v7(), random_key());
        sqlx::query("insert into volunteer (id, name, body) values ($1, '民生 花子', 'other')")
            .bind(volunteer)
            .execute(&mut *conn)
            .await
            .unwrap();
        sqlx::query("insert into volunteer_district values ($1, $2)")
            .bind(volunteer)
            .bind(self.district)
            .execute(&mut *conn)
            .await
            .unwrap();
        sqlx::query("insert into device (id, principal, volunteer_id, public_key) values ($1, 'volunteer', $2, $3)")
            .bind(device)
            .bind(volunteer)
            .bind(spki(&key).unwrap())
            .execute(conn)
            .await
            .unwrap();
        Phone::new(device, key, server_key(server).unwrap())
    }

    /// Somebody on no list who needs help.
    fn found(&self) -> Tap {
        let subject = json!({"id": Uuid::now_v7(), "label": "帽子の老人", "place": "公園", "need": "歩けない"});
        Tap {
            id: Uuid::now_v7(),
            kind: "observation",
            event: Some(self.event),
            observed_at: Clock::default().now(),
            payload: json!({"round_id": self.round, "member_id": null, "subject": subject, "attempt": "met",
                "outcome": "needs_support", "needs": [], "note": ""}),
        }
    }
}

/// What the phones share with the story.
#[derive(Default)]
struct Shared {
    port: AtomicU16,
    receipts: AtomicUsize,
    unanswered: AtomicUsize,
    makes_no_more: AtomicBool,
}

/// Taps and sends until it is told to make no more and its outbox is empty; the ids with a receipt, by the word of each.
async fn volunteer(
    town: Arc<Town>,
    mut phone: Phone,
    shared: Arc<Shared>,
) -> BTreeMap<Uuid, String> {
    let mut outbox: BTreeMap<Uuid, Sealed> = BTreeMap::new();
    let mut received = BTreeMap::new();
    loop {
        if !shared.makes_no_more.load(Ordering::SeqCst) && outbox.len() < 50 {
            for _ in 0..AT_ONCE {
                let tap = town.found();
                outbox.insert(tap.id, phone.seal(&tap).unwrap());
            }
        }
        if outbox.is_empty() {
            return received;
        }
        let items: Vec<&Sealed> = outbox.values().collect();
        let body = json!({"items": items, "device_id": phone.device, "held": items.len()});
        let Some(answer) = upload(shared.port.load(Ordering::SeqCst), &body).await else {
            shared.unanswered.fetch_add(1, Ordering::SeqCst);
            tokio::task::yield_now().await;
            continue;
        };
        for receipt in answer["results"].as_array().unwrap() {
            let Some(id) = receipt["id"]
                .as_str()
                .and_then(|id| id.parse::<Uuid>().ok())
            else {
                continue;
            };
            if outbox.remove(&id).is_some() {
                received.insert(id, receipt["result"].as_str().unwrap().to_owned());
                shared.receipts.fetch_add(1, Ordering::SeqCst);
            }
        }
    }
}

/// The answer to an upload; `None` when none came whole, or another one than 200.
async fn upload(port: u16, body: &Value) -> Option<Value> {
    let body = body.to_string();
    let head = format!(
        "POST /api/v1/field/sync HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nSec-Fetch-Site: same-origin\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.ok()?;
    stream.write_all(head.as_bytes()).await.ok()?;
    stream.write_all(body.as_bytes()).await.ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    head.starts_with("HTTP/1.1 200")
        .then(|| serde_json::from_str(body).ok())?
}

async fn seal_key(service: &Service) -> String {
    let answer = service.get("/api/v1/instance").await.unwrap();
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    let instance: Value = serde_json::from_str(body).unwrap();
    instance["seal_public_key"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn every_item_with_a_receipt_outlives_the_death_of_everything_and_the_others_arrive_once() {
    let dir = directory();
    let mut service = Service::start(dir.path()).await;
    let mut conn = PgConnection::connect_with(&superuser(dir.path()))
        .await
        .unwrap();
    let town = Arc::new(Town::make(&mut conn).await);
    let shared = Arc::new(Shared::default());
    shared.port.store(service.port, Ordering::SeqCst);
    let key = seal_key(&service).await;
    let mut volunteers = Vec::new();
    for _ in 0..PHONES {
        let phone = town.phone(&mut conn, &key).await;
        volunteers.push(tokio::spawn(volunteer(town.clone(), phone, shared.clone())));
    }
    for _ in 0..2 {
        let goal = shared.receipts.load(Ordering::SeqCst) + 150;
        until("receipts come", async || {
            (shared.receipts.load(Ordering::SeqCst) >= goal).then_some(())
        })
        .await;
        kill_everything(service, dir.path());
        service = Service::start(dir.path()).await;
        shared.port.store(service.port, Ordering::SeqCst);
    }
    shared.makes_no_more.store(true, Ordering::SeqCst);
    let mut received = BTreeMap::new();
    for volunteer in volunteers {
        received.extend(volunteer.await.unwrap());
    }
    assert!(
        shared.unanswered.load(Ordering::SeqCst) > 0,
        "uploads were cut off"
    );

    let mut conn = PgConnection::connect_with(&superuser(dir.path()))
        .await
        .unwrap();
    let wanted: BTreeSet<Uuid> = received.keys().copied().collect();
    for ledger in [
        "select id from sync_item where disposition = 'stored'",
        "select id from observation",
    ] {
        let held: Vec<Uuid> = sqlx::query_scalar(ledger)
            .fetch_all(&mut conn)
            .await
            .unwrap();
        let distinct: BTreeSet<Uuid> = held.iter().copied().collect();
        let missing: Vec<_> = wanted.difference(&distinct).collect();
        assert!(missing.is_empty(), "{ledger}: {} are lost", missing.len());
        assert_eq!(
            (held.len(), distinct),
            (wanted.len(), wanted.clone()),
            "{ledger}"
        );
    }
    let strangers: i64 =
        sqlx::query_scalar("select count(*) from round_member where kind = 'unlisted'")
            .fetch_one(&mut conn)
            .await
            .unwrap();
    assert_eq!(
        usize::try_from(strangers).unwrap(),
        wanted.len(),
        "nobody is there twice"
    );
    let words: BTreeSet<&str> = received.values().map(String::as_str).collect();
    assert!(
        words.is_subset(&BTreeSet::from(["stored", "already_stored"])),
        "{words:?}"
    );
    service.stop(Signal::TERM).await;
}
