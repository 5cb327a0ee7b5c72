//! Uploads: exactly once, in any order, from anybody's hand, whatever is wrong with them.

mod limits;
mod real_calls;
mod set_aside;

use chrono::TimeDelta;
use machimori::field::phone::Phone;
use serde_json::{Value, json};
use uuid::Uuid;

use super::town::{Story, phone_of, words};
use crate::harness::town::Resident;

const STANDING_ROUND: Uuid = machimori::field::STANDING_ROUND;

fn server(story: &Story) -> p256::PublicKey {
    machimori::field::seal::server_key(&story.app.app.keys.seal_public_base64()).unwrap()
}

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
