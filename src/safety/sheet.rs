//! A round as a table that staff take away: CSV with BOM for any spreadsheet, XLSX for print. Cells that a spreadsheet would run
//! are neutralised; a drill says so in every row.

use std::borrow::Cow;

use chrono::{DateTime, FixedOffset, Utc};
use rust_xlsxwriter::{Format, Workbook};

use super::board::Bucket;
use super::member::{Member, Reach};
use super::observation::{Outcome, Whereabouts};
use super::round::Round;
use crate::events::EventKind;
use crate::problem::Result;
use crate::text::formula::neutralise;

/// A round's members, in the order given.
pub struct Sheet {
    /// Above the table in print: what it is, as of when, and who is not in it.
    pub title: String,
    rows: Vec<Vec<String>>,
}

const HEADINGS: [&str; 18] = [
    "区分",
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

impl Sheet {
    pub fn of(round: &Round, members: &[(Member, Vec<Reach>)], as_of: DateTime<Utc>) -> Self {
        let kind = kind_word(round.event.kind);
        let title = format!(
            "{kind}　{}　{}　{}現在　支援措置の方は含みません（本部の一覧で確認します）",
            round.event.name,
            round.name,
            local(as_of)
        );
        let rows = members
            .iter()
            .map(|(member, contacts)| row(kind, member, contacts))
            .collect();
        Self { title, rows }
    }

    /// UTF-8 with BOM, CRLF.
    pub fn csv(&self) -> Result<Vec<u8>> {
        let mut writer = csv::WriterBuilder::new()
            .terminator(csv::Terminator::CRLF)
            .from_writer("\u{feff}".as_bytes().to_vec());
        writer.write_record(HEADINGS).map_err(anyhow::Error::from)?;
        for row in &self.rows {
            writer
                .write_record(row.iter().map(|cell| neutralise(cell).into_owned()))
                .map_err(anyhow::Error::from)?;
        }
        Ok(writer
            .into_inner()
            .map_err(|error| anyhow::anyhow!("{error}"))?)
    }

    /// One sheet: title, frozen headings, text cells.
    pub fn xlsx(&self) -> Result<Vec<u8>> {
        self.workbook()
            .map_err(|error| anyhow::Error::from(error).into())
    }

    fn workbook(&self) -> Result<Vec<u8>, rust_xlsxwriter::XlsxError> {
        let mut workbook = Workbook::new();
        let bold = Format::new().set_bold();
        let sheet = workbook.add_worksheet();
        sheet.set_name("安否確認")?;
        sheet.write_string_with_format(0, 0, shortened(&self.title), &bold)?;
        for (column, heading) in (0..).zip(HEADINGS) {
            sheet.write_string_with_format(1, column, heading, &bold)?;
        }
        for (line, row) in (2..).zip(&self.rows) {
            for (column, cell) in (0..).zip(row) {
                sheet.write_string(line, column, shortened(&neutralise(cell)))?;
            }
        }
        sheet.set_freeze_panes(2, 0)?;
        sheet.set_landscape();
        sheet.set_repeat_rows(0, 1)?;
        workbook.save_to_buffer()
    }
}

/// A cell of a workbook holds 32,767 characters. What somebody wrote on a phone may be longer, and must not cost the whole table.
fn shortened(cell: &str) -> Cow<'_, str> {
    match cell.char_indices().nth(MOST_CHARS) {
        Some((end, _)) => Cow::Owned(format!("{}…（以下略）", &cell[..end])),
        None => Cow::Borrowed(cell),
    }
}

const MOST_CHARS: usize = 16_000;

fn row(kind: &str, m: &Member, contacts: &[Reach]) -> Vec<String> {
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
        kind.to_owned(),
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

/// As read on a clock in Japan.
fn local(at: DateTime<Utc>) -> String {
    FixedOffset::east_opt(9 * 3600).map_or_else(
        || at.to_rfc3339(),
        |japan| {
            at.with_timezone(&japan)
                .format("%Y-%m-%d %H:%M")
                .to_string()
        },
    )
}

/// 【訓練】 or 災害: on everything that leaves the screen.
pub fn kind_word(kind: EventKind) -> &'static str {
    match kind {
        EventKind::Drill => "【訓練】",
        EventKind::Disaster => "災害",
    }
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
