//! A round begun on the spot is bound to headquarters' own by a recorded act, and unbound again without a trace in either.

use super::*;
use crate::field::town::round_of;

struct Begun {
    story: Story,
    person: Uuid,
    member: Uuid,
    start: Uuid,
    round: Uuid,
    staff: Client,
}

/// A volunteer whose phone began a round of this kind by itself.
async fn begun(kind: &str) -> Begun {
    let mut story = Story::of("disaster").await;
    let (person, member) = story.resident("山田 花子").await;
    let round = Uuid::now_v7();
    let mut tap = story.tap(Uuid::nil(), json!({}));
    let event = Uuid::now_v7();
    tap.kind = "round_start";
    tap.event = Some(event);
    tap.payload = json!({"round_id": round, "event_id": event, "event_kind": kind, "name": "地震", "districts": []});
    let start = story.phone.seal(&tap).unwrap();
    assert_eq!(story.results(&[&start]).await, ["stored"]);
    let staff = story.app.staff().await;
    Begun {
        story,
        person,
        member,
        start: start.id,
        round,
        staff,
    }
}

impl Begun {
    /// Said in the phone's own round: about a person of its standby list.
    fn said(&mut self, extra: Value) -> machimori::field::seal::Sealed {
        let mut said = json!({"round_id": self.round, "member_id": self.person});
        for (key, value) in extra.as_object().unwrap() {
            said[key] = value.clone();
        }
        let person = self.person;
        self.story.seen(person, said)
    }

    async fn listed(&self) -> Value {
        self.staff.get("/api/v1/round-starts").await.expect(200)["items"][0].clone()
    }

    async fn bind(&self, to: Uuid) -> crate::harness::Reply {
        let path = format!("/api/v1/round-starts/{}/bind", self.start);
        self.staff
            .post(&path, json!({"id": Uuid::now_v7(), "to_round_id": to}))
            .await
    }
}

#[tokio::test]
async fn what_waited_counts_once_it_is_bound_and_no_more_once_that_is_taken_back() {
    let mut begun = begun("disaster").await;
    let round = begun.story.round;
    let first = begun.said(json!({"outcome": "needs_rescue"}));
    let stranger = Uuid::now_v7();
    let found = begun.said(json!({"member_id": null, "outcome": "needs_support",
        "subject": {"id": stranger, "label": "帽子の老人", "place": "公園", "need": "歩けない"}}));
    let aside = ["quarantined:unknown_round", "quarantined:unknown_round"];
    assert_eq!(begun.story.results(&[&first, &found]).await, aside);
    let listed = begun.listed().await;
    assert_eq!(
        (listed["said"].clone(), listed["rescues"].clone()),
        (json!(2), json!(1))
    );
    assert_eq!(listed["by_name"], "民生 花子");
    assert_eq!(begun.story.bucket(begun.member).await, "unchecked");

    let bound = begun.bind(round).await.expect(201);
    assert_eq!(begun.bind(round).await.problem(), "conflict");
    let called = (
        "need_help".to_owned(),
        Some("needs_rescue".to_owned()),
        1,
        0,
        false,
    );
    assert_eq!(begun.story.state(begun.member).await, called);
    let board = begun
        .staff
        .get(&format!("/api/v1/rounds/{round}/board"))
        .await
        .expect(200);
    assert_eq!(board["totals"]["need_help"], 2, "the stranger came along");
    assert_eq!(board["totals"]["members"], 2);
    assert_eq!(begun.story.results(&[&first]).await, ["already_stored"]);
    let bundle = begun.story.bundle().await;
    assert_eq!(bundle["bound_rounds"], json!([begun.round]));

    // What comes later counts at once.
    let later = begun.said(json!({"outcome": "safe"}));
    begun.story.results(&[&later]).await;
    assert_eq!(begun.story.results(&[&later]).await, ["already_stored"]);
    assert!(begun.story.state(begun.member).await.4, "it contradicts");
    let rounds = begun.staff.get("/api/v1/rounds").await.expect(200);
    let ids: Vec<&Value> = rounds["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| &r["id"])
        .collect();
    assert!(
        !ids.contains(&&json!(begun.round)),
        "the phone's round is no second one"
    );

    let undo = format!(
        "/api/v1/round-bindings/{}/undo",
        bound["id"].as_str().unwrap()
    );
    for _ in 0..2 {
        begun.staff.post(&undo, json!({})).await.expect(204);
    }
    assert_eq!(begun.story.bucket(begun.member).await, "unchecked");
    assert_eq!(begun.listed().await["bound_to"], Value::Null);
    begun.bind(round).await.expect(201);
    assert_eq!(begun.story.state(begun.member).await.2, 1);
}

#[tokio::test]
async fn a_drill_is_not_bound_to_a_disaster_and_only_headquarters_binds() {
    let begun = begun("drill").await;
    assert_eq!(begun.bind(begun.story.round).await.problem(), "conflict");
    let drill = crate::events::start(&begun.staff, "drill").await;
    let practice = round_of(&begun.story.app, drill, &[begun.story.here]).await;
    begun.bind(practice).await.expect(201);
    let own = begun.story.app.lead(&[begun.story.here]).await;
    let list = own.get("/api/v1/round-starts").await.expect(200);
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
    let other = begun.story.app.lead(&[begun.story.elsewhere]).await;
    let list = other.get("/api/v1/round-starts").await.expect(200);
    assert_eq!(list["items"], json!([]));
}

#[tokio::test]
async fn a_person_with_whom_the_phone_has_no_business_waits_for_a_human() {
    let mut begun = begun("disaster").await;
    let elsewhere = begun.story.elsewhere;
    let far = crate::harness::town::Resident::of("遠い人", elsewhere);
    let far = begun.story.app.resident(far).await;
    let item = begun.said(json!({"member_id": far, "outcome": "safe"}));
    begun.story.results(&[&item]).await;
    begun.bind(begun.story.round).await.expect(201);
    assert_eq!(
        begun.story.count("select count(*) from observation").await,
        0
    );
}
