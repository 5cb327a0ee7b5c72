//! Rounds as staff and leads live them: the start page, the frozen roster, the board, the rescue queue, the close.

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
async fn a_rescue_stays_through_a_later_safe_the_close_of_the_round_and_the_end_of_the_event_until_somebody_resolves_it()
 {
    let town = Town::new().await;
    let (event, round) = town.start("disaster").await;
    let member = town.member(round, town.consented).await;
    let call = Uuid::now_v7();
    town.say(
        round,
        member,
        json!({"id": call, "attempt": "neighbour", "outcome": "needs_rescue", "note": "家具の下"}),
    )
    .await;
    let safe = town
        .say(round, member, json!({"attempt": "met", "outcome": "safe"}))
        .await;
    assert_eq!(safe["bucket"], "need_help");
    assert_eq!(town.board(round).await["totals"]["contradicted"], 1);

    let close = format!("/api/v1/rounds/{round}/close");
    let closed = town.staff.post(&close, json!({})).await.expect(200);
    assert_eq!(closed["close_board"]["totals"]["open_rescues"], 1);
    let end = format!("/api/v1/events/{event}/end");
    town.staff
        .post(&end, json!({"reason": "終息"}))
        .await
        .expect(200);

    let queue = town.rescues(&town.staff, event).await;
    assert_eq!(queue.len(), 1);
    assert_eq!(
        (&queue[0]["name"], &queue[0]["is_round_closed"]),
        (&json!("同意 花子"), &json!(true))
    );
    assert_eq!(
        (&queue[0]["open_calls"], &queue[0]["notes"]),
        (&json!([call]), &json!(["家具の下"]))
    );
    assert_eq!(queue[0]["contacts"][0]["value"], "06-0000-0001");

    // A step is not an end.
    let steps = format!("/api/v1/rescues/{member}/steps");
    let step = json!({"id": Uuid::now_v7(), "kind": "handed_over", "given_to": "北消防署", "reference": "119-77"});
    town.staff.post(&steps, step.clone()).await.expect(201);
    let said_twice = town.staff.post(&steps, step).await.expect(201);
    assert_eq!(said_twice["items"].as_array().unwrap().len(), 1);
    assert_eq!(town.rescues(&town.staff, event).await.len(), 1);

    let resolve = format!("/api/v1/rescues/{member}/resolve");
    let resolution = json!({"id": Uuid::now_v7(), "closes": [call], "outcome": "injured_minor", "whereabouts": "hospital", "how": "消防が救出、病院へ搬送"});
    let now = town
        .staff
        .post(&resolve, resolution.clone())
        .await
        .expect(201);
    assert_eq!(
        (&now["state"]["open_rescue"], &now["state"]["outcome"]),
        (&json!([]), &json!("injured_minor"))
    );
    town.staff.post(&resolve, resolution).await.expect(201);
    assert!(town.rescues(&town.staff, event).await.is_empty());
    assert_eq!(town.board(round).await["rescues_open"], 0);
}

#[tokio::test]
async fn a_call_taken_back_stays_in_the_queue_and_one_that_is_not_named_stays_open() {
    let town = Town::new().await;
    let (event, round) = town.start("disaster").await;
    let member = town.member(round, town.consented).await;
    let (first, second) = (Uuid::now_v7(), Uuid::now_v7());
    town.say(
        round,
        member,
        json!({"id": first, "attempt": "phone", "outcome": "needs_rescue"}),
    )
    .await;
    town.say(
        round,
        member,
        json!({"attempt": "phone", "corrects": first, "is_withdrawal": true}),
    )
    .await;
    let queue = town.rescues(&town.staff, event).await;
    assert_eq!(
        (&queue[0]["open_calls"], &queue[0]["withdrawn_calls"]),
        (&json!([]), &json!([first]))
    );

    town.say(
        round,
        member,
        json!({"id": second, "attempt": "met", "outcome": "needs_rescue"}),
    )
    .await;
    let resolve = format!("/api/v1/rescues/{member}/resolve");
    let body =
        json!({"id": Uuid::now_v7(), "closes": [first], "outcome": "safe", "how": "電話で確認"});
    town.staff.post(&resolve, body).await.expect(201);
    let queue = town.rescues(&town.staff, event).await;
    assert_eq!(
        (&queue[0]["open_calls"], &queue[0]["withdrawn_calls"]),
        (&json!([second]), &json!([]))
    );

    // Not with somebody else's call, not with "still needs rescue".
    let stranger =
        json!({"id": Uuid::now_v7(), "closes": [Uuid::now_v7()], "outcome": "safe", "how": "確認"});
    assert_eq!(
        town.staff.post(&resolve, stranger).await.problem(),
        "invalid"
    );
    let still =
        json!({"id": Uuid::now_v7(), "closes": [second], "outcome": "needs_rescue", "how": "確認"});
    assert_eq!(town.staff.post(&resolve, still).await.problem(), "invalid");
}

#[tokio::test]
async fn a_placard_counts_for_the_household_and_a_households_rescue_is_one_entry_closed_for_all() {
    let town = Town::new().await;
    let home = town.app.household("佐藤家").await;
    let hana = town
        .app
        .resident(Resident::of("佐藤 はな", town.east).household(home))
        .await;
    let ichi = town
        .app
        .resident(
            Resident::of("佐藤 いち", town.east)
                .consent("unanswered")
                .household(home),
        )
        .await;
    let (event, round) = town.start("disaster").await;
    let (hana, ichi) = (
        town.member(round, hana).await,
        town.member(round, ichi).await,
    );
    // A lead says it, who may not see the second one: the household is derived whole all the same.
    let lead = town.app.lead(&[town.east]).await;
    let safe_before = town.board(round).await["totals"]["safe"].as_i64().unwrap();
    town.say_as(
        &lead,
        round,
        hana,
        json!({"attempt": "marker", "outcome": "safe", "for_household": true}),
    )
    .await;
    assert_eq!(
        town.board(round).await["totals"]["safe"].as_i64().unwrap(),
        safe_before + 2
    );

    let sos = Uuid::now_v7();
    town.say_as(
        &lead,
        round,
        hana,
        json!({"id": sos, "attempt": "marker", "outcome": "needs_rescue", "for_household": true}),
    )
    .await;
    let board = town.board(round).await;
    assert_eq!(
        (&board["totals"]["need_help"], &board["rescues_open"]),
        (&json!(2), &json!(1))
    );
    let queue = town.rescues(&town.staff, event).await;
    assert_eq!(
        (queue.len(), &queue[0]["id"], &queue[0]["is_household"]),
        (1, &json!(hana), &json!(true))
    );

    let resolve = format!("/api/v1/rescues/{hana}/resolve");
    let body =
        json!({"id": Uuid::now_v7(), "closes": [sos], "outcome": "safe", "how": "訪問して確認"});
    lead.post(&resolve, body).await.expect(201);
    assert!(town.rescues(&town.staff, event).await.is_empty());
    let path = format!("/api/v1/rounds/{round}/members/{ichi}");
    let other = town.staff.get(&path).await.expect(200);
    // Closed, and nothing was found of him: what the placard said before is all that is known.
    assert_eq!(
        (&other["state"]["open_rescue"], &other["state"]["source"]),
        (&json!([]), &json!("marker"))
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
async fn death_is_headquarters_word_alone() {
    let town = Town::new().await;
    let (_, round) = town.start("disaster").await;
    let member = town.member(round, town.consented).await;
    let lead = town.app.lead(&[town.east]).await;
    let path = format!("/api/v1/rounds/{round}/members/{member}/observations");
    let body = json!({"id": Uuid::now_v7(), "attempt": "met", "outcome": "deceased"});
    let refused = lead.post(&path, body.clone()).await.expect(422);
    assert!(
        refused["errors"][0]["detail"]
            .as_str()
            .unwrap()
            .contains("要救助")
    );
    let said = town.staff.post(&path, body).await.expect(201);
    assert_eq!(said["state"]["outcome"], "deceased");
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

#[tokio::test]
async fn members_come_by_pages_and_every_page_is_audited_with_who_was_on_it() {
    let town = Town::new().await;
    let (_, round) = town.start("disaster").await;
    let mut seen: Vec<Uuid> = Vec::new();
    let mut after = String::new();
    loop {
        let path = format!("/api/v1/rounds/{round}/members?limit=4{after}");
        let page = town.staff.get(&path).await.expect(200);
        let people: Vec<Uuid> = page["items"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|m| serde_json::from_value(m["person_id"].clone()).ok())
            .collect();
        let audited: (Vec<Uuid>, Option<String>) = sqlx::query_as(
            "select subject_ids, legal_ground from audit_entry where action = 'rounds.list_members' order by id desc limit 1")
            .fetch_one(town.app.sql()).await.unwrap();
        assert_eq!(audited, (people.clone(), Some("49-11-1".into())));
        seen.extend(people);
        match page["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => break,
        }
    }
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), 6);
    let only = format!("/api/v1/rounds/{round}/members?only=protected");
    let protected = town.staff.get(&only).await.expect(200);
    assert_eq!(protected["items"][0]["person_id"], json!(town.protected));
}

#[tokio::test]
async fn a_silent_phone_is_a_state_and_a_phone_that_was_never_there_is_none() {
    let town = Town::new().await;
    let phone = town.app.phone(town.volunteer).await;
    let (_, round) = town.start("disaster").await;
    assert_eq!(
        town.board(round).await["districts"][0]["silent_volunteers"],
        0
    );
    town.app.app.clock.advance(TimeDelta::minutes(29));
    sqlx::query("update device set last_contact_at = $2, held_items = 3 where id = $1")
        .bind(phone.device_id)
        .bind(town.app.app.clock.now() - TimeDelta::minutes(29))
        .execute(town.app.sql())
        .await
        .unwrap();
    town.app.app.clock.advance(TimeDelta::minutes(2));
    let staff = town.app.staff().await;
    let board = staff
        .get(&format!("/api/v1/rounds/{round}/board"))
        .await
        .expect(200);
    let east = board["districts"]
        .as_array()
        .unwrap()
        .iter()
        .find(|d| d["district"]["id"] == json!(town.east))
        .unwrap()
        .clone();
    assert_eq!(
        (&east["volunteers"], &east["silent_volunteers"]),
        (&json!(2), &json!(1))
    );
    let volunteers = staff
        .get(&format!("/api/v1/rounds/{round}/volunteers"))
        .await
        .expect(200);
    let first = &volunteers["items"][0];
    assert_eq!(
        (&first["id"], &first["is_silent"], &first["held_items"]),
        (&json!(town.volunteer), &json!(true), &json!(3))
    );
    assert_eq!(volunteers["items"][1]["is_silent"], false);
}

#[tokio::test]
async fn a_round_is_taken_away_as_csv_and_xlsx_without_protected_people_and_with_its_drill_mark() {
    let town = Town::new().await;
    sqlx::query("update support_resident set help_note = '=HYPERLINK(\"x\")' where person_id = $1")
        .bind(town.consented)
        .execute(town.app.sql())
        .await
        .unwrap();
    let (_, round) = town.start("drill").await;
    let path = format!("/api/v1/rounds/{round}/export?format=csv");
    town.app.app.clock.advance(TimeDelta::minutes(11));
    assert_eq!(town.staff.get(&path).await.problem(), "step-up-required");
    step_up(&town.app, &town.staff).await;
    let reply = town.staff.get(&path).await;
    let text = String::from_utf8(reply.bytes.clone()).unwrap();
    assert!(text.starts_with('\u{feff}'));
    assert!(text.contains("【訓練】") && text.contains("同意 花子") && text.contains("\r\n"));
    assert!(text.contains("'=HYPERLINK"), "{text}");
    assert!(!text.contains("支援 措置"));
    let actions: Vec<String> =
        sqlx::query_scalar("select action from audit_entry where action = 'rounds.export'")
            .fetch_all(town.app.sql())
            .await
            .unwrap();
    assert_eq!(actions.len(), 1);
    let sheet = town
        .staff
        .get(&format!("/api/v1/rounds/{round}/export?format=xlsx"))
        .await;
    assert_eq!(&sheet.bytes[..2], b"PK");
}

#[tokio::test]
async fn many_words_at_once_about_one_household_wait_for_each_other_and_all_count() {
    let town = Town::new().await;
    let home = town.app.household("佐藤家").await;
    let mut members = Vec::new();
    let mut people = Vec::new();
    for name in ["佐藤 はな", "佐藤 いち", "佐藤 ふみ"] {
        people.push(
            town.app
                .resident(Resident::of(name, town.east).household(home))
                .await,
        );
    }
    let (_, round) = town.start("disaster").await;
    for person in &people {
        members.push(town.member(round, *person).await);
    }
    let words = (0..24).map(|n| {
        let town = &town;
        let member = members[n % 3];
        async move {
            town.say(
                round,
                member,
                json!({"attempt": "no_answer", "for_household": n % 2 == 0}),
            )
            .await
        }
    });
    futures::future::join_all(words).await;
    // Each member: the eight about her, and the four about the household on each of the two others.
    for member in members {
        let path = format!("/api/v1/rounds/{round}/members/{member}");
        let shown = town.staff.get(&path).await.expect(200);
        assert_eq!(shown["state"]["attempts_count"], 16);
    }
}

#[tokio::test]
async fn the_live_board_comes_whole_then_as_differences_and_ends_with_the_session() {
    use futures::StreamExt as _;
    use tower::ServiceExt as _;

    let town = Town::new().await;
    let (_, round) = town.start("disaster").await;
    let member = town.member(round, town.consented).await;
    let watcher = town.app.staff().await;
    let request = axum::http::Request::get(format!("/api/v1/rounds/{round}/board/stream"))
        .header("cookie", watcher.cookie.clone().unwrap())
        .header("last-event-id", "2020-01-01T00:00:00.000Z")
        .body(axum::body::Body::empty())
        .unwrap();
    let response = town.app.router.clone().oneshot(request).await.unwrap();
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut stream = response.into_body().into_data_stream();
    let mut next = async |name: &str| loop {
        let wait = std::time::Duration::from_secs(15);
        let chunk = tokio::time::timeout(wait, stream.next()).await.unwrap();
        let Some(chunk) = chunk else {
            break Value::Null;
        };
        let text = String::from_utf8(chunk.unwrap().to_vec()).unwrap();
        assert!(!text.contains("花子"), "counts and ids only");
        if text.contains(&format!("event: {name}")) {
            assert!(
                text.contains("\nid: ") || text.starts_with("id: "),
                "{text}"
            );
            let data = text.lines().find_map(|l| l.strip_prefix("data: ")).unwrap();
            break serde_json::from_str(data).unwrap();
        }
    };
    let board = next("board").await;
    assert_eq!(board["totals"]["members"], 6);
    town.say(round, member, json!({"attempt": "met", "outcome": "safe"}))
        .await;
    let patch = loop {
        // A still board may say in between that it still holds.
        let patch = next("patch").await;
        if !patch["districts"].as_array().unwrap().is_empty() {
            break patch;
        }
    };
    assert_eq!(patch["totals"]["safe"], 1);
    let changed = patch["districts"].as_array().unwrap();
    assert_eq!(
        (changed.len(), &changed[0]["district"]["id"]),
        (1, &json!(town.east))
    );
    assert!(patch["as_of"].as_str() > board["as_of"].as_str());

    watcher.delete("/api/v1/session").await.expect(204);
    assert_eq!(next("nothing more").await, Value::Null);
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
