//! What must not wait is raised once, worked by people, and ends by itself when it is answered.

use super::*;
use machimori::safety::watch::look;

async fn escalations(client: &Client, round: Uuid) -> Value {
    client
        .get(&format!("/api/v1/rounds/{round}/escalations"))
        .await
        .expect(200)
}

fn kinds(list: &Value) -> Vec<String> {
    let items = list["items"].as_array().unwrap();
    let mut kinds: Vec<String> = items
        .iter()
        .map(|i| i["kind"].as_str().unwrap().to_owned())
        .collect();
    kinds.sort();
    kinds
}

async fn act(client: &Client, id: &Value, body: Value) -> crate::harness::Reply {
    let mut said = json!({"id": Uuid::now_v7()});
    for (key, value) in body.as_object().unwrap() {
        said[key] = value.clone();
    }
    client
        .post(
            &format!("/api/v1/escalations/{}/steps", id.as_str().unwrap()),
            said,
        )
        .await
}

#[tokio::test]
async fn two_tries_in_vain_escalate_once_and_end_when_she_answers() {
    let mut story = Story::of("disaster").await;
    let (_, member) = story.resident("山田 花子").await;
    let staff = story.app.staff().await;
    let first = story.seen(member, json!({"attempt": "no_answer"}));
    story.results(&[&first]).await;
    look(&story.app.app).await.unwrap();
    assert_eq!(kinds(&escalations(&staff, story.round).await), [""; 0]);
    let second = story.seen(member, json!({"attempt": "no_answer"}));
    story.results(&[&second]).await;
    let beside = story.app.beside().await;
    let (one, other) = tokio::join!(look(&story.app.app), look(&beside.app));
    one.unwrap();
    other.unwrap();
    look(&story.app.app).await.unwrap();
    let list = escalations(&staff, story.round).await;
    let item = &list["items"][0];
    assert_eq!(kinds(&list), ["no_answer"]);
    assert_eq!(item["level"], "neighbour");
    assert_eq!(item["facts"]["tries"], 2);
    assert_eq!(item["member"]["name"], "山田 花子");
    assert_eq!(item["member"]["assigned"], json!(["民生 花子"]));

    let passed = json!({"kind": "passed_on", "level": "headquarters", "note": "近所も留守"});
    let after = act(&staff, &item["id"], passed).await.expect(201);
    assert_eq!(after["level"], "headquarters");
    let nowhere = act(&staff, &item["id"], json!({"kind": "passed_on"})).await;
    assert_eq!(nowhere.problem(), "invalid");
    act(
        &staff,
        &item["id"],
        json!({"kind": "taken", "given_to": "消防団"}),
    )
    .await
    .expect(201);

    let safe = story.seen(member, json!({"outcome": "safe"}));
    story.results(&[&safe]).await;
    assert_eq!(kinds(&escalations(&staff, story.round).await), [""; 0]);
    look(&story.app.app).await.unwrap();
    let list = escalations(&staff, story.round).await;
    assert_eq!(list["ended"][0]["ended_why"], "answered");
    assert_eq!(list["ended"][0]["steps"].as_array().unwrap().len(), 2);
    let late = act(
        &staff,
        &item["id"],
        json!({"kind": "ended", "note": "会えた"}),
    )
    .await;
    assert_eq!(late.problem(), "conflict");
}

#[tokio::test]
async fn what_a_person_ended_rises_again_only_after_another_try() {
    let mut story = Story::of("disaster").await;
    let (_, member) = story.resident("山田 花子").await;
    let staff = story.app.staff().await;
    for _ in 0..2 {
        let item = story.seen(member, json!({"attempt": "no_answer"}));
        story.results(&[&item]).await;
    }
    look(&story.app.app).await.unwrap();
    let id = escalations(&staff, story.round).await["items"][0]["id"].clone();
    let without = act(&staff, &id, json!({"kind": "ended"})).await;
    assert_eq!(without.problem(), "invalid");
    story.app.app.clock.advance(TimeDelta::minutes(1));
    act(
        &staff,
        &id,
        json!({"kind": "ended", "note": "娘の家にいると聞いた"}),
    )
    .await
    .expect(201);
    look(&story.app.app).await.unwrap();
    assert_eq!(kinds(&escalations(&staff, story.round).await), [""; 0]);
    story.app.app.clock.advance(TimeDelta::minutes(1));
    let again = story.seen(member, json!({"attempt": "no_answer"}));
    story.results(&[&again]).await;
    look(&story.app.app).await.unwrap();
    assert_eq!(
        kinds(&escalations(&staff, story.round).await),
        ["no_answer"]
    );
}

#[tokio::test]
async fn one_try_long_ago_escalates_too_and_the_rules_of_the_round_say_when() {
    let mut story = Story::of("disaster").await;
    let (_, member) = story.resident("山田 花子").await;
    let staff = story.app.staff().await;
    let item = story.seen(member, json!({"attempt": "no_answer"}));
    story.results(&[&item]).await;
    let rules = format!("/api/v1/rounds/{}/rules", story.round);
    let body = json!({"escalate_tries": null, "escalate_minutes": 90, "hand_over_minutes": null, "hand_over_by_itself": false});
    let round = staff.put(&rules, body.clone()).await.expect(200);
    assert_eq!(round["rules"], body);
    let wrong = json!({"escalate_tries": 0, "escalate_minutes": null, "hand_over_minutes": null});
    assert_eq!(staff.put(&rules, wrong).await.problem(), "invalid");
    assert_eq!(
        story
            .count("select count(*) from audit_entry where action = 'rounds.set_rules'")
            .await,
        1
    );
    story.app.app.clock.advance(TimeDelta::minutes(80));
    look(&story.app.app).await.unwrap();
    let staff = story.app.staff().await;
    assert!(!kinds(&escalations(&staff, story.round).await).contains(&"no_answer".to_owned()));
    story.app.app.clock.advance(TimeDelta::minutes(11));
    look(&story.app.app).await.unwrap();
    assert!(kinds(&escalations(&staff, story.round).await).contains(&"no_answer".to_owned()));
}

#[tokio::test]
async fn silence_of_a_volunteer_and_of_her_district_is_a_state_until_she_is_heard() {
    let mut story = Story::of("disaster").await;
    let (_, member) = story.resident("山田 花子").await;
    look(&story.app.app).await.unwrap();
    let staff = story.app.staff().await;
    assert_eq!(kinds(&escalations(&staff, story.round).await), [""; 0]);
    story.app.app.clock.advance(TimeDelta::minutes(31));
    look(&story.app.app).await.unwrap();
    let staff = story.app.staff().await;
    let list = escalations(&staff, story.round).await;
    assert_eq!(
        kinds(&list),
        ["silent_district", "silent_volunteer", "uncovered"]
    );
    let own = story.app.lead(&[story.here]).await;
    assert_eq!(kinds(&escalations(&own, story.round).await).len(), 3);
    let other = story.app.lead(&[story.elsewhere]).await;
    assert_eq!(kinds(&escalations(&other, story.round).await).len(), 0);

    story.app.app.clock.advance(TimeDelta::minutes(1));
    let item = story.seen(member, json!({"outcome": "safe"}));
    story.results(&[&item]).await;
    look(&story.app.app).await.unwrap();
    let list = escalations(&staff, story.round).await;
    assert_eq!(kinds(&list), [""; 0]);
    assert_eq!(list["ended"].as_array().unwrap().len(), 3);
    story
        .run(
            "update safety_round set closed_at = now() where id = $1",
            story.round,
        )
        .await;
    look(&story.app.app).await.unwrap();
    assert_eq!(escalations(&staff, story.round).await["is_open"], false);
}

#[tokio::test]
async fn a_note_about_somebody_met_is_no_try_in_vain_and_she_is_not_confirmed_by_it() {
    let mut story = Story::of("disaster").await;
    let (_, member) = story.resident("山田 花子").await;
    let staff = story.app.staff().await;
    let place = story.seen(member, json!({"whereabouts": "home"}));
    let note = story.seen(member, json!({"note": "薬をさがしている"}));
    story.results(&[&place, &note]).await;
    look(&story.app.app).await.unwrap();
    assert_eq!(kinds(&escalations(&staff, story.round).await), [""; 0]);
    let open = ("unchecked".to_owned(), None, 0, 0, false);
    assert_eq!(story.state(member).await, open);
    let path = format!("/api/v1/rounds/{}/visits", story.round);
    let next = staff.get(&path).await.expect(200);
    assert_eq!(next["items"][0]["reasons"], json!(["help", "heard"]));
    let report = format!("/api/v1/events/{}/report", story.event);
    let report = staff.get(&report).await.expect(200);
    let unreached = &report["now"]["rounds"][0]["totals"]["unreached"];
    assert_eq!(
        (&unreached["heard"], &unreached["not_visited"]),
        (&json!(1), &json!(0))
    );
}

#[tokio::test]
async fn nobody_is_said_not_to_answer_once_somebody_spoke_with_her_and_a_refusal_is_called_one() {
    let mut story = Story::of("disaster").await;
    let (_, member) = story.resident("山田 花子").await;
    let (_, refusing) = story.resident("断る 一郎").await;
    let staff = story.app.staff().await;
    for _ in 0..2 {
        let one = story.seen(member, json!({"attempt": "no_answer"}));
        let other = story.seen(refusing, json!({"attempt": "refused"}));
        story.results(&[&one, &other]).await;
    }
    look(&story.app.app).await.unwrap();
    let list = escalations(&staff, story.round).await;
    let mut refusals: Vec<(&str, bool)> = list["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|i| {
            (
                i["member"]["name"].as_str().unwrap(),
                i["facts"]["is_refused"] == true,
            )
        })
        .collect();
    refusals.sort_unstable();
    assert_eq!(refusals, [("山田 花子", false), ("断る 一郎", true)]);
    story.app.app.clock.advance(TimeDelta::minutes(1));
    let spoken = story.seen(member, json!({"attempt": "phone", "note": "あとで行く"}));
    story.results(&[&spoken]).await;
    look(&story.app.app).await.unwrap();
    let list = escalations(&staff, story.round).await;
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
    assert_eq!(list["ended"][0]["member"]["name"], "山田 花子");
    assert_eq!(list["ended"][0]["ended_why"], "heard");
}
