//! Dates as Japanese registers write them, and the legal age.
//!
//! Accepted: era dates (昭和10年3月1日, S10.3.1, s10/03/01, S100301, 令和元年5月1日, 昭和十年三月一日, ㍼10年…),
//! Western dates (ISO, 2024/1/5, 2024.1.5, 2024年1月5日, 20240105), full-width digits, a weekday in
//! brackets, a midnight behind the date. Refused, with what is wrong: partial and impossible dates,
//! dates outside their era, lunar dates (before 明治6年1月1日 = 1873-01-01), two-digit Western years,
//! bare serial numbers. Spreadsheet serials are dates only where the caller says so
//! (`from_excel_serial`). Eras: 元号法 and the ordinances of each change; both names hold on the day
//! of a change except in 1989 and 2019.

use chrono::{Datelike, Days, NaiveDate};
use unicode_normalization::UnicodeNormalization;

/// A date and the text it was given as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EraDate {
    pub date: NaiveDate,
    pub text: String,
}

/// The part of a date that is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Year,
    Month,
    Day,
}

impl std::fmt::Display for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Year => "年",
            Self::Month => "月",
            Self::Day => "日",
        })
    }
}

/// Why a text is not a date. Displayed in Japanese beside the cell it stands in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DateError {
    #[error("日付がありません")]
    Empty,
    #[error("日付として読めません（例: 昭和10年3月1日、S10.3.1、1935-03-01）")]
    NotADate,
    #[error("{0}がありません。年月日をすべて書いてください")]
    Missing(Part),
    #[error("{year}年{month}月は存在しません")]
    NoSuchMonth { year: i32, month: u32 },
    #[error("{year}年{month}月{day}日は存在しません")]
    NoSuchDay { year: i32, month: u32, day: u32 },
    #[error("{era}の範囲外の日付です。正しくは{proper}ではありませんか")]
    OutsideEra { era: &'static str, proper: String },
    #[error("明治5年以前は旧暦のため、西暦（新暦）の日付で書いてください")]
    Lunar,
    #[error("年が2桁で西暦か和暦か決められません。元号を付けるか4桁の西暦で書いてください")]
    AmbiguousYear,
    #[error("年・月・日の順に書いてください（年が最後に置かれています）")]
    YearLast,
    #[error(
        "表計算ソフトの通し番号（{serial}）のようです。{date}のことであれば、セルの書式を日付にして保存し直してください"
    )]
    Serial { serial: u32, date: NaiveDate },
    #[error("日付に時刻が付いています。日付だけにしてください")]
    TimeOfDay,
}

#[derive(Debug, PartialEq, Eq)]
struct Era {
    name: &'static str,
    initial: char,
    /// Gregorian year of year 1.
    first_year: i32,
    /// First and last day on which the name may stand in a date, (year, month, day).
    from: (i32, u32, u32),
    to: (i32, u32, u32),
}

const ERAS: [Era; 5] = [
    Era {
        name: "令和",
        initial: 'R',
        first_year: 2019,
        from: (2019, 5, 1),
        to: (9999, 12, 31),
    },
    Era {
        name: "平成",
        initial: 'H',
        first_year: 1989,
        from: (1989, 1, 8),
        to: (2019, 4, 30),
    },
    Era {
        name: "昭和",
        initial: 'S',
        first_year: 1926,
        from: (1926, 12, 25),
        to: (1989, 1, 7),
    },
    Era {
        name: "大正",
        initial: 'T',
        first_year: 1912,
        from: (1912, 7, 30),
        to: (1926, 12, 25),
    },
    Era {
        name: "明治",
        initial: 'M',
        first_year: 1868,
        from: (1868, 1, 25),
        to: (1912, 7, 30),
    },
];

/// Reads a date in any of the accepted forms; `text` of the answer is the text as given.
pub fn parse(text: &str) -> Result<EraDate, DateError> {
    let plain = simplify(text);
    if plain.is_empty() {
        return Err(DateError::Empty);
    }
    let plain = without_time(&plain)?;
    let date = match era_of(plain) {
        Some((era, rest)) => in_era(era, rest)?,
        None => western(plain.strip_prefix("西暦").unwrap_or(plain))?,
    };
    Ok(EraDate {
        date,
        text: text.to_owned(),
    })
}

/// A spreadsheet's day number as a date: 1 is 1900-01-01 with Excel's invented 1900-02-29, or 0 is
/// 1904-01-01 in workbooks of old Macs.
pub fn from_excel_serial(serial: f64, is_1904: bool) -> Result<NaiveDate, DateError> {
    if !(0.0..2_958_466.0).contains(&serial) {
        return Err(DateError::NotADate);
    }
    if serial.fract() != 0.0 {
        return Err(DateError::TimeOfDay);
    }
    let days = serial as u64;
    let (origin, days) = match (is_1904, days) {
        (true, days) => ((1904, 1, 1), days),
        (false, 0) => return Err(DateError::NotADate),
        (false, 60) => {
            return Err(DateError::NoSuchDay {
                year: 1900,
                month: 2,
                day: 29,
            });
        }
        (false, days) if days < 60 => ((1899, 12, 31), days),
        (false, days) => ((1899, 12, 30), days),
    };
    let (year, month, day) = origin;
    NaiveDate::from_ymd_opt(year, month, day)
        .and_then(|origin| origin.checked_add_days(Days::new(days)))
        .ok_or(DateError::NotADate)
}

/// 昭和10年3月1日, 令和元年5月1日; before 明治6年 (the lunar calendar) 西暦1870年1月1日.
pub fn to_japanese(date: NaiveDate) -> String {
    let (month, day) = (date.month(), date.day());
    let solar = (date.year(), month, day) >= (1873, 1, 1);
    match ERAS
        .iter()
        .find(|era| solar && (date.year(), month, day) >= era.from)
    {
        Some(era) => match date.year() - era.first_year + 1 {
            1 => format!("{}元年{month}月{day}日", era.name),
            year => format!("{}{year}年{month}月{day}日", era.name),
        },
        None => format!("西暦{}年{month}月{day}日", date.year()),
    }
}

/// Full years of age on a day, or `None` before birth. An age is reached on the day before the
/// birthday (年齢計算ニ関スル法律, 民法143条); one born on 29 February reaches it on 28 February.
pub fn age_on(birth: NaiveDate, on: NaiveDate) -> Option<u32> {
    if on < birth {
        return None;
    }
    let years = u32::try_from(on.year() - birth.year()).ok()?;
    let tomorrow = on.succ_opt()?;
    // On 31 December the birthday that counts may be 1 January of the next year.
    let years = if tomorrow.year() > on.year() {
        years + 1
    } else {
        years
    };
    let reached = (birth.month(), birth.day()) <= (tomorrow.month(), tomorrow.day())
        || (birth.month(), birth.day()) == (2, 29) && (on.month(), on.day()) == (2, 28);
    Some(if reached {
        years
    } else {
        years.saturating_sub(1)
    })
}

/// Half-width, upper case, no blanks, kanji numerals as digits, no weekday.
fn simplify(text: &str) -> String {
    let plain: String = text
        .nfkc()
        .filter(|c| !c.is_whitespace() || *c == ' ')
        .collect();
    let plain = plain.trim().to_uppercase();
    let plain = match plain.split_once('(') {
        Some((date, weekday))
            if "日月火水木金土".contains(weekday.trim_end_matches([')', '曜', '日'])) =>
        {
            date.to_owned()
        }
        Some((date, ")")) => date.to_owned(),
        _ => plain,
    };
    kanji_numerals(&plain)
}

/// 二十三 → 23, 十 → 10, 一〇 → 10, and 元 before 年 or a separator → 1.
fn kanji_numerals(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let run = rest
            .find(|c| kanji_digit(c).is_none())
            .unwrap_or(rest.len());
        if run > 0 {
            plain.push_str(&numeral(&rest[..run]));
            rest = &rest[run..];
        } else {
            plain.push(if c == '元' { '1' } else { c });
            rest = &rest[c.len_utf8()..];
        }
    }
    plain
}

fn kanji_digit(c: char) -> Option<u32> {
    "〇一二三四五六七八九十"
        .chars()
        .position(|k| k == c)
        .and_then(|at| u32::try_from(at).ok())
}

fn numeral(run: &str) -> String {
    let digits: Vec<u32> = run.chars().filter_map(kanji_digit).collect();
    match digits.as_slice() {
        [10] => "10".to_owned(),
        [10, ones] => format!("1{ones}"),
        [tens, 10] => format!("{tens}0"),
        [tens, 10, ones] => format!("{tens}{ones}"),
        positional => positional.iter().map(ToString::to_string).collect(),
    }
}

fn without_time(text: &str) -> Result<&str, DateError> {
    let split = match text.rfind(['T', ' ']) {
        Some(at) if text[at..].contains(':') => at,
        _ => return Ok(text),
    };
    let midnight = text[split + 1..]
        .chars()
        .all(|c| matches!(c, '0' | ':' | '.' | 'Z'));
    if midnight {
        Ok(text[..split].trim_end())
    } else {
        Err(DateError::TimeOfDay)
    }
}

fn era_of(text: &str) -> Option<(&'static Era, &str)> {
    ERAS.iter().find_map(|era| {
        let short = era.name.chars().next()?;
        let rest = text
            .strip_prefix(era.name)
            .or_else(|| text.strip_prefix(short))
            .or_else(|| text.strip_prefix(era.initial))?;
        Some((era, rest.trim_start_matches(['.', ' '])))
    })
}

fn in_era(era: &'static Era, rest: &str) -> Result<NaiveDate, DateError> {
    let numbers = match rest.len() {
        // S100301: two digits each.
        6 if rest.bytes().all(|b| b.is_ascii_digit()) => [&rest[..2], &rest[2..4], &rest[4..]]
            .map(|two| two.parse().ok())
            .to_vec(),
        _ => numbers_in(rest)?,
    };
    let year = match numbers.first() {
        Some(Some(year @ 1..=99)) => *year,
        Some(Some(0)) | None | Some(None) => return Err(DateError::Missing(Part::Year)),
        Some(Some(_)) => return Err(DateError::NotADate),
    };
    let year = era.first_year + i32::try_from(year).map_err(|_| DateError::NotADate)? - 1;
    if era.name == "明治" && year < 1873 {
        return Err(DateError::Lunar);
    }
    let date = calendar_day(year, &numbers[1..])?;
    let day = (date.year(), date.month(), date.day());
    if day < era.from || day > era.to {
        return Err(DateError::OutsideEra {
            era: era.name,
            proper: to_japanese(date),
        });
    }
    Ok(date)
}

fn western(text: &str) -> Result<NaiveDate, DateError> {
    if text.bytes().all(|b| b.is_ascii_digit()) {
        return match text.len() {
            8 => {
                let parts = [&text[4..6], &text[6..]].map(|two| two.parse().ok());
                calendar_day(text[..4].parse().map_err(|_| DateError::NotADate)?, &parts)
            }
            6 => Err(DateError::AmbiguousYear),
            4 => Err(DateError::Missing(Part::Month)),
            _ => Err(serial_or_nothing(text)),
        };
    }
    let numbers = numbers_in(text)?;
    match numbers.as_slice() {
        [Some(year @ 1000..=9999), rest @ ..] => {
            calendar_day(i32::try_from(*year).map_err(|_| DateError::NotADate)?, rest)
        }
        [_, _, Some(1000..=9999)] => Err(DateError::YearLast),
        [Some(0), ..] | [None, ..] => Err(DateError::Missing(Part::Year)),
        [Some(1..=99), _, _] => Err(DateError::AmbiguousYear),
        [Some(1..=12), Some(1..=31)] => Err(DateError::Missing(Part::Year)),
        _ => Err(DateError::NotADate),
    }
}

fn serial_or_nothing(text: &str) -> DateError {
    match text.parse::<u32>() {
        Ok(serial) if text.len() == 5 => match from_excel_serial(f64::from(serial), false) {
            Ok(date) => DateError::Serial { serial, date },
            Err(error) => error,
        },
        _ => DateError::NotADate,
    }
}

/// The numbers between separators; `None` stands for a part written as unknown (不詳, ??, --).
fn numbers_in(text: &str) -> Result<Vec<Option<u32>>, DateError> {
    let trimmed = text.trim_end_matches(['日', '.', '/', '-', ' ']);
    let is_separator =
        |c: char| matches!(c, '.' | '/' | '-' | '‐' | '−' | '年' | '月' | ' ' | '・');
    let mut numbers = Vec::new();
    for part in trimmed.split(is_separator).map(str::trim) {
        match part {
            "" => {}
            "不詳" | "不明" | "?" | "??" | "X" | "XX" => numbers.push(None),
            digits if digits.len() <= 4 && digits.bytes().all(|b| b.is_ascii_digit()) => {
                numbers.push(digits.parse().ok());
            }
            _ => return Err(DateError::NotADate),
        }
    }
    if numbers.len() > 3 {
        Err(DateError::NotADate)
    } else {
        Ok(numbers)
    }
}

/// `rest` is month and day as read; zero or unknown counts as missing.
fn calendar_day(year: i32, rest: &[Option<u32>]) -> Result<NaiveDate, DateError> {
    let part = |at: usize| rest.get(at).copied().flatten().filter(|n| *n != 0);
    let month = part(0).ok_or(DateError::Missing(Part::Month))?;
    if !(1..=12).contains(&month) {
        return Err(DateError::NoSuchMonth { year, month });
    }
    let day = part(1).ok_or(DateError::Missing(Part::Day))?;
    NaiveDate::from_ymd_opt(year, month, day).ok_or(DateError::NoSuchDay { year, month, day })
}

#[cfg(test)]
#[path = "era_tests.rs"]
mod tests;
