//! Whom an activation, a lead and a household may not reveal.

use machimori::accounts::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::disclosure::activate;
use crate::events;
use crate::harness::town::Resident;
use crate::harness::{Client, TestApp};

async fn names(lead: &Client, district: Uuid) -> Vec<String> {
    let page = lead
        .get(&format!("/api/v1/people?district={district}"))
        .await
        .expect(200);
    let items = page["items"].as_array().unwrap().clone();
    let mut names: Vec<String> = items
        .iter()
        .map(|p| p["name"].as_str().unwrap().to_owned())
        .collect();
    names.sort();
    names
}

async fn run(app: &TestApp, sql: &'static str, id: Uuid) {
    sqlx::query(sql).bind(id).execute(app.sql()).await.unwrap();
}

#[tokio::test]
async fn an_activation_ends_with_its_disaster() {
    let app = TestApp::new().await;
    let (first, second) = (app.staff().await, app.staff().await);
    let district = app.district("東", 0).await;
    app.resident(Resident::of("無回答 次郎", district).consent("unanswered"))
        .await;
    let lead = app.lead(&[district]).await;
    let event = events::start(&first, "disaster").await;
    activate(&first, &second, event, district).await;
    assert_eq!(names(&lead, district).await, ["無回答 次郎"]);

    let end = json!({"reason": "警報の解除"});
    let path = format!("/api/v1/events/{event}/end");
    first.post(&path, end).await.expect(200);
    assert!(names(&lead, district).await.is_empty());
    let list = first.get("/api/v1/activations").await.expect(200);
    assert_eq!(list["items"][0]["status"], "ended");
}

#[tokio::test]
async fn an_activation_shows_the_roster_and_neither_families_nor_those_who_left_it() {
    let app = TestApp::new().await;
    let (first, second) = (app.staff().await, app.staff().await);
    let district = app.district("東", 0).await;
    let listed = Resident::of("名簿 太郎", district).consent("unanswered");
    app.resident(listed).await;
    let family = Resident::of("家族 花子", district).consent("unanswered");
    let family = app.resident(family).await;
    run(
        &app,
        "delete from support_resident where person_id = $1",
        family,
    )
    .await;
    let gone = app.resident(Resident::of("除外 三郎", district)).await;
    let delist = "update support_resident set delisted_on = current_date where person_id = $1";
    run(&app, delist, gone).await;
    let lead = app.lead(&[district]).await;
    assert!(names(&lead, district).await.is_empty());
    let event = events::start(&first, "disaster").await;
    activate(&first, &second, event, district).await;
    assert_eq!(names(&lead, district).await, ["名簿 太郎"]);
    for person in [family, gone] {
        let path = format!("/api/v1/people/{person}");
        assert_eq!(lead.get(&path).await.problem(), "not-found");
    }
}

#[tokio::test]
async fn a_households_name_does_not_tell_a_phone_of_the_protected_person_in_it() {
    let app = TestApp::new().await;
    let district = app.district("東", 0).await;
    let volunteer = app.volunteer("民生 花子", &[district]).await;
    let hidden = app.household("支援 措置 世帯").await;
    let open = app.household("山田 太郎 世帯").await;
    let resident = |name, household| Resident::of(name, district).household(household);
    app.resident(resident("支援 措置", hidden).protected())
        .await;
    for (name, household) in [("同居 花子", hidden), ("山田 太郎", open)] {
        let person = app.resident(resident(name, household)).await;
        app.standing_contact(person, volunteer, 1).await;
    }
    let phone = app.phone(volunteer).await;
    let session = app.phone_session(phone.device_id).await;
    let bundle = session.get("/api/v1/field/bundle").await.expect(200);
    let members = bundle["standby"]["members"].as_array().unwrap();
    let mut labels: Vec<&Value> = members.iter().map(|m| &m["household_label"]).collect();
    labels.sort_by_key(|l| l.to_string());
    assert_eq!(labels, [&json!(""), &json!("山田 太郎 世帯")]);
    assert!(!bundle.to_string().contains("支援 措置"));
}

#[tokio::test]
async fn naming_anothers_round_or_record_tells_a_lead_nothing_and_is_not_taken_for_recorded() {
    let app = TestApp::new().await;
    let staff = app.staff().await;
    let (east, west) = (app.district("東", 0).await, app.district("西", 1).await);
    app.resident(Resident::of("東の 花子", east)).await;
    app.resident(Resident::of("東の 次郎", east)).await;
    app.resident(Resident::of("西の 五郎", west)).await;
    let event = events::start(&staff, "disaster").await;
    let rounds = format!("/api/v1/events/{event}/rounds");
    let body = |id: Uuid, district: Uuid| json!({"id": id, "kind": "safety", "name": "第1回", "districts": [district]});
    let (theirs, own) = (Uuid::now_v7(), Uuid::now_v7());
    staff.post(&rounds, body(theirs, west)).await.expect(201);
    let lead = app.lead(&[east]).await;
    let peeked = lead.post(&rounds, body(theirs, east)).await;
    assert_eq!(peeked.problem(), "not-found");

    lead.post(&rounds, body(own, east)).await.expect(201);
    let path = format!("/api/v1/rounds/{own}/members");
    let page = lead.get(&path).await.expect(200);
    let member = |n: usize| page["items"][n]["id"].as_str().unwrap().to_owned();
    let said = json!({"id": Uuid::now_v7(), "attempt": "phone", "outcome": "needs_rescue"});
    let of = |n: usize| format!("{path}/{}/observations", member(n));
    lead.post(&of(0), said.clone()).await.expect(201);
    lead.post(&of(0), said.clone()).await.expect(201);
    assert_eq!(lead.post(&of(1), said.clone()).await.problem(), "conflict");

    let found = json!({"id": Uuid::now_v7(), "closes": [said["id"]], "outcome": "safe", "how": "本人と話した"});
    let close = |n: usize| format!("/api/v1/rescues/{}/resolve", member(n));
    lead.post(&close(0), found.clone()).await.expect(201);
    let second = json!({"id": Uuid::now_v7(), "attempt": "phone", "outcome": "needs_rescue"});
    lead.post(&of(1), second.clone()).await.expect(201);
    let mut reused = found;
    reused["closes"] = json!([second["id"]]);
    assert_eq!(lead.post(&close(1), reused).await.problem(), "conflict");
}

#[tokio::test]
async fn adding_a_volunteer_again_widens_nothing() {
    let app = TestApp::new().await;
    let staff = app.staff().await;
    let (east, west) = (app.district("東", 0).await, app.district("西", 1).await);
    let id = Uuid::now_v7();
    for district in [east, west] {
        let body = json!({"id": id, "name": "民生 花子", "body": "other", "districts": [district]});
        staff.post("/api/v1/volunteers", body).await.expect(201);
    }
    let list = staff
        .get(&format!("/api/v1/volunteers?district={west}"))
        .await
        .expect(200);
    assert_eq!(list["items"], json!([]));
}

#[tokio::test]
async fn a_lead_who_is_shown_a_family_under_an_activation_is_audited_on_that_ground() {
    let app = TestApp::new().await;
    let (first, second) = (app.staff().await, app.staff().await);
    let district = app.district("東", 0).await;
    let home = app.household("山田 太郎 世帯").await;
    let resident = |name| Resident::of(name, district).household(home);
    let agreed = app.resident(resident("山田 太郎")).await;
    app.resident(resident("山田 花子").consent("unanswered"))
        .await;
    let lead = app.log_in(Role::DistrictLead, &[district]).await;
    let event = events::start(&first, "disaster").await;
    activate(&first, &second, event, district).await;
    let shown = lead.get(&format!("/api/v1/people/{agreed}")).await;
    assert_eq!(shown.expect(200)["household"].as_array().unwrap().len(), 1);
    let ground: String = sqlx::query_scalar(
        "select legal_ground from audit_entry where action = 'people.show' order by id desc limit 1",
    )
    .fetch_one(app.sql())
    .await
    .unwrap();
    assert_eq!(ground, "49-11-3");
}
