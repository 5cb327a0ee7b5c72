use serde_json::{Value, json};

use super::*;

/// A map of square districts, named and placed by number.
pub(super) fn map(names: &[&str]) -> Value {
    let features: Vec<Value> = names
        .iter()
        .enumerate()
        .map(|(n, name)| {
            let (west, east) = (135.45 + n as f64 * 0.01, 135.46 + n as f64 * 0.01);
            json!({"type": "Feature", "properties": {"A27_001": "27203", "A27_002": "豊中市立", "A27_003": format!("B12722031{n:04}"), "A27_004": name, "A27_005": "豊中市"},
                "geometry": {"type": "Polygon", "coordinates": [[[west, 34.78], [east, 34.78], [east, 34.79], [west, 34.79], [west, 34.78]]]}})
        })
        .collect();
    json!({"type": "FeatureCollection", "features": features})
}

#[tokio::test]
async fn a_map_of_districts_comes_in_is_listed_and_again_is_the_same() {
    let app = TestApp::new().await;
    let staff = app.staff().await;
    let bytes = map(&["東小学校", "西小学校"]).to_string();
    let import = bring(&app, &staff, "kind=districts", bytes.clone()).await;
    assert_eq!(counts(&import), [2, 0, 0, 0, 0], "{import}");
    apply(&app, &staff, &import).await;
    let listed = staff.get("/api/v1/districts").await.expect(200);
    let names: Vec<&str> = listed["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|d| d["name"].as_str().unwrap())
        .collect();
    assert_eq!(names.len(), 3);
    assert_eq!(
        names[2], "校区未定",
        "the group of the undecided stands last"
    );
    assert_eq!(
        counts(&bring(&app, &staff, "kind=districts", bytes).await),
        [0, 0, 2, 0, 0]
    );

    let id = id_of(&listed["items"][0]["id"]);
    let lead = app.lead(&[id]).await;
    let own = lead.get("/api/v1/districts").await.expect(200);
    assert_eq!(
        own["items"].as_array().unwrap().len(),
        1,
        "a lead sees the lead's own"
    );
}

#[tokio::test]
async fn a_district_that_ends_lets_its_people_go_where_their_point_says() {
    let app = TestApp::new().await;
    let (first, second) = (app.staff().await, app.staff().await);
    let import = bring(
        &app,
        &first,
        "kind=districts",
        map(&["東小学校", "西小学校"]).to_string(),
    )
    .await;
    apply(&app, &first, &import).await;
    let west = id_of(
        &first.get("/api/v1/districts").await.expect(200)["items"]
            .as_array()
            .unwrap()
            .iter()
            .find(|d| d["name"] == "西小学校")
            .unwrap()["id"],
    );
    let person = app
        .resident(crate::harness::town::Resident::of("豊中花子", west))
        .await;
    sqlx::query("update residence set point = st_setsrid(st_makepoint(135.455, 34.785), 4326)")
        .execute(app.sql())
        .await
        .unwrap();

    let import = bring(
        &app,
        &first,
        "kind=districts",
        map(&["東小学校"]).to_string(),
    )
    .await;
    assert_eq!(counts(&import), [0, 0, 1, 1, 0]);
    apply(&app, &second, &import).await;
    let (name, basis): (String, String) = sqlx::query_as("select d.name, r.district_basis from person p join district d on d.id = p.district_id join residence r on r.person_id = p.id where p.id = $1")
        .bind(person)
        .fetch_one(app.sql())
        .await
        .unwrap();
    assert_eq!((name.as_str(), basis.as_str()), ("東小学校", "point"));
    let undone = undo(&first, &import).await;
    assert_eq!(undone["restored"], 1);
    assert_eq!(
        count(
            &app,
            "select count(*) from district where valid_to is null and kind = 'school'"
        )
        .await,
        2
    );
}

#[tokio::test]
async fn shapes_are_put_right_and_told_or_refused_with_their_reason() {
    let app = TestApp::new().await;
    let staff = app.staff().await;
    let mut odd = map(&["輪がいくつも", "自分と交わる", "海の外", "形なし"]);
    let square = |west: f64, size: f64| {
        json!([
            [west, 34.78],
            [west + size, 34.78],
            [west + size, 34.78 + size],
            [west, 34.78 + size],
            [west, 34.78]
        ])
    };
    odd["features"][0]["geometry"]["coordinates"] =
        json!([square(135.4, 0.001), square(135.41, 0.01)]);
    odd["features"][1]["geometry"]["coordinates"] = json!([[
        [135.5, 34.78],
        [135.51, 34.79],
        [135.51, 34.78],
        [135.5, 34.79],
        [135.5, 34.78]
    ]]);
    odd["features"][2]["geometry"]["coordinates"] =
        json!([[[-0.1, 51.5], [0.1, 51.5], [0.1, 51.6], [-0.1, 51.5]]]);
    odd["features"][3]["geometry"] = Value::Null;
    let import = bring(&app, &staff, "kind=districts", odd.to_string()).await;
    assert_eq!(counts(&import), [1, 0, 0, 0, 3], "{import}");
    assert!(messages(&rows(&staff, &import, "add").await[0]).contains("組み直しました"));
    let errors: String = rows(&staff, &import, "error")
        .await
        .iter()
        .map(messages)
        .collect();
    for words in [
        "境界線が交差しています",
        "日本の外",
        "形（geometry）がありません",
    ] {
        assert!(errors.contains(words), "{errors}");
    }
    let table = bring(&app, &staff, "kind=districts", "code,name\n1,東\n").await;
    assert!(refusal(&table).contains("GeoJSON"));
}

#[tokio::test]
async fn real_maps_come_in_and_malformed_borders_are_never_used_wrong() {
    let Some(sapporo) = real("school-districts/sapporo_Elementary.geojson") else {
        return;
    };
    let app = TestApp::new().await;
    let staff = app.staff().await;
    let import = bring(&app, &staff, "kind=districts", sapporo).await;
    let errors: String = rows(&staff, &import, "error")
        .await
        .iter()
        .map(messages)
        .collect();
    assert_eq!((counts(&import)[0], errors.as_str()), (202, ""), "{import}");
    apply(&app, &staff, &import).await;
    let odori: String = sqlx::query_scalar("select name from district where st_contains(area, st_setsrid(st_makepoint(141.36, 43.0625), 4326))")
        .fetch_one(app.sql())
        .await
        .unwrap();
    assert!(odori.ends_with("小学校"), "{odori}");

    for code in ["27203", "27205", "28202"] {
        let malformed = real(&format!(
            "municipal-boundary-n03/raw_malformed/{code}.geojson"
        ))
        .unwrap();
        let sound = real(&format!("municipal-boundary-n03/{code}.geojson")).unwrap();
        let app = TestApp::new().await;
        let staff = app.staff().await;
        let import = bring(&app, &staff, "kind=districts", malformed).await;
        assert_eq!(counts(&import), [1, 0, 0, 0, 0], "{code} {import}");
        let rows = rows(&staff, &import, "add").await;
        assert!(
            code == "27205" || messages(&rows[0]).contains("組み直しました"),
            "{code} {}",
            messages(&rows[0])
        );
        apply(&app, &staff, &import).await;
        // The same ground as the map whose rings were sorted by hand (which is rounded to 9 decimals, as ours).
        let sound: Value = serde_json::from_slice(&sound).unwrap();
        let apart: f64 = sqlx::query_scalar("select st_area(st_symdifference(area, st_geomfromgeojson($1))) / st_area(area) from district where kind = 'school'")
            .bind(sound["features"][0]["geometry"].to_string())
            .fetch_one(app.sql())
            .await
            .unwrap();
        assert!(apart < 1e-6, "{code}: {apart}");
    }
}
