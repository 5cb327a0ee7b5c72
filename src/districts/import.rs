//! Maps of school districts: 国土数値情報 A27 (both editions), our own, or any with a column mapping. Shapes go through
//! [`crate::geometry::repair`]: put right and told, or refused; never used wrong.

use geo::MapCoords;
use serde_json::Value;

use crate::geometry::{Area, LngLat, is_in_japan, repair};
use crate::imports::columns::{Cells, Columns, Field};
use crate::imports::draft::Draft;
use crate::imports::{Mapping, Refusal};
use crate::text::kana::search_key;

/// Fields of a map of districts and the names its properties go by.
pub const FIELDS: &[Field] = &[
    Field {
        name: "code",
        // A27_003 of the editions from 2016 is 学校コード; older ones have no code of the school.
        headings: &["code", "学校コード", "A27_003", "校区コード", "N03_007"],
    },
    Field {
        name: "name",
        headings: &[
            "name",
            "名称",
            "校区名",
            "小学校区",
            "小学校区名",
            "学校名",
            "A27_007",
            "A27_004",
            "N03_004",
        ],
    },
    Field {
        name: "name_kana",
        headings: &["name_kana", "kana", "かな", "カナ", "名称_カナ"],
    },
    Field {
        name: "municipality",
        headings: &["A27_001", "行政区域コード", "市区町村コード"],
    },
    Field {
        name: "old_municipality",
        headings: &["A27_005"],
    },
    Field {
        name: "is_synthetic",
        headings: &["is_synthetic"],
    },
];

/// Reads the features of one map of districts.
pub struct Parser {
    columns: Columns,
    is_ksj: bool,
    valid_from: Option<chrono::NaiveDate>,
}

impl Parser {
    /// Recognise the map by the properties of its first feature.
    pub fn new(
        headings: &[String],
        line: u64,
        is_map: bool,
        mapping: &Mapping,
    ) -> Result<Self, Refusal> {
        if !is_map {
            return Err(Refusal::new(
                "校区は地図のファイル（GeoJSON）で読み込みます。国土数値情報「小学校区（A27）」のGeoJSONなどを選んでください",
            ));
        }
        let columns = Columns::find(headings, FIELDS, mapping)?;
        columns.require(FIELDS, &["name"], line)?;
        Ok(Self {
            is_ksj: headings.iter().any(|h| h.starts_with("A27_")),
            columns,
            valid_from: mapping.as_of,
        })
    }

    pub fn columns(&self) -> &Columns {
        &self.columns
    }

    pub fn source(&self) -> &'static str {
        if self.is_ksj {
            "国土数値情報 小学校区（A27）"
        } else {
            "校区の地図"
        }
    }

    /// One district.
    pub fn row(&mut self, cells: &Cells<'_>) -> Draft {
        let mut draft = Draft::at(cells.line);
        let name = cells.get("name");
        if name.is_empty() {
            draft.error(self.columns.heading("name"), "校区の名前がありません");
        }
        let code = match cells.get("code") {
            "" => self.made_code(cells, name),
            code => code.to_owned(),
        };
        draft.key.clone_from(&code);
        draft.set("code", code);
        draft.set("name", name);
        if cells.columns.has("name_kana") {
            draft.set("name_kana", cells.get("name_kana"));
        }
        draft.set("source", self.source());
        draft.set(
            "is_synthetic",
            matches!(cells.get("is_synthetic"), "1" | "true"),
        );
        draft.set("valid_to", Value::Null);
        if let Some(day) = self.valid_from {
            draft
                .extra
                .insert("valid_from".into(), day.to_string().into());
        }
        match cells.geometry {
            None => draft.error("geometry", "形（geometry）がありません"),
            Some(geometry) => match repair(geometry) {
                Err(error) => draft.error("geometry", error.to_string()),
                Ok(repaired) => {
                    for note in &repaired.notes {
                        draft.warn("geometry", note.to_string());
                    }
                    place(&repaired.area, &mut draft);
                }
            },
        }
        draft
    }

    /// Maps without school codes: the municipality and the name.
    fn made_code(&self, cells: &Cells<'_>, name: &str) -> String {
        let municipality = match cells.get("municipality") {
            "" => cells.get("old_municipality"),
            code => code,
        };
        format!("{municipality}:{}", search_key(name))
    }
}

fn place(area: &Area, draft: &mut Draft) {
    let centre = area.bounds().center();
    if !LngLat::new(centre.x, centre.y).is_ok_and(is_in_japan) {
        return draft.error(
            "geometry",
            "日本の外にあります。緯度・経度（WGS84・JGD2011の度）の地図を使ってください",
        );
    }
    // To 0.1 mm, as the database says it back: the same map is the same district.
    let rounded = area.polygons().map_coords(|c| {
        geo::coord! {
            x: (c.x * 1e9).round() / 1e9,
            y: (c.y * 1e9).round() / 1e9,
        }
    });
    match Area::new(rounded).map(|area| serde_json::to_value(&area)) {
        Ok(Ok(shape)) => draft.set("area", shape),
        _ => draft.error("geometry", "形を読めません"),
    }
}
