//! Rows that only a human can decide about.

use serde_json::json;

use super::roster::{line, roster, town};
use super::sites::percent;
use super::*;

const PARTIAL: &str = r#"{"is_partial":true}"#;

/// Forty numbered people are kept, two of whom are called the same and were born on the same day; a list without numbers comes in:
/// one row resembles one of them, one resembles two, two resemble nobody.
async fn waiting_list(app: &TestApp, staff: &Client) -> Value {
    town(app).await;
    let mut kept: Vec<String> = (1..=40).map(|n| line(n, &[])).collect();
    kept[8] = line(9, &[("name", "試験8子"), ("kana", "シケン8コ")]);
    let import = bring(app, staff, "kind=roster", roster(&kept)).await;
    apply(app, staff, &import).await;
    let list = roster(&[
        line(1, &[("no", ""), ("phone", "06-6858-9999")]),
        line(8, &[("no", ""), ("address", "豊中市よその町1")]),
        line(71, &[("no", ""), ("birth", "昭和11年1月1日")]),
        line(72, &[("no", ""), ("birth", "昭和12年1月1日")]),
    ]);
    let query = format!("kind=roster&mapping={}", percent(PARTIAL));
    bring(app, staff, &query, list).await
}

fn path(import: &Value, end: &str) -> String {
    format!("/api/v1/imports/{}/{end}", import["id"].as_str().unwrap())
}

async fn waiting(client: &Client, import: &Value) -> Value {
    client.get(&path(import, "waiting")).await.expect(200)
}

async fn together(client: &Client, import: &Value, what: &str) -> Value {
    let at = path(import, "waiting/decide");
    client.post(&at, json!({ "what": what })).await.expect(200)
}

#[tokio::test]
async fn each_waiting_row_stands_beside_the_people_it_might_be_with_what_differs() {
    let app = TestApp::new().await;
    let staff = app.staff().await;
    let import = waiting_list(&app, &staff).await;
    assert_eq!(
        (counts(&import), &import["counts"]["waiting"]),
        ([0, 0, 0, 0, 0], &json!(4)),
        "{import}"
    );
    let page = waiting(&staff, &import).await;
    assert_eq!(
        page["sorts"],
        json!({"waiting": 4, "decided": 0, "without_candidate": 2, "one_candidate": 1})
    );
    let items = page["items"].as_array().unwrap();
    let candidates: Vec<usize> = items
        .iter()
        .map(|r| r["candidates"].as_array().unwrap().len())
        .collect();
    assert_eq!(candidates, [1, 2, 0, 0]);
    let alike = &items[0]["candidates"][0];
    assert_eq!(alike["who"]["resident_no"], "00000001");
    assert_eq!(alike["differs"], json!(["phones"]));
    assert_eq!(alike["is_listed"], true);
    assert!(
        items[1]["candidates"][0]["differs"]
            .as_array()
            .unwrap()
            .contains(&json!("address"))
    );
    assert_eq!(audited(&app, "imports.read_waiting").await, 1);
    let read: i64 = sqlx::query_scalar(
        "select cardinality(subject_ids)::int8 from audit_entry where action = 'imports.read_waiting'",
    )
    .fetch_one(app.sql())
    .await
    .unwrap();
    assert_eq!(read, 3, "whose records were shown is on record");
}

#[tokio::test]
async fn a_decision_is_taken_back_without_a_trace_on_the_row_until_the_list_is_applied() {
    let app = TestApp::new().await;
    let staff = app.staff().await;
    let import = waiting_list(&app, &staff).await;
    let before = waiting(&staff, &import).await;
    let person = before["items"][0]["candidates"][0]["person_id"].clone();
    let first = path(&import, "rows/1/match");

    staff
        .put(&first, json!({ "person_id": person }))
        .await
        .expect(200);
    let changed = rows(&staff, &import, "change").await;
    assert_eq!(changed[0]["changed"], json!(["phones"]));
    assert!(
        !messages(&changed[0]).contains("選ぶまで"),
        "a decided row waits no longer"
    );
    // Another word replaces the first; then nothing is said any more.
    staff
        .put(&first, json!({ "leave_out": true }))
        .await
        .expect(200);
    let left_out = waiting(&staff, &import).await;
    assert_eq!(left_out["items"][0]["decision"], "leave_out");
    assert_eq!(left_out["sorts"]["waiting"], 3);
    staff.delete(&first).await.expect(200);
    let again = waiting(&staff, &import).await;
    assert_eq!(again, before, "as it waited");

    staff
        .put(&first, json!({ "person_id": person, "leave_out": true }))
        .await
        .problem();
    let stranger = json!({ "person_id": Uuid::now_v7() });
    assert_eq!(staff.put(&first, stranger).await.problem(), "conflict");
    staff
        .put(&first, json!({ "person_id": person }))
        .await
        .expect(200);
    apply(&app, &staff, &import).await;
    assert_eq!(
        staff.delete(&first).await.problem(),
        "conflict",
        "applied is applied"
    );
    assert_eq!(
        count(&app, "select count(*) from contact c join person p on p.id = c.person_id where p.resident_no = '00000001' and c.value = '06-6858-9999'").await,
        1,
        "the number of the person chosen stays"
    );
    assert_eq!(
        count(&app, "select count(*) from person").await,
        40,
        "undecided rows do nothing"
    );
}

#[tokio::test]
async fn rows_of_a_sort_are_decided_in_one_request_and_by_name_in_the_audit() {
    let app = TestApp::new().await;
    let staff = app.staff().await;
    let import = waiting_list(&app, &staff).await;
    let new = together(&staff, &import, "new_without_candidate").await;
    assert_eq!(
        (
            &new["decided"],
            &new["counts"]["add"],
            &new["counts"]["waiting"]
        ),
        (&json!(2), &json!(2), &json!(2))
    );
    let same = together(&staff, &import, "person_with_one_candidate").await;
    assert_eq!(
        (
            &same["decided"],
            &same["counts"]["change"],
            &same["counts"]["waiting"]
        ),
        (&json!(1), &json!(1), &json!(1)),
        "who resembles two people is nobody's bulk"
    );
    let named: Vec<Vec<Uuid>> = sqlx::query_scalar(
        "select subject_ids from audit_entry where action = 'imports.decide_rows' order by id",
    )
    .fetch_all(app.sql())
    .await
    .unwrap();
    assert_eq!((named[0].len(), named[1].len()), (0, 1));

    let back = together(&staff, &import, "take_back").await;
    assert_eq!(
        (&back["decided"], &back["counts"]["waiting"]),
        (&json!(3), &json!(4))
    );
    together(&staff, &import, "new_without_candidate").await;
    apply(&app, &staff, &import).await;
    assert_eq!(count(&app, "select count(*) from person").await, 42);
    let late = staff
        .post(
            &path(&import, "waiting/decide"),
            json!({ "what": "take_back" }),
        )
        .await;
    assert_eq!(late.problem(), "conflict");
}

#[tokio::test]
async fn one_person_is_never_two_rows_and_the_screen_names_the_other_row() {
    let app = TestApp::new().await;
    let staff = app.staff().await;
    town(&app).await;
    let kept: Vec<String> = (1..=40).map(|n| line(n, &[])).collect();
    let import = bring(&app, &staff, "kind=roster", roster(&kept)).await;
    apply(&app, &staff, &import).await;
    let twice = roster(&[
        line(1, &[("no", "")]),
        line(
            1,
            &[
                ("no", ""),
                ("address", "豊中市よその町1"),
                ("household", ""),
            ],
        ),
    ]);
    let query = format!("kind=roster&mapping={}", percent(PARTIAL));
    let import = bring(&app, &staff, &query, twice).await;
    let page = waiting(&staff, &import).await;
    assert_eq!(page["sorts"]["one_candidate"], 0, "two rows want her");
    let person = page["items"][0]["candidates"][0]["person_id"].clone();
    let chosen = json!({ "person_id": person });
    staff
        .put(&path(&import, "rows/1/match"), chosen.clone())
        .await
        .expect(200);
    let second = staff.put(&path(&import, "rows/2/match"), chosen).await;
    assert_eq!(second.problem(), "conflict");
    let page = waiting(&staff, &import).await;
    assert_eq!(page["items"][1]["candidates"][0]["taken_by_line"], 2);
}

#[tokio::test]
async fn deciding_is_no_way_round_the_second_person() {
    let app = TestApp::new().await;
    let (first, second) = (app.staff().await, app.staff().await);
    town(&app).await;
    let kept: Vec<String> = (1..=20).map(|n| line(n, &[])).collect();
    let import = bring(&app, &first, "kind=roster", roster(&kept)).await;
    apply(&app, &first, &import).await;
    let list: Vec<String> = (1..=4)
        .map(|n| line(n, &[("no", ""), ("phone", "06-6858-7777")]))
        .collect();
    let query = format!("kind=roster&mapping={}", percent(PARTIAL));
    let import = bring(&app, &first, &query, roster(&list)).await;
    assert_eq!(import["needs_second"], false);
    together(&first, &import, "person_with_one_candidate").await;
    assert_eq!(
        ask_to_apply(&first, &import, "").await.problem(),
        "second-person-required"
    );
    assert_eq!(apply(&app, &second, &import).await["status"], "applied");
}
