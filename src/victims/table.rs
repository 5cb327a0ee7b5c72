//! The registry as tables that leave: a provision with its number and its note, a list in the city's own columns.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::provision::{ProvisionField, RecipientKind};
use super::store::disclosure::Leaving;
use super::words::{
    AssistanceKind, AssistanceStatus, DamageGrade, DamageKind, VictimCertificate, VictimPlace,
    VictimSex,
};
use crate::events::EventKind;
use crate::sheet::Table;
use crate::support_roster::profile::help_word;

/// A provision as it is printed: kept as it left.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ProvisionSheet {
    /// 提供番号
    pub serial: i64,
    pub municipality: String,
    pub event: String,
    pub recipient_kind: String,
    pub recipient_name: String,
    pub basis: String,
    pub purpose: String,
    pub note: String,
    /// As on a clock in Japan.
    pub as_of: String,
    pub return_due_on: Option<chrono::NaiveDate>,
    pub headings: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

impl ProvisionSheet {
    /// As a table for a spreadsheet: every row says its number and how to treat it.
    pub fn table(self) -> Table {
        let title = format!(
            "{}　{}　被災者台帳の提供　第{}号　提供先：{}　目的：{}　根拠：{}　{}現在　{}",
            self.municipality,
            self.event,
            self.serial,
            self.recipient_name,
            self.purpose,
            self.basis,
            self.as_of,
            self.note
        );
        let mut headings: Vec<&str> = vec!["提供番号"];
        headings.extend(self.headings.iter().map(String::as_str));
        headings.push("取扱い");
        let due = self
            .return_due_on
            .map_or(String::new(), |day| format!("{day}までに返却・消去。"));
        let serial = self.serial;
        let rows = self.rows.into_iter().map(|row| {
            let mut cells = vec![serial.to_string()];
            cells.extend(row);
            cells.push(format!(
                "目的外の使用・ほかへの提供をしないこと。{due}被害は申し出によるもの。"
            ));
            cells
        });
        Table::of(
            EventKind::Disaster,
            "台帳情報の提供",
            &title,
            &headings,
            rows,
        )
    }
}

/// The headings of these items.
pub fn headings(fields: &[ProvisionField]) -> Vec<String> {
    std::iter::once("整理番号")
        .chain(fields.iter().map(|f| f.word()))
        .map(str::to_owned)
        .collect()
}

/// One person's cells, of these items only.
pub fn row(person: &Leaving, fields: &[ProvisionField]) -> Vec<String> {
    std::iter::once(person.number.to_string())
        .chain(fields.iter().map(|f| cell(person, *f)))
        .collect()
}

fn cell(p: &Leaving, field: ProvisionField) -> String {
    use ProvisionField as F;
    match field {
        F::Name => p.name.clone(),
        F::NameKana => p.name_kana.clone(),
        F::BirthOn => p.birth.clone(),
        F::Sex => VictimSex::word_of(p.sex.as_deref()).to_owned(),
        F::RegisteredAddress => p.registered_address.clone(),
        F::ActualResidence => p.actual_residence.clone(),
        F::Phones => p.phones.join("、"),
        F::Household => [p.household_label.as_str(), p.relationship.as_str()]
            .into_iter()
            .filter(|t| !t.is_empty())
            .collect::<Vec<_>>()
            .join("／"),
        F::DwellingDamage => said(DamageGrade::word_of(p.dwelling.as_deref())),
        F::OtherDamage => lines(&p.other_damage, |parts| {
            format!(
                "{} {}",
                DamageKind::word_of(parts[0]),
                DamageGrade::word_of(parts[1])
            )
        }),
        F::Assistance => lines(&p.assistance, |parts| {
            format!(
                "{} {} {}",
                parts[0].unwrap_or_default(),
                AssistanceKind::word_of(parts[1]),
                AssistanceStatus::word_of(parts[2])
            )
        }),
        F::SpecialCare => match p.special_care {
            Some(true) => "要配慮".into(),
            Some(false) => "該当しない".into(),
            None => "未確認".into(),
        },
        F::SpecialCareReasons => reasons(&p.special_care_reasons),
        F::Certificate => VictimCertificate::word_of(Some(&p.certificate)).to_owned(),
        F::Whereabouts => whereabouts(p),
    }
}

/// In the words of what help is needed.
pub fn reasons(codes: &[String]) -> String {
    codes
        .iter()
        .map(|code| help_word(code))
        .collect::<Vec<_>>()
        .join("、")
}

fn whereabouts(p: &Leaving) -> String {
    let kind = VictimPlace::word_of(p.whereabouts.as_deref());
    let place = p.place.as_deref().or(p.whereabouts_words.as_deref());
    match place.filter(|t| !t.is_empty()) {
        Some(place) => format!("{kind}（{place}）"),
        None => said(kind),
    }
}

/// Nobody said is not nothing.
fn said(word: &str) -> String {
    if word.is_empty() { "未確認" } else { word }.to_owned()
}

/// Records one after the other, with their own words in brackets.
fn lines(records: &[Vec<Option<String>>], of: impl Fn(&[Option<&str>]) -> String) -> String {
    records
        .iter()
        .map(|record| {
            let parts: Vec<Option<&str>> = record.iter().map(Option::as_deref).collect();
            let head = of(&parts);
            match parts.last().copied().flatten().filter(|t| !t.is_empty()) {
                Some(words) => format!("{head}（{words}）"),
                None => head,
            }
        })
        .collect::<Vec<_>>()
        .join("；")
}

/// Who is asking for her own extract also reads to whom it was given: an item of the registry.
pub const OWN_HEADINGS: [&str; 2] = ["同意の状況", "提供の記録"];

/// The two cells that only her own extract has.
pub fn own_cells(consents: &[super::entry::Consent], given: &[super::entry::Given]) -> [String; 2] {
    let kind = |code: &str| {
        RecipientKind::of(code)
            .map_or("", RecipientKind::word)
            .to_owned()
    };
    let consents = consents.iter().filter(|c| c.is_in_force).map(|c| {
        format!(
            "{} {} {}（{}）",
            c.obtained_on,
            kind(&c.recipient_kind),
            c.recipient_name,
            super::words::ConsentStatus::word_of(Some(&c.status))
        )
    });
    let given = given.iter().map(|g| {
        format!(
            "{} {} {}（{}）",
            crate::sheet::local(g.provided_at),
            kind(&g.recipient_kind),
            if g.recipient_kind == "self" {
                ""
            } else {
                &g.recipient_name
            },
            g.purpose
        )
    });
    let none = |lines: Vec<String>| match lines.is_empty() {
        true => "なし".to_owned(),
        false => lines.join("；"),
    };
    [none(consents.collect()), none(given.collect())]
}
