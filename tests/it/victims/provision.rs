//! Giving the registry's information away: to whom decides on what, nobody without ground, everything written down before it leaves.

use chrono::TimeDelta;
use machimori::accounts::Role;

use super::*;

fn ask(kind: &str, name: &str, fields: Value) -> Value {
    json!({"recipient_kind": kind, "recipient_name": name, "purpose": "訪問して支援するため", "applied_on": "2026-11-22",
           "fields": fields, "means": "csv"})
}

async fn preview(client: &Client, event: Uuid, ask: &Value) -> Value {
    let path = format!("/api/v1/events/{event}/provisions/preview");
    client.post(&path, ask.clone()).await.expect(200)
}

async fn try_prepare(
    client: &Client,
    event: Uuid,
    ask: &Value,
    people: i64,
) -> crate::harness::Reply {
    let mut body = ask.clone();
    body["id"] = json!(Uuid::now_v7());
    body["expected_people"] = json!(people);
    let path = format!("/api/v1/events/{event}/provisions");
    client.post(&path, body).await
}

async fn prepare(client: &Client, event: Uuid, ask: &Value, people: i64) -> String {
    let told = try_prepare(client, event, ask, people).await.expect(201);
    format!("/api/v1/provisions/{}", told["id"].as_str().unwrap())
}

async fn consent(client: &Client, entry: &Value, name: &str, status: &str) {
    let body = json!({"id": Uuid::now_v7(), "recipient_kind": "consented_third_party", "recipient_name": name, "status": status,
                      "obtained_on": "2026-11-22", "means": "書面"});
    client.post(&at(entry, "/consents"), body).await.expect(201);
}

#[tokio::test]
async fn a_third_party_gets_only_those_who_consented_to_it_and_each_entry_says_so() {
    let app = TestApp::new().await;
    let staff = app.staff().await;
    let event = start(&staff, "disaster").await;
    let yes = by_hand(
        &staff,
        event,
        json!({"name": "同意 花子", "phones": ["=1+1"], "resident_no": "5501"}),
    )
    .await;
    let other = by_hand(&staff, event, json!({"name": "別の 先"})).await;
    let took_back = by_hand(&staff, event, json!({"name": "撤回 次郎"})).await;
    by_hand(&staff, event, json!({"name": "無言 三郎"})).await;
    consent(&staff, &yes, "NPOひまわり", "consented").await;
    consent(&staff, &other, "NPOさくら", "consented").await;
    consent(&staff, &took_back, "NPOひまわり", "consented").await;
    consent(&staff, &took_back, "NPOひまわり", "withdrawn").await;
    let ask = ask(
        "consented_third_party",
        "NPOひまわり",
        json!(["phones", "name", "whereabouts"]),
    );
    let shown = preview(&staff, event, &ask).await;
    assert_eq!(
        [
            "people",
            "left_without_consent",
            "left_refused",
            "left_protected"
        ]
        .map(|n| shown[n].as_i64().unwrap()),
        [1, 2, 1, 0]
    );
    assert_eq!(shown["legal_basis"], "90-4-1-1");
    assert_eq!(
        try_prepare(&staff, event, &ask, 2).await.problem(),
        "conflict"
    );
    let path = prepare(&staff, event, &ask, 1).await;
    let nothing = staff.get(&format!("{path}/file")).await;
    assert_eq!(nothing.problem(), "conflict");
    let issue = format!("{path}/issue");
    let issued = staff.post(&issue, json!({})).await.expect(200);
    assert_eq!(issued["serial"], 1);
    // A dropped answer is asked again: nothing more is given.
    staff.post(&issue, json!({})).await.expect(200);
    let file = staff.get(&format!("{path}/file")).await;
    assert_eq!(
        String::from_utf8(file.bytes.clone()).unwrap(),
        "\u{feff}区分,提供番号,整理番号,氏名,電話番号その他の連絡先,いまの居場所,取扱い\r\n\
         災害,1,1,同意 花子,'=1+1,未確認,目的外の使用・ほかへの提供をしないこと。被害は申し出によるもの。\r\n"
    );
    assert_eq!(
        staff.get(&format!("{path}/file")).await.bytes,
        file.bytes,
        "the same bytes under the same number"
    );
    let entry = staff.get(&at(&yes, "")).await.expect(200);
    assert_eq!(
        (
            &entry["disclosures"][0]["recipient_name"],
            &entry["disclosures"][0]["fields"],
            &entry["disclosures"][0]["serial"]
        ),
        (
            &json!("NPOひまわり"),
            &json!(["name", "phones", "whereabouts"]),
            &json!(1)
        )
    );
    let entry = staff.get(&at(&other, "")).await.expect(200);
    assert_eq!(entry["disclosures"], json!([]));
    // On which ground, of whom: in the audit before the file was asked for.
    let (ground, subjects): (String, Vec<Uuid>) = sqlx::query_as(
        "select legal_ground, subject_ids from audit_entry where action = 'victims.provide'",
    )
    .fetch_one(app.sql())
    .await
    .unwrap();
    assert_eq!(
        (ground.as_str(), json!(subjects)),
        ("90-4-1-1", json!([yes["id"]]))
    );
    // The auditor reads to whom what was given, never of whom.
    let auditor = app.log_in(Role::Auditor, &[]).await;
    let reply = auditor.get("/api/v1/victim-disclosures").await;
    let told = reply.expect(200);
    assert_eq!(
        (
            &told["items"][0]["recipient_name"],
            &told["items"][0]["people"],
            &told["items"][0]["serial"]
        ),
        (&json!("NPOひまわり"), &json!(1), &json!(1))
    );
    assert!(!told.to_string().contains("花子"));
    assert_eq!(
        auditor.get(&format!("{path}/file")).await.problem(),
        "forbidden"
    );
}

#[tokio::test]
async fn who_receives_decides_which_items_and_a_number_of_the_law_is_never_one() {
    let app = TestApp::new().await;
    let staff = app.staff().await;
    let event = start(&staff, "disaster").await;
    by_hand(&staff, event, json!({})).await;
    let relief = |fields: Value| ask("registered_relief_organisation", "支援団体", fields);
    let path = format!("/api/v1/events/{event}/provisions/preview");
    for fields in [
        json!(["registered_address"]),
        json!(["name", "special_care_reasons"]),
        json!(["my_number"]),
        json!([]),
    ] {
        let reply = staff.post(&path, relief(fields.clone())).await;
        assert_eq!(reply.problem(), "invalid", "{fields}");
    }
    let shown = preview(&staff, event, &relief(json!(["name"]))).await;
    assert_eq!(
        (&shown["people"], &shown["legal_basis"]),
        (&json!(1), &json!("90-4-registered"))
    );
    let city = ask(
        "other_local_government",
        "隣の市",
        json!(["registered_address"]),
    );
    assert_eq!(
        preview(&staff, event, &city).await["legal_basis"],
        "90-4-1-3"
    );
    let rules = staff.get("/api/v1/provision-rules").await.expect(200);
    assert_eq!(rules["items"].as_array().unwrap().len(), 5);
    // Out of a drill nothing is given.
    let drill = start(&staff, "drill").await;
    let path = format!("/api/v1/events/{drill}/provisions/preview");
    let reply = staff.post(&path, relief(json!(["name"]))).await;
    assert_eq!(reply.problem(), "conflict");
}

#[tokio::test]
async fn a_protected_person_leaves_only_named_and_with_a_second_person() {
    let app = TestApp::new().await;
    let (staff, second) = (app.staff().await, app.staff().await);
    let event = start(&staff, "disaster").await;
    let hidden = by_hand(
        &staff,
        event,
        json!({"name": "措置 雪", "is_protected": true}),
    )
    .await;
    by_hand(&staff, event, json!({"name": "普通 太郎"})).await;
    let mut ask = ask("internal_department", "福祉部", json!(["name"]));
    let shown = preview(&staff, event, &ask).await;
    assert_eq!(
        (
            &shown["people"],
            &shown["left_protected"],
            &shown["needs_second"]
        ),
        (&json!(1), &json!(1), &json!(false))
    );
    ask["protected_ids"] = json!([hidden["id"]]);
    let path = format!("/api/v1/events/{event}/provisions/preview");
    let reply = staff.post(&path, ask.clone()).await;
    assert_eq!(reply.problem(), "invalid", "a reason is asked for");
    ask["protected_why"] = json!("見守りの担当課に引き継ぐため");
    let shown = preview(&staff, event, &ask).await;
    assert_eq!(
        (&shown["people"], &shown["needs_second"]),
        (&json!(2), &json!(true))
    );
    let path = prepare(&staff, event, &ask, 2).await;
    let (confirm, issue) = (format!("{path}/confirm"), format!("{path}/issue"));
    let reply = staff.post(&issue, json!({})).await;
    assert_eq!(reply.problem(), "second-person-required");
    let reply = staff.post(&confirm, json!({})).await;
    assert_eq!(reply.problem(), "second-person-required");
    let told = second.post(&confirm, json!({})).await.expect(200);
    assert_eq!(told["confirmed_by"], "試験 hq_staff");
    let told = staff.post(&issue, json!({})).await.expect(200);
    assert_eq!(told["people"], 2);
}

#[tokio::test]
async fn more_than_a_hundred_need_a_second_person_and_the_second_factor_is_fresh() {
    let app = TestApp::new().await;
    let staff = app.staff().await;
    let event = start(&staff, "disaster").await;
    sqlx::query(
        "insert into victim_entry (id, event_id, number, name, name_key) select gen_random_uuid(), $1, n, '人' || n, '人' || n
         from generate_series(1, 101) n",
    )
    .bind(event)
    .execute(app.sql())
    .await
    .unwrap();
    let ask = ask("internal_department", "福祉部", json!(["name"]));
    let shown = preview(&staff, event, &ask).await;
    assert_eq!(
        (&shown["people"], &shown["needs_second"]),
        (&json!(101), &json!(true))
    );
    let path = prepare(&staff, event, &ask, 101).await;
    let reply = staff.post(&format!("{path}/issue"), json!({})).await;
    assert_eq!(reply.problem(), "second-person-required");
    app.app.clock.advance(TimeDelta::minutes(11));
    for (what, reply) in [
        ("prepare", try_prepare(&staff, event, &ask, 101).await),
        (
            "issue",
            staff.post(&format!("{path}/issue"), json!({})).await,
        ),
        ("file", staff.get(&format!("{path}/file")).await),
        (
            "export",
            staff
                .get(&format!("/api/v1/events/{event}/victims/export?format=csv"))
                .await,
        ),
    ] {
        assert_eq!(reply.problem(), "step-up-required", "{what}");
    }
    let given: i64 = sqlx::query_scalar("select count(*) from victim_disclosure")
        .fetch_one(app.sql())
        .await
        .unwrap();
    assert_eq!(given, 0);
}

#[tokio::test]
async fn what_changed_after_preparing_does_not_leave() {
    let app = TestApp::new().await;
    let staff = app.staff().await;
    let event = start(&staff, "disaster").await;
    let entry = by_hand(&staff, event, json!({})).await;
    consent(&staff, &entry, "NPO", "consented").await;
    let third = ask("consented_third_party", "NPO", json!(["name"]));
    let path = prepare(&staff, event, &third, 1).await;
    let city = ask("internal_department", "福祉部", json!(["name"]));
    let inside = prepare(&staff, event, &city, 1).await;
    consent(&staff, &entry, "NPO", "withdrawn").await;
    let reply = staff.post(&format!("{path}/issue"), json!({})).await;
    assert_eq!(reply.problem(), "conflict");
    let told = staff.post(&format!("{path}/cancel"), json!({})).await;
    assert!(told.expect(200)["cancelled_at"].is_string());
    // The city's own use needs no consent; but meanwhile she came under protection.
    let items = json!({"name": "手書 はな", "certificate": "unknown", "is_protected": true});
    let body = json!({"version": 1, "items": items});
    staff.put(&at(&entry, ""), body).await.expect(200);
    let reply = staff.post(&format!("{inside}/issue"), json!({})).await;
    assert_eq!(reply.problem(), "conflict");
}

#[tokio::test]
async fn she_herself_gets_an_extract_of_one_sheet_with_everything_and_to_whom_it_went() {
    let app = TestApp::new().await;
    let staff = app.staff().await;
    let event = start(&staff, "disaster").await;
    let entry = by_hand(
        &staff,
        event,
        json!({"name": "措置 雪", "is_protected": true}),
    )
    .await;
    consent(&staff, &entry, "NPOひまわり", "consented").await;
    let mut own = ask(
        "self",
        "",
        json!(["name", "whereabouts", "special_care_reasons"]),
    );
    own["means"] = json!("print");
    own["entry_ids"] = json!([entry["id"]]);
    let path = format!("/api/v1/events/{event}/provisions/preview");
    let reply = staff.post(&path, own.clone()).await;
    assert_eq!(reply.problem(), "invalid", "who she is must be made sure");
    own["identity_words"] = json!("運転免許証");
    let path = prepare(&staff, event, &own, 1).await;
    staff
        .post(&format!("{path}/issue"), json!({}))
        .await
        .expect(200);
    let sheet = staff.get(&format!("{path}/sheet")).await.expect(200);
    assert_eq!(
        sheet["headings"],
        json!([
            "整理番号",
            "氏名",
            "要配慮の事由（必要な支援）",
            "いまの居場所",
            "同意の状況",
            "提供の記録"
        ])
    );
    assert_eq!(
        (&sheet["rows"][0][1], &sheet["recipient_name"]),
        (&json!("措置 雪"), &json!("本人"))
    );
    assert!(
        sheet["rows"][0][4]
            .as_str()
            .unwrap()
            .contains("NPOひまわり（同意）")
    );
    assert!(sheet["note"].as_str().unwrap().contains("個人番号"));
    let everybody = ask("self", "", json!(["name"]));
    let reply = try_prepare(&staff, event, &everybody, 1).await;
    assert_eq!(reply.problem(), "invalid");
}
