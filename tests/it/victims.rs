//! The victim registry: out of what is known already, and never out of a drill.

mod batch;
mod edit;
mod provision;
mod records;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::events::start;
use crate::harness::town::Resident;
use crate::harness::{Client, TestApp};
use crate::operations::shelter;

async fn received(client: &Client, event: Uuid, check_in: Value) -> String {
    let path = format!("/api/v1/events/{event}/stays");
    let body = json!({"items": [{"id": Uuid::now_v7(), "check_in": check_in}]});
    let told = client.post(&path, body).await.expect(201);
    told["items"][0]["evacuee"]["id"]
        .as_str()
        .unwrap()
        .to_owned()
}

async fn add(client: &Client, event: Uuid, key: &str, id: &str) -> Value {
    let path = format!("/api/v1/events/{event}/victims");
    let body = json!({"id": Uuid::now_v7(), key: id});
    client.post(&path, body).await.expect(201)
}

#[tokio::test]
async fn a_found_resident_reaches_the_registry_through_the_shelter_without_retyping() {
    let app = TestApp::new().await;
    let east = app.district("東", 0).await;
    let site = shelter(&app, "小学校", 0, None).await;
    let person = app.resident(Resident::of("同意 花子", east)).await;
    let staff = app.staff().await;
    let event = start(&staff, "disaster").await;
    let round = crate::events::round(&staff, event, &[east]).await;
    let evacuee = received(
        &staff,
        event,
        json!({"person_id": person, "site_id": site, "stay_type": "shelter"}),
    )
    .await;
    let entry = add(&staff, event, "evacuee_id", &evacuee).await;
    for (field, expected) in [
        ("name", json!("同意 花子")),
        ("birth_on", json!("1940-04-01")),
        ("sex", json!("female")),
        ("actual_residence", json!("豊中市試験町1丁目2番3号")),
        ("phones", json!(["06-0000-0001"])),
        ("special_care", json!(true)),
        ("special_care_reasons", json!(["wheelchair"])),
        ("person_id", json!(person)),
        ("number", json!(1)),
        ("whereabouts", json!("shelter")),
        ("place", json!("小学校")),
        ("sources", json!(["check_in", "roster", "safety"])),
    ] {
        assert_eq!(entry[field], expected, "{field}");
    }
    // From the roster, from the round: the same entry, and nothing twice.
    let again = add(&staff, event, "person_id", &person.to_string()).await;
    assert_eq!(again["id"], entry["id"]);
    let member: Uuid =
        sqlx::query_scalar("select id from round_member where round_id = $1 and person_id = $2")
            .bind(round)
            .bind(person)
            .fetch_one(app.sql())
            .await
            .unwrap();
    let again = add(&staff, event, "member_id", &member.to_string()).await;
    assert_eq!(again["id"], entry["id"]);
    assert_eq!(again["history"].as_array().unwrap().len(), 1);
    assert_eq!(again["taken_from"].as_array().unwrap().len(), 3);
    // Somewhere else later: the history grows.
    let other = shelter(&app, "中学校", 1, None).await;
    received(
        &staff,
        event,
        json!({"person_id": person, "site_id": other, "stay_type": "shelter", "moved_from": site}),
    )
    .await;
    let moved = add(&staff, event, "evacuee_id", &evacuee).await;
    let places: Vec<&Value> = moved["history"]
        .as_array()
        .unwrap()
        .iter()
        .map(|w| &w["place"])
        .collect();
    assert_eq!(places, [&json!("中学校"), &json!("小学校")]);
    let path = format!("/api/v1/victims/{}", entry["id"].as_str().unwrap());
    assert_eq!(staff.get(&path).await.expect(200)["place"], "中学校");
}

#[tokio::test]
async fn a_stranger_enters_by_the_doors_form_and_the_next_has_the_next_number() {
    let app = TestApp::new().await;
    let east = app.district("東", 0).await;
    let person = app.resident(Resident::of("同意 花子", east)).await;
    let staff = app.staff().await;
    let event = start(&staff, "disaster").await;
    let evacuee = received(
        &staff,
        event,
        json!({"stay_type": "vehicle", "stranger": {"id": Uuid::now_v7(), "name": "旅行 太郎", "name_kana": "りょこう たろう",
               "birth_text": "昭和15年ごろ", "address": "大阪市"}}),
    )
    .await;
    let entry = add(&staff, event, "evacuee_id", &evacuee).await;
    assert_eq!(
        (&entry["name"], &entry["birth_on"], &entry["birth_text"]),
        (&json!("旅行 太郎"), &Value::Null, &json!("昭和15年ごろ"))
    );
    assert_eq!(
        (
            &entry["whereabouts"],
            &entry["has_contact"],
            &entry["special_care"]
        ),
        (&json!("vehicle"), &json!(false), &Value::Null)
    );
    let second = add(&staff, event, "person_id", &person.to_string()).await;
    assert_eq!(second["number"], 2);
    let path = format!("/api/v1/events/{event}/victims");
    let names = async |query: &str| -> Vec<String> {
        let list = staff.get(&format!("{path}{query}")).await.expect(200);
        list["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|v| v["name"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(names("").await, ["旅行 太郎", "同意 花子"]);
    assert_eq!(names("?only=without_contact").await, ["旅行 太郎"]);
    assert_eq!(names("?query=リョコウ").await, ["旅行 太郎"]);
    assert_eq!(names("?after=1").await, ["同意 花子"]);
    assert_eq!(names("?only=without_assistance").await.len(), 2);
}

#[tokio::test]
async fn nothing_of_a_drill_enters_whatever_is_sent() {
    let app = TestApp::new().await;
    let east = app.district("東", 0).await;
    let site = shelter(&app, "小学校", 0, None).await;
    let person = app.resident(Resident::of("同意 花子", east)).await;
    let staff = app.staff().await;
    let (drill, disaster) = (
        start(&staff, "drill").await,
        start(&staff, "disaster").await,
    );
    let evacuee = received(
        &staff,
        drill,
        json!({"person_id": person, "site_id": site, "stay_type": "shelter"}),
    )
    .await;
    let path = |event: Uuid| format!("/api/v1/events/{event}/victims");
    let body = |key: &str, id: Value| json!({"id": Uuid::now_v7(), key: id});
    for event in [drill, machimori::events::STANDING_EVENT] {
        let reply = staff
            .post(&path(event), body("person_id", json!(person)))
            .await;
        assert_eq!(reply.problem(), "conflict");
    }
    // The drill's check-in is nobody's in the disaster.
    let reply = staff
        .post(&path(disaster), body("evacuee_id", json!(evacuee)))
        .await;
    assert_eq!(reply.problem(), "not-found");
    let reply = staff
        .post(&path(disaster), json!({"id": Uuid::now_v7()}))
        .await;
    assert_eq!(reply.problem(), "invalid");
    // Somebody of the roster enters with nothing of the drill.
    let entry = add(&staff, disaster, "person_id", &person.to_string()).await;
    assert_eq!(entry["sources"], json!(["roster"]));
    assert_eq!(entry["whereabouts"], Value::Null);
    // By hand, by the batch: no door of a drill.
    for event in [drill, machimori::events::STANDING_EVENT] {
        let by_hand =
            json!({"id": Uuid::now_v7(), "by_hand": {"name": "山田", "certificate": "unknown"}});
        assert_eq!(
            staff.post(&path(event), by_hand).await.problem(),
            "conflict"
        );
        let batch = format!("/api/v1/events/{event}/victim-batches");
        let ask = json!({"id": Uuid::now_v7(), "source": "check_ins"});
        assert_eq!(staff.post(&batch, ask).await.problem(), "conflict");
    }
    let batch = format!("/api/v1/events/{disaster}/victim-batches");
    for source in ["check_ins", "rounds"] {
        let ask = json!({"id": Uuid::now_v7(), "source": source});
        let told = staff.post(&batch, ask).await.expect(201);
        assert_eq!(
            (&told["new"], &told["changed"], &told["same"]),
            (&json!(0), &json!(0), &json!(0)),
            "{source}"
        );
    }
}

/// Somebody typed by hand.
async fn by_hand(client: &Client, event: Uuid, items: Value) -> Value {
    let mut all = json!({"name": "手書 はな", "certificate": "unknown"});
    all.as_object_mut()
        .unwrap()
        .extend(items.as_object().unwrap().clone());
    let path = format!("/api/v1/events/{event}/victims");
    let body = json!({"id": Uuid::now_v7(), "by_hand": all});
    client.post(&path, body).await.expect(201)
}

/// The address of an entry, or of something of it.
fn at(entry: &Value, of: &str) -> String {
    format!("/api/v1/victims/{}{of}", entry["id"].as_str().unwrap())
}

async fn names(client: &Client, event: Uuid, query: &str) -> Vec<String> {
    let path = format!("/api/v1/events/{event}/victims{query}");
    let list = client.get(&path).await.expect(200);
    list["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|v| v["name"].as_str().unwrap().to_owned())
        .collect()
}
