//! What doors say, in rounds that were not open when it came: late, taken back late, or said before the round began.

use chrono::TimeDelta;

use super::*;

/// How somebody stands in a round: bucket, whereabouts, whether something came late.
async fn stands(app: &TestApp, staff: &Client, round: Uuid, name: &str) -> (String, Value, bool) {
    let member = app.member(round, name).await;
    let path = format!("/api/v1/rounds/{round}/members/{member}");
    let shown = staff.get(&path).await.expect(200);
    let bucket = shown["bucket"].as_str().unwrap().to_owned();
    let state = &shown["state"];
    let is_late = state["has_late"].as_bool().unwrap();
    (bucket, state["whereabouts"].clone(), is_late)
}

#[tokio::test]
async fn what_a_gate_saw_before_the_close_and_sends_after_it_still_counts_in_the_round_and_so_does_its_undoing()
 {
    let app = TestApp::new().await;
    let east = app.district("東", 0).await;
    let site = shelter(&app, "小学校", 0, None).await;
    let (early, after) = (
        app.resident(Resident::of("甲野 一", east)).await,
        app.resident(Resident::of("乙野 二", east)).await,
    );
    let staff = app.staff().await;
    let event = start(&staff, "disaster").await;
    let round = crate::events::round(&staff, event, &[east]).await;
    app.app.clock.advance(TimeDelta::minutes(10));
    let seen_at = app.app.clock.now();
    app.app.clock.advance(TimeDelta::minutes(10));
    let close = format!("/api/v1/rounds/{round}/close");
    staff.post(&close, json!({})).await.expect(200);
    app.app.clock.advance(TimeDelta::minutes(10));

    let mut late = came(early, site);
    late["observed_at"] = json!(seen_at);
    stays(&staff, event, json!([late, came(after, site)])).await;
    let safe = ("safe".to_owned(), json!("shelter"), true);
    assert_eq!(stands(&app, &staff, round, "甲野 一").await, safe);
    let unchecked = ("unchecked".to_owned(), Value::Null, false);
    assert_eq!(
        stands(&app, &staff, round, "乙野 二").await,
        unchecked,
        "she came when the round was over"
    );

    let back = json!({"id": Uuid::now_v7(), "check_in": {"person_id": early, "site_id": site, "stay_type": "shelter",
        "corrects": late["id"], "is_withdrawal": true}});
    stays(&staff, event, json!([back])).await;
    let (bucket, whereabouts, _) = stands(&app, &staff, round, "甲野 一").await;
    assert_eq!((bucket.as_str(), whereabouts), ("unchecked", Value::Null));
}

#[tokio::test]
async fn a_round_that_begins_while_people_are_in_shelters_knows_them_and_mails_none_of_them() {
    let app = TestApp::new().await;
    let east = app.district("東", 0).await;
    let site = shelter(&app, "小学校", 0, None).await;
    let staff = app.staff().await;
    let event = start(&staff, "disaster").await;
    let mut people = Vec::new();
    for name in ["甲野 一", "乙野 二", "丙野 三", "丁野 四"] {
        let person = app.resident(Resident::of(name, east)).await;
        sqlx::query("insert into contact (id, person_id, kind, value, value_key) values (gen_random_uuid(), $1, 'mail', $2, $2)")
            .bind(person)
            .bind(format!("{person}@example.jp"))
            .execute(app.sql())
            .await
            .unwrap();
        people.push(person);
    }
    let third = came(people[2], site);
    let out = json!({"id": Uuid::now_v7(), "check_out": {"person_id": people[2], "site_id": site, "act": "overnight_leave"}});
    let items = [
        came(people[0], site),
        came(people[1], site),
        left(people[1], site),
        third,
        out,
    ];
    stays(&staff, event, json!(items)).await;
    app.app.clock.advance(TimeDelta::minutes(20));

    let round = crate::events::round(&staff, event, &[east]).await;
    let safe = ("safe".to_owned(), json!("shelter"), false);
    assert_eq!(stands(&app, &staff, round, "甲野 一").await, safe);
    for name in ["乙野 二", "丙野 三", "丁野 四"] {
        let (bucket, _, _) = stands(&app, &staff, round, name).await;
        assert_eq!(bucket, "unchecked", "{name} is not in a shelter tonight");
    }
    let asked: i64 = sqlx::query_scalar(
        "select count(*) from self_report_link l join round_member m on m.id = l.member_id where m.round_id = $1 and m.person_id = $2",
    )
    .bind(round)
    .bind(people[0])
    .fetch_one(app.sql())
    .await
    .unwrap();
    assert_eq!(asked, 0, "she is known to be in the school");
    let board = format!("/api/v1/rounds/{round}/board");
    let totals = staff.get(&board).await.expect(200)["totals"].clone();
    assert_eq!(
        (&totals["safe"], &totals["unchecked"]),
        (&json!(1), &json!(3))
    );
}
