//! All check-ins, all answers of the rounds, at once: looked at, taken over, taken back.

use machimori::jobs;

use super::*;

async fn preview(client: &Client, event: Uuid, source: &str) -> Value {
    let path = format!("/api/v1/events/{event}/victim-batches");
    let body = json!({"id": Uuid::now_v7(), "source": source});
    client.post(&path, body).await.expect(201)
}

fn figures(batch: &Value) -> [i64; 3] {
    ["new", "changed", "same"].map(|n| batch[n].as_i64().unwrap())
}

async fn apply(app: &TestApp, client: &Client, batch: &Value) -> Value {
    let path = format!("/api/v1/victim-batches/{}", batch["id"].as_str().unwrap());
    let apply = format!("{path}/apply");
    client.post(&apply, json!({})).await.expect(202);
    jobs::run_pending(&app.app).await.unwrap();
    let told = client.get(&path).await.expect(200);
    assert_eq!(told["status"], "applied");
    told
}

async fn undo(client: &Client, batch: &Value) -> Value {
    let path = format!(
        "/api/v1/victim-batches/{}/undo",
        batch["id"].as_str().unwrap()
    );
    client.post(&path, json!({})).await.expect(200)
}

#[tokio::test]
async fn all_check_ins_enter_at_once_are_taken_back_and_enter_again() {
    let app = TestApp::new().await;
    let east = app.district("東", 0).await;
    let site = shelter(&app, "小学校", 0, None).await;
    let staff = app.staff().await;
    let event = start(&staff, "disaster").await;
    let mut people = Vec::new();
    for name in ["甲野 一", "乙野 二", "丙野 三"] {
        let person = app.resident(Resident::of(name, east)).await;
        let stay = json!({"person_id": person, "site_id": site, "stay_type": "shelter"});
        let evacuee = received(&staff, event, stay).await;
        people.push((person, evacuee));
    }
    // One is in the registry with all of it, one from the roster before she came to the shelter's door.
    let whole = add(&staff, event, "evacuee_id", &people[0].1).await;
    let early = app.resident(Resident::of("丁野 四", east)).await;
    let early_entry = add(&staff, event, "person_id", &early.to_string()).await;
    let stay = json!({"person_id": early, "site_id": site, "stay_type": "shelter"});
    received(&staff, event, stay).await;

    let batch = preview(&staff, event, "check_ins").await;
    assert_eq!(figures(&batch), [2, 1, 1]);
    assert_eq!(
        names(&staff, event, "").await.len(),
        2,
        "looking changes nothing"
    );
    let done = apply(&app, &staff, &batch).await;
    assert_eq!(done["done"], 3);
    assert_eq!(
        names(&staff, event, "?whereabouts=shelter").await,
        ["甲野 一", "丁野 四", "乙野 二", "丙野 三"]
    );
    assert_eq!(
        figures(&preview(&staff, event, "check_ins").await),
        [0, 0, 4]
    );

    // Somebody writes on one of the new ones; she stays when the rest is taken back.
    let list = staff
        .get(&format!("/api/v1/events/{event}/victims?query=乙野"))
        .await
        .expect(200);
    let helped = json!({"id": Uuid::now_v7(), "kind": "supplies", "status": "given", "happened_on": "2026-11-22"});
    let path = at(&list["items"][0], "/assistance");
    staff.post(&path, helped).await.expect(201);
    let undone = undo(&staff, &batch).await;
    assert_eq!(
        (&undone["status"], &undone["left"]),
        (&json!("undone"), &json!(1))
    );
    assert_eq!(
        names(&staff, event, "").await,
        ["甲野 一", "丁野 四", "乙野 二"]
    );
    let early_entry = staff.get(&at(&early_entry, "")).await.expect(200);
    assert_eq!(early_entry["whereabouts"], Value::Null);
    let whole = staff.get(&at(&whole, "")).await.expect(200);
    assert_eq!(whole["whereabouts"], "shelter");
    // And again, as if it had never been taken back.
    let again = preview(&staff, event, "check_ins").await;
    assert_eq!(figures(&again), [1, 1, 2]);
    apply(&app, &staff, &again).await;
    assert_eq!(names(&staff, event, "?whereabouts=shelter").await.len(), 4);
    assert_eq!(
        figures(&preview(&staff, event, "check_ins").await),
        [0, 0, 4]
    );
}

#[tokio::test]
async fn all_answers_of_the_rounds_enter_at_once_but_for_those_nobody_knows() {
    let app = TestApp::new().await;
    let east = app.district("東", 0).await;
    for name in ["甲野 一", "乙野 二", "丙野 三"] {
        app.resident(Resident::of(name, east)).await;
    }
    let staff = app.staff().await;
    let event = start(&staff, "disaster").await;
    let round = crate::events::round(&staff, event, &[east]).await;
    let members: Vec<Uuid> =
        sqlx::query_scalar("select id from round_member where round_id = $1 order by id")
            .bind(round)
            .fetch_all(app.sql())
            .await
            .unwrap();
    for member in &members[..2] {
        let path = format!("/api/v1/rounds/{round}/members/{member}/observations");
        let body = json!({"id": Uuid::now_v7(), "attempt": "phone", "outcome": "safe", "whereabouts": "home"});
        let reply = staff.post(&path, body).await;
        assert!(reply.status.is_success(), "{:?}", reply.json());
    }
    let batch = preview(&staff, event, "rounds").await;
    assert_eq!(figures(&batch), [2, 0, 0]);
    apply(&app, &staff, &batch).await;
    assert_eq!(names(&staff, event, "?whereabouts=home").await.len(), 2);
    let page = staff
        .get(&format!(
            "/api/v1/victim-batches/{}/items",
            batch["id"].as_str().unwrap()
        ))
        .await
        .expect(200);
    assert_eq!(page["items"].as_array().unwrap().len(), 2);
    assert_eq!(page["items"][0]["is_done"], true);
    assert_eq!(figures(&preview(&staff, event, "rounds").await), [0, 0, 2]);
}

#[tokio::test]
async fn where_a_rescue_or_a_word_for_the_home_put_somebody_reaches_the_registry_without_retyping()
{
    let app = TestApp::new().await;
    let east = app.district("東", 0).await;
    let site = shelter(&app, "小学校", 0, None).await;
    let staff = app.staff().await;
    let home = app.household("佐藤家").await;
    let rescued = app.resident(Resident::of("甲野 一", east)).await;
    for name in ["佐藤 はな", "佐藤 いち"] {
        app.resident(Resident::of(name, east).household(home)).await;
    }
    let event = start(&staff, "disaster").await;
    let round = crate::events::round(&staff, event, &[east]).await;
    let say = async |name: &str, mut body: Value| {
        body["id"] = json!(Uuid::now_v7());
        let member = app.member(round, name).await;
        let path = format!("/api/v1/rounds/{round}/members/{member}/observations");
        staff.post(&path, body.clone()).await.expect(201);
        (member, body["id"].clone())
    };
    let call = json!({"attempt": "phone", "outcome": "needs_rescue"});
    let (member, call) = say("甲野 一", call).await;
    let found = json!({"id": Uuid::now_v7(), "closes": [call], "outcome": "injured_minor", "whereabouts": "hospital", "how": "消防が救出"});
    let path = format!("/api/v1/rescues/{member}/resolve");
    staff.post(&path, found).await.expect(201);
    let told = json!({"attempt": "family", "outcome": "safe", "whereabouts": "relatives", "for_household": true, "told_by": "長男"});
    say("佐藤 はな", told).await;

    let entry = add(&staff, event, "person_id", &rescued.to_string()).await;
    let entry = staff.get(&at(&entry, "")).await.expect(200);
    assert_eq!(entry["whereabouts"], "hospital");
    let batch = preview(&staff, event, "rounds").await;
    assert_eq!(figures(&batch), [2, 0, 1]);
    apply(&app, &staff, &batch).await;
    let mut home = names(&staff, event, "?whereabouts=relatives").await;
    home.sort();
    assert_eq!(home, ["佐藤 いち", "佐藤 はな"]);
    assert_eq!(figures(&preview(&staff, event, "rounds").await), [0, 0, 3]);
    // Whoever was received as a stranger and is in the registry so far is the one of the roster, not a second one.
    let id = Uuid::now_v7();
    let form =
        json!({"site_id": site, "stay_type": "shelter", "stranger": {"id": id, "name": "丙野 三"}});
    let evacuee = received(&staff, event, form).await;
    let known = app.resident(Resident::of("丙野 三", east)).await;
    let first = add(&staff, event, "evacuee_id", &evacuee).await;
    let path = format!("/api/v1/evacuees/{evacuee}/match");
    let body = json!({"id": Uuid::now_v7(), "person_id": known, "reason": "本人に聞いた"});
    staff.post(&path, body).await.expect(201);
    let second = add(&staff, event, "person_id", &known.to_string()).await;
    assert_eq!(first["id"], second["id"]);
    // In the registry as herself at the school; then found to be the stranger of the other one: that is where she is.
    let moved = app.resident(Resident::of("丁野 四", east)).await;
    let stay = json!({"person_id": moved, "site_id": site, "stay_type": "shelter"});
    received(&staff, event, stay).await;
    let entry = add(&staff, event, "person_id", &moved.to_string()).await;
    let other = shelter(&app, "中学校", 1, None).await;
    let id = Uuid::now_v7();
    let form =
        json!({"site_id": other, "stay_type": "shelter", "stranger": {"id": id, "name": "丁さん"}});
    app.app.clock.advance(chrono::TimeDelta::minutes(1));
    let evacuee = received(&staff, event, form).await;
    let path = format!("/api/v1/evacuees/{evacuee}/match");
    let body = json!({"id": Uuid::now_v7(), "person_id": moved, "reason": "本人に聞いた"});
    staff.post(&path, body).await.expect(201);
    let batch = preview(&staff, event, "check_ins").await;
    assert_eq!(figures(&batch), [0, 1, 1]);
    apply(&app, &staff, &batch).await;
    let entry = staff.get(&at(&entry, "")).await.expect(200);
    assert_eq!(entry["place"], "中学校");
}
