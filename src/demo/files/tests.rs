use std::fs;

use super::*;
use crate::demo::dice::Seed;
use crate::text::site_id::NationalSiteId;
use crate::text::{era, kana, my_number, phone};

fn written(people: u64) -> (tempfile::TempDir, Written) {
    let dir = tempfile::tempdir().expect("a directory");
    let written = write(
        dir.path(),
        Plan {
            seed: Seed(1),
            people,
        },
    )
    .expect("writes");
    (dir, written)
}

fn table(bytes: &[u8]) -> Vec<Vec<String>> {
    csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(bytes)
        .records()
        .map(|record| record.expect("a row").iter().map(str::to_owned).collect())
        .collect()
}

#[test]
fn every_named_file_is_written_and_the_same_seed_writes_the_same_bytes() {
    let ((one, files), (two, _)) = (written(200), written(200));
    assert_eq!(files.files.len(), 12);
    // A workbook holds the hour at which it was saved.
    for file in files.files.iter().filter(|file| !file.ends_with(".xlsx")) {
        let read = |dir: &tempfile::TempDir| fs::read(dir.path().join(file)).expect("is there");
        assert!(read(&one) == read(&two), "{file}");
    }
}

#[test]
fn the_three_encodings_say_the_same() {
    let (dir, _) = written(50);
    for list in ["sites", "shelters"] {
        let read =
            |name: &str| fs::read(dir.path().join(format!("{list}_{name}.csv"))).expect("is there");
        let (utf8, bom, cp932) = (read("utf8"), read("bom"), read("cp932"));
        assert_eq!(
            bom.strip_prefix("\u{feff}".as_bytes()),
            Some(utf8.as_slice())
        );
        let (decoded, _, is_damaged) = encoding_rs::SHIFT_JIS.decode(&cp932);
        assert!(!is_damaged);
        assert_eq!(decoded.as_bytes(), utf8.as_slice());
        assert!(utf8.windows(2).any(|pair| pair == b"\r\n"));
    }
}

#[test]
fn a_list_has_the_official_columns_and_ids() {
    let (dir, _) = written(50);
    for (file, columns, wanted) in [("sites_utf8.csv", 17, 238), ("shelters_utf8.csv", 11, 106)] {
        let rows = table(&fs::read(dir.path().join(file)).expect("is there"));
        assert_eq!((rows[0].len(), rows[0][1].as_str()), (columns, "共通ID"));
        assert_eq!(rows.len() - 1, wanted, "{file}");
        for row in &rows[1..] {
            NationalSiteId::parse(&row[1]).expect("an official id");
        }
        let map = fs::read_to_string(dir.path().join(file.replace("_utf8.csv", ".geojson")));
        let map: geojson::FeatureCollection = map.expect("is there").parse().expect("GeoJSON");
        assert_eq!(map.features.len(), wanted);
    }
}

#[test]
fn districts_are_a_map_in_the_columns_of_a27_marked_as_invented() {
    let (dir, _) = written(50);
    let text = fs::read_to_string(dir.path().join("districts.geojson")).expect("is there");
    let map: geojson::FeatureCollection = text.parse().expect("GeoJSON");
    assert_eq!(map.features.len(), 36);
    for feature in map.features {
        assert_eq!(feature.property("A27_001"), Some(&"27203".into()));
        assert_eq!(feature.property("is_synthetic"), Some(&true.into()));
        assert!(
            feature
                .property("A27_004")
                .is_some_and(|name| name.is_string())
        );
    }
}

#[test]
fn the_roster_reads_with_our_own_parsers_in_both_calendars() {
    let (dir, written) = written(2_000);
    let bytes = fs::read(dir.path().join("roster.csv")).expect("is there");
    let rows = table(bytes.strip_prefix("\u{feff}".as_bytes()).expect("a BOM"));
    assert_eq!(rows.len(), 2_001);
    let (mut japanese, mut western) = (0, 0);
    for row in &rows[1..] {
        era::parse(&row[3]).expect("a date");
        *(if row[3].starts_with(|c: char| c.is_ascii_digit()) {
            &mut western
        } else {
            &mut japanese
        }) += 1;
        if !row[6].is_empty() {
            phone::parse(&row[6]).expect("a telephone number");
        }
        assert!(row.iter().all(|cell| !my_number::is_value(cell)));
        assert!(kana::is_reading(&row[2]), "{}", row[2]);
        assert_eq!(row[12].is_empty(), row[13].is_empty());
    }
    assert!(japanese > western && western > 300, "{japanese} {western}");
    // 𠮷 is not in CP932.
    assert!(written.unmappable > 0);
}
