//! 市の設定: what somebody states about the city, checked in words, written with its audit line.

use serde::Serialize;
use serde_json::{Value, json};
use unicode_normalization::UnicodeNormalization as _;
use utoipa::ToSchema;
use uuid::Uuid;

use super::store;
use crate::audit::{self, Entry};
use crate::db::Tx;
use crate::problem::{FieldError, Problem, Result};
use crate::text::lg_code::LgCode;
use crate::text::phone::{self, PhoneError};

/// What was stated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stated {
    pub name: String,
    /// Six digits.
    pub lg_code: String,
    /// Empty: none.
    pub phone: String,
    pub districts: Vec<DistrictNumber>,
}

/// A district in force and the number that its volunteers and residents call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = CityDistrict)]
pub struct DistrictNumber {
    pub id: Uuid,
    pub code: String,
    pub name: String,
    /// Empty: the city's.
    pub phone: String,
}

/// What is to be changed; `None` leaves it.
#[derive(Debug, Clone, Default)]
pub struct Change {
    pub name: Option<String>,
    pub lg_code: Option<String>,
    pub phone: Option<String>,
    /// By the district's id; empty: the city's number again.
    pub districts: Vec<(Uuid, String)>,
}

/// Change it, with one audit line that names before and after. Saying the same again changes and records nothing.
pub async fn change(tx: &mut Tx, change: &Change) -> Result<Stated> {
    let before = store::stated_for_update(tx).await?;
    let after = checked(&before, change)?;
    let difference = difference(&before, &after);
    if difference.is_empty() {
        return Ok(after);
    }
    store::write(tx, &after).await?;
    let entry = Entry::new("city.set", "city", &[]).detail(Value::Object(difference));
    audit::append(tx, entry).await?;
    Ok(after)
}

fn checked(before: &Stated, change: &Change) -> Result<Stated> {
    let mut wrong = Vec::new();
    let mut keep = |pointer: String, read: Result<String, String>| {
        read.unwrap_or_else(|why| {
            wrong.push(FieldError::new(&pointer, why));
            String::new()
        })
    };
    let mut after = before.clone();
    if let Some(name) = &change.name {
        after.name = keep("/name".into(), name_of(name));
    }
    if let Some(code) = &change.lg_code {
        let code = LgCode::parse(code).map(|c| c.to_string());
        after.lg_code = keep("/lg_code".into(), code.map_err(|e| format!("{e}。")));
    }
    if let Some(number) = &change.phone {
        after.phone = keep("/phone".into(), number_of(number));
    }
    for (n, (id, number)) in change.districts.iter().enumerate() {
        let read = keep(format!("/districts/{n}/phone"), number_of(number));
        match after.districts.iter_mut().find(|d| d.id == *id) {
            Some(district) => district.phone = read,
            None => {
                let why = "この校区は今の一覧にありません。画面を開き直してください。";
                keep(format!("/districts/{n}/id"), Err(why.into()));
            }
        }
    }
    match wrong.is_empty() {
        true => Ok(after),
        false => Err(Problem::Invalid(wrong)),
    }
}

const LONGEST_NAME: usize = 40;

fn name_of(text: &str) -> Result<String, String> {
    let name = text.trim();
    if name.is_empty() {
        return Err("市の名前を入力してください（例：豊中市）。".into());
    }
    if name.chars().count() > LONGEST_NAME {
        return Err(format!("市の名前は{LONGEST_NAME}文字までです。"));
    }
    if name.chars().any(char::is_control) {
        return Err("市の名前に改行などは使えません。".into());
    }
    Ok(name.to_owned())
}

/// A number as it is shown and dialled: digits and dashes. Empty: none.
fn number_of(text: &str) -> Result<String, String> {
    if text.trim().is_empty() {
        return Ok(String::new());
    }
    let read = phone::parse(text).map_err(|e| match e {
        PhoneError::Empty => "市外局番からの電話番号を入力してください。".to_owned(),
        e => format!("{e}。"),
    })?;
    if read.extension.is_some() {
        return Err(
            "内線は電話から直接かけられません。直通か代表の番号を入力してください。".into(),
        );
    }
    let shown = dashed(text);
    let digits: String = shown.chars().filter(char::is_ascii_digit).collect();
    // Written with a country code or without its leading zero: the digits that are dialled in Japan.
    Ok(if digits == read.key { shown } else { read.key })
}

/// Digits, with a dash wherever something stood between two of them.
fn dashed(text: &str) -> String {
    let mut shown = String::new();
    for c in text.nfkc() {
        match c {
            '0'..='9' => shown.push(c),
            _ if shown.ends_with('-') || shown.is_empty() => {}
            _ => shown.push('-'),
        }
    }
    shown.trim_end_matches('-').to_owned()
}

fn changed_districts<'a>(
    before: &'a Stated,
    after: &'a Stated,
) -> impl Iterator<Item = (&'a DistrictNumber, &'a DistrictNumber)> {
    let pairs = before.districts.iter().zip(&after.districts);
    pairs.filter(|(was, is)| was.phone != is.phone)
}

/// `{name: [before, after], …, districts: {code: [before, after]}}`, of what changed.
fn difference(before: &Stated, after: &Stated) -> serde_json::Map<String, Value> {
    let fields = [
        ("name", &before.name, &after.name),
        ("lg_code", &before.lg_code, &after.lg_code),
        ("phone", &before.phone, &after.phone),
    ];
    let mut told: serde_json::Map<String, Value> = fields
        .into_iter()
        .filter(|(_, was, is)| was != is)
        .map(|(what, was, is)| (what.to_owned(), json!([was, is])))
        .collect();
    let districts: serde_json::Map<String, Value> = changed_districts(before, after)
        .map(|(was, is)| (was.code.clone(), json!([was.phone, is.phone])))
        .collect();
    if !districts.is_empty() {
        told.insert("districts".into(), districts.into());
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_kept_as_it_is_dialled_however_it_was_typed() {
        for (typed, kept) in [
            ("06-6858-1111", "06-6858-1111"),
            ("０６（６８５８）１１１１", "06-6858-1111"),
            (" 06 6858 1111 ", "06-6858-1111"),
            ("0668581111", "0668581111"),
            ("+81 6 6858 1111", "0668581111"),
            ("668581111", "0668581111"),
            ("電話 0120-123-456", "0120-123-456"),
            ("", ""),
            ("　", ""),
        ] {
            assert_eq!(number_of(typed), Ok(kept.to_owned()), "{typed}");
        }
    }

    #[test]
    fn a_number_that_nobody_can_dial_is_refused_in_words() {
        for (typed, why) in [
            ("6858-1111", "市外局番がありません"),
            ("06-0000-0000", "桁数"),
            ("06-6858-1111 内線 23", "内線"),
            ("06-6858-1111 / 06-6858-2222", "2つ以上"),
            ("119", "桁数"),
            ("代表電話", "使えない文字"),
        ] {
            let told = number_of(typed).expect_err(typed);
            assert!(told.contains(why), "{typed}: {told}");
        }
    }
}
