//! The after-action report: numbers written by hand beforehand, made by itself at the close, kept, and shown beside what is known now.

mod readers;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::town::Resident;
use crate::harness::{Client, TestApp};

/// Three districts. East: eight to confirm and one in hospital; west: four; south: one, of whom nothing is heard.
struct Morning {
    app: TestApp,
    staff: Client,
    event: Uuid,
    round: Uuid,
    districts: [Uuid; 3],
    started_at: DateTime<Utc>,
}

impl Morning {
    async fn new(kind: &str) -> Self {
        let app = TestApp::new().await;
        let staff = app.staff().await;
        let districts = [
            app.district("東豊校区", 1).await,
            app.district("西豊校区", 2).await,
            app.district("南豊校区", 3).await,
        ];
        let home = app.household("シイ家").await;
        for name in ["阿部 あ", "井上 い", "江口 え", "藤田 ふ", "五島 ご"] {
            app.resident(Resident::of(name, districts[0])).await;
        }
        for name in ["椎名 し", "椎名 で"] {
            let of = Resident::of(name, districts[0]).household(home);
            app.resident(of).await;
        }
        let silent = Resident::of("保科 ほ", districts[0]).consent("unanswered");
        app.resident(silent).await;
        let away = Resident::of("入院 に", districts[0]).status("hospitalised");
        app.resident(away).await;
        for name in ["和田 一", "和田 二", "和田 三", "和田 四"] {
            app.resident(Resident::of(name, districts[1])).await;
        }
        app.resident(Resident::of("須田 す", districts[2])).await;
        app.volunteer("民生 花子", &[districts[0]]).await;
        let event = crate::events::start(&staff, kind).await;
        let round = Uuid::now_v7();
        let body = json!({"id": round, "kind": "safety", "name": "第1回", "districts": districts});
        let started = staff
            .post(&format!("/api/v1/events/{event}/rounds"), body)
            .await
            .expect(201);
        let started_at = serde_json::from_value(started["round"]["started_at"].clone()).unwrap();
        let morning = Self {
            app,
            staff,
            event,
            round,
            districts,
            started_at,
        };
        morning.pass(30).await;
        morning
    }

    /// Time passes while somebody is at the desk.
    async fn pass(&self, minutes: i64) {
        for _ in 0..minutes {
            self.app.app.clock.advance(TimeDelta::minutes(1));
            if minutes > 5 {
                self.staff.get("/api/v1/session").await.expect(200);
            }
        }
    }

    async fn member(&self, name: &str) -> Uuid {
        self.app.member(self.round, name).await
    }

    /// Something was seen, heard or tried so many minutes after the start; answers its id.
    async fn said(&self, minute: i64, name: &str, extra: Value) -> Uuid {
        let id = Uuid::now_v7();
        let at = self.started_at + TimeDelta::minutes(minute);
        let mut body = json!({"id": id, "observed_at": at});
        let fields = extra.as_object().unwrap().clone();
        body.as_object_mut().unwrap().extend(fields);
        let member = self.member(name).await;
        let path = format!(
            "/api/v1/rounds/{}/members/{member}/observations",
            self.round
        );
        self.staff.post(&path, body).await.expect(201);
        id
    }

    /// The answers of the morning, as they are counted in the assertions.
    async fn answers(&self) {
        let safe = |attempt: &str| json!({"attempt": attempt, "outcome": "safe"});
        // A tap on the wrong card, taken back: no word at all, and not the first.
        let slip = self.said(1, "五島 ご", safe("met")).await;
        let back = json!({"attempt": "met", "corrects": slip, "is_withdrawal": true});
        self.said(2, "五島 ご", back).await;
        self.said(4, "阿部 あ", safe("met")).await;
        // Put right later: the first word keeps its time.
        let wrong = self.said(10, "井上 い", safe("phone")).await;
        let right = json!({"attempt": "phone", "outcome": "injured_minor", "corrects": wrong});
        self.said(14, "井上 い", right).await;
        let placard = json!({"attempt": "marker", "outcome": "safe", "for_household": true});
        self.said(12, "椎名 し", placard).await;
        self.said(15, "江口 え", json!({"attempt": "no_answer"}))
            .await;
        self.said(20, "江口 え", json!({"attempt": "absent"})).await;
        let told = json!({"attempt": "family", "outcome": "safe", "told_by": "長女"});
        self.said(25, "和田 一", told).await;
        self.collapse().await;
    }

    /// One rescue: called at 30, taken at 33, given at 38, closed at 50.
    async fn collapse(&self) {
        let call = json!({"attempt": "met", "outcome": "needs_rescue"});
        let call = self.said(30, "藤田 ふ", call).await;
        let member = self.member("藤田 ふ").await;
        let path = format!("/api/v1/rescues/{member}");
        for (wait, step) in [
            (3, json!({"kind": "acknowledged"})),
            (5, json!({"kind": "assigned", "given_to": "救護班"})),
        ] {
            self.pass(wait).await;
            let mut step = step;
            step["id"] = json!(Uuid::now_v7());
            self.staff
                .post(&format!("{path}/steps"), step)
                .await
                .expect(201);
        }
        self.pass(12).await;
        let found = json!({"id": Uuid::now_v7(), "closes": [call], "outcome": "injured_minor", "how": "救護班が手当て"});
        self.staff
            .post(&format!("{path}/resolve"), found)
            .await
            .expect(201);
    }

    async fn close(&self) {
        let path = format!("/api/v1/rounds/{}/close", self.round);
        self.staff.post(&path, json!({})).await.expect(200);
    }

    fn path(&self) -> String {
        format!("/api/v1/events/{}/report", self.event)
    }

    async fn report(&self) -> Value {
        self.staff.get(&self.path()).await.expect(200)
    }

    async fn of_round(&self) -> Value {
        let path = format!("{}?round={}", self.path(), self.round);
        self.staff.get(&path).await.expect(200)
    }

    async fn end(&self) {
        let path = format!("/api/v1/events/{}/end", self.event);
        let why = json!({"reason": "予定どおり"});
        self.staff.post(&path, why).await.expect(200);
    }
}

/// Of a response: those to confirm, confirmed, and minutes to a quarter, a half, three quarters.
fn soon(response: &Value) -> Value {
    json!([
        response["to_confirm"],
        response["confirmed"],
        response["p25_min"],
        response["p50_min"],
        response["p75_min"]
    ])
}

#[tokio::test]
async fn the_report_says_how_soon_who_was_heard_of_as_counted_by_hand() {
    let morning = Morning::new("drill").await;
    morning.answers().await;
    let now = morning.report().await["now"].clone();
    let round = &now["rounds"][0];
    // East: 4, 10, 12, 12, 30 of eight; west: 25 of four; south: nobody of one.
    assert_eq!(soon(&round["totals"]), json!([13, 6, 12, null, null]));
    let [south, east, west] = [0, 1, 2].map(|n| &round["districts"][n]);
    assert_eq!(soon(east), json!([8, 5, 10, 12, null]));
    assert_eq!(soon(west), json!([4, 1, 25, null, null]));
    assert_eq!(soon(south), json!([1, 0, null, null, null]));
    assert_eq!(
        [&east["is_silent"], &south["is_silent"]],
        [&json!(false), &json!(true)]
    );
    assert_eq!(
        (&east["first_at"], &east["last_at"], &south["first_at"]),
        (
            &json!(morning.started_at + TimeDelta::minutes(4)),
            &json!(morning.started_at + TimeDelta::minutes(30)),
            &Value::Null
        )
    );
    let unreached = json!({"no_answer": 0, "absent": 1, "access_impossible": 0, "refused": 0, "heard": 0, "not_disclosable": 1,
        "nobody_assigned": 4, "not_visited": 1});
    assert_eq!(round["totals"]["unreached"], unreached);
    // The curve ends at the board's number, minute by minute.
    assert_eq!(round["step_min"], 1);
    let curve = round["totals"]["curve"].as_array().unwrap();
    let at = |n: usize| curve[n].as_u64().unwrap();
    assert_eq!(
        [3, 4, 10, 12, 25, 29, 30, curve.len() - 1].map(at),
        [0, 1, 2, 4, 5, 5, 6, 6]
    );
    let ways: Vec<Value> = round["by_way"]
        .as_array()
        .unwrap()
        .iter()
        .map(|w| json!([w["attempt"], w["people"], w["p50_min"]]))
        .collect();
    let expected = json!([
        ["met", 2, 4],
        ["marker", 2, 12],
        ["phone", 1, 10],
        ["family", 1, 25]
    ]);
    for way in expected.as_array().unwrap() {
        assert!(ways.contains(way), "{way} is not in {ways:?}");
    }
    assert_eq!(ways.len(), 4);
    // Counts, never a name.
    let text = now.to_string();
    assert!(!text.contains("阿部") && !text.contains("藤田"));
}

#[tokio::test]
async fn a_rescue_is_followed_from_the_call_to_whoever_took_it_went_and_closed_it() {
    let morning = Morning::new("disaster").await;
    morning.answers().await;
    let call = json!({"attempt": "phone", "outcome": "needs_rescue"});
    morning.said(40, "五島 ご", call).await;
    let rescues = morning.report().await["now"]["rescues"].clone();
    assert_eq!(
        (&rescues["calls"], &rescues["open"]),
        (&json!(2), &json!(1))
    );
    // The clock runs on while the test does: a few seconds more at most.
    let about = |span: &str, minutes: u64| {
        let seconds = rescues[span]["median_s"].as_u64().unwrap();
        assert!(
            (minutes * 60..minutes * 60 + 50).contains(&seconds),
            "{span}: {seconds}"
        );
        assert_eq!(
            (&rescues[span]["done"], &rescues[span]["waiting"]),
            (&json!(1), &json!(1))
        );
    };
    about("taken", 3);
    about("given", 8);
    about("closed", 20);
    // Called at 40, and it is 50: ten minutes.
    let waits = rescues["taken"]["longest_waiting_s"].as_u64().unwrap();
    assert!((600..650).contains(&waits), "{waits}");
}

#[tokio::test]
async fn what_was_made_at_the_close_stays_and_what_came_later_is_shown_beside_it() {
    let morning = Morning::new("drill").await;
    morning.answers().await;
    assert_eq!(morning.of_round().await["at_close"], Value::Null);
    morning.close().await;
    let closed = morning.of_round().await;
    assert_eq!(closed["changes"], json!([]));
    let kept = closed["at_close"]["figures"].clone();
    assert_eq!(
        soon(&kept["rounds"][0]["totals"]),
        json!([13, 6, 12, null, null])
    );

    let late = json!({"attempt": "phone", "outcome": "safe"});
    morning.said(45, "和田 二", late).await;
    let later = morning.of_round().await;
    assert_eq!(later["at_close"]["figures"], kept);
    assert_eq!(
        soon(&later["now"]["rounds"][0]["totals"]),
        json!([13, 7, 12, 45, null])
    );
    let changes = json!([
        {"figure": "confirmed", "at_close": 6, "now": 7}, {"figure": "safe", "at_close": 4, "now": 5},
        {"figure": "unchecked", "at_close": 6, "now": 5}, {"figure": "late_items", "at_close": 0, "now": 1}]);
    assert_eq!(later["changes"], changes);
    // The event's own report is made when the event ends, with what was known then.
    assert_eq!(morning.report().await["at_close"], Value::Null);
    morning.end().await;
    let ended = morning.report().await;
    let kept = &ended["at_close"]["figures"]["rounds"][0]["totals"];
    assert_eq!(soon(kept), json!([13, 7, 12, 45, null]));
}

#[tokio::test]
async fn ending_an_event_closes_its_rounds_and_keeps_both_reports() {
    let morning = Morning::new("disaster").await;
    morning.answers().await;
    morning.end().await;
    for report in [morning.report().await, morning.of_round().await] {
        let rounds = &report["at_close"]["figures"]["rounds"];
        assert_eq!(soon(&rounds[0]["totals"]), json!([13, 6, 12, null, null]));
        assert!(rounds[0]["closed_at"].is_string());
    }
    let report = morning.report().await;
    assert_eq!(
        (&report["now"]["attendance"], &report["now"]["real_calls"]),
        (&Value::Null, &Value::Null)
    );
}

#[tokio::test]
async fn a_drill_that_ends_by_its_plan_has_its_report_soon_after() {
    let morning = Morning::new("drill").await;
    morning.answers().await;
    morning.app.app.clock.advance(TimeDelta::hours(24));
    machimori::safety::live::end_what_is_over(&morning.app.app)
        .await
        .unwrap();
    machimori::reports::closing::catch_up(&morning.app.app)
        .await
        .unwrap();
    let morning = Morning {
        staff: morning.app.staff().await,
        ..morning
    };
    for report in [morning.report().await, morning.of_round().await] {
        let kept = &report["at_close"]["figures"];
        assert_eq!(soon(&kept["rounds"][0]["totals"])[1], 6);
    }
}

#[tokio::test]
async fn a_report_that_cannot_be_made_keeps_no_round_from_closing_and_is_made_afterwards() {
    let morning = Morning::new("drill").await;
    morning.answers().await;
    let run = async |sql: &'static str| {
        sqlx::query(sql).execute(morning.app.sql()).await.unwrap();
    };
    run("drop policy rescue_step_index on rescue_step").await;
    run("revoke select on rescue_step from m_index").await;
    run("revoke select (id, member_id, kind, at, promised_at) on rescue_step from m_index").await;
    morning.close().await;
    let kept = "select count(*) from after_action_report";
    let count = async || -> i64 {
        sqlx::query_scalar(kept)
            .fetch_one(morning.app.sql())
            .await
            .unwrap()
    };
    assert_eq!(count().await, 0);
    run("grant select (id, member_id, kind, at, promised_at) on rescue_step to m_index").await;
    run("create policy rescue_step_index on rescue_step for select to m_index using (true)").await;
    for _ in 0..2 {
        machimori::reports::closing::catch_up(&morning.app.app)
            .await
            .unwrap();
        assert_eq!(count().await, 1);
    }
}
