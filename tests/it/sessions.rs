//! Sessions and tries under attack: floods, first passwords, stolen sessions, guessed factors, strangers who lock staff out.

use std::net::{IpAddr, Ipv4Addr};

use machimori::accounts::{NewAccount, Role, password, store};
use machimori::app::{App, Settings};
use machimori::db::Scope;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::town::spki_base64;
use crate::harness::{Client, Reply, TestApp};

const PASSWORD: &str = "murasaki-densha-kitsune-41";
const ANOTHER: &str = "shiroi-jitensha-ame-77";

async fn account(app: &TestApp, login: &str, must_change: bool) -> Uuid {
    let id = Uuid::now_v7();
    let new = NewAccount {
        id,
        login: login.into(),
        name: "危機管理課 試験".into(),
        role: Role::HqStaff,
        password: PASSWORD.into(),
        totp_secret: Some(vec![9; 20]),
        recovery_codes: vec!["ABCDE-23456".into(), "ABCDE-23457".into()],
        is_break_glass: false,
        must_change,
        districts: Vec::new(),
    };
    let mut tx = app.db().begin(&Scope::cli(None)).await.unwrap();
    store::insert(&mut tx, &app.app.keys, new).await.unwrap();
    tx.commit().await.unwrap();
    id
}

fn code(app: &TestApp, login: &str) -> String {
    let now = u64::try_from(app.app.clock.now().timestamp()).unwrap();
    password::totp(vec![9; 20], login).generate(now).to_string()
}

/// Log in by a recovery code, of which there are two.
async fn log_in(app: &TestApp, login: &str, recovery_code: &str) -> Client {
    let body = json!({"login": login, "password": PASSWORD, "recovery_code": recovery_code});
    let reply = app.public().post("/api/v1/session", body).await;
    let mut client = app.public();
    client.cookie = reply.set_cookie();
    reply.expect(200);
    client
}

/// The service as it is behind a proxy that it trusts; every request of a story comes from that proxy.
async fn behind_a_proxy(app: &TestApp) -> Client {
    let settings = Settings {
        trusted_proxies: vec![IpAddr::V4(Ipv4Addr::LOCALHOST)],
        ..app.app.settings.clone()
    };
    let instance = App::new(settings, app.app.keys.clone());
    let options = app.database().app_options();
    instance.db.open(options, 4).await.unwrap();
    Client::new(machimori::router::router(instance), None)
}

async fn post_from(client: &Client, address: &str, path: &str, body: &Value) -> Reply {
    let body = axum::body::Body::from(body.to_string());
    let forwarded = [("x-forwarded-for", address)];
    client
        .send(
            axum::http::Method::POST,
            path,
            body,
            Some("application/json"),
            &forwarded,
        )
        .await
}

#[tokio::test]
async fn with_a_first_password_nothing_is_done_but_choosing_an_own_one() {
    let app = TestApp::new().await;
    account(&app, "new", true).await;
    let client = log_in(&app, "new", "ABCDE-23456").await;
    for path in ["/api/v1/people?query=花", "/api/v1/events"] {
        assert_eq!(client.get(path).await.problem(), "password-change-required");
    }
    let own = client.get("/api/v1/session").await.expect(200);
    assert_eq!(own["must_change"], true);
    let same = json!({"current": PASSWORD, "password": PASSWORD});
    let refused = client.post("/api/v1/session/password", same).await;
    assert_eq!(refused.problem(), "invalid");
    let other = json!({"current": PASSWORD, "password": ANOTHER});
    client
        .post("/api/v1/session/password", other)
        .await
        .expect(204);
    client.get("/api/v1/events").await.expect(200);
}

#[tokio::test]
async fn a_changed_password_and_a_reset_factor_end_the_sessions_that_others_may_hold() {
    let app = TestApp::new().await;
    let id = account(&app, "hq", false).await;
    let (own, stolen) = (
        log_in(&app, "hq", "ABCDE-23456").await,
        log_in(&app, "hq", "ABCDE-23457").await,
    );
    let change = json!({"current": PASSWORD, "password": ANOTHER});
    own.post("/api/v1/session/password", change)
        .await
        .expect(204);
    own.get("/api/v1/session").await.expect(200);
    assert_eq!(
        stolen.get("/api/v1/session").await.problem(),
        "unauthorized"
    );
    let admin = app.log_in(Role::Admin, &[]).await;
    admin
        .post(&format!("/api/v1/accounts/{id}/reset"), json!({}))
        .await
        .expect(200);
    assert_eq!(own.get("/api/v1/session").await.problem(), "unauthorized");
}

#[tokio::test]
async fn whoever_holds_a_session_and_the_password_guesses_the_second_factor_ten_times_and_no_more()
{
    let app = TestApp::new().await;
    account(&app, "hq", false).await;
    let client = log_in(&app, "hq", "ABCDE-23456").await;
    let guess = json!({"password": PASSWORD, "totp": "abcdef"});
    for _ in 0..10 {
        let reply = client.post("/api/v1/session/step-up", guess.clone()).await;
        assert_eq!(reply.problem(), "invalid");
    }
    let right = json!({"password": PASSWORD, "totp": code(&app, "hq")});
    let reply = client.post("/api/v1/session/step-up", right).await;
    assert_eq!(reply.problem(), "too-many-requests");
}

#[tokio::test]
async fn strangers_with_wrong_passwords_lock_nobody_out_where_she_is_known_and_forged_addresses_win_nothing()
 {
    let app = TestApp::new().await;
    let id = account(&app, "hq", false).await;
    let door = behind_a_proxy(&app).await;
    let path = "/api/v1/session";
    let office = "192.0.2.7";
    let first = json!({"login": "hq", "password": PASSWORD, "recovery_code": "ABCDE-23456"});
    post_from(&door, office, path, &first).await.expect(200);

    let wrong = json!({"login": "hq", "password": "wrong", "totp": "000000"});
    for _ in 0..10 {
        post_from(&door, "203.0.113.9", path, &wrong)
            .await
            .expect(422);
    }
    // What a client writes into the header stands left of what the proxy adds.
    let forged = post_from(&door, "198.51.100.1, 203.0.113.9", path, &wrong).await;
    assert_eq!(forged.problem(), "too-many-requests");
    sqlx::query(
        "insert into login_attempt (kind, key_hash, ok) select kind, key_hash, false from login_attempt, generate_series(1, 30)
         where not ok and key_hash in (select key_hash from login_attempt group by key_hash having count(*) filter (where not ok) > 9)",
    )
    .execute(app.sql())
    .await
    .unwrap();
    let elsewhere = post_from(&door, "198.51.100.1", path, &wrong).await;
    assert_eq!(elsewhere.problem(), "too-many-requests");
    let again = json!({"login": "hq", "password": PASSWORD, "totp": code(&app, "hq")});
    post_from(&door, office, path, &again).await.expect(200);

    let refused: i64 = sqlx::query_scalar(
        "select count(*) from audit_entry where action = 'accounts.log_in_refused' and $1 = any (subject_ids)",
    )
    .bind(id)
    .fetch_one(app.sql())
    .await
    .unwrap();
    assert_eq!(refused, 10);
}

#[tokio::test]
async fn a_link_opens_while_somebody_guesses_codes() {
    let app = TestApp::new().await;
    let district = app.district("東校区", 0).await;
    let volunteer = app.volunteer("民生 花子", &[district]).await;
    let lead = app.lead(&[district]).await;
    let path = format!("/api/v1/volunteers/{volunteer}/invites");
    let invite = lead.post(&path, json!({})).await.expect(201);
    let token = invite["link"].as_str().unwrap().split("#i=").nth(1);
    let key = p256::ecdsa::SigningKey::from_slice(&[6; 32]).unwrap();
    let guess = json!({"code": "000-000-000", "public_key": spki_base64(&key)});
    for _ in 0..20 {
        app.public()
            .post("/api/v1/field/redeem", guess.clone())
            .await
            .expect(410);
    }
    let stopped = app.public().post("/api/v1/field/redeem", guess).await;
    assert_eq!(stopped.problem(), "too-many-requests");
    let link = json!({"token": token, "public_key": spki_base64(&key)});
    app.public()
        .post("/api/v1/field/redeem", link)
        .await
        .expect(200);
}

#[tokio::test]
async fn a_flood_of_log_ins_leaves_the_database_to_others() {
    let app = TestApp::new().await;
    let tries: Vec<_> = (0..40)
        .map(|n| {
            let client = app.public();
            let body = json!({"login": format!("nobody{n}"), "password": "x", "totp": "1"});
            tokio::spawn(async move { client.post("/api/v1/session", body).await.status.as_u16() })
        })
        .collect();
    tokio::task::yield_now().await;
    let flooded = tries.iter().any(|t| !t.is_finished());
    app.public().get("/api/v1/instance").await.expect(200);
    let still = tries.iter().filter(|t| !t.is_finished()).count();
    for answer in tries {
        let status = answer.await.unwrap();
        assert!(matches!(status, 422 | 429), "{status}");
    }
    assert!(
        flooded && still > 20,
        "answered in the midst of it ({still} were waiting)"
    );
}

#[tokio::test]
async fn a_nul_in_a_text_is_refused_as_malformed_and_logged_nowhere() {
    let app = TestApp::new().await;
    let body = json!({"login": "hq\u{0}", "password": "x", "totp": "1"});
    let reply = app.public().post("/api/v1/session", body).await;
    assert!(reply.status.is_client_error(), "{}", reply.status);
    let body = json!({"id": Uuid::now_v7(), "kind": "drill", "name": "訓練\u{0}"});
    let reply = app.staff().await.post("/api/v1/events", body).await;
    assert_eq!(reply.problem(), "malformed");
}

#[tokio::test]
async fn two_slashes_before_a_page_lead_to_no_other_host() {
    let app = TestApp::new().await;
    let reply = app.public().get("//console").await;
    if let Some(to) = reply.headers.get("location") {
        assert_eq!(to, "/console/");
    }
}
