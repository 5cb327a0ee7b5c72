//! Logging in, second factors, break-glass, invites and phones.

use chrono::TimeDelta;
use machimori::accounts::{NewAccount, Role, enrol, password, store};
use machimori::db::Scope;
use machimori::problem::Problem;
use serde_json::json;
use sqlx::ConnectOptions as _;
use uuid::Uuid;

use crate::events;
use crate::harness::TestApp;
use crate::harness::town::spki_base64;

const PASSWORD: &str = "murasaki-densha-kitsune-41";

async fn account(app: &TestApp, login: &str, codes: &[&str], is_break_glass: bool) -> Uuid {
    let id = Uuid::now_v7();
    let new = NewAccount {
        id,
        login: login.into(),
        name: "危機管理課 試験".into(),
        role: Role::HqStaff,
        password: PASSWORD.into(),
        totp_secret: (!is_break_glass).then(|| vec![9; 20]),
        recovery_codes: codes.iter().map(|c| (*c).to_owned()).collect(),
        is_break_glass,
        must_change: false,
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

#[tokio::test]
async fn staff_log_in_with_password_and_a_code_that_works_once() {
    let app = TestApp::new().await;
    let id = account(&app, "hq", &[], false).await;
    let body = json!({"login": "hq", "password": PASSWORD, "totp": code(&app, "hq")});
    let reply = app.public().post("/api/v1/session", body.clone()).await;
    let cookie = reply.set_cookie().expect("a session cookie");
    let line = reply.headers["set-cookie"].to_str().unwrap().to_owned();
    for part in ["__Host-", "HttpOnly", "Secure", "SameSite=Lax", "Path=/"] {
        assert!(line.contains(part), "{line}");
    }
    assert_eq!(reply.expect(200)["account"]["id"], json!(id));

    let mut client = app.public();
    client.cookie = Some(cookie);
    assert_eq!(
        client.get("/api/v1/session").await.expect(200)["account"]["role"],
        "hq_staff"
    );

    // The same code again, as someone who looked over the shoulder would.
    assert_eq!(
        app.public().post("/api/v1/session", body).await.problem(),
        "invalid"
    );

    client.delete("/api/v1/session").await.expect(204);
    assert_eq!(
        client.get("/api/v1/session").await.problem(),
        "unauthorized"
    );
}

#[tokio::test]
async fn a_password_without_the_second_factor_opens_nothing_and_says_not_which_was_wrong() {
    let app = TestApp::new().await;
    account(&app, "hq", &[], false).await;
    let wrong = [
        json!({"login": "hq", "password": PASSWORD}),
        json!({"login": "hq", "password": PASSWORD, "totp": "000000"}),
        json!({"login": "hq", "password": "murasaki-densha-kitsune-42", "totp": code(&app, "hq")}),
        json!({"login": "nobody", "password": PASSWORD, "totp": code(&app, "hq")}),
    ];
    let mut words = Vec::new();
    for body in wrong {
        let reply = app.public().post("/api/v1/session", body).await;
        assert!(reply.set_cookie().is_none());
        words.push(reply.expect(422)["errors"].clone());
    }
    assert!(words.windows(2).all(|pair| pair[0] == pair[1]), "{words:?}");
}

#[tokio::test]
async fn after_ten_wrong_tries_an_account_waits_even_for_the_right_password() {
    let app = TestApp::new().await;
    account(&app, "hq", &[], false).await;
    for _ in 0..10 {
        let body = json!({"login": "hq", "password": "wrong", "totp": "000000"});
        app.public().post("/api/v1/session", body).await.expect(422);
    }
    let right = json!({"login": "hq", "password": PASSWORD, "totp": code(&app, "hq")});
    let reply = app.public().post("/api/v1/session", right).await;
    assert!(reply.headers.contains_key("retry-after"));
    assert_eq!(reply.problem(), "too-many-requests");

    app.app.clock.advance(TimeDelta::minutes(16));
    let later = json!({"login": "hq", "password": PASSWORD, "totp": code(&app, "hq")});
    app.public()
        .post("/api/v1/session", later)
        .await
        .expect(200);
}

#[tokio::test]
async fn a_break_glass_account_needs_no_phone_but_each_printed_code_opens_once_and_is_audited_apart()
 {
    let app = TestApp::new().await;
    let id = account(&app, "glass-1", &["ABCDE-23456"], true).await;
    let body = json!({"login": "glass-1", "password": PASSWORD, "recovery_code": "abcde 23456"});
    app.public()
        .post("/api/v1/session", body.clone())
        .await
        .expect(200);
    assert_eq!(
        app.public().post("/api/v1/session", body).await.problem(),
        "invalid"
    );
    let actions: Vec<String> = sqlx::query_scalar(
        "select action from audit_entry where $1 = any (subject_ids) order by id",
    )
    .bind(id)
    .fetch_all(app.sql())
    .await
    .unwrap();
    assert_eq!(
        actions,
        ["accounts.break_glass_log_in", "accounts.log_in_refused"]
    );
}

#[tokio::test]
async fn an_invite_binds_one_phone_and_a_second_phone_is_told_to_ask_for_another() {
    let app = TestApp::new().await;
    let (mine, other) = (
        app.district("東校区", 0).await,
        app.district("西校区", 1).await,
    );
    let volunteer = app.volunteer("民生 花子", &[mine]).await;
    let lead = app.lead(&[mine]).await;
    let invite = lead
        .post(
            &format!("/api/v1/volunteers/{volunteer}/invites"),
            json!({}),
        )
        .await
        .expect(201);
    let token = invite["link"]
        .as_str()
        .unwrap()
        .split("#i=")
        .nth(1)
        .unwrap()
        .to_owned();
    assert!(invite["qr_svg"].as_str().unwrap().contains("<svg"));

    // A lead of another district cannot invite her.
    let stranger = app.lead(&[other]).await;
    assert_eq!(
        stranger
            .post(
                &format!("/api/v1/volunteers/{volunteer}/invites"),
                json!({})
            )
            .await
            .problem(),
        "not-found"
    );

    let key = p256::ecdsa::SigningKey::from_slice(&[5; 32]).unwrap();
    let redeem = json!({"token": token, "public_key": spki_base64(&key), "label": "居間の電話"});
    let reply = app
        .public()
        .post("/api/v1/field/redeem", redeem.clone())
        .await;
    let mut phone = app.public();
    phone.cookie = reply.set_cookie();
    let enrolled = reply.expect(200);
    assert_eq!(enrolled["volunteer"]["name"], "民生 花子");
    assert_eq!(enrolled["is_demo"], false);
    assert_eq!(
        phone.get("/api/v1/session").await.expect(200)["account"]["role"],
        "volunteer"
    );

    // The answer was lost: the same phone asks again and is told the same, for a quarter of an hour.
    let again = app
        .public()
        .post("/api/v1/field/redeem", redeem.clone())
        .await;
    assert_eq!(again.expect(200)["device_id"], enrolled["device_id"]);
    let another = p256::ecdsa::SigningKey::from_slice(&[8; 32]).unwrap();
    let mut stolen = redeem.clone();
    stolen["public_key"] = json!(spki_base64(&another));
    let refused = app.public().post("/api/v1/field/redeem", stolen).await;
    assert_eq!(refused.problem(), "gone");
    app.app.clock.advance(TimeDelta::minutes(16));
    let late = app.public().post("/api/v1/field/redeem", redeem).await;
    assert_eq!(late.problem(), "gone");

    // Revoked by the neighbouring lead? Only by her own.
    let device = enrolled["device_id"].as_str().unwrap();
    assert_eq!(
        stranger
            .post(&format!("/api/v1/devices/{device}/revoke"), json!({}))
            .await
            .problem(),
        "not-found"
    );
    lead.post(&format!("/api/v1/devices/{device}/revoke"), json!({}))
        .await
        .expect(204);
    assert_eq!(phone.get("/api/v1/session").await.problem(), "unauthorized");
}

#[tokio::test]
async fn nine_digits_work_in_place_of_the_link_and_guessing_them_is_stopped() {
    let app = TestApp::new().await;
    let district = app.district("東校区", 0).await;
    let volunteer = app.volunteer("民生 花子", &[district]).await;
    let lead = app.lead(&[district]).await;
    let invite = lead
        .post(
            &format!("/api/v1/volunteers/{volunteer}/invites"),
            json!({}),
        )
        .await
        .expect(201);
    let key = p256::ecdsa::SigningKey::from_slice(&[6; 32]).unwrap();
    let redeem = |code: &str| json!({"code": code, "public_key": spki_base64(&key)});
    app.public()
        .post(
            "/api/v1/field/redeem",
            redeem(invite["code"].as_str().unwrap()),
        )
        .await
        .expect(200);
    for _ in 0..20 {
        assert_eq!(
            app.public()
                .post("/api/v1/field/redeem", redeem("000-000-000"))
                .await
                .problem(),
            "gone"
        );
    }
    assert_eq!(
        app.public()
            .post("/api/v1/field/redeem", redeem("000-000-000"))
            .await
            .problem(),
        "too-many-requests"
    );
}

#[tokio::test]
async fn a_request_from_another_site_changes_nothing() {
    let app = TestApp::new().await;
    let staff = app.staff().await;
    let body = axum::body::Body::from(json!({"login": "x", "password": "y"}).to_string());
    let request = axum::http::Request::post("/api/v1/session")
        .header("content-type", "application/json")
        .header("origin", "https://evil.example")
        .header("cookie", staff.cookie.clone().unwrap())
        .body(body)
        .unwrap();
    let response = tower::ServiceExt::oneshot(app.router.clone(), request)
        .await
        .unwrap();
    assert_eq!(response.status(), 403);
}

#[tokio::test]
async fn a_reception_is_enrolled_for_its_desk_and_has_its_districts_until_the_desk_is_closed() {
    let app = TestApp::new().await;
    let (mine, other) = (
        app.district("東校区", 0).await,
        app.district("西校区", 1).await,
    );
    let lead = app.lead(&[mine]).await;
    let event = events::start(&lead, "disaster").await;
    let (site, desk) = (Uuid::now_v7(), Uuid::now_v7());
    sqlx::query(
        "insert into site (id, kind, shelter_kind, name, point)
         values ($1, 'shelter', 'general', '東小', st_setsrid(st_makepoint(135.455, 34.784), 4326))",
    )
    .bind(site)
    .execute(app.sql())
    .await
    .unwrap();
    sqlx::query(
        "insert into desk (id, event_id, event_kind, site_id, label, ends_at)
         values ($1, $2, 'disaster', $3, '東小 正門', now() + interval '8 hours')",
    )
    .bind(desk)
    .bind(event)
    .bind(site)
    .execute(app.sql())
    .await
    .unwrap();
    sqlx::query("insert into desk_district values ($1, $2)")
        .bind(desk)
        .bind(mine)
        .execute(app.sql())
        .await
        .unwrap();
    // Behind the walls of a lead of this district.
    let invite = async |district: Uuid| {
        let mut conn = app.database().app_options().connect().await.unwrap();
        let context = format!("set role m_district_lead; set app.districts = '{district}'");
        sqlx::raw_sql(sqlx::AssertSqlSafe(context))
            .execute(&mut conn)
            .await
            .unwrap();
        let invitee = enrol::Invitee::Reception(desk);
        let until = app.app.clock.now() + TimeDelta::hours(8);
        let url = "http://machimori.test";
        enrol::invite(&mut conn, &app.app.keys, url, invitee, None, until).await
    };
    let redeem = async |code: &str, key: u8| {
        let key = p256::ecdsa::SigningKey::from_slice(&[key; 32]).unwrap();
        let body = json!({"code": code, "public_key": spki_base64(&key), "label": "受付の端末"});
        app.public().post("/api/v1/field/redeem", body).await
    };
    // A desk of another district is not there to invite to.
    assert!(matches!(invite(other).await, Err(Problem::Forbidden)));

    let (first, second) = (invite(mine).await.unwrap(), invite(mine).await.unwrap());
    let reply = redeem(&first.code, 5).await;
    let mut gate = app.public();
    gate.cookie = reply.set_cookie();
    assert_eq!(reply.expect(200)["principal"], "reception");
    let account = gate.get("/api/v1/session").await.expect(200)["account"].take();
    assert_eq!(account["role"], "reception");
    assert_eq!(account["districts"][0]["name"], "東校区");

    sqlx::query("update desk set closed_at = now() where id = $1")
        .bind(desk)
        .execute(app.sql())
        .await
        .unwrap();
    assert_eq!(redeem(&second.code, 6).await.problem(), "gone");
    let account = gate.get("/api/v1/session").await.expect(200)["account"].take();
    assert_eq!(account["districts"], json!([]));
}

#[tokio::test]
async fn a_lead_invites_nobody_who_also_serves_in_anothers_district() {
    let app = TestApp::new().await;
    let (here, elsewhere) = (
        app.district("ここ", 1).await,
        app.district("となり", 2).await,
    );
    let both = app.volunteer("両方の人", &[here, elsewhere]).await;
    let ours = app.volunteer("ここの人", &[here]).await;
    let lead = app.lead(&[here]).await;
    let staff = app.staff().await;
    let invite = |id| format!("/api/v1/volunteers/{id}/invites");
    let refused = lead.post(&invite(both), json!({})).await.expect(409);
    assert!(refused["detail"].as_str().unwrap().contains("本部"));
    lead.post(&invite(ours), json!({})).await.expect(201);
    staff.post(&invite(both), json!({})).await.expect(201);
}
