//! The roster in a city's own columns, with what such files bring along: dates in two calendars and five
//! spellings, one telephone number, words instead of codes, empty cells.

use std::path::Path;

use anyhow::Context;
use chrono::{Datelike, NaiveDate};
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};

use crate::demo::city::City;
use crate::demo::households::Person;
use crate::demo::names::Sex;
use crate::demo::needs::Reason;
use crate::text::era;

pub const HEADINGS: [&str; 14] = [
    "宛名番号",
    "氏名",
    "フリガナ",
    "生年月日",
    "性別",
    "住所",
    "電話番号",
    "避難支援等を必要とする事由",
    "同意",
    "第一担当",
    "第二担当",
    "校区",
    "緯度",
    "経度",
];
/// Where the birth date stands in `HEADINGS`.
const BIRTH_COLUMN: u16 = 3;

/// One listed resident.
pub struct Row {
    cells: [String; 14],
    born: NaiveDate,
    /// The date is written in the Western calendar: in a workbook a real date.
    is_western: bool,
}

impl Row {
    pub fn cells(&self) -> &[String] {
        &self.cells
    }
}

/// All listed residents, streamed.
pub fn rows(city: &City) -> impl Iterator<Item = Row> {
    city.households()
        .flat_map(|household| household.people)
        .filter_map(|person| row(city, &person))
}

fn row(city: &City, person: &Person) -> Option<Row> {
    let support = person.support.as_ref()?;
    let home = person.residences.first()?;
    let (birth, is_western) = birth_text(person);
    let phone = person
        .contacts
        .iter()
        .find(|contact| contact.holder.is_empty() && contact.kind != "mail");
    let volunteer = |rank: usize| {
        support
            .contacts
            .get(rank)
            .map_or_else(String::new, |&at| city.volunteers[at].name.clone())
    };
    let degrees = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
    Some(Row {
        cells: [
            person.resident_no.clone(),
            person.name.clone(),
            person.kana.clone(),
            birth,
            if person.sex == Sex::Female {
                "女"
            } else {
                "男"
            }
            .to_owned(),
            home.address.clone(),
            phone.map_or_else(String::new, |contact| contact.value.clone()),
            support
                .reasons
                .iter()
                .map(reason_text)
                .collect::<Vec<_>>()
                .join("、"),
            match person.roster_consent {
                "consented" => "同意",
                "refused" => "不同意",
                "withdrawn" => "撤回",
                _ => "",
            }
            .to_owned(),
            volunteer(0),
            volunteer(1),
            home.district
                .map_or_else(String::new, |at| city.districts[at].name.clone()),
            degrees(home.point.map(|place| place.lat())),
            degrees(home.point.map(|place| place.lon())),
        ],
        born: person.birth_on,
        is_western,
    })
}

/// Clerks write dates as they like; the same clerk always alike.
fn birth_text(person: &Person) -> (String, bool) {
    let born = person.birth_on;
    let japanese = era::to_japanese(born);
    match person.number / 8 % 6 {
        0..=2 => (japanese, false),
        3 => (short_era(&japanese), false),
        4 => (born.format("%Y-%m-%d").to_string(), true),
        _ => (
            format!("{}/{}/{}", born.year(), born.month(), born.day()),
            true,
        ),
    }
}

/// 昭和10年3月1日 → S10.3.1
fn short_era(japanese: &str) -> String {
    let letters = [
        ("明治", "M"),
        ("大正", "T"),
        ("昭和", "S"),
        ("平成", "H"),
        ("令和", "R"),
    ];
    let mut short = japanese
        .replace("元年", "1年")
        .replace('日', "")
        .replace(['年', '月'], ".");
    for (era, letter) in letters {
        short = short.replace(era, letter);
    }
    short
}

/// The words that cities write for our categories.
fn reason_text(reason: &Reason) -> &'static str {
    match reason.category {
        "elderly_alone_care" => "65歳以上単身",
        "care_level_3_5" => reason.basis,
        "physical_1_2" if reason.basis.contains("1級") => "身体障害者手帳1級",
        "physical_1_2" => "身体障害者手帳2級",
        "mental_1_alone" => "精神1級単身",
        "intellectual_a_alone" => "療育手帳A",
        "intractable_ventilator" => "難病",
        _ => "市長が認める者",
    }
}

/// The same rows as a workbook: text as text, Western dates as real dates, coordinates as numbers.
pub fn write_workbook(city: &City, path: &Path) -> anyhow::Result<()> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.set_name("名簿")?;
    let date = Format::new().set_num_format("yyyy/m/d");
    for (column, heading) in (0..).zip(HEADINGS) {
        sheet.write(0, column, heading)?;
    }
    for (line, row) in (1..).zip(rows(city)) {
        for (column, cell) in (0..).zip(&row.cells) {
            if column == BIRTH_COLUMN && row.is_western {
                let (month, day) = (row.born.month() as u8, row.born.day() as u8);
                let day = ExcelDateTime::from_ymd(u16::try_from(row.born.year())?, month, day)?;
                sheet.write_with_format(line, column, day, &date)?;
            } else if let (12.., Ok(degrees)) = (column, cell.parse::<f64>()) {
                sheet.write(line, column, degrees)?;
            } else if !cell.is_empty() {
                sheet.write(line, column, cell)?;
            }
        }
    }
    book.save(path)
        .with_context(|| format!("cannot write {}", path.display()))
}
