//! A round as a table that staff take away.

use chrono::{DateTime, Utc};

use super::board::Bucket;
use super::member::{Member, Reach};
use super::observation::{Outcome, Whereabouts};
use super::round::Round;
use crate::sheet::{Table, local};

const HEADINGS: [&str; 17] = [
    "校区",
    "氏名",
    "ふりがな",
    "年齢",
    "性別",
    "住所",
    "電話",
    "必要な支援",
    "確認の状況",
    "安否",
    "所在",
    "食い違い",
    "未解決の救助要請",
    "試みた回数",
    "最後に分かった時刻",
    "対象外の理由",
    "担当",
];

/// A round's members, in the order given.
pub fn of_round(round: &Round, members: &[(Member, Vec<Reach>)], as_of: DateTime<Utc>) -> Table {
    let title = format!(
        "{}　{}　{}現在　支援措置の方は含みません（本部の一覧で確認します）",
        round.event.name,
        round.name,
        local(as_of)
    );
    let rows = members
        .iter()
        .map(|(member, contacts)| row(member, contacts));
    Table::of(round.event.kind, "安否確認", &title, &HEADINGS, rows)
}

fn row(m: &Member, contacts: &[Reach]) -> Vec<String> {
    let phones: Vec<&str> = contacts
        .iter()
        .filter(|c| c.kind != "mail" && c.kind != "fax")
        .map(|c| c.value.as_str())
        .collect();
    let assigned: Vec<&str> = m.assigned.iter().map(|a| a.name.as_str()).collect();
    let subject = |key: &str| {
        m.subject
            .as_ref()
            .and_then(|s| s.get(key))
            .and_then(|v| v.as_str())
            .map(str::to_owned)
    };
    vec![
        m.district.name.clone(),
        m.name
            .clone()
            .or_else(|| subject("label"))
            .unwrap_or_default(),
        m.name_kana.clone().unwrap_or_default(),
        m.age.map(|a| a.to_string()).unwrap_or_default(),
        sex_word(m.sex.as_deref()).to_owned(),
        m.address
            .clone()
            .or_else(|| subject("place"))
            .unwrap_or_default(),
        phones.join("、"),
        m.help_note.clone().unwrap_or_default(),
        bucket_word(m.bucket).to_owned(),
        m.outcome.map(outcome_word).unwrap_or_default().to_owned(),
        m.whereabouts
            .map(whereabouts_word)
            .unwrap_or_default()
            .to_owned(),
        if m.is_contradicted { "あり" } else { "" }.to_owned(),
        if m.open_rescues > 0 {
            m.open_rescues.to_string()
        } else {
            String::new()
        },
        m.attempts_count.to_string(),
        m.last_heard_at.map(local).unwrap_or_default(),
        reason_word(m.out_of_scope_reason.as_deref()).to_owned(),
        assigned.join("、"),
    ]
}

fn sex_word(sex: Option<&str>) -> &'static str {
    match sex {
        Some("female") => "女",
        Some("male") => "男",
        Some(_) => "その他",
        None => "",
    }
}

fn bucket_word(bucket: Bucket) -> &'static str {
    match bucket {
        Bucket::Unchecked => "未確認",
        Bucket::Tried => "応答なし等",
        Bucket::Safe => "無事",
        Bucket::NeedHelp => "要対応",
        Bucket::Unknown => "不明",
        Bucket::OutOfScope => "対象外",
    }
}

fn outcome_word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Safe => "無事",
        Outcome::Unknown => "不明",
        Outcome::InjuredMinor => "軽傷",
        Outcome::NeedsSupport => "要支援",
        Outcome::InjuredSerious => "重傷",
        Outcome::NeedsRescue => "要救助",
        Outcome::Deceased => "死亡",
    }
}

fn whereabouts_word(whereabouts: Whereabouts) -> &'static str {
    match whereabouts {
        Whereabouts::Home => "在宅",
        Whereabouts::Shelter => "避難所",
        Whereabouts::Relatives => "親族宅等",
        Whereabouts::Hospital => "入院",
        Whereabouts::CareFacility => "施設入所",
        Whereabouts::Away => "外出",
        Whereabouts::Moved => "転居",
        Whereabouts::Unknown => "不明",
    }
}

fn reason_word(reason: Option<&str>) -> &'static str {
    match reason {
        Some("died") => "死亡",
        Some("moved") => "転居",
        Some("hospitalised") => "入院",
        Some("facility") => "施設入所",
        Some("delisted") => "名簿から除外",
        _ => "",
    }
}
