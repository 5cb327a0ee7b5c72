//! 市の設定: what the city is called and whom its people call, stated by the administrator or on the command line.

use std::process::{Command, Output};

use machimori::accounts::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::{Client, TestApp};

/// As a city that is real: a name, its code, its number.
fn moto() -> Value {
    json!({"name": "ももた市", "lg_code": "272035", "phone": "06-6858-1111"})
}

async fn admin(app: &TestApp) -> Client {
    app.log_in(Role::Admin, &[]).await
}

async fn instance(app: &TestApp) -> (Value, Value, Value) {
    let told = app.public().get("/api/v1/instance").await.expect(200);
    let of = |what: &str| told[what].clone();
    (of("municipality"), of("lg_code"), of("district_phone"))
}

async fn audited(app: &TestApp) -> Vec<(String, Value)> {
    sqlx::query_as(
        "select actor_kind, detail from audit_entry where action = 'city.set' order by id",
    )
    .fetch_all(app.sql())
    .await
    .unwrap()
}

#[tokio::test]
async fn a_new_city_says_what_it_lacks_until_the_administrator_has_stated_it() {
    let app = TestApp::new().await;
    let (admin, staff) = (admin(&app).await, app.staff().await);
    let new = staff.get("/api/v1/city").await.expect(200);
    assert_eq!(new["lacking"], json!(["name", "lg_code", "phone"]));
    assert_eq!(instance(&app).await, (json!(""), json!(""), json!("")));

    let full_width =
        json!({"name": " ももた市 ", "lg_code": "２７２０３", "phone": "０６（６８５８）１１１１"});
    let stated = admin.put("/api/v1/city", full_width).await.expect(200);
    assert_eq!(stated["lacking"], json!([]));
    let wanted = (json!("ももた市"), json!("272035"), json!("06-6858-1111"));
    assert_eq!(instance(&app).await, wanted);
    assert_eq!(staff.get("/api/v1/city").await.expect(200), stated);

    // Saying it again changes nothing and leaves no second line.
    assert_eq!(admin.put("/api/v1/city", moto()).await.expect(200), stated);
    let change =
        json!({"name": ["", "ももた市"], "lg_code": ["", "272035"], "phone": ["", "06-6858-1111"]});
    assert_eq!(audited(&app).await, [("admin".to_owned(), change)]);
}

#[tokio::test]
async fn what_cannot_be_is_refused_in_words_field_by_field_and_nothing_is_kept_of_it() {
    let app = TestApp::new().await;
    let east = app.district("東校区", 1).await;
    let admin = admin(&app).await;
    let wrong = json!({"name": "　", "lg_code": "272034", "phone": "6858-1111",
        "districts": [{"id": east, "phone": "06-0000-0000"}, {"id": Uuid::now_v7(), "phone": "06-6858-2222"}]});
    let refused = admin.put("/api/v1/city", wrong).await.expect(422);
    let told: Vec<(&str, &str)> = refused["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| {
            (
                e["pointer"].as_str().unwrap(),
                e["detail"].as_str().unwrap(),
            )
        })
        .collect();
    for (pointer, words) in [
        ("/name", "市の名前を入力してください"),
        ("/lg_code", "272035 ではありませんか"),
        ("/phone", "市外局番がありません"),
        ("/districts/0/phone", "桁数が合いません"),
        ("/districts/1/id", "今の一覧にありません"),
    ] {
        let said = told.iter().find(|(at, _)| *at == pointer);
        assert!(said.is_some_and(|(_, s)| s.contains(words)), "{told:?}");
    }
    assert_eq!(told.len(), 5);
    assert_eq!(instance(&app).await, (json!(""), json!(""), json!("")));
    assert_eq!(audited(&app).await, []);
}

#[tokio::test]
async fn a_districts_own_number_is_kept_beside_the_citys_and_can_be_taken_away_again() {
    let app = TestApp::new().await;
    let (east, west) = (
        app.district("東校区", 1).await,
        app.district("西校区", 2).await,
    );
    let admin = admin(&app).await;
    let put = async |districts: Value| {
        let mut body = moto();
        body["districts"] = districts;
        let stated = admin.put("/api/v1/city", body).await.expect(200);
        let districts = stated["districts"].as_array().unwrap();
        let phone =
            |id: Uuid| districts.iter().find(|d| d["id"] == json!(id)).unwrap()["phone"].clone();
        (phone(east), phone(west))
    };
    let own = put(json!([{"id": east, "phone": "06-6858-2222"}])).await;
    assert_eq!(own, (json!("06-6858-2222"), json!("")));
    // A district that is not named keeps its number.
    let own = put(json!([{"id": west, "phone": "06-6858-3333"}])).await;
    assert_eq!(own, (json!("06-6858-2222"), json!("06-6858-3333")));
    let own = put(json!([{"id": east, "phone": ""}])).await;
    assert_eq!(own, (json!(""), json!("06-6858-3333")));
    let last = audited(&app).await.pop().unwrap();
    assert_eq!(last.1, json!({"districts": {"T001": ["06-6858-2222", ""]}}));
}

fn city(app: &TestApp, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_machimori"))
        .args(["city", "--var"])
        .arg(app.var())
        .arg("--database-url")
        .arg(app.database().app_url())
        .args(args)
        .env_remove("DATABASE_URL")
        .output()
        .unwrap()
}

#[tokio::test]
async fn on_the_first_day_the_command_line_states_it_and_says_what_is_left() {
    let app = TestApp::new().await;
    app.district("東校区", 1).await;
    let shown = String::from_utf8(city(&app, &["show"]).stdout).unwrap();
    assert_eq!(shown.lines().filter(|l| l.starts_with("! ")).count(), 3);
    assert!(shown.contains("machimori city set --phone"), "{shown}");

    let set = city(
        &app,
        &[
            "set",
            "--name",
            "ももた市",
            "--lg-code",
            "27203",
            "--district",
            "T001=06-6858-2222",
        ],
    );
    let shown = String::from_utf8(set.stdout).unwrap();
    assert!(shown.contains("T001\t東校区\t06-6858-2222"), "{shown}");
    assert_eq!(shown.lines().filter(|l| l.starts_with("! ")).count(), 1);
    assert_eq!(
        instance(&app).await,
        (json!("ももた市"), json!("272035"), json!(""))
    );
    let lines = audited(&app).await;
    assert_eq!(lines[0].0, "cli");
    assert_eq!(
        lines[0].1["districts"],
        json!({"T001": ["", "06-6858-2222"]})
    );

    for (args, words) in [
        (["--lg-code", "272034"], "272035 ではありませんか"),
        (["--phone", "6858-1111"], "市外局番"),
        (
            ["--district", "T009=06-6858-2222"],
            "there is no district T009",
        ),
        (["--district", "06-6858-2222"], "CODE=NUMBER"),
    ] {
        let refused = city(&app, &[&["set"], &args[..]].concat());
        let said = String::from_utf8(refused.stderr).unwrap();
        assert!(!refused.status.success() && said.contains(words), "{said}");
    }
    assert_eq!(audited(&app).await.len(), 1);
}
