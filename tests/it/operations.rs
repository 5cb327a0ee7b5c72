//! The shelter door: opening and closing, who is where, the census beside the head-count.

mod matches;
mod rounds;
mod stays;

use machimori::shelters::refresh;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::events::start;
use crate::harness::town::Resident;
use crate::harness::{Client, TestApp};

/// A shelter in the n-th square district of the town.
pub async fn shelter(app: &TestApp, name: &str, n: u32, capacity: Option<i32>) -> Uuid {
    let id = Uuid::now_v7();
    sqlx::query(
        "insert into site (id, kind, name, point, shelter_kind, capacity)
         values ($1, 'shelter', $2, st_setsrid(st_makepoint($3, 34.784), 4326), 'general', $4)",
    )
    .bind(id)
    .bind(name)
    .bind(135.455 + f64::from(n) * 0.01)
    .bind(capacity)
    .execute(app.sql())
    .await
    .unwrap();
    id
}

pub async fn say(client: &Client, event: Uuid, site: Uuid, words: Value) -> Value {
    let mut body = json!({"id": Uuid::now_v7()});
    body.as_object_mut()
        .unwrap()
        .extend(words.as_object().unwrap().clone());
    let path = format!("/api/v1/events/{event}/sites/{site}/openings");
    client.post(&path, body).await.expect(201)
}

/// One place as the console shows it.
pub async fn shown(client: &Client, event: Uuid, site: Uuid) -> Value {
    let list = client
        .get(&format!("/api/v1/events/{event}/shelters"))
        .await
        .expect(200);
    let items = list["items"].as_array().unwrap();
    items
        .iter()
        .find(|i| i["id"] == json!(site))
        .cloned()
        .unwrap()
}

/// The names and reasons that the public is given, nearest first.
async fn public(app: &TestApp) -> Vec<(String, String)> {
    refresh::look(&app.app, &mut None).await.unwrap();
    let path = "/api/v1/sites/nearest?lon=135.4551&lat=34.784&hazard=any&kind=shelter";
    let answer = app.public().get(path).await.expect(200);
    let word = |s: &Value, key: &str| s[key].as_str().unwrap().to_owned();
    answer["sites"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| (word(s, "name"), word(s, "reason")))
        .collect()
}

fn ranked(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|(n, r)| ((*n).to_owned(), (*r).to_owned()))
        .collect()
}

/// Record entries; what became of them.
async fn stays(client: &Client, event: Uuid, items: Value) -> Vec<Value> {
    let path = format!("/api/v1/events/{event}/stays");
    let answer = client
        .post(&path, json!({"items": items}))
        .await
        .expect(201);
    answer["items"].as_array().unwrap().clone()
}

fn came(person: Uuid, site: Uuid) -> Value {
    json!({"id": Uuid::now_v7(), "check_in": {"person_id": person, "site_id": site, "stay_type": "shelter"}})
}

fn left(person: Uuid, site: Uuid) -> Value {
    json!({"id": Uuid::now_v7(), "check_out": {"person_id": person, "site_id": site}})
}

async fn present(client: &Client, event: Uuid, site: Uuid) -> i64 {
    shown(client, event, site).await["present"]
        .as_i64()
        .unwrap()
}

#[tokio::test]
async fn a_full_shelter_is_ranked_after_and_says_why_until_the_disaster_ends() {
    let app = TestApp::new().await;
    let near = shelter(&app, "近い小学校", 0, Some(100)).await;
    let far = shelter(&app, "遠い中学校", 1, None).await;
    let staff = app.staff().await;
    let event = start(&staff, "disaster").await;
    let usual = ranked(&[
        ("近い小学校", "hazard_not_applied"),
        ("遠い中学校", "hazard_not_applied"),
    ]);
    assert_eq!(public(&app).await, usual, "nobody said anything");

    say(&staff, event, near, json!({"status": "requested"})).await;
    let none_open = ranked(&[
        ("遠い中学校", "hazard_not_applied"),
        ("近い小学校", "not_opened"),
    ]);
    assert_eq!(public(&app).await, none_open);
    say(&staff, event, near, json!({"status": "preparing"})).await;
    assert_eq!(public(&app).await, none_open);
    // The one that is open comes before the nearer one of which nobody said anything.
    let fresh = shelter(&app, "となりの会館", 0, None).await;
    say(&staff, event, far, json!({"status": "open"})).await;
    let far_first = ranked(&[
        ("遠い中学校", "open"),
        ("となりの会館", "not_announced"),
        ("近い小学校", "not_opened"),
    ]);
    assert_eq!(public(&app).await, far_first);
    sqlx::query("update site set revoked_on = '2026-01-01', updated_at = now() where id = $1")
        .bind(fresh)
        .execute(app.sql())
        .await
        .unwrap();
    say(&staff, event, near, json!({"status": "open"})).await;
    let both = ranked(&[("近い小学校", "open"), ("遠い中学校", "open")]);
    assert_eq!(public(&app).await, both);
    let crowded = json!({"status": "open", "crowding": "crowded"});
    say(&staff, event, near, crowded).await;
    let crowded = ranked(&[("近い小学校", "crowded"), ("遠い中学校", "open")]);
    assert_eq!(public(&app).await, crowded);
    let after = |reason| ranked(&[("遠い中学校", "open"), ("近い小学校", reason)]);
    let full = say(
        &staff,
        event,
        near,
        json!({"status": "open", "crowding": "full", "reason": "体育館がいっぱい"}),
    )
    .await;
    assert_eq!(full["crowding"], "full");
    assert_eq!(public(&app).await, after("full"));
    say(&staff, event, near, json!({"status": "closed"})).await;
    assert_eq!(public(&app).await, after("closed"));
    let place = shown(&staff, event, near).await;
    assert_eq!(
        (&place["status"], &place["crowding"]),
        (&json!("closed"), &Value::Null)
    );
    assert!(place["opened_at"].is_string() && place["closed_at"].is_string());

    let path = format!("/api/v1/events/{event}/end");
    staff
        .post(&path, json!({"reason": "収束した"}))
        .await
        .expect(200);
    assert_eq!(
        public(&app).await,
        usual,
        "what was said ends with the disaster"
    );
}

#[tokio::test]
async fn a_look_notices_a_word_and_the_end_of_a_disaster_without_a_notice() {
    let app = TestApp::new().await;
    let site = shelter(&app, "小学校", 0, None).await;
    let staff = app.staff().await;
    let event = start(&staff, "disaster").await;
    let mut known = None;
    refresh::look(&app.app, &mut known).await.unwrap();
    let mut seen = vec![known.clone()];
    say(&staff, event, site, json!({"status": "open"})).await;
    refresh::look(&app.app, &mut known).await.unwrap();
    seen.push(known.clone());
    let path = format!("/api/v1/events/{event}/end");
    staff
        .post(&path, json!({"reason": "収束した"}))
        .await
        .expect(200);
    refresh::look(&app.app, &mut known).await.unwrap();
    assert_ne!(seen[0], seen[1]);
    assert_ne!(seen[1], known);
}

#[tokio::test]
async fn a_drills_opening_never_reaches_the_public() {
    let app = TestApp::new().await;
    let site = shelter(&app, "小学校", 0, Some(10)).await;
    let staff = app.staff().await;
    let drill = start(&staff, "drill").await;
    for words in [
        json!({"status": "open", "crowding": "full"}),
        json!({"status": "closed"}),
    ] {
        say(&staff, drill, site, words).await;
        let rows = public(&app).await;
        assert_eq!(rows, ranked(&[("小学校", "hazard_not_applied")]));
        let all = app.public().get("/api/v1/sites/all").await.expect(200);
        assert_eq!(all["sites"][0][7], 0, "no state at all");
    }
    assert_eq!(shown(&staff, drill, site).await["status"], "closed");
}

#[tokio::test]
async fn a_lead_opens_a_shelter_on_the_spot_and_only_in_the_own_district() {
    let app = TestApp::new().await;
    let (east, _west) = (app.district("東", 0).await, app.district("西", 1).await);
    let own = shelter(&app, "東小学校", 0, None).await;
    let other = shelter(&app, "西小学校", 1, None).await;
    let lead = app.lead(&[east]).await;
    let event = start(&lead, "disaster").await;
    let words =
        json!({"status": "open", "is_self_opened": true, "reason": "揺れが強く、人が集まった"});
    say(&lead, event, own, words).await;
    let place = shown(&lead, event, own).await;
    assert_eq!(
        (&place["status"], &place["is_self_opened"], &place["is_own"]),
        (&json!("open"), &json!(true), &json!(true))
    );
    assert_eq!(place["district"]["name"], "東");
    let path = format!("/api/v1/events/{event}/sites/{other}/openings");
    let body = json!({"id": Uuid::now_v7(), "status": "open"});
    assert_eq!(lead.post(&path, body).await.problem(), "forbidden");
    assert_eq!(
        shown(&lead, event, other).await["status"],
        Value::Null,
        "the list shows it all the same"
    );
    let path = format!("/api/v1/events/{event}/sites/{own}/openings");
    let body = json!({"id": Uuid::now_v7(), "status": "closed", "is_self_opened": true});
    let refused = lead.post(&path, body).await.expect(422);
    assert_eq!(refused["errors"][0]["pointer"], "/is_self_opened");
}

#[tokio::test]
async fn a_word_said_twice_is_said_once_and_a_correction_replaces_what_it_names() {
    let app = TestApp::new().await;
    let site = shelter(&app, "小学校", 0, None).await;
    let other = shelter(&app, "中学校", 1, None).await;
    let staff = app.staff().await;
    let event = start(&staff, "disaster").await;
    let path = |site: Uuid| format!("/api/v1/events/{event}/sites/{site}/openings");
    let (open, wrong) = (Uuid::now_v7(), Uuid::now_v7());
    for _ in 0..2 {
        let body = json!({"id": open, "status": "open"});
        staff.post(&path(site), body).await.expect(201);
    }
    let body = json!({"id": open, "status": "open"});
    assert_eq!(staff.post(&path(other), body).await.problem(), "conflict");
    let body = json!({"id": wrong, "status": "closed"});
    staff.post(&path(site), body).await.expect(201);
    let body = json!({"id": Uuid::now_v7(), "status": "open", "corrects": wrong});
    let refused = staff.post(&path(other), body.clone()).await.expect(422);
    assert_eq!(refused["errors"][0]["pointer"], "/corrects");
    staff.post(&path(site), body).await.expect(201);
    let place = shown(&staff, event, site).await;
    assert_eq!(
        (&place["status"], &place["closed_at"]),
        (&json!("open"), &Value::Null)
    );
    let said: i64 = sqlx::query_scalar("select count(*) from opening where site_id = $1")
        .bind(site)
        .fetch_one(app.sql())
        .await
        .unwrap();
    assert_eq!(said, 3);
    let audited: i64 =
        sqlx::query_scalar("select count(*) from audit_entry where action = 'shelters.opening'")
            .fetch_one(app.sql())
            .await
            .unwrap();
    assert_eq!(audited, 3);
}

#[tokio::test]
async fn a_head_count_stands_beside_the_census_with_its_own_time_and_unknown_is_not_zero() {
    let app = TestApp::new().await;
    let site = shelter(&app, "小学校", 0, None).await;
    let staff = app.staff().await;
    let event = start(&staff, "disaster").await;
    assert_eq!(
        shown(&staff, event, site).await["reported_people"],
        Value::Null
    );
    let path = format!("/api/v1/events/{event}/sites/{site}/head-counts");
    let now = app.app.clock.now();
    let earlier = now - chrono::TimeDelta::minutes(30);
    let body = json!({"id": Uuid::now_v7(), "as_of": now, "people": 80, "households": 31, "reported_by": "施設の人"});
    staff.post(&path, body).await.expect(201);
    // What is typed in later about earlier is no news.
    let body = json!({"id": Uuid::now_v7(), "as_of": earlier, "people": 20});
    staff.post(&path, body).await.expect(201);
    let place = shown(&staff, event, site).await;
    assert_eq!(
        (&place["reported_people"], &place["present"]),
        (&json!(80), &json!(0))
    );
    assert_eq!(place["status"], Value::Null, "counting heads opens nothing");
    let men: Option<i32> = sqlx::query_scalar("select men from head_count where people = 80")
        .fetch_one(app.sql())
        .await
        .unwrap();
    assert_eq!(men, None);
    let ahead = now + chrono::TimeDelta::hours(1);
    let body = json!({"id": Uuid::now_v7(), "as_of": ahead, "people": 1});
    let refused = staff.post(&path, body).await.expect(422);
    assert_eq!(refused["errors"][0]["pointer"], "/as_of");
}

#[tokio::test]
async fn nothing_is_said_of_a_place_after_the_end_and_nothing_in_the_standing_event() {
    let app = TestApp::new().await;
    let site = shelter(&app, "小学校", 0, None).await;
    let staff = app.staff().await;
    let drill = start(&staff, "drill").await;
    let path = format!("/api/v1/events/{drill}/end");
    staff
        .post(&path, json!({"reason": "訓練終了"}))
        .await
        .expect(200);
    for event in [drill, machimori::events::STANDING_EVENT] {
        let path = format!("/api/v1/events/{event}/sites/{site}/openings");
        let body = json!({"id": Uuid::now_v7(), "status": "open"});
        assert_eq!(staff.post(&path, body).await.problem(), "conflict");
    }
}
