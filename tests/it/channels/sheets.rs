//! Paper: numbered, on record before it is printed, typed in as walked.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use super::couple;
use crate::field::town::Story;
use crate::harness::Client;
use crate::harness::town::Resident;

async fn printed(client: &Client, story: &Story, extra: Value) -> Value {
    let mut body =
        json!({"id": Uuid::now_v7(), "district_id": story.here, "volunteer_id": story.volunteer});
    for (key, value) in extra.as_object().unwrap() {
        body[key] = value.clone();
    }
    let path = format!("/api/v1/rounds/{}/sheets", story.round);
    client.post(&path, body).await.expect(201)
}

fn names(sheet: &Value) -> Vec<&str> {
    let lines = sheet["lines"].as_array().unwrap();
    lines.iter().map(|l| l["name"].as_str().unwrap()).collect()
}

fn line_path(sheet: &Value, line: usize) -> String {
    format!("/api/v1/sheets/{}/lines/{line}", sheet["copy"]["serial"])
}

async fn sheet(client: &Client, printed: &Value) -> Value {
    let path = format!("/api/v1/sheets/{}", printed["copy"]["serial"]);
    client.get(&path).await.expect(200)
}

#[tokio::test]
async fn a_sheet_is_numbered_in_walking_order_with_homes_together_and_on_record_for_every_line() {
    let story = Story::drill().await;
    couple(&story).await;
    let (far, _) = story.resident("奥の 一郎").await;
    story
        .run(
            "update residence set address = '豊中市試験町1丁目10番1号' where person_id = $1",
            far,
        )
        .await;
    let (near, _) = story.resident("手前 二郎").await;
    story
        .run(
            "update residence set address = '豊中市試験町1丁目1番1号' where person_id = $1",
            near,
        )
        .await;
    let staff = story.app.staff().await;
    let id = Uuid::now_v7();
    let first = printed(&staff, &story, json!({"id": id})).await;
    // 1番, 2番, 10番, and those of one home side by side.
    let at = names(&first);
    assert_eq!((at[0], at[3]), ("手前 二郎", "奥の 一郎"));
    let homes: Vec<_> = first["lines"]
        .as_array()
        .unwrap()
        .iter()
        .map(|l| l["home_no"].clone())
        .collect();
    assert_eq!(homes, [1, 2, 2, 3]);
    assert_eq!(first["lines"][0]["phones"][0]["value"], "06-0000-0001");
    assert_eq!(first["event"]["kind"], "drill");
    assert_eq!(
        (&first["copy"]["recipient_name"], &first["legal_ground"]),
        (&json!("民生 花子"), &json!("49-11-2"))
    );
    // Saying it twice is one copy; another one has the next number.
    assert_eq!(printed(&staff, &story, json!({"id": id})).await, first);
    let second = printed(&staff, &story, json!({})).await;
    assert_eq!(
        second["copy"]["serial"].as_i64().unwrap(),
        first["copy"]["serial"].as_i64().unwrap() + 1
    );
    let audited: Vec<i32> = sqlx::query_scalar(
        "select cardinality(subject_ids) from audit_entry where action = 'sheets.print' and legal_ground = '49-11-2'",
    )
    .fetch_all(story.app.sql())
    .await
    .unwrap();
    assert_eq!(audited, [4, 4]);
    assert_eq!(story.count("select count(*) from print_copy_line").await, 8);
    assert_eq!(
        story
            .count("select count(*) from audit_entry where action = 'sheets.print_again'")
            .await,
        1
    );
}

#[tokio::test]
async fn only_whom_a_volunteer_may_be_shown_stands_on_paper() {
    let story = Story::drill().await;
    story.resident("同意 花子").await;
    let mut hidden = Vec::new();
    for resident in [
        Resident::of("無回答 次郎", story.here).consent("unanswered"),
        Resident::of("支援 措置", story.here).protected(),
        Resident::of("他の 担当", story.here),
    ] {
        let person = story.app.resident(resident).await;
        hidden.push(story.unassigned(person).await);
    }
    // Assigned, by whatever mistake: the law decides, not the assignment.
    story.assign(hidden[0]).await;
    story.assign(hidden[1]).await;
    let staff = story.app.staff().await;
    assert_eq!(
        names(&printed(&staff, &story, json!({})).await),
        ["同意 花子"]
    );
    let district = json!({"volunteer_id": null, "recipient_name": "校区の 会長"});
    let whole = printed(&staff, &story, district).await;
    assert_eq!(names(&whole).len(), 2);
    assert!(!whole.to_string().contains("措置") && !whole.to_string().contains("無回答"));
    // Somebody has to be given the paper, and a lead prints at home only.
    let path = format!("/api/v1/rounds/{}/sheets", story.round);
    let nobody = json!({"id": Uuid::now_v7(), "district_id": story.here});
    assert_eq!(staff.post(&path, nobody).await.problem(), "invalid");
    let lead = story.app.lead(&[story.elsewhere]).await;
    let foreign =
        json!({"id": Uuid::now_v7(), "district_id": story.here, "recipient_name": "会長"});
    assert_eq!(lead.post(&path, foreign).await.problem(), "forbidden");
    let serial = format!("/api/v1/sheets/{}", whole["copy"]["serial"]);
    assert_eq!(lead.get(&serial).await.problem(), "not-found");
    let own = story.app.lead(&[story.here]).await;
    assert_eq!(
        sheet(&own, &whole).await["lines"].as_array().unwrap().len(),
        2
    );
}

#[tokio::test]
async fn a_line_is_typed_in_as_walked_by_whom_and_when_the_paper_says() {
    let story = Story::drill().await;
    let (_, member) = story.resident("山田 花子").await;
    let staff = story.app.staff().await;
    let paper = printed(&staff, &story, json!({})).await;
    let printed_at: DateTime<Utc> =
        serde_json::from_value(paper["copy"]["printed_at"].clone()).unwrap();
    story.app.app.clock.advance(TimeDelta::minutes(20));
    let walked = printed_at + TimeDelta::minutes(12);
    let id = Uuid::now_v7();
    let body = json!({"id": id, "outcome": "safe", "attempt": "met", "observed_at": walked});
    let typed = staff
        .post(&line_path(&paper, 1), body.clone())
        .await
        .expect(201);
    assert_eq!(typed["member"]["bucket"], "safe");
    assert_eq!(typed["line"]["typed"][0]["outcome"], "safe");
    // The answer was lost: said again it is the same entry.
    staff.post(&line_path(&paper, 1), body).await.expect(201);
    let row: (String, Uuid, String, Uuid, DateTime<Utc>) = sqlx::query_as(
        "select channel, observer_id, observer_kind, typed_by, observed_at from observation where copy_id is not null",
    )
    .fetch_one(story.app.sql())
    .await
    .unwrap();
    assert_eq!(
        (row.0.as_str(), row.1, row.2.as_str(), row.3),
        ("paper", story.volunteer, "volunteer", staff.id())
    );
    assert_eq!(row.4.timestamp_millis(), walked.timestamp_millis());
    let path = format!("/api/v1/rounds/{}/members/{member}", story.round);
    let seen = staff.get(&path).await.expect(200)["observations"][0].clone();
    assert_eq!(
        (
            &seen["channel"],
            &seen["observer_name"],
            &seen["sheet_serial"]
        ),
        (
            &json!("paper"),
            &json!("民生 花子"),
            &paper["copy"]["serial"]
        )
    );
    assert_eq!(seen["typed_by_name"], "試験 hq_staff");
    for (pointer, at) in [
        ("/observed_at", walked + TimeDelta::hours(3)),
        ("/observed_at", printed_at - TimeDelta::hours(1)),
    ] {
        let wrong = json!({"id": Uuid::now_v7(), "attempt": "no_answer", "observed_at": at, "is_another_visit": true});
        let refused = staff.post(&line_path(&paper, 1), wrong).await.expect(422);
        assert_eq!(refused["errors"][0]["pointer"], pointer);
    }
    let missing = json!({"id": Uuid::now_v7(), "attempt": "no_answer", "observed_at": walked});
    assert_eq!(
        staff.post(&line_path(&paper, 2), missing).await.problem(),
        "not-found"
    );
}

#[tokio::test]
async fn a_line_typed_a_second_time_is_shown_as_typed_and_may_be_put_right_or_taken_back() {
    let story = Story::drill().await;
    let (_, member) = story.resident("山田 花子").await;
    let (one, two) = (story.app.staff().await, story.app.staff().await);
    let paper = printed(&one, &story, json!({})).await;
    let at = story.now();
    let entry = |extra: Value| {
        let mut body = json!({"id": Uuid::now_v7(), "attempt": "met", "observed_at": at});
        for (key, value) in extra.as_object().unwrap() {
            body[key] = value.clone();
        }
        body
    };
    let path = line_path(&paper, 1);
    // Two desks with the same sheet, at the same moment: one of them is told.
    let both = [
        entry(json!({"outcome": "safe"})),
        entry(json!({"outcome": "safe"})),
    ];
    let (a, b) = tokio::join!(
        one.post(&path, both[0].clone()),
        two.post(&path, both[1].clone())
    );
    let mut statuses = [a.status.as_u16(), b.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409]);
    assert_eq!(story.count("select count(*) from observation").await, 1);
    let shown = sheet(&two, &paper).await;
    let typed = shown["lines"][0]["typed"].as_array().unwrap().clone();
    assert_eq!(
        (typed.len(), &typed[0]["typed_by_name"]),
        (1, &json!("試験 hq_staff"))
    );
    assert_eq!(shown["copy"]["typed_lines"], 1);

    let minor = entry(json!({"outcome": "injured_minor", "corrects": typed[0]["id"]}));
    two.post(&path, minor.clone()).await.expect(201);
    assert_eq!(story.bucket(member).await, "need_help");
    // What was put right stands no more: putting it right again is a doubt, not a silent second row.
    let again = entry(json!({"outcome": "safe", "corrects": typed[0]["id"]}));
    assert_eq!(one.post(&path, again).await.problem(), "conflict");
    let undo = entry(json!({"corrects": minor["id"], "is_withdrawal": true}));
    let after = one.post(&path, undo).await.expect(201);
    assert_eq!(
        story.state(member).await.0,
        after["member"]["bucket"].as_str().unwrap()
    );
    let visit = entry(json!({"attempt": "no_answer", "is_another_visit": true}));
    one.post(&path, visit).await.expect(201);
}

#[tokio::test]
async fn a_placard_on_paper_speaks_for_the_home_and_a_rescue_rings() {
    let story = Story::of("disaster").await;
    let (taro, hanako) = couple(&story).await;
    let staff = story.app.staff().await;
    let paper = printed(&staff, &story, json!({})).await;
    let at = story.now();
    let shown =
        json!({"id": Uuid::now_v7(), "attempt": "marker", "marker": "shown", "observed_at": at});
    staff.post(&line_path(&paper, 1), shown).await.expect(201);
    assert_eq!(
        (story.bucket(taro).await, story.bucket(hanako).await),
        ("safe".into(), "safe".into())
    );
    let rescue = json!({"id": Uuid::now_v7(), "attempt": "met", "outcome": "needs_rescue", "needs": ["trapped"], "observed_at": at});
    staff.post(&line_path(&paper, 2), rescue).await.expect(201);
    let queue = staff
        .get(&format!("/api/v1/events/{}/rescues", story.event))
        .await
        .expect(200);
    assert_eq!(queue["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn what_became_of_a_copy_is_written_down_and_a_late_sheet_counts() {
    let story = Story::drill().await;
    let (_, member) = story.resident("山田 花子").await;
    let staff = story.app.staff().await;
    let paper = printed(&staff, &story, json!({"return_due_on": "2026-12-01"})).await;
    staff
        .post(&format!("/api/v1/rounds/{}/close", story.round), json!({}))
        .await
        .expect(200);
    let late = json!({"id": Uuid::now_v7(), "attempt": "met", "outcome": "safe", "observed_at": story.now()});
    staff.post(&line_path(&paper, 1), late).await.expect(201);
    assert_eq!(story.bucket(member).await, "safe");
    let acts = format!("/api/v1/sheets/{}/acts", paper["copy"]["serial"]);
    let returned = json!({"id": Uuid::now_v7(), "kind": "returned", "note": "窓口で受け取り"});
    staff.post(&acts, returned.clone()).await.expect(201);
    let copy = staff.post(&acts, returned).await.expect(201);
    assert_eq!(
        (
            copy["acts"].as_array().unwrap().len(),
            &copy["acts"][0]["kind"]
        ),
        (1, &json!("returned"))
    );
    let list = staff
        .get(&format!("/api/v1/rounds/{}/sheets", story.round))
        .await
        .expect(200);
    assert_eq!(
        (
            &list["items"][0]["return_due_on"],
            &list["items"][0]["typed_lines"]
        ),
        (&json!("2026-12-01"), &json!(1))
    );
}

#[tokio::test]
async fn a_sheet_names_the_districts_own_number_or_none_at_all() {
    let story = Story::drill().await;
    story.resident("同意 花子").await;
    let staff = story.app.staff().await;
    let bare = printed(&staff, &story, json!({})).await;
    assert_eq!(
        (&bare["municipality"], &bare["district_phone"]),
        (&json!(""), &json!(""))
    );
    sqlx::query("update instance set municipality = 'ももた市', phone = '06-6858-1111'")
        .execute(story.app.sql())
        .await
        .unwrap();
    let named = printed(&staff, &story, json!({})).await;
    let wanted = (&json!("ももた市"), &json!("06-6858-1111"));
    assert_eq!((&named["municipality"], &named["district_phone"]), wanted);
    let own = "insert into district_phone (district_id, phone) values ($1, '06-6858-2222')";
    story.run(own, story.here).await;
    let own = printed(&staff, &story, json!({})).await;
    assert_eq!(own["district_phone"], "06-6858-2222");
}
