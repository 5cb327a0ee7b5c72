//! Who reads a report: beside which other drill, with whose words on it, and as a workbook.

use std::io::Cursor;

use calamine::{Data, Reader, Xlsx};
use machimori::accounts::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Morning, soon};

#[tokio::test]
async fn a_drill_is_measured_against_the_last_one_of_its_districts_or_any_that_is_chosen() {
    let morning = Morning::new("drill").await;
    morning.answers().await;
    morning.end().await;
    let first = morning.event;
    morning.pass(10).await;
    let event = crate::events::start(&morning.staff, "drill").await;
    let start = async |districts: &[Uuid]| {
        let body = json!({"id": Uuid::now_v7(), "kind": "safety", "name": "第2回", "districts": districts});
        morning
            .staff
            .post(&format!("/api/v1/events/{event}/rounds"), body)
            .await
            .expect(201)
    };
    let path = format!("/api/v1/events/{event}/report");
    let ask = async |query: &str| morning.staff.get(&format!("{path}{query}")).await;
    // Nothing of these districts yet: nothing to measure against, but something to choose.
    let other = morning.app.district("北豊校区", 9).await;
    start(&[other]).await;
    let report = ask("").await.expect(200);
    assert_eq!(report["against"], Value::Null);
    assert_eq!(report["earlier"][0]["event_id"], json!(first));
    start(&morning.districts[..1]).await;
    for query in [String::new(), format!("?against={first}")] {
        let against = ask(&query).await.expect(200)["against"].clone();
        assert_eq!(against["event_id"], json!(first));
        let totals = &against["figures"]["rounds"][0]["totals"];
        assert_eq!(soon(totals), json!([13, 6, 12, null, null]));
    }
    let unknown = format!("?against={}", Uuid::now_v7());
    assert_eq!(ask(&unknown).await.problem(), "invalid");
}

#[tokio::test]
async fn a_lead_reads_the_report_of_the_own_districts_and_everybody_who_looks_at_counts_reads_any()
{
    let morning = Morning::new("drill").await;
    morning.answers().await;
    morning.end().await;
    let elsewhere = morning.app.district("北豊校区", 9).await;
    let path = morning.path();
    let stranger = morning.app.lead(&[elsewhere]).await;
    assert_eq!(stranger.get(&path).await.problem(), "not-found");
    for reader in [
        morning.app.lead(&morning.districts[1..2]).await,
        morning.app.log_in(Role::Planner, &[]).await,
        morning.app.log_in(Role::Auditor, &[]).await,
    ] {
        let report = reader.get(&path).await.expect(200);
        let kept = &report["at_close"]["figures"]["rounds"][0]["totals"];
        assert_eq!(soon(kept)[1], 6);
    }
    // Nothing of it is ever changed.
    for sql in [
        "set role m_hq_staff; update after_action_report set as_of = now()",
        "set role m_job; delete from after_action_report",
    ] {
        let mut conn = morning.app.sql().acquire().await.unwrap();
        let refused = sqlx::raw_sql(sql).execute(&mut *conn).await;
        assert!(
            refused
                .unwrap_err()
                .to_string()
                .contains("permission denied")
        );
        conn.close().await.unwrap();
    }
}

#[tokio::test]
async fn what_is_written_about_it_is_kept_and_the_newest_words_hold() {
    let morning = Morning::new("drill").await;
    let path = format!("{}/remarks", morning.path());
    let first = Uuid::now_v7();
    for (id, words) in [
        (first, "初動は早かった。"),
        (first, "初動は早かった。"),
        (Uuid::now_v7(), "初動は早く、西豊が遅れた。"),
    ] {
        let body = json!({"id": id, "section": "summary", "words": words});
        morning.staff.post(&path, body).await.expect(201);
    }
    let remarks = morning.report().await["remarks"].clone();
    assert_eq!(remarks.as_array().unwrap().len(), 1);
    assert_eq!(remarks[0]["words"], "初動は早く、西豊が遅れた。");
    let kept: i64 = sqlx::query_scalar("select count(*) from report_remark")
        .fetch_one(morning.app.sql())
        .await
        .unwrap();
    assert_eq!(kept, 2);
}

#[tokio::test]
async fn the_workbook_says_drill_and_as_of_when_and_its_counts_are_numbers() {
    let morning = Morning::new("drill").await;
    morning.answers().await;
    let reply = morning
        .staff
        .get(&format!("{}/export", morning.path()))
        .await;
    assert_eq!(reply.status, 200);
    let mut book = Xlsx::new(Cursor::new(reply.bytes)).unwrap();
    let names = [
        "概要",
        "校区別",
        "応答曲線",
        "方法別",
        "確認できなかった理由",
        "救助",
        "参加者",
        "準備",
        "所見",
    ];
    assert_eq!(book.sheet_names(), names);
    let sheet = book.worksheet_range("校区別").unwrap();
    let title = sheet.get_value((0, 0)).unwrap().to_string();
    assert!(
        title.starts_with("【訓練】") && title.contains("現在"),
        "{title}"
    );
    let all = sheet.rows().next_back().unwrap();
    assert_eq!(
        all[..4],
        [
            Data::String("【訓練】".into()),
            Data::String("全体".into()),
            Data::Float(13.0),
            Data::Float(6.0)
        ]
    );
    // A quarter that nobody reached is not nought minutes.
    assert_eq!(
        all[12..14],
        [Data::String("未到達".into()), Data::String("未到達".into())]
    );
}
