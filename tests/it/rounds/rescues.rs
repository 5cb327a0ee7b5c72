//! Calls for rescue: what never clears them, what takes them back, who may close them.

use super::*;

#[tokio::test]
async fn a_rescue_stays_through_a_later_safe_the_close_of_the_round_and_the_end_of_the_event_until_somebody_resolves_it()
 {
    let town = Town::new().await;
    let (event, round) = town.start("disaster").await;
    let member = town.member(round, town.consented).await;
    let call = Uuid::now_v7();
    town.say(
        round,
        member,
        json!({"id": call, "attempt": "neighbour", "outcome": "needs_rescue", "note": "家具の下"}),
    )
    .await;
    let safe = town
        .say(round, member, json!({"attempt": "met", "outcome": "safe"}))
        .await;
    assert_eq!(safe["bucket"], "need_help");
    assert_eq!(town.board(round).await["totals"]["contradicted"], 1);

    let close = format!("/api/v1/rounds/{round}/close");
    let closed = town.staff.post(&close, json!({})).await.expect(200);
    assert_eq!(closed["close_board"]["totals"]["open_rescues"], 1);
    let end = format!("/api/v1/events/{event}/end");
    town.staff
        .post(&end, json!({"reason": "終息"}))
        .await
        .expect(200);

    let queue = town.rescues(&town.staff, event).await;
    assert_eq!(queue.len(), 1);
    assert_eq!(
        (&queue[0]["name"], &queue[0]["is_round_closed"]),
        (&json!("同意 花子"), &json!(true))
    );
    assert_eq!(
        (&queue[0]["open_calls"], &queue[0]["notes"]),
        (&json!([call]), &json!(["家具の下"]))
    );
    assert_eq!(queue[0]["contacts"][0]["value"], "06-0000-0001");

    // A step is not an end.
    let steps = format!("/api/v1/rescues/{member}/steps");
    let step = json!({"id": Uuid::now_v7(), "kind": "handed_over", "given_to": "北消防署", "reference": "119-77"});
    town.staff.post(&steps, step.clone()).await.expect(201);
    let said_twice = town.staff.post(&steps, step).await.expect(201);
    assert_eq!(said_twice["items"].as_array().unwrap().len(), 1);
    assert_eq!(town.rescues(&town.staff, event).await.len(), 1);

    let resolve = format!("/api/v1/rescues/{member}/resolve");
    let resolution = json!({"id": Uuid::now_v7(), "closes": [call], "outcome": "injured_minor", "whereabouts": "hospital", "how": "消防が救出、病院へ搬送"});
    let now = town
        .staff
        .post(&resolve, resolution.clone())
        .await
        .expect(201);
    assert_eq!(
        (&now["state"]["open_rescue"], &now["state"]["outcome"]),
        (&json!([]), &json!("injured_minor"))
    );
    town.staff.post(&resolve, resolution).await.expect(201);
    assert!(town.rescues(&town.staff, event).await.is_empty());
    assert_eq!(town.board(round).await["rescues_open"], 0);
}

#[tokio::test]
async fn a_call_taken_back_stays_in_the_queue_and_one_that_is_not_named_stays_open() {
    let town = Town::new().await;
    let (event, round) = town.start("disaster").await;
    let member = town.member(round, town.consented).await;
    let (first, second) = (Uuid::now_v7(), Uuid::now_v7());
    town.say(
        round,
        member,
        json!({"id": first, "attempt": "phone", "outcome": "needs_rescue"}),
    )
    .await;
    town.say(
        round,
        member,
        json!({"attempt": "phone", "corrects": first, "is_withdrawal": true}),
    )
    .await;
    let queue = town.rescues(&town.staff, event).await;
    assert_eq!(
        (&queue[0]["open_calls"], &queue[0]["withdrawn_calls"]),
        (&json!([]), &json!([first]))
    );

    town.say(
        round,
        member,
        json!({"id": second, "attempt": "met", "outcome": "needs_rescue"}),
    )
    .await;
    let resolve = format!("/api/v1/rescues/{member}/resolve");
    let body =
        json!({"id": Uuid::now_v7(), "closes": [first], "outcome": "safe", "how": "電話で確認"});
    town.staff.post(&resolve, body).await.expect(201);
    let queue = town.rescues(&town.staff, event).await;
    assert_eq!(
        (&queue[0]["open_calls"], &queue[0]["withdrawn_calls"]),
        (&json!([second]), &json!([]))
    );

    // Not with somebody else's call, not with "still needs rescue".
    let stranger =
        json!({"id": Uuid::now_v7(), "closes": [Uuid::now_v7()], "outcome": "safe", "how": "確認"});
    assert_eq!(
        town.staff.post(&resolve, stranger).await.problem(),
        "invalid"
    );
    let still =
        json!({"id": Uuid::now_v7(), "closes": [second], "outcome": "needs_rescue", "how": "確認"});
    assert_eq!(town.staff.post(&resolve, still).await.problem(), "invalid");
}

#[tokio::test]
async fn a_placard_counts_for_the_household_and_a_households_rescue_is_one_entry_closed_for_all() {
    let town = Town::new().await;
    let home = town.app.household("佐藤家").await;
    let hana = town
        .app
        .resident(Resident::of("佐藤 はな", town.east).household(home))
        .await;
    let ichi = town
        .app
        .resident(
            Resident::of("佐藤 いち", town.east)
                .consent("unanswered")
                .household(home),
        )
        .await;
    let (event, round) = town.start("disaster").await;
    let (hana, ichi) = (
        town.member(round, hana).await,
        town.member(round, ichi).await,
    );
    // A lead says it, who may not see the second one: the household is derived whole all the same.
    let lead = town.app.lead(&[town.east]).await;
    let safe_before = town.board(round).await["totals"]["safe"].as_i64().unwrap();
    town.say_as(
        &lead,
        round,
        hana,
        json!({"attempt": "marker", "outcome": "safe", "for_household": true}),
    )
    .await;
    assert_eq!(
        town.board(round).await["totals"]["safe"].as_i64().unwrap(),
        safe_before + 2
    );

    let sos = Uuid::now_v7();
    town.say_as(
        &lead,
        round,
        hana,
        json!({"id": sos, "attempt": "marker", "outcome": "needs_rescue", "for_household": true}),
    )
    .await;
    let board = town.board(round).await;
    assert_eq!(
        (&board["totals"]["need_help"], &board["rescues_open"]),
        (&json!(2), &json!(1))
    );
    let queue = town.rescues(&town.staff, event).await;
    assert_eq!(
        (queue.len(), &queue[0]["id"], &queue[0]["is_household"]),
        (1, &json!(hana), &json!(true))
    );

    let resolve = format!("/api/v1/rescues/{hana}/resolve");
    let body =
        json!({"id": Uuid::now_v7(), "closes": [sos], "outcome": "safe", "how": "訪問して確認"});
    lead.post(&resolve, body).await.expect(201);
    assert!(town.rescues(&town.staff, event).await.is_empty());
    let path = format!("/api/v1/rounds/{round}/members/{ichi}");
    let other = town.staff.get(&path).await.expect(200);
    // Closed, and nothing was found of him: what the placard said before is all that is known.
    assert_eq!(
        (&other["state"]["open_rescue"], &other["state"]["source"]),
        (&json!([]), &json!("marker"))
    );
}

#[tokio::test]
async fn death_is_headquarters_word_alone() {
    let town = Town::new().await;
    let (_, round) = town.start("disaster").await;
    let member = town.member(round, town.consented).await;
    let lead = town.app.lead(&[town.east]).await;
    let path = format!("/api/v1/rounds/{round}/members/{member}/observations");
    let body = json!({"id": Uuid::now_v7(), "attempt": "met", "outcome": "deceased"});
    let refused = lead.post(&path, body.clone()).await.expect(422);
    assert!(
        refused["errors"][0]["detail"]
            .as_str()
            .unwrap()
            .contains("要救助")
    );
    let said = town.staff.post(&path, body).await.expect(201);
    assert_eq!(said["state"]["outcome"], "deceased");
}

#[tokio::test]
async fn somebody_who_calls_again_after_her_rescue_is_nobodys_again_and_rings_and_stands_first() {
    let town = Town::new().await;
    let (event, round) = town.start("disaster").await;
    let member = town.member(round, town.consented).await;
    let (first, second) = (Uuid::now_v7(), Uuid::now_v7());
    let call = json!({"id": first, "attempt": "phone", "outcome": "needs_rescue"});
    town.say(round, member, call).await;
    let steps = format!("/api/v1/rescues/{member}/steps");
    for kind in ["acknowledged", "handed_over", "arrived"] {
        let step = json!({"id": Uuid::now_v7(), "kind": kind, "given_to": "北消防署"});
        town.staff.post(&steps, step).await.expect(201);
    }
    let queue = town.rescues(&town.staff, event).await;
    assert_eq!(queue[0]["ring"], Value::Null);
    let resolve = format!("/api/v1/rescues/{member}/resolve");
    let body = json!({"id": Uuid::now_v7(), "closes": [first], "outcome": "safe", "how": "救出"});
    town.staff.post(&resolve, body).await.expect(201);

    // Another one, whose rescue was taken before she called again.
    town.app.app.clock.advance(TimeDelta::minutes(10));
    let other = town.member(round, town.silent).await;
    let call = json!({"attempt": "phone", "outcome": "needs_rescue"});
    town.say(round, other, call).await;
    let taken = json!({"id": Uuid::now_v7(), "kind": "acknowledged"});
    let of_other = format!("/api/v1/rescues/{other}/steps");
    town.staff.post(&of_other, taken).await.expect(201);

    town.app.app.clock.advance(TimeDelta::minutes(10));
    let again = json!({"id": second, "attempt": "phone", "outcome": "needs_rescue"});
    town.say(round, member, again).await;
    let counts = format!("/api/v1/events/{event}/rescue-counts");
    let mut told = town.staff.get(&counts).await.expect(200);
    let newest_at = told.as_object_mut().unwrap().remove("newest_at");
    assert!(newest_at.unwrap().is_string());
    assert_eq!(
        told,
        json!({"open": 2, "nobodys": 1, "ringing": 1}),
        "hers is nobody's, the other one was taken and given to nobody for ten minutes"
    );
    let queue = town.rescues(&town.staff, event).await;
    assert_eq!(
        (&queue[0]["id"], &queue[0]["ring"]["why"]),
        (&json!(member), &json!("nobody"))
    );
    let earlier: Vec<&Value> = queue[0]["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| &s["is_earlier"])
        .collect();
    assert_eq!(earlier, [&json!(true); 3]);

    let taken = json!({"id": Uuid::now_v7(), "kind": "acknowledged"});
    town.staff.post(&steps, taken).await.expect(201);
    let queue = town.rescues(&town.staff, event).await;
    let her = queue.iter().find(|r| r["id"] == json!(member)).unwrap();
    assert_eq!(
        (&her["ring"]["why"], &her["steps"][3]["is_earlier"]),
        (&json!("not_handed_over"), &json!(false))
    );
}
