//! Asking by mail and answering by a personal link, through a real SMTP server and the real door.

mod answers;
mod outbox;

use chrono::TimeDelta;
use machimori::safety::self_report::sender::{Sender, look_after};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::events;
use crate::harness::smtp::{Mail, SmtpServer};
use crate::harness::town::Resident;
use crate::harness::{Client, Instance, TestApp};

/// One district, a mail server, an instance that sends.
struct Post {
    app: TestApp,
    staff: Client,
    east: Uuid,
    server: SmtpServer,
    office: Instance,
}

impl Post {
    async fn new() -> Self {
        let app = TestApp::new().await;
        let staff = app.staff().await;
        let east = app.district("東", 0).await;
        let server = SmtpServer::start().await;
        let office = app.with_mail(&server.url()).await;
        Self {
            app,
            staff,
            east,
            server,
            office,
        }
    }

    /// A resident with a mail address; `holder`: somebody of the family, whose it is.
    async fn resident(&self, name: &str, address: &str, holder: &str) -> Uuid {
        let id = self.app.resident(Resident::of(name, self.east)).await;
        self.address(id, address, holder).await;
        id
    }

    async fn address(&self, person: Uuid, address: &str, holder: &str) {
        sqlx::query("insert into contact (id, person_id, kind, value, value_key, holder) values ($1, $2, 'mail', $3, $3, $4)")
            .bind(Uuid::now_v7())
            .bind(person)
            .bind(address)
            .bind(holder)
            .execute(self.app.sql())
            .await
            .unwrap();
    }

    /// Start an event and a round over the district, by the same client that a desk uses.
    async fn round(&self, kind: &str) -> (Uuid, Uuid) {
        let event = events::start(&self.staff, kind).await;
        let round = crate::events::round(&self.staff, event, &[self.east]).await;
        (event, round)
    }

    /// Send until nothing is due.
    async fn deliver(&self) {
        deliver(&self.office, &mut sender(&self.office)).await;
    }

    /// Time passes, for every instance; the desk logs in again.
    async fn wait(&mut self, delta: TimeDelta) {
        self.app.app.clock.advance(delta);
        self.office.app.clock.advance(delta);
        self.staff = self.app.staff().await;
    }

    /// Time passes, and whoever is to be reminded is.
    async fn wait_and_remind(&mut self, delta: TimeDelta) {
        self.wait(delta).await;
        look_after(&self.office.app).await.unwrap();
        self.deliver().await;
    }

    fn mail_to(&self, address: &str) -> Mail {
        let mails = self.server.mails_to(address);
        assert_eq!(mails.len(), 1, "{address} got {} mails", mails.len());
        mails[0].clone()
    }

    async fn panel(&self, round: Uuid) -> Value {
        let path = format!("/api/v1/rounds/{round}/mails");
        self.staff.get(&path).await.expect(200)
    }

    async fn answer(&self, token: &str, outcome: &str) -> Value {
        let body = json!({"token": token, "id": Uuid::now_v7(), "outcome": outcome});
        let public = self.app.public();
        public.post("/api/v1/answers", body).await.expect(201)
    }

    async fn totals(&self, round: Uuid) -> Value {
        let path = format!("/api/v1/rounds/{round}/board");
        self.staff.get(&path).await.expect(200)["totals"].clone()
    }

    async fn member(&self, round: Uuid, person: Uuid) -> Uuid {
        sqlx::query_scalar("select id from round_member where round_id = $1 and person_id = $2")
            .bind(round)
            .bind(person)
            .fetch_one(self.app.sql())
            .await
            .unwrap()
    }

    /// Staff record a word about somebody, as by telephone.
    async fn say(&self, round: Uuid, person: Uuid, attempt: &str, body: Value) {
        let member = self.member(round, person).await;
        let mut said = json!({"id": Uuid::now_v7(), "attempt": attempt});
        for (key, value) in body.as_object().unwrap() {
            said[key] = value.clone();
        }
        let path = format!("/api/v1/rounds/{round}/members/{member}/observations");
        self.staff.post(&path, said).await.expect(201);
    }
}

fn sender(instance: &Instance) -> Sender {
    Sender::new(instance.app.settings.mail.clone().unwrap())
}

async fn deliver(instance: &Instance, sender: &mut Sender) {
    while sender.turn(&instance.app).await.unwrap().taken > 0 {}
}
