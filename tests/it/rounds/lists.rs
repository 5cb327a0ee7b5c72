//! What is read and taken away of a round: pages of members, silent phones, exports, the live board.

use super::*;

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
