//! What cannot be used as it came: kept with its reason, and nothing lost beside it.

use super::*;

#[tokio::test]
async fn a_revoked_phones_items_are_kept_set_aside_and_its_call_for_help_still_rings() {
    let mut story = Story::drill().await;
    let (_, member) = story.resident("山田 花子").await;
    let item = story.seen(member, json!({"outcome": "needs_rescue"}));
    story
        .run(
            "update device set revoked_at = now() where id = $1",
            story.phone.device,
        )
        .await;
    let mut ear = sqlx::postgres::PgListener::connect_with(story.app.sql())
        .await
        .unwrap();
    ear.listen("round_changed").await.unwrap();
    assert_eq!(
        story.results(&[&item]).await,
        ["quarantined:revoked_device"]
    );
    assert_eq!(
        story.results(&[&item]).await,
        ["quarantined:revoked_device"]
    );
    assert_eq!(story.counts().await, (0, 1, 0));
    assert_eq!(ear.recv().await.unwrap().payload(), story.round.to_string());
    let raw: String = sqlx::query_scalar("select raw from sync_item")
        .fetch_one(story.app.sql())
        .await
        .unwrap();
    assert_eq!(serde_json::from_str::<Value>(&raw).unwrap(), json!(item));
}

#[tokio::test]
async fn whatever_cannot_be_read_is_kept_as_it_came_beside_its_good_neighbours() {
    let mut story = Story::drill().await;
    let (_, member) = story.resident("山田 花子").await;
    let good = story.seen(member, json!({"outcome": "safe"}));
    let mut forged = story.seen(member, json!({"outcome": "safe"}));
    forged.seq += 1;
    let empty = story
        .phone
        .seal_text(Uuid::now_v7(), 90, "これは封筒ではない")
        .unwrap();
    let odd = story.seen(member, json!({"attempt": "telepathy"}));
    let strange = Phone::new(
        Uuid::now_v7(),
        machimori::field::phone::random_key(),
        server(&story),
    );
    let stranger = strange.seal_text(Uuid::now_v7(), 1, "{}").unwrap();
    let answer = story
        .sync_raw(json!([{"id": "x"}, 17, "文字", null, forged, empty, odd, stranger, good]))
        .await
        .expect(200);
    assert_eq!(
        words(&answer),
        [
            "quarantined:unreadable",
            "quarantined:unreadable",
            "quarantined:unreadable",
            "quarantined:unreadable",
            "quarantined:bad_signature",
            "quarantined:unreadable",
            "quarantined:unreadable",
            "quarantined:unknown_device",
            "stored",
        ]
    );
    assert_eq!(answer["results"][4]["id"], json!(forged.id));
    assert_eq!(answer["results"][1].get("id"), None);
    assert_eq!(story.counts().await, (1, 8, 1));
    assert_eq!(
        story
            .count("select count(*) from sync_item where raw is null")
            .await,
        1
    );
    // A forged item takes nobody's id: the true one is stored when it comes.
    let mut honest = forged.clone();
    honest.seq -= 1;
    assert_eq!(story.results(&[&honest]).await, ["stored"]);
}

#[tokio::test]
async fn rubbish_sent_again_is_kept_once() {
    let story = Story::drill().await;
    for _ in 0..3 {
        let answer = story
            .sync_raw(json!([{"id": 5, "x": [1, 2]}]))
            .await
            .expect(200);
        assert_eq!(words(&answer), ["quarantined:unreadable"]);
    }
    assert_eq!(story.counts().await, (0, 1, 0));
}

#[tokio::test]
async fn a_reused_id_with_another_body_keeps_both_and_changes_nothing() {
    let mut story = Story::drill().await;
    let (_, member) = story.resident("山田 花子").await;
    let rescue = story.seen(member, json!({"outcome": "needs_rescue"}));
    let mut tap = story.tap(member, json!({"outcome": "safe"}));
    tap.id = rescue.id;
    let other = story.phone.seal(&tap).unwrap();
    assert_eq!(
        story.results(&[&rescue, &other]).await,
        ["stored", "quarantined:id_reused"]
    );
    assert_eq!(story.results(&[&other]).await, ["quarantined:id_reused"]);
    assert_eq!(story.results(&[&rescue]).await, ["already_stored"]);
    assert_eq!(story.counts().await, (1, 1, 1));
    assert_eq!(story.state(member).await.2, 1);
}

#[tokio::test]
async fn an_id_that_a_colleague_in_the_office_used_is_no_news_either() {
    let mut story = Story::drill().await;
    let (_, member) = story.resident("山田 花子").await;
    let item = story.seen(member, json!({"outcome": "safe"}));
    sqlx::query(
        "insert into observation (id, round_id, member_id, outcome, attempt, observer_kind, observed_at)
         values ($1, $2, $3, 'needs_support', 'phone', 'hq_staff', now())",
    )
    .bind(item.id)
    .bind(story.round)
    .bind(member)
    .execute(story.app.sql())
    .await
    .unwrap();
    assert_eq!(story.results(&[&item]).await, ["quarantined:id_reused"]);
    assert_eq!(story.counts().await, (0, 1, 1));
}

#[tokio::test]
async fn unknown_rounds_and_members_are_set_aside_with_their_reason() {
    let mut story = Story::drill().await;
    let (_, member) = story.resident("山田 花子").await;
    let nobody = story.seen(Uuid::now_v7(), json!({"outcome": "safe"}));
    let nowhere = story.seen(
        member,
        json!({"outcome": "safe", "round_id": Uuid::now_v7()}),
    );
    assert_eq!(
        story.results(&[&nobody, &nowhere]).await,
        ["quarantined:unknown_member", "quarantined:unknown_round"]
    );
    assert_eq!(story.counts().await, (0, 2, 0));
}

#[tokio::test]
async fn somebody_of_another_district_counts_only_when_assigned() {
    let mut story = Story::drill().await;
    let person = story
        .app
        .resident(Resident::of("隣の人", story.elsewhere))
        .await;
    let member = story.unassigned(person).await;
    let first = story.seen(member, json!({"outcome": "safe"}));
    assert_eq!(story.results(&[&first]).await, ["quarantined:not_assigned"]);
    assert_eq!(story.bucket(member).await, "unchecked");
    story.assign(member).await;
    let second = story.seen(member, json!({"outcome": "safe"}));
    assert_eq!(story.results(&[&second]).await, ["stored"]);
    assert_eq!(story.bucket(member).await, "safe");
}

#[tokio::test]
async fn every_kind_of_the_envelope_is_kept_and_what_is_not_its_kinds_shape_is_set_aside() {
    let mut story = Story::drill().await;
    let id = Uuid::now_v7();
    let kept = [
        (
            "availability",
            json!({"status": "available", "note": "自宅にいます"}),
        ),
        ("practice", json!({"was_offline": true, "seconds": 95})),
        (
            "round_start",
            json!({"round_id": id, "event_id": id, "event_kind": "disaster", "name": "地震", "districts": []}),
        ),
    ];
    // Of their kind's shape, from somebody who speaks for no door.
    let doors = [
        (
            "check_in",
            json!({"site_id": id, "stay_type": "shelter", "person_id": id, "condition": "safe"}),
        ),
        (
            "check_in",
            json!({"stay_type": "vehicle", "stranger": {"id": id, "name": "田中", "birth_text": "昭和15年4月1日"}}),
        ),
        (
            "check_out",
            json!({"site_id": id, "person_id": id, "act": "overnight_leave"}),
        ),
        (
            "opening",
            json!({"site_id": id, "status": "open", "is_self_opened": true, "crowding": "available"}),
        ),
        (
            "head_count",
            json!({"site_id": id, "as_of": story.now(), "people": 120, "infants": 3}),
        ),
    ];
    // Of their kind's shape, at a venue that nobody planned.
    let nowhere = [
        (
            "attendance",
            json!({"venue_id": id, "kind": "person", "name": "山田 花子", "way": "list"}),
        ),
        (
            "attendance",
            json!({"venue_id": id, "kind": "group", "group_label": "子ども会", "people": 42, "way": "head_count"}),
        ),
    ];
    let odd = [
        ("availability", json!({"status": "maybe"})),
        (
            "attendance",
            json!({"venue_id": id, "kind": "group", "people": 42, "way": "head_count"}),
        ),
        ("check_in", json!({"stay_type": "shelter", "person_id": id})),
        ("check_out", json!({"site_id": id})),
        (
            "opening",
            json!({"site_id": id, "status": "closed", "is_self_opened": true}),
        ),
        (
            "head_count",
            json!({"site_id": id, "as_of": story.now(), "people": -1}),
        ),
        (
            "round_start",
            json!({"round_id": id, "event_id": id, "event_kind": "exercise"}),
        ),
        ("unreadable", json!({})),
    ];
    let (kinds, at_doors, places) = (kept.len(), doors.len(), nowhere.len());
    let mut items = Vec::new();
    for (kind, payload) in kept.into_iter().chain(doors).chain(nowhere).chain(odd) {
        let mut tap = story.tap(Uuid::nil(), json!({}));
        (tap.kind, tap.payload) = (kind, payload);
        items.push(story.phone.seal(&tap).unwrap());
    }
    let all: Vec<_> = items.iter().collect();
    let results = story.results(&all).await;
    let (stored, aside) = results.split_at(kinds);
    assert!(stored.iter().all(|r| r == "stored"), "{stored:?}");
    let (doors, aside) = aside.split_at(at_doors);
    assert!(
        doors.iter().all(|r| r == "quarantined:not_entitled"),
        "{doors:?}"
    );
    let (nowhere, aside) = aside.split_at(places);
    assert!(
        nowhere.iter().all(|r| r == "quarantined:unknown_place"),
        "{nowhere:?}"
    );
    assert!(
        aside.iter().all(|r| r == "quarantined:unreadable"),
        "{aside:?}"
    );
    assert_eq!(
        story
            .count("select count(distinct kind) from sync_item where disposition = 'stored'")
            .await,
        3
    );
}

#[tokio::test]
async fn an_item_that_the_database_refuses_is_set_aside_alone() {
    let mut story = Story::drill().await;
    let (_, member) = story.resident("山田 花子").await;
    // A row that no rule foresaw: the notes of this test are refused by the table itself.
    sqlx::raw_sql(
        "alter table observation add constraint observation_test_check check (note <> 'poison')",
    )
    .execute(story.app.sql())
    .await
    .unwrap();
    let mut others = Vec::new();
    for _ in 0..3 {
        others.push(story.seen(member, json!({"attempt": "no_answer"})));
    }
    let bad = story.seen(member, json!({"outcome": "safe", "note": "poison"}));
    let (mine, theirs) = ([&others[0], &bad, &others[1]], [&others[2]]);
    let (first, second) = tokio::join!(story.results(&mine), story.results(&theirs));
    assert_eq!(first, ["stored", "quarantined:unreadable", "stored"]);
    assert_eq!(second, ["stored"]);
    assert_eq!(story.counts().await, (3, 1, 3));
    assert_eq!(story.results(&[&bad]).await, ["quarantined:unreadable"]);
}

#[tokio::test]
async fn odd_letters_and_numbers_from_a_phone_are_kept() {
    let mut story = Story::drill().await;
    let (_, member) = story.resident("山田 花子").await;
    let item = story.seen(
        member,
        json!({"outcome": "safe", "note": "a\u{0}b\u{fffe}🏠", "extra": 1e300, "needs": ["\u{0}"]}),
    );
    assert_eq!(story.results(&[&item]).await, ["stored"]);
    assert_eq!(story.results(&[&item]).await, ["already_stored"]);
    let note: String = sqlx::query_scalar("select note from observation")
        .fetch_one(story.app.sql())
        .await
        .unwrap();
    assert_eq!(note, "a\u{fffd}b\u{fffe}🏠");
}
