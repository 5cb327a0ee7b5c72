//! Who came: counted once whatever the door.

use super::*;

#[tokio::test]
async fn thirty_named_and_a_group_of_forty_of_one_body_are_forty() {
    let morning = Morning::new().await;
    for n in 0..30 {
        morning
            .came(
                morning.hall,
                json!({"name": format!("会員 {n}"), "way": "typed", "body_id": morning.body}),
            )
            .await;
    }
    assert_eq!(morning.counted().await["total"], 30);
    let count =
        json!({"kind": "group", "people": 40, "way": "head_count", "body_id": morning.body});
    let now = morning.came(morning.hall, count).await;
    assert_eq!(
        (
            &now["total"],
            &now["by_venue"][0]["persons"],
            &now["by_venue"][0]["groups"]
        ),
        (&json!(40), &json!(30), &json!(40))
    );
    // The body's own later count holds, and the thirty who are known are there all the same.
    let count =
        json!({"kind": "group", "people": 12, "way": "head_count", "body_id": morning.body});
    assert_eq!(morning.came(morning.hall, count).await["total"], 30);
}

#[tokio::test]
async fn the_same_person_by_card_and_by_list_is_one_and_at_two_venues_she_counts_at_each_and_once_in_all()
 {
    let morning = Morning::new().await;
    let person = morning
        .app
        .resident(Resident::of("山田 花子", morning.east))
        .await;
    let hmac = machimori::operations::card::hmac(&morning.app.app.keys, "K7-1234");
    sqlx::query("insert into card (id, code_hmac, person_id) values ($1, $2, $3)")
        .bind(Uuid::now_v7())
        .bind(hmac)
        .bind(person)
        .execute(morning.app.sql())
        .await
        .unwrap();
    morning
        .came(morning.hall, json!({"card": "K7-1234", "way": "card"}))
        .await;
    morning
        .came(morning.hall, json!({"person_id": person}))
        .await;
    let now = morning
        .came(morning.school, json!({"person_id": person}))
        .await;
    assert_eq!(now["total"], 1);
    let at: Vec<&Value> = now["by_venue"]
        .as_array()
        .unwrap()
        .iter()
        .map(|v| &v["total"])
        .collect();
    assert_eq!(at, [&json!(1), &json!(1)]);
    // Somebody who only says her name is counted, and shown as perhaps the same.
    let now = morning
        .came(morning.hall, json!({"name": "山田花子", "way": "typed"}))
        .await;
    let hall = now["by_venue"]
        .as_array()
        .unwrap()
        .iter()
        .find(|v| v["venue_id"] == json!(morning.hall))
        .unwrap();
    assert_eq!(
        (&now["total"], &hall["possible_doubles"]),
        (&json!(2), &json!(1))
    );
    let unknown = json!({"id": Uuid::now_v7(), "venue_id": morning.hall, "kind": "person", "way": "card", "card": "K9"});
    assert_eq!(
        morning
            .staff
            .post(&morning.path("/attendance"), unknown)
            .await
            .problem(),
        "invalid"
    );
}

#[tokio::test]
async fn an_act_said_twice_counts_once_and_what_is_taken_back_no_longer_counts() {
    let morning = Morning::new().await;
    let id = Uuid::now_v7();
    for _ in 0..2 {
        let now = morning
            .came(
                morning.hall,
                json!({"id": id, "name": "山田 花子", "way": "typed"}),
            )
            .await;
        assert_eq!(now["total"], 1);
    }
    let other = json!({"id": id, "venue_id": morning.hall, "kind": "person", "way": "typed", "name": "別の人"});
    assert_eq!(
        morning
            .staff
            .post(&morning.path("/attendance"), other)
            .await
            .problem(),
        "conflict"
    );
    let now = morning
        .came(morning.hall, json!({"corrects": id, "is_withdrawal": true}))
        .await;
    assert_eq!(now["total"], 0);
    let list = morning
        .staff
        .get(&morning.path("/attendance/list"))
        .await
        .expect(200);
    assert_eq!(list["items"], json!([]));
}

#[tokio::test]
async fn a_lead_runs_the_gate_of_the_own_venues_and_sees_nobody_at_others() {
    let morning = Morning::new().await;
    let lead = morning.app.lead(&[morning.east]).await;
    morning
        .came(morning.school, json!({"name": "西の人", "way": "typed"}))
        .await;
    let act = |venue: Uuid| json!({"id": Uuid::now_v7(), "venue_id": venue, "kind": "person", "way": "typed", "name": "東の人"});
    lead.post(&morning.path("/attendance"), act(morning.hall))
        .await
        .expect(201);
    assert_eq!(
        lead.post(&morning.path("/attendance"), act(morning.school))
            .await
            .problem(),
        "forbidden"
    );
    let list = lead
        .get(&morning.path("/attendance/list"))
        .await
        .expect(200)
        .to_string();
    assert!(
        list.contains("東の人") && !list.contains("西の人"),
        "{list}"
    );
    let venue = json!({"name": "集会所", "district_id": morning.west});
    let put = lead
        .put(&morning.path(&format!("/venues/{}", Uuid::now_v7())), venue)
        .await;
    assert_eq!(put.problem(), "forbidden");
    // A planner sees how many, and no name.
    let planner = morning.app.log_in(Role::Planner, &[]).await;
    let now = planner.get(&morning.path("/attendance")).await.expect(200);
    assert_eq!(now["total"], 2);
    assert!(!now.to_string().contains("東の人"));
}

#[tokio::test]
async fn an_export_says_drill_in_every_row_and_runs_no_formula() {
    let morning = Morning::new().await;
    morning
        .came(
            morning.hall,
            json!({"name": "=HYPERLINK(1)", "way": "typed"}),
        )
        .await;
    let reply = morning
        .staff
        .get(&morning.path("/attendance/export?format=csv"))
        .await;
    let text = String::from_utf8(reply.bytes.clone()).unwrap();
    assert_eq!(reply.status.as_u16(), 200);
    assert!(
        text.contains("【訓練】,公民館") && text.contains(",'=HYPERLINK(1),"),
        "{text}"
    );
}

#[tokio::test]
async fn a_gates_phone_says_who_came_once_also_before_the_start_and_a_day_after_the_end() {
    let morning = Morning::new().await;
    let volunteer = morning.app.volunteer("民生 花子", &[morning.east]).await;
    let mut phone = phone_of(&morning.app, volunteer).await;
    let person = morning
        .app
        .resident(Resident::of("山田 花子", morning.east))
        .await;
    let mut seal = |extra: Value, app: &TestApp| {
        let mut payload = json!({"venue_id": morning.hall, "kind": "person", "way": "list"});
        payload
            .as_object_mut()
            .unwrap()
            .extend(extra.as_object().unwrap().clone());
        phone
            .seal(&machimori::field::phone::Tap {
                id: Uuid::now_v7(),
                kind: "attendance",
                event: Some(morning.drill),
                observed_at: app.app.clock.now(),
                payload,
            })
            .unwrap()
    };
    let by_list = seal(json!({"person_id": person}), &morning.app);
    let count = seal(
        json!({"kind": "group", "people": 25, "way": "head_count", "body_id": morning.body}),
        &morning.app,
    );
    let nowhere = seal(
        json!({"venue_id": Uuid::now_v7(), "name": "甲"}),
        &morning.app,
    );
    let nobody = seal(json!({"person_id": Uuid::now_v7()}), &morning.app);
    let no_body = seal(
        json!({"kind": "group", "people": 3, "way": "head_count", "body_id": Uuid::now_v7()}),
        &morning.app,
    );
    let upload = |items: Value| {
        let public = morning.app.public();
        async move {
            words(
                &public
                    .post("/api/v1/field/sync", json!({"items": items}))
                    .await
                    .expect(200),
            )
        }
    };
    let all = json!([by_list, count, nowhere, nobody, no_body]);
    let set_aside = [
        "quarantined:unknown_place",
        "quarantined:unknown_person",
        "quarantined:unknown_place",
    ];
    let first = [&["stored", "stored"][..], &set_aside].concat();
    assert_eq!(upload(all.clone()).await, first);
    // The answer was lost: nothing counts twice.
    let again = [&["already_stored", "already_stored"][..], &set_aside].concat();
    assert_eq!(upload(all).await, again);
    assert_eq!(morning.counted().await["total"], 26);

    morning.app.app.clock.advance(TimeDelta::hours(20 + 3 + 23));
    let late = seal(
        json!({"name": "おくれて届いた人", "way": "typed"}),
        &morning.app,
    );
    morning.app.app.clock.advance(TimeDelta::hours(3));
    let too_late = seal(json!({"name": "次の日の人", "way": "typed"}), &morning.app);
    assert_eq!(
        upload(json!([late, too_late])).await,
        ["stored", "quarantined:event_ended"]
    );
    let staff = morning.app.staff().await;
    assert_eq!(
        staff.get(&morning.path("/attendance")).await.expect(200)["total"],
        27
    );
}
