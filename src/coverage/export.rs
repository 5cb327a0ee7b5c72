//! CoverageFigures that leave: a table of districts or of cells, or the same with their areas as GeoJSON.

use std::collections::BTreeMap;

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::PgConnection;
use utoipa::ToSchema;
use utoipa::openapi::{self as contract, RefOr};

use super::figures::{CellCoverage, CoverageFigures, DistrictCoverage};
use super::scenario::hazard_word;
use super::store;
use crate::problem::{Problem, Result};
use crate::sheet::{self, SheetFormat, Table, local};
use crate::shelters::site::SiteKind;

const GEO_JSON: &str = "application/geo+json";

/// Figures as CSV, as a workbook or as areas, for the contract.
pub struct CoverageFile;

impl utoipa::IntoResponses for CoverageFile {
    fn responses() -> BTreeMap<String, RefOr<contract::Response>> {
        sheet::file(&[sheet::CSV, sheet::XLSX, GEO_JSON])
    }
}

/// What is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum What {
    Districts,
    Cells,
}

/// How it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// UTF-8 with BOM.
    Csv,
    Xlsx,
    Geojson,
}

/// The areas of what is written, in the figures' order; null for a district that has none.
pub async fn areas(
    conn: &mut PgConnection,
    figures: &CoverageFigures,
    what: What,
) -> Result<Vec<Value>> {
    match what {
        What::Cells => store::cell_areas(conn, figures.snapshot.id).await,
        What::Districts => {
            let mut areas = store::district_areas(conn).await?;
            let of = |d: &DistrictCoverage| areas.remove(&d.district.id).unwrap_or(Value::Null);
            Ok(figures.districts.iter().map(of).collect())
        }
    }
}

/// The figures as a file.
pub async fn download(
    figures: CoverageFigures,
    what: What,
    format: Format,
    areas: Option<Vec<Value>>,
) -> Result<Response> {
    let name = match what {
        What::Districts => "coverage-districts",
        What::Cells => "coverage-cells",
    };
    let as_of = figures.as_of;
    match format {
        Format::Csv => {
            table(&figures, what)
                .download(SheetFormat::Csv, name, as_of)
                .await
        }
        Format::Xlsx => {
            table(&figures, what)
                .download(SheetFormat::Xlsx, name, as_of)
                .await
        }
        Format::Geojson => {
            let file = features(&figures, what, areas.unwrap_or_default());
            let saved_as = format!(
                "attachment; filename=\"{name}-{}.geojson\"",
                as_of.format("%Y%m%d-%H%M")
            );
            let saved_as =
                HeaderValue::from_str(&saved_as).map_err(|e| Problem::Internal(e.into()))?;
            let headers = [
                (header::CONTENT_TYPE, HeaderValue::from_static(GEO_JSON)),
                (header::CONTENT_DISPOSITION, saved_as),
            ];
            Ok((headers, file.to_string()).into_response())
        }
    }
}

fn table(figures: &CoverageFigures, what: What) -> Table {
    let title = title(figures);
    match what {
        What::Districts => {
            Table::of_peacetime("校区", title, DISTRICT_HEADINGS, district_rows(figures))
        }
        What::Cells => Table::of_peacetime("区画", title, CELL_HEADINGS, cell_rows(figures)),
    }
}

/// What every row says: as of when, for which hazard and which kind of place, how far is far.
const COMMON: [&str; 4] = [
    "名簿の集計日時",
    "災害の種類",
    "場所の種類",
    "距離（直線・m）",
];
const DISTRICT_HEADINGS: &[&str] = &[
    COMMON[0],
    COMMON[1],
    COMMON[2],
    COMMON[3],
    "校区",
    "名簿の人数（5人単位）",
    "遠い人（5人単位）",
    "境目の人（5人単位）",
    "場所の数",
    "収容人数（分かるものの合計）",
    "収容人数が不明の場所",
    "足りない人数",
];
const CELL_HEADINGS: &[&str] = &[
    COMMON[0],
    COMMON[1],
    COMMON[2],
    COMMON[3],
    "区画",
    "校区",
    "名簿の人数（5人単位）",
    "経度",
    "緯度",
    "最も近い場所まで（直線・m）",
    "遠い",
    "境目",
];

fn common(figures: &CoverageFigures) -> Vec<String> {
    let asked = &figures.asked;
    vec![
        local(figures.snapshot.as_of),
        hazard_name(hazard_word(asked.hazard)).to_owned(),
        kind_name(asked.kind).to_owned(),
        asked.far_m.to_string(),
    ]
}

fn title(figures: &CoverageFigures) -> String {
    let snapshot = &figures.snapshot;
    format!(
        "{}　名簿の集計 {}　{}人（ほかに区画に入らない人 およそ{}人。人数は5人単位）",
        common(figures)[1..].join("・"),
        local(snapshot.as_of),
        snapshot.people,
        snapshot.left_out
    )
}

/// What is not known is said, not left to look like zero.
fn number(n: Option<i64>, unknown: &str) -> String {
    n.map_or_else(|| unknown.to_owned(), |n| n.to_string())
}

fn district_rows(figures: &CoverageFigures) -> Vec<Vec<String>> {
    let row = |d: &DistrictCoverage| {
        let c = &d.coverage;
        let mut cells = common(figures);
        cells.extend([
            d.district.name.clone(),
            number(c.residents, "少数のため出しません"),
            number(c.far, "少数のため出しません"),
            number(c.unsure, "少数のため出しません"),
            c.sites.to_string(),
            number(c.capacity, "不明"),
            c.without_capacity.to_string(),
            number(c.short, "不明"),
        ]);
        cells
    };
    figures.districts.iter().map(row).collect()
}

fn cell_rows(figures: &CoverageFigures) -> Vec<Vec<String>> {
    let name = |cell: &CellCoverage| {
        let of = figures
            .districts
            .iter()
            .find(|d| d.district.id == cell.district_id);
        of.map_or_else(String::new, |d| d.district.name.clone())
    };
    let yes = |is: bool| if is { "はい" } else { "いいえ" }.to_owned();
    let row = |cell: &CellCoverage| {
        let mut cells = common(figures);
        cells.extend([
            cell.cell_no.to_string(),
            name(cell),
            cell.people.to_string(),
            format!("{:.5}", cell.lon),
            format!("{:.5}", cell.lat),
            cell.distance_m
                .map_or_else(|| "場所なし".to_owned(), |d| format!("{d:.0}")),
            yes(cell.is_far),
            yes(cell.is_unsure),
        ]);
        cells
    };
    figures.cells.iter().map(row).collect()
}

fn features(figures: &CoverageFigures, what: What, areas: Vec<Value>) -> Value {
    let properties: Vec<Value> = match what {
        What::Districts => figures.districts.iter().map(|d| json!(d)).collect(),
        What::Cells => figures.cells.iter().map(|c| json!(c)).collect(),
    };
    let features: Vec<Value> = properties
        .into_iter()
        .zip(areas)
        .map(|(properties, area)| json!({"type": "Feature", "geometry": area, "properties": properties}))
        .collect();
    json!({
        "type": "FeatureCollection",
        "snapshot": figures.snapshot,
        "as_of": figures.as_of,
        "asked": figures.asked,
        "measure": figures.measure,
        "features": features,
    })
}

fn kind_name(kind: SiteKind) -> &'static str {
    match kind {
        SiteKind::EvacuationSite => "指定緊急避難場所",
        SiteKind::EvacuationBuilding => "避難ビル",
        SiteKind::Shelter => "指定避難所",
    }
}

fn hazard_name(word: &str) -> &'static str {
    match word {
        "flood" => "洪水",
        "landslide" => "崖崩れ・土石流・地滑り",
        "storm_surge" => "高潮",
        "earthquake" => "地震",
        "tsunami" => "津波",
        "large_fire" => "大規模な火事",
        "inland_flood" => "内水氾濫",
        "volcano" => "火山現象",
        _ => "すべて（種類を問わない）",
    }
}
