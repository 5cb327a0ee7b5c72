//! Support rosters as cities keep them (CSV, XLSX), read through the profile 「標準」 and the caller's own column mapping. One row
//! becomes one [`Draft`]; nothing that cannot be understood is guessed.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::NaiveDate;
use geo::{BoundingRect, Contains};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use sqlx::PgConnection;
use unicode_normalization::UnicodeNormalization;
use uuid::Uuid;

use super::profile::{HELP, REASONS, STANDARD};
use crate::accounts;
use crate::districts::{self, UNDECIDED};
use crate::geometry::{LngLat, PlaceError, is_in_japan};
use crate::imports::columns::{Cells, Columns, plain};
use crate::imports::draft::Draft;
use crate::imports::{Mapping, Refusal};
use crate::problem::Result;
use crate::text::kana::{kana_key, search_key};
use crate::text::{era, phone};

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

/// Reads the rows of one roster.
pub struct Parser {
    columns: Columns,
    city: City,
    today: NaiveDate,
    listed_on: Option<NaiveDate>,
    ordinance_replaces_consent: bool,
    placed: u64,
    swapped: u64,
    first_swapped: Option<(u64, Option<u64>)>,
}

impl Parser {
    pub fn new(
        headings: &[String],
        line: u64,
        mapping: &Mapping,
        city: City,
        today: NaiveDate,
    ) -> Result<Self, Refusal> {
        let columns = Columns::find(headings, STANDARD, mapping)?;
        columns.require(STANDARD, &["name", "address"], line)?;
        Ok(Self {
            columns,
            city,
            today,
            listed_on: mapping.as_of,
            ordinance_replaces_consent: mapping.ordinance_replaces_consent,
            placed: 0,
            swapped: 0,
            first_swapped: None,
        })
    }

    pub fn columns(&self) -> &Columns {
        &self.columns
    }

    /// One person.
    pub fn row(&mut self, cells: &Cells<'_>) -> Draft {
        let mut draft = Draft::at(cells.line);
        self.who(cells, &mut draft);
        self.addresses(cells, &mut draft);
        self.reach(cells, &mut draft);
        self.household(cells, &mut draft);
        self.needs(cells, &mut draft);
        self.consent(cells, &mut draft);
        self.district(cells, &mut draft);
        self.contacts(cells, &mut draft);
        draft.set("is_listed", true);
        draft.set("delist_reason", Value::Null);
        let keys = keys(&draft.incoming);
        draft.extra.extend(keys);
        if let Some(day) = self.listed_on {
            draft
                .extra
                .insert("listed_on".into(), day.to_string().into());
        }
        draft.key = match draft.incoming.get("resident_no").and_then(Value::as_str) {
            Some(number) => number.to_owned(),
            None => format!(
                "{}｜{}｜{}",
                cells.get("name"),
                draft.incoming["birth_on"].as_str().unwrap_or(""),
                draft
                    .extra
                    .get("address_key")
                    .and_then(Value::as_str)
                    .unwrap_or("")
            ),
        };
        draft
    }

    /// Behind the last row: refuse a list whose coordinates stand in each other's column.
    pub fn finish(&self) -> Result<(), Refusal> {
        match self.first_swapped {
            Some((line, column)) if self.swapped * 2 >= self.placed => Err(Refusal::new(format!(
                "緯度と経度が入れ替わっています（{}件中{}件）。列の見出しを確かめてください",
                self.placed, self.swapped
            ))
            .at(line, column)),
            _ => Ok(()),
        }
    }

    fn who(&self, cells: &Cells<'_>, draft: &mut Draft) {
        let number: String = cells.get("resident_no").nfkc().collect();
        if self.columns.has("resident_no") && number.is_empty() {
            draft.warn(
                self.columns.heading("resident_no"),
                "番号がないため、次に取り込むときに同じ人と決められません",
            );
        }
        draft.set("resident_no", Some(number).filter(|n| !n.is_empty()));
        let name = cells.get("name");
        if name.is_empty() {
            draft.error(self.columns.heading("name"), "氏名がありません");
        }
        draft.set("name", name);
        if self.columns.has("name_kana") {
            draft.set("name_kana", cells.get("name_kana"));
        }
        let birth = self.date(cells, "birth", draft);
        if birth.is_some_and(|day| day > self.today) {
            draft.error(self.columns.heading("birth"), "生年月日が未来の日付です");
        }
        draft.set("birth_on", birth.map(|d| d.to_string()));
        draft
            .extra
            .insert("birth_text".into(), cells.get("birth").into());
        if self.columns.has("sex") {
            match sex(cells.get("sex")) {
                Ok(sex) => draft.set("sex", sex),
                Err(()) => draft.error(
                    self.columns.heading("sex"),
                    format!(
                        "「{}」は読めません。男・女・その他で書いてください",
                        cells.get("sex")
                    ),
                ),
            }
        }
        if self.columns.has("protected") {
            draft.set("is_protected", is_marked(cells.get("protected")));
        }
        if self.columns.has("status") {
            self.status(cells, draft);
        }
    }

    fn status(&self, cells: &Cells<'_>, draft: &mut Draft) {
        let text = cells.get("status");
        let status = match plain(text).as_str() {
            "" | "住民" | "在住" | "転入" | "異動なし" | "なし" | "生存" | "resident" => {
                "resident"
            }
            "死亡" | "死亡届" | "died" => "died",
            "転出" | "転居市外" | "moved" => "moved",
            "入院" | "入院中" | "hospitalised" => "hospitalised",
            "施設入所" | "入所" | "施設" | "facility" => "facility",
            _ => {
                return draft.error(
                    self.columns.heading("status"),
                    format!("「{text}」は読めません。死亡・転出・入院・施設入所のどれか、変わりなければ空欄にしてください"),
                );
            }
        };
        draft.set("status", status);
        if self.columns.has("status_on") || status == "resident" {
            let day = self.date(cells, "status_on", draft);
            draft.set("status_on", day.map(|d| d.to_string()));
        }
    }

    fn addresses(&self, cells: &Cells<'_>, draft: &mut Draft) {
        let address = cells.get("address");
        if address.is_empty() {
            draft.error(self.columns.heading("address"), "住所がありません");
        }
        draft.set("address", address);
        if self.columns.has("actual_address") {
            let actual = cells
                .filled("actual_address")
                .filter(|a| *a != address && !matches!(*a, "同上" | "同じ" | "〃"));
            draft.set("actual_address", actual);
        }
    }

    fn reach(&self, cells: &Cells<'_>, draft: &mut Draft) {
        let mut phones = BTreeSet::new();
        for column in ["phone", "mobile"] {
            let Some(text) = cells.filled(column) else {
                continue;
            };
            match phone::parse(text) {
                Ok(number) => {
                    if number.zero_restored {
                        draft.warn(
                            self.columns.heading(column),
                            "先頭の0が落ちていたので補いました",
                        );
                    }
                    let kind = if number.kind == phone::Kind::Mobile {
                        "mobile"
                    } else {
                        "phone"
                    };
                    phones.insert((kind, text.to_owned()));
                }
                // A number that cannot be dialled is still what the city knows.
                Err(error) => {
                    draft.warn(self.columns.heading(column), error.to_string());
                    phones.insert(("phone", text.to_owned()));
                }
            }
        }
        if self.columns.has("phone") || self.columns.has("mobile") {
            let list: Vec<Value> = phones
                .into_iter()
                .map(|(kind, value)| json!({"kind": kind, "value": value}))
                .collect();
            draft.set("phones", list);
        }
        if self.columns.has("emergency_phone") {
            let list: Vec<Value> = cells
                .filled("emergency_phone")
                .map(|value| {
                    json!({"value": value, "holder": cells.get("emergency_name"), "relation": cells.get("emergency_relation")})
                })
                .into_iter()
                .collect();
            draft.set("emergency", list);
        }
        if self.columns.has("mail") {
            let list: Vec<Value> = cells.filled("mail").map(Value::from).into_iter().collect();
            draft.set("mails", list);
        }
    }

    fn household(&self, cells: &Cells<'_>, draft: &mut Draft) {
        if !self.columns.has("household_no") {
            return;
        }
        let Some(number) = cells.filled("household_no") else {
            return draft.set("household", Value::Null);
        };
        let relationship = cells.get("relationship");
        let label = match cells.get("householder") {
            "" => format!("世帯 {number}"),
            name => format!("{name} 世帯"),
        };
        draft.set(
            "household",
            json!({
                "id": household_id(number),
                "label": label,
                "relationship": relationship,
                "is_householder": matches!(relationship, "本人" | "世帯主") || !relationship.is_empty() && cells.get("householder") == cells.get("name"),
            }),
        );
    }

    fn needs(&self, cells: &Cells<'_>, draft: &mut Draft) {
        for (field, words) in [("reasons", &REASONS[..]), ("help_needed", &HELP[..])] {
            if !self.columns.has(field) {
                continue;
            }
            let (known, unknown) = words_of(cells.get(field), words);
            for word in unknown {
                draft.warn(
                    self.columns.heading(field),
                    format!("「{word}」はどの区分か分からないため、その他必要事項に書き写しました"),
                );
                let noted = draft
                    .incoming
                    .entry("other_items")
                    .or_insert_with(|| "".into());
                let text = noted.as_str().unwrap_or("").to_owned();
                *noted = if text.is_empty() {
                    word
                } else {
                    format!("{text}、{word}")
                }
                .into();
            }
            draft.set(field, known.into_iter().collect::<Vec<_>>());
        }
        if self.columns.has("help_note") {
            draft.set("help_note", cells.get("help_note"));
        }
        if self.columns.has("other_items") {
            let copied = draft
                .incoming
                .get("other_items")
                .and_then(Value::as_str)
                .unwrap_or("");
            let parts = [cells.get("other_items"), copied];
            let text: Vec<&str> = parts.into_iter().filter(|p| !p.is_empty()).collect();
            let text = text.join("、");
            draft.set("other_items", text);
        }
        draft
            .extra
            .insert("reason_basis".into(), cells.get("reasons").into());
    }

    fn consent(&self, cells: &Cells<'_>, draft: &mut Draft) {
        if self.columns.has("consent") {
            let text = cells.get("consent");
            let status = match plain(text).as_str() {
                "同意" | "同意する" | "同意あり" | "あり" | "有" | "1" | "はい" | "済"
                | "consented" => "consented",
                "不同意" | "同意しない" | "拒否" | "なし" | "無" | "0" | "2" | "いいえ"
                | "refused" => "refused",
                "撤回" | "同意撤回" | "withdrawn" => "withdrawn",
                "" | "未回答" | "未返信" | "不明" | "unanswered" => "unanswered",
                _ if matches!(text, "○" | "〇" | "◯") => "consented",
                _ if matches!(text, "×" | "✕") => "refused",
                _ => {
                    return draft.error(
                        self.columns.heading("consent"),
                        format!("「{text}」は読めません。同意・不同意・撤回・未回答のどれかで書いてください"),
                    );
                }
            };
            let status = if self.ordinance_replaces_consent
                && matches!(status, "unanswered" | "consented")
            {
                "not_required_by_ordinance"
            } else {
                status
            };
            draft.set("consent", status);
            if self.columns.has("consent_on") {
                let day = self.date(cells, "consent_on", draft);
                draft.set("consent_on", day.map(|d| d.to_string()));
            }
            draft
                .extra
                .insert("consent_means".into(), cells.get("consent_means").into());
        } else if self.ordinance_replaces_consent {
            draft.set("consent", "not_required_by_ordinance");
        }
    }

    /// The list's own district wins, else the point; a name that no district has is pointed out. Nothing else decides.
    fn district(&mut self, cells: &Cells<'_>, draft: &mut Draft) {
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

    fn contacts(&self, cells: &Cells<'_>, draft: &mut Draft) {
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

    fn date(&self, cells: &Cells<'_>, field: &str, draft: &mut Draft) -> Option<NaiveDate> {
        let text = cells.filled(field)?;
        match era::parse(text) {
            Ok(date) => Some(date.date),
            Err(error) => {
                draft.error(self.columns.heading(field), format!("「{text}」：{error}"));
                None
            }
        }
    }
}

/// The search keys that go with a person's fields.
pub fn keys(fields: &Map<String, Value>) -> Map<String, Value> {
    let text = |name: &str| fields.get(name).and_then(Value::as_str);
    let mut keys = Map::new();
    if let Some(name) = text("name") {
        keys.insert("name_key".into(), search_key(name).into());
    }
    if let Some(kana) = text("name_kana") {
        keys.insert("kana_key".into(), kana_key(kana).into());
    }
    for (field, key) in [
        ("address", "address_key"),
        ("actual_address", "actual_address_key"),
    ] {
        if let Some(address) = text(field) {
            keys.insert(key.into(), search_key(address).into());
        }
    }
    let numbers: Map<String, Value> = ["phones", "emergency"]
        .iter()
        .filter_map(|list| fields.get(*list)?.as_array())
        .flatten()
        .filter_map(|item| {
            let value = item["value"].as_str()?;
            Some((value.to_owned(), phone::parse(value).ok()?.key.into()))
        })
        .collect();
    if !numbers.is_empty() {
        keys.insert("phone_keys".into(), numbers.into());
    }
    keys
}

fn sex(text: &str) -> Result<Option<&'static str>, ()> {
    match plain(text).as_str() {
        "" | "不明" => Ok(None),
        "男" | "男性" | "1" | "m" | "male" => Ok(Some("male")),
        "女" | "女性" | "2" | "f" | "female" => Ok(Some("female")),
        "その他" | "9" | "other" => Ok(Some("other")),
        _ => Err(()),
    }
}

fn is_marked(text: &str) -> bool {
    !matches!(text, "" | "0" | "無" | "なし" | "×" | "非該当")
}

/// The words of a cell (any separator) that we know, sorted, and those that we do not.
fn words_of(
    text: &str,
    known: &[(&'static str, &[&str])],
) -> (BTreeSet<&'static str>, Vec<String>) {
    let mut found = BTreeSet::new();
    let mut unknown = Vec::new();
    let separators = [';', '；', '、', ',', '，', '/', '／', '・', '\n', '|'];
    for word in text
        .split(separators)
        .map(str::trim)
        .filter(|w| !w.is_empty())
    {
        let wanted = plain(word);
        let hit = known.iter().find(|(ours, theirs)| {
            plain(ours) == wanted || theirs.iter().any(|t| plain(t) == wanted)
        });
        match hit {
            Some((ours, _)) => {
                found.insert(*ours);
            }
            None => unknown.push(word.to_owned()),
        }
    }
    (found, unknown)
}

/// The same household number is the same household in every import.
fn household_id(number: &str) -> Uuid {
    let digest = Sha256::digest(format!("household:{number}").as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}
