//! XLSX, row by row. The ZIP around it has passed `container`.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use calamine::{DataRef, ExcelDateTime, Reader as _, SheetVisible, Xlsx, XlsxError};

use super::{Format, Header, Limits, Message, Refusal, Row, Say, Stop, container, header};
use crate::text::formula;

/// Streams one sheet.
pub(super) fn read(path: &Path, limits: &Limits, say: &mut Say<'_>) -> Result<u64, Stop> {
    container::check(File::open(path)?, limits)?;
    let mut book = Xlsx::new(BufReader::new(File::open(path)?)).map_err(damaged)?;
    let sheets: Vec<String> = book
        .sheets_metadata()
        .iter()
        .filter(|sheet| sheet.visible == SheetVisible::Visible)
        .map(|sheet| sheet.name.clone())
        .collect();
    let sheet = match &limits.sheet {
        Some(wanted) if sheets.contains(wanted) => wanted.clone(),
        Some(wanted) => {
            let there = sheets.join("、");
            let message = format!("シート「{wanted}」がありません（あるのは {there}）");
            return Err(Refusal::new("no-such-sheet", message).into());
        }
        None => sheets
            .first()
            .cloned()
            .ok_or_else(|| Refusal::new("no-sheet", "読める表のシートがありません"))?,
    };
    let mut cells = book.worksheet_cells_reader(&sheet).map_err(damaged)?;
    let mut table = Table {
        say,
        first: Vec::new(),
        started: false,
        records: 0,
        sheet: &sheet,
        sheets: &sheets,
    };
    let mut row = Row::default();
    while let Some(cell) = cells.next_cell_with_formula_metadata().map_err(damaged)? {
        let (line, at) = (u64::from(cell.pos.0) + 1, cell.pos.1 as usize);
        let text = text_of(&cell.value);
        if line != row.line {
            table.take(std::mem::replace(
                &mut row,
                Row {
                    line,
                    ..Row::default()
                },
            ))?;
        }
        let has_formula = cell.formula.is_some();
        if text.is_empty() && !has_formula {
            continue;
        }
        check_cell(&text, line, at, limits)?;
        if row.cells.len() <= at {
            row.cells.resize(at + 1, String::new());
        }
        row.cells[at] = formula::restore(&text).to_owned();
        if has_formula {
            row.formulas.push(at);
        }
        if matches!(cell.value, DataRef::Error(_)) {
            row.errors.push(at);
        }
    }
    table.take(row)?;
    table.finish()
}

/// Holds the first rows back until the headings are found, then passes rows on.
struct Table<'a, 'b> {
    say: &'a mut Say<'b>,
    first: Vec<Row>,
    started: bool,
    records: u64,
    sheet: &'a str,
    sheets: &'a [String],
}

impl Table<'_, '_> {
    fn take(&mut self, row: Row) -> Result<(), Stop> {
        if row.cells.iter().all(|cell| cell.trim().is_empty()) && row.formulas.is_empty() {
            return Ok(());
        }
        if self.started {
            self.records += 1;
            return (self.say)(Message::Row(row));
        }
        self.first.push(row);
        if self.first.len() == header::LOOKED_AT {
            self.start()
        } else {
            Ok(())
        }
    }

    fn start(&mut self) -> Result<(), Stop> {
        self.started = true;
        let first = std::mem::take(&mut self.first);
        let heading = header::find(&first)?;
        (self.say)(Message::Header(Header {
            format: Format::Xlsx,
            encoding: None,
            delimiter: None,
            columns: first[heading]
                .cells
                .iter()
                .map(|cell| header::clean(cell))
                .collect(),
            line: first[heading].line,
            titles: first[..heading]
                .iter()
                .map(|row| row.cells.concat())
                .collect(),
            sheet: Some(self.sheet.to_owned()),
            sheets: self.sheets.to_vec(),
        }))?;
        for row in first.into_iter().skip(heading + 1) {
            if self.records > 0 || !header::is_hashtag_row(&row) {
                self.take(row)?;
            }
        }
        Ok(())
    }

    fn finish(mut self) -> Result<u64, Stop> {
        if !self.started {
            if self.first.is_empty() {
                let message = format!("シート「{}」に行がありません", self.sheet);
                return Err(Refusal::new("empty", message).into());
            }
            self.start()?;
        }
        Ok(self.records)
    }
}

fn check_cell(text: &str, line: u64, at: usize, limits: &Limits) -> Result<(), Refusal> {
    let column = at as u64 + 1;
    let refuse =
        |code: &str, message: String| Err(Refusal::new(code, message).at(line, Some(column)));
    if at >= limits.columns {
        return refuse(
            "too-many-columns",
            format!("{line}行目の列が多すぎます（{}列まで）", limits.columns),
        );
    }
    if text.len() > limits.cell_bytes {
        let limit = limits.cell_bytes / 1024;
        return refuse(
            "cell-too-long",
            format!("{line}行目{column}列目の内容が長すぎます（{limit}KiBまで）"),
        );
    }
    match text
        .chars()
        .find(|c| c.is_control() && !matches!(c, '\t' | '\n' | '\r'))
    {
        Some(c) => refuse(
            "control-character",
            format!(
                "{line}行目{column}列目に制御文字（0x{:02X}）があります",
                c as u32
            ),
        ),
        None => Ok(()),
    }
}

fn text_of(value: &DataRef<'_>) -> String {
    match value {
        DataRef::Empty => String::new(),
        // A workbook that we wrote says `'=1+1` where the list said `=1+1`.
        DataRef::String(text) => formula::restore(text).to_owned(),
        DataRef::SharedString(text) => formula::restore(text).to_owned(),
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => number.to_string(),
        DataRef::Bool(true) => "TRUE".to_owned(),
        DataRef::Bool(false) => "FALSE".to_owned(),
        DataRef::DateTime(instant) => moment(instant),
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::Error(error) => error.to_string(),
    }
}

/// A date as `2024-01-05`, a date with time as `2024-01-05 09:30:00`, a time of day as `09:30:00`.
fn moment(instant: &ExcelDateTime) -> String {
    let seconds_of_day = |days: f64| (days * 86_400.0).round() as u64;
    let clock = |seconds: u64| {
        format!(
            "{:02}:{:02}:{:02}",
            seconds / 3600,
            seconds / 60 % 60,
            seconds % 60
        )
    };
    if instant.is_duration() || instant.as_f64() < 1.0 {
        return clock(seconds_of_day(instant.as_f64().max(0.0)));
    }
    let (year, month, day, hour, minute, second, _) = instant.to_ymd_hms_milli();
    let date = format!("{year:04}-{month:02}-{day:02}");
    if (hour, minute, second) == (0, 0, 0) {
        date
    } else {
        format!("{date} {hour:02}:{minute:02}:{second:02}")
    }
}

fn damaged(error: XlsxError) -> Stop {
    match error {
        XlsxError::Io(error) => error.into(),
        error => Refusal::new(
            "xlsx-damaged",
            format!("Excelファイルを読めません（{error}）。もう一度保存し直すかCSVにしてください"),
        )
        .into(),
    }
}
