//! Appended to an entry, corrected, taken back; never overwritten.

use super::*;

async fn say(client: &Client, entry: &Value, of: &str, body: &Value) -> Value {
    client.post(&at(entry, of), body.clone()).await.expect(201)
}

#[tokio::test]
async fn whereabouts_are_a_history_in_which_mistakes_are_corrected_and_stay_visible() {
    let app = TestApp::new().await;
    let staff = app.staff().await;
    let event = start(&staff, "disaster").await;
    let entry = by_hand(&staff, event, json!({})).await;
    let (first, second) = (Uuid::now_v7(), Uuid::now_v7());
    let home = json!({"id": first, "whereabouts": "home", "since": "2026-11-01T00:00:00Z"});
    say(&staff, &entry, "/whereabouts", &home).await;
    // Said twice, the same as once.
    let told = say(&staff, &entry, "/whereabouts", &home).await;
    assert_eq!(told["history"].as_array().unwrap().len(), 1);
    let right = json!({"id": second, "whereabouts": "relatives", "words": "妹の家", "since": "2026-11-02T00:00:00Z", "corrects": first});
    let told = say(&staff, &entry, "/whereabouts", &right).await;
    assert_eq!(told["whereabouts"], "relatives");
    let history = told["history"].as_array().unwrap();
    assert_eq!(
        (
            history.len(),
            &history[1]["is_corrected"],
            &history[0]["recorded_by"]
        ),
        (2, &json!(true), &json!("試験 hq_staff"))
    );
    // A second correction of the same is told; one of nothing is refused.
    let again = json!({"id": Uuid::now_v7(), "whereabouts": "home", "since": "2026-11-02T00:00:00Z", "corrects": first});
    let reply = staff.post(&at(&entry, "/whereabouts"), again).await;
    assert_eq!(reply.problem(), "conflict");
    let nothing = json!({"id": Uuid::now_v7(), "whereabouts": "home", "since": "2026-11-02T00:00:00Z", "corrects": Uuid::now_v7()});
    let reply = staff.post(&at(&entry, "/whereabouts"), nothing).await;
    assert_eq!(reply.problem(), "invalid");
    let late =
        json!({"id": Uuid::now_v7(), "whereabouts": "home", "since": "2126-11-02T00:00:00Z"});
    let reply = staff.post(&at(&entry, "/whereabouts"), late).await;
    assert_eq!(reply.problem(), "invalid");
    // Taken back: nobody said.
    let back = json!({"id": Uuid::now_v7(), "whereabouts": "relatives", "since": "2026-11-02T00:00:00Z", "corrects": second, "is_withdrawn": true});
    let told = say(&staff, &entry, "/whereabouts", &back).await;
    assert_eq!(told["whereabouts"], Value::Null);
    assert_eq!(told["history"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn damage_is_as_reported_and_assistance_counts_until_it_is_taken_back() {
    let app = TestApp::new().await;
    let staff = app.staff().await;
    let event = start(&staff, "disaster").await;
    let entry = by_hand(&staff, event, json!({})).await;
    let reported = |id: Uuid, kind: &str, grade: &str, at: &str| json!({"id": id, "kind": kind, "grade": grade, "reported_at": at, "reported_by": "本人"});
    let first = Uuid::now_v7();
    say(
        &staff,
        &entry,
        "/damage",
        &reported(first, "dwelling", "destroyed", "2026-11-01T00:00:00Z"),
    )
    .await;
    let odd = reported(Uuid::now_v7(), "human", "destroyed", "2026-11-01T00:00:00Z");
    let reply = staff.post(&at(&entry, "/damage"), odd).await;
    assert_eq!(reply.problem(), "invalid");
    let mut right = reported(Uuid::now_v7(), "dwelling", "half", "2026-11-01T00:00:00Z");
    right["corrects"] = json!(first);
    let told = say(&staff, &entry, "/damage", &right).await;
    assert_eq!(
        (&told["dwelling_damage"], &told["certificate"]),
        (&json!("half"), &json!("unknown"))
    );
    assert_eq!(names(&staff, event, "?dwelling=half").await.len(), 1);
    assert!(names(&staff, event, "?dwelling=destroyed").await.is_empty());
    assert_eq!(
        names(&staff, event, "?only=without_assistance").await.len(),
        1
    );
    let given = Uuid::now_v7();
    let blanket = json!({"id": given, "kind": "supplies", "status": "given", "words": "毛布2枚", "happened_on": "2026-11-02"});
    let told = say(&staff, &entry, "/assistance", &blanket).await;
    assert_eq!(told["assistance"], 1);
    assert!(
        names(&staff, event, "?only=without_assistance")
            .await
            .is_empty()
    );
    let back = json!({"id": Uuid::now_v7(), "kind": "supplies", "status": "given", "happened_on": "2026-11-02", "corrects": given, "is_withdrawn": true});
    let told = say(&staff, &entry, "/assistance", &back).await;
    assert_eq!(told["assistance"], 0);
    assert_eq!(
        names(&staff, event, "?only=without_assistance").await.len(),
        1
    );
    // Another's record is not corrected from here.
    let other = by_hand(&staff, event, json!({"name": "別の 人"})).await;
    let reply = staff.post(&at(&other, "/assistance"), blanket).await;
    assert_eq!(reply.problem(), "conflict");
}

#[tokio::test]
async fn the_newest_word_to_a_recipient_holds_and_the_city_needs_none() {
    let app = TestApp::new().await;
    let staff = app.staff().await;
    let event = start(&staff, "disaster").await;
    let entry = by_hand(&staff, event, json!({})).await;
    let word = |kind: &str, name: &str, status: &str| json!({"id": Uuid::now_v7(), "recipient_kind": kind, "recipient_name": name, "status": status, "obtained_on": "2026-11-22", "means": "書面"});
    for (name, status) in [
        ("ひまわり", "consented"),
        ("さくら", "consented"),
        ("ひまわり", "withdrawn"),
    ] {
        say(
            &staff,
            &entry,
            "/consents",
            &word("consented_third_party", name, status),
        )
        .await;
    }
    let told = staff.get(&at(&entry, "")).await.expect(200);
    let in_force: Vec<(&Value, &Value)> = told["consents"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|c| c["is_in_force"] == true)
        .map(|c| (&c["recipient_name"], &c["status"]))
        .collect();
    assert_eq!(
        in_force,
        [
            (&json!("ひまわり"), &json!("withdrawn")),
            (&json!("さくら"), &json!("consented"))
        ]
    );
    for (kind, name) in [
        ("internal_department", "福祉部"),
        ("consented_third_party", " "),
    ] {
        let reply = staff
            .post(&at(&entry, "/consents"), word(kind, name, "consented"))
            .await;
        assert_eq!(reply.problem(), "invalid", "{kind}");
    }
}
