//! `machimori user …` on a real database: what it prints opens the door.

use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Output};

use base64::Engine as _;
use serde_json::json;

use crate::harness::TestApp;

fn machimori(app: &TestApp, args: &[&str]) -> Output {
    let key = app.var().join("machimori.key");
    if !key.exists() {
        // The key of the service under test.
        let text = base64::engine::general_purpose::STANDARD.encode([42u8; 32]);
        std::fs::write(&key, text).unwrap();
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
    }
    Command::new(env!("CARGO_BIN_EXE_machimori"))
        .args(["user", "--var"])
        .arg(app.var())
        .arg("--database-url")
        .arg(app.database().app_url())
        .args(args)
        .env_remove("DATABASE_URL")
        .output()
        .unwrap()
}

fn printed(output: Output) -> String {
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

fn after<'a>(text: &'a str, label: &str) -> &'a str {
    text.lines()
        .find_map(|l| l.strip_prefix(label))
        .unwrap()
        .trim()
}

#[tokio::test]
async fn break_glass_log_ins_open_with_what_was_printed_and_renewing_voids_the_old_paper() {
    let app = TestApp::new().await;
    let first = printed(machimori(&app, &["break-glass"]));
    let code = |text: &str| {
        let mut lines = text
            .lines()
            .skip_while(|l| !l.starts_with("recovery codes"));
        lines.nth(1).unwrap().trim().to_owned()
    };
    let log_in = |text: &str| json!({"login": "glass-1", "password": after(text, "password:"), "recovery_code": code(text)});
    let opened = app
        .public()
        .post("/api/v1/session", log_in(&first))
        .await
        .expect(200);
    assert_eq!(opened["account"]["role"], "hq_staff");
    assert!(first.contains("log-in: glass-2"));

    let second = printed(machimori(&app, &["break-glass"]));
    app.public()
        .post("/api/v1/session", log_in(&first))
        .await
        .expect(422);
    app.public()
        .post("/api/v1/session", log_in(&second))
        .await
        .expect(200);
    let audited: i64 = sqlx::query_scalar("select count(*) from audit_entry where action = 'accounts.break_glass' and actor_kind = 'cli'")
        .fetch_one(app.sql())
        .await
        .unwrap();
    assert_eq!(audited, 4);
}

#[tokio::test]
async fn a_lead_made_on_the_command_line_needs_a_district_that_exists() {
    let app = TestApp::new().await;
    app.district("東", 7).await;
    let args = [
        "create",
        "lead-7",
        "--name",
        "東校区 代表",
        "--role",
        "district_lead",
    ];
    let refused = machimori(&app, &args);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("--district"));
    let made = printed(machimori(
        &app,
        &[&args[..], &["--district", "T007"]].concat(),
    ));
    assert!(after(&made, "authenticator secret:").len() >= 32);
    let list = printed(machimori(&app, &["list"]));
    assert!(list.contains("lead-7") && list.contains("東"), "{list}");
    printed(machimori(&app, &["disable", "lead-7"]));
    assert!(printed(machimori(&app, &["list"])).contains("[disabled]"));
}
