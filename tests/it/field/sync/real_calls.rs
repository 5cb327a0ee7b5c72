//! What is real though a drill runs, and what comes when the event is over.

use super::*;

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
