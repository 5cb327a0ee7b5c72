//! `machimori simulate`: a day through a real address; the ledger must say what happened, and a ledger that does not is told.

use std::process::Command;

use tokio::net::TcpListener;
use uuid::Uuid;

use crate::harness::TestApp;
use crate::harness::town::Resident;

/// A town of two districts over a real address, as a demo's.
async fn town() -> (TestApp, String) {
    let app = TestApp::new().await;
    for n in 0..2 {
        let district = app.district(&format!("模擬校区{n}"), n).await;
        for volunteer in 0..3 {
            let volunteer = app
                .volunteer(&format!("協力 {n}{volunteer}"), &[district])
                .await;
            for person in 0..12 {
                let person = app
                    .resident(Resident::of(&format!("模擬 {n}{person}"), district))
                    .await;
                app.standing_contact(person, volunteer, 1).await;
            }
        }
        let silent = Resident::of("無回答", district).consent("unanswered");
        app.resident(silent).await;
        let away = Resident::of("入院", district).status("hospitalised");
        app.resident(away).await;
    }
    sqlx::query("update instance set is_demo = true")
        .execute(app.sql())
        .await
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let service = app
        .router
        .clone()
        .into_make_service_with_connect_info::<std::net::SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await });
    (app, url)
}

/// Run the command as headquarters; whether it was content, and what it said.
async fn simulate(app: &TestApp, url: &str, more: &[&str]) -> (bool, String) {
    let staff = app.staff().await;
    let login: String = sqlx::query_scalar("select login from account where id = $1")
        .bind(staff.id())
        .fetch_one(app.sql())
        .await
        .unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_machimori"));
    command
        .args([
            "simulate", "--url", url, "--speed", "0", "--quiet", "--login", &login,
        ])
        .args(more)
        .env("MACHIMORI_SIMULATE_PASSWORD", "murasaki-densha-kitsune-41")
        // Base32 of the test log-ins' secret: twenty bytes of seven.
        .env(
            "MACHIMORI_SIMULATE_TOTP",
            "A4DQOBYHA4DQOBYHA4DQOBYHA4DQOBYH",
        );
    let out = tokio::task::spawn_blocking(move || command.output().unwrap())
        .await
        .unwrap();
    let said = [out.stdout, out.stderr].concat();
    (out.status.success(), String::from_utf8(said).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_simulated_day_the_ledger_says_what_happened() {
    let (app, url) = town().await;
    for seed in ["1", "2"] {
        let (is_content, said) = simulate(&app, &url, &["--seed", seed]).await;
        assert!(is_content, "{said}");
        assert!(said.contains("76 members"), "{said}");
    }
    // The days were drills, are over, and their phones are gone.
    let (drills, running, phones): (i64, i64, i64) = sqlx::query_as(
        "select count(*) filter (where kind = 'drill'), count(*) filter (where ended_at is null and not is_standing),
                (select count(*) from device where revoked_at is null) from event",
    )
    .fetch_one(app.sql())
    .await
    .unwrap();
    assert_eq!((drills, running, phones), (2, 0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_that_loses_a_word_is_told_and_the_command_fails() {
    let (app, url) = town().await;
    sqlx::raw_sql(
        "create function forgets() returns trigger language plpgsql as $$ begin
             if new.outcome = 'safe' then new.bucket := 'unchecked'; new.outcome := null; end if; return new; end $$;
         create trigger forgets before update on round_member for each row execute function forgets();",
    )
    .execute(app.sql())
    .await
    .unwrap();
    let (is_content, said) = simulate(&app, &url, &[]).await;
    assert!(!is_content);
    assert!(
        said.contains("the ledger says") && said.contains("differs from what happened"),
        "{said}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_ever_played_into_a_disaster_nor_onto_real_people_unasked() {
    let (app, url) = town().await;
    let staff = app.staff().await;
    let disaster = crate::events::start(&staff, "disaster").await;
    let (is_content, said) = simulate(&app, &url, &["--event", &disaster.to_string()]).await;
    assert!(!is_content && said.contains("drills only"), "{said}");
    let (_, said) = simulate(&app, &url, &["--event", &Uuid::now_v7().to_string()]).await;
    assert!(said.contains("no such event"), "{said}");
    sqlx::query("update instance set is_demo = false")
        .execute(app.sql())
        .await
        .unwrap();
    let (is_content, said) = simulate(&app, &url, &[]).await;
    assert!(!is_content && said.contains("--on-real-people"), "{said}");
    let observed: i64 = sqlx::query_scalar("select count(*) from observation")
        .fetch_one(app.sql())
        .await
        .unwrap();
    assert_eq!(observed, 0);
}
