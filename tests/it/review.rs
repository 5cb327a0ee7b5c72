//! What has to be settled by somebody is settled on one screen, and can be taken back.

use chrono::TimeDelta;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::events;
use crate::field::town::{Story, round_of};
use crate::harness::Client;
use crate::harness::town::Resident;

async fn review(client: &Client, event: Uuid) -> Value {
    client
        .get(&format!("/api/v1/events/{event}/review"))
        .await
        .expect(200)
}

async fn board(client: &Client, round: Uuid) -> Value {
    let board = client
        .get(&format!("/api/v1/rounds/{round}/board"))
        .await
        .expect(200);
    json!({"totals": board["totals"], "districts": board["districts"], "rescues": board["rescues_open"]})
}

async fn say(client: &Client, round: Uuid, member: Uuid, word: Value) {
    let mut body = json!({"id": Uuid::now_v7()});
    for (key, value) in word.as_object().unwrap() {
        body[key] = value.clone();
    }
    client
        .post(
            &format!("/api/v1/rounds/{round}/members/{member}/observations"),
            body,
        )
        .await
        .expect(201);
}

fn ids(items: &Value) -> Vec<Uuid> {
    items
        .as_array()
        .unwrap()
        .iter()
        .map(|i| i["id"].as_str().unwrap().parse().unwrap())
        .collect()
}

#[tokio::test]
async fn a_contradiction_is_settled_by_what_was_found_and_the_later_word_reopens_it() {
    let story = Story::drill().await;
    let (_, member) = story.resident("山田 花子").await;
    let staff = story.app.staff().await;
    say(
        &staff,
        story.round,
        member,
        json!({"attempt": "met", "outcome": "injured_minor"}),
    )
    .await;
    story.app.app.clock.advance(TimeDelta::minutes(1));
    say(
        &staff,
        story.round,
        member,
        json!({"attempt": "neighbour", "outcome": "safe", "told_by": "隣の人"}),
    )
    .await;
    let waits = review(&staff, story.event).await;
    let one = &waits["contradictions"][0];
    assert_eq!(one["id"], json!(member));
    assert_eq!(one["says"].as_array().unwrap().len(), 2);
    let path = format!("/api/v1/rounds/{}/members/{member}/settle", story.round);
    let settle = json!({"id": Uuid::now_v7(), "closes": one["contradicted_by"], "outcome": "safe", "whereabouts": "home",
        "how": "娘に電話して、けががないことを確かめた"});
    story.app.app.clock.advance(TimeDelta::minutes(1));
    for _ in 0..2 {
        let now = staff.post(&path, settle.clone()).await.expect(201);
        assert_eq!(now["bucket"], "safe");
    }
    assert_eq!(
        review(&staff, story.event).await["contradictions"],
        json!([])
    );
    assert_eq!(
        story.state(member).await,
        ("safe".into(), Some("safe".into()), 0, 0, false)
    );

    // What is worse than what was found is believed at once; a weaker all-clear after it opens the question again.
    story.app.app.clock.advance(TimeDelta::minutes(1));
    say(
        &staff,
        story.round,
        member,
        json!({"attempt": "met", "outcome": "needs_support"}),
    )
    .await;
    story.app.app.clock.advance(TimeDelta::minutes(1));
    say(
        &staff,
        story.round,
        member,
        json!({"attempt": "neighbour", "outcome": "safe", "told_by": "隣の人"}),
    )
    .await;
    assert_eq!(
        ids(&review(&staff, story.event).await["contradictions"]),
        [member]
    );
}

#[tokio::test]
async fn no_call_for_rescue_ends_by_settling_a_contradiction() {
    let story = Story::drill().await;
    let (_, member) = story.resident("山田 花子").await;
    let staff = story.app.staff().await;
    say(
        &staff,
        story.round,
        member,
        json!({"attempt": "phone", "outcome": "needs_rescue"}),
    )
    .await;
    say(
        &staff,
        story.round,
        member,
        json!({"attempt": "phone", "outcome": "safe"}),
    )
    .await;
    let one = review(&staff, story.event).await["contradictions"][0].clone();
    assert_eq!(one["open_calls"].as_array().unwrap().len(), 1);
    let path = format!("/api/v1/rounds/{}/members/{member}/settle", story.round);
    let body = json!({"id": Uuid::now_v7(), "closes": one["open_calls"], "outcome": "safe", "how": "電話で確かめた"});
    assert_eq!(staff.post(&path, body).await.problem(), "conflict");
    assert_eq!(story.state(member).await.2, 1);
}

#[tokio::test]
async fn a_call_after_the_drills_end_is_taken_up_into_the_disaster_once_and_the_drill_stays_as_it_was()
 {
    let mut story = Story::drill().await;
    let (person, member) = story.resident("山田 花子").await;
    let staff = story.app.staff().await;
    story
        .run("update event set ended_at = now() - interval '1 minute', ended_reason = '終了' where id = $1", story.event)
        .await;
    let call = story.seen(
        member,
        json!({"outcome": "needs_rescue", "note": "天井が落ちた"}),
    );
    assert_eq!(story.results(&[&call]).await, ["quarantined:maybe_real"]);
    let waits = review(&staff, story.event).await;
    assert_eq!(waits["items"][0]["about"]["name"], "山田 花子");
    assert_eq!(waits["items"][0]["is_rescue"], true);
    let before = board(&staff, story.round).await;

    let path = format!("/api/v1/quarantine/{}/settle", call.id);
    let act = |round: Uuid| json!({"id": Uuid::now_v7(), "act": "adopted", "round_id": round, "reason": "電話で本番と確かめた"});
    assert_eq!(
        staff.post(&path, act(story.round)).await.problem(),
        "conflict"
    );
    let disaster = events::start(&staff, "disaster").await;
    let real = round_of(&story.app, disaster, &[story.here]).await;
    let adopt = act(real);
    let first = staff.post(&path, adopt.clone()).await.expect(201);
    assert_eq!(staff.post(&path, adopt).await.expect(201), first);
    assert_eq!(staff.post(&path, act(real)).await.problem(), "conflict");

    let queue = staff
        .get(&format!("/api/v1/events/{disaster}/rescues"))
        .await
        .expect(200);
    assert_eq!(queue["items"].as_array().unwrap().len(), 1);
    assert_eq!(queue["items"][0]["person_id"], json!(person));
    assert_eq!(queue["items"][0]["notes"], json!(["天井が落ちた"]));
    assert_eq!(
        board(&staff, story.round).await,
        before,
        "the drill's figures did not move"
    );
    assert_eq!(review(&staff, story.event).await["items"], json!([]));
    let kept: String = sqlx::query_scalar("select disposition from sync_item where id = $1")
        .bind(call.id)
        .fetch_one(story.app.sql())
        .await
        .unwrap();
    assert_eq!(kept, "quarantined", "the item itself stays as it came");
    assert_eq!(story.results(&[&call]).await, ["quarantined:maybe_real"]);
}

#[tokio::test]
async fn nothing_of_a_disaster_is_taken_up_into_a_drill() {
    let mut story = Story::of("disaster").await;
    let (_, member) = story.resident("山田 花子").await;
    let staff = story.app.staff().await;
    story
        .run(
            "update device set revoked_at = now() where id = $1",
            story.phone.device,
        )
        .await;
    let item = story.seen(member, json!({"outcome": "safe"}));
    assert_eq!(
        story.results(&[&item]).await,
        ["quarantined:revoked_device"]
    );
    let drill = events::start(&staff, "drill").await;
    let practice = round_of(&story.app, drill, &[story.here]).await;
    let path = format!("/api/v1/quarantine/{}/settle", item.id);
    let body = json!({"id": Uuid::now_v7(), "act": "adopted", "round_id": practice, "reason": "本人に確かめた"});
    assert_eq!(staff.post(&path, body).await.problem(), "conflict");
    let body = json!({"id": Uuid::now_v7(), "act": "adopted", "round_id": story.round, "reason": "本人に確かめた"});
    staff.post(&path, body).await.expect(201);
    assert_eq!(story.bucket(member).await, "safe");
}

#[tokio::test]
async fn what_was_put_away_can_be_looked_at_again() {
    let mut story = Story::drill().await;
    let (_, member) = story.resident("山田 花子").await;
    let staff = story.app.staff().await;
    story
        .run(
            "update device set revoked_at = now() where id = $1",
            story.phone.device,
        )
        .await;
    let item = story.seen(member, json!({"outcome": "safe"}));
    story.results(&[&item]).await;
    let path = format!("/api/v1/quarantine/{}/settle", item.id);
    let act =
        |act: &str| json!({"id": Uuid::now_v7(), "act": act, "reason": "なくした電話からの報告"});
    assert_eq!(
        staff.post(&path, act("reopened")).await.problem(),
        "conflict"
    );
    staff.post(&path, act("not_needed")).await.expect(201);
    assert_eq!(review(&staff, story.event).await["items"], json!([]));
    assert_eq!(
        staff.post(&path, act("not_needed")).await.problem(),
        "conflict"
    );
    staff.post(&path, act("reopened")).await.expect(201);
    assert_eq!(ids(&review(&staff, story.event).await["items"]), [item.id]);
    assert_eq!(story.bucket(member).await, "unchecked");
}

#[tokio::test]
async fn matching_and_undoing_leaves_every_count_as_it_was() {
    let mut story = Story::drill().await;
    let (_, listed) = story.resident("山田 花子").await;
    let staff = story.app.staff().await;
    let met = Uuid::now_v7();
    let subject =
        json!({"id": met, "label": "山田のおばあさん", "place": "公園の東", "need": "歩けない"});
    let call = story.seen(
        met,
        json!({"member_id": null, "outcome": "needs_rescue", "subject": subject}),
    );
    let tried = story.seen(listed, json!({"attempt": "no_answer"}));
    story.results(&[&call, &tried]).await;
    let before = (
        board(&staff, story.round).await,
        story.state(met).await,
        story.state(listed).await,
    );
    assert_eq!(ids(&review(&staff, story.event).await["unlisted"]), [met]);

    let candidates = staff
        .get(&format!("/api/v1/members/{met}/candidates"))
        .await
        .expect(200);
    assert_eq!(candidates["items"][0]["member_id"], json!(listed));
    assert_eq!(candidates["items"][0]["is_named"], true);
    let link = Uuid::now_v7();
    let body = json!({"id": link, "to_member_id": listed, "reason": "服装と住所が合う"});
    let path = format!("/api/v1/members/{met}/match");
    for _ in 0..2 {
        staff.post(&path, body.clone()).await.expect(201);
    }
    assert_eq!(
        story.state(listed).await,
        ("need_help".into(), Some("needs_rescue".into()), 1, 1, false)
    );
    assert_eq!(
        story.state(met).await,
        ("out_of_scope".into(), None, 0, 0, false)
    );
    let matched = board(&staff, story.round).await;
    assert_eq!(matched["rescues"], 1, "one person, one rescue");
    assert_eq!(matched["totals"]["unlisted"], 0);
    assert_eq!(matched["totals"]["members"], 1);
    let waits = review(&staff, story.event).await;
    assert_eq!(waits["unlisted"], json!([]));
    assert_eq!(ids(&waits["matches"]), [link]);

    // What the phone says later of the person she met counts on the person she is; so does the closing of her call.
    let later = story.seen(
        met,
        json!({"outcome": "needs_rescue", "note": "まだ動けない"}),
    );
    assert_eq!(story.results(&[&later]).await, ["stored"]);
    assert_eq!(story.state(listed).await.2, 2);
    story
        .run("delete from observation where id = $1", later.id)
        .await;

    let undo = format!("/api/v1/member-links/{link}/undo");
    for _ in 0..2 {
        staff.post(&undo, json!({})).await.expect(200);
    }
    let after = (
        board(&staff, story.round).await,
        story.state(met).await,
        story.state(listed).await,
    );
    assert_eq!(after, before);
}

#[tokio::test]
async fn a_matched_person_is_on_the_phone_once() {
    let mut story = Story::drill().await;
    let (_, listed) = story.resident("山田 花子").await;
    let staff = story.app.staff().await;
    let met = Uuid::now_v7();
    let subject = json!({"id": met, "label": "帽子の老人", "place": "公園", "need": ""});
    let item = story.seen(
        met,
        json!({"member_id": null, "outcome": "safe", "subject": subject}),
    );
    story.results(&[&item]).await;
    let body = json!({"id": Uuid::now_v7(), "to_member_id": listed, "reason": "本人が名のった"});
    staff
        .post(&format!("/api/v1/members/{met}/match"), body)
        .await
        .expect(201);
    let members = story.bundle().await["rounds"][0]["members"].clone();
    assert_eq!(ids(&members), [listed]);
    assert_eq!(members[0]["state"]["outcome"], "safe");
    let body = json!({"id": Uuid::now_v7(), "to_member_id": met, "reason": "逆の照合"});
    assert_eq!(
        staff
            .post(&format!("/api/v1/members/{listed}/match"), body)
            .await
            .problem(),
        "invalid"
    );
}

#[tokio::test]
async fn a_lead_settles_her_own_district_and_sees_no_item_of_headquarters() {
    let mut story = Story::drill().await;
    let (_, here) = story.resident("山田 花子").await;
    let there = story
        .app
        .resident(Resident::of("西川 次郎", story.elsewhere))
        .await;
    let there = story.unassigned(there).await;
    let staff = story.app.staff().await;
    for member in [here, there] {
        say(
            &staff,
            story.round,
            member,
            json!({"attempt": "met", "outcome": "injured_minor"}),
        )
        .await;
        say(
            &staff,
            story.round,
            member,
            json!({"attempt": "marker", "outcome": "safe"}),
        )
        .await;
    }
    let lost = story.seen(Uuid::now_v7(), json!({"outcome": "safe"}));
    story.results(&[&lost]).await;
    let lead = story.app.lead(&[story.here]).await;
    let waits = review(&lead, story.event).await;
    assert_eq!(ids(&waits["contradictions"]), [here]);
    assert_eq!(waits["items"], json!([]));
    assert_eq!(ids(&review(&staff, story.event).await["items"]), [lost.id]);
    let path = format!("/api/v1/rounds/{}/members/{there}/settle", story.round);
    let body = json!({"id": Uuid::now_v7(), "closes": [Uuid::now_v7()], "outcome": "safe", "how": "見に行った"});
    assert_eq!(lead.post(&path, body).await.problem(), "not-found");
}
