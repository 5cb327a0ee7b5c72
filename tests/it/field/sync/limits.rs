//! Whose contact is noted, what is audited, how much one may bring.

use super::*;

#[tokio::test]
async fn another_phone_carries_items_and_only_its_own_contact_is_noted() {
    let mut story = Story::drill().await;
    let (_, member) = story.resident("山田 花子").await;
    let item = story.seen(member, json!({"outcome": "safe"}));
    let mut carrier = phone_of(&story.app, story.volunteer).await;
    let own = carrier
        .seal(&story.tap(member, json!({"attempt": "no_answer"})))
        .unwrap();
    let body = json!({"items": [item, own], "device_id": carrier.device, "held": 9});
    let answer = story
        .app
        .public()
        .post("/api/v1/field/sync", body)
        .await
        .expect(200);
    assert_eq!(words(&answer), ["stored", "stored"]);
    let held: Vec<(Uuid, i32, bool)> =
        sqlx::query_as("select id, held_items, last_contact_at is not null from device order by last_contact_at is null")
            .fetch_all(story.app.sql())
            .await
            .unwrap();
    assert_eq!(
        held,
        [(carrier.device, 7, true), (story.phone.device, 0, false)]
    );
    assert_eq!(
        story
            .count("select count(*) from sync_item where carried_by = 'carrier'")
            .await,
        1
    );
}

#[tokio::test]
async fn nobody_can_speak_for_another_phones_contact() {
    let story = Story::drill().await;
    let body = json!({"items": [], "device_id": story.phone.device, "held": 500});
    story
        .app
        .public()
        .post("/api/v1/field/sync", body.clone())
        .await
        .expect(200);
    assert_eq!(
        story
            .count("select max(held_items)::bigint from device")
            .await,
        0
    );
    let itself = story.phone_session().await;
    itself.post("/api/v1/field/sync", body).await.expect(200);
    assert_eq!(
        story
            .count("select max(held_items)::bigint from device")
            .await,
        500
    );
}

#[tokio::test]
async fn an_upload_leaves_one_audit_row_about_its_members() {
    let mut story = Story::drill().await;
    let (_, one) = story.resident("甲").await;
    let (_, two) = story.resident("乙").await;
    let a = story.seen(one, json!({"outcome": "safe"}));
    let b = story.seen(two, json!({"outcome": "safe"}));
    story.results(&[&a, &b, &a]).await;
    let (kind, actor, subjects, detail): (String, Uuid, Vec<Uuid>, Value) =
        sqlx::query_as("select actor_kind, actor_id, subject_ids, detail from audit_entry where action = 'field.sync'")
            .fetch_one(story.app.sql())
            .await
            .unwrap();
    assert_eq!((kind.as_str(), actor), ("volunteer", story.volunteer));
    assert_eq!(subjects, [one, two]);
    assert_eq!(
        (&detail["stored"], &detail["already_stored"]),
        (&json!(2), &json!(1))
    );
}

#[tokio::test]
async fn too_many_items_or_bytes_are_turned_back_whole_and_the_phone_keeps_them() {
    let mut story = Story::drill().await;
    let (_, member) = story.resident("山田 花子").await;
    let item = story.seen(member, json!({"outcome": "safe"}));
    let many: Vec<_> = (0..201).map(|_| &item).collect();
    assert_eq!(story.sync(&many).await.problem(), "too-large");
    let heavy = json!([{"id": "x".repeat(257 * 1024)}]);
    assert_eq!(story.sync_raw(heavy).await.problem(), "too-large");
    assert_eq!(story.sync_raw(json!("no list")).await.problem(), "invalid");
    assert_eq!(story.counts().await, (0, 0, 0));
}

#[tokio::test]
async fn a_flood_that_no_phone_signed_is_slowed_and_a_signed_item_passes_beside_it() {
    let mut story = Story::drill().await;
    let (_, member) = story.resident("山田 花子").await;
    let mut status = 200;
    for n in 0..5 {
        let reply = story
            .sync_raw(json!([{"n": n, "junk": "x".repeat(200 * 1024)}]))
            .await;
        status = reply.status.as_u16();
        if status == 429 {
            assert!(reply.headers.contains_key("retry-after"));
            break;
        }
    }
    assert_eq!(status, 429);
    let kept = story.counts().await.1;
    let good = story.seen(member, json!({"outcome": "safe"}));
    let mixed = json!([{"junk": "y".repeat(200 * 1024)}, good]);
    let answer = story.sync_raw(mixed).await.expect(200);
    assert_eq!(
        answer["results"],
        json!([{"index": 1, "id": good.id, "result": "stored"}])
    );
    assert_eq!(story.counts().await, (1, kept, 1));
}
