//! What becomes of whom by a roster: new, changed, moved, died, returned, left; and headquarters' own table read back.

use serde_json::json;

use super::roster::{line, roster, town};
use super::*;

async fn of_class(client: &Client, import: &Value, class: &str) -> Vec<String> {
    let id = import["id"].as_str().unwrap();
    let path = format!("/api/v1/imports/{id}/rows?limit=500&class={class}");
    let page = client.get(&path).await.expect(200);
    let rows = page["items"].as_array().unwrap().iter();
    rows.map(|r| {
        assert_eq!(r["change_class"], class);
        r["key"].as_str().unwrap().to_owned()
    })
    .collect()
}

#[tokio::test]
async fn the_preview_says_who_is_new_changed_moved_died_returned_and_left() {
    let app = TestApp::new().await;
    town(&app).await;
    let (staff, second) = (app.staff().await, app.staff().await);
    let mut before: Vec<String> = (1..=8).map(|n| line(n, &[])).collect();
    before[4] = line(5, &[("status", "入院"), ("status_on", "令和8年4月1日")]);
    before[5] = line(6, &[("status", "転出"), ("status_on", "令和8年4月1日")]);
    let import = bring(&app, &staff, "kind=roster", roster(&before)).await;
    assert_eq!(import["counts"]["classes"]["new"], 8);
    apply(&app, &staff, &import).await;

    let after = [
        line(1, &[("phone", "06-6858-2222")]),
        line(2, &[("address", "豊中市新しい町9-9")]),
        line(3, &[("status", "死亡"), ("status_on", "令和8年11月1日")]),
        line(4, &[("status", "転出"), ("status_on", "令和8年11月1日")]),
        line(5, &[]),
        line(6, &[]),
        line(7, &[]),
        line(9, &[]),
    ];
    let import = bring(&app, &staff, "kind=roster", roster(&after)).await;
    assert_eq!(
        import["counts"]["classes"],
        json!({"new": 1, "changed": 1, "moved": 2, "died": 1, "returned": 2, "left": 1}),
        "{import}"
    );
    for (class, expected) in [
        ("new", &["00000009"][..]),
        ("changed", &["00000001"]),
        ("moved", &["00000002", "00000004"]),
        ("died", &["00000003"]),
        ("returned", &["00000005", "00000006"]),
        ("left", &["00000008"]),
    ] {
        assert_eq!(of_class(&staff, &import, class).await, expected, "{class}");
    }
    // Too much for one person, but who died or moved does not wait.
    let alone = ask_to_apply(&staff, &import, "").await;
    assert_eq!(alone.problem(), "second-person-required");
    let gone = "select count(*) from person where status in ('died', 'moved')";
    assert_eq!(count(&app, gone).await, 3);
    apply(&app, &second, &import).await;

    let since = staff.get("/api/v1/roster/changes").await.expect(200);
    assert_eq!(since["imports"].as_array().unwrap().len(), 2);
    assert_eq!(since["classes"]["new"], 9);
    let died = staff
        .get("/api/v1/roster/changes?class=died")
        .await
        .expect(200);
    assert_eq!(died["items"][0]["name"], "試験3子");
    assert_eq!(died["items"].as_array().unwrap().len(), 1);
    let later = staff
        .get("/api/v1/roster/changes?since=2099-01-01")
        .await
        .expect(200);
    assert_eq!(
        (&later["imports"], &later["items"]),
        (&json!([]), &json!([]))
    );
}

#[tokio::test]
async fn headquarters_own_table_read_back_changes_nothing() {
    let app = TestApp::new().await;
    let (east, _) = town(&app).await;
    app.volunteer("髙橋 みどり", &[east]).await;
    let staff = app.staff().await;
    let text = roster(&[
        line(
            1,
            &[
                ("contact", "高橋　みどり"),
                ("actual", "豊中市別の町2-2"),
                ("mobile", "９０１２３４５６７８"),
            ],
        ),
        line(
            2,
            &[
                ("district", ""),
                ("lat", "34.785"),
                ("lon", "135.465"),
                ("consent", "不同意"),
            ],
        ),
        line(
            3,
            &[("district", "どこか小学校"), ("help", "車いす、酸素、手話")],
        ),
        line(
            4,
            &[
                ("district", ""),
                ("consent", ""),
                ("consent_on", ""),
                ("reasons", "要介護3；ふしぎな理由"),
            ],
        ),
        line(
            5,
            &[
                ("status", "入院"),
                ("status_on", "令和8年4月1日"),
                ("sex", ""),
            ],
        ),
        line(6, &[("name", "=SUM(A1)"), ("phone", "")]),
    ]);
    let import = bring(
        &app,
        &staff,
        "kind=roster&mapping=%7B%22ordinance_replaces_consent%22%3Atrue%7D",
        text,
    )
    .await;
    apply(&app, &staff, &import).await;
    for format in ["csv", "xlsx"] {
        let path = format!("/api/v1/roster/export?format={format}&recipient=headquarters");
        let bytes = staff.get(&path).await.bytes;
        let again = bring(&app, &staff, "kind=roster", bytes).await;
        let changed: Vec<Value> = rows(&staff, &again, "change")
            .await
            .iter()
            .map(|r| r["changed"].clone())
            .collect();
        assert_eq!(
            (counts(&again), changed),
            ([0, 0, 6, 0, 0], Vec::new()),
            "{format}: {again}"
        );
        assert_eq!(again["counts"]["classes"]["left"], 0);
    }
}

#[tokio::test]
async fn the_command_line_takes_the_same_table_out_and_writes_it_down() {
    let app = TestApp::new().await;
    town(&app).await;
    let staff = app.staff().await;
    let text = roster(&[line(1, &[]), line(2, &[("district", "西小学校区")])]);
    let import = bring(&app, &staff, "kind=roster", text).await;
    apply(&app, &staff, &import).await;
    let out = app.var().join("roster.csv");
    let run = |arguments: Vec<String>| {
        let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_machimori"));
        command
            .args(arguments)
            .env("DATABASE_URL", app.database().app_url())
            .env("MACHIMORI_VAR", app.var())
            .env_remove("MACHIMORI_OWNER_URL");
        async move { command.output().await.unwrap() }
    };
    let words = |list: &[&str]| list.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>();
    let path = out.to_str().unwrap().to_owned();
    let done = run(words(&[
        "export",
        "roster",
        "--district",
        "東小学校",
        "--out",
        &path,
    ]))
    .await;
    assert!(done.status.success(), "{done:?}");
    let written = std::fs::read_to_string(&out).unwrap();
    assert!(written.starts_with("\u{feff}宛名番号,氏名") && written.contains("試験1子"));
    assert!(!written.contains("試験2子"));
    assert_eq!(audited(&app, "roster.export").await, 1);
    let unknown = run(words(&["export", "roster", "--district", "どこか"])).await;
    assert!(!unknown.status.success());
    let twice = run(words(&["export", "roster", "--out", &path])).await;
    assert!(
        !twice.status.success(),
        "an existing file is not overwritten"
    );
}
