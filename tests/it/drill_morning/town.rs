//! The drill as it was planned: three districts, two who help, two venues, a body, mail addresses, a mail server.

use chrono::{DateTime, TimeDelta, Utc};
use machimori::field::phone::{Phone, Tap};
use machimori::field::seal::Sealed;
use machimori::safety::self_report::sender::Sender;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::field::town::words;
use crate::harness::smtp::SmtpServer;
use crate::harness::town::Resident;
use crate::harness::{Client, Instance, TestApp};

pub struct Morning {
    pub app: TestApp,
    pub staff: Client,
    pub server: SmtpServer,
    /// The instance that sends mails.
    pub office: Instance,
    districts: [Uuid; 3],
    pub west: Uuid,
    pub walker: Uuid,
    pub typist: Uuid,
    /// 「青木 一」, who goes to both venues.
    pub first: Uuid,
    pub drill: Uuid,
    pub round: Uuid,
    pub hall: Uuid,
    pub school: Uuid,
    pub body: Uuid,
    starts_at: DateTime<Utc>,
}

impl Morning {
    /// The evening before, shortened to ten minutes.
    pub async fn planned() -> Self {
        let app = TestApp::new().await;
        let staff = app.staff().await;
        let server = SmtpServer::start().await;
        let office = app.with_mail(&server.url()).await;
        let districts = [
            app.district("東豊校区", 1).await,
            app.district("西豊校区", 2).await,
            app.district("南豊校区", 3).await,
        ];
        let [east, west, south] = districts;
        let walker = app.volunteer("民生 花子", &[east]).await;
        let typist = app.volunteer("福祉 太郎", &[west]).await;
        let first = people(&app, districts, [walker, typist]).await;
        let [drill, round, hall, school, body] = std::array::from_fn(|_| Uuid::now_v7());
        let starts_at = app.app.clock.now() + TimeDelta::minutes(10);
        let path = format!("/api/v1/drills/{drill}");
        let plan = json!({"name": "校区防災訓練", "starts_at": starts_at, "ends_at": starts_at + TimeDelta::hours(3),
            "districts": [east, west, south], "hazards": ["earthquake"]});
        staff.put(&path, plan).await.expect(200);
        for (id, name, district) in [(hall, "公民館", east), (school, "小学校", west)] {
            let venue = json!({"name": name, "district_id": district});
            let path = format!("{path}/venues/{id}");
            staff.put(&path, venue).await.expect(200);
        }
        let bring = json!({"name": "自主防災会", "body": "voluntary_disaster_org", "district_id": east, "expected": 10});
        let path = format!("{path}/bodies/{body}");
        staff.put(&path, bring).await.expect(200);
        Self {
            app,
            staff,
            server,
            office,
            districts,
            west,
            walker,
            typist,
            first,
            drill,
            round,
            hall,
            school,
            body,
            starts_at,
        }
    }

    /// The drill's hour comes, somebody logs in, and the round is started; from here minutes are counted.
    pub async fn begin(&mut self) {
        self.pass(TimeDelta::minutes(11)).await;
        self.staff = self.app.staff().await;
        let start = json!({"id": self.round, "kind": "safety", "name": "安否確認訓練", "districts": self.districts});
        let path = format!("/api/v1/events/{}/rounds", self.drill);
        let started = self.staff.post(&path, start).await.expect(201);
        self.starts_at = serde_json::from_value(started["round"]["started_at"].clone()).unwrap();
    }

    /// Until so many minutes after the start, for every instance, while somebody is at the desk.
    pub async fn pass_until(&self, minute: i64) {
        self.pass(self.at(minute) - self.app.app.clock.now()).await;
    }

    async fn pass(&self, mut left: TimeDelta) {
        while left > TimeDelta::zero() {
            let step = left.min(TimeDelta::minutes(4));
            self.app.app.clock.advance(step);
            self.office.app.clock.advance(step);
            self.staff.get("/api/v1/session").await.expect(200);
            left -= step;
        }
    }

    pub fn at(&self, minute: i64) -> DateTime<Utc> {
        self.starts_at + TimeDelta::minutes(minute)
    }

    pub async fn member(&self, name: &str) -> Uuid {
        self.app.member(self.round, name).await
    }

    /// In events of which kind something was written about somebody.
    pub async fn kinds_of(&self, name: &str) -> Vec<String> {
        sqlx::query_scalar(
            "select distinct e.kind from observation o join round_member m on m.id = o.member_id join person p on p.id = m.person_id
             join safety_round r on r.id = o.round_id join event e on e.id = r.event_id where p.name = $1",
        )
        .bind(name)
        .fetch_all(self.app.sql())
        .await
        .unwrap()
    }

    fn seal(&self, phone: &mut Phone, kind: &'static str, minute: i64, payload: Value) -> Sealed {
        let tap = Tap {
            id: Uuid::now_v7(),
            kind,
            event: Some(self.drill),
            observed_at: self.at(minute),
            payload,
        };
        phone.seal(&tap).unwrap()
    }

    /// Tapped at a door.
    pub async fn saw(&self, phone: &mut Phone, minute: i64, name: &str, extra: Value) -> Sealed {
        let member = self.member(name).await;
        let payload = json!({"round_id": self.round, "member_id": member, "attempt": "met", "needs": [], "note": ""});
        self.seal(phone, "observation", minute, with(payload, extra))
    }

    /// Tapped at a venue's gate.
    pub fn came(&self, phone: &mut Phone, minute: i64, venue: Uuid, extra: Value) -> Sealed {
        let payload = json!({"venue_id": venue, "kind": "person", "way": "typed"});
        self.seal(phone, "attendance", minute, with(payload, extra))
    }

    pub async fn upload(&self, items: &[Sealed], result: &str) {
        let public = self.app.public();
        let body = json!({"items": items});
        let answer = public.post("/api/v1/field/sync", body).await.expect(200);
        assert_eq!(words(&answer), vec![result; items.len()]);
    }

    /// Send the mails that are due.
    pub async fn deliver(&self) {
        let mut sender = Sender::new(self.office.app.settings.mail.clone().unwrap());
        while sender.turn(&self.office.app).await.unwrap().taken > 0 {}
    }

    /// Whoever got the mail opens its link and says that all is well.
    pub async fn answer(&self, address: &str) {
        let token = self.server.mails_to(address)[0].token();
        let body = json!({"token": token, "id": Uuid::now_v7(), "outcome": "safe"});
        let public = self.app.public();
        public.post("/api/v1/answers", body).await.expect(201);
    }
}

/// Twelve residents and whose they are; answers who goes to both venues.
async fn people(app: &TestApp, [east, west, south]: [Uuid; 3], hands: [Uuid; 2]) -> Uuid {
    let home = app.household("千葉家").await;
    let mut first = Uuid::nil();
    for name in [
        "青木 一",
        "馬場 二",
        "千葉 三",
        "千葉 四",
        "江川 五",
        "古川 六",
    ] {
        let of = Resident::of(name, east);
        let of = match name.starts_with("千葉") {
            true => of.household(home),
            false => of,
        };
        let person = app.resident(of).await;
        app.standing_contact(person, hands[0], 1).await;
        match name {
            "青木 一" => first = person,
            "江川 五" => address(app, person, "musume@home.example", "娘").await,
            _ => {}
        }
    }
    for name in ["西田 一", "西田 二", "西田 三", "西田 四"] {
        let person = app.resident(Resident::of(name, west)).await;
        app.standing_contact(person, hands[1], 1).await;
        if name == "西田 四" {
            address(app, person, "nishida@home.example", "").await;
        }
    }
    app.resident(Resident::of("南 一", south)).await;
    let person = app.resident(Resident::of("南 二", south)).await;
    address(app, person, "minami@home.example", "").await;
    first
}

async fn address(app: &TestApp, person: Uuid, address: &str, holder: &str) {
    sqlx::query("insert into contact (id, person_id, kind, value, value_key, holder) values ($1, $2, 'mail', $3, $3, $4)")
        .bind(Uuid::now_v7())
        .bind(person)
        .bind(address)
        .bind(holder)
        .execute(app.sql())
        .await
        .unwrap();
}

pub fn with(mut payload: Value, extra: Value) -> Value {
    let fields = extra.as_object().unwrap().clone();
    payload.as_object_mut().unwrap().extend(fields);
    payload
}
