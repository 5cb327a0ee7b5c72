//! Lists of places as they are published: 国土地理院 (both kinds, CSV and GeoJSON), 自治体標準オープンデータセット, the older
//! 推奨データセット, and a city's own list with a column mapping. One row becomes one [`Draft`].
//!
//! A list is of shelters when it has the columns of 指定避難所 and none for hazards, otherwise of evacuation sites. A site is an
//! evacuation building when its name, kind or note says 避難ビル, or when the caller says so for the whole list.

use serde_json::{Value, json};

use super::import_cells::{Mark, address, capacity, degrees, family, mark};
use crate::geometry::{LngLat, PlaceError, is_in_japan};
use crate::imports::columns::{Cells, Columns, Field, listed};
use crate::imports::draft::Draft;
use crate::imports::{Complaint, Mapping, Refusal};
use crate::shelters::site::Hazard;
use crate::text::kana::search_key;
use crate::text::lg_code::LgCode;
use crate::text::site_id::{NationalSiteId, SiteIdKind};

const KINDS: [&str; 3] = ["evacuation_site", "evacuation_building", "shelter"];

macro_rules! fields {
    ($($name:literal: $($heading:literal)|+;)*) => { &[$(Field { name: $name, headings: &[$($heading),+] }),*] };
}

/// Fields of a list of places and the headings they go by.
pub const FIELDS: &[Field] = fields! {
    "national_site_id": "共通ID" | "施設ID";
    "list_id": "ID" | "識別情報" | "管理番号";
    "name": "施設・場所名" | "名称" | "施設名" | "施設名称" | "避難所名" | "避難場所名" | "name";
    "name_kana": "名称_カナ" | "施設名カナ" | "名称カナ";
    "address": "住所" | "所在地_連結表記" | "所在地" | "address";
    "prefecture": "所在地_都道府県" | "都道府県名";
    "city": "所在地_市区町村" | "市区町村名";
    "town": "所在地_町字";
    "block": "所在地_番地以下";
    "building": "建物名等(方書)" | "方書";
    "place": "都道府県名及び市町村名";
    "lg_code": "所在地_全国地方公共団体コード" | "全国地方公共団体コード" | "都道府県コード又は市区町村コード" | "市区町村コード";
    "lat": "緯度" | "latitude" | "lat" | "Y座標";
    "lon": "経度" | "longitude" | "lon" | "lng" | "X座標";
    "flood": "洪水" | "災害種別_洪水";
    "landslide": "崖崩れ、土石流及び地滑り" | "災害種別_崖崩れ、土石流及び地滑り" | "土砂災害";
    "storm_surge": "高潮" | "災害種別_高潮";
    "earthquake": "地震" | "災害種別_地震";
    "tsunami": "津波" | "災害種別_津波";
    "large_fire": "大規模な火事" | "災害種別_大規模な火事" | "大規模火災";
    "inland_flood": "内水氾濫" | "災害種別_内水氾濫";
    "volcano": "火山現象" | "災害種別_火山現象";
    "same_as_shelter": "指定避難所との住所同一" | "指定避難所との重複";
    "same_as_site": "指定緊急避難場所との住所同一";
    "conditions": "その他市町村長が必要と認める事項";
    "accepts": "受入対象者";
    "capacity": "想定収容人数" | "収容人数" | "capacity";
    "usable_floor": "利用可能階" | "使用可能階" | "避難可能階" | "避難階";
    "opening_condition": "開設条件" | "利用条件" | "利用可能時間";
    "agreement": "協定" | "協定名";
    "site_type": "施設種別" | "種別" | "施設の種類" | "区分";
    "note": "備考";
};

/// Headings that only 指定避難所 lists have.
const OF_SHELTERS: [&str; 3] = ["same_as_site", "accepts", "conditions"];

/// Reads the rows of one list of places.
pub struct Parser {
    columns: Columns,
    source: &'static str,
    kind: &'static str,
    hazards: Vec<&'static str>,
    default_lg_code: String,
    placed: u64,
    swapped: u64,
    first_swapped: Option<(u64, Option<u64>)>,
}

impl Parser {
    /// Recognise the list from its headings, or refuse it with what is missing and what was found.
    ///
    /// `line` is the line of the headings; `is_map` says that each row brings its own point; `own_lg_code` is this city's.
    pub fn new(
        headings: &[String],
        line: u64,
        is_map: bool,
        mapping: &Mapping,
        own_lg_code: &str,
    ) -> Result<Self, Refusal> {
        let columns = Columns::find(headings, FIELDS, mapping)?;
        let places: &[&str] = if is_map {
            &["name"]
        } else {
            &["name", "lat", "lon"]
        };
        columns.require(FIELDS, places, line)?;
        let kind = kind_of(&columns, mapping, line)?;
        let hazards = hazards_of(mapping)?;
        let default_lg_code = match &mapping.lg_code {
            Some(code) => LgCode::parse(code)
                .map_err(|e| Refusal::new(e.to_string()))?
                .to_string(),
            None => own_lg_code.to_owned(),
        };
        Ok(Self {
            source: source_of(&columns),
            columns,
            kind,
            hazards,
            default_lg_code,
            placed: 0,
            swapped: 0,
            first_swapped: None,
        })
    }

    pub fn columns(&self) -> &Columns {
        &self.columns
    }

    /// Which list it is, as kept with each place and shown as its source.
    pub fn source(&self) -> &'static str {
        self.source
    }

    /// One row.
    pub fn row(&mut self, cells: &Cells<'_>) -> Draft {
        let mut draft = Draft::at(cells.line);
        let name = cells.get("name");
        if name.is_empty() {
            draft.error(self.columns.heading("name"), "名称がありません");
        }
        let kind = self.kind_of_row(cells);
        let id = self.national_id(cells, kind, &mut draft);
        let lg_code = self.lg_code(cells, id.as_ref(), &mut draft);
        let list_id = cells.get("list_id");
        draft.key = match &id {
            Some(id) => id.as_str().to_owned(),
            None if !list_id.is_empty() => format!("{lg_code}:{list_id}"),
            None => format!("{lg_code}:{}:{}", search_key(name), family(kind)),
        };
        let list_key = if id.is_some() { "" } else { draft.key.as_str() }.to_owned();
        self.place(cells, &mut draft);
        let hazards = self.hazards(cells, kind, &mut draft.complaints);
        draft.set("hazards", hazards);
        draft.set(
            "national_site_id",
            id.as_ref().map(|id| id.as_str().to_owned()),
        );
        draft.set("list_key", list_key);
        draft.set("kind", kind);
        draft.set("lg_code", lg_code);
        draft.set("name", name);
        draft.set("address", address(cells));
        draft.set("source", self.source);
        let is_welfare = id.is_some_and(|id| id.kind() == SiteIdKind::WelfareShelter);
        let shelter_kind =
            (kind == "shelter").then_some(if is_welfare { "welfare" } else { "general" });
        draft.set("shelter_kind", shelter_kind);
        if cells.columns.has("capacity") {
            let text = cells.get("capacity");
            draft.set("capacity", capacity(text));
            draft.set("capacity_text", text);
        }
        for (field, column) in [
            ("name_kana", "name_kana"),
            ("accepts", "accepts"),
            ("usable_floor", "usable_floor"),
            ("opening_condition", "opening_condition"),
            ("agreement", "agreement"),
        ] {
            if cells.columns.has(column) {
                draft.set(field, cells.get(column));
            }
        }
        if cells.columns.has("note") || cells.columns.has("conditions") {
            let parts = [cells.get("note"), cells.get("conditions")];
            let note: Vec<&str> = parts.into_iter().filter(|p| !p.is_empty()).collect();
            draft.set("note", note.join("／"));
        }
        // Named again after it had been taken off the list.
        draft.set("revoked_on", Value::Null);
        draft.set("revoked_reason", Value::Null);
        draft
    }

    /// Behind the last row: refuse a list whose coordinates stand in each other's column.
    pub fn finish(&self) -> Result<(), Refusal> {
        let Some((line, column)) = self.first_swapped else {
            return Ok(());
        };
        if self.swapped * 2 < self.placed {
            return Ok(());
        }
        Err(Refusal::new(format!(
            "緯度と経度が入れ替わっています（{}件中{}件）。「{}」の列に緯度、「{}」の列に経度を入れてください",
            self.placed,
            self.swapped,
            self.columns.heading("lat"),
            self.columns.heading("lon"),
        ))
        .at(line, column))
    }

    fn kind_of_row(&self, cells: &Cells<'_>) -> &'static str {
        let says_building = [cells.get("name"), cells.get("site_type"), cells.get("note")]
            .iter()
            .any(|t| t.contains("避難ビル"));
        if self.kind == "evacuation_site" && says_building {
            "evacuation_building"
        } else {
            self.kind
        }
    }

    fn national_id(
        &self,
        cells: &Cells<'_>,
        kind: &str,
        draft: &mut Draft,
    ) -> Option<NationalSiteId> {
        let text = cells.filled("national_site_id")?;
        let column = self.columns.heading("national_site_id");
        match NationalSiteId::parse(text) {
            Ok(id) => {
                let of_site = id.kind() == SiteIdKind::EvacuationSite;
                if of_site == (kind == "shelter") {
                    let (is, asked) = if of_site {
                        ("指定緊急避難場所", "指定避難所")
                    } else {
                        ("指定避難所", "指定緊急避難場所")
                    };
                    draft.error(
                        column,
                        format!("{text}は{is}の共通IDです。{asked}の一覧には使えません"),
                    );
                }
                Some(id)
            }
            Err(error) => {
                draft.error(column, format!("「{text}」：{error}"));
                None
            }
        }
    }

    fn lg_code(&self, cells: &Cells<'_>, id: Option<&NationalSiteId>, draft: &mut Draft) -> String {
        let (column, code) = match (id, cells.filled("lg_code")) {
            (Some(id), _) => ("national_site_id", id.lg_code()),
            (None, Some(code)) => ("lg_code", LgCode::parse(code)),
            (None, None) => return self.default_lg_code.clone(),
        };
        code.map(|code| code.to_string()).unwrap_or_else(|error| {
            draft.error(self.columns.heading(column), error.to_string());
            self.default_lg_code.clone()
        })
    }

    fn place(&mut self, cells: &Cells<'_>, draft: &mut Draft) {
        let (lon_column, lat_column) = (self.columns.heading("lon"), self.columns.heading("lat"));
        let pair = match cells.geometry.map(|g| &g.value) {
            Some(geojson::GeometryValue::Point { coordinates }) => match coordinates.as_slice() {
                [lon, lat, ..] => (*lon, *lat),
                _ => return draft.error("geometry", "点の座標が足りません"),
            },
            Some(_) => return draft.error("geometry", "点（Point）ではありません"),
            None if !self.columns.has("lon") => {
                return draft.error("geometry", "位置（geometry）がありません");
            }
            None => {
                let (lon, lat) = (cells.get("lon"), cells.get("lat"));
                if lon.is_empty() || lat.is_empty() {
                    return draft.error(lat_column, "緯度・経度がありません");
                }
                match (degrees(lon), degrees(lat)) {
                    (Some(lon), Some(lat)) => (lon, lat),
                    (None, _) => {
                        return draft
                            .error(lon_column, format!("「{lon}」は経度（度）として読めません"));
                    }
                    (_, None) => {
                        return draft
                            .error(lat_column, format!("「{lat}」は緯度（度）として読めません"));
                    }
                }
            }
        };
        self.placed += 1;
        match LngLat::new(pair.0, pair.1) {
            Ok(place) if is_in_japan(place) => {
                draft.set("lon", place.lon());
                draft.set("lat", place.lat());
            }
            Ok(_) => draft.error(
                lat_column,
                format!("経度{}・緯度{}は日本の外です", pair.0, pair.1),
            ),
            Err(error) => {
                if matches!(error, PlaceError::Swapped { .. }) {
                    self.swapped += 1;
                    let at = (cells.line, self.columns.number("lat"));
                    self.first_swapped.get_or_insert(at);
                }
                draft.error(lat_column, error.to_string());
            }
        }
    }

    fn hazards(&self, cells: &Cells<'_>, kind: &str, complaints: &mut Vec<Complaint>) -> Value {
        if kind == "shelter" {
            return json!([]);
        }
        if !self.hazards.is_empty() {
            return json!(self.hazards);
        }
        let mut marked = Vec::new();
        for hazard in Hazard::ALL.map(Hazard::as_str) {
            let complain = |message: String, is_error| Complaint {
                column: self.columns.heading(hazard).to_owned(),
                message,
                is_error,
            };
            match mark(cells.get(hazard)) {
                Mark::Yes => marked.push(hazard),
                Mark::No => {}
                Mark::Partly => complaints.push(complain(
                    "「△」（条件つき）は指定なしとして読みました。使える条件は備考に書いてください"
                        .into(),
                    false,
                )),
                Mark::Unreadable => complaints.push(complain(
                    format!(
                        "「{}」は読めません。指定ありは1、なしは空欄にしてください",
                        cells.get(hazard)
                    ),
                    true,
                )),
            }
        }
        json!(marked)
    }
}

fn kind_of(columns: &Columns, mapping: &Mapping, line: u64) -> Result<&'static str, Refusal> {
    if let Some(kind) = &mapping.site_kind {
        return KINDS.into_iter().find(|k| k == kind).ok_or_else(|| {
            Refusal::new(format!(
                "種類「{kind}」はありません。{}のどれかにしてください",
                KINDS.join("、")
            ))
        });
    }
    let hazards = Hazard::ALL
        .iter()
        .filter(|h| columns.has(h.as_str()))
        .count();
    if hazards > 0 || !mapping.hazards.is_empty() {
        return Ok("evacuation_site");
    }
    if OF_SHELTERS.iter().any(|c| columns.has(c)) {
        return Ok("shelter");
    }
    let refusal = Refusal::new(format!(
        "避難場所か避難所かが分かりません。災害種別の列（「洪水」「地震」など）も、指定避難所の列（「受入対象者」など）も見つかりません。\
         種類（site_kind）か列の対応を指定してください。見つかった見出し：{}",
        listed(columns.headings())
    ));
    Err(if line > 0 {
        refusal.at(line, None)
    } else {
        refusal
    })
}

fn hazards_of(mapping: &Mapping) -> Result<Vec<&'static str>, Refusal> {
    let unknown = |given: &String| {
        Refusal::new(format!(
            "災害種別「{given}」はありません（例：flood、tsunami）"
        ))
    };
    mapping
        .hazards
        .iter()
        .map(|given| {
            Hazard::parse(given)
                .map(Hazard::as_str)
                .ok_or_else(|| unknown(given))
        })
        .collect()
}

fn source_of(columns: &Columns) -> &'static str {
    let heading = |field| columns.heading(field);
    if columns.has("national_site_id") && columns.has("place") {
        "国土地理院 指定緊急避難場所・指定避難所データ"
    } else if heading("address") == "所在地_連結表記" || columns.has("town") {
        "自治体標準オープンデータセット"
    } else if columns
        .headings()
        .iter()
        .any(|h| h.starts_with("災害種別_"))
    {
        "推奨データセット"
    } else {
        "市町村の一覧"
    }
}
