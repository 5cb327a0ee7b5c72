//! Working a round: a rescue leaves as a slip, and rings again until somebody is there.

mod begun;
pub mod carried;
mod escalations;
mod hand_overs;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::field::town::Story;
use crate::harness::Client;

async fn queue(client: &Client, event: Uuid) -> Value {
    let list = client
        .get(&format!("/api/v1/events/{event}/rescues"))
        .await
        .expect(200);
    list["items"].clone()
}

fn rings_at(rescue: &Value) -> DateTime<Utc> {
    serde_json::from_value(rescue["ring"]["at"].clone()).unwrap()
}

async fn step(client: &Client, member: Uuid, step: Value) -> Value {
    let mut body = json!({"id": Uuid::now_v7()});
    for (key, value) in step.as_object().unwrap() {
        body[key] = value.clone();
    }
    client
        .post(&format!("/api/v1/rescues/{member}/steps"), body)
        .await
        .expect(201)
}

/// A resident of a running disaster who calls for rescue.
async fn called() -> (Story, Uuid, Client) {
    let mut story = Story::of("disaster").await;
    let (_, member) = story.resident("山田 花子").await;
    let call = story.seen(
        member,
        json!({"outcome": "needs_rescue", "needs": ["trapped"], "note": "玄関がつぶれている"}),
    );
    story.results(&[&call]).await;
    let staff = story.app.staff().await;
    (story, member, staff)
}

#[tokio::test]
async fn nobody_handed_it_over_and_it_rings_again() {
    let (story, member, staff) = called().await;
    let wait = TimeDelta::minutes(story.app.app.settings.ring_minutes);
    let first = queue(&staff, story.event).await[0].clone();
    assert_eq!(first["ring"]["why"], "nobody");
    let called_at: DateTime<Utc> = serde_json::from_value(first["rescue_since"].clone()).unwrap();
    assert_eq!(rings_at(&first), called_at + wait);
    story.app.app.clock.advance(TimeDelta::minutes(3));
    step(&staff, member, json!({"kind": "acknowledged"})).await;
    let taken = queue(&staff, story.event).await[0].clone();
    assert_eq!(taken["ring"]["why"], "not_handed_over");
    assert!(rings_at(&taken) >= called_at + wait + TimeDelta::minutes(2));
}

#[tokio::test]
async fn a_handed_over_call_rings_again_when_the_promise_passed() {
    let (story, member, staff) = called().await;
    let promised = story.now() + TimeDelta::minutes(20);
    let handed = json!({"kind": "handed_over", "given_to": "北消防署", "reference": "119-41", "said_by": "当直 鈴木",
        "promised_at": promised});
    let steps = step(&staff, member, handed).await;
    assert_eq!(steps["items"][0]["said_by"], "当直 鈴木");
    let rescue = queue(&staff, story.event).await[0].clone();
    assert_eq!(rescue["ring"]["why"], "promise_passed");
    assert_eq!(
        rings_at(&rescue).timestamp_millis(),
        promised.timestamp_millis()
    );
    story.app.app.clock.advance(TimeDelta::minutes(25));
    step(
        &staff,
        member,
        json!({"kind": "returned", "note": "道が通れない"}),
    )
    .await;
    assert_eq!(queue(&staff, story.event).await[0]["ring"]["why"], "nobody");
    story.app.app.clock.advance(TimeDelta::minutes(1));
    step(&staff, member, json!({"kind": "arrived"})).await;
    let there = queue(&staff, story.event).await[0].clone();
    assert_eq!(there["ring"], Value::Null);
    assert_eq!(
        there["open_calls"].as_array().unwrap().len(),
        1,
        "no step closes a call"
    );
}

#[tokio::test]
async fn a_slip_says_the_same_words_on_the_telephone_and_on_paper_and_is_kept_as_said() {
    let (story, member, staff) = called().await;
    let path = format!("/api/v1/rescues/{member}/slip");
    let body = json!({"id": Uuid::now_v7()});
    let slip = staff.post(&path, body.clone()).await.expect(201);
    let spoken = slip["spoken"].as_str().unwrap();
    for words in [
        "山田 花子さん",
        "閉じ込められている",
        "玄関がつぶれている",
        "受付番号",
    ] {
        assert!(spoken.contains(words), "{spoken}");
    }
    assert!(!spoken.contains("訓練"));
    story
        .run("update person set name = '別の 名前' where id = (select person_id from round_member where id = $1)", member)
        .await;
    assert_eq!(staff.post(&path, body).await.expect(201), slip);
    assert_eq!(
        story
            .count("select count(*) from print_copy where kind = 'rescue_slip'")
            .await,
        1
    );
    let handed = json!({"kind": "handed_over", "given_to": "119", "slip_id": slip["id"]});
    let steps = step(&staff, member, handed).await;
    assert_eq!(steps["items"][0]["slip_id"], slip["id"]);
    let foreign = json!({"id": Uuid::now_v7(), "kind": "handed_over", "given_to": "119", "slip_id": Uuid::now_v7()});
    let refused = staff
        .post(&format!("/api/v1/rescues/{member}/steps"), foreign)
        .await;
    assert_eq!(refused.problem(), "invalid");
    let lead = story.app.lead(&[story.elsewhere]).await;
    let other = lead.post(&path, json!({"id": Uuid::now_v7()})).await;
    assert_eq!(other.problem(), "not-found");
    let own = story.app.lead(&[story.here]).await;
    own.post(&path, json!({"id": Uuid::now_v7()}))
        .await
        .expect(201);
}

#[tokio::test]
async fn a_slip_out_of_a_drill_says_that_it_is_one() {
    let mut story = Story::drill().await;
    let (_, member) = story.resident("山田 花子").await;
    let call = story.seen(member, json!({"outcome": "needs_rescue"}));
    story.results(&[&call]).await;
    let staff = story.app.staff().await;
    let path = format!("/api/v1/rescues/{member}/slip");
    let slip = staff
        .post(&path, json!({"id": Uuid::now_v7()}))
        .await
        .expect(201);
    assert!(slip["spoken"].as_str().unwrap().starts_with("【訓練】"));
}

#[tokio::test]
async fn an_id_that_another_record_bears_is_a_conflict_and_no_fault_of_ours() {
    let mut story = Story::drill().await;
    let staff = story.app.staff().await;
    let body = json!({"id": Uuid::now_v7()});
    for (name, answer) in [("山田 花子", 201), ("鈴木 次郎", 409)] {
        let (_, member) = story.resident(name).await;
        let call = story.seen(member, json!({"outcome": "needs_rescue"}));
        story.results(&[&call]).await;
        let path = format!("/api/v1/rescues/{member}/slip");
        let reply = staff.post(&path, body.clone()).await;
        assert_eq!(reply.status, answer, "{name}");
    }
    assert_eq!(
        story
            .count("select count(*) from print_copy where kind = 'rescue_slip'")
            .await,
        1
    );
}
