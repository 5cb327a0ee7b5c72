//! Staged rows are personal data: they go when an import can be taken back no longer, and boards move when one came in.

use machimori::db::Scope;
use machimori::imports::PurgeImports;
use machimori::safety::live;
use serde_json::json;
use sqlx::postgres::PgListener;

use super::command::machimori;
use super::roster::{line, roster, town};
use super::*;
use crate::events;

/// The nightly job, now.
async fn night(app: &TestApp) {
    let mut tx = app.db().begin(&Scope::cli(None)).await.unwrap();
    jobs::enqueue(&mut tx, &PurgeImports {}, None, None)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    jobs::run_pending(&app.app).await.unwrap();
}

async fn days_pass(app: &TestApp, days: i32) {
    sqlx::query("update import_batch set created_at = created_at - make_interval(days => $1), staged_at = staged_at - make_interval(days => $1), applied_at = applied_at - make_interval(days => $1), undone_at = undone_at - make_interval(days => $1)")
        .bind(days)
        .execute(app.sql())
        .await
        .unwrap();
}

async fn rows_of(app: &TestApp, import: &Value) -> i64 {
    sqlx::query_scalar("select count(*) from import_row where batch_id = $1")
        .bind(id_of(&import["id"]))
        .fetch_one(app.sql())
        .await
        .unwrap()
}

#[tokio::test]
async fn thirty_days_after_it_was_applied_a_list_is_forgotten_and_says_that_it_cannot_be_taken_back()
 {
    let app = TestApp::new().await;
    let staff = app.staff().await;
    town(&app).await;
    let lines: Vec<String> = (1..=3).map(|n| line(n, &[])).collect();
    let import = bring(&app, &staff, "kind=roster", roster(&lines)).await;
    assert_eq!(import["undo_until"], Value::Null, "nothing to take back");
    let applied = apply(&app, &staff, &import).await;
    let at = |field: &str| {
        chrono::DateTime::parse_from_rfc3339(applied[field].as_str().unwrap()).unwrap()
    };
    assert_eq!((at("undo_until") - at("applied_at")).num_days(), 30);

    days_pass(&app, 29).await;
    night(&app).await;
    assert_eq!(
        rows_of(&app, &import).await,
        3,
        "it can still be taken back"
    );
    days_pass(&app, 2).await;
    night(&app).await;
    assert_eq!(
        count(&app, "select count(*) from import_row where incoming::text like '%試験%' or before::text like '%試験%' or waited::text like '%試験%'").await,
        0,
        "nobody's data stays staged"
    );
    let found = show(&staff, import["id"].as_str().unwrap()).await;
    assert_eq!(
        (
            &found["status"],
            &found["undo_until"],
            &found["counts"]["add"]
        ),
        (&json!("applied"), &Value::Null, &json!(3)),
        "that it happened is kept"
    );
    assert!(found["purged_at"].is_string());
    let refused = staff
        .post(
            &format!("/api/v1/imports/{}/undo", import["id"].as_str().unwrap()),
            Value::Null,
        )
        .await;
    let said = refused.json()["detail"].as_str().unwrap().to_owned();
    assert!(
        said.contains("30日を過ぎ") && said.contains("もう取り消せません"),
        "{said}"
    );
    assert_eq!(count(&app, "select count(*) from person").await, 3);
    assert_eq!(audited(&app, "imports.purge").await, 1);
    night(&app).await;
    assert_eq!(audited(&app, "imports.purge").await, 1, "once is enough");
}

#[tokio::test]
async fn what_was_taken_back_or_never_applied_is_forgotten_too() {
    let app = TestApp::new().await;
    let staff = app.staff().await;
    town(&app).await;
    let import = bring(&app, &staff, "kind=roster", roster(&[line(1, &[])])).await;
    apply(&app, &staff, &import).await;
    let undone = undo(&staff, &import).await;
    let left = bring(&app, &staff, "kind=roster", roster(&[line(2, &[])])).await;
    assert!(rows_of(&app, &undone).await > 0);
    days_pass(&app, 31).await;
    night(&app).await;
    for each in [&import, &undone, &left] {
        assert_eq!(rows_of(&app, each).await, 0);
    }
    let found = show(&staff, left["id"].as_str().unwrap()).await;
    assert_eq!(found["status"], "discarded");
}

#[tokio::test]
async fn the_night_comes_by_itself_and_a_missed_one_is_made_up_for() {
    let app = TestApp::new().await;
    let staff = app.staff().await;
    town(&app).await;
    let import = bring(&app, &staff, "kind=roster", roster(&[line(1, &[])])).await;
    apply(&app, &staff, &import).await;
    days_pass(&app, 31).await;
    // No service was running for two days.
    sqlx::query("insert into graphile_worker._private_known_crontabs (identifier, known_since, last_execution) values ('purge_imports', now() - interval '9 days', now() - interval '2 days') on conflict (identifier) do update set known_since = excluded.known_since, last_execution = excluded.last_execution")
        .execute(app.sql())
        .await
        .unwrap();
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let worker = tokio::spawn(jobs::run(app.app.clone(), stopped));
    let forgotten = async {
        let mut look = tokio::time::interval(std::time::Duration::from_millis(100));
        while rows_of(&app, &import).await > 0 {
            look.tick().await;
        }
    };
    let wait = std::time::Duration::from_secs(30);
    tokio::time::timeout(wait, forgotten)
        .await
        .expect("the nightly job runs");
    stop.send(true).unwrap();
    worker.await.unwrap();
}

/// Hears what instances tell each other of changed boards.
async fn ear(app: &TestApp) -> PgListener {
    let mut listener = PgListener::connect_with(app.sql()).await.unwrap();
    listener.listen("round_changed").await.unwrap();
    listener
}

async fn hears(listener: &mut PgListener, round: Uuid) {
    let wait = std::time::Duration::from_secs(20);
    loop {
        let notice = tokio::time::timeout(wait, listener.recv())
            .await
            .expect("the boards are told")
            .unwrap();
        if notice.payload() == round.to_string() {
            return;
        }
    }
}

#[tokio::test]
async fn a_list_that_comes_in_or_is_taken_back_moves_the_open_boards_of_every_instance() {
    let app = TestApp::new().await;
    let staff = app.staff().await;
    let (east, _) = town(&app).await;
    let lines: Vec<String> = (1..=40).map(|n| line(n, &[])).collect();
    let import = bring(&app, &staff, "kind=roster", roster(&lines)).await;
    apply(&app, &staff, &import).await;
    let event = events::start(&staff, "drill").await;
    let round = crate::events::round(&staff, event, &[east]).await;
    let mut listener = ear(&app).await;
    let instance = tokio::spawn(live::run(app.app.clone()));
    hears(&mut listener, round).await; // its own start

    // A consent alone makes no member new, but somebody who may be shown.
    let mut more = lines.clone();
    more[3] = line(4, &[("consent", "不同意")]);
    let import = bring(&app, &staff, "kind=roster", roster(&more)).await;
    apply(&app, &staff, &import).await;
    hears(&mut listener, round).await;
    undo(&staff, &import).await;
    hears(&mut listener, round).await;

    let map = json!({"type": "FeatureCollection", "features": [{"type": "Feature",
        "properties": {"code": "K9", "name": "新しい小学校"},
        "geometry": {"type": "Polygon", "coordinates": [[[135.50, 34.78], [135.51, 34.78], [135.51, 34.79], [135.50, 34.79], [135.50, 34.78]]]}}]});
    let import = bring(&app, &staff, "kind=districts", map.to_string()).await;
    apply(&app, &staff, &import).await;
    hears(&mut listener, round).await;
    app.app.boards.close();
    instance.await.unwrap();

    let file = app.var().join("meibo.csv");
    std::fs::write(&file, roster(&more)).unwrap();
    let done = machimori(&app, &["roster", file.to_str().unwrap()]).await;
    assert!(done.status.success(), "{done:?}");
    hears(&mut listener, round).await;
}
