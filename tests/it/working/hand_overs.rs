//! People whom nobody covers go to somebody else: proposed, by one button or by themselves, and back again.

use super::*;
use machimori::safety::watch::look;

struct Two {
    story: Story,
    member: Uuid,
    other: Uuid,
    staff: Client,
}

/// A resident of the story's volunteer, and a second volunteer of the district who is in touch.
async fn two() -> Two {
    let story = Story::of("disaster").await;
    let (_, member) = story.resident("山田 花子").await;
    let other = story.app.volunteer("自治 太郎", &[story.here]).await;
    crate::field::town::phone_of(&story.app, other).await;
    let staff = story.app.staff().await;
    Two {
        story,
        member,
        other,
        staff,
    }
}

impl Two {
    async fn in_touch(&self) {
        let now = self.story.now();
        sqlx::query("update device set last_contact_at = $1")
            .bind(now)
            .execute(self.story.app.sql())
            .await
            .unwrap();
    }

    async fn shown(&self) -> Value {
        let staff = self.story.app.staff().await;
        staff.get(&self.path()).await.expect(200)
    }

    fn path(&self) -> String {
        format!("/api/v1/rounds/{}/hand-overs", self.story.round)
    }

    async fn holder(&self) -> (Uuid, String) {
        sqlx::query_as(
            "select volunteer_id, basis from assignment where member_id = $1 and ended_at is null",
        )
        .bind(self.member)
        .fetch_one(self.story.app.sql())
        .await
        .unwrap()
    }
}

#[tokio::test]
async fn at_the_cut_off_one_button_gives_people_on_once_and_another_gives_them_back() {
    let town = two().await;
    assert_eq!(town.shown().await["proposals"], json!([]));
    town.story.app.app.clock.advance(TimeDelta::minutes(121));
    town.in_touch().await;
    let shown = town.shown().await;
    assert_eq!(
        shown["proposals"],
        json!([{"reason": "cut_off", "from": ["民生 花子"], "to": "自治 太郎", "members": ["山田 花子"]}])
    );
    look(&town.story.app.app).await.unwrap();
    assert_eq!(town.holder().await.1, "standing", "the rule only proposes");

    let staff = town.story.app.staff().await;
    let body = json!({"id": Uuid::now_v7()});
    for _ in 0..2 {
        let done = staff.post(&town.path(), body.clone()).await.expect(201);
        assert_eq!(done["items"].as_array().unwrap().len(), 1);
        assert_eq!(done["items"][0]["to"][0]["name"], "自治 太郎");
    }
    assert_eq!(town.holder().await, (town.other, "hand_over".to_owned()));
    assert_eq!(town.shown().await["proposals"], json!([]));
    let nothing = staff
        .post(&town.path(), json!({"id": Uuid::now_v7()}))
        .await;
    assert_eq!(nothing.problem(), "conflict");

    let id = body["id"].as_str().unwrap();
    for _ in 0..2 {
        let list = staff
            .post(&format!("/api/v1/hand-overs/{id}/undo"), json!({}))
            .await
            .expect(200);
        assert!(!list["items"][0]["undone_at"].is_null());
    }
    assert_eq!(
        town.holder().await,
        (town.story.volunteer, "standing".to_owned())
    );
}

#[tokio::test]
async fn where_the_round_says_so_the_service_gives_on_by_itself_and_once() {
    let town = two().await;
    let rules = json!({"escalate_tries": 2, "escalate_minutes": 60, "hand_over_minutes": 30, "hand_over_by_itself": true});
    town.staff
        .put(&format!("/api/v1/rounds/{}/rules", town.story.round), rules)
        .await
        .expect(200);
    town.story.app.app.clock.advance(TimeDelta::minutes(31));
    town.in_touch().await;
    let beside = town.story.app.beside().await;
    beside.app.clock.advance(TimeDelta::minutes(31));
    for _ in 0..2 {
        let (one, other) = tokio::join!(look(&town.story.app.app), look(&beside.app));
        one.unwrap();
        other.unwrap();
    }
    assert_eq!(town.holder().await, (town.other, "hand_over".to_owned()));
    assert_eq!(town.story.count("select count(*) from hand_over").await, 1);
    let shown = town.shown().await;
    assert_eq!(shown["done"][0]["done_by_name"], Value::Null);
}

#[tokio::test]
async fn whoever_says_that_she_cannot_come_is_relieved_at_once_and_a_lead_sees_the_own_district() {
    let mut town = two().await;
    let mut tap = town.story.tap(Uuid::nil(), json!({}));
    (tap.kind, tap.payload) = ("availability", json!({"status": "unavailable"}));
    let item = town.story.phone.seal(&tap).unwrap();
    assert_eq!(town.story.results(&[&item]).await, ["stored"]);
    let shown = town.shown().await;
    assert_eq!(shown["proposals"][0]["reason"], "unavailable");
    assert_eq!(shown["proposals"][0]["to"], "自治 太郎");
    let other = town.story.app.lead(&[town.story.elsewhere]).await;
    let theirs = other.get(&town.path()).await.expect(200);
    assert_eq!(theirs["proposals"], json!([]));
    let own = town.story.app.lead(&[town.story.here]).await;
    own.post(&town.path(), json!({"id": Uuid::now_v7()}))
        .await
        .expect(201);
    assert_eq!(town.holder().await.0, town.other);
}

#[tokio::test]
async fn the_next_visit_says_why() {
    let mut town = two().await;
    let (_, tried) = town.story.resident("鈴木 一郎").await;
    let item = town.story.seen(tried, json!({"attempt": "no_answer"}));
    town.story.results(&[&item]).await;
    let path = format!("/api/v1/rounds/{}/visits", town.story.round);
    let visits = town.staff.get(&path).await.expect(200);
    let names: Vec<&str> = visits["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|v| v["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["山田 花子", "鈴木 一郎"]);
    assert_eq!(visits["items"][0]["reasons"], json!(["help", "nobody"]));
    assert_eq!(visits["items"][1]["reasons"], json!(["help", "tried"]));
    let other = town.story.app.lead(&[town.story.elsewhere]).await;
    let theirs = other.get(&path).await.expect(200);
    assert_eq!(theirs["items"], json!([]));
}
