//! Drills: planned, postponed, called off; who came, counted once whatever the door.

mod attendance;

use chrono::{DateTime, TimeDelta, Utc};
use machimori::accounts::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::field::town::{phone_of, words};
use crate::harness::town::Resident;
use crate::harness::{Client, TestApp};

/// A drill of tomorrow at two venues, with one body.
struct Morning {
    app: TestApp,
    staff: Client,
    east: Uuid,
    west: Uuid,
    drill: Uuid,
    hall: Uuid,
    school: Uuid,
    body: Uuid,
}

fn plan(starts_at: DateTime<Utc>, districts: &[Uuid]) -> Value {
    json!({
        "name": "校区防災訓練", "starts_at": starts_at, "ends_at": starts_at + TimeDelta::hours(3), "scenario": "震度6弱の地震",
        "cancel_rule": "午前6時に警報が出ていれば中止", "districts": districts, "hazards": ["earthquake"],
        "programme": [{"id": Uuid::now_v7(), "starts_at": starts_at, "title": "安否確認の開始", "place": "各戸", "who": "民生委員"}],
    })
}

impl Morning {
    async fn new() -> Self {
        let app = TestApp::new().await;
        let staff = app.staff().await;
        let (east, west) = (
            app.district("東豊校区", 1).await,
            app.district("西豊校区", 2).await,
        );
        let [drill, hall, school, body] = std::array::from_fn(|_| Uuid::now_v7());
        let starts_at = app.app.clock.now() + TimeDelta::hours(20);
        let path = format!("/api/v1/drills/{drill}");
        staff
            .put(&path, plan(starts_at, &[east, west]))
            .await
            .expect(200);
        for (id, name, district) in [(hall, "公民館", east), (school, "小学校", west)] {
            let venue = json!({"name": name, "district_id": district});
            staff
                .put(&format!("{path}/venues/{id}"), venue)
                .await
                .expect(200);
        }
        let bring = json!({"name": "自主防災会", "body": "voluntary_disaster_org", "district_id": east, "expected": 40});
        staff
            .put(&format!("{path}/bodies/{body}"), bring)
            .await
            .expect(200);
        Self {
            app,
            staff,
            east,
            west,
            drill,
            hall,
            school,
            body,
        }
    }

    fn path(&self, rest: &str) -> String {
        format!("/api/v1/drills/{}{rest}", self.drill)
    }

    async fn shown(&self) -> Value {
        self.staff.get(&self.path("")).await.expect(200)
    }

    /// Somebody or some group came to a venue; what is counted then.
    async fn came(&self, venue: Uuid, extra: Value) -> Value {
        let mut act =
            json!({"id": Uuid::now_v7(), "venue_id": venue, "kind": "person", "way": "list"});
        act.as_object_mut()
            .unwrap()
            .extend(extra.as_object().unwrap().clone());
        self.staff
            .post(&self.path("/attendance"), act)
            .await
            .expect(201)
    }

    async fn counted(&self) -> Value {
        self.staff.get(&self.path("/attendance")).await.expect(200)
    }

    async fn decide(&self, extra: Value) -> crate::harness::Reply {
        let mut decision = json!({"id": Uuid::now_v7(), "reason": "大雨警報のため"});
        decision
            .as_object_mut()
            .unwrap()
            .extend(extra.as_object().unwrap().clone());
        self.staff.post(&self.path("/decisions"), decision).await
    }

    async fn round(&self) -> crate::harness::Reply {
        let round = json!({"id": Uuid::now_v7(), "kind": "safety", "name": "安否確認", "districts": [self.east]});
        self.staff
            .post(&format!("/api/v1/events/{}/rounds", self.drill), round)
            .await
    }
}

#[tokio::test]
async fn a_drill_is_planned_with_its_programme_starts_by_itself_and_ends_by_itself() {
    let morning = Morning::new().await;
    let drill = morning.shown().await;
    assert_eq!(drill["state"], "planned");
    assert_eq!(drill["programme"][0]["title"], "安否確認の開始");
    assert_eq!(drill["venues"].as_array().unwrap().len(), 2);
    assert_eq!(drill["bodies"][0]["expected"], 40);
    assert_eq!(morning.round().await.problem(), "conflict");

    morning.app.app.clock.advance(TimeDelta::hours(21));
    let morning = Morning {
        staff: morning.app.staff().await,
        ..morning
    };
    assert_eq!(morning.shown().await["state"], "running");
    morning.round().await.expect(201);
    morning.app.app.clock.advance(TimeDelta::hours(3));
    let staff = morning.app.staff().await;
    let list = staff.get("/api/v1/drills").await.expect(200);
    assert_eq!(
        (&list["items"][0]["state"], &list["items"][0]["venues"]),
        (&json!("ended"), &json!(2))
    );
}

#[tokio::test]
async fn what_is_said_of_a_drill_is_as_long_as_its_letters_and_not_as_its_bytes() {
    let morning = Morning::new().await;
    let starts_at = morning.app.app.clock.now() + TimeDelta::hours(20);
    let mut said = plan(starts_at, &[morning.east]);
    said["name"] = json!("訓".repeat(100));
    said["programme"][0]["title"] = json!("安".repeat(100));
    let kept = morning.staff.put(&morning.path(""), said.clone()).await;
    assert_eq!(kept.expect(200)["event"]["name"], said["name"]);
    said["name"] = json!("訓".repeat(101));
    let refused = morning.staff.put(&morning.path(""), said).await;
    assert_eq!(refused.status, 422);
    assert_eq!(refused.json()["errors"][0]["pointer"], "/name");
}

#[tokio::test]
async fn a_postponed_drill_starts_nothing_on_the_old_day() {
    let morning = Morning::new().await;
    let old = morning.app.app.clock.now() + TimeDelta::hours(20);
    let new = old + TimeDelta::days(7);
    let to = json!({"kind": "postponed", "to_start": new, "to_end": new + TimeDelta::hours(3)});
    let drill = morning.decide(to).await.expect(201);
    let starts: DateTime<Utc> =
        serde_json::from_value(drill["programme"][0]["starts_at"].clone()).unwrap();
    // The programme moves with the day.
    assert!((starts - new).abs() < TimeDelta::minutes(1), "{starts}");
    assert_eq!(drill["decisions"][0]["reason"], "大雨警報のため");
    // Its time moves only by a decision.
    let moved = morning
        .staff
        .put(&morning.path(""), plan(old, &[morning.east]))
        .await;
    assert_eq!(moved.problem(), "conflict");

    morning.app.app.clock.advance(TimeDelta::hours(21));
    let morning = Morning {
        staff: morning.app.staff().await,
        ..morning
    };
    assert_eq!(morning.shown().await["state"], "planned");
    assert_eq!(morning.round().await.problem(), "conflict");
}

#[tokio::test]
async fn a_drill_called_off_is_over_and_what_is_decided_is_kept_with_its_reason() {
    let morning = Morning::new().await;
    assert_eq!(
        morning
            .decide(json!({"kind": "ended_early"}))
            .await
            .problem(),
        "conflict"
    );
    let id = Uuid::now_v7();
    for _ in 0..2 {
        let drill = morning
            .decide(json!({"id": id, "kind": "cancelled"}))
            .await
            .expect(201);
        assert_eq!(
            (
                &drill["state"],
                drill["decisions"].as_array().unwrap().len()
            ),
            (&json!("cancelled"), 1)
        );
    }
    let again = json!({"kind": "postponed", "to_start": "2099-01-01T00:00:00Z", "to_end": "2099-01-01T01:00:00Z"});
    assert_eq!(morning.decide(again).await.problem(), "conflict");
}

#[tokio::test]
async fn readiness_names_who_has_not_opened() {
    let morning = Morning::new().await;
    let ready = morning.app.volunteer("準備 一郎", &[morning.east]).await;
    morning.app.volunteer("未準備 二郎", &[morning.east]).await;
    let phone = morning.app.phone(ready).await;
    for sql in [
        "update device set last_contact_at = now() where id = $1",
        "insert into practice (id, device_id, volunteer_id, was_offline, practised_at) select gen_random_uuid(), id, volunteer_id, true, now() from device where id = $1",
    ] {
        sqlx::query(sql)
            .bind(phone.device_id)
            .execute(morning.app.sql())
            .await
            .unwrap();
    }
    morning
        .app
        .resident(Resident::of("山田 花子", morning.east))
        .await;
    // The evening before there is no round, and no visit sheet; what is printed is the district's list.
    let paper = json!({"id": Uuid::now_v7(), "district_id": morning.east, "recipient": "support_organisation",
        "recipient_name": "東校区自主防災会", "purpose": "訓練の準備"});
    morning
        .staff
        .post("/api/v1/roster/prints", paper)
        .await
        .expect(201);
    let lead = morning.app.lead(&[morning.east]).await;
    let items = lead.get(&morning.path("/readiness")).await.expect(200)["items"].clone();
    assert_eq!(items.as_array().unwrap().len(), 1);
    let mut east = items[0].clone();
    assert_eq!(east["missing"][0]["name"], "未準備 二郎");
    east.as_object_mut()
        .unwrap()
        .retain(|k, _| k != "missing" && k != "district");
    let expected = json!({"volunteers": 2, "invited": 1, "opened": 1, "practised_offline": 1, "sheets_printed": 1,
        "people_to_visit": 1, "bodies_expected": 40});
    assert_eq!(east, expected);
}
