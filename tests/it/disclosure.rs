//! Emergency disclosure: two persons or the duty code, never in a drill, over by itself.

use chrono::TimeDelta;
use machimori::db::Scope;
use machimori::disclosure::duty_code;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::events;
use crate::harness::town::Resident;
use crate::harness::{Client, TestApp};
use crate::rounds::step_up;

/// The body that opens an activation.
pub fn body(id: Uuid, event: Uuid, district: Uuid) -> Value {
    json!({"id": id, "event_id": event, "districts": [district], "reason": "震度6強、倒壊多数のため", "hours": 24})
}

/// Activate in the two persons' way.
pub async fn activate(first: &Client, second: &Client, event: Uuid, district: Uuid) -> Uuid {
    let id = Uuid::now_v7();
    let opened = first
        .post("/api/v1/activations", body(id, event, district))
        .await
        .expect(201);
    assert_eq!(opened["status"], "waiting");
    let path = format!("/api/v1/activations/{id}/confirm");
    assert_eq!(
        second.post(&path, json!({})).await.expect(200)["status"],
        "in_force"
    );
    id
}

/// The people that a lead's search of a district shows.
async fn seen(lead: &Client, district: Uuid) -> Vec<Uuid> {
    let page = lead
        .get(&format!("/api/v1/people?district={district}"))
        .await
        .expect(200);
    page["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| serde_json::from_value(p["id"].clone()).unwrap())
        .collect()
}

#[tokio::test]
async fn one_person_alone_shows_nobody_and_two_show_those_who_never_answered_until_it_is_closed() {
    let app = TestApp::new().await;
    let (first, second) = (app.staff().await, app.staff().await);
    let district = app.district("東", 0).await;
    let consented = app.resident(Resident::of("同意 花子", district)).await;
    let silent = app
        .resident(Resident::of("無回答 次郎", district).consent("unanswered"))
        .await;
    app.resident(
        Resident::of("支援 措置", district)
            .consent("unanswered")
            .protected(),
    )
    .await;
    let lead = app.lead(&[district]).await;
    let event = events::start(&first, "disaster").await;
    let id = Uuid::now_v7();
    first
        .post("/api/v1/activations", body(id, event, district))
        .await
        .expect(201);
    assert_eq!(seen(&lead, district).await, [consented]);
    let confirm = format!("/api/v1/activations/{id}/confirm");
    assert_eq!(
        first.post(&confirm, json!({})).await.problem(),
        "second-person-required"
    );
    assert_eq!(seen(&lead, district).await, [consented]);

    second.post(&confirm, json!({})).await.expect(200);
    let mut both = [consented, silent];
    both.sort_unstable();
    let mut shown = seen(&lead, district).await;
    shown.sort_unstable();
    assert_eq!(shown, both, "and never the protected person");
    let ground: Vec<Option<String>> = sqlx::query_scalar(
        "select legal_ground from audit_entry where action = 'people.search' order by id",
    )
    .fetch_all(app.sql())
    .await
    .unwrap();
    assert_eq!(ground.last().unwrap().as_deref(), Some("49-11-3"));
    assert_eq!(ground[0].as_deref(), Some("49-11-2"));

    let close = format!("/api/v1/activations/{id}/close");
    assert_eq!(
        first.post(&close, json!({})).await.expect(200)["status"],
        "ended"
    );
    assert_eq!(seen(&lead, district).await, [consented]);
}

#[tokio::test]
async fn an_activation_ends_by_itself_by_the_databases_clock() {
    let app = TestApp::new().await;
    let (first, second) = (app.staff().await, app.staff().await);
    let district = app.district("東", 0).await;
    app.resident(Resident::of("無回答 次郎", district).consent("unanswered"))
        .await;
    let lead = app.lead(&[district]).await;
    let event = events::start(&first, "disaster").await;
    let id = activate(&first, &second, event, district).await;
    assert_eq!(seen(&lead, district).await.len(), 1);
    // As if it had been opened a day and an hour ago; the service's own clock has no say in this.
    sqlx::query("update activation set opened_at = opened_at - interval '25 hours', closes_at = closes_at - interval '25 hours' where id = $1")
        .bind(id)
        .execute(app.sql())
        .await
        .unwrap();
    assert!(seen(&lead, district).await.is_empty());
    let list = first.get("/api/v1/activations").await.expect(200);
    assert_eq!(list["items"][0]["status"], "ended");
}

#[tokio::test]
async fn never_in_a_drill_says_the_service_and_behind_it_the_database() {
    let app = TestApp::new().await;
    let staff = app.staff().await;
    let district = app.district("東", 0).await;
    let drill = events::start(&staff, "drill").await;
    let reply = staff
        .post("/api/v1/activations", body(Uuid::now_v7(), drill, district))
        .await
        .expect(409);
    assert!(reply["detail"].as_str().unwrap().contains("訓練では"));
    let behind = sqlx::query("insert into activation (id, event_id, reason, opened_by, closes_at) values ($1, $2, '訓練で開示してみる試み', $1, now() + interval '1 hour')")
        .bind(Uuid::now_v7())
        .bind(drill)
        .execute(app.sql())
        .await
        .unwrap_err();
    assert!(
        behind.to_string().contains("activation_event_fkey"),
        "{behind}"
    );
}

#[tokio::test]
async fn the_sealed_duty_code_lets_one_person_act_once_and_another_must_review() {
    let app = TestApp::new().await;
    let (first, second) = (app.staff().await, app.staff().await);
    let district = app.district("東", 0).await;
    let event = events::start(&first, "disaster").await;
    let mut tx = app.db().begin(&Scope::cli(None)).await.unwrap();
    let code = duty_code::renew(&mut tx, &app.app.keys).await.unwrap();
    tx.commit().await.unwrap();

    let mut wrong = body(Uuid::now_v7(), event, district);
    wrong["duty_code"] = json!("AAAA-BBBB-CCCC");
    assert_eq!(
        first
            .post("/api/v1/activations", wrong.clone())
            .await
            .problem(),
        "invalid"
    );
    let id = Uuid::now_v7();
    let mut right = body(id, event, district);
    right["duty_code"] = json!(code.to_lowercase().replace('-', " "));
    let opened = first
        .post("/api/v1/activations", right.clone())
        .await
        .expect(201);
    assert_eq!(
        (&opened["status"], &opened["by_duty_code"]),
        (&json!("in_force"), &json!(true))
    );
    // Said again it is the same act; for another act the code is spent.
    first
        .post("/api/v1/activations", right.clone())
        .await
        .expect(201);
    right["id"] = json!(Uuid::now_v7());
    assert_eq!(
        first.post("/api/v1/activations", right).await.problem(),
        "invalid"
    );

    let review = format!("/api/v1/activations/{id}/review");
    assert_eq!(
        first.post(&review, json!({})).await.problem(),
        "second-person-required"
    );
    let reviewed = second.post(&review, json!({})).await.expect(200);
    assert_eq!(reviewed["reviewed_by"]["id"], json!(second.id()));
    let alarm: i64 = sqlx::query_scalar(
        "select count(*) from audit_entry where action = 'disclosure.open_by_duty_code'",
    )
    .fetch_one(app.sql())
    .await
    .unwrap();
    assert_eq!(alarm, 1);

    // Guessing stops soon.
    for _ in 0..5 {
        first.post("/api/v1/activations", wrong.clone()).await;
    }
    assert_eq!(
        first.post("/api/v1/activations", wrong).await.problem(),
        "too-many-requests"
    );
}

#[tokio::test]
async fn opening_and_confirming_need_a_fresh_second_factor_and_hours_within_the_law() {
    let app = TestApp::new().await;
    let staff = app.staff().await;
    let district = app.district("東", 0).await;
    let event = events::start(&staff, "disaster").await;
    app.app.clock.advance(TimeDelta::minutes(11));
    let ask = body(Uuid::now_v7(), event, district);
    assert_eq!(
        staff
            .post("/api/v1/activations", ask.clone())
            .await
            .problem(),
        "step-up-required"
    );
    step_up(&app, &staff).await;
    let mut long = ask.clone();
    long["hours"] = json!(73);
    assert_eq!(
        staff.post("/api/v1/activations", long).await.expect(422)["errors"][0]["pointer"],
        "/hours"
    );
    staff.post("/api/v1/activations", ask).await.expect(201);
}

#[tokio::test]
async fn a_running_rounds_board_shows_at_once_who_becomes_disclosable() {
    let app = TestApp::new().await;
    let (first, second) = (app.staff().await, app.staff().await);
    let district = app.district("東", 0).await;
    app.resident(Resident::of("無回答 次郎", district).consent("unanswered"))
        .await;
    let event = events::start(&first, "disaster").await;
    let round = crate::events::round(&first, event, &[district]).await;
    let board = format!("/api/v1/rounds/{round}/board");
    assert_eq!(
        first.get(&board).await.expect(200)["totals"]["not_disclosable"],
        1
    );
    activate(&first, &second, event, district).await;
    assert_eq!(
        first.get(&board).await.expect(200)["totals"]["not_disclosable"],
        0
    );
}
