//! OGC API - Features, as somebody else's GIS asks.

use std::process::Command;

use machimori::app::{App, Settings};
use serde_json::{Value, json};

use crate::harness::TestApp;

/// Twelve sites (every third for floods), a building, a shelter, two districts, and what the public is not shown.
async fn town() -> TestApp {
    let app = TestApp::new().await;
    app.district("西校区", 0).await;
    app.district("東校区", 1).await;
    sqlx::raw_sql(
        "insert into site (id, kind, name, address, point, hazards, national_site_id)
             select gen_random_uuid(), 'evacuation_site', '公園' || n, '試験町' || n, st_setsrid(st_makepoint(135.45 + n * 0.001, 34.784), 4326),
                    case when n % 3 = 0 then array['flood', 'earthquake'] else array['earthquake'] end, 'E2720390' || n
             from generate_series(1, 12) n;
         insert into site (id, kind, name, point, hazards) values
             (gen_random_uuid(), 'evacuation_building', '避難ビル', st_setsrid(st_makepoint(135.4555, 34.781), 4326), '{flood}');
         insert into site (id, kind, name, point, shelter_kind, note) values
             (gen_random_uuid(), 'shelter', '小学校', st_setsrid(st_makepoint(135.455, 34.782), 4326), 'general', '内部のメモ');
         insert into site (id, kind, name, point, shelter_kind, is_public) values
             (gen_random_uuid(), 'shelter', '非公開の福祉避難所', st_setsrid(st_makepoint(135.455, 34.782), 4326), 'welfare', false);
         insert into site (id, kind, name, point, hazards, revoked_on) values
             (gen_random_uuid(), 'evacuation_site', '廃止公園', st_setsrid(st_makepoint(135.455, 34.782), 4326), '{flood}', '2026-01-01')",
    )
    .execute(app.sql())
    .await
    .unwrap();
    app
}

async fn items(app: &TestApp, query: &str) -> Value {
    app.public()
        .get(&format!("/ogc/collections/{query}"))
        .await
        .expect(200)
}

fn names(page: &Value) -> Vec<String> {
    let features = page["features"].as_array().unwrap();
    let mut names: Vec<String> = features
        .iter()
        .map(|f| f["properties"]["name"].as_str().unwrap().to_owned())
        .collect();
    names.sort();
    names
}

fn link<'a>(page: &'a Value, rel: &str) -> Option<&'a str> {
    let links = page["links"].as_array().unwrap();
    links
        .iter()
        .find(|l| l["rel"] == rel)
        .and_then(|l| l["href"].as_str())
}

#[tokio::test]
async fn the_landing_page_leads_to_everything_and_the_collections_to_their_items() {
    let app = town().await;
    let landing = app.public().get("/ogc").await.expect(200);
    for rel in ["self", "service-desc", "conformance", "data"] {
        let href = link(&landing, rel).unwrap();
        let path = href.strip_prefix("http://machimori.test").unwrap();
        assert_eq!(app.public().get(path).await.status, 200, "{rel}");
    }
    let list = app.public().get("/ogc/collections").await.expect(200);
    let ids: Vec<&str> = list["collections"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| c["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids, ["evacuation_sites", "shelters", "districts"]);
    assert_eq!(
        list["collections"][0]["extent"]["spatial"]["bbox"][0][0],
        135.45
    );
    let one = app
        .public()
        .get("/ogc/collections/shelters")
        .await
        .expect(200);
    assert!(
        link(&one, "items")
            .unwrap()
            .ends_with("/ogc/collections/shelters/items")
    );
    let api = app.public().get("/ogc/api").await;
    assert_eq!(
        api.headers["content-type"],
        "application/vnd.oai.openapi+json;version=3.0"
    );
    assert!(api.json()["paths"]["/collections/evacuation_sites/items"]["get"].is_object());
    assert_eq!(
        app.public().get("/ogc/collections/people").await.problem(),
        "not-found"
    );
    assert_eq!(
        app.public()
            .get("/ogc/collections/people/items")
            .await
            .problem(),
        "not-found"
    );
}

#[tokio::test]
async fn items_come_in_pages_that_lead_to_one_another_and_hold_each_site_once() {
    let app = town().await;
    let mut seen = Vec::new();
    let mut next = Some("/ogc/collections/evacuation_sites/items?limit=5".to_owned());
    while let Some(path) = next {
        let page = app.public().get(&path).await.expect(200);
        assert_eq!(page["numberMatched"], 13);
        assert_eq!(
            page["numberReturned"],
            page["features"].as_array().unwrap().len()
        );
        seen.extend(names(&page));
        next = link(&page, "next").map(|href| {
            href.strip_prefix("http://machimori.test")
                .unwrap()
                .to_owned()
        });
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 13);
    let last = items(&app, "evacuation_sites/items?limit=5&offset=10").await;
    assert!(link(&last, "next").is_none() && link(&last, "prev").is_some());
    let beyond = items(&app, "evacuation_sites/items?offset=1000").await;
    assert_eq!(beyond["numberReturned"], 0);
}

#[tokio::test]
async fn a_box_and_a_hazard_narrow_and_only_public_columns_of_public_sites_come_back() {
    let app = town().await;
    let flood = items(&app, "evacuation_sites/items?hazard=flood").await;
    assert_eq!(
        names(&flood),
        ["避難ビル", "公園12", "公園3", "公園6", "公園9"]
            .map(str::to_owned)
            .into_iter()
            .collect::<std::collections::BTreeSet<_>>()
            .into_iter()
            .collect::<Vec<_>>()
    );
    // The box continues into the next page's address.
    let boxed = items(
        &app,
        "evacuation_sites/items?bbox=135.4505,34.783,135.4545,34.785&limit=2",
    )
    .await;
    assert_eq!(boxed["numberMatched"], 4);
    assert!(link(&boxed, "next").unwrap().contains("bbox=135.4505"));
    let shelters = items(&app, "shelters/items").await;
    assert_eq!(names(&shelters), ["小学校"]);
    let feature = &shelters["features"][0];
    let keys: Vec<&String> = feature["properties"].as_object().unwrap().keys().collect();
    assert_eq!(keys, ["address", "kind", "name", "national_site_id"]);
    let id = feature["id"].as_str().unwrap();
    let one = items(&app, &format!("shelters/items/{id}")).await;
    assert_eq!(
        (&one["geometry"], &one["type"]),
        (&feature["geometry"], &json!("Feature"))
    );
    assert_eq!(
        app.public()
            .get(&format!("/ogc/collections/evacuation_sites/items/{id}"))
            .await
            .problem(),
        "not-found"
    );
    let west = items(&app, "districts/items?bbox=135.451,34.781,135.452,34.782").await;
    assert_eq!(names(&west), ["西校区"]);
    for wrong in ["limit=0", "bbox=1,2,3", "hazard=rain", "sortby=name"] {
        let refused = app
            .public()
            .get(&format!("/ogc/collections/evacuation_sites/items?{wrong}"))
            .await;
        assert_eq!(
            (refused.status.as_u16(), refused.problem().as_str()),
            (400, "malformed"),
            "{wrong}"
        );
    }
}

/// What GDAL's own client says; it needs a port and the address that the pages name.
fn ogrinfo(arguments: &[&str]) -> String {
    let output = Command::new("ogrinfo")
        .args(arguments)
        .output()
        .expect("ogrinfo is there: ./dev test installs gdal-bin");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    said
}

#[tokio::test]
async fn gdal_lists_the_collections_and_pages_through_them() {
    let app = town().await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let settings = Settings {
        public_url: url.clone(),
        ..app.app.settings.clone()
    };
    let service = App::new(settings, app.app.keys.clone());
    service
        .db
        .open(app.database().app_options(), 4)
        .await
        .unwrap();
    let router = machimori::router::router(service);
    tokio::spawn(async move { axum::serve(listener, router).await });
    let said = tokio::task::spawn_blocking(move || {
        let ogc = format!("OAPIF:{url}/ogc");
        let small = ["-oo", "PAGE_SIZE=5"];
        [
            ogrinfo(&[&ogc]),
            ogrinfo(&[
                "-ro",
                "-al",
                "-q",
                small[0],
                small[1],
                &ogc,
                "evacuation_sites",
            ]),
            ogrinfo(&["-ro", "-so", &ogc, "districts"]),
        ]
    })
    .await
    .unwrap();
    for name in ["evacuation_sites", "shelters", "districts"] {
        assert!(said[0].contains(name), "{}", said[0]);
    }
    assert_eq!(
        said[1].matches("OGRFeature(evacuation_sites)").count(),
        13,
        "{}",
        said[1]
    );
    assert!(
        said[1].contains("hazards (StringList) = (2:flood,earthquake)"),
        "{}",
        said[1]
    );
    assert!(
        said[2].contains("Multi Polygon") && said[2].contains("Feature Count: 2"),
        "{}",
        said[2]
    );
}
