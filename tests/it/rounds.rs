//! Rounds as staff and leads live them: the start page, the frozen roster, the board, the rescue queue, the close.

mod lists;
mod rescues;

use chrono::TimeDelta;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::events;
use crate::harness::town::Resident;
use crate::harness::{Client, TestApp};

/// Two districts, residents of every sort, two volunteers in the first.
struct Town {
    app: TestApp,
    staff: Client,
    east: Uuid,
    west: Uuid,
    consented: Uuid,
    silent: Uuid,
    protected: Uuid,
    volunteer: Uuid,
    other_volunteer: Uuid,
}

impl Town {
    async fn new() -> Self {
        let app = TestApp::new().await;
        let staff = app.staff().await;
        let (east, west) = (app.district("東", 0).await, app.district("西", 1).await);
        let consented = app.resident(Resident::of("同意 花子", east)).await;
        let silent = app
            .resident(Resident::of("無回答 次郎", east).consent("unanswered"))
            .await;
        let protected = app
            .resident(Resident::of("支援 措置", east).protected())
            .await;
        app.resident(Resident::of("逝去 三郎", east).status("died"))
            .await;
        app.resident(Resident::of("入院 四郎", east).status("hospitalised"))
            .await;
        app.resident(Resident::of("西の 五郎", west)).await;
        let volunteer = app.volunteer("協力 者一", &[east]).await;
        let other_volunteer = app.volunteer("協力 者二", &[east]).await;
        app.standing_contact(consented, volunteer, 1).await;
        Self {
            app,
            staff,
            east,
            west,
            consented,
            silent,
            protected,
            volunteer,
            other_volunteer,
        }
    }

    async fn start(&self, kind: &str) -> (Uuid, Uuid) {
        let event = events::start(&self.staff, kind).await;
        let round = Uuid::now_v7();
        self.start_as(&self.staff, event, round, &[self.east, self.west])
            .await;
        (event, round)
    }

    async fn start_as(
        &self,
        client: &Client,
        event: Uuid,
        round: Uuid,
        districts: &[Uuid],
    ) -> Value {
        let body = json!({"id": round, "kind": "safety", "name": "第1回", "districts": districts});
        let path = format!("/api/v1/events/{event}/rounds");
        client.post(&path, body).await.expect(201)
    }

    async fn member(&self, round: Uuid, person: Uuid) -> Uuid {
        sqlx::query_scalar("select id from round_member where round_id = $1 and person_id = $2")
            .bind(round)
            .bind(person)
            .fetch_one(self.app.sql())
            .await
            .unwrap()
    }

    async fn say(&self, round: Uuid, member: Uuid, body: Value) -> Value {
        self.say_as(&self.staff, round, member, body).await
    }

    async fn say_as(&self, client: &Client, round: Uuid, member: Uuid, mut body: Value) -> Value {
        if body.get("id").is_none() {
            body["id"] = json!(Uuid::now_v7());
        }
        let path = format!("/api/v1/rounds/{round}/members/{member}/observations");
        client.post(&path, body).await.expect(201)
    }

    async fn board(&self, round: Uuid) -> Value {
        let path = format!("/api/v1/rounds/{round}/board");
        self.staff.get(&path).await.expect(200)
    }

    async fn rescues(&self, client: &Client, event: Uuid) -> Vec<Value> {
        let path = format!("/api/v1/events/{event}/rescues");
        let list = client.get(&path).await.expect(200);
        list["items"].as_array().unwrap().clone()
    }
}

/// As if the second factor had just been shown.
pub async fn step_up(app: &TestApp, client: &Client) {
    sqlx::query("update session set stepped_up_at = $2 where account_id = $1")
        .bind(client.id())
        .bind(app.app.clock.now())
        .execute(app.sql())
        .await
        .unwrap();
}

#[tokio::test]
async fn the_start_page_says_who_is_left_out_and_why() {
    let town = Town::new().await;
    town.app
        .resident(Resident::of("転居 六子", town.east).status("moved"))
        .await;
    let gone = town
        .app
        .resident(Resident::of("除外 七子", town.east))
        .await;
    sqlx::query("update support_resident set delisted_on = '2026-01-01', delist_reason = '本人の申し出' where person_id = $1")
        .bind(gone)
        .execute(town.app.sql())
        .await
        .unwrap();
    town.app.phone(town.volunteer).await;
    let event = events::start(&town.staff, "drill").await;
    let path = format!(
        "/api/v1/rounds/preview?event_id={event}&districts={},{}",
        town.east, town.west
    );
    let page = town.staff.get(&path).await.expect(200);
    let east = page["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|d| d["district"]["id"] == json!(town.east))
        .unwrap();
    assert_eq!(
        east["left_out"],
        json!({"not_consented": 1, "protected": 1, "died": 1, "moved": 1, "hospitalised": 1, "facility": 0, "delisted": 1})
    );
    assert_eq!(
        (
            &east["residents"],
            &east["to_visit"],
            &east["assigned"],
            &east["unassigned"]
        ),
        (&json!(7), &json!(1), &json!(1), &json!(0))
    );
    assert_eq!(
        (&east["volunteers"], &east["phones"]),
        (&json!(2), &json!(1))
    );
}

#[tokio::test]
async fn starting_freezes_the_whole_roster_assigns_standing_contacts_and_fills_the_gaps_once() {
    let town = Town::new().await;
    let event = events::start(&town.staff, "disaster").await;
    let round = Uuid::now_v7();
    let both = [town.east, town.west];
    let started = town.start_as(&town.staff, event, round, &both).await;
    assert_eq!(started["members"], 6);
    assert_eq!(started["out_of_scope"], 2);
    assert_eq!(started["by_standing_contact"], 1);
    // The one without an answer is assigned too, to the one with less to do; nobody may see him before an activation.
    assert_eq!(started["by_filling_gaps"], 1);
    // The protected person, and the west that has no volunteers.
    assert_eq!(started["unassigned"], 2);
    let assigned: Vec<(Uuid, Uuid)> = sqlx::query_as(
        "select person_id, volunteer_id from assignment where round_id = $1 order by assigned_at, basis desc",
    )
    .bind(round)
    .fetch_all(town.app.sql())
    .await
    .unwrap();
    assert!(assigned.contains(&(town.consented, town.volunteer)));
    assert!(assigned.contains(&(town.silent, town.other_volunteer)));

    // A dropped answer: the console says it again.
    let again = town.start_as(&town.staff, event, round, &both).await;
    assert_eq!(again, started);

    // Whoever comes onto the roster afterwards is not in the frozen round.
    town.app
        .resident(Resident::of("後から 来た", town.east))
        .await;
    assert_eq!(town.board(round).await["totals"]["members"], 6);
}

#[tokio::test]
async fn the_board_puts_every_member_in_exactly_one_count() {
    let town = Town::new().await;
    let (_, round) = town.start("disaster").await;
    let member = town.member(round, town.consented).await;
    let before = town.board(round).await;
    let totals = &before["totals"];
    assert_eq!(
        (
            &totals["members"],
            &totals["unchecked"],
            &totals["out_of_scope"],
            &totals["not_disclosable"]
        ),
        (&json!(6), &json!(4), &json!(2), &json!(2))
    );

    town.say(round, member, json!({"attempt": "no_answer"}))
        .await;
    assert_eq!(town.board(round).await["totals"]["tried"], 1);
    let said = town
        .say(
            round,
            member,
            json!({"attempt": "phone", "outcome": "safe", "whereabouts": "home"}),
        )
        .await;
    assert_eq!(
        (&said["bucket"], &said["state"]["attempts_count"]),
        (&json!("safe"), &json!(1))
    );
    let after = town.board(round).await;
    let t = &after["totals"];
    let sum: i64 = [
        "safe",
        "need_help",
        "unknown",
        "tried",
        "unchecked",
        "out_of_scope",
    ]
    .iter()
    .map(|k| t[*k].as_i64().unwrap())
    .sum();
    assert_eq!((sum, &t["safe"]), (6, &json!(1)));
    let text = after.to_string();
    assert!(!text.contains("花子"), "counts and ids only: {text}");
}

#[tokio::test]
async fn the_same_observation_said_twice_counts_once_even_with_another_body() {
    let town = Town::new().await;
    let (_, round) = town.start("drill").await;
    let member = town.member(round, town.consented).await;
    let id = Uuid::now_v7();
    town.say(round, member, json!({"id": id, "attempt": "no_answer"}))
        .await;
    let again = town
        .say(
            round,
            member,
            json!({"id": id, "attempt": "met", "outcome": "safe"}),
        )
        .await;
    assert_eq!(
        (&again["bucket"], &again["state"]["attempts_count"]),
        (&json!("tried"), &json!(1))
    );
}

#[tokio::test]
async fn a_closed_round_takes_no_assignments_and_every_late_word() {
    let town = Town::new().await;
    let (_, round) = town.start("drill").await;
    let member = town.member(round, town.consented).await;
    let assignment = format!("/api/v1/rounds/{round}/members/{member}/assignment");
    let other = json!({"volunteer_ids": [town.other_volunteer]});
    let changed = town.staff.put(&assignment, other.clone()).await.expect(200);
    assert_eq!(
        changed["assigned"][0]["volunteer_id"],
        json!(town.other_volunteer)
    );
    assert_eq!(changed["assigned"].as_array().unwrap().len(), 1);

    let close = format!("/api/v1/rounds/{round}/close");
    let closed = town.staff.post(&close, json!({})).await.expect(200);
    assert_eq!(
        town.staff.put(&assignment, other).await.problem(),
        "conflict"
    );
    town.say(round, member, json!({"attempt": "met", "outcome": "safe"}))
        .await;
    let round_now = town
        .staff
        .get(&format!("/api/v1/rounds/{round}"))
        .await
        .expect(200);
    assert_eq!(round_now["closed_at"], closed["closed_at"]);
    assert_eq!(round_now["close_board"]["totals"]["safe"], 0);
    assert_eq!(town.board(round).await["totals"]["safe"], 1);
    let history = town
        .staff
        .get(&format!("/api/v1/rounds/{round}/members/{member}"))
        .await
        .expect(200);
    assert_eq!(history["observations"][0]["is_late"], true);
}

#[tokio::test]
async fn a_drills_rounds_close_with_it_and_keep_their_board() {
    let town = Town::new().await;
    let (_, round) = town.start("drill").await;
    town.app.app.clock.advance(TimeDelta::hours(5));
    machimori::safety::live::end_what_is_over(&town.app.app)
        .await
        .unwrap();
    let staff = town.app.staff().await;
    let shown = staff
        .get(&format!("/api/v1/rounds/{round}"))
        .await
        .expect(200);
    assert_eq!(shown["close_board"]["totals"]["members"], 6);
    assert_eq!(shown["closed_at"], shown["close_board"]["closed_at"]);
}

#[tokio::test]
async fn whoever_dies_or_moves_while_the_round_runs_leaves_the_lists_at_once_and_newcomers_are_flagged()
 {
    let town = Town::new().await;
    let (_, round) = town.start("disaster").await;
    sqlx::query("update person set status = 'died' where id = $1")
        .bind(town.consented)
        .execute(town.app.sql())
        .await
        .unwrap();
    let late = town
        .app
        .resident(Resident::of("後から 来た", town.east))
        .await;
    let mut conn = town.app.sql().acquire().await.unwrap();
    let touched = machimori::safety::people_changed(&mut conn, &[town.consented, late])
        .await
        .unwrap();
    assert_eq!(touched.rounds.len(), 1);
    let totals = town.board(round).await["totals"].clone();
    assert_eq!(
        (
            &totals["out_of_scope"],
            &totals["late_additions"],
            &totals["members"]
        ),
        (&json!(3), &json!(1), &json!(7))
    );
    let path = format!("/api/v1/rounds/{round}/members?bucket=out_of_scope");
    let list = town.staff.get(&path).await.expect(200);
    assert!(
        list["items"]
            .as_array()
            .unwrap()
            .iter()
            .any(|m| m["out_of_scope_reason"] == "died" && m["name"] == "同意 花子")
    );
}
