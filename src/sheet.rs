//! A table that leaves the service: CSV with BOM for any spreadsheet, XLSX for print. Cells that a spreadsheet would run are
//! neutralised (`text::formula::restore` reads them back); a drill says so in every row.

use std::borrow::Cow;
use std::collections::BTreeMap;

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, FixedOffset, Utc};
use rust_xlsxwriter::{Format, Workbook};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa::openapi::schema::{KnownFormat, SchemaFormat, Type};
use utoipa::openapi::{self as contract, ContentBuilder, ObjectBuilder, RefOr, ResponseBuilder};

use crate::events::EventKind;
use crate::problem::{Problem, Result};
use crate::text::formula::neutralise;

/// The types of a table that leaves.
pub const CSV: &str = "text/csv; charset=utf-8";
pub const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// A file, for the contract: in one of the named types.
pub fn file(types: &[&str]) -> BTreeMap<String, RefOr<contract::Response>> {
    let file = ResponseBuilder::new().description("the file");
    let file = types.iter().fold(file, |file, kind| {
        let bytes = ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Binary)));
        file.content(*kind, ContentBuilder::new().schema(Some(bytes)).build())
    });
    BTreeMap::from([("200".to_owned(), file.build().into())])
}

/// A table as CSV or as a workbook, for the contract.
pub struct SheetFile;

impl utoipa::IntoResponses for SheetFile {
    fn responses() -> BTreeMap<String, RefOr<contract::Response>> {
        file(&[CSV, XLSX])
    }
}

/// A workbook, for the contract.
pub struct WorkbookFile;

impl utoipa::IntoResponses for WorkbookFile {
    fn responses() -> BTreeMap<String, RefOr<contract::Response>> {
        file(&[XLSX])
    }
}

/// How the table is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum SheetFormat {
    /// UTF-8 with BOM.
    Csv,
    Xlsx,
}

/// Headings and rows of text, with what stands above them in print.
pub struct Table {
    /// What it is, as of when, and who is not in it.
    title: String,
    /// The sheet's name in a workbook, at most 31 letters.
    tab: &'static str,
    headings: Vec<String>,
    rows: Vec<Vec<String>>,
    /// Whether what reads as a count is written as a number.
    has_numbers: bool,
}

impl Table {
    /// A table of an event: its first column 「区分」 says in every row whether it is of a drill or of a disaster.
    pub fn of(
        kind: EventKind,
        tab: &'static str,
        title: &str,
        headings: &[&str],
        rows: impl IntoIterator<Item = Vec<String>>,
    ) -> Self {
        let with_kind = |row: Vec<String>| {
            let mut cells = vec![kind.mark().to_owned()];
            cells.extend(row);
            cells
        };
        let headings = std::iter::once("区分").chain(headings.iter().copied());
        Self {
            title: format!("{}　{title}", kind.mark()),
            tab,
            headings: headings.map(str::to_owned).collect(),
            rows: rows.into_iter().map(with_kind).collect(),
            has_numbers: false,
        }
    }

    /// Counts: a spreadsheet may add them up. Never for a table of people, whose numbers are telephones.
    pub fn of_counts(self) -> Self {
        Self {
            has_numbers: true,
            ..self
        }
    }

    /// A table of ordinary times: of no event.
    pub fn of_peacetime(
        tab: &'static str,
        title: String,
        headings: &[&str],
        rows: Vec<Vec<String>>,
    ) -> Self {
        Self {
            title,
            tab,
            headings: headings.iter().map(|h| (*h).to_owned()).collect(),
            rows,
            has_numbers: false,
        }
    }

    /// A table in the columns of somebody else's system, of what no drill can hold: no column of ours stands among them.
    pub fn bare(
        tab: &'static str,
        title: String,
        headings: Vec<String>,
        rows: Vec<Vec<String>>,
    ) -> Self {
        Self {
            title,
            tab,
            headings,
            rows,
            has_numbers: false,
        }
    }

    /// The file's bytes. Written beside the threads that answer.
    pub async fn bytes(self, format: SheetFormat) -> Result<Vec<u8>> {
        let written = tokio::task::spawn_blocking(move || match format {
            SheetFormat::Csv => self.csv(),
            SheetFormat::Xlsx => self.xlsx(),
        });
        written.await.map_err(anyhow::Error::from)?
    }

    /// UTF-8 with BOM, CRLF; headings first, no title.
    pub fn csv(&self) -> Result<Vec<u8>> {
        let mut writer = csv::WriterBuilder::new()
            .terminator(csv::Terminator::CRLF)
            .from_writer("\u{feff}".as_bytes().to_vec());
        writer
            .write_record(&self.headings)
            .map_err(anyhow::Error::from)?;
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
        self.add_to(&mut workbook)?;
        workbook.save_to_buffer()
    }

    fn add_to(&self, workbook: &mut Workbook) -> Result<(), rust_xlsxwriter::XlsxError> {
        let bold = Format::new().set_bold();
        let sheet = workbook.add_worksheet();
        sheet.set_name(self.tab)?;
        sheet.write_string_with_format(0, 0, shortened(&self.title), &bold)?;
        for (column, heading) in (0..).zip(&self.headings) {
            sheet.write_string_with_format(1, column, heading, &bold)?;
        }
        for (line, row) in (2..).zip(&self.rows) {
            for (column, cell) in (0..).zip(row) {
                match cell.parse::<u32>().ok().filter(|_| self.has_numbers) {
                    Some(count) => sheet.write_number(line, column, count)?,
                    None => sheet.write_string(line, column, shortened(&neutralise(cell)))?,
                };
            }
        }
        sheet.set_freeze_panes(2, 0)?;
        sheet.set_landscape();
        sheet.set_repeat_rows(0, 1)?;
        Ok(())
    }

    /// The table as a file that is saved as `name-<when>.csv` or `.xlsx`.
    pub async fn download(
        self,
        format: SheetFormat,
        name: &str,
        as_of: DateTime<Utc>,
    ) -> Result<Response> {
        let bytes = self.bytes(format).await?;
        attachment(bytes, format, name, as_of)
    }
}

/// Several tables as the sheets of one workbook.
pub async fn workbook(tables: Vec<Table>, name: &str, as_of: DateTime<Utc>) -> Result<Response> {
    let written = tokio::task::spawn_blocking(move || {
        let mut workbook = Workbook::new();
        for table in &tables {
            table.add_to(&mut workbook)?;
        }
        workbook.save_to_buffer()
    });
    let bytes = written.await.map_err(anyhow::Error::from)?;
    let bytes = bytes.map_err(anyhow::Error::from)?;
    attachment(bytes, SheetFormat::Xlsx, name, as_of)
}

/// A written table as a file that is saved as `name-<when>.csv` or `.xlsx`.
pub fn attachment(
    bytes: Vec<u8>,
    format: SheetFormat,
    name: &str,
    as_of: DateTime<Utc>,
) -> Result<Response> {
    let (ending, kind) = match format {
        SheetFormat::Csv => ("csv", CSV),
        SheetFormat::Xlsx => ("xlsx", XLSX),
    };
    let when = as_of.format("%Y%m%d-%H%M");
    let saved_as = format!("attachment; filename=\"{name}-{when}.{ending}\"");
    let saved_as = HeaderValue::from_str(&saved_as).map_err(|e| Problem::Internal(e.into()))?;
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CONTENT_DISPOSITION, saved_as);
    Ok(response)
}

/// A cell of a workbook holds 32,767 characters. What somebody wrote on a phone may be longer, and must not cost the whole table.
fn shortened(cell: &str) -> Cow<'_, str> {
    match cell.char_indices().nth(MOST_CHARS) {
        Some((end, _)) => Cow::Owned(format!("{}…（以下略）", &cell[..end])),
        None => Cow::Borrowed(cell),
    }
}

const MOST_CHARS: usize = 16_000;

/// As read on a clock in Japan.
pub fn local(at: DateTime<Utc>) -> String {
    FixedOffset::east_opt(9 * 3600).map_or_else(
        || at.to_rfc3339(),
        |japan| {
            at.with_timezone(&japan)
                .format("%Y-%m-%d %H:%M")
                .to_string()
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_says_drill_and_no_cell_is_run_as_a_formula() {
        let rows = [vec!["=1+1".to_owned()], vec!["山田".to_owned()]];
        let table = Table::of(EventKind::Drill, "表", "試験", &["氏名"], rows);
        let text = String::from_utf8(table.csv().unwrap()).unwrap();
        assert_eq!(
            text,
            "\u{feff}区分,氏名\r\n【訓練】,'=1+1\r\n【訓練】,山田\r\n"
        );
    }
}
