//! Looking people up, and what is changed about them by hand.

use chrono::Utc;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::town::Resident;
use crate::harness::{Client, TestApp};

fn ids(page: &Value) -> Vec<Uuid> {
    page["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| serde_json::from_value(p["id"].clone()).unwrap())
        .collect()
}

async fn search(client: &Client, query: &str) -> Value {
    let encoded: String = query.bytes().map(|b| format!("%{b:02X}")).collect();
    client
        .get(&format!("/api/v1/people?query={encoded}"))
        .await
        .expect(200)
}

/// A resident whose search keys are as the importer writes them.
async fn named(app: &TestApp, name: &str, kana: &str, district: Uuid) -> Uuid {
    let id = app.resident(Resident::of(name, district)).await;
    sqlx::query("update person set name_kana = $2, name_key = $3, kana_key = $4 where id = $1")
        .bind(id)
        .bind(kana)
        .bind(machimori::text::kana::search_key(name))
        .bind(machimori::text::kana::kana_key(kana))
        .execute(app.sql())
        .await
        .unwrap();
    sqlx::query(
        "update contact set value = '06-6858-2525', value_key = '0668582525' where person_id = $1",
    )
    .bind(id)
    .execute(app.sql())
    .await
    .unwrap();
    id
}

#[tokio::test]
async fn a_name_is_found_however_it_is_written_and_each_answer_is_audited_once_with_who_was_shown()
{
    let app = TestApp::new().await;
    let staff = app.staff().await;
    let district = app.district("東", 0).await;
    let takahashi = named(&app, "髙橋 和子", "たかはし かずこ", district).await;
    named(&app, "佐藤 一郎", "さとう いちろう", district).await;
    for query in ["高橋", "ﾀｶﾊｼ", "たかはし", "和子", "06(6858)2525"] {
        let page = search(&staff, query).await;
        assert!(ids(&page).contains(&takahashi), "{query}");
    }
    assert_eq!(ids(&search(&staff, "髙橋").await), [takahashi]);
    let audited: Vec<Vec<Uuid>> = sqlx::query_scalar(
        "select subject_ids from audit_entry where action = 'people.search' order by id",
    )
    .fetch_all(app.sql())
    .await
    .unwrap();
    assert_eq!(audited.len(), 6);
    assert_eq!(audited[5], [takahashi]);
    let kept: String = sqlx::query_scalar("select string_agg(detail::text, ' ') from audit_entry")
        .fetch_one(app.sql())
        .await
        .unwrap();
    assert!(
        !kept.contains("橋"),
        "the audit keeps ids, not what was typed: {kept}"
    );
    // A wildcard is a letter like any other.
    assert!(ids(&search(&staff, "%%%").await).is_empty());
}

#[tokio::test]
async fn a_search_without_anything_to_search_for_is_refused_and_a_district_is_listed_by_pages() {
    let app = TestApp::new().await;
    let staff = app.staff().await;
    let district = app.district("東", 0).await;
    for n in 0..52 {
        named(
            &app,
            &format!("町田 {n:02}"),
            &format!("まちだ {n:02}"),
            district,
        )
        .await;
    }
    assert_eq!(staff.get("/api/v1/people").await.problem(), "invalid");
    let first = staff
        .get(&format!("/api/v1/people?district={district}"))
        .await
        .expect(200);
    let next = first["next"].as_str().unwrap();
    let second = staff
        .get(&format!("/api/v1/people?district={district}&after={next}"))
        .await
        .expect(200);
    let mut all = [ids(&first), ids(&second)].concat();
    assert_eq!((ids(&first).len(), &second["next"]), (50, &Value::Null));
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), 52);
}

#[tokio::test]
async fn a_lead_sees_what_help_is_needed_and_nothing_that_is_only_headquarters() {
    let app = TestApp::new().await;
    let (east, west) = (app.district("東", 0).await, app.district("西", 1).await);
    let home = app.household("同意家").await;
    let person = app
        .resident(Resident::of("同意 花子", east).household(home))
        .await;
    let hidden = app
        .resident(Resident::of("同意 隠子", east).household(home).protected())
        .await;
    let elsewhere = app.resident(Resident::of("西の 五郎", west)).await;
    let refused = app
        .resident(Resident::of("不同意 三郎", east).consent("refused"))
        .await;
    let (staff, lead) = (app.staff().await, app.lead(&[east]).await);
    let shown = lead
        .get(&format!("/api/v1/people/{person}"))
        .await
        .expect(200);
    assert_eq!(
        (&shown["listing"]["help_needed"], &shown["staff_only"]),
        (&json!(["wheelchair"]), &Value::Null)
    );
    assert_eq!(
        shown["household"],
        json!([]),
        "a protected person is absent from others' households"
    );
    for id in [hidden, elsewhere, refused] {
        assert_eq!(
            lead.get(&format!("/api/v1/people/{id}")).await.problem(),
            "not-found"
        );
    }
    let all = staff
        .get(&format!("/api/v1/people/{person}"))
        .await
        .expect(200);
    assert_eq!(
        all["staff_only"]["reasons"][0]["category"],
        "care_level_3_5"
    );
    assert_eq!(all["household"][0]["is_protected"], true);
    assert_eq!(
        lead.get(&format!("/api/v1/people?district={west}"))
            .await
            .problem(),
        "forbidden"
    );
}

#[tokio::test]
async fn a_withdrawn_consent_takes_the_person_from_the_leads_list_at_once_and_the_old_row_stays() {
    let app = TestApp::new().await;
    let east = app.district("東", 0).await;
    let person = app.resident(Resident::of("同意 花子", east)).await;
    let (staff, lead) = (app.staff().await, app.lead(&[east]).await);
    let path = format!("/api/v1/people/{person}");
    lead.get(&path).await.expect(200);
    let consent = json!({"id": Uuid::now_v7(), "purpose": "roster", "recipient_class": "support_organisation", "status": "withdrawn",
        "obtained_on": Utc::now().date_naive(), "means": "電話"});
    let after = staff
        .post(&format!("{path}/consents"), consent.clone())
        .await
        .expect(201);
    staff
        .post(&format!("{path}/consents"), consent)
        .await
        .expect(201);
    assert_eq!(after["roster_consent"], "withdrawn");
    let list = staff.get(&path).await.expect(200);
    assert_eq!(list["staff_only"]["consents"].as_array().unwrap().len(), 2);
    assert_eq!(lead.get(&path).await.problem(), "not-found");
    let future = json!({"id": Uuid::now_v7(), "purpose": "roster", "recipient_class": "police", "status": "consented", "obtained_on": "2199-01-01"});
    assert_eq!(
        staff
            .post(&format!("{path}/consents"), future)
            .await
            .problem(),
        "invalid"
    );
}

#[tokio::test]
async fn a_district_fixed_by_hand_needs_a_reason_and_keeps_it() {
    let app = TestApp::new().await;
    let (east, west) = (app.district("東", 0).await, app.district("西", 1).await);
    let person = app.resident(Resident::of("同意 花子", east)).await;
    let staff = app.staff().await;
    let path = format!("/api/v1/people/{person}/district");
    let reply = staff
        .put(&path, json!({"district_id": west, "reason": ""}))
        .await;
    assert_eq!(reply.problem(), "invalid");
    let fixed = staff
        .put(
            &path,
            json!({"district_id": west, "reason": "校区調整区域のため"}),
        )
        .await
        .expect(200);
    assert_eq!(fixed["district"]["id"], json!(west));
    assert_eq!(
        (
            &fixed["staff_only"]["district_basis"],
            &fixed["staff_only"]["district_reason"]
        ),
        (&json!("hand"), &json!("校区調整区域のため"))
    );
    let nowhere = json!({"district_id": Uuid::now_v7(), "reason": "試験"});
    assert_eq!(staff.put(&path, nowhere).await.problem(), "invalid");
}

#[tokio::test]
async fn standing_contacts_are_replaced_and_may_come_back_the_same_day() {
    let app = TestApp::new().await;
    let (east, west) = (app.district("東", 0).await, app.district("西", 1).await);
    let person = app.resident(Resident::of("同意 花子", east)).await;
    let (a, b) = (
        app.volunteer("協力 者一", &[east]).await,
        app.volunteer("協力 者二", &[east]).await,
    );
    let far = app.volunteer("西の 協力者", &[west]).await;
    let lead = app.lead(&[east]).await;
    let path = format!("/api/v1/people/{person}/standing-contacts");
    let set = |list: Value| json!({"contacts": list});
    let names = |p: &Value| {
        p["standing_contacts"]
            .as_array()
            .unwrap()
            .iter()
            .map(|c| c["volunteer_id"].clone())
            .collect::<Vec<_>>()
    };
    let both = set(json!([{"volunteer_id": a, "rank": 1}, {"volunteer_id": b, "rank": 2}]));
    assert_eq!(
        names(&lead.put(&path, both).await.expect(200)),
        [json!(a), json!(b)]
    );
    let swapped = set(json!([{"volunteer_id": b, "rank": 1}, {"volunteer_id": a, "rank": 2}]));
    assert_eq!(
        names(&lead.put(&path, swapped).await.expect(200)),
        [json!(b), json!(a)]
    );
    assert!(names(&lead.put(&path, set(json!([]))).await.expect(200)).is_empty());
    let back = set(json!([{"volunteer_id": a, "rank": 1}]));
    assert_eq!(names(&lead.put(&path, back).await.expect(200)), [json!(a)]);
    let stranger = set(json!([{"volunteer_id": far, "rank": 1}]));
    let refused = lead.put(&path, stranger).await.expect(422);
    assert_eq!(refused["errors"][0]["pointer"], "/contacts/0/volunteer_id");
    let twice = set(json!([{"volunteer_id": a, "rank": 1}, {"volunteer_id": a, "rank": 2}]));
    assert_eq!(lead.put(&path, twice).await.problem(), "invalid");
}
