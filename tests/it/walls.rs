//! The walls with the application's check taken away: the slices' own read functions, called in a volunteer's database context
//! with a forged wide scope, come back with nobody. The same calls as headquarters come back with people.

use chrono::TimeDelta;
use machimori::problem::{Problem, Result};
use machimori::safety::store as rounds;
use machimori::{accounts, disclosure, people, safety};
use serde_json::json;
use sqlx::{ConnectOptions, Connection, PgConnection};
use uuid::Uuid;

use crate::events;
use crate::harness::TestApp;
use crate::harness::town::Resident;

struct Ledger {
    app: TestApp,
    districts: [Uuid; 2],
    person: Uuid,
    member: Uuid,
    round: Uuid,
    event: Uuid,
    /// Of the first district, nobody's contact, nobody's visitor.
    idle: Uuid,
}

impl Ledger {
    async fn new() -> Self {
        let app = TestApp::new().await;
        let staff = app.staff().await;
        let (east, west) = (app.district("東", 0).await, app.district("西", 1).await);
        let busy = app.volunteer("担当 協力者", &[east]).await;
        let person = app.resident(Resident::of("同意 花子", east)).await;
        app.resident(Resident::of("西の 五郎", west)).await;
        app.standing_contact(person, busy, 1).await;
        let event = events::start(&staff, "disaster").await;
        let round = crate::events::round(&staff, event, &[east, west]).await;
        let member: Uuid = sqlx::query_scalar("select id from round_member where person_id = $1")
            .bind(person)
            .fetch_one(app.sql())
            .await
            .unwrap();
        let call = json!({"id": Uuid::now_v7(), "attempt": "phone", "outcome": "needs_rescue", "note": "家具の下"});
        staff
            .post(
                &format!("/api/v1/rounds/{round}/members/{member}/observations"),
                call,
            )
            .await
            .expect(201);
        let step = json!({"id": Uuid::now_v7(), "kind": "acknowledged"});
        staff
            .post(&format!("/api/v1/rescues/{member}/steps"), step)
            .await
            .expect(201);
        let idle = app.volunteer("手あき 協力者", &[east]).await;
        Self {
            app,
            districts: [east, west],
            person,
            member,
            round,
            event,
            idle,
        }
    }

    /// A connection in the role of `principal`, its districts forged to be the whole city.
    async fn as_role(&self, role: Option<&str>) -> PgConnection {
        let mut conn = self.app.database().app_options().connect().await.unwrap();
        let list = self.districts.map(|d| d.to_string()).join(",");
        let role = role.map(|r| format!("set role {r};")).unwrap_or_default();
        let context = format!(
            "{role} set app.volunteer_id = '{}'; set app.actor_id = '{0}'; set app.districts = '{list}'",
            self.idle
        );
        sqlx::raw_sql(sqlx::AssertSqlSafe(context))
            .execute(&mut conn)
            .await
            .unwrap();
        conn
    }

    /// Every read of personal data that the slices offer, and how many rows came back.
    async fn read_everything(&self, role: Option<&str>) -> Vec<(&'static str, usize)> {
        let today = self.app.app.clock.now().date_naive();
        let sought = people::find::Sought {
            district: Some(self.districts[0]),
            ..Default::default()
        };
        let by_name = people::find::Sought {
            query: Some("花子".into()),
            ..Default::default()
        };
        let filter = rounds::members::Filter::default();
        let (person, member) = (self.person, self.member);
        let mut found = Vec::new();
        macro_rules! read {
            ($name:literal, |$conn:ident| $call:expr, |$rows:ident| $count:expr) => {
                let mut connection = self.as_role(role).await;
                let $conn = &mut connection;
                found.push(($name, count($call.await, |$rows| $count)));
                connection.close().await.unwrap();
            };
        }
        read!(
            "people of a district",
            |c| people::find::search(c, &sought, 50),
            |r| r.len()
        );
        read!(
            "people by name",
            |c| people::find::search(c, &by_name, 50),
            |r| r.len()
        );
        read!("a person", |c| people::find::line(c, person), |_r| 1);
        read!("residences", |c| people::find::residences(c, person), |r| r
            .len());
        read!("contacts", |c| people::find::contacts(c, person), |r| r
            .len());
        read!(
            "what help is needed",
            |c| people::find::listing(c, person),
            |r| r.iter().len()
        );
        read!(
            "standing contacts",
            |c| people::find::standing_contacts(c, person),
            |r| r.len()
        );
        read!(
            "what only headquarters sees",
            |c| people::find::staff_only(c, person),
            |r| r.reasons.len()
        );
        read!(
            "members",
            |c| rounds::members::members(c, self.round, &filter, 50, today),
            |r| r.len()
        );
        read!(
            "a member",
            |c| rounds::members::member(c, member, today),
            |_r| 1
        );
        read!(
            "members' contacts",
            |c| rounds::members::contacts(c, &[person]),
            |r| r.len()
        );
        read!(
            "observations",
            |c| rounds::members::observations(c, member),
            |r| r.len()
        );
        read!(
            "evidence",
            |c| safety::evidence::evidence(c, &[member]),
            |r| r.len()
        );
        read!(
            "steps of a rescue",
            |c| rounds::rescues::steps(c, &[member]),
            |r| r.len()
        );
        read!(
            "the rescue queue",
            |c| rounds::rescues::queue(c, self.event, today, TimeDelta::minutes(5)),
            |r| r.0.len()
        );
        read!(
            "activations",
            |c| disclosure::store::activations(c, None),
            |r| r.len() + 1
        );
        read!("log-ins", |c| accounts::store::accounts(c), |r| r.len());
        found
    }
}

/// Rows, or none when the wall answered for itself.
fn count<T>(read: Result<T>, rows: impl FnOnce(T) -> usize) -> usize {
    match read {
        Ok(read) => rows(read),
        Err(Problem::Forbidden | Problem::NotFound) => 0,
        Err(other) => panic!("not a wall: {other:?}"),
    }
}

#[tokio::test]
async fn a_volunteer_with_a_forged_wide_scope_reads_nobody() {
    let ledger = Ledger::new().await;
    for (what, rows) in ledger.read_everything(Some("m_volunteer")).await {
        assert_eq!(rows, 0, "{what}");
    }
}

#[tokio::test]
async fn without_a_role_there_are_no_rows_and_neither_for_those_who_only_count_or_audit() {
    let ledger = Ledger::new().await;
    for role in [
        None,
        Some("m_reception"),
        Some("m_planner"),
        Some("m_public"),
        Some("m_self_report"),
    ] {
        for (what, rows) in ledger.read_everything(role).await {
            assert_eq!(rows, 0, "{what} as {role:?}");
        }
    }
}

#[tokio::test]
async fn headquarters_in_the_same_place_reads_all_of_it() {
    let ledger = Ledger::new().await;
    for (what, rows) in ledger.read_everything(Some("m_hq_staff")).await {
        assert!(rows > 0, "{what}");
    }
}
