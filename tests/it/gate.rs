//! The gate's phones: desks, what they hold, and what they say at a shelter's door and at a drill's venue, really sealed.

mod attendance;
mod cards;
mod desks;
mod order;

use chrono::{DateTime, TimeDelta, Utc};
use machimori::field::phone::{Phone, Tap};
use machimori::field::seal::{Sealed, server_key};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::events::start;
use crate::field::town::words;
use crate::harness::town::{Resident, spki, spki_base64};
use crate::harness::{Client, TestApp};
use crate::operations::{say, shelter, shown};

/// A city of two districts with a school in each, an event, and staff.
pub struct City {
    pub app: TestApp,
    pub staff: Client,
    pub east: Uuid,
    pub west: Uuid,
    pub one: Uuid,
    pub two: Uuid,
    pub event: Uuid,
}

/// A device at a desk.
pub struct Gate {
    pub desk: Uuid,
    pub phone: Phone,
}

impl City {
    pub async fn of(kind: &str) -> Self {
        let app = TestApp::new().await;
        let (east, west) = (
            app.district("東校区", 0).await,
            app.district("西校区", 1).await,
        );
        let one = shelter(&app, "東小学校", 0, Some(2)).await;
        let two = shelter(&app, "西中学校", 1, None).await;
        let staff = app.staff().await;
        let event = start(&staff, kind).await;
        for site in [one, two] {
            say(&staff, event, site, json!({"status": "open"})).await;
        }
        Self {
            app,
            staff,
            east,
            west,
            one,
            two,
            event,
        }
    }

    pub fn now(&self) -> DateTime<Utc> {
        self.app.app.clock.now()
    }

    pub async fn resident(&self, name: &str) -> Uuid {
        self.app.resident(Resident::of(name, self.east)).await
    }

    /// A desk at a place, and a device enrolled at it by its invite.
    pub async fn gate(&self, place: Value) -> Gate {
        let desk = Uuid::now_v7();
        let mut body = json!({"id": desk});
        let object = body.as_object_mut().unwrap();
        object.extend(place.as_object().unwrap().clone());
        let path = format!("/api/v1/events/{}/desks", self.event);
        self.staff.post(&path, body).await.expect(201);
        self.device(desk).await
    }

    pub async fn at(&self, site: Uuid) -> Gate {
        self.gate(json!({"site_id": site})).await
    }

    /// One more device at a desk.
    pub async fn device(&self, desk: Uuid) -> Gate {
        let path = format!("/api/v1/desks/{desk}/invites");
        let invite = self.staff.post(&path, json!({})).await.expect(201);
        let key = machimori::field::phone::random_key();
        let body = json!({"code": invite["code"], "public_key": spki_base64(&key), "label": "受付のスマホ"});
        let reply = self.app.public().post("/api/v1/field/redeem", body).await;
        let device = reply.expect(200)["device_id"]
            .as_str()
            .unwrap()
            .parse()
            .unwrap();
        let server = server_key(&self.app.app.keys.seal_public_base64()).unwrap();
        Gate {
            desk,
            phone: Phone::new(device, key, server),
        }
    }

    /// A lead's phone.
    pub async fn lead_phone(&self, districts: &[Uuid]) -> Phone {
        let lead = self.app.lead(districts).await;
        let key = machimori::field::phone::random_key();
        let device = Uuid::now_v7();
        sqlx::query("insert into device (id, principal, account_id, public_key, label) values ($1, 'district_lead', $2, $3, '代表の電話')")
            .bind(device)
            .bind(lead.id())
            .bind(spki(&key))
            .execute(self.app.sql())
            .await
            .unwrap();
        let server = server_key(&self.app.app.keys.seal_public_base64()).unwrap();
        Phone::new(device, key, server)
    }

    pub fn tap(&self, kind: &'static str, payload: Value) -> Tap {
        Tap {
            id: Uuid::now_v7(),
            kind,
            event: Some(self.event),
            observed_at: self.now(),
            payload,
        }
    }

    /// Upload, and answer `result` or `quarantined:reason` per item.
    pub async fn results(&self, items: &[&Sealed]) -> Vec<String> {
        let items: Vec<Value> = items.iter().map(|i| json!(i)).collect();
        let body = json!({"items": items, "held": items.len()});
        let answer = self.app.public().post("/api/v1/field/sync", body).await;
        words(&answer.expect(200))
    }

    pub async fn bundle(&self, phone: &Phone) -> Value {
        let session = self.app.phone_session(phone.device).await;
        session.get("/api/v1/field/bundle").await.expect(200)
    }

    /// `(present, contested)` of a place.
    pub async fn census(&self, site: Uuid) -> (i64, i64) {
        let place = shown(&self.staff, self.event, site).await;
        let number = |key: &str| place[key].as_i64().unwrap();
        (number("present"), number("contested"))
    }

    /// Everybody received in the event, by name: where, and whether it is to be settled.
    pub async fn evacuees(&self) -> Vec<(String, Option<String>, bool)> {
        let path = format!("/api/v1/events/{}/evacuees", self.event);
        let list = self.staff.get(&path).await.expect(200);
        let mut found: Vec<_> = list["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|e| {
                (
                    e["name"].as_str().unwrap().to_owned(),
                    e["place"]["name"].as_str().map(str::to_owned),
                    e["is_contested"].as_bool().unwrap(),
                )
            })
            .collect();
        found.sort();
        found
    }

    pub async fn count(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql)
            .fetch_one(self.app.sql())
            .await
            .unwrap()
    }
}

/// Somebody of the roster came to a shelter.
pub fn came(person: Uuid, site: Uuid) -> Value {
    json!({"person_id": person, "site_id": site, "stay_type": "shelter"})
}

/// Somebody on no list came.
pub fn stranger(id: Uuid, name: &str, site: Uuid) -> Value {
    json!({"site_id": site, "stay_type": "shelter", "stranger": {"id": id, "name": name, "name_kana": "りょこう"}})
}

#[tokio::test]
async fn two_gates_receive_one_person_and_whichever_is_heard_first_she_is_at_the_later_place_to_be_settled()
 {
    for is_later_first in [false, true] {
        let city = City::of("disaster").await;
        let person = city.resident("同意 花子").await;
        let (mut east, mut west) = (city.at(city.one).await, city.at(city.two).await);
        let mut first = city.tap("check_in", came(person, city.one));
        first.observed_at = city.now() - TimeDelta::minutes(30);
        let second = city.tap("check_in", came(person, city.two));
        let (first, second) = (
            east.phone.seal(&first).unwrap(),
            west.phone.seal(&second).unwrap(),
        );
        let line = match is_later_first {
            true => [&second, &first],
            false => [&first, &second],
        };
        assert_eq!(city.results(&line[..1]).await, ["stored"]);
        let aside = ["quarantined:second_place"];
        assert_eq!(city.results(&line[1..]).await, aside);
        // Said again, by whichever phone: answered as before, counted once.
        assert_eq!(
            city.results(&[line[1], line[0]]).await,
            [aside[0], "already_stored"]
        );
        assert_eq!(city.census(city.one).await, (0, 0));
        assert_eq!(city.census(city.two).await, (1, 1));
        let at = Some("西中学校".to_owned());
        assert_eq!(city.evacuees().await, [("同意 花子".to_owned(), at, true)]);
        assert_eq!(city.count("select count(*) from stay_entry").await, 2);
        let path = format!("/api/v1/events/{}/evacuees?contested=true", city.event);
        let list = city.staff.get(&path).await.expect(200);
        assert_eq!(list["items"][0]["also_at"]["name"], "東小学校");
    }
}

#[tokio::test]
async fn a_full_shelter_goes_on_receiving_and_says_that_it_is_full() {
    let city = City::of("disaster").await;
    let mut gate = city.at(city.one).await;
    for n in 0..3 {
        let person = city.resident(&format!("同意 {n}子")).await;
        let tap = city.tap("check_in", came(person, city.one));
        let item = gate.phone.seal(&tap).unwrap();
        assert_eq!(city.results(&[&item]).await, ["stored"]);
    }
    let place = shown(&city.staff, city.event, city.one).await;
    assert_eq!(
        (&place["present"], &place["capacity"]),
        (&json!(3), &json!(2))
    );
    assert_eq!(place["crowding"], "full");
    let held = city.bundle(&gate.phone).await["gate"].take();
    assert_eq!(held["places"][0]["crowding"], "full");
    assert_eq!(held["here"].as_array().unwrap().len(), 3);
    let session = city.app.phone_session(gate.phone.device).await;
    let now = session.get("/api/v1/field/gate").await.expect(200);
    assert_eq!(now["places"][0]["present"], 3);
}

#[tokio::test]
async fn checked_in_twice_at_one_door_by_two_phones_and_sent_again_is_one_person() {
    let city = City::of("disaster").await;
    let person = city.resident("同意 花子").await;
    let mut left = city.at(city.one).await;
    let mut right = city.device(left.desk).await;
    let a = left
        .phone
        .seal(&city.tap("check_in", came(person, city.one)))
        .unwrap();
    let b = right
        .phone
        .seal(&city.tap("check_in", came(person, city.one)))
        .unwrap();
    // The power went before the receipt came: the phone has it still, and says it again.
    assert_eq!(city.results(&[&a]).await, ["stored"]);
    assert_eq!(city.results(&[&a, &b]).await, ["already_stored", "stored"]);
    assert_eq!(city.results(&[&b, &a, &b]).await, ["already_stored"; 3]);
    assert_eq!(city.census(city.one).await, (1, 0));
    assert_eq!(city.count("select count(*) from stay_entry").await, 2);
}

#[tokio::test]
async fn whoever_left_is_no_longer_counted_though_her_coming_is_heard_last() {
    let city = City::of("disaster").await;
    let person = city.resident("同意 花子").await;
    let mut gate = city.at(city.one).await;
    let mut coming = city.tap("check_in", came(person, city.one));
    coming.observed_at = city.now() - TimeDelta::hours(2);
    let leaving = city.tap(
        "check_out",
        json!({"person_id": person, "site_id": city.one, "destination": "親族宅"}),
    );
    let (coming, leaving) = (
        gate.phone.seal(&coming).unwrap(),
        gate.phone.seal(&leaving).unwrap(),
    );
    assert_eq!(city.results(&[&leaving]).await, ["stored"]);
    assert_eq!(city.results(&[&coming]).await, ["stored"]);
    assert_eq!(city.census(city.one).await, (0, 0));
    // Out for a night is counted, and comes back.
    let again = city.tap("check_in", came(person, city.one));
    let again = gate.phone.seal(&again).unwrap();
    let night = city.tap(
        "check_out",
        json!({"person_id": person, "site_id": city.one, "act": "overnight_leave"}),
    );
    let night = gate.phone.seal(&night).unwrap();
    assert_eq!(city.results(&[&again, &night]).await, ["stored", "stored"]);
    assert_eq!(city.census(city.one).await, (1, 0));
}

#[tokio::test]
async fn a_check_in_finds_her_in_the_open_round_of_its_own_event_and_in_no_drill() {
    let city = City::of("disaster").await;
    let person = city.resident("同意 花子").await;
    let drill = start(&city.staff, "drill").await;
    let mut members = Vec::new();
    for event in [city.event, drill] {
        let round = crate::field::town::round_of(&city.app, event, &[city.east]).await;
        let member = Uuid::now_v7();
        sqlx::query("insert into round_member (id, round_id, person_id, district_id) values ($1, $2, $3, $4)")
            .bind(member)
            .bind(round)
            .bind(person)
            .bind(city.east)
            .execute(city.app.sql())
            .await
            .unwrap();
        members.push(member);
    }
    let mut gate = city.at(city.one).await;
    let mut hurt = came(person, city.one);
    hurt["condition"] = json!("injured_minor");
    let tap = city.tap("check_in", hurt);
    let item = gate.phone.seal(&tap).unwrap();
    assert_eq!(city.results(&[&item]).await, ["stored"]);
    let outcome = async |member: Uuid| -> Option<String> {
        sqlx::query_scalar("select outcome from round_member where id = $1")
            .bind(member)
            .fetch_one(city.app.sql())
            .await
            .unwrap()
    };
    assert_eq!(outcome(members[0]).await.as_deref(), Some("injured_minor"));
    assert_eq!(outcome(members[1]).await, None);
    // Not meant: taken back, it takes its word in the round back too.
    let mut back = came(person, city.one);
    back["corrects"] = json!(tap.id);
    back["is_withdrawal"] = json!(true);
    let back = gate.phone.seal(&city.tap("check_in", back)).unwrap();
    assert_eq!(city.results(&[&back]).await, ["stored"]);
    assert_eq!(outcome(members[0]).await, None);
    assert_eq!(city.census(city.one).await, (0, 0));
    // The drill's event named by a desk of the disaster: not its door.
    let mut wrong = city.tap("check_in", came(person, city.one));
    wrong.event = Some(drill);
    let wrong = gate.phone.seal(&wrong).unwrap();
    assert_eq!(city.results(&[&wrong]).await, ["quarantined:unknown_place"]);
    assert_eq!(
        city.count("select count(*) from evacuee where event_kind = 'drill'")
            .await,
        0
    );
}

#[tokio::test]
async fn a_household_with_a_stranger_is_received_at_once_and_who_stays_in_a_car_too() {
    let city = City::of("disaster").await;
    let person = city.resident("同意 花子").await;
    let mut gate = city.at(city.one).await;
    let (party, guest, driver) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
    let mut first = came(person, city.one);
    first["party_id"] = json!(party);
    let mut second = stranger(guest, "旅行 太郎", city.one);
    second["party_id"] = json!(party);
    second["stranger"]["birth_text"] = json!("昭和15年4月1日");
    let car = json!({"stay_type": "vehicle", "stranger": {"id": driver, "name_kana": "くるま"}});
    let items: Vec<Sealed> = [first, second, car]
        .into_iter()
        .map(|said| gate.phone.seal(&city.tap("check_in", said)).unwrap())
        .collect();
    let items: Vec<&Sealed> = items.iter().collect();
    assert_eq!(city.results(&items).await, ["stored"; 3]);
    assert_eq!(city.census(city.one).await, (2, 0));
    let parties = "select count(*) from evacuee where party_id is not null and birth_on is not distinct from '1940-04-01'";
    assert_eq!(city.count(parties).await, 1);
    let list = city
        .staff
        .get(&format!("/api/v1/events/{}/shelters", city.event))
        .await
        .expect(200);
    assert_eq!(
        list["elsewhere"],
        json!([{"stay_type": "vehicle", "people": 1}])
    );
}

#[tokio::test]
async fn what_cannot_be_filed_is_set_aside_with_its_reason_and_nothing_is_lost() {
    let city = City::of("drill").await;
    let person = city.resident("同意 花子").await;
    let mut gate = city.at(city.one).await;
    let nowhere = Uuid::now_v7();
    let said = [
        ("check_in", came(person, nowhere), "unknown_place"),
        ("check_in", came(person, city.two), "not_entitled"),
        ("check_in", came(Uuid::now_v7(), city.one), "unknown_person"),
        (
            "check_out",
            json!({"evacuee_id": Uuid::now_v7(), "site_id": city.one}),
            "unknown_person",
        ),
        (
            "opening",
            json!({"site_id": city.two, "status": "open"}),
            "not_entitled",
        ),
        (
            "head_count",
            json!({"site_id": city.one, "as_of": city.now(), "people": 4_000_000_000_u64}),
            "unreadable",
        ),
        (
            "opening",
            json!({"site_id": city.one, "status": "closed", "is_self_opened": true}),
            "unreadable",
        ),
    ];
    for (kind, payload, reason) in said.clone() {
        let item = gate.phone.seal(&city.tap(kind, payload)).unwrap();
        assert_eq!(
            city.results(&[&item]).await,
            [format!("quarantined:{reason}")]
        );
    }
    let mut late = city.tap("check_in", came(person, city.one));
    city.app.app.clock.advance(TimeDelta::hours(6));
    late.observed_at = city.now();
    let late = gate.phone.seal(&late).unwrap();
    assert_eq!(city.results(&[&late]).await, ["quarantined:maybe_real"]);
    let kept =
        "select count(*) from sync_item where disposition = 'quarantined' and raw is not null";
    assert_eq!(
        city.count(kept).await,
        i64::try_from(said.len()).unwrap() + 1
    );
    assert_eq!(city.count("select count(*) from stay_entry").await, 0);
}

#[tokio::test]
async fn who_came_while_a_place_was_open_is_no_question_and_who_came_after_it_closed_is_counted_and_shown()
 {
    let city = City::of("disaster").await;
    let (early, late) = (
        city.resident("同意 一子").await,
        city.resident("同意 二子").await,
    );
    let mut gate = city.at(city.one).await;
    let early = gate
        .phone
        .seal(&city.tap("check_in", came(early, city.one)))
        .unwrap();
    city.app.app.clock.advance(TimeDelta::minutes(20));
    say(
        &city.staff,
        city.event,
        city.one,
        json!({"status": "closed"}),
    )
    .await;
    city.app.app.clock.advance(TimeDelta::minutes(20));
    let late = gate
        .phone
        .seal(&city.tap("check_in", came(late, city.one)))
        .unwrap();
    let told = city.results(&[&early, &late]).await;
    assert_eq!(told, ["stored", "quarantined:closed_place"]);
    assert_eq!(city.census(city.one).await, (2, 0));
}
