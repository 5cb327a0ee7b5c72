//! The public lookup and the tiles: from memory, with the database up or away.

use machimori::shelters::refresh;
use serde_json::json;
use uuid::Uuid;

use crate::harness::TestApp;

async fn site(app: &TestApp, kind: &str, name: &str, lon: f64, lat: f64, hazards: &[&str]) -> Uuid {
    let id = Uuid::now_v7();
    sqlx::query(
        "insert into site (id, kind, name, point, hazards, shelter_kind)
         values ($1, $2, $3, st_setsrid(st_makepoint($4, $5), 4326), $6, case when $2 = 'shelter' then 'general' end)",
    )
    .bind(id)
    .bind(kind)
    .bind(name)
    .bind(lon)
    .bind(lat)
    .bind(hazards)
    .execute(app.sql())
    .await
    .unwrap();
    id
}

async fn look(app: &TestApp) {
    refresh::look(&app.app, &mut None).await.unwrap();
}

const HERE: &str = "/api/v1/sites/nearest?lon=135.47&lat=34.78";

#[tokio::test]
async fn the_nearest_place_is_the_nearest_one_marked_for_the_hazard_and_a_building_comes_last() {
    let app = TestApp::new().await;
    site(
        &app,
        "evacuation_site",
        "すぐ近くのグラウンド",
        135.4701,
        34.78,
        &["earthquake"],
    )
    .await;
    site(
        &app,
        "evacuation_building",
        "避難ビル",
        135.4702,
        34.78,
        &["flood"],
    )
    .await;
    let gym = site(
        &app,
        "evacuation_site",
        "丘の上の体育館",
        135.49,
        34.79,
        &["flood", "storm_surge"],
    )
    .await;
    look(&app).await;
    let answer = app
        .public()
        .get(&format!("{HERE}&hazard=flood"))
        .await
        .expect(200);
    let names: Vec<&str> = answer["sites"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| s["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["丘の上の体育館", "避難ビル"]);
    assert_eq!(answer["sites"][1]["reason"], "last_resort");
    let distance: f64 = sqlx::query_scalar(
        "select st_distance(point::geography, st_setsrid(st_makepoint(135.47, 34.78), 4326)::geography) from site where id = $1",
    )
    .bind(gym)
    .fetch_one(app.sql())
    .await
    .unwrap();
    assert!((answer["sites"][0]["distance_m"].as_f64().unwrap() - distance).abs() <= 0.1);
}

#[tokio::test]
async fn without_a_hazard_or_off_the_globe_the_lookup_says_what_to_give() {
    let app = TestApp::new().await;
    look(&app).await;
    for path in [
        HERE.to_owned(),
        format!("{HERE}&hazard=zombies"),
        format!("{HERE}&hazard=flood&limit=0"),
        "/api/v1/sites/nearest?lon=135&lat=934&hazard=any".into(),
    ] {
        let errors = app.public().get(&path).await.expect(422)["errors"].clone();
        assert!(!errors[0]["detail"].as_str().unwrap().is_empty(), "{path}");
    }
}

#[tokio::test]
async fn a_revoked_site_leaves_the_lookup_and_the_phones_list_changes_its_tag() {
    let app = TestApp::new().await;
    let id = site(
        &app,
        "evacuation_site",
        "公園",
        135.47,
        34.78,
        &["earthquake"],
    )
    .await;
    let mut known = None;
    refresh::look(&app.app, &mut known).await.unwrap();
    let first = app.public().get("/api/v1/sites/all").await;
    let tag = first.headers["etag"].to_str().unwrap().to_owned();
    assert_eq!(first.expect(200)["sites"].as_array().unwrap().len(), 1);
    app.public()
        .get_with("/api/v1/sites/all", &[("if-none-match", &tag)])
        .await
        .expect(304);

    sqlx::query(
        "update site set revoked_on = current_date, updated_at = clock_timestamp() where id = $1",
    )
    .bind(id)
    .execute(app.sql())
    .await
    .unwrap();
    refresh::look(&app.app, &mut known).await.unwrap();
    let second = app
        .public()
        .get_with("/api/v1/sites/all", &[("if-none-match", &tag)])
        .await
        .expect(200);
    assert_eq!(second["sites"], json!([]));
}

#[tokio::test]
async fn a_service_whose_database_is_away_answers_from_the_copy_of_its_last_run() {
    let app = TestApp::new().await;
    site(
        &app,
        "evacuation_site",
        "公園",
        135.47,
        34.78,
        &["earthquake"],
    )
    .await;
    look(&app).await;
    let away = app.without_database();
    refresh::from_snapshot(&away.app);
    let answer = away
        .client
        .get(&format!("{HERE}&hazard=earthquake"))
        .await
        .expect(200);
    assert_eq!(
        (
            answer["source"].as_str(),
            answer["sites"][0]["name"].as_str()
        ),
        (Some("snapshot"), Some("公園"))
    );
    let reply = away.client.get("/api/v1/towns").await;
    assert!(reply.headers.contains_key("retry-after"));
    assert_eq!(reply.problem(), "unavailable");
}

#[tokio::test]
async fn a_tile_holds_districts_and_their_labels_but_nobody_and_a_wrong_tile_is_not_found() {
    let app = TestApp::new().await;
    app.district("東校区", 0).await;
    site(
        &app,
        "evacuation_site",
        "公園",
        135.455,
        34.784,
        &["earthquake"],
    )
    .await;
    // z14 around 135.455, 34.784
    let tile = |layer: &str| format!("/tiles/{layer}/14/14356/6501.mvt");
    let districts = app.public().get(&tile("districts")).await;
    assert_eq!(
        districts.headers["content-type"],
        "application/vnd.mapbox-vector-tile"
    );
    let text = String::from_utf8_lossy(&districts.bytes).into_owned();
    assert!(
        text.contains("district_labels") && text.contains("東校区"),
        "{text}"
    );
    assert!(
        String::from_utf8_lossy(&app.public().get(&tile("sites")).await.bytes).contains("公園")
    );
    for wrong in [
        "/tiles/people/14/14356/6501.mvt",
        "/tiles/sites/2/9/1.mvt",
        "/tiles/sites/40/0/0.mvt",
    ] {
        assert_eq!(app.public().get(wrong).await.problem(), "not-found");
    }
}
