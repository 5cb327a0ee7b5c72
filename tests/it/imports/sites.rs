use serde_json::{Value, json};

use super::*;

const HEAD: &str = "NO,共通ID,都道府県名及び市町村名,施設・場所名,住所,洪水,崖崩れ、土石流及び地滑り,高潮,地震,津波,大規模な火事,内水氾濫,火山現象,指定避難所との住所同一,緯度,経度,備考";

/// A list of evacuation sites as 国土地理院 publishes it: the n-th site lies a little to the east.
pub(super) fn list(rows: &[(u32, &str, &str)]) -> String {
    let mut text = format!("{HEAD}\r\n");
    for (n, name, hazards) in rows {
        let lon = 135.46 + f64::from(*n) * 0.001;
        text.push_str(&format!(
            "{n},E27203{n:05}201,大阪府豊中市,{name},大阪府豊中市試験町{n},{hazards},34.78,{lon},\r\n"
        ));
    }
    text
}

const QUAKE: &str = ",,,1,,,,,";
const FLOOD: &str = "1,,1,,,,,,1";

#[tokio::test]
async fn staff_bring_a_list_look_at_it_and_make_it_the_version_in_force() {
    let app = TestApp::new().await;
    let staff = app.staff().await;
    let text = list(&[
        (1, "東公園", QUAKE),
        (2, "西小学校体育館", FLOOD),
        (3, "南町津波避難ビル", ",,,,1,,,,"),
    ]);
    let import = bring(
        &app,
        &staff,
        "kind=sites&file_name=mergeFromCity_2.csv",
        text.clone(),
    )
    .await;
    assert_eq!(
        (&import["status"], counts(&import)),
        (&json!("staged"), [3, 0, 0, 0, 0])
    );
    assert_eq!(
        (&import["encoding"], &import["rows_read"]),
        (&json!("utf-8"), &json!(3))
    );
    assert_eq!(
        count(&app, "select count(*) from site").await,
        0,
        "nothing changes before it is applied"
    );

    let shown = rows(&staff, &import, "add").await;
    assert_eq!(
        (&shown[1]["line"], &shown[1]["incoming"]["hazards"]),
        (&json!(3), &json!(["flood", "storm_surge"]))
    );
    let import = apply(&app, &staff, &import).await;
    assert_eq!(import["status"], "applied");
    let kinds: Vec<(String, String)> =
        sqlx::query_as("select name, kind from site order by national_site_id")
            .fetch_all(app.sql())
            .await
            .unwrap();
    assert_eq!(kinds[0], ("東公園".into(), "evacuation_site".into()));
    assert_eq!(
        kinds[2].1, "evacuation_building",
        "避難ビル are a kind of their own"
    );
    assert_eq!(audited(&app, "imports.apply").await, 1);

    let again = bring(&app, &staff, "kind=sites", text).await;
    assert_eq!(
        counts(&again),
        [0, 0, 3, 0, 0],
        "the same list again changes nothing"
    );
    let held = std::fs::read_dir(app.var().join("imports"))
        .unwrap()
        .count();
    assert_eq!(held, 0, "no uploaded file stays behind");
}

#[tokio::test]
async fn a_later_list_changes_field_by_field_and_ends_what_it_no_longer_names() {
    let app = TestApp::new().await;
    let (first, second) = (app.staff().await, app.staff().await);
    let import = bring(
        &app,
        &first,
        "kind=sites",
        list(&[
            (1, "東公園", QUAKE),
            (2, "西公園", QUAKE),
            (3, "北公園", QUAKE),
        ]),
    )
    .await;
    apply(&app, &first, &import).await;

    let import = bring(
        &app,
        &first,
        "kind=sites",
        list(&[
            (1, "東公園", QUAKE),
            (2, "西公園（改修）", FLOOD),
            (4, "新公園", QUAKE),
        ]),
    )
    .await;
    assert_eq!(counts(&import), [1, 1, 1, 1, 0]);
    let changed = &rows(&first, &import, "change").await[0];
    assert_eq!(changed["before"]["name"], "西公園");
    assert_eq!(changed["incoming"]["name"], "西公園（改修）");
    let mut fields: Vec<&str> = changed["changed"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| f.as_str().unwrap())
        .collect();
    fields.sort_unstable();
    assert_eq!(fields, ["hazards", "name"]);
    let ended = &rows(&first, &import, "revoke").await[0];
    assert_eq!(
        (&ended["before"]["name"], &ended["line"]),
        (&json!("北公園"), &Value::Null)
    );

    // A third of the list leaves: one person alone does not decide that.
    assert_eq!(import["needs_second"], true);
    assert_eq!(
        ask_to_apply(&first, &import, "").await.problem(),
        "second-person-required"
    );
    assert_eq!(apply(&app, &second, &import).await["status"], "applied");
    assert_eq!(
        count(
            &app,
            "select count(*) from site where revoked_on is not null"
        )
        .await,
        1
    );
    assert_eq!(
        count(&app, "select count(*) from site").await,
        4,
        "nothing is ever deleted"
    );

    // Named again: in force again, the same place.
    let import = bring(
        &app,
        &first,
        "kind=sites",
        list(&[
            (1, "東公園", QUAKE),
            (2, "西公園（改修）", FLOOD),
            (3, "北公園", QUAKE),
            (4, "新公園", QUAKE),
        ]),
    )
    .await;
    assert_eq!(counts(&import), [0, 1, 3, 0, 0]);
}

#[tokio::test]
async fn shelters_and_evacuation_sites_never_end_each_other_and_neither_do_other_towns() {
    let app = TestApp::new().await;
    let staff = app.staff().await;
    let import = bring(&app, &staff, "kind=sites", list(&[(1, "東公園", QUAKE)])).await;
    apply(&app, &staff, &import).await;
    let shelters = "NO,共通ID,都道府県名及び市町村名,施設・場所名,住所,指定緊急避難場所との住所同一,その他市町村長が必要と認める事項,受入対象者,緯度,経度,備考\n\
        1,E2720300001111,大阪府豊中市,東小学校,豊中市東町1,,,,34.78,135.47,\n\
        2,E2720300002121,大阪府豊中市,西の家,豊中市西町1,,,要配慮者,34.78,135.471,\n";
    let import = bring(&app, &staff, "kind=sites", shelters).await;
    assert_eq!(counts(&import), [2, 0, 0, 0, 0]);
    apply(&app, &staff, &import).await;
    assert_eq!(
        count(
            &app,
            "select count(*) from site where shelter_kind = 'welfare'"
        )
        .await,
        1
    );
    let elsewhere = list(&[(1, "池田公園", QUAKE)]).replace("E27203", "E27204");
    assert_eq!(
        counts(&bring(&app, &staff, "kind=sites", elsewhere).await),
        [1, 0, 0, 0, 0]
    );
}

#[tokio::test]
async fn undo_restores_what_nobody_touched_since_and_lists_the_rest() {
    let app = TestApp::new().await;
    let (first, second) = (app.staff().await, app.staff().await);
    let import = bring(
        &app,
        &first,
        "kind=sites",
        list(&[
            (1, "東公園", QUAKE),
            (2, "西公園", QUAKE),
            (3, "北公園", QUAKE),
        ]),
    )
    .await;
    apply(&app, &first, &import).await;
    let import = bring(
        &app,
        &first,
        "kind=sites",
        list(&[
            (1, "東広場", QUAKE),
            (2, "西広場", QUAKE),
            (4, "新公園", QUAKE),
        ]),
    )
    .await;
    apply(&app, &second, &import).await;
    sqlx::query("update site set name = '西の原' where name = '西広場'")
        .execute(app.sql())
        .await
        .unwrap();

    let undone = undo(&first, &import).await;
    assert_eq!(undone["restored"], 3);
    assert_eq!(undone["left"].as_array().unwrap().len(), 1);
    assert!(undone["left"][0]["why"].as_str().unwrap().contains("name"));
    let names: Vec<String> =
        sqlx::query_scalar("select name from site where revoked_on is null order by name")
            .fetch_all(app.sql())
            .await
            .unwrap();
    assert_eq!(names, ["北公園", "東公園", "西の原"]);
    assert_eq!(
        show(&first, import["id"].as_str().unwrap()).await["status"],
        "undone"
    );
    let twice = first
        .post(
            &format!("/api/v1/imports/{}/undo", import["id"].as_str().unwrap()),
            Value::Null,
        )
        .await;
    assert_eq!(twice.problem(), "conflict");
}

#[tokio::test]
async fn an_import_that_breaks_in_the_middle_changes_nothing_and_says_so() {
    let app = TestApp::new().await;
    let staff = app.staff().await;
    let import = bring(
        &app,
        &staff,
        "kind=sites",
        list(&[
            (1, "東公園", QUAKE),
            (2, "西公園", QUAKE),
            (3, "北公園", QUAKE),
        ]),
    )
    .await;
    // Meanwhile another hand has put a place of the same national id in: the unique index will refuse the third row.
    sqlx::query("insert into site (id, kind, national_site_id, name, point) values (gen_random_uuid(), 'evacuation_site', 'E2720300003201', '別の公園', st_setsrid(st_makepoint(135.4, 34.7), 4326))")
        .execute(app.sql())
        .await
        .unwrap();
    ask_to_apply(&staff, &import, "").await.expect(202);
    let _ = jobs::run_pending(&app.app).await;
    let import = show(&staff, import["id"].as_str().unwrap()).await;
    assert_eq!(import["status"], "staged");
    assert!(
        import["failure"]
            .as_str()
            .unwrap()
            .contains("何も変わっていません"),
        "{import}"
    );
    assert_eq!(count(&app, "select count(*) from site").await, 1);
}

#[tokio::test]
async fn what_changed_after_the_preview_is_not_overwritten() {
    let app = TestApp::new().await;
    let (first, second) = (app.staff().await, app.staff().await);
    let import = bring(&app, &first, "kind=sites", list(&[(1, "東公園", QUAKE)])).await;
    apply(&app, &first, &import).await;
    let import = bring(&app, &first, "kind=sites", list(&[(1, "東広場", QUAKE)])).await;
    sqlx::query("update site set note = '工事中'")
        .execute(app.sql())
        .await
        .unwrap();
    let import = apply(&app, &second, &import).await;
    assert_eq!(import["status"], "staged");
    assert!(
        import["failure"]
            .as_str()
            .unwrap()
            .contains("確認のあとに1件")
    );
}

#[tokio::test]
async fn the_national_lists_of_toyonaka_give_272_sites_and_167_shelters_in_every_form() {
    let Some(sites) = real("gsi-shelters/272035_toyonaka_emergency.geojson") else {
        return;
    };
    let shelters = real("gsi-shelters/272035_toyonaka_evacuation.geojson").unwrap();
    let app = TestApp::new().await;
    let staff = app.staff().await;
    for (bytes, expected) in [(sites, 272), (shelters, 167)] {
        let import = bring(&app, &staff, "kind=sites", bytes).await;
        assert_eq!(counts(&import), [expected, 0, 0, 0, 0], "{import}");
        apply(&app, &staff, &import).await;
    }
    assert_eq!(
        count(
            &app,
            "select count(*) from site where kind = 'evacuation_site'"
        )
        .await,
        272
    );
    assert_eq!(
        count(&app, "select count(*) from site where kind = 'shelter'").await,
        167
    );
    assert_eq!(
        count(
            &app,
            "select count(*) from site where shelter_kind = 'welfare'"
        )
        .await,
        15
    );
    for (hazard, expected) in [
        ("flood", 108),
        ("landslide", 8),
        ("storm_surge", 107),
        ("earthquake", 163),
        ("tsunami", 3),
        ("large_fire", 35),
        ("inland_flood", 0),
        ("volcano", 0),
    ] {
        let found: i64 = sqlx::query_scalar("select count(*) from site where $1 = any(hazards)")
            .bind(hazard)
            .fetch_one(app.sql())
            .await
            .unwrap();
        assert_eq!(found, expected, "{hazard}");
    }
    // The same lists as CSV, in CP932, and in UTF-8 with and without BOM.
    let cp932 = real("gsi-shelters/272035_toyonaka_emergency_cp932.csv").unwrap();
    let text = encoding_rs::SHIFT_JIS.decode(&cp932).0.into_owned();
    let with_bom = [b"\xEF\xBB\xBF", text.as_bytes()].concat();
    for (bytes, encoding) in [
        (cp932, "cp932"),
        (text.into_bytes(), "utf-8"),
        (with_bom, "utf-8"),
    ] {
        let import = bring(&app, &staff, "kind=sites", bytes).await;
        assert_eq!(counts(&import), [0, 0, 272, 0, 0]);
        assert_eq!(import["encoding"], encoding);
    }
    let cp932 = real("gsi-shelters/272035_toyonaka_evacuation_cp932.csv").unwrap();
    assert_eq!(
        counts(&bring(&app, &staff, "kind=sites", cp932).await),
        [0, 0, 167, 0, 0]
    );
}

#[tokio::test]
async fn the_list_of_a_whole_prefecture_and_the_lists_of_cities_are_read() {
    let Some(osaka) = real("gsi-shelters/27_osaka_pref_emergency.csv") else {
        return;
    };
    let app = TestApp::new().await;
    let staff = app.staff().await;
    let import = bring(&app, &staff, "kind=sites", osaka).await;
    let errors = rows(&staff, &import, "error").await;
    let first = errors.first().map(messages);
    assert_eq!((counts(&import), first), ([5455, 0, 0, 0, 0], None));
    let sapporo = real("gsi-shelters/011002_sapporo_emergency.geojson").unwrap();
    assert_eq!(
        counts(&bring(&app, &staff, "kind=sites", sapporo).await),
        [348, 0, 0, 0, 0]
    );

    let nanao = real("municipal-shelters/nanao_reference_designated_shelters.csv").unwrap();
    let import = bring(&app, &staff, "kind=sites", nanao).await;
    assert_eq!(
        (&import["status"], counts(&import)[0]),
        (&json!("staged"), 112),
        "{import}"
    );
    assert!(
        import["format"]
            .as_str()
            .unwrap()
            .contains("自治体標準オープンデータセット")
    );

    // Takamatsu writes English headings of its own: refused with what was found, read once the columns are named.
    let takamatsu = real("municipal-shelters/takamatsu_evacuation_space_2024-09-18.csv").unwrap();
    let import = bring(&app, &staff, "kind=sites", takamatsu.clone()).await;
    assert!(refusal(&import).contains("「flood_L1」"), "{import}");
    let mapping = r#"{"lg_code":"372013","columns":{"flood":"flood_L2","landslide":"sedimentDisaster","storm_surge":"stormSurge","tsunami":"tunami","large_fire":"fire","list_id":"property"}}"#;
    let mapped = bring(
        &app,
        &staff,
        &format!("kind=sites&mapping={}", percent(mapping)),
        takamatsu,
    )
    .await;
    let errors: String = rows(&staff, &mapped, "error")
        .await
        .iter()
        .map(messages)
        .collect();
    assert_eq!(
        (&mapped["status"], &mapped["counts"]["add"], errors.as_str()),
        (&json!("staged"), &json!(193), ""),
        "{mapped}"
    );
    let buildings =
        real("municipal-shelters/takamatsu_tsunami_evacuation_building_current.csv").unwrap();
    let mapping = r#"{"lg_code":"372013","site_kind":"evacuation_building","hazards":["tsunami"],"columns":{"usable_floor":"shelter"}}"#;
    let mapped = bring(
        &app,
        &staff,
        &format!("kind=sites&mapping={}", percent(mapping)),
        buildings,
    )
    .await;
    assert_eq!(
        (&mapped["status"], &mapped["counts"]["error"]),
        (&json!("staged"), &json!(0)),
        "{mapped}"
    );
}

pub(super) fn percent(text: &str) -> String {
    text.bytes().map(|b| format!("%{b:02X}")).collect()
}
