//! Which district a person belongs to and who stands by: what the list says, else the point; nothing else decides.

use std::collections::{BTreeMap, HashMap};

use geo::{BoundingRect, Contains};
use serde_json::{Value, json};
use sqlx::PgConnection;
use unicode_normalization::UnicodeNormalization;
use uuid::Uuid;

use super::import::Parser;
use crate::accounts;
use crate::districts::{self, UNDECIDED};
use crate::geometry::{LngLat, PlaceError, is_in_japan};
use crate::imports::columns::Cells;
use crate::imports::draft::Draft;
use crate::problem::Result;
use crate::text::kana::search_key;

/// What a row is held against: the city's districts and volunteers.
pub struct City {
    districts: Vec<districts::store::Border>,
    by_name: HashMap<String, Uuid>,
    volunteers: HashMap<String, Vec<(Uuid, Vec<Uuid>)>>,
}

impl City {
    pub async fn load(conn: &mut PgConnection) -> Result<Self> {
        let districts = districts::store::borders(conn).await?;
        let by_name = districts
            .iter()
            .map(|d| (district_key(&d.name), d.id))
            .collect();
        let mut volunteers: HashMap<String, Vec<(Uuid, Vec<Uuid>)>> = HashMap::new();
        for (id, name, districts) in accounts::store::volunteer_names(conn).await? {
            let same_name = volunteers.entry(search_key(&name)).or_default();
            same_name.push((id, districts));
        }
        Ok(Self {
            districts,
            by_name,
            volunteers,
        })
    }

    fn district_at(&self, place: LngLat) -> Option<Uuid> {
        let point = place.point();
        self.districts
            .iter()
            .find(|d| {
                let polygons = d.area.polygons();
                polygons
                    .bounding_rect()
                    .is_some_and(|bounds| bounds.contains(&point) && polygons.contains(&point))
            })
            .map(|d| d.id)
    }
}

/// 「中央小学校」, 「中央小学校区」, 「中央校区」 and 「中央」 are one district.
fn district_key(name: &str) -> String {
    let name: String = name.nfkc().filter(|c| !c.is_whitespace()).collect();
    let bare = ["小学校区", "小学校", "校区", "小校区"]
        .iter()
        .find_map(|end| name.strip_suffix(end))
        .unwrap_or(&name);
    let bare = bare.strip_prefix("市立").unwrap_or(bare);
    search_key(bare)
}

impl Parser {
    /// The list's own district wins, else the point; a name that no district has is pointed out. Nothing else decides.
    pub(super) fn district(&mut self, cells: &Cells<'_>, draft: &mut Draft) {
        let place = self.place(cells, draft);
        if self.columns.has("lon") && self.columns.has("lat") {
            draft.set("lon", place.map(LngLat::lon));
            draft.set("lat", place.map(LngLat::lat));
        }
        if let Some(name) = cells.filled("district") {
            if let Some(id) = self.city.by_name.get(&district_key(name)) {
                draft.set("district_id", id.to_string());
                return draft.set("district_basis", "list");
            }
            draft.warn(
                self.columns.heading("district"),
                format!("「{name}」という校区がありません。校区の地図を先に取り込むか、名前を直してください"),
            );
        }
        let Some(place) = place else {
            if self.columns.has("district") || self.columns.has("lon") {
                draft.warn("", "校区が決まらないため「校区未定」に入ります");
            }
            return;
        };
        match self.city.district_at(place) {
            Some(id) => {
                draft.set("district_id", id.to_string());
                draft.set("district_basis", "point");
            }
            None => {
                draft.warn("", "位置がどの校区の中にもないため「校区未定」に入ります");
                draft.set("district_id", UNDECIDED.to_string());
                draft.set("district_basis", "undecided");
            }
        }
    }

    fn place(&mut self, cells: &Cells<'_>, draft: &mut Draft) -> Option<LngLat> {
        let (lon, lat) = (cells.filled("lon")?, cells.filled("lat")?);
        let column = self.columns.heading("lat");
        let number = |text: &str| text.nfkc().collect::<String>().parse::<f64>().ok();
        let (Some(lon), Some(lat)) = (number(lon), number(lat)) else {
            draft.error(
                column,
                format!("「{lat}」「{lon}」は緯度・経度（度）として読めません"),
            );
            return None;
        };
        self.placed += 1;
        match LngLat::new(lon, lat) {
            Ok(place) if is_in_japan(place) => Some(place),
            Ok(_) => {
                draft.error(column, format!("経度{lon}・緯度{lat}は日本の外です"));
                None
            }
            Err(error) => {
                if matches!(error, PlaceError::Swapped { .. }) {
                    self.swapped += 1;
                    let at = (cells.line, self.columns.number("lat"));
                    self.first_swapped.get_or_insert(at);
                }
                draft.error(column, error.to_string());
                None
            }
        }
    }

    pub(super) fn contacts(&self, cells: &Cells<'_>, draft: &mut Draft) {
        if !self.columns.has("contact1") && !self.columns.has("contact2") {
            return;
        }
        let district = draft
            .incoming
            .get("district_id")
            .and_then(Value::as_str)
            .and_then(|id| id.parse::<Uuid>().ok());
        let mut list = BTreeMap::new();
        for (rank, column) in [(1, "contact1"), (2, "contact2")] {
            let Some(name) = cells.filled(column) else {
                continue;
            };
            let alike = self.city.volunteers.get(&search_key(name));
            let alike = alike.map_or(&[][..], Vec::as_slice);
            let mut in_district = alike
                .iter()
                .filter(|(_, of)| district.is_some_and(|d| of.contains(&d)));
            let found = match (in_district.next(), in_district.next(), alike) {
                (Some((id, _)), None, _) => Some(*id),
                (None, None, [(id, _)]) => Some(*id),
                _ => None,
            };
            match found {
                Some(id) if list.values().all(|other| *other != id) => {
                    list.insert(rank, id);
                }
                Some(_) => draft.warn(self.columns.heading(column), "担当者1と同じ人です"),
                None if alike.is_empty() => draft.warn(
                    self.columns.heading(column),
                    format!(
                        "「{name}」という担当者は登録されていません。先に担当者を登録してください"
                    ),
                ),
                None => draft.warn(
                    self.columns.heading(column),
                    format!(
                        "「{name}」という担当者が{}人いて決められません",
                        alike.len()
                    ),
                ),
            }
        }
        let list: Vec<Value> = list
            .into_iter()
            .map(|(rank, id)| json!({"rank": rank, "volunteer_id": id}))
            .collect();
        draft.set("contacts", list);
    }
}
