//! Strangers received at a door who are on the roster after all.

use super::*;

/// A stranger as she was received: her entry's id.
async fn stranger(staff: &Client, event: Uuid, site: Uuid, name: &str, birth: &str) -> Uuid {
    let id = Uuid::now_v7();
    let item = json!({"id": Uuid::now_v7(), "check_in": {"site_id": site, "stay_type": "shelter",
        "stranger": {"id": id, "name": name, "birth_text": birth}}});
    stays(staff, event, json!([item])).await;
    id
}

async fn bucket(app: &TestApp, staff: &Client, round: Uuid, name: &str) -> Value {
    let member = app.member(round, name).await;
    let path = format!("/api/v1/rounds/{round}/members/{member}");
    staff.get(&path).await.expect(200)["bucket"].clone()
}

async fn found(staff: &Client, evacuee: Uuid, person: Uuid) -> Uuid {
    let id = Uuid::now_v7();
    let body = json!({"id": id, "person_id": person, "reason": "本人が住所を言えた"});
    let path = format!("/api/v1/evacuees/{evacuee}/match");
    let made = staff.post(&path, body.clone()).await.expect(201);
    assert_eq!(made["person_id"], json!(person));
    staff.post(&path, body).await.expect(201);
    id
}

#[tokio::test]
async fn a_stranger_found_to_be_on_the_roster_is_met_in_the_round_until_the_match_is_taken_back() {
    let app = TestApp::new().await;
    let east = app.district("東", 0).await;
    let site = shelter(&app, "小学校", 0, None).await;
    let hana = app.resident(Resident::of("山田 花子", east)).await;
    app.resident(Resident::of("山田 花江", east)).await;
    let staff = app.staff().await;
    let event = start(&staff, "disaster").await;
    let round = crate::events::round(&staff, event, &[east]).await;
    let met = stranger(&staff, event, site, "やまだ　花子", "").await;
    assert_eq!(bucket(&app, &staff, round, "山田 花子").await, "unchecked");

    // By the reading alone nobody agrees; searched for, both do. She herself is named first.
    let path = format!("/api/v1/evacuees/{met}/candidates?query=山田");
    let list = staff.get(&path).await.expect(200);
    assert_eq!(list["items"].as_array().unwrap().len(), 2);
    let exact = stranger(&staff, event, site, "山田花子", "").await;
    let path = format!("/api/v1/evacuees/{exact}/candidates");
    let list = staff.get(&path).await.expect(200);
    assert_eq!(
        (
            &list["items"][0]["person_id"],
            &list["items"][0]["is_named"]
        ),
        (&json!(hana), &json!(true))
    );

    // Or by the telephone on record, however it is written.
    let id = Uuid::now_v7();
    let form = json!({"id": Uuid::now_v7(), "check_in": {"site_id": site, "stay_type": "shelter",
        "stranger": {"id": id, "name": "ハナ", "phone": "０６－００００－０００１"}}});
    stays(&staff, event, json!([form])).await;
    let path = format!("/api/v1/evacuees/{id}/candidates");
    let list = staff.get(&path).await.expect(200);
    let by_phone = &list["items"][0];
    assert_eq!(
        (&by_phone["is_named"], &by_phone["is_same_phone"]),
        (&json!(false), &json!(true))
    );

    let first = found(&staff, met, hana).await;
    assert_eq!(bucket(&app, &staff, round, "山田 花子").await, "safe");
    let again = json!({"id": Uuid::now_v7(), "person_id": hana, "reason": "もう一度"});
    let path = format!("/api/v1/evacuees/{met}/match");
    assert_eq!(staff.post(&path, again).await.problem(), "conflict");
    let path = format!("/api/v1/events/{event}/evacuee-matches");
    let list = staff.get(&path).await.expect(200);
    assert_eq!(list["items"][0]["received_as"], "やまだ　花子");

    for _ in 0..2 {
        let undo = format!("/api/v1/evacuee-matches/{first}/undo");
        staff.post(&undo, json!({})).await.expect(204);
        assert_eq!(bucket(&app, &staff, round, "山田 花子").await, "unchecked");
    }
    found(&staff, met, hana).await;
    assert_eq!(bucket(&app, &staff, round, "山田 花子").await, "safe");
    assert_eq!(present(&staff, event, site).await, 3, "and two strangers");
}

#[tokio::test]
async fn somebody_received_as_herself_and_as_a_stranger_is_one_and_a_second_place_is_shown() {
    let app = TestApp::new().await;
    let east = app.district("東", 0).await;
    let (one, two) = (
        shelter(&app, "小学校", 0, None).await,
        shelter(&app, "中学校", 1, None).await,
    );
    let hana = app.resident(Resident::of("山田 花子", east)).await;
    let staff = app.staff().await;
    let event = start(&staff, "disaster").await;
    stays(&staff, event, json!([came(hana, one)])).await;
    let met = stranger(&staff, event, two, "ハナコ", "").await;
    let both = async || {
        (
            present(&staff, event, one).await,
            present(&staff, event, two).await,
        )
    };
    assert_eq!(both().await, (1, 1));
    let made = found(&staff, met, hana).await;
    assert_eq!(both().await, (0, 1), "one person, where she came last");
    assert_eq!(shown(&staff, event, two).await["contested"], 1);
    // What a gate says later about either counts for the one.
    let leaves = json!({"id": Uuid::now_v7(), "check_out": {"evacuee_id": met, "site_id": two}});
    stays(&staff, event, json!([leaves])).await;
    assert_eq!(both().await, (0, 0));

    let undo = format!("/api/v1/evacuee-matches/{made}/undo");
    staff.post(&undo, json!({})).await.expect(204);
    assert_eq!(both().await, (1, 0), "two again, each with what was said");
}

#[tokio::test]
async fn whoever_had_left_before_the_round_is_not_met_by_a_match_and_a_protected_one_is_marked() {
    let app = TestApp::new().await;
    let east = app.district("東", 0).await;
    let site = shelter(&app, "小学校", 0, None).await;
    let hana = app.resident(Resident::of("山田 花子", east)).await;
    let hidden = app
        .resident(Resident::of("支援 措置", east).protected())
        .await;
    let staff = app.staff().await;
    let event = start(&staff, "disaster").await;
    let gone = stranger(&staff, event, site, "はなこさん", "").await;
    let leaves = json!({"id": Uuid::now_v7(), "check_out": {"evacuee_id": gone, "site_id": site}});
    stays(&staff, event, json!([leaves])).await;
    let there = stranger(&staff, event, site, "だれか", "").await;
    app.app.clock.advance(chrono::TimeDelta::minutes(10));
    let round = crate::events::round(&staff, event, &[east]).await;

    found(&staff, gone, hana).await;
    assert_eq!(bucket(&app, &staff, round, "山田 花子").await, "unchecked");
    let made = found(&staff, there, hidden).await;
    assert_eq!(bucket(&app, &staff, round, "支援 措置").await, "safe");
    let list = format!("/api/v1/events/{event}/evacuees?query=だれか");
    let shown = staff.get(&list).await.expect(200);
    assert_eq!(shown["items"][0]["is_protected"], true);

    // She leaves in between: what the match filed is taken back all the same.
    let leaves = json!({"id": Uuid::now_v7(), "check_out": {"evacuee_id": there, "site_id": site}});
    stays(&staff, event, json!([leaves])).await;
    let undo = format!("/api/v1/evacuee-matches/{made}/undo");
    staff.post(&undo, json!({})).await.expect(204);
    assert_eq!(bucket(&app, &staff, round, "支援 措置").await, "unchecked");
    let shown = staff.get(&list).await.expect(200);
    assert_eq!(shown["items"][0]["is_protected"], false);
}
