//! The files that cities and the national authorities really publish.

use machimori::tables::{Limits, Record};
use machimori::text::encoding::Encoding;

use super::{all, real_files, refused, rows_of};

#[tokio::test]
async fn the_national_lists_read_alike_as_csv_and_as_geojson() {
    let Some(data) = real_files() else { return };
    for (kind, count) in [("emergency", 272), ("evacuation", 167)] {
        let csv = data.join(format!("gsi-shelters/272035_toyonaka_{kind}_cp932.csv"));
        let (header, rows) = rows_of(&csv).await;
        assert_eq!(header.encoding, Some(Encoding::Cp932));
        assert_eq!(header.columns[1], "共通ID");
        assert_eq!(rows.len(), count, "{kind}");

        let map = data.join(format!("gsi-shelters/272035_toyonaka_{kind}.geojson"));
        let (_, features) = all(&map, &Limits::default()).await.expect("readable");
        assert_eq!(features.len(), count, "{kind}");
        for (row, feature) in rows.iter().zip(&features) {
            let Record::Feature(feature) = feature else {
                panic!("a row in a map")
            };
            assert_eq!(
                feature.properties["共通ID"].as_str(),
                Some(row.cells[1].as_str())
            );
        }
    }
    let (_, rows) = rows_of(&data.join("gsi-shelters/27_osaka_pref_emergency.csv")).await;
    assert_eq!(rows.len(), 5_455);
}

#[tokio::test]
async fn the_answer_that_a_list_is_not_published_is_quoted() {
    let Some(data) = real_files() else { return };
    let file = data.join("gsi-shelters/011002_sapporo_evacuation.geojson");
    let refusal = refused(&file, &Limits::default()).await;
    assert_eq!(refusal.code, "no-features");
    assert!(
        refusal
            .message
            .contains("この自治体の指定避難所データは公開されていません。"),
        "{}",
        refusal.message
    );
}

#[tokio::test]
async fn the_lists_of_takamatsu_read_alike_as_csv_and_as_workbook() {
    let Some(data) = real_files() else { return };
    let (csv, rows) =
        rows_of(&data.join("municipal-shelters/takamatsu_evacuation_space_2024-09-18.csv")).await;
    let (book, sheet_rows) =
        rows_of(&data.join("municipal-shelters/takamatsu_evacuation_space_current.xlsx")).await;
    assert_eq!(
        csv.columns[..5],
        ["property", "latitude", "longitude", "name", "address"]
    );
    assert_eq!(
        book.columns[1..5],
        ["latitude", "longitude", "name", "address"]
    );
    for rows in [rows, sheet_rows] {
        assert!((193..=195).contains(&rows.len()), "{}", rows.len());
        assert!(rows.iter().all(|row| row.cells[1].starts_with("34.")));
    }
    let (_, schools) =
        rows_of(&data.join("municipal-shelters/takamatsu_primary_school.xlsx")).await;
    assert_eq!(schools.len(), 53);
}

#[tokio::test]
async fn the_lists_of_nanao_keep_commas_and_times_in_their_place() {
    let Some(data) = real_files() else { return };
    let (header, rows) =
        rows_of(&data.join("municipal-shelters/nanao_open_shelters_2024-01-09-1800.csv")).await;
    assert_eq!(header.columns[3], "人数_令和6年1月9日午後6時時点");
    let capacity = header
        .columns
        .iter()
        .position(|name| name == "想定収容人数")
        .expect("a column");
    assert_eq!(rows[0].cells[capacity], "屋内480人／屋外3,350人(面積の1/2)");
}

#[tokio::test]
async fn the_district_map_of_sapporo_is_read_feature_by_feature() {
    let Some(data) = real_files() else { return };
    let (_, features) = all(
        &data.join("school-districts/sapporo_Elementary.geojson"),
        &Limits::default(),
    )
    .await
    .expect("readable");
    assert_eq!(features.len(), 202);
}
