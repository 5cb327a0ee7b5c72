//! The registry as other systems keep it (被災者支援システム), read by headings and the caller's own mapping. A blank cell changes
//! nothing: what the door or the round learned is not wiped by a list that does not know it. Nobody is matched by name alone.

use std::collections::HashMap;

use chrono::NaiveDate;
use serde_json::{Map, Value};
use sqlx::PgConnection;
use unicode_normalization::UnicodeNormalization;
use uuid::Uuid;

use super::words::{DamageGrade, DamageKind, VictimCertificate, VictimPlace, VictimSex};
use crate::districts;
use crate::events::{self, EventKind};
use crate::imports::columns::{Cells, Columns, Field, plain};
use crate::imports::draft::Draft;
use crate::imports::{Mapping, Refusal};
use crate::problem::{Problem, Result};
use crate::support_roster::needs::words_of;
use crate::support_roster::profile::HELP;
use crate::text::address;
use crate::text::era;
use crate::text::kana::{kana_key, search_key};

macro_rules! fields {
    ($($name:literal: $($heading:literal)|+;)*) => { &[$(Field { name: $name, headings: &[$($heading),+] }),*] };
}

/// Fields of the registry and the headings they go by; the first is what an export writes.
pub const FIELDS: &[Field] = fields! {
    "number": "整理番号" | "台帳番号" | "被災者番号" | "被災者台帳番号";
    "resident_no": "宛名番号" | "住民番号" | "住民コード" | "個人コード" | "resident_no";
    "name": "氏名" | "氏名(漢字)" | "漢字氏名" | "名前" | "被災者氏名" | "name";
    "name_kana": "ふりがな" | "氏名カナ" | "氏名(カナ)" | "カナ氏名" | "フリガナ" | "カナ" | "name_kana";
    "birth": "生年月日" | "誕生日" | "birth_on";
    "sex": "性別" | "sex";
    "registered_address": "住所" | "住民票の住所" | "住民票住所" | "住民登録地" | "現住所" | "address";
    "actual_residence": "居所" | "実際の住所" | "被災時の居所" | "居住地" | "actual_residence";
    "district": "校区" | "小学校区" | "小学校区名" | "校区名" | "district";
    "phones": "電話番号" | "連絡先" | "電話" | "電話番号その他の連絡先" | "携帯電話" | "phone";
    "household_label": "世帯" | "世帯名" | "世帯主" | "世帯主氏名" | "世帯番号";
    "relationship": "続柄";
    "special_care": "要配慮者" | "要配慮" | "要配慮者区分";
    "special_care_reasons": "要配慮の事由" | "要配慮事由" | "必要な支援" | "事由";
    "certificate": "罹災証明書" | "罹災証明" | "り災証明書" | "罹災証明書の交付状況" | "罹災証明書交付状況";
    "dwelling_damage": "住家の被害" | "住家被害" | "被害の程度" | "住家の被害の程度" | "被害区分";
    "whereabouts": "居場所" | "いまの居場所" | "避難区分" | "避難状況";
    "place": "避難先" | "避難所" | "避難所名" | "居場所の名称";
    "protected": "支援措置" | "DV等支援措置" | "DV支援措置" | "支援措置対象";
};

/// Reads the rows of one list of victims.
pub struct Parser {
    columns: Columns,
    districts: HashMap<String, Uuid>,
    today: NaiveDate,
}

impl Parser {
    /// Recognise the list, for a disaster that has a registry: nothing of a drill can enter.
    pub async fn new(
        conn: &mut PgConnection,
        headings: &[String],
        line: u64,
        mapping: &Mapping,
        today: NaiveDate,
    ) -> Result<Result<Self, Refusal>> {
        if let Err(refusal) = disaster(conn, mapping.event).await? {
            return Ok(Err(refusal));
        }
        let columns = Columns::find(headings, FIELDS, mapping)
            .and_then(|columns| columns.require(FIELDS, &["name"], line).map(|()| columns));
        let districts = districts::store::in_force(conn, None)
            .await?
            .into_iter()
            .map(|d| (search_key(&d.name), d.id))
            .collect();
        Ok(columns.map(|columns| Self {
            columns,
            districts,
            today,
        }))
    }

    pub fn columns(&self) -> &Columns {
        &self.columns
    }

    /// One person.
    pub fn row(&mut self, cells: &Cells<'_>) -> Draft {
        let mut draft = Draft::at(cells.line);
        self.who(cells, &mut draft);
        self.texts(cells, &mut draft);
        self.care(cells, &mut draft);
        self.damage(cells, &mut draft);
        let keys = keys(&draft.incoming);
        draft.extra.extend(keys);
        draft.key = key(&draft);
        draft
    }

    fn who(&self, cells: &Cells<'_>, draft: &mut Draft) {
        let number: String = cells.get("number").nfkc().collect();
        match (plain(&number).as_str(), number.parse::<i32>()) {
            ("", _) => {}
            ("新規" | "new", _) => {
                draft.extra.insert("is_new".into(), true.into());
            }
            (_, Ok(number)) if number > 0 => {
                draft.extra.insert("number".into(), number.into());
            }
            _ => draft.error(
                self.columns.heading("number"),
                format!("「{number}」は読めません。この台帳の整理番号を書くか、新しい方なら「新規」と書いてください"),
            ),
        }
        match cells.filled("name") {
            Some(name) => draft.set("name", name),
            None => draft.error(self.columns.heading("name"), "氏名がありません"),
        }
        if let Some(birth) = cells.filled("birth") {
            match era::parse(birth) {
                Ok(date) if date.date > self.today => {
                    draft.error(self.columns.heading("birth"), "生年月日が未来の日付です");
                }
                Ok(date) => {
                    draft.set("birth_on", date.date.to_string());
                    draft.extra.insert("birth_text".into(), birth.into());
                }
                Err(error) => {
                    draft.warn(
                        self.columns.heading("birth"),
                        format!("「{birth}」：{error}。日付としては使わず、書かれたまま残します"),
                    );
                    draft.set("birth_on", Value::Null);
                    draft.set("birth_text", birth);
                }
            }
        }
        self.coded(cells, draft, "sex", "男・女・その他", |t| {
            VictimSex::read(t).map(VictimSex::as_str)
        });
        if !matches!(
            cells.get("protected"),
            "" | "0" | "無" | "なし" | "×" | "非該当"
        ) {
            draft.set("is_protected", true);
        }
    }

    fn texts(&self, cells: &Cells<'_>, draft: &mut Draft) {
        for field in [
            "name_kana",
            "registered_address",
            "actual_residence",
            "household_label",
            "relationship",
        ] {
            if let Some(text) = cells.filled(field) {
                draft.set(field, text);
            }
        }
        if let Some(number) = cells.filled("resident_no") {
            draft.set("resident_no", number.nfkc().collect::<String>());
        }
        if let Some(phones) = cells.filled("phones") {
            let phones: Vec<&str> = phones
                .split(['、', ',', ';', '；', '\n'])
                .map(str::trim)
                .filter(|p| !p.is_empty())
                .collect();
            draft.set("phones", phones);
        }
        if let Some(name) = cells.filled("district") {
            match self.districts.get(&search_key(name)) {
                Some(id) => draft.set("district_id", id.to_string()),
                None => draft.error(
                    self.columns.heading("district"),
                    format!(
                        "「{name}」という校区はありません。校区の名前を直すか、空欄にしてください"
                    ),
                ),
            }
        }
    }

    fn care(&self, cells: &Cells<'_>, draft: &mut Draft) {
        if let Some(text) = cells.filled("special_care") {
            match plain(text).as_str() {
                "要配慮" | "該当" | "はい" | "有" | "あり" | "1" | "true" => {
                    draft.set("special_care", true);
                }
                "該当しない" | "非該当" | "いいえ" | "無" | "なし" | "0" | "false" => {
                    draft.set("special_care", false);
                }
                "未確認" | "不明" => draft.set("special_care", Value::Null),
                _ if matches!(text, "○" | "〇" | "◯") => draft.set("special_care", true),
                _ if matches!(text, "×" | "✕") => draft.set("special_care", false),
                _ => draft.error(
                    self.columns.heading("special_care"),
                    format!("「{text}」は読めません。要配慮・該当しないのどちらか、分からなければ空欄にしてください"),
                ),
            }
        }
        if let Some(text) = cells.filled("special_care_reasons") {
            draft.set("special_care_reasons", reasons(text));
        }
        self.coded(
            cells,
            draft,
            "certificate",
            "未申請・申請済み・調査済み・交付済みなど",
            |t| VictimCertificate::read(t).map(VictimCertificate::as_str),
        );
    }

    fn damage(&self, cells: &Cells<'_>, draft: &mut Draft) {
        self.coded(
            cells,
            draft,
            "dwelling_damage",
            "全壊・半壊・準半壊・一部損壊など",
            |t| {
                DamageGrade::read(t)
                    .filter(|g| g.fits(DamageKind::Dwelling))
                    .map(DamageGrade::as_str)
            },
        );
        self.coded(
            cells,
            draft,
            "whereabouts",
            "在宅・避難所・車中泊・親族・知人宅など",
            |t| VictimPlace::read(t).map(VictimPlace::as_str),
        );
        if let Some(place) = cells.filled("place") {
            draft.set("place", place);
            if cells.get("whereabouts").is_empty() {
                draft.set("whereabouts", VictimPlace::Shelter.as_str());
            }
        }
    }

    /// A cell that stands for a code; blank changes nothing.
    fn coded(
        &self,
        cells: &Cells<'_>,
        draft: &mut Draft,
        field: &str,
        words: &str,
        read: impl Fn(&str) -> Option<&'static str>,
    ) {
        let Some(text) = cells.filled(field) else {
            return;
        };
        match read(text) {
            Some(code) => draft.set(field, code),
            None => draft.error(
                self.columns.heading(field),
                format!("「{text}」は読めません。{words}のように書くか、空欄にしてください"),
            ),
        }
    }
}

/// The disaster whose registry a list is of; a drill or no disaster is refused.
async fn disaster(conn: &mut PgConnection, event: Option<Uuid>) -> Result<Result<(), Refusal>> {
    let refuse = |words: &str| Ok(Err(Refusal::new(words)));
    let Some(event) = event else {
        return refuse("どの災害の台帳かが分かりません。災害を選んで、もう一度読み込んでください");
    };
    let event =
        match events::store::by_id(conn, event, chrono::DateTime::<chrono::Utc>::MIN_UTC).await {
            Ok(event) => event,
            Err(Problem::NotFound) => {
                return refuse("その災害はありません。災害を選び直してください");
            }
            Err(problem) => return Err(problem),
        };
    match (event.kind, event.is_standing) {
        (EventKind::Drill, _) => refuse(
            "訓練が選ばれています。訓練のものは被災者台帳に入れられません。災害を選んでください",
        ),
        (_, true) => {
            refuse("常設の災害には台帳がありません。災害を始めて、その災害を選んでください")
        }
        _ => Ok(Ok(())),
    }
}

/// Kinds of help that we know by code, everything else as it is written, in its order.
fn reasons(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for part in text.split(['、', ';', '；', '\n']).map(str::trim) {
        let (codes, unknown) = words_of(part, &HELP);
        let said: Vec<String> = match unknown.is_empty() {
            true => codes.into_iter().map(str::to_owned).collect(),
            false => vec![part.to_owned()],
        };
        for one in said {
            if !one.is_empty() && !found.contains(&one) {
                found.push(one);
            }
        }
    }
    found
}

/// What two rows of one person share.
fn key(draft: &Draft) -> String {
    if draft.extra.contains_key("is_new") {
        return format!("新規 {}行目", draft.line.unwrap_or_default());
    }
    let text = |of: &Map<String, Value>, name: &str| {
        of.get(name)
            .and_then(Value::as_str)
            .unwrap_or("")
            .to_owned()
    };
    if let Some(number) = draft.extra.get("number") {
        return format!("整理番号 {number}");
    }
    match text(&draft.incoming, "resident_no") {
        number if !number.is_empty() => format!("宛名番号 {number}"),
        _ => format!(
            "{}｜{}｜{}",
            text(&draft.incoming, "name"),
            text(&draft.incoming, "birth_on"),
            text(&draft.extra, "address_key")
        ),
    }
}

/// The search keys that go with an entry's fields.
pub fn keys(fields: &Map<String, Value>) -> Map<String, Value> {
    let text = |name: &str| {
        fields
            .get(name)
            .and_then(Value::as_str)
            .filter(|t| !t.is_empty())
    };
    let mut keys = Map::new();
    if let Some(name) = text("name") {
        keys.insert("name_key".into(), search_key(name).into());
    }
    if let Some(kana) = text("name_kana") {
        keys.insert("kana_key".into(), kana_key(kana).into());
    }
    if let Some(written) = text("actual_residence").or_else(|| text("registered_address")) {
        keys.insert(
            "address_key".into(),
            address::parse(written, None).key.into(),
        );
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_keep_their_order_and_what_has_no_code_stays_a_word() {
        assert_eq!(
            reasons("担架、車いす、視覚・聴覚の重複、車椅子"),
            ["stretcher", "wheelchair", "視覚・聴覚の重複"]
        );
    }
}
