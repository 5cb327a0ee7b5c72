//! The demo city as files: what a city would hand over, in the official formats and encodings. For
//! trying imports by hand, and for tests that need no file from outside.

mod places;
mod roster;
mod table;

use std::fs;
use std::path::Path;

use anyhow::Context;

use super::city::City;
use super::load::Plan;
use table::{Encoding, Table};

/// Most rows that are also written as a workbook, which is built in memory.
const MOST_WORKBOOK_ROWS: u64 = 100_000;

/// What a directory of files came to.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Written {
    pub files: Vec<&'static str>,
    /// Characters of the roster that CP932 does not hold and that were written as 〓.
    pub unmappable: u64,
}

/// Writes the city's files into `dir`, which is made if need be; files of the same names are replaced.
///
/// * `sites_{utf8,bom,cp932}.csv`, `sites.geojson`: 指定緊急避難場所 as 国土地理院 publishes them
/// * `shelters_{utf8,bom,cp932}.csv`, `shelters.geojson`: 指定避難所, likewise
/// * `districts.geojson`: school districts with the columns of 国土数値情報 A27
/// * `roster.csv` (UTF-8 with BOM), `roster_cp932.csv`, `roster.xlsx`: the roster in a city's own columns
pub fn write(dir: &Path, plan: Plan) -> anyhow::Result<Written> {
    fs::create_dir_all(dir)
        .with_context(|| format!("cannot make the directory {}", dir.display()))?;
    let city = City::new(plan.seed, plan.people);
    let mut written = Written::default();
    let (sites, shelters) = (places::sites(&city), places::shelters(&city));
    for (encoding, site_file, shelter_file) in [
        (Encoding::Utf8, "sites_utf8.csv", "shelters_utf8.csv"),
        (Encoding::Utf8Bom, "sites_bom.csv", "shelters_bom.csv"),
        (Encoding::Cp932, "sites_cp932.csv", "shelters_cp932.csv"),
    ] {
        for (file, list) in [(site_file, &sites), (shelter_file, &shelters)] {
            let mut table = Table::create(&dir.join(file), encoding)?;
            table.row(list.headings)?;
            for place in &list.places {
                table.row(&place.cells())?;
            }
            table.finish()?;
            written.files.push(file);
        }
    }
    for (file, map) in [
        ("sites.geojson", sites.as_geojson()),
        ("shelters.geojson", shelters.as_geojson()),
        ("districts.geojson", places::districts(&city)),
    ] {
        let path = dir.join(file);
        fs::write(&path, format!("{map:#}\n"))
            .with_context(|| format!("cannot write {}", path.display()))?;
        written.files.push(file);
    }
    for (encoding, file) in [
        (Encoding::Utf8Bom, "roster.csv"),
        (Encoding::Cp932, "roster_cp932.csv"),
    ] {
        let mut table = Table::create(&dir.join(file), encoding)?;
        table.row(&roster::HEADINGS)?;
        for row in roster::rows(&city) {
            table.row(row.cells())?;
        }
        written.unmappable += table.finish()?;
        written.files.push(file);
    }
    if city.people <= MOST_WORKBOOK_ROWS {
        roster::write_workbook(&city, &dir.join("roster.xlsx"))?;
        written.files.push("roster.xlsx");
    }
    Ok(written)
}

#[cfg(test)]
mod tests;
