//! The other doors: placards, who told it, facilities that count for themselves, sheets on paper; one state behind them all.

mod facilities;
mod placards;
mod sheets;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::field::town::Story;
use crate::harness::Client;
use crate::harness::town::Resident;

/// What was learned at the desk about a member.
async fn said(client: &Client, story: &Story, member: Uuid, extra: Value) -> Value {
    let mut body = json!({"id": Uuid::now_v7()});
    for (key, value) in extra.as_object().unwrap() {
        body[key] = value.clone();
    }
    let path = format!(
        "/api/v1/rounds/{}/members/{member}/observations",
        story.round
    );
    client.post(&path, body).await.expect(201)
}

/// Two of one home, in the round and the volunteer's.
async fn couple(story: &Story) -> (Uuid, Uuid) {
    let home = story.app.household("山田家").await;
    let mut members = Vec::new();
    for name in ["山田 太郎", "山田 花子"] {
        let resident = Resident::of(name, story.here).household(home);
        let person = story.app.resident(resident).await;
        members.push(story.member(person).await);
    }
    (members[0], members[1])
}

async fn placards(client: &Client, story: &Story) -> Value {
    let path = format!("/api/v1/rounds/{}/placards", story.round);
    client.get(&path).await.expect(200)
}

async fn board(client: &Client, story: &Story) -> Value {
    let path = format!("/api/v1/rounds/{}/board", story.round);
    client.get(&path).await.expect(200)["totals"].clone()
}

#[tokio::test]
async fn a_household_that_answers_three_ways_is_one_household() {
    let mut story = Story::of("disaster").await;
    let (taro, hanako) = couple(&story).await;
    let (_, _neighbour) = story.resident("隣の 次郎").await;
    let staff = story.app.staff().await;
    let placard = story.seen(
        taro,
        json!({"attempt": "marker", "marker": "shown", "outcome": "safe", "for_household": true}),
    );
    story.results(&[&placard]).await;
    let by_phone = json!({"attempt": "neighbour", "outcome": "safe", "told_by": "隣の 次郎", "told_phone": "06-0000-0003"});
    said(&staff, &story, hanako, by_phone).await;
    let herself = json!({"attempt": "self_report", "outcome": "safe", "for_household": true});
    said(&staff, &story, hanako, herself).await;

    let totals = board(&staff, &story).await;
    assert_eq!(
        (&totals["members"], &totals["safe"], &totals["unchecked"]),
        (&json!(3), &json!(2), &json!(1))
    );
    assert_eq!(totals["contradicted"], 0);
    let seen = placards(&staff, &story).await;
    assert_eq!(
        (
            &seen["totals"]["homes"],
            &seen["totals"]["shown"],
            &seen["totals"]["not_looked"]
        ),
        (&json!(2), &json!(1), &json!(1))
    );
    // All three stand in the history, each by its door, and the strongest says how it is known.
    let path = format!("/api/v1/rounds/{}/members/{hanako}", story.round);
    let history = staff.get(&path).await.expect(200);
    let doors: Vec<_> = history["observations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|o| {
            let word = |key: &str| o[key].as_str().unwrap_or_default().to_owned();
            (
                word("channel"),
                word("attempt"),
                word("marker"),
                word("told_phone"),
            )
        })
        .collect();
    let door = |c: &str, a: &str, m: &str, p: &str| {
        (c.to_owned(), a.to_owned(), m.to_owned(), p.to_owned())
    };
    assert_eq!(
        doors,
        [
            door("field", "marker", "shown", ""),
            door("console", "neighbour", "", "06-0000-0003"),
            door("console", "self_report", "", ""),
        ]
    );
    assert_eq!(history["state"]["source"], "self_report");
}

#[tokio::test]
async fn whoever_tells_of_somebody_is_named_but_a_call_for_rescue_is_never_refused() {
    let story = Story::of("disaster").await;
    let (_, member) = story.resident("山田 花子").await;
    let staff = story.app.staff().await;
    let path = format!(
        "/api/v1/rounds/{}/members/{member}/observations",
        story.round
    );
    let nameless = json!({"id": Uuid::now_v7(), "attempt": "family", "outcome": "safe"});
    let refused = staff.post(&path, nameless).await.expect(422);
    assert_eq!(refused["errors"][0]["pointer"], "/told_by");
    assert!(
        refused["errors"][0]["detail"]
            .as_str()
            .unwrap()
            .contains("名乗らず")
    );
    let call = json!({"id": Uuid::now_v7(), "attempt": "neighbour", "outcome": "needs_rescue"});
    staff.post(&path, call).await.expect(201);
}

#[tokio::test]
async fn the_start_page_says_for_how_many_each_door_exists_and_unknown_is_not_zero() {
    let story = Story::drill().await;
    let app = &story.app;
    let staff = app.staff().await;
    let home = app.household("山田家").await;
    let a = app
        .resident(Resident::of("山田 太郎", story.here).household(home))
        .await;
    app.resident(Resident::of("山田 花子", story.here).household(home))
        .await;
    let refuses = app
        .resident(Resident::of("拒否 一郎", story.here).consent("refused"))
        .await;
    app.resident(Resident::of("逝去 三郎", story.here).status("died"))
        .await;
    let far = app
        .resident(Resident::of("西の 五郎", story.elsewhere))
        .await;
    for (person, kind) in [(a, "mail"), (refuses, "mail")] {
        sqlx::query("insert into contact (id, person_id, kind, value, value_key) values ($1, $2, $3, 'a@example.jp', 'a@example.jp')")
            .bind(Uuid::now_v7())
            .bind(person)
            .bind(kind)
            .execute(app.sql())
            .await
            .unwrap();
    }
    story
        .run(
            "update contact set ended_on = '2026-01-01' where person_id = $1 and kind = 'phone'",
            far,
        )
        .await;
    facilities::registered(&staff, story.here, "特養 ひだまり", Some(80)).await;
    facilities::registered(&staff, story.here, "病院 みなみ", None).await;
    let path = format!(
        "/api/v1/rounds/preview?districts={},{}",
        story.here, story.elsewhere
    );
    let rows = staff.get(&path).await.expect(200);
    let of = |district: Uuid| {
        let items = rows["items"].as_array().unwrap();
        let row = items
            .iter()
            .find(|r| r["district"]["id"] == json!(district));
        row.unwrap()["channels"].clone()
    };
    assert_eq!(
        of(story.here),
        json!({"people": 3, "visit": 2, "phone": 3, "mail": 2, "none": 0, "homes": 1, "facilities": 2,
            "facility_capacity": 80, "facilities_without_capacity": 1})
    );
    // No volunteer, no number, no address: nobody can be asked, and no facility is no capacity of zero.
    assert_eq!(
        of(story.elsewhere),
        json!({"people": 1, "visit": 0, "phone": 0, "mail": 0, "none": 1, "homes": 1, "facilities": 0,
            "facility_capacity": null, "facilities_without_capacity": 0})
    );
}
