//! Events: kinds that are never edited, drills that end by themselves, leads who start without headquarters.

use chrono::{DateTime, TimeDelta, Utc};
use machimori::accounts::Role;
use machimori::events::STANDING_EVENT;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::{Client, TestApp};

/// Start an event of this kind; its id.
pub async fn start(client: &Client, kind: &str) -> Uuid {
    let id = Uuid::now_v7();
    let body =
        json!({"id": id, "kind": kind, "name": format!("試験の{kind}"), "hazards": ["earthquake"]});
    client.post("/api/v1/events", body).await.expect(201);
    id
}

/// Start the first round over these districts.
pub async fn round(client: &Client, event: Uuid, districts: &[Uuid]) -> Uuid {
    let id = Uuid::now_v7();
    let body = json!({"id": id, "kind": "safety", "name": "第1回", "districts": districts});
    let path = format!("/api/v1/events/{event}/rounds");
    client.post(&path, body).await.expect(201);
    id
}

async fn shown(client: &Client, id: Uuid) -> Value {
    let list = client.get("/api/v1/events").await.expect(200);
    let found = list["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|e| e["id"] == json!(id));
    found.cloned().unwrap()
}

#[tokio::test]
async fn a_drill_ends_by_itself_at_its_planned_end_with_nobody_there() {
    let app = TestApp::new().await;
    let staff = app.staff().await;
    let id = start(&staff, "drill").await;
    let drill = shown(&staff, id).await;
    assert_eq!(drill["ended_at"], Value::Null);
    let planned: DateTime<Utc> = serde_json::from_value(drill["planned_end_at"].clone()).unwrap();
    assert!(planned - app.app.clock.now() > TimeDelta::hours(3));

    app.app.clock.advance(TimeDelta::hours(5));
    let staff = app.staff().await;
    let drill = shown(&staff, id).await;
    assert_eq!(drill["ended_at"], drill["planned_end_at"]);
}

#[tokio::test]
async fn saying_it_twice_starts_one_event_and_its_kind_is_never_edited() {
    let app = TestApp::new().await;
    let staff = app.staff().await;
    let id = start(&staff, "drill").await;
    let again = json!({"id": id, "kind": "drill", "name": "試験のdrill"});
    staff.post("/api/v1/events", again).await.expect(201);
    let other = json!({"id": id, "kind": "disaster", "name": "試験"});
    assert_eq!(
        staff.post("/api/v1/events", other).await.problem(),
        "conflict"
    );
    // Not by anybody who reaches the table either.
    let edited = sqlx::query("update event set kind = 'disaster' where id = $1")
        .bind(id)
        .execute(app.sql())
        .await;
    assert!(edited.unwrap_err().to_string().contains("never edited"));
}

#[tokio::test]
async fn a_disaster_has_no_planned_end_and_a_drill_none_beyond_a_day() {
    let app = TestApp::new().await;
    let staff = app.staff().await;
    let now = app.app.clock.now();
    for (kind, hours) in [("disaster", 3), ("drill", 25), ("drill", -1)] {
        let body = json!({"id": Uuid::now_v7(), "kind": kind, "name": "試験", "planned_end_at": now + TimeDelta::hours(hours)});
        let reply = staff.post("/api/v1/events", body).await.expect(422);
        assert_eq!(reply["errors"][0]["pointer"], "/planned_end_at", "{kind}");
    }
}

#[tokio::test]
async fn a_lead_starts_without_headquarters_and_ends_only_what_the_lead_started() {
    let app = TestApp::new().await;
    let (staff, lead) = (
        app.staff().await,
        app.lead(&[app.district("東", 0).await]).await,
    );
    let theirs = start(&staff, "disaster").await;
    let own = start(&lead, "disaster").await;
    let reason = json!({"reason": "誤って開始したため"});
    let path = |id: Uuid| format!("/api/v1/events/{id}/end");
    assert_eq!(
        lead.post(&path(theirs), reason.clone()).await.problem(),
        "forbidden"
    );
    let ended = lead.post(&path(own), reason.clone()).await.expect(200);
    assert_eq!(ended["ended_reason"], reason["reason"]);
    // Ending it again changes nothing.
    let again = lead.post(&path(own), json!({"reason": "もう一度"})).await;
    assert_eq!(again.expect(200)["ended_at"], ended["ended_at"]);
}

#[tokio::test]
async fn the_standing_event_for_real_calls_cannot_be_ended() {
    let app = TestApp::new().await;
    let staff = app.staff().await;
    let path = format!("/api/v1/events/{STANDING_EVENT}/end");
    let reply = staff.post(&path, json!({"reason": "終わり"})).await;
    assert_eq!(reply.problem(), "conflict");
}

#[tokio::test]
async fn an_admin_of_log_ins_starts_no_event() {
    let app = TestApp::new().await;
    let admin = app.log_in(Role::Admin, &[]).await;
    let body = json!({"id": Uuid::now_v7(), "kind": "drill", "name": "試験"});
    assert_eq!(
        admin.post("/api/v1/events", body).await.problem(),
        "forbidden"
    );
}

#[tokio::test]
async fn a_name_is_measured_in_letters_and_refused_in_words_of_the_city() {
    let app = TestApp::new().await;
    let staff = app.staff().await;
    let named = |name: String| json!({"id": Uuid::now_v7(), "kind": "disaster", "name": name});
    let longest = "震".repeat(100);
    staff
        .post("/api/v1/events", named(longest.clone()))
        .await
        .expect(201);
    let refused = staff
        .post("/api/v1/events", named(longest + "災"))
        .await
        .expect(422);
    assert_eq!(
        refused["errors"],
        json!([{"pointer": "/name", "detail": "長すぎます。100（文字・件）までにしてください。"}])
    );
    let refused = staff
        .post("/api/v1/events", named(String::new()))
        .await
        .expect(422);
    assert_eq!(
        refused["errors"][0]["detail"],
        "空のままです。入れてください。"
    );
}

#[tokio::test]
async fn a_planned_drill_is_neither_running_nor_over_and_takes_no_round_before_it_begins() {
    let app = TestApp::new().await;
    let staff = app.staff().await;
    let district = app.district("東", 0).await;
    let (past, running) = (start(&staff, "drill").await, start(&staff, "drill").await);
    let reason = json!({"reason": "早めに終わったため"});
    let end = format!("/api/v1/events/{past}/end");
    staff.post(&end, reason).await.expect(200);
    let planned = Uuid::now_v7();
    sqlx::query(
        "insert into event (id, kind, name, started_at, planned_end_at)
         values ($1, 'drill', '防災訓練', now() + interval '24 hours', now() + interval '27 hours')",
    )
    .bind(planned)
    .execute(app.sql())
    .await
    .unwrap();
    let list = staff.get("/api/v1/events").await.expect(200);
    let items = list["items"].as_array().unwrap();
    let order: Vec<&Value> = items.iter().map(|e| &e["id"]).collect();
    assert_eq!(
        order,
        [
            &json!(running),
            &json!(STANDING_EVENT),
            &json!(planned),
            &json!(past)
        ]
    );
    let said: Vec<bool> = items
        .iter()
        .map(|e| e["is_planned"] == json!(true))
        .collect();
    assert_eq!(said, [false, false, true, false]);
    let rounds = format!("/api/v1/events/{planned}/rounds");
    let round = || json!({"id": Uuid::now_v7(), "kind": "safety", "name": "第1回", "districts": [district]});
    assert_eq!(staff.post(&rounds, round()).await.problem(), "conflict");

    app.app.clock.advance(TimeDelta::hours(25));
    let staff = app.staff().await;
    assert_eq!(shown(&staff, planned).await["is_planned"], json!(false));
    staff.post(&rounds, round()).await.expect(201);
}
