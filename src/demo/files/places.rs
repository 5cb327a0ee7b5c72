//! Places and districts as they are published: 国土地理院's two lists (CSV and GeoJSON) and 国土数値情報 A27.
//!
//! Shelters that are not announced to the public are on no published list.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use crate::demo::city::City;
use crate::demo::sites::{Kind, Site};

/// The order of the hazards in all lists of the country (災対法施行令), as our words.
const HAZARDS: [&str; 8] = [
    "flood",
    "landslide",
    "storm_surge",
    "earthquake",
    "tsunami",
    "large_fire",
    "inland_flood",
    "volcano",
];

const SITE_HEADINGS: &[&str] = &[
    "NO",
    "共通ID",
    "都道府県名及び市町村名",
    "施設・場所名",
    "住所",
    "洪水",
    "崖崩れ、土石流及び地滑り",
    "高潮",
    "地震",
    "津波",
    "大規模な火事",
    "内水氾濫",
    "火山現象",
    "指定避難所との住所同一",
    "緯度",
    "経度",
    "備考",
];

const SHELTER_HEADINGS: &[&str] = &[
    "NO",
    "共通ID",
    "都道府県名及び市町村名",
    "施設・場所名",
    "住所",
    "指定緊急避難場所との住所同一",
    "その他市町村長が必要と認める事項",
    "受入対象者",
    "緯度",
    "経度",
    "備考",
];

/// One of the two national lists.
pub struct List {
    pub headings: &'static [&'static str],
    pub places: Vec<Place>,
    name: &'static str,
}

/// A line of a list: the columns before the position, the position, the note.
pub struct Place {
    before: Vec<String>,
    lon: f64,
    lat: f64,
    note: &'static str,
}

impl Place {
    pub fn cells(&self) -> Vec<String> {
        let mut cells = self.before.clone();
        cells.extend([
            self.lat.to_string(),
            self.lon.to_string(),
            self.note.to_owned(),
        ]);
        cells
    }
}

impl List {
    /// The same list as GeoJSON: all columns but the position as properties.
    pub fn as_geojson(&self) -> Value {
        let features: Vec<Value> = self
            .places
            .iter()
            .map(|place| {
                let mut properties: Map<String, Value> = self
                    .headings
                    .iter()
                    .zip(&place.before)
                    .map(|(heading, cell)| ((*heading).to_owned(), json!(cell)))
                    .collect();
                properties.insert("備考".into(), json!(place.note));
                json!({
                    "type": "Feature",
                    "geometry": {"type": "Point", "coordinates": [place.lon, place.lat]},
                    "properties": properties,
                })
            })
            .collect();
        json!({"type": "FeatureCollection", "name": self.name, "features": features})
    }
}

/// 指定緊急避難場所, 避難ビル included.
pub fn sites(city: &City) -> List {
    let addresses = addresses(city, true);
    let places = public(city, false).enumerate().map(|(index, site)| {
        let mut before = common(70_000 + index, site);
        before.extend(HAZARDS.map(|hazard| flag(site.hazards.contains(&hazard))));
        before.push(flag(addresses.contains(site.address.as_str())));
        let note = if site.kind == Kind::EvacuationBuilding {
            "洪水・高潮避難ビル"
        } else {
            ""
        };
        place(before, site, note)
    });
    List {
        headings: SITE_HEADINGS,
        places: places.collect(),
        name: "272035_demo_emergency",
    }
}

/// 指定避難所 that are announced to the public.
pub fn shelters(city: &City) -> List {
    let addresses = addresses(city, false);
    let places = public(city, true).enumerate().map(|(index, site)| {
        let mut before = common(50_000 + index, site);
        before.push(flag(addresses.contains(site.address.as_str())));
        before.extend([String::new(), site.accepts.to_owned()]);
        place(before, site, "")
    });
    List {
        headings: SHELTER_HEADINGS,
        places: places.collect(),
        name: "272035_demo_evacuation",
    }
}

fn public(city: &City, shelters: bool) -> impl Iterator<Item = &Site> {
    city.sites
        .iter()
        .filter(move |site| site.is_public && is_shelter(site) == shelters)
}

fn is_shelter(site: &Site) -> bool {
    matches!(site.kind, Kind::GeneralShelter | Kind::WelfareShelter)
}

fn addresses(city: &City, of_shelters: bool) -> HashSet<&str> {
    public(city, of_shelters)
        .map(|site| site.address.as_str())
        .collect()
}

fn common(number: usize, site: &Site) -> Vec<String> {
    vec![
        number.to_string(),
        site.national_site_id.clone(),
        "大阪府豊中市".to_owned(),
        site.name.clone(),
        site.address.clone(),
    ]
}

fn flag(is_set: bool) -> String {
    if is_set {
        "1".to_owned()
    } else {
        String::new()
    }
}

fn place(before: Vec<String>, site: &Site, note: &'static str) -> Place {
    Place {
        before,
        lon: site.point.lon(),
        lat: site.point.lat(),
        note,
    }
}

/// 小学校区 with the columns of A27 (edition of 2021 and later), marked as invented.
pub fn districts(city: &City) -> Value {
    let features: Vec<Value> = city
        .districts
        .iter()
        .map(|district| {
            json!({
                "type": "Feature",
                "properties": {
                    "A27_001": "27203",
                    "A27_002": "豊中市立",
                    "A27_003": district.code,
                    "A27_004": district.name,
                    "A27_005": format!("豊中市{}", city.towns[district.towns[0]].name),
                    "name_kana": district.kana,
                    "is_synthetic": true,
                },
                "geometry": district.area,
            })
        })
        .collect();
    json!({"type": "FeatureCollection", "name": "A27_demo_27203", "features": features})
}
