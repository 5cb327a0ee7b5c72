use chrono::TimeDelta;
use machimori::accounts::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::disclosure::activate;
use crate::events;
use crate::harness::town::Resident;
use crate::harness::{Client, TestApp};

const EVERYBODY: [&str; 6] = ["同意", "拒否", "措置", "条例", "無回答", "逝去"];

/// The same six people as the matrix has, in this district.
async fn six(app: &TestApp, district: Uuid) {
    for (name, consent) in [
        ("同意", "consented"),
        ("条例", "not_required_by_ordinance"),
        ("無回答", "unanswered"),
        ("拒否", "refused"),
    ] {
        app.resident(Resident::of(name, district).consent(consent))
            .await;
    }
    app.resident(Resident::of("措置", district).protected())
        .await;
    app.resident(Resident::of("逝去", district).status("died"))
        .await;
}

fn sorted(mut names: Vec<String>) -> Vec<String> {
    names.sort();
    names
}

fn names(items: &Value) -> Vec<String> {
    let items = items.as_array().unwrap().iter();
    sorted(
        items
            .map(|p| p["name"].as_str().unwrap().to_owned())
            .collect(),
    )
}

async fn listed(client: &Client, query: &str) -> Vec<String> {
    let page = client
        .get(&format!("/api/v1/roster?{query}"))
        .await
        .expect(200);
    names(&page["items"])
}

/// The column 氏名 of an exported CSV.
async fn exported(client: &Client, query: &str) -> Vec<String> {
    let path = format!("/api/v1/roster/export?format=csv&{query}");
    let reply = client.get(&path).await;
    assert_eq!(
        reply.status,
        200,
        "{}",
        String::from_utf8_lossy(&reply.bytes)
    );
    let text = String::from_utf8(reply.bytes).unwrap();
    let text = text.strip_prefix('\u{feff}').expect("a BOM");
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let column = reader.headers().unwrap().iter().position(|h| h == "氏名");
    let rows = reader
        .records()
        .map(|r| r.unwrap()[column.unwrap()].to_owned());
    sorted(rows.collect())
}

fn paper(district: Uuid, recipient: &str) -> Value {
    json!({"id": Uuid::now_v7(), "district_id": district, "recipient": recipient, "recipient_name": "東 民生",
           "recipient_body": "民生委員", "purpose": "日ごろの見守り", "return_due_on": "2027-03-31"})
}

async fn printed(client: &Client, district: Uuid, recipient: &str) -> Vec<String> {
    let print = client
        .post("/api/v1/roster/prints", paper(district, recipient))
        .await
        .expect(201);
    names(&print["items"])
}

#[tokio::test]
async fn whoever_did_not_agree_leaves_in_no_list_and_whoever_is_protected_in_none_ever() {
    let app = TestApp::new().await;
    let (staff, second) = (app.staff().await, app.staff().await);
    let (east, west) = (app.district("東", 0).await, app.district("西", 1).await);
    six(&app, east).await;
    app.resident(Resident::of("西同意", west)).await;
    let lead = app.lead(&[east]).await;
    let of_east = format!("district={east}");
    let outside = format!("{of_east}&recipient=support_organisation");

    assert_eq!(listed(&staff, &of_east).await, EVERYBODY);
    assert_eq!(listed(&lead, "").await, ["同意", "条例", "逝去"]);
    let own = format!("{of_east}&recipient=headquarters");
    assert_eq!(exported(&staff, &own).await, EVERYBODY);
    assert_eq!(printed(&staff, east, "headquarters").await, EVERYBODY);
    for client in [&staff, &lead] {
        assert_eq!(exported(client, &outside).await, ["同意", "条例"]);
        let paper = printed(client, east, "support_organisation").await;
        assert_eq!(paper, ["同意", "条例"]);
    }
    // Nobody agreed to the fire service yet.
    assert!(printed(&staff, east, "fire_service").await.is_empty());

    let event = events::start(&staff, "disaster").await;
    let activation = activate(&staff, &second, event, east).await;
    let shown = ["同意", "拒否", "条例", "無回答"];
    for client in [&staff, &lead] {
        assert_eq!(exported(client, &outside).await, shown);
        let paper = printed(client, east, "support_organisation").await;
        assert_eq!(paper, shown);
    }
    assert_eq!(printed(&staff, east, "police").await, shown);
    let path = format!("/api/v1/activations/{activation}/close");
    staff.post(&path, json!({})).await;
    assert_eq!(exported(&lead, &outside).await, ["同意", "条例"]);
}

#[tokio::test]
async fn a_lead_takes_nothing_of_headquarters_of_others_or_for_others() {
    let app = TestApp::new().await;
    let (east, west) = (app.district("東", 0).await, app.district("西", 1).await);
    six(&app, east).await;
    let lead = app.lead(&[east]).await;
    for query in [
        format!("district={east}&recipient=headquarters"),
        format!("district={west}&recipient=support_organisation"),
        format!("district={east}&recipient=fire_service"),
    ] {
        let path = format!("/api/v1/roster/export?format=csv&{query}");
        assert_eq!(lead.get(&path).await.problem(), "forbidden", "{query}");
    }
    for (district, recipient) in [(east, "headquarters"), (west, "support_organisation")] {
        let reply = lead
            .post("/api/v1/roster/prints", paper(district, recipient))
            .await;
        assert_eq!(reply.problem(), "forbidden");
    }
    for query in ["category=care_level_3_5", "is_protected=true"] {
        let path = format!("/api/v1/roster?{query}");
        assert_eq!(lead.get(&path).await.problem(), "forbidden");
    }
    let line = lead.get("/api/v1/roster").await.expect(200)["items"][0].clone();
    assert_eq!(line["reasons"], Value::Null);
    assert_eq!(line["help_needed"], json!(["wheelchair"]));
    // An hour later the second factor is no longer fresh.
    app.app.clock.advance(TimeDelta::minutes(11));
    let path =
        format!("/api/v1/roster/export?format=csv&district={east}&recipient=support_organisation");
    assert_eq!(lead.get(&path).await.problem(), "step-up-required");
    let reply = lead
        .post("/api/v1/roster/prints", paper(east, "support_organisation"))
        .await;
    assert_eq!(reply.problem(), "step-up-required");
}

#[tokio::test]
async fn consent_to_the_fire_service_is_a_word_of_its_own() {
    let app = TestApp::new().await;
    let staff = app.staff().await;
    let east = app.district("東", 0).await;
    six(&app, east).await;
    let id: Uuid = sqlx::query_scalar("select id from person where name = '拒否'")
        .fetch_one(app.sql())
        .await
        .unwrap();
    let consent = json!({"id": Uuid::now_v7(), "purpose": "roster", "recipient_class": "fire_service", "status": "consented",
                         "obtained_on": "2026-11-01"});
    staff
        .post(&format!("/api/v1/people/{id}/consents"), consent)
        .await
        .expect(201);
    assert_eq!(printed(&staff, east, "fire_service").await, ["拒否"]);
    assert_eq!(
        printed(&staff, east, "support_organisation").await,
        ["同意", "条例"]
    );
}

#[tokio::test]
async fn a_table_that_leaves_is_audited_before_and_runs_no_formula() {
    let app = TestApp::new().await;
    let staff = app.staff().await;
    let east = app.district("東", 0).await;
    let id = app
        .resident(Resident::of("=HYPERLINK(\"http://x\")", east))
        .await;
    let path = format!("/api/v1/roster/export?format=csv&district={east}&recipient=headquarters");
    let text = String::from_utf8(staff.get(&path).await.bytes).unwrap();
    assert!(text.contains("\"'=HYPERLINK("), "{text}");
    let path = path.replace("csv", "xlsx");
    assert!(staff.get(&path).await.bytes.starts_with(b"PK"));
    let audited: Vec<(Vec<Uuid>, String)> = sqlx::query_as(
        "select subject_ids, legal_ground from audit_entry where action = 'roster.export'",
    )
    .fetch_all(app.sql())
    .await
    .unwrap();
    assert_eq!(audited, vec![(vec![id], "49-11-1".to_owned()); 2]);
}

#[tokio::test]
async fn a_paper_has_a_number_a_holder_and_a_way_back() {
    let app = TestApp::new().await;
    let staff = app.staff().await;
    let (east, west) = (app.district("東", 0).await, app.district("西", 1).await);
    six(&app, east).await;
    let lead = app.lead(&[east]).await;
    let asked = paper(east, "support_organisation");
    let first = lead
        .post("/api/v1/roster/prints", asked.clone())
        .await
        .expect(201);
    assert_eq!(first["head"]["legal_ground"], "49-11-2");
    assert_eq!(first["head"]["return_due_on"], "2027-03-31");
    // Said again: the same copy. Said with another content: refused.
    let again = lead
        .post("/api/v1/roster/prints", asked.clone())
        .await
        .expect(201);
    assert_eq!(again["head"]["serial"], first["head"]["serial"]);
    let mut other = asked.clone();
    other["recipient_name"] = json!("別の 人");
    let reply = lead.post("/api/v1/roster/prints", other).await;
    assert_eq!(reply.problem(), "conflict");
    let next = lead
        .post("/api/v1/roster/prints", paper(east, "support_organisation"))
        .await
        .expect(201);
    assert_eq!(
        next["head"]["serial"].as_i64().unwrap(),
        first["head"]["serial"].as_i64().unwrap() + 1
    );
    let lines: Vec<(i16, String)> = sqlx::query_as(
        "select line_no, p.name from print_copy_line l join person p on p.id = l.person_id where copy_id = $1 order by 1",
    )
    .bind(first["head"]["id"].as_str().unwrap().parse::<Uuid>().unwrap())
    .fetch_all(app.sql())
    .await
    .unwrap();
    let shown: Vec<(i16, String)> = (1..)
        .zip(first["items"].as_array().unwrap())
        .map(|(n, p)| (n, p["name"].as_str().unwrap().to_owned()))
        .collect();
    assert_eq!(lines, shown);

    let act = json!({"id": Uuid::now_v7(), "kind": "returned", "note": "窓口で受け取り"});
    let path = format!(
        "/api/v1/roster/prints/{}/acts",
        first["head"]["id"].as_str().unwrap()
    );
    let stranger = app.lead(&[west]).await;
    assert_eq!(
        stranger.post(&path, act.clone()).await.problem(),
        "not-found"
    );
    lead.post(&path, act).await.expect(204);
    let open = staff
        .get("/api/v1/roster/prints?only_open=true")
        .await
        .expect(200);
    let serials: Vec<&Value> = open["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| &c["serial"])
        .collect();
    assert_eq!(serials, [&next["head"]["serial"]]);
    let none = stranger.get("/api/v1/roster/prints").await.expect(200);
    assert_eq!(none["items"], json!([]));
}

#[tokio::test]
async fn the_roster_is_narrowed_by_consent_category_contact_plan_and_protection() {
    let app = TestApp::new().await;
    let staff = app.staff().await;
    let east = app.district("東", 0).await;
    six(&app, east).await;
    let volunteer = app.volunteer("東の 協力者", &[east]).await;
    let id: Uuid = sqlx::query_scalar("select id from person where name = '同意'")
        .fetch_one(app.sql())
        .await
        .unwrap();
    app.standing_contact(id, volunteer, 1).await;
    sqlx::query("update support_reason set category = 'mental_1_alone' where person_id = $1")
        .bind(id)
        .execute(app.sql())
        .await
        .unwrap();
    assert_eq!(listed(&staff, "consent=refused").await, ["拒否"]);
    assert_eq!(listed(&staff, "has_contact=true").await, ["同意"]);
    assert_eq!(listed(&staff, "has_contact=false").await.len(), 5);
    assert_eq!(listed(&staff, "is_protected=true").await, ["措置"]);
    assert_eq!(listed(&staff, "category=mental_1_alone").await, ["同意"]);
    assert_eq!(listed(&staff, "plan=without").await, EVERYBODY);
    assert!(listed(&staff, "plan=in_force").await.is_empty());
    let reply = staff.get("/api/v1/roster?category=nonsense").await;
    assert_eq!(reply.problem(), "invalid");
}

#[tokio::test]
async fn the_figures_say_what_is_known_and_a_planner_sees_fives() {
    let app = TestApp::new().await;
    let (staff, planner) = (app.staff().await, app.log_in(Role::Planner, &[]).await);
    let (east, west) = (app.district("東", 0).await, app.district("西", 1).await);
    six(&app, east).await;
    for n in 0..5 {
        app.resident(Resident::of(&format!("東{n}"), east)).await;
    }
    app.resident(Resident::of("西同意", west)).await;
    let volunteer = app.volunteer("東の 協力者", &[east]).await;
    let id: Uuid = sqlx::query_scalar("select id from person where name = '同意'")
        .fetch_one(app.sql())
        .await
        .unwrap();
    app.standing_contact(id, volunteer, 1).await;

    let seen = staff.get("/api/v1/roster/coverage").await.expect(200);
    let of = |seen: &Value, name: &str| -> Value {
        let items = seen["items"].as_array().unwrap().iter();
        items
            .clone()
            .find(|i| i["district"]["name"] == name)
            .unwrap()
            .clone()
    };
    let east_line = of(&seen, "東");
    for (field, expected) in [
        ("listed", 10),
        ("consented", 7),
        ("by_ordinance", 1),
        ("refused", 1),
        ("unanswered", 1),
        ("withdrawn", 0),
        ("plan_in_force", 0),
        ("with_standing_contact", 1),
        ("with_phone", 10),
        ("with_mail", 0),
    ] {
        assert_eq!(east_line[field], expected, "{field}");
    }
    assert_eq!(seen["total"]["listed"], 11);
    let lead = app.lead(&[west]).await;
    let own = lead.get("/api/v1/roster/coverage").await.expect(200);
    assert_eq!(own["items"].as_array().unwrap().len(), 1);
    assert_eq!(own["total"]["listed"], 1);

    let seen = planner.get("/api/v1/roster/coverage").await.expect(200);
    assert_eq!(seen["is_suppressed"], true);
    let line = of(&seen, "東");
    for (field, expected) in [
        ("listed", json!(10)),
        ("consented", json!(5)),
        ("refused", Value::Null),
        ("withdrawn", Value::Null),
        ("with_standing_contact", Value::Null),
        ("with_phone", json!(10)),
    ] {
        assert_eq!(line[field], expected, "{field}");
    }
    assert_eq!(of(&seen, "西")["listed"], Value::Null);
    assert_eq!(seen["total"]["listed"], 10, "a sum of what is shown");
    let csv = planner
        .get("/api/v1/roster/coverage/export?format=csv")
        .await;
    let text = String::from_utf8(csv.bytes).unwrap();
    assert!(text.contains("西,5人未満,5人未満"), "{text}");
}
