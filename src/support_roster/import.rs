//! Support rosters as cities keep them (CSV, XLSX), read through the profile 「標準」 and the caller's own column mapping. One row
//! becomes one [`Draft`]; nothing that cannot be understood is guessed.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use unicode_normalization::UnicodeNormalization;
use uuid::Uuid;

use super::profile::STANDARD;
pub use super::whereabouts::City;
use crate::imports::columns::{Cells, Columns, plain};
use crate::imports::draft::Draft;
use crate::imports::{Mapping, Refusal};
use crate::text::kana::{kana_key, search_key};
use crate::text::{address, era, phone};

/// Reads the rows of one roster.
pub struct Parser {
    pub(super) columns: Columns,
    pub(super) city: City,
    today: NaiveDate,
    listed_on: Option<NaiveDate>,
    pub(super) ordinance_replaces_consent: bool,
    pub(super) placed: u64,
    pub(super) swapped: u64,
    pub(super) first_swapped: Option<(u64, Option<u64>)>,
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

    pub(super) fn date(
        &self,
        cells: &Cells<'_>,
        field: &str,
        draft: &mut Draft,
    ) -> Option<NaiveDate> {
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
        if let Some(written) = text(field) {
            keys.insert(key.into(), address::parse(written, None).key.into());
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

/// The same household number is the same household in every import.
fn household_id(number: &str) -> Uuid {
    let digest = Sha256::digest(format!("household:{number}").as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}
