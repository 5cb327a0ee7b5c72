//! The shelter door: opening and closing, who is where, the census beside the head-count.

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
    let after = |reason| ranked(&[("遠い中学校", "hazard_not_applied"), ("近い小学校", reason)]);
    assert_eq!(public(&app).await, after("not_opened"));
    say(&staff, event, near, json!({"status": "preparing"})).await;
    assert_eq!(public(&app).await, after("not_opened"));
    say(&staff, event, near, json!({"status": "open"})).await;
    say(&staff, event, far, json!({"status": "open"})).await;
    assert_eq!(public(&app).await, usual);
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
async fn checked_in_twice_is_one_and_whoever_left_is_no_longer_counted_whatever_comes_late() {
    let app = TestApp::new().await;
    let east = app.district("東", 0).await;
    let site = shelter(&app, "小学校", 0, Some(10)).await;
    let person = app.resident(Resident::of("同意 花子", east)).await;
    let staff = app.staff().await;
    let event = start(&staff, "disaster").await;
    say(&staff, event, site, json!({"status": "open"})).await;
    let first = came(person, site);
    let told = stays(&staff, event, json!([first])).await;
    assert_eq!(told[0]["evacuee"]["name"], "同意 花子");
    assert_eq!(told[0]["evacuee"]["place"]["name"], "小学校");
    stays(&staff, event, json!([first])).await;
    stays(&staff, event, json!([came(person, site)])).await;
    assert_eq!(present(&staff, event, site).await, 1);

    stays(&staff, event, json!([left(person, site)])).await;
    assert_eq!(present(&staff, event, site).await, 0);
    let mut late = came(person, site);
    late["observed_at"] = json!(app.app.clock.now() - chrono::TimeDelta::hours(1));
    stays(&staff, event, json!([late])).await;
    assert_eq!(present(&staff, event, site).await, 0);
    let list = staff
        .get(&format!("/api/v1/events/{event}/evacuees?present=false"))
        .await
        .expect(200);
    assert_eq!(list["items"][0]["person_id"], json!(person));
    assert_eq!(list["items"][0]["place"], Value::Null);
}

#[tokio::test]
async fn moving_is_one_act_and_a_second_place_is_counted_once_and_shown_for_settling() {
    let app = TestApp::new().await;
    let east = app.district("東", 0).await;
    let (one, two) = (
        shelter(&app, "小学校", 0, None).await,
        shelter(&app, "中学校", 1, None).await,
    );
    let person = app.resident(Resident::of("同意 花子", east)).await;
    let staff = app.staff().await;
    let event = start(&staff, "disaster").await;
    stays(&staff, event, json!([came(person, one)])).await;
    let mut moving = came(person, two);
    moving["check_in"]["moved_from"] = json!(one);
    let told = stays(&staff, event, json!([moving])).await;
    assert_eq!(told[0]["flag"], Value::Null);
    assert_eq!(
        (
            present(&staff, event, one).await,
            present(&staff, event, two).await
        ),
        (0, 1)
    );
    // Without a word of leaving: taken, counted at the later place, and shown.
    let told = stays(&staff, event, json!([came(person, one)])).await;
    assert_eq!(told[0]["flag"], "second_place");
    assert_eq!(
        (
            present(&staff, event, one).await,
            present(&staff, event, two).await
        ),
        (1, 0)
    );
    assert_eq!(shown(&staff, event, one).await["contested"], 1);
    let path = format!("/api/v1/events/{event}/evacuees?contested=true");
    let list = staff.get(&path).await.expect(200);
    let found = &list["items"][0];
    assert_eq!(found["also_at"]["name"], "中学校");
    let id = found["id"].as_str().unwrap();
    let settle = format!("/api/v1/evacuees/{id}/settle");
    let body = json!({"id": Uuid::now_v7(), "site_id": two, "stay_type": "shelter", "reason": "中学校に電話で確かめた"});
    let now = staff.post(&settle, body).await.expect(201);
    assert_eq!(
        (&now["place"]["name"], &now["is_contested"]),
        (&json!("中学校"), &json!(false))
    );
    assert_eq!(
        (
            present(&staff, event, one).await,
            present(&staff, event, two).await
        ),
        (0, 1)
    );
    let list = staff.get(&path).await.expect(200);
    assert_eq!(list["items"], json!([]));
}

#[tokio::test]
async fn a_household_with_a_stranger_is_received_at_once_and_each_leaves_alone() {
    let app = TestApp::new().await;
    let east = app.district("東", 0).await;
    let site = shelter(&app, "小学校", 0, None).await;
    let person = app.resident(Resident::of("同意 花子", east)).await;
    let lead = app.lead(&[east]).await;
    let event = start(&lead, "disaster").await;
    let (party, stranger) = (Uuid::now_v7(), Uuid::now_v7());
    let mut first = came(person, site);
    first["check_in"]["party_id"] = json!(party);
    let second = json!({"id": Uuid::now_v7(), "check_in": {"site_id": site, "stay_type": "shelter", "party_id": party,
        "stranger": {"id": stranger, "name": "旅行 太郎", "name_kana": "りょこう たろう", "birth_text": "昭和15年4月1日",
                     "help_needed": ["wheelchair"], "may_tell": ["family"]}}});
    let told = stays(&lead, event, json!([first, second])).await;
    assert_eq!(told[1]["evacuee"]["birth_on"], "1940-04-01");
    assert_eq!(
        told[0]["evacuee"]["party_id"],
        told[1]["evacuee"]["party_id"]
    );
    assert_eq!(present(&lead, event, site).await, 2);
    let out = json!({"id": Uuid::now_v7(), "check_out": {"site_id": site, "evacuee_id": stranger, "destination": "大阪市の親族宅"}});
    stays(&lead, event, json!([out])).await;
    let path = format!("/api/v1/events/{event}/evacuees?present=true&site={site}");
    let list = lead.get(&path).await.expect(200);
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
    assert_eq!(list["items"][0]["person_id"], json!(person));
    let path = format!("/api/v1/events/{event}/evacuees?query=リョコウ");
    let list = lead.get(&path).await.expect(200);
    assert_eq!(list["items"][0]["name"], "旅行 太郎");
}

#[tokio::test]
async fn who_stays_at_home_or_in_a_car_is_counted_apart_from_every_place() {
    let app = TestApp::new().await;
    let east = app.district("東", 0).await;
    let person = app.resident(Resident::of("同意 花子", east)).await;
    let staff = app.staff().await;
    let event = start(&staff, "disaster").await;
    let item =
        json!({"id": Uuid::now_v7(), "check_in": {"person_id": person, "stay_type": "vehicle"}});
    stays(&staff, event, json!([item])).await;
    let path = format!("/api/v1/events/{event}/shelters");
    let list = staff.get(&path).await.expect(200);
    assert_eq!(
        list["elsewhere"],
        json!([{"stay_type": "vehicle", "people": 1}])
    );
    let item =
        json!({"id": Uuid::now_v7(), "check_in": {"person_id": person, "stay_type": "shelter"}});
    let path = format!("/api/v1/events/{event}/stays");
    let refused = staff
        .post(&path, json!({"items": [item]}))
        .await
        .expect(422);
    assert_eq!(refused["errors"][0]["pointer"], "/items/0");
}

#[tokio::test]
async fn a_check_in_is_a_met_word_in_the_open_round_of_its_own_event_and_clears_no_rescue() {
    let app = TestApp::new().await;
    let east = app.district("東", 0).await;
    let site = shelter(&app, "小学校", 0, None).await;
    let found = app.resident(Resident::of("同意 花子", east)).await;
    let called = app.resident(Resident::of("救助 次郎", east)).await;
    let staff = app.staff().await;
    let (event, drill) = (
        start(&staff, "disaster").await,
        start(&staff, "drill").await,
    );
    let mut rounds = Vec::new();
    for event in [event, drill] {
        let round = Uuid::now_v7();
        let body = json!({"id": round, "kind": "safety", "name": "第1回", "districts": [east]});
        let path = format!("/api/v1/events/{event}/rounds");
        staff.post(&path, body).await.expect(201);
        rounds.push(round);
    }
    let member = async |round: Uuid, person: Uuid| -> Uuid {
        sqlx::query_scalar("select id from round_member where round_id = $1 and person_id = $2")
            .bind(round)
            .bind(person)
            .fetch_one(app.sql())
            .await
            .unwrap()
    };
    let path = |round: Uuid, member: Uuid| format!("/api/v1/rounds/{round}/members/{member}");
    let (real, called_member) = (
        member(rounds[0], found).await,
        member(rounds[0], called).await,
    );
    let body = json!({"id": Uuid::now_v7(), "attempt": "phone", "outcome": "needs_rescue"});
    let say = format!("{}/observations", path(rounds[0], called_member));
    staff.post(&say, body).await.expect(201);

    let first = came(found, site);
    stays(&staff, event, json!([first, came(called, site)])).await;
    let shown = staff.get(&path(rounds[0], real)).await.expect(200);
    assert_eq!(
        (
            &shown["state"]["outcome"],
            &shown["state"]["source"],
            &shown["state"]["whereabouts"]
        ),
        (&json!("safe"), &json!("check_in"), &json!("shelter"))
    );
    assert_eq!(shown["state"]["shelter_id"], json!(site));
    let rescue = staff.get(&path(rounds[0], called_member)).await.expect(200);
    assert_eq!(rescue["state"]["open_rescue"].as_array().unwrap().len(), 1);
    let in_drill = member(rounds[1], found).await;
    let practised = staff.get(&path(rounds[1], in_drill)).await.expect(200);
    assert_eq!(practised["state"]["outcome"], Value::Null, "another event");

    // Taken back, the word goes with it.
    let back = json!({"id": Uuid::now_v7(), "check_in": {"person_id": found, "site_id": site, "stay_type": "shelter",
        "corrects": first["id"], "is_withdrawal": true}});
    stays(&staff, event, json!([back])).await;
    let shown = staff.get(&path(rounds[0], real)).await.expect(200);
    assert_eq!(shown["state"]["outcome"], Value::Null);
    assert_eq!(present(&staff, event, site).await, 1, "the other stays");
}

#[tokio::test]
async fn a_place_that_fills_up_by_its_census_is_full_for_the_public_and_a_closed_one_still_counts()
{
    let app = TestApp::new().await;
    let east = app.district("東", 0).await;
    let site = shelter(&app, "小学校", 0, Some(1)).await;
    let (one, two) = (
        app.resident(Resident::of("同意 花子", east)).await,
        app.resident(Resident::of("同意 次郎", east)).await,
    );
    let staff = app.staff().await;
    let event = start(&staff, "disaster").await;
    say(&staff, event, site, json!({"status": "open"})).await;
    stays(&staff, event, json!([came(one, site)])).await;
    assert_eq!(public(&app).await, ranked(&[("小学校", "full")]));
    let closed = say(&staff, event, site, json!({"status": "closed"})).await;
    assert_eq!(closed["present"], 1);
    let told = stays(&staff, event, json!([came(two, site)])).await;
    assert_eq!(told[0]["flag"], "closed_place");
    assert_eq!(present(&staff, event, site).await, 2);
}

#[tokio::test]
async fn a_lead_receives_at_the_own_places_those_in_the_leads_sight_and_finds_no_protected_person()
{
    let app = TestApp::new().await;
    let (east, west) = (app.district("東", 0).await, app.district("西", 1).await);
    let (own, other) = (
        shelter(&app, "東小学校", 0, None).await,
        shelter(&app, "西小学校", 1, None).await,
    );
    let seen = app.resident(Resident::of("同意 花子", east)).await;
    let unseen = app.resident(Resident::of("西の 五郎", west)).await;
    let hidden = app
        .resident(Resident::of("支援 措置", east).protected())
        .await;
    let (staff, lead) = (app.staff().await, app.lead(&[east]).await);
    let event = start(&staff, "drill").await;
    let path = format!("/api/v1/events/{event}/stays");
    for person in [unseen, hidden] {
        let body = json!({"items": [came(person, own)]});
        let refused = lead.post(&path, body).await.expect(422);
        assert_eq!(refused["errors"][0]["pointer"], "/items/0");
    }
    let body = json!({"items": [came(seen, other)]});
    assert_eq!(lead.post(&path, body).await.problem(), "forbidden");
    stays(
        &staff,
        event,
        json!([came(hidden, own), came(unseen, other)]),
    )
    .await;
    stays(&lead, event, json!([came(seen, own)])).await;
    let path = format!("/api/v1/events/{event}/evacuees");
    let list = lead.get(&path).await.expect(200);
    let people: Vec<&Value> = list["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| &e["person_id"])
        .collect();
    assert_eq!(people, [&json!(seen)]);
    assert_eq!(present(&lead, event, own).await, 2, "counted all the same");
}
