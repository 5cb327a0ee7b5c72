use std::process::Output;

use super::sites::list;
use super::*;

const QUAKE: &str = ",,,1,,,,,";

/// `machimori import …` on the test's database.
pub(super) async fn machimori(app: &TestApp, arguments: &[&str]) -> Output {
    let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_machimori"));
    command
        .arg("import")
        .args(arguments)
        .env("DATABASE_URL", app.database().app_url())
        .env("MACHIMORI_VAR", app.var())
        .env_remove("MACHIMORI_OWNER_URL");
    command.output().await.unwrap()
}

fn said(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

#[tokio::test]
async fn the_command_line_previews_applies_and_refuses_like_the_console() {
    let app = TestApp::new().await;
    let file = app.var().join("list.csv");
    let path = file.to_str().unwrap();
    std::fs::write(&file, list(&[(1, "東公園", QUAKE), (2, "西公園", QUAKE)])).unwrap();

    let tried = machimori(&app, &["sites", path, "--dry-run"]).await;
    assert!(tried.status.success(), "{}", said(&tried));
    assert!(
        said(&tried).contains("追加              2"),
        "{}",
        said(&tried)
    );
    assert_eq!(
        count(&app, "select count(*) from site").await,
        0,
        "a dry run changes nothing"
    );

    let done = machimori(&app, &["sites", path]).await;
    assert!(done.status.success(), "{}", said(&done));
    assert_eq!(count(&app, "select count(*) from site").await, 2);
    assert!(file.exists(), "the operator's own file stays");

    std::fs::write(&file, list(&[(1, "東広場", QUAKE)])).unwrap();
    let alone = machimori(&app, &["sites", path]).await;
    assert!(
        !alone.status.success() && said(&alone).contains("別の人"),
        "{}",
        said(&alone)
    );
    assert!(
        said(&alone).contains("\"東公園\" → \"東広場\""),
        "{}",
        said(&alone)
    );
    assert_eq!(
        count(&app, "select count(*) from site where revoked_on is null").await,
        2
    );

    std::fs::write(&file, "名称,所在地\n東公園,豊中市\n").unwrap();
    let refused = machimori(&app, &["sites", path]).await;
    assert!(
        !refused.status.success() && said(&refused).contains("（1行目）"),
        "{}",
        said(&refused)
    );

    // Another person finishes on the console what the command line had begun.
    let staff = app.staff().await;
    let waiting = staff.get("/api/v1/imports").await.expect(200);
    let waiting = waiting["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|i| i["status"] == "staged")
        .unwrap();
    assert_eq!(apply(&app, &staff, waiting).await["status"], "applied");
    assert_eq!(
        count(&app, "select count(*) from site where revoked_on is null").await,
        1
    );
}
