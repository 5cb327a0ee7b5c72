//! Uploads: exactly once, in any order, from anybody's hand, whatever is wrong with them.

use chrono::TimeDelta;
use machimori::field::phone::Phone;
use serde_json::{Value, json};
use uuid::Uuid;

use super::town::{Story, phone_of, words};
use crate::harness::town::Resident;

const STANDING_ROUND: Uuid = machimori::field::STANDING_ROUND;

#[tokio::test]
async fn an_item_is_stored_once_however_often_its_answer_is_lost() {
    let mut story = Story::drill().await;
    let (_, member) = story.resident("山田 花子").await;
    let item = story.seen(member, json!({"outcome": "safe"}));
    let answer = story.sync(&[&item]).await.expect(200);
    assert_eq!(
        answer["results"],
        json!([{"index": 0, "id": item.id, "result": "stored"}])
    );
    for _ in 0..3 {
        assert_eq!(story.results(&[&item]).await, ["already_stored"]);
    }
    assert_eq!(
        story.results(&[&item, &item]).await,
        ["already_stored", "already_stored"]
    );
    assert_eq!(story.counts().await, (1, 0, 1));
    assert_eq!(story.bucket(member).await, "safe");
}

#[tokio::test]
async fn the_same_item_twice_in_one_upload_and_from_two_tabs_at_once_is_one() {
    let mut story = Story::drill().await;
    let (_, member) = story.resident("山田 花子").await;
    let item = story.seen(member, json!({"attempt": "no_answer"}));
    let (items, single) = ([&item, &item], [&item]);
    let (a, b, c) = tokio::join!(
        story.results(&items),
        story.results(&single),
        story.results(&single)
    );
    let stored = [a, b, c].concat().iter().filter(|r| *r == "stored").count();
    assert_eq!(stored, 1);
    assert_eq!(story.counts().await, (1, 0, 1));
    assert_eq!(story.state(member).await.3, 1);
}

#[tokio::test]
async fn items_in_any_order_lead_to_the_same_state() {
    let mut story = Story::drill().await;
    let (_, one) = story.resident("甲").await;
    let (_, two) = story.resident("乙").await;
    let mut taps = Vec::new();
    for (n, extra) in [
        json!({"attempt": "no_answer"}),
        json!({"outcome": "needs_support", "needs": ["medicine"]}),
        json!({"outcome": "safe"}),
    ]
    .into_iter()
    .enumerate()
    {
        for member in [one, two] {
            let mut tap = story.tap(member, extra.clone());
            tap.observed_at = story.now() - TimeDelta::minutes(30 - n as i64);
            taps.push((member, story.phone.seal(&tap).unwrap()));
        }
    }
    for (_, item) in taps.iter().filter(|(m, _)| *m == one) {
        assert_eq!(story.results(&[item]).await, ["stored"]);
    }
    for (_, item) in taps.iter().rev().filter(|(m, _)| *m == two) {
        assert_eq!(story.results(&[item]).await, ["stored"]);
    }
    assert_eq!(
        story.state(one).await,
        ("safe".into(), Some("safe".into()), 0, 1, false)
    );
    assert_eq!(story.state(two).await, story.state(one).await);
}

#[tokio::test]
async fn a_torn_batch_is_completed_by_sending_all_of_it_again() {
    let mut story = Story::drill().await;
    let (_, member) = story.resident("山田 花子").await;
    let items: Vec<_> = (0..5)
        .map(|_| story.seen(member, json!({"attempt": "no_answer"})))
        .collect();
    let all: Vec<_> = items.iter().collect();
    story.results(&all[..2]).await;
    let results = story.results(&all).await;
    assert_eq!(
        results,
        [
            "already_stored",
            "already_stored",
            "stored",
            "stored",
            "stored"
        ]
    );
    assert_eq!(story.state(member).await.3, 5);
}

#[tokio::test]
async fn an_undo_that_arrives_before_what_it_undoes_still_undoes_it() {
    let mut story = Story::drill().await;
    let (_, member) = story.resident("山田 花子").await;
    let safe = story.seen(member, json!({"outcome": "safe"}));
    let undo = story.seen(member, json!({"corrects": safe.id, "is_withdrawal": true}));
    assert_eq!(story.results(&[&undo]).await, ["stored"]);
    assert_eq!(story.results(&[&safe]).await, ["stored"]);
    assert_eq!(story.bucket(member).await, "unchecked");
}

#[tokio::test]
async fn two_phones_about_one_person_add_up_and_a_rescue_outlives_a_later_all_clear() {
    let mut story = Story::drill().await;
    let (_, member) = story.resident("山田 花子").await;
    let mut second = phone_of(&story.app, story.volunteer).await;
    let call = story.seen(member, json!({"outcome": "needs_rescue"}));
    let mut later = story.tap(member, json!({"outcome": "safe", "attempt": "neighbour"}));
    later.observed_at += TimeDelta::minutes(1);
    let later = second.seal(&later).unwrap();
    let (a, b) = ([&call], [&later]);
    let (first, other) = tokio::join!(story.results(&a), story.results(&b));
    assert_eq!([first, other].concat(), ["stored", "stored"]);
    assert_eq!(
        story.state(member).await,
        ("need_help".into(), Some("needs_rescue".into()), 1, 0, true)
    );
}

#[tokio::test]
async fn what_arrives_after_the_round_closed_is_stored_as_late() {
    let mut story = Story::drill().await;
    let (_, member) = story.resident("山田 花子").await;
    let item = story.seen(member, json!({"outcome": "safe"}));
    story
        .run(
            "update safety_round set closed_at = now() where id = $1",
            story.round,
        )
        .await;
    story.app.app.clock.advance(TimeDelta::days(14));
    assert_eq!(story.results(&[&item]).await, ["stored"]);
    assert_eq!(
        story
            .count("select count(*) from observation where is_late")
            .await,
        1
    );
    assert_eq!(story.bucket(member).await, "safe");
}

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
async fn a_clock_an_hour_wrong_either_way_is_put_right_by_the_offset_the_phone_learned() {
    let mut story = Story::drill().await;
    let (_, member) = story.resident("山田 花子").await;
    for hours in [-1, 1] {
        let mut tap = story.tap(member, json!({"outcome": "safe"}));
        tap.observed_at += TimeDelta::hours(hours);
        story.phone.clock_offset_ms = -hours * 3_600_000;
        let item = story.phone.seal(&tap).unwrap();
        assert_eq!(story.results(&[&item]).await, ["stored"]);
    }
    let heard: f64 = sqlx::query_scalar("select abs(extract(epoch from last_heard_at - now()))::float8 from round_member where id = $1")
        .bind(member)
        .fetch_one(story.app.sql())
        .await
        .unwrap();
    assert!(heard < 60.0, "{heard} s away from now");
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
async fn a_real_call_out_of_a_drill_stands_in_the_standing_event_and_leaves_the_drill_untouched() {
    let mut story = Story::drill().await;
    let (person, member) = story.resident("山田 花子").await;
    let call = story.seen(
        member,
        json!({"outcome": "needs_rescue", "is_real_call": true}),
    );
    assert_eq!(story.results(&[&call]).await, ["stored"]);
    assert_eq!(story.bucket(member).await, "unchecked");
    let (round, standing, open): (Uuid, Uuid, i16) =
        sqlx::query_as("select round_id, id, open_rescues from round_member where person_id = $1 and round_id <> $2")
            .bind(person)
            .bind(story.round)
            .fetch_one(story.app.sql())
            .await
            .unwrap();
    assert_eq!((round, open), (STANDING_ROUND, 1));
    let again = story.seen(
        member,
        json!({"outcome": "needs_rescue", "is_real_call": true}),
    );
    let stranger = story.seen(
        member,
        json!({"member_id": null, "outcome": "needs_rescue", "is_real_call": true,
            "subject": {"id": Uuid::now_v7(), "label": "男性", "place": "駅前", "need": "下敷き", "lon": 135.465, "lat": 34.785}}),
    );
    assert_eq!(
        story.results(&[&again, &stranger]).await,
        ["stored", "stored"]
    );
    assert_eq!(story.state(standing).await.2, 2);
    assert_eq!(
        story.count("select count(*) from round_member m join safety_round r on r.id = m.round_id join event e on e.id = r.event_id
                     where e.is_standing and e.kind = 'disaster' and m.kind = 'unlisted' and m.open_rescues = 1").await,
        1
    );
    let undo = story.seen(member, json!({"corrects": call.id, "is_withdrawal": true}));
    assert_eq!(story.results(&[&undo]).await, ["stored"]);
    assert_eq!(
        story.state(standing).await.2,
        2,
        "a withdrawn call stays in the queue until somebody closes it"
    );
}

#[tokio::test]
async fn what_happened_after_a_drills_end_may_be_real_and_what_happened_before_it_is_stored() {
    let mut story = Story::drill().await;
    let (_, member) = story.resident("山田 花子").await;
    let before = story.seen(member, json!({"outcome": "safe"}));
    story.app.app.clock.advance(TimeDelta::minutes(10));
    story
        .run("update event set ended_at = now() + interval '5 minutes', ended_reason = '終了' where id = $1", story.event)
        .await;
    let after = story.seen(member, json!({"outcome": "needs_rescue"}));
    let mut ear = sqlx::postgres::PgListener::connect_with(story.app.sql())
        .await
        .unwrap();
    ear.listen("round_changed").await.unwrap();
    assert_eq!(
        story.results(&[&before, &after]).await,
        ["stored", "quarantined:maybe_real"]
    );
    assert_eq!(ear.recv().await.unwrap().payload(), story.round.to_string());
    assert_eq!(
        story.state(member).await,
        ("safe".into(), Some("safe".into()), 0, 0, false)
    );
}

#[tokio::test]
async fn a_drill_past_its_planned_end_is_over_and_a_disaster_is_not() {
    for (kind, result) in [("drill", "quarantined:maybe_real"), ("disaster", "stored")] {
        let mut story = Story::of(kind).await;
        let (_, member) = story.resident("山田 花子").await;
        story.app.app.clock.advance(TimeDelta::hours(4));
        let item = story.seen(member, json!({"outcome": "safe"}));
        assert_eq!(story.results(&[&item]).await, [result]);
    }
}

#[tokio::test]
async fn somebody_on_no_list_becomes_a_member_of_the_district_she_was_met_in() {
    let mut story = Story::drill().await;
    let id = Uuid::now_v7();
    let subject = json!({"id": id, "label": "帽子の老人", "place": "公園の東", "need": "歩けない", "lon": 135.475, "lat": 34.785});
    let item = story.seen(
        id,
        json!({"member_id": null, "outcome": "needs_support", "subject": subject}),
    );
    let later = story.seen(id, json!({"outcome": "safe"}));
    // The second arrives first: it waits until somebody says who is meant.
    assert_eq!(
        story.results(&[&later]).await,
        ["quarantined:unknown_member"]
    );
    let staff = story.app.staff().await;
    let waiting = format!("/api/v1/events/{}/review", story.event);
    let waits = staff.get(&waiting).await.expect(200);
    assert_eq!(waits["items"][0]["id"], json!(later.id));
    assert_eq!(story.results(&[&item]).await, ["stored"]);
    assert_eq!(story.results(&[&later]).await, ["already_stored"]);
    let waits = staff.get(&waiting).await.expect(200);
    assert_eq!(
        waits["items"],
        json!([]),
        "what is taken up waits for nobody"
    );
    let (kind, district, subject): (String, Uuid, Value) =
        sqlx::query_as("select kind, district_id, subject from round_member where id = $1")
            .bind(id)
            .fetch_one(story.app.sql())
            .await
            .unwrap();
    assert_eq!((kind.as_str(), district), ("unlisted", story.elsewhere));
    assert_eq!(subject["place"], "公園の東");
    assert_eq!(story.bucket(id).await, "safe");
}

#[tokio::test]
async fn a_placard_speaks_for_the_household_and_its_undo_takes_it_back_for_all() {
    let mut story = Story::drill().await;
    let home = story.app.household("山田家").await;
    let mut members = Vec::new();
    for name in ["山田 太郎", "山田 花子"] {
        let person = story
            .app
            .resident(Resident::of(name, story.here).household(home))
            .await;
        members.push(story.member(person).await);
    }
    let (_, neighbour) = story.resident("隣の人").await;
    let placard = story.seen(
        members[0],
        json!({"outcome": "safe", "attempt": "marker", "for_household": true}),
    );
    assert_eq!(story.results(&[&placard]).await, ["stored"]);
    assert_eq!(story.bucket(members[0]).await, "safe");
    assert_eq!(story.bucket(members[1]).await, "safe");
    assert_eq!(story.bucket(neighbour).await, "unchecked");
    let undo = story.seen(
        members[0],
        json!({"attempt": "marker", "corrects": placard.id, "is_withdrawal": true}),
    );
    assert_eq!(story.results(&[&undo]).await, ["stored"]);
    assert_eq!(story.bucket(members[1]).await, "unchecked");
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
        (
            "round_start",
            json!({"round_id": id, "event_id": id, "event_kind": "disaster", "name": "地震", "districts": []}),
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
    let (kinds, places) = (kept.len(), nowhere.len());
    let mut items = Vec::new();
    for (kind, payload) in kept.into_iter().chain(nowhere).chain(odd) {
        let mut tap = story.tap(Uuid::nil(), json!({}));
        (tap.kind, tap.payload) = (kind, payload);
        items.push(story.phone.seal(&tap).unwrap());
    }
    let all: Vec<_> = items.iter().collect();
    let results = story.results(&all).await;
    let (stored, aside) = results.split_at(kinds);
    assert!(stored.iter().all(|r| r == "stored"), "{stored:?}");
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
        7
    );
}

#[tokio::test]
async fn a_word_says_by_which_door_it_came_and_in_which_copy_of_the_ledger() {
    let mut story = Story::drill().await;
    let (_, member) = story.resident("山田 花子").await;
    let items = [
        story.seen(member, json!({"attempt": "marker", "marker": "shown", "outcome": "safe", "for_household": true})),
        story.seen(member, json!({"attempt": "neighbour", "told_by": "隣の人", "told_phone": "06-0000-0002"})),
        // A placard is seen by looking for one: said of anything else it is left out, and the rest counts.
        story.seen(member, json!({"attempt": "met", "marker": "sos", "outcome": "needs_rescue"})),
    ];
    let all: Vec<_> = items.iter().collect();
    assert_eq!(story.results(&all).await, ["stored", "stored", "stored"]);
    let staff = story.app.staff().await;
    let path = format!(
        "/api/v1/rounds/{}/members/{member}/observations",
        story.round
    );
    let typed = json!({"id": Uuid::now_v7(), "attempt": "phone", "outcome": "safe"});
    staff.post(&path, typed).await.expect(201);
    let rows: Vec<(String, Option<String>, String)> = sqlx::query_as(
        "select channel, marker, told_phone from observation o join instance i on i.epoch = o.epoch order by attempt",
    )
    .fetch_all(story.app.sql())
    .await
    .unwrap();
    let row = |channel: &str, marker: Option<&str>, phone: &str| {
        (
            channel.to_owned(),
            marker.map(str::to_owned),
            phone.to_owned(),
        )
    };
    let expected = [
        row("field", Some("shown"), ""),
        row("field", None, ""),
        row("field", None, "06-0000-0002"),
        row("console", None, ""),
    ];
    assert_eq!(rows, expected);
    let items = "select count(*) from sync_item s join instance i on i.epoch = s.epoch";
    assert_eq!(story.count(items).await, 3);
}

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

fn server(story: &Story) -> p256::PublicKey {
    machimori::field::seal::server_key(&story.app.app.keys.seal_public_base64()).unwrap()
}
