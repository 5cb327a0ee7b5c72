//! Facilities count for themselves: never among the residents, never zero for unknown.

use chrono::TimeDelta;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::events;
use crate::harness::town::Resident;
use crate::harness::{Client, TestApp};

pub async fn registered(staff: &Client, district: Uuid, name: &str, capacity: Option<i32>) -> Uuid {
    let id = Uuid::now_v7();
    let body = json!({"name": name, "kind": "elderly", "address": "試験町9", "district_id": district, "phone": "06-0000-0009",
        "contact_name": "施設長", "capacity": capacity});
    staff
        .put(&format!("/api/v1/facilities/{id}"), body)
        .await
        .expect(200);
    id
}

struct City {
    app: TestApp,
    staff: Client,
    east: Uuid,
    west: Uuid,
    home: Uuid,
    event: Uuid,
    round: Uuid,
}

impl City {
    /// Two districts, a resident and a home for the old in the first, the round on.
    async fn new() -> Self {
        let app = TestApp::new().await;
        let staff = app.staff().await;
        let (east, west) = (app.district("東", 0).await, app.district("西", 1).await);
        app.resident(Resident::of("山田 花子", east)).await;
        app.volunteer("協力 者一", &[east]).await;
        let home = registered(&staff, east, "特養 ひだまり", Some(80)).await;
        let event = events::start(&staff, "disaster").await;
        let round = Uuid::now_v7();
        let body =
            json!({"id": round, "kind": "safety", "name": "第1回", "districts": [east, west]});
        let started = staff
            .post(&format!("/api/v1/events/{event}/rounds"), body)
            .await
            .expect(201);
        assert_eq!(
            (&started["members"], &started["unassigned"]),
            (&json!(1), &json!(0))
        );
        Self {
            app,
            staff,
            east,
            west,
            home,
            event,
            round,
        }
    }

    async fn all(&self, client: &Client) -> Value {
        let path = format!("/api/v1/rounds/{}/facilities", self.round);
        client.get(&path).await.expect(200)
    }

    async fn member(&self) -> Uuid {
        let all = self.all(&self.staff).await;
        let items = all["items"].as_array().unwrap();
        let found = items.iter().find(|f| f["facility_id"] == json!(self.home));
        serde_json::from_value(found.unwrap()["member_id"].clone()).unwrap()
    }

    fn counts(&self, member: Uuid) -> String {
        format!("/api/v1/rounds/{}/facilities/{member}/counts", self.round)
    }

    async fn told(&self, member: Uuid, extra: Value) -> Value {
        let mut body =
            json!({"id": Uuid::now_v7(), "told_by": "施設長 木村", "told_phone": "06-0000-0009"});
        for (key, value) in extra.as_object().unwrap() {
            body[key] = value.clone();
        }
        self.staff
            .post(&self.counts(member), body)
            .await
            .expect(201)
    }

    async fn board(&self) -> Value {
        let path = format!("/api/v1/rounds/{}/board", self.round);
        self.staff.get(&path).await.expect(200)
    }
}

#[tokio::test]
async fn a_facility_is_in_the_round_and_in_no_figure_of_the_residents() {
    let city = City::new().await;
    let member = city.member().await;
    city.told(member, json!({"residents": 78, "safe": 78}))
        .await;
    let board = city.board().await;
    assert_eq!(
        (
            &board["totals"]["members"],
            &board["totals"]["unchecked"],
            &board["totals"]["safe"]
        ),
        (&json!(1), &json!(1), &json!(0))
    );
    let round = city
        .staff
        .get(&format!("/api/v1/rounds/{}", city.round))
        .await
        .expect(200);
    assert_eq!(round["members"], 1);
    let members = city
        .staff
        .get(&format!("/api/v1/rounds/{}/members", city.round))
        .await
        .expect(200);
    assert_eq!(members["items"].as_array().unwrap().len(), 1);
    let exported = city
        .staff
        .get(&format!("/api/v1/rounds/{}/export?format=csv", city.round))
        .await;
    assert!(
        !String::from_utf8(exported.bytes)
            .unwrap()
            .contains("ひだまり")
    );
    let all = city.all(&city.staff).await;
    assert_eq!(
        (&all["totals"]["facilities"], &all["totals"]["reported"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(all["totals"]["safe"], json!({"people": 78, "told_by": 1}));
    assert_eq!(
        all["totals"]["injured"],
        json!({"people": null, "told_by": 0})
    );
}

#[tokio::test]
async fn the_newest_as_of_counts_whatever_arrives_last_and_a_correction_is_a_new_row() {
    let city = City::new().await;
    let member = city.member().await;
    let now = city.app.app.clock.now();
    let newer = Uuid::now_v7();
    city.told(
        member,
        json!({"id": newer, "residents": 78, "unknown": 3, "as_of": now - TimeDelta::minutes(10)}),
    )
    .await;
    // The morning's call is written down late: it does not count over the newer one.
    let seen = city
        .told(
            member,
            json!({"residents": 70, "safe": 70, "as_of": now - TimeDelta::hours(3)}),
        )
        .await;
    assert_eq!(
        (&seen["count"]["residents"], &seen["count"]["safe"]),
        (&json!(78), &json!(null))
    );
    let seen = city.told(member, json!({"residents": 76, "unknown": 1, "as_of": now - TimeDelta::minutes(10), "corrects": newer})).await;
    assert_eq!(
        (&seen["count"]["residents"], &seen["count"]["unknown"]),
        (&json!(76), &json!(1))
    );
    let reports = city.staff.get(&city.counts(member)).await.expect(200);
    let reports = reports["items"].as_array().unwrap();
    assert_eq!(reports.len(), 3);
    let in_force: Vec<_> = reports
        .iter()
        .filter(|r| r["is_in_force"] == true)
        .collect();
    assert_eq!((in_force.len(), &in_force[0]["residents"]), (1, &json!(76)));
    assert_eq!(in_force[0]["told_by"], "施設長 木村");
    let stranger =
        json!({"id": Uuid::now_v7(), "told_by": "だれか", "safe": 1, "corrects": Uuid::now_v7()});
    assert_eq!(
        city.staff
            .post(&city.counts(member), stranger)
            .await
            .problem(),
        "invalid"
    );
    for wrong in [
        json!({"id": Uuid::now_v7(), "told_by": "だれか"}),
        json!({"id": Uuid::now_v7(), "told_by": "だれか", "residents": 3, "safe": 4}),
        json!({"id": Uuid::now_v7(), "told_by": "", "safe": 4}),
        json!({"id": Uuid::now_v7(), "told_by": "だれか", "safe": 4, "as_of": now + TimeDelta::hours(1)}),
    ] {
        assert_eq!(
            city.staff.post(&city.counts(member), wrong).await.problem(),
            "invalid"
        );
    }
}

#[tokio::test]
async fn people_to_be_fetched_ring_in_the_queue_and_only_a_human_closes_it() {
    let city = City::new().await;
    let member = city.member().await;
    let first = Uuid::now_v7();
    let body = json!({"id": first, "residents": 78, "needs_rescue": 2, "note": "三階が傾いている"});
    city.told(member, body.clone()).await;
    city.told(member, body).await;
    let rescues = format!("/api/v1/events/{}/rescues", city.event);
    let queue = city.staff.get(&rescues).await.expect(200);
    let queue = queue["items"].as_array().unwrap();
    assert_eq!(queue.len(), 1);
    assert_eq!(queue[0]["subject"]["label"], "特養 ひだまり");
    assert!(queue[0]["notes"][0].as_str().unwrap().contains("2人"));
    let board = city.board().await;
    assert_eq!(
        (&board["rescues_open"], &board["totals"]["members"]),
        (&json!(1), &json!(1))
    );
    // It is nobody of the residents who were heard of, in the report either.
    let report = format!("/api/v1/events/{}/report", city.event);
    let report = city.staff.get(&report).await.expect(200);
    let round = &report["now"]["rounds"][0];
    assert_eq!(
        (&round["totals"]["confirmed"], &round["by_way"]),
        (&json!(0), &json!([]))
    );
    // A calmer report later does not silence it; a correction leaves it queued until somebody closes it.
    city.told(
        member,
        json!({"residents": 78, "safe": 78, "needs_rescue": 0}),
    )
    .await;
    assert_eq!(city.board().await["rescues_open"], 1);
    city.told(
        member,
        json!({"residents": 78, "needs_rescue": 0, "corrects": first}),
    )
    .await;
    let queue = city.staff.get(&rescues).await.expect(200);
    assert_eq!(queue["items"][0]["open_calls"], json!([]));
    let withdrawn = queue["items"][0]["withdrawn_calls"].clone();
    assert_eq!(withdrawn.as_array().unwrap().len(), 1);
    let how = json!({"id": Uuid::now_v7(), "closes": withdrawn, "outcome": "safe", "how": "施設長に電話で確認"});
    city.staff
        .post(&format!("/api/v1/rescues/{member}/resolve"), how)
        .await
        .expect(201);
    assert_eq!(city.board().await["rescues_open"], 0);
}

#[tokio::test]
async fn a_lead_reads_the_own_facilities_and_a_new_one_joins_the_running_round() {
    let city = City::new().await;
    let hospital = registered(&city.staff, city.west, "みなみ病院", None).await;
    let all = city.all(&city.staff).await;
    assert_eq!(all["totals"]["facilities"], 2);
    let late: Vec<_> = all["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|f| f["is_late_addition"] == true)
        .collect();
    assert_eq!((late.len(), &late[0]["facility_id"]), (1, &json!(hospital)));
    let lead = city.app.lead(&[city.east]).await;
    assert_eq!(city.all(&lead).await["totals"]["facilities"], 1);
    let own = lead.get("/api/v1/facilities").await.expect(200);
    assert_eq!(own["items"].as_array().unwrap().len(), 1);
    assert_eq!(own["items"][0]["name"], "特養 ひだまり");
    let foreign: Uuid = serde_json::from_value(late[0]["member_id"].clone()).unwrap();
    let body = json!({"id": Uuid::now_v7(), "told_by": "だれか", "safe": 4});
    assert_eq!(
        lead.post(&city.counts(foreign), body.clone())
            .await
            .problem(),
        "not-found"
    );
    lead.post(&city.counts(city.member().await), body)
        .await
        .expect(201);
    // One that is no more stays in the round it was in, and is in no new one.
    let ended = json!({"name": "みなみ病院", "kind": "medical", "district_id": city.west, "is_ended": true});
    let path = format!("/api/v1/facilities/{hospital}");
    let seen = city.staff.put(&path, ended.clone()).await.expect(200);
    assert_eq!(
        city.staff.put(&path, ended).await.expect(200)["ended_on"],
        seen["ended_on"]
    );
    assert_eq!(city.all(&city.staff).await["totals"]["facilities"], 2);
    let round = Uuid::now_v7();
    let body = json!({"id": round, "kind": "safety", "name": "第2回", "districts": [city.west]});
    city.staff
        .post(&format!("/api/v1/events/{}/rounds", city.event), body)
        .await
        .expect(201);
    let next = city
        .staff
        .get(&format!("/api/v1/rounds/{round}/facilities"))
        .await
        .expect(200);
    assert_eq!(next["totals"]["facilities"], 0);
}
