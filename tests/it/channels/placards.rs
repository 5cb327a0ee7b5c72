//! What hung at the doors: nothing shown is not danger, nobody looked is not nothing shown.

use serde_json::json;
use uuid::Uuid;

use super::{board, couple, placards, said};
use crate::field::town::Story;
use crate::harness::town::Resident;

#[tokio::test]
async fn no_placard_is_no_danger_and_counts_apart_from_homes_where_nobody_looked() {
    let mut story = Story::drill().await;
    let (taro, hanako) = couple(&story).await;
    story.resident("隣の 次郎").await;
    let nothing = story.seen(
        taro,
        json!({"attempt": "marker", "marker": "not_shown", "for_household": true}),
    );
    assert_eq!(story.results(&[&nothing]).await, ["stored"]);
    let staff = story.app.staff().await;
    let seen = placards(&staff, &story).await;
    assert_eq!(
        seen["totals"],
        json!({"homes": 2, "shown": 0, "not_shown": 1, "sos": 0, "not_looked": 1})
    );
    assert_eq!(
        (&seen["label"], &seen["is_looked_for"]),
        (&json!("無事ですシート"), &json!(true))
    );
    for member in [taro, hanako] {
        assert_eq!(
            story.state(member).await,
            ("tried".into(), None, 0, 1, false)
        );
    }
    // The next look replaces it; an undo brings back what was seen before.
    let sos = story.seen(
        hanako,
        json!({"attempt": "marker", "marker": "sos", "outcome": "needs_rescue", "for_household": true}),
    );
    story.results(&[&sos]).await;
    assert_eq!(placards(&staff, &story).await["totals"]["sos"], 1);
    assert_eq!(board(&staff, &story).await["open_rescues"], 1);
    let undo = story.seen(
        hanako,
        json!({"attempt": "marker", "corrects": sos.id, "is_withdrawal": true, "for_household": true}),
    );
    story.results(&[&undo]).await;
    let seen = placards(&staff, &story).await;
    assert_eq!(
        (&seen["totals"]["sos"], &seen["totals"]["not_shown"]),
        (&json!(0), &json!(1))
    );
}

#[tokio::test]
async fn the_desk_writes_a_placard_down_and_the_outcome_follows_from_it() {
    let story = Story::drill().await;
    let (taro, hanako) = couple(&story).await;
    let staff = story.app.staff().await;
    let shown = json!({"attempt": "marker", "marker": "shown", "for_household": true});
    let now = said(&staff, &story, taro, shown).await;
    assert_eq!(now["bucket"], "safe");
    assert_eq!(story.bucket(hanako).await, "safe");
    let path = format!("/api/v1/rounds/{}/members/{taro}/observations", story.round);
    for wrong in [
        json!({"id": Uuid::now_v7(), "attempt": "marker", "marker": "not_shown", "outcome": "safe"}),
        json!({"id": Uuid::now_v7(), "attempt": "met", "marker": "shown", "outcome": "safe"}),
    ] {
        assert_eq!(staff.post(&path, wrong).await.problem(), "invalid");
    }
}

#[tokio::test]
async fn a_lead_sees_the_placards_of_the_own_districts_and_nobody_a_name() {
    let story = Story::drill().await;
    story.resident("山田 花子").await;
    let person = story
        .app
        .resident(Resident::of("西の 五郎", story.elsewhere))
        .await;
    story.unassigned(person).await;
    let lead = story.app.lead(&[story.here]).await;
    let seen = placards(&lead, &story).await;
    assert_eq!(
        (
            &seen["totals"]["homes"],
            seen["districts"].as_array().unwrap().len()
        ),
        (&json!(1), 1)
    );
    let planner = story
        .app
        .log_in(machimori::accounts::Role::Planner, &[])
        .await;
    let seen = placards(&planner, &story).await;
    assert_eq!(seen["totals"]["homes"], 2);
    assert!(!seen.to_string().contains("山田"));
    let far = story.app.district("南校区", 3).await;
    let stranger = story.app.lead(&[far]).await;
    let path = format!("/api/v1/rounds/{}/placards", story.round);
    assert_eq!(stranger.get(&path).await.problem(), "not-found");
}

#[tokio::test]
async fn a_round_that_looks_for_no_placard_says_so_to_the_phone() {
    let story = Story::drill().await;
    let staff = story.app.staff().await;
    let round = Uuid::now_v7();
    let body = json!({"id": round, "kind": "safety", "name": "第2回", "districts": [story.here], "looks_for_marker": false});
    let started = staff
        .post(&format!("/api/v1/events/{}/rounds", story.event), body)
        .await
        .expect(201);
    assert_eq!(started["round"]["looks_for_marker"], false);
    let bundle = story.bundle().await;
    assert_eq!(bundle["marker_label"], "無事ですシート");
    let rounds = bundle["rounds"].as_array().unwrap();
    let looks = |id: Uuid| {
        rounds.iter().find(|r| r["id"] == json!(id)).unwrap()["looks_for_marker"].clone()
    };
    assert_eq!(
        (looks(story.round), looks(round)),
        (json!(true), json!(false))
    );
}
