//! The roster as a table that leaves: headquarters' own, complete and in the words that the import reads back; the version for those who
//! help, with help needed and no reason; the figures by district.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::figures::Coverage;
use super::line::{Recipient, RosterLine};
use super::profile::{HELP, REASONS};
use super::store::lines::Complete;
use crate::sheet::{Table, local};

/// The words by which the import knows these fields.
const COMPLETE: [&str; 28] = [
    "宛名番号",
    "氏名",
    "フリガナ",
    "生年月日",
    "性別",
    "住所",
    "居所",
    "電話番号",
    "携帯電話番号",
    "メールアドレス",
    "緊急連絡先氏名",
    "緊急連絡先電話番号",
    "緊急連絡先続柄",
    "要支援理由",
    "必要な支援",
    "支援の留意点",
    "その他必要事項",
    "同意",
    "同意日",
    "同意方法",
    "担当者1",
    "担当者2",
    "校区",
    "緯度",
    "経度",
    "支援措置",
    "異動区分",
    "異動日",
];

/// Headquarters' own version: read back by the import it changes nothing.
pub fn complete(people: &[Complete], as_of: DateTime<Utc>) -> Table {
    let title = format!(
        "避難行動要支援者名簿（災害対策本部用・全員）　{}現在　{}人　支援措置の方を含みます。本部の外に出さないでください",
        local(as_of),
        people.len()
    );
    let rows = people.iter().map(complete_row).collect();
    Table::of_peacetime("名簿", title, &COMPLETE, rows)
}

fn complete_row(person: &Complete) -> Vec<String> {
    let r = &person.record;
    let text = |field: &str| text(&r[field]);
    let numbers = |kind: &str| -> Vec<String> {
        let all = r["phones"].as_array().into_iter().flatten();
        all.filter(|n| n["kind"] == kind)
            .map(|n| self::text(&n["value"]))
            .collect()
    };
    let (phone, mobile) = two_numbers(numbers("phone"), numbers("mobile"));
    let emergency = &r["emergency"][0];
    let contact = |rank: i16| {
        let found = person.contacts.iter().find(|c| c.rank == rank);
        found.map(|c| c.name.clone()).unwrap_or_default()
    };
    vec![
        text("resident_no"),
        text("name"),
        text("name_kana"),
        text("birth_on"),
        sex_word(r["sex"].as_str()).to_owned(),
        text("address"),
        text("actual_address"),
        phone,
        mobile,
        self::text(&r["mails"][0]),
        self::text(&emergency["holder"]),
        self::text(&emergency["value"]),
        self::text(&emergency["relation"]),
        words_of(&r["reasons"], reason_word),
        words_of(&r["help_needed"], help_word),
        text("help_note"),
        text("other_items"),
        consent_word(&text("consent")).to_owned(),
        text("consent_on"),
        person.consent_means.clone(),
        contact(1),
        contact(2),
        person.district.clone(),
        text("lat"),
        text("lon"),
        if r["is_protected"] == true {
            "対象"
        } else {
            ""
        }
        .to_owned(),
        status_word(&text("status")).to_owned(),
        text("status_on"),
    ]
}

/// The import has two columns for numbers, and tells landline from mobile by the number itself: a second one of a kind stands in the
/// other's column.
fn two_numbers(phones: Vec<String>, mobiles: Vec<String>) -> (String, String) {
    let [mut phones, mut mobiles] = [phones.into_iter(), mobiles.into_iter()];
    let phone = phones.next();
    let mobile = mobiles.next();
    (
        phone.or_else(|| mobiles.next()).unwrap_or_default(),
        mobile.or_else(|| phones.next()).unwrap_or_default(),
    )
}

const DISCLOSED: [&str; 15] = [
    "校区",
    "氏名",
    "ふりがな",
    "生年月日",
    "性別",
    "住所",
    "電話",
    "緊急連絡先",
    "必要な支援",
    "支援の留意点",
    "個別避難計画",
    "担当",
    "提供の根拠",
    "提供先",
    "時点",
];

/// The version for those who help.
pub fn disclosed(lines: &[RosterLine], to: Recipient, as_of: DateTime<Utc>) -> Table {
    let title = format!(
        "避難行動要支援者名簿（{}用）　{}現在　{}人　災害対策基本法第49条の11による提供。秘密を守る義務があります（第49条の13）。用がすんだら返してください",
        to.word(),
        local(as_of),
        lines.len()
    );
    let rows = lines.iter().map(|line| disclosed_row(line, to, as_of));
    Table::of_peacetime("名簿", title, &DISCLOSED, rows.collect())
}

fn disclosed_row(line: &RosterLine, to: Recipient, as_of: DateTime<Utc>) -> Vec<String> {
    let p = &line.person;
    let help: Vec<&str> = line
        .help_needed
        .iter()
        .map(|code| help_word(code))
        .collect();
    let contacts: Vec<&str> = line.standing_contacts.iter().map(|c| &*c.name).collect();
    vec![
        p.district.name.clone(),
        p.name.clone(),
        p.name_kana.clone(),
        p.birth_on.map(|day| day.to_string()).unwrap_or_default(),
        sex_word(p.sex.as_deref()).to_owned(),
        p.address.clone().unwrap_or_default(),
        line.numbers(&["phone", "mobile"]).join("、"),
        line.numbers(&["emergency_phone"]).join("、"),
        help.join("、"),
        line.help_note.clone(),
        match &line.plan {
            Some(plan) if plan.status == "in_force" => "あり",
            _ => "",
        }
        .to_owned(),
        contacts.join("、"),
        ground_word(&p.roster_consent, to).to_owned(),
        to.word().to_owned(),
        local(as_of),
    ]
}

/// On what ground this person stands in a list for somebody outside.
fn ground_word(consent: &str, to: Recipient) -> &'static str {
    match (to, consent) {
        (Recipient::Headquarters, _) => "内部利用（第49条の11第1項）",
        (Recipient::SupportOrganisation, "consented") => "同意（第49条の11第2項）",
        (Recipient::SupportOrganisation, "not_required_by_ordinance") => "条例（第49条の11第2項）",
        (Recipient::SupportOrganisation, _) => "緊急時の提供（第49条の11第3項）",
        _ => "同意または緊急時の提供（第49条の11）",
    }
}

const FIGURES: [&str; 14] = [
    "校区",
    "名簿の人数",
    "同意",
    "条例による提供",
    "不同意",
    "同意の撤回",
    "未回答",
    "計画あり",
    "うち見直し時期",
    "計画作成中",
    "担当あり",
    "電話あり",
    "メールあり",
    "時点",
];

/// The figures by district; what is not said is not zero.
pub fn figures(coverage: &Coverage) -> Table {
    let when = local(coverage.as_of);
    let how = if coverage.is_suppressed {
        "　5人未満は伏せ、5人単位で切り捨てた数です"
    } else {
        ""
    };
    let row = |name: &str, cells: [Option<i64>; 12]| {
        let cells = cells.map(|cell| cell.map_or("5人未満".into(), |n| n.to_string()));
        [vec![name.to_owned()], cells.to_vec(), vec![when.clone()]].concat()
    };
    let mut rows: Vec<Vec<String>> = coverage
        .items
        .iter()
        .map(|item| row(&item.district.name, item.figures.cells()))
        .collect();
    rows.push(row("合計", coverage.total.cells()));
    let title = format!("避難行動要支援者名簿の整備状況　{when}現在{how}");
    Table::of_peacetime("整備状況", title, &FIGURES, rows)
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn words_of(codes: &Value, word: fn(&str) -> &str) -> String {
    let codes = codes.as_array().into_iter().flatten();
    let words: Vec<&str> = codes.filter_map(Value::as_str).map(word).collect();
    words.join("、")
}

/// The first word that a list uses for a category (behind its number).
fn reason_word(code: &str) -> &str {
    let found = REASONS.iter().find(|(ours, _)| *ours == code);
    found.and_then(|(_, words)| words.get(1)).unwrap_or(&code)
}

/// The first word that a list uses for a kind of help.
pub fn help_word(code: &str) -> &str {
    let found = HELP.iter().find(|(ours, _)| *ours == code);
    found.and_then(|(_, words)| words.first()).unwrap_or(&code)
}

fn sex_word(sex: Option<&str>) -> &'static str {
    match sex {
        Some("female") => "女",
        Some("male") => "男",
        Some(_) => "その他",
        None => "",
    }
}

fn consent_word(status: &str) -> &'static str {
    match status {
        "consented" => "同意",
        "refused" => "不同意",
        "withdrawn" => "撤回",
        "not_required_by_ordinance" => "条例による提供",
        _ => "未回答",
    }
}

fn status_word(status: &str) -> &'static str {
    match status {
        "died" => "死亡",
        "moved" => "転出",
        "hospitalised" => "入院",
        "facility" => "施設入所",
        _ => "",
    }
}
