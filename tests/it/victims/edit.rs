//! Written by hand, changed, removed, moved between households; and every change is kept.

use super::*;

#[tokio::test]
async fn every_change_by_hand_says_who_when_before_and_after_and_the_note_is_sealed() {
    let app = TestApp::new().await;
    let staff = app.staff().await;
    let event = start(&staff, "disaster").await;
    let entry = by_hand(
        &staff,
        event,
        json!({"name": "髙橋 花子", "name_kana": "たかはし はなこ", "birth": "昭和15年ごろ", "phones": ["06-1111-2222"],
               "note": "夜は娘の家にいる"}),
    )
    .await;
    assert_eq!(entry["sources"], json!(["hand"]));
    assert_eq!(
        (&entry["birth_on"], &entry["birth_text"], &entry["note"]),
        (
            &Value::Null,
            &json!("昭和15年ごろ"),
            &json!("夜は娘の家にいる")
        )
    );
    let sealed: Vec<u8> = sqlx::query_scalar("select note_sealed from victim_entry")
        .fetch_one(app.sql())
        .await
        .unwrap();
    assert!(
        !sealed
            .windows("娘".len())
            .any(|bytes| bytes == "娘".as_bytes())
    );
    let items = json!({"name": "髙橋 花子", "name_kana": "たかはし はなこ", "birth": "昭和15年4月1日", "sex": "female",
        "phones": [], "certificate": "applied", "special_care": true, "special_care_reasons": ["wheelchair"]});
    let change = json!({"version": 1, "items": items});
    let changed = staff.put(&at(&entry, ""), change.clone()).await.expect(200);
    assert_eq!(
        (
            &changed["birth_on"],
            &changed["has_contact"],
            &changed["version"],
            &changed["note"]
        ),
        (
            &json!("1940-04-01"),
            &json!(false),
            &json!(2),
            &json!("夜は娘の家にいる")
        )
    );
    let told = staff.get(&at(&entry, "/changes")).await.expect(200);
    let told = told["items"].as_array().unwrap();
    let of = |field: &str| told.iter().find(|c| c["field"] == field).unwrap();
    assert_eq!(
        (&of("certificate")["before"], &of("certificate")["after"]),
        (&json!("unknown"), &json!("applied"))
    );
    assert_eq!(of("phones")["before"], json!(["06-1111-2222"]));
    assert_eq!(of("birth_on")["changed_by"], "試験 hq_staff");
    assert!(told.iter().all(|c| c["field"] != "note_sealed"));
    // Somebody else works on the old state: told the present one, nothing is lost.
    let stale = app.staff().await.put(&at(&entry, ""), change).await;
    assert_eq!(stale.status, 409);
    assert_eq!(stale.json()["present"]["certificate"], "applied");
    assert_eq!(stale.problem(), "conflict");
    // However a name is written, it is found.
    for query in ["高橋", "タカハシ", "1"] {
        assert_eq!(
            names(&staff, event, &format!("?query={query}")).await,
            ["髙橋 花子"],
            "{query}"
        );
    }
    assert_eq!(
        names(&staff, event, "?certificate=applied").await,
        ["髙橋 花子"]
    );
    assert!(names(&staff, event, "?certificate=issued").await.is_empty());
    assert_eq!(
        names(&staff, event, "?whereabouts=unsaid").await,
        ["髙橋 花子"]
    );
    // The disaster's key is destroyed: the note is gone, the entry stands.
    sqlx::query("update data_key set wrapped = null, destroyed_at = now()")
        .execute(app.sql())
        .await
        .unwrap();
    let after = staff.get(&at(&entry, "")).await.expect(200);
    assert_eq!(
        (&after["note"], &after["note_is_gone"], &after["name"]),
        (&Value::Null, &json!(true), &json!("髙橋 花子"))
    );
}

#[tokio::test]
async fn a_my_number_enters_by_no_field() {
    let app = TestApp::new().await;
    let staff = app.staff().await;
    let event = start(&staff, "disaster").await;
    for (field, value) in [
        ("note", json!("番号は1234 5678 9018")),
        ("resident_no", json!("123456789018")),
        ("phones", json!(["１２３４５６７８９０１８"])),
    ] {
        let mut items = json!({"name": "山田", "certificate": "unknown"});
        items[field] = value;
        let body = json!({"id": Uuid::now_v7(), "by_hand": items});
        let reply = staff
            .post(&format!("/api/v1/events/{event}/victims"), body)
            .await;
        let told = reply.json();
        assert_eq!(reply.problem(), "invalid", "{field}");
        assert_eq!(told["errors"][0]["pointer"], format!("/by_hand/{field}"));
    }
    assert!(names(&staff, event, "").await.is_empty());
}

#[tokio::test]
async fn what_was_removed_by_mistake_comes_back_unless_it_was_made_anew() {
    let app = TestApp::new().await;
    let east = app.district("東", 0).await;
    let person = app
        .resident(Resident::of("同意 花子", east))
        .await
        .to_string();
    let staff = app.staff().await;
    let event = start(&staff, "disaster").await;
    let entry = add(&staff, event, "person_id", &person).await;
    let why = json!({"version": 1, "reason": "被災していなかった"});
    let gone = staff.post(&at(&entry, "/remove"), why.clone()).await;
    assert_eq!(gone.expect(200)["removed_why"], "被災していなかった");
    // Said twice, the same as once.
    staff.post(&at(&entry, "/remove"), why).await.expect(200);
    assert!(names(&staff, event, "").await.is_empty());
    assert_eq!(names(&staff, event, "?only=removed").await, ["同意 花子"]);
    let body = json!({"id": Uuid::now_v7(), "kind": "other", "status": "asked", "happened_on": "2026-11-22"});
    let reply = staff.post(&at(&entry, "/assistance"), body).await;
    assert_eq!(reply.problem(), "conflict");
    let back = staff.post(&at(&entry, "/restore"), json!({})).await;
    assert_eq!(back.expect(200)["removed_at"], Value::Null);
    assert_eq!(names(&staff, event, "").await, ["同意 花子"]);
    let why = json!({"version": 3, "reason": "二重だった"});
    staff.post(&at(&entry, "/remove"), why).await.expect(200);
    let anew = add(&staff, event, "person_id", &person).await;
    assert_ne!(anew["id"], entry["id"]);
    let reply = staff.post(&at(&entry, "/restore"), json!({})).await;
    assert_eq!(reply.problem(), "conflict");
}

#[tokio::test]
async fn a_household_is_seen_together_but_for_the_protected_and_people_move_between_them() {
    let app = TestApp::new().await;
    let east = app.district("東", 0).await;
    let house = app.household("同意 世帯").await;
    let staff = app.staff().await;
    let event = start(&staff, "disaster").await;
    let mut entries = Vec::new();
    for resident in [
        Resident::of("同意 太郎", east).household(house),
        Resident::of("同意 花子", east).household(house),
        Resident::of("措置 雪", east).household(house).protected(),
    ] {
        let person = app.resident(resident).await.to_string();
        entries.push(add(&staff, event, "person_id", &person).await);
    }
    let household = async |entry: &Value| -> Vec<String> {
        let told = staff.get(&at(entry, "")).await.expect(200);
        told["household"]
            .as_array()
            .unwrap()
            .iter()
            .map(|m| m["name"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(household(&entries[0]).await, ["同意 花子"]);
    // A neighbour's child, typed by hand, is taken in; then lives alone.
    let child = by_hand(&staff, event, json!({"name": "隣野 光"})).await;
    let with = json!({"version": 1, "with": entries[0]["id"], "relationship": "同居人"});
    let moved = staff.put(&at(&child, "/household"), with).await.expect(200);
    assert_eq!(
        (&moved["household_label"], &moved["relationship"]),
        (&json!("同意 世帯"), &json!("同居人"))
    );
    assert_eq!(household(&child).await, ["同意 太郎", "同意 花子"]);
    let alone = json!({"version": 2, "with": null});
    staff
        .put(&at(&child, "/household"), alone.clone())
        .await
        .expect(200);
    assert!(household(&child).await.is_empty());
    let stale = staff.put(&at(&child, "/household"), alone).await;
    assert_eq!(stale.problem(), "conflict");
    let counts = staff
        .get(&format!("/api/v1/events/{event}/victims/counts"))
        .await
        .expect(200);
    assert_eq!(
        (
            &counts["people"],
            &counts["households"],
            &counts["protected"],
            &counts["without_contact"]
        ),
        (&json!(4), &json!(2), &json!(1), &json!(1))
    );
    assert_eq!(
        counts["by_whereabouts"],
        json!([{"key": "unsaid", "people": 4}])
    );
}
