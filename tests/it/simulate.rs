//! `machimori simulate`: a day through a real address; the ledger must say what happened, and a ledger that does not is told.

use std::process::Command;

use machimori::safety::self_report::sender;
use serde_json::json;
use tokio::net::TcpListener;
use uuid::Uuid;

use crate::harness::TestApp;
use crate::harness::town::Resident;

/// A town of two districts over a real address, as a demo's: eight volunteers, each with four couples and four who live alone.
async fn town() -> (TestApp, String) {
    let app = TestApp::new().await;
    for n in 0..2 {
        let district = app.district(&format!("模擬校区{n}"), n).await;
        for volunteer in 0..4 {
            let name = format!("協力 {n}{volunteer}");
            let volunteer = app.volunteer(&name, &[district]).await;
            for home in 0..8 {
                let household = app.household(&format!("模擬 {n}{home}")).await;
                for person in 0..=usize::from(home < 4) {
                    let resident = Resident::of("模擬", district).household(household);
                    let name = format!("模擬 {n}{home}{person}");
                    let resident = app
                        .resident(Resident {
                            name: &name,
                            ..resident
                        })
                        .await;
                    app.standing_contact(resident, volunteer, 1).await;
                }
            }
        }
        for alone in 0..4 {
            let name = format!("無回答 {alone}");
            let silent = Resident::of(&name, district).consent("unanswered");
            app.resident(silent).await;
        }
        let away = Resident::of("入院", district).status("hospitalised");
        app.resident(away).await;
        facilities(&app, district).await;
    }
    sqlx::query("update instance set is_demo = true")
        .execute(app.sql())
        .await
        .unwrap();
    let url = serve(app.router.clone()).await;
    (app, url)
}

async fn serve(router: axum::Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let service = router.into_make_service_with_connect_info::<std::net::SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await });
    url
}

async fn with_real_people(app: &TestApp) {
    sqlx::query("update instance set is_demo = false")
        .execute(app.sql())
        .await
        .unwrap();
}

async fn spare_address() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    listener.local_addr().unwrap().to_string()
}

/// Every second home has a mail address: the own, the daughter's, or one that a couple shares.
async fn addresses(app: &TestApp) {
    sqlx::query(
        "insert into contact (id, person_id, kind, value, value_key, holder)
         select gen_random_uuid(), p.id, 'mail', v.address, v.address, case when n % 3 = 0 then '娘' else '' end
         from (select id, household_id, dense_rank() over (order by household_id, case when household_id is null then id end) as n,
                      row_number() over (partition by household_id order by id) as who from person) p,
              lateral (select format('home%s%s@mail.example', n, case when n % 4 = 0 then '' else '-' || who end) as address) v
         where n % 2 = 0",
    )
    .execute(app.sql())
    .await
    .unwrap();
}

async fn facilities(app: &TestApp, district: Uuid) {
    let staff = app.staff().await;
    for n in 0..2 {
        let home = json!({"name": format!("模擬ホーム {n}"), "kind": "elderly", "district_id": district, "phone": "06-0000-0009"});
        let path = format!("/api/v1/facilities/{}", Uuid::now_v7());
        staff.put(&path, home).await.expect(200);
    }
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
    // One day in a drill of its own, one in a drill that somebody else runs.
    let running = crate::events::start(&app.staff().await, "drill")
        .await
        .to_string();
    for more in [
        vec!["--seed", "1"],
        vec!["--seed", "2", "--event", &running],
    ] {
        let (is_content, said) = simulate(&app, &url, &more).await;
        assert!(is_content, "{said}");
        assert!(said.contains("106 members"), "{said}");
    }
    // The own drill is over, the other is not ended, and the phones of both are gone.
    let (drills, running, phones): (i64, i64, i64) = sqlx::query_as(
        "select count(*) filter (where kind = 'drill'), count(*) filter (where ended_at is null and not is_standing),
                (select count(*) from device where revoked_at is null) from event",
    )
    .fetch_one(app.sql())
    .await
    .unwrap();
    assert_eq!((drills, running, phones), (2, 1, 0));
    every_door_was_used(&app).await;
}

/// Both days together had every door in them.
async fn every_door_was_used(app: &TestApp) {
    let (doors, placards, gates, sheets): (Vec<String>, i64, i64, i64) = sqlx::query_as(
        "select (select array_agg(distinct attempt || ' ' || channel) from observation where outcome is not null),
                (select count(distinct marker) from observation),
                (select count(distinct device_id) from attendance),
                (select count(*) from print_copy_act where kind = 'typed_in')",
    )
    .fetch_one(app.sql())
    .await
    .unwrap();
    for door in [
        "met field",
        "met paper",
        "marker field",
        "marker paper",
        "phone console",
        "neighbour console",
        "family console",
    ] {
        assert!(doors.iter().any(|d| d == door), "{door} in {doors:?}");
    }
    assert!(placards >= 2, "{placards}");
    assert_eq!((gates, sheets), (2, 4));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_asked_by_mail_answers_by_the_link_and_counts_once() {
    let (app, _) = town().await;
    addresses(&app).await;
    let mails_at = spare_address().await;
    let office = app.with_mail(&format!("smtp://{mails_at}")).await;
    let url = serve(machimori::router::router(office.app.clone())).await;
    let (_stop, stopped) = tokio::sync::watch::channel(false);
    tokio::spawn(sender::run(office.app.clone(), stopped));
    for seed in ["3", "4"] {
        let more = ["--seed", seed, "--mail-listen", &mails_at];
        let (is_content, said) = simulate(&app, &url, &more).await;
        assert!(is_content, "{said}");
    }
    let doors: Vec<String> = sqlx::query_scalar(
        "select distinct attempt || case when for_household then ' of the home' else '' end from observation where channel = 'link'",
    )
    .fetch_all(app.sql())
    .await
    .unwrap();
    for door in ["family", "self_report", "self_report of the home"] {
        assert!(doors.iter().any(|d| d == door), "{door} in {doors:?}");
    }
    // A service that sends elsewhere, or not at all, is told before the day begins; real people are never written to.
    let (is_content, said) = simulate(
        &app,
        &serve(app.router.clone()).await,
        &["--mail-listen", &mails_at],
    )
    .await;
    assert!(
        !is_content && said.contains("knows no mail server"),
        "{said}"
    );
    with_real_people(&app).await;
    let more = ["--on-real-people", "--mail-listen", &mails_at];
    let (is_content, said) = simulate(&app, &url, &more).await;
    assert!(!is_content && said.contains("real people"), "{said}");
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

/// Each door loses or turns something; the day's own truth tells of every one.
#[tokio::test(flavor = "multi_thread")]
async fn a_door_that_loses_a_word_or_takes_it_for_another_is_told() {
    let (app, url) = town().await;
    sqlx::raw_sql(
        "create function turns() returns trigger language plpgsql as $$ begin
             if new.attempt = 'marker' then new.outcome := null; end if;
             if new.channel = 'paper' then new.channel := 'console'; end if; return new; end $$;
         create trigger turns before insert on observation for each row execute function turns();
         create function miscounts() returns trigger language plpgsql as $$ begin new.people := new.people + 100; return new; end $$;
         create trigger miscounts before insert on attendance for each row execute function miscounts();
         create function rounds_off() returns trigger language plpgsql as $$ begin new.safe := 0; return new; end $$;
         create trigger rounds_off before insert on facility_count for each row execute function rounds_off();",
    )
    .execute(app.sql())
    .await
    .unwrap();
    let (is_content, said) = simulate(&app, &url, &[]).await;
    assert!(!is_content);
    for wrong in [
        "member ",
        "board, safe: the ledger says",
        "facility ",
        "first heard of by marker through field: the ledger says 0",
        "first heard of by met through paper: the ledger says 0",
        "report, unreached, no_answer: the ledger says",
        "attendance, total: the ledger says",
        "report, attendance, venue 2, total: the ledger says",
    ] {
        assert!(said.contains(wrong), "{wrong} in {said}");
    }
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
    with_real_people(&app).await;
    let (is_content, said) = simulate(&app, &url, &[]).await;
    assert!(!is_content && said.contains("--on-real-people"), "{said}");
    let observed: i64 = sqlx::query_scalar("select count(*) from observation")
        .fetch_one(app.sql())
        .await
        .unwrap();
    assert_eq!(observed, 0);
}
