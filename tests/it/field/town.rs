//! What the stories of phones stand on: an event, a round, members and a phone that seals.

use chrono::{DateTime, Utc};
use machimori::field::phone::{Phone, Tap};
use machimori::field::seal::{Sealed, server_key};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::town::Resident;
use crate::harness::{Client, Reply, TestApp};

pub struct Story {
    pub app: TestApp,
    pub here: Uuid,
    pub elsewhere: Uuid,
    pub volunteer: Uuid,
    pub event: Uuid,
    pub round: Uuid,
    pub phone: Phone,
}

impl Story {
    /// A drill over two districts, a volunteer of the first with her phone.
    pub async fn drill() -> Self {
        Self::of("drill").await
    }

    pub async fn of(kind: &str) -> Self {
        let app = TestApp::new().await;
        let here = app.district("東豊校区", 1).await;
        let elsewhere = app.district("西豊校区", 2).await;
        let volunteer = app.volunteer("民生 花子", &[here]).await;
        let event = Uuid::now_v7();
        sqlx::query("insert into event (id, kind, name, planned_end_at) values ($1, $2, '一月の訓練', now() + interval '3 hours')")
            .bind(event)
            .bind(kind)
            .execute(app.sql())
            .await
            .unwrap();
        let round = round_of(&app, event, &[here, elsewhere]).await;
        let phone = phone_of(&app, volunteer).await;
        Self {
            app,
            here,
            elsewhere,
            volunteer,
            event,
            round,
            phone,
        }
    }

    /// A consenting resident of the first district, in the round, assigned to the volunteer.
    pub async fn resident(&self, name: &str) -> (Uuid, Uuid) {
        let person = self.app.resident(Resident::of(name, self.here)).await;
        (person, self.member(person).await)
    }

    /// Put a person into the round and assign her to the volunteer.
    pub async fn member(&self, person: Uuid) -> Uuid {
        let member = self.unassigned(person).await;
        self.assign(member).await;
        member
    }

    pub async fn unassigned(&self, person: Uuid) -> Uuid {
        let member = Uuid::now_v7();
        sqlx::query(
            "insert into round_member (id, round_id, person_id, household_id, district_id)
             select $1, $2, id, household_id, district_id from person where id = $3",
        )
        .bind(member)
        .bind(self.round)
        .bind(person)
        .execute(self.app.sql())
        .await
        .unwrap();
        member
    }

    pub async fn assign(&self, member: Uuid) {
        sqlx::query(
            "insert into assignment (id, round_id, member_id, person_id, volunteer_id, basis)
             select gen_random_uuid(), round_id, id, person_id, $2, 'standing' from round_member where id = $1",
        )
        .bind(member)
        .bind(self.volunteer)
        .execute(self.app.sql())
        .await
        .unwrap();
    }

    pub fn now(&self) -> DateTime<Utc> {
        self.app.app.clock.now()
    }

    /// A tap about a member: the payload's usual fields, with `extra` over them.
    pub fn tap(&self, member: Uuid, extra: Value) -> Tap {
        let mut payload = json!({"round_id": self.round, "member_id": member, "attempt": "met", "needs": [], "note": ""});
        let members = payload.as_object_mut().unwrap();
        for (key, value) in extra.as_object().unwrap() {
            members.insert(key.clone(), value.clone());
        }
        members.retain(|_, v| !v.is_null());
        Tap {
            id: Uuid::now_v7(),
            kind: "observation",
            event: Some(self.event),
            observed_at: self.now(),
            payload,
        }
    }

    /// Tap and seal.
    pub fn seen(&mut self, member: Uuid, extra: Value) -> Sealed {
        let tap = self.tap(member, extra);
        self.phone.seal(&tap).unwrap()
    }

    pub async fn sync(&self, items: &[&Sealed]) -> Reply {
        let items: Vec<Value> = items.iter().map(|i| json!(i)).collect();
        self.sync_raw(json!(items)).await
    }

    pub async fn sync_raw(&self, items: Value) -> Reply {
        let body = json!({"items": items, "device_id": self.phone.device, "held": items.as_array().map_or(0, Vec::len)});
        self.app.public().post("/api/v1/field/sync", body).await
    }

    /// Upload and answer `result` or `quarantined:reason` per item.
    pub async fn results(&self, items: &[&Sealed]) -> Vec<String> {
        words(&self.sync(items).await.expect(200))
    }

    pub async fn phone_session(&self) -> Client {
        self.app.phone_session(self.phone.device).await
    }

    pub async fn bundle(&self) -> Value {
        self.phone_session()
            .await
            .get("/api/v1/field/bundle")
            .await
            .expect(200)
    }

    /// `(bucket, outcome, open_rescues, attempts_count, is_contradicted)` of a member.
    pub async fn state(&self, member: Uuid) -> (String, Option<String>, i16, i32, bool) {
        sqlx::query_as("select bucket, outcome, open_rescues, attempts_count, is_contradicted from round_member where id = $1")
            .bind(member)
            .fetch_one(self.app.sql())
            .await
            .unwrap()
    }

    pub async fn bucket(&self, member: Uuid) -> String {
        self.state(member).await.0
    }

    pub async fn count(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql)
            .fetch_one(self.app.sql())
            .await
            .unwrap()
    }

    /// Stored items, items set aside, observations.
    pub async fn counts(&self) -> (i64, i64, i64) {
        sqlx::query_as(
            "select (select count(*) from sync_item where disposition = 'stored'),
                    (select count(*) from sync_item where disposition = 'quarantined'), (select count(*) from observation)",
        )
        .fetch_one(self.app.sql())
        .await
        .unwrap()
    }

    pub async fn run(&self, sql: &'static str, id: Uuid) {
        sqlx::query(sql)
            .bind(id)
            .execute(self.app.sql())
            .await
            .unwrap();
    }
}

pub fn words(answer: &Value) -> Vec<String> {
    answer["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| match r["reason"].as_str() {
            Some(reason) => format!("{}:{reason}", r["result"].as_str().unwrap()),
            None => r["result"].as_str().unwrap().to_owned(),
        })
        .collect()
}

pub async fn round_of(app: &TestApp, event: Uuid, districts: &[Uuid]) -> Uuid {
    let round = Uuid::now_v7();
    sqlx::query("insert into safety_round (id, event_id, name) values ($1, $2, '安否確認')")
        .bind(round)
        .bind(event)
        .execute(app.sql())
        .await
        .unwrap();
    sqlx::query("insert into round_district select $1, unnest($2::uuid[])")
        .bind(round)
        .bind(districts)
        .execute(app.sql())
        .await
        .unwrap();
    round
}

pub async fn phone_of(app: &TestApp, volunteer: Uuid) -> Phone {
    let enrolled = app.phone(volunteer).await;
    let server = server_key(&app.app.keys.seal_public_base64()).unwrap();
    Phone::new(enrolled.device_id, enrolled.key, server)
}
