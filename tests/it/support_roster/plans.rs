use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::town::Resident;
use crate::harness::{Client, TestApp};

struct Story {
    app: TestApp,
    staff: Client,
    east: Uuid,
    person: Uuid,
}

impl Story {
    async fn new() -> Self {
        let app = TestApp::new().await;
        let staff = app.staff().await;
        let east = app.district("東", 0).await;
        let person = app.resident(Resident::of("同意 花子", east)).await;
        Self {
            app,
            staff,
            east,
            person,
        }
    }

    fn path(&self, plan: Uuid) -> String {
        format!("/api/v1/people/{}/plans/{plan}", self.person)
    }

    async fn save(&self, plan: Uuid, draft: &Value) -> Value {
        self.staff
            .put(&self.path(plan), draft.clone())
            .await
            .expect(200)
    }

    async fn in_force(&self, plan: Uuid) -> Value {
        let path = format!("{}/in-force", self.path(plan));
        self.staff.post(&path, agreed()).await.expect(200)
    }

    async fn print(&self, client: &Client, plan: Uuid, reader: &str) -> crate::harness::Reply {
        let path = format!("{}/prints", self.path(plan));
        let body = json!({"id": Uuid::now_v7(), "reader": reader, "recipient_name": "受け取る人"});
        client.post(&path, body).await
    }
}

fn draft() -> Value {
    json!({"edit_id": Uuid::now_v7(), "made_on": "2026-11-01", "trigger": "alert_level_3", "destination_words": "長女の家（箕面市）",
        "route": "国道を北へ", "transport": "長女の車", "help_needed": ["wheelchair", "medicine"], "medical": "インスリン 朝夕",
        "belongings": "薬・お薬手帳", "review_due_on": "2027-05-01", "supporters": [
            {"name": "長女 良子", "relation": "長女", "phone": "090-1111-2222", "does": "車で迎えに行く", "consent": "consented",
             "consent_on": "2026-11-01", "address": "箕面市"},
            {"name": "隣家 次郎", "relation": "隣人", "phone": "06-0000-1234", "does": "声をかける", "consent": "unanswered"},
            {"name": "断り 三郎", "relation": "自治会", "consent": "refused"}]})
}

/// The explanation and the resident's consent.
fn agreed() -> Value {
    json!({"explained_on": "2026-11-01", "consented_on": "2026-11-01", "means": "書面", "consents": [
        {"id": Uuid::now_v7(), "recipient_class": "support_organisation"}, {"id": Uuid::now_v7(), "recipient_class": "supporter"}]})
}

fn supporters(plan: &Value) -> Vec<&str> {
    let all = plan["supporters"].as_array().unwrap().iter();
    all.map(|s| s["name"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_plan_comes_into_force_by_explanation_and_consent_and_the_next_version_takes_its_place() {
    let story = Story::new().await;
    let plan = Uuid::now_v7();
    let mut words = draft();
    words["destination_words"] = json!("");
    let saved = story.save(plan, &words).await;
    assert_eq!(saved["items"][0]["status"], "draft");
    let path = format!("{}/in-force", story.path(plan));
    let refused = story.staff.post(&path, agreed()).await.expect(409);
    assert!(refused["detail"].as_str().unwrap().contains("避難先"));
    words["based_on"] = words["edit_id"].clone();
    words["edit_id"] = json!(Uuid::now_v7());
    words["destination_words"] = json!("長女の家");
    story.save(plan, &words).await;

    let alone = json!({"explained_on": "2026-11-01"});
    let refused = story.staff.post(&path, alone).await.expect(422);
    assert_eq!(refused["errors"][0]["pointer"], "/consents");
    let mut too_early = agreed();
    too_early["consented_on"] = json!("2026-10-31");
    let refused = story.staff.post(&path, too_early).await.expect(422);
    assert_eq!(refused["errors"][0]["pointer"], "/consented_on");
    let shown = story.in_force(plan).await;
    assert_eq!(shown["items"][0]["status"], "in_force");
    // Said again it is as it is; and it is not rewritten.
    story.staff.post(&path, agreed()).await.expect(200);
    words["based_on"] = words["edit_id"].clone();
    words["edit_id"] = json!(Uuid::now_v7());
    let refused = story.staff.put(&story.path(plan), words).await.expect(409);
    assert!(refused["detail"].as_str().unwrap().contains("次の版"));

    let next = Uuid::now_v7();
    story.save(next, &draft()).await;
    let second = story.staff.put(&story.path(Uuid::now_v7()), draft()).await;
    assert_eq!(second.problem(), "conflict", "one draft at a time");
    let shown = story.in_force(next).await;
    let stand: Vec<(i64, &str)> = shown["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| {
            (
                p["version"].as_i64().unwrap(),
                p["status"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(stand, [(2, "in_force"), (1, "ended")]);
    assert_eq!(
        shown["items"][1]["staff_only"]["ended_why"],
        "第2版に替えた"
    );
}

#[tokio::test]
async fn a_repeated_save_is_one_save_and_a_save_over_somebody_elses_is_refused() {
    let story = Story::new().await;
    let plan = Uuid::now_v7();
    let first = draft();
    story.save(plan, &first).await;
    story.save(plan, &first).await;
    let rows: i64 = sqlx::query_scalar("select count(*) from plan_supporter")
        .fetch_one(story.app.sql())
        .await
        .unwrap();
    assert_eq!(rows, 3);
    let mut mine = draft();
    mine["based_on"] = first["edit_id"].clone();
    mine["supporters"].as_array_mut().unwrap().swap(0, 1);
    let saved = story.save(plan, &mine).await;
    assert_eq!(
        supporters(&saved["items"][0]),
        ["隣家 次郎", "長女 良子", "断り 三郎"]
    );
    let mut late = draft();
    late["based_on"] = first["edit_id"].clone();
    let refused = story.staff.put(&story.path(plan), late).await.expect(409);
    assert!(refused["detail"].as_str().unwrap().contains("ほかの人"));
    let mut wrong = draft();
    wrong["help_needed"] = json!(["diagnosis"]);
    wrong["supporters"][0]["consent_on"] = Value::Null;
    let refused = story
        .staff
        .put(&story.path(Uuid::now_v7()), wrong)
        .await
        .expect(422);
    let pointers: Vec<&str> = refused["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["pointer"].as_str().unwrap())
        .collect();
    assert_eq!(pointers, ["/help_needed/0", "/supporters/0/consent_on"]);
}

#[tokio::test]
async fn medicines_are_sealed_and_no_name_goes_out_without_its_own_consent() {
    let story = Story::new().await;
    let plan = Uuid::now_v7();
    story.save(plan, &draft()).await;
    let early = story.print(&story.staff, plan, "supporters").await;
    assert_eq!(early.problem(), "conflict", "a draft goes to nobody");
    story.in_force(plan).await;
    let stored: Vec<u8> = sqlx::query_scalar("select medical_sealed from evacuation_plan")
        .fetch_one(story.app.sql())
        .await
        .unwrap();
    let needle = "インスリン".as_bytes();
    assert!(!stored.windows(needle.len()).any(|w| w == needle));

    let print = story
        .print(&story.staff, plan, "supporters")
        .await
        .expect(201);
    assert_eq!(supporters(&print["plan"]), ["長女 良子"]);
    assert_eq!(print["plan"]["staff_only"], Value::Null);
    assert_eq!(print["head"]["legal_ground"], "49-15-2");
    assert!(!print.to_string().contains("インスリン"));
    let own = story
        .print(&story.staff, plan, "resident")
        .await
        .expect(201);
    assert_eq!(supporters(&own["plan"]), ["長女 良子", "隣家 次郎"]);
    assert_eq!(own["plan"]["staff_only"]["medical"], "インスリン 朝夕");

    // The neighbour agrees, the daughter withdraws: at once, in the plan that is in force.
    let shown = story
        .staff
        .get(&format!("/api/v1/people/{}/plans", story.person))
        .await
        .expect(200);
    for (n, says) in [(0, "withdrawn"), (1, "consented")] {
        let id = shown["items"][0]["supporters"][n]["id"].as_str().unwrap();
        let path = format!("{}/supporters/{id}/consent", story.path(plan));
        let body = json!({"consent": says, "on": "2026-11-02", "means": "電話"});
        story.staff.post(&path, body).await.expect(200);
    }
    let print = story
        .print(&story.staff, plan, "supporters")
        .await
        .expect(201);
    assert_eq!(supporters(&print["plan"]), ["隣家 次郎"]);
}

#[tokio::test]
async fn a_lead_sees_the_plan_in_force_while_the_resident_agrees_and_nothing_of_medicines() {
    let story = Story::new().await;
    let lead = story.app.lead(&[story.east]).await;
    let path = format!("/api/v1/people/{}/plans", story.person);
    let plan = Uuid::now_v7();
    story.save(plan, &draft()).await;
    assert_eq!(lead.get(&path).await.expect(200)["items"], json!([]));
    story.in_force(plan).await;
    let shown = lead.get(&path).await.expect(200);
    assert_eq!(supporters(&shown["items"][0]), ["長女 良子"]);
    assert_eq!(shown["items"][0]["staff_only"], Value::Null);
    assert!(!shown.to_string().contains("インスリン") && !shown.to_string().contains("箕面市\""));
    let listed = lead.get("/api/v1/roster?plan=in_force").await.expect(200);
    assert_eq!(listed["items"][0]["plan"]["status"], "in_force");
    story.print(&lead, plan, "supporters").await.expect(201);
    let own = story.print(&lead, plan, "resident").await;
    assert_eq!(own.problem(), "forbidden");

    let no = json!({"id": Uuid::now_v7(), "purpose": "plan", "recipient_class": "support_organisation", "status": "withdrawn",
                    "obtained_on": "2026-11-10"});
    let consents = format!("/api/v1/people/{}/consents", story.person);
    story.staff.post(&consents, no).await.expect(201);
    assert_eq!(lead.get(&path).await.expect(200)["items"], json!([]));
    assert_eq!(
        story.print(&lead, plan, "supporters").await.problem(),
        "not-found"
    );
}

#[tokio::test]
async fn a_protected_persons_plan_goes_to_her_alone() {
    let mut story = Story::new().await;
    let protected = Resident::of("措置 花子", story.east).protected();
    story.person = story.app.resident(protected).await;
    let plan = Uuid::now_v7();
    story.save(plan, &draft()).await;
    story.in_force(plan).await;
    assert_eq!(
        story
            .print(&story.staff, plan, "supporters")
            .await
            .problem(),
        "conflict"
    );
    story
        .print(&story.staff, plan, "resident")
        .await
        .expect(201);
    let lead = story.app.lead(&[story.east]).await;
    let path = format!("/api/v1/people/{}/plans", story.person);
    assert_eq!(lead.get(&path).await.problem(), "not-found");
}

#[tokio::test]
async fn a_plan_whose_day_has_come_is_listed_for_review_until_it_was_looked_over() {
    let story = Story::new().await;
    let plan = Uuid::now_v7();
    let mut words = draft();
    words["review_due_on"] = json!("2026-11-02");
    story.save(plan, &words).await;
    let due = "/api/v1/roster?plan=review_due";
    let listed = story.staff.get(due).await.expect(200);
    assert_eq!(listed["items"], json!([]), "a draft is not due");
    story.in_force(plan).await;
    let listed = story.staff.get(due).await.expect(200);
    assert_eq!(listed["items"][0]["plan"]["is_review_due"], true);
    let figures = story.staff.get("/api/v1/roster/coverage").await.expect(200);
    assert_eq!(figures["total"]["plan_review_due"], 1);
    let path = format!("{}/review", story.path(plan));
    let past = json!({"review_due_on": "2026-11-02"});
    story.staff.post(&path, past).await.expect(422);
    let next = json!({"review_due_on": "2028-01-01", "drilled_on": "2026-11-01"});
    let shown = story.staff.post(&path, next).await.expect(200);
    assert_eq!(shown["items"][0]["drilled_on"], "2026-11-01");
    let listed = story.staff.get(due).await.expect(200);
    assert_eq!(listed["items"], json!([]));
    let end = format!("{}/end", story.path(plan));
    let why = json!({"why": "施設に入った"});
    let shown = story.staff.post(&end, why).await.expect(200);
    assert_eq!(shown["items"][0]["status"], "ended");
}
