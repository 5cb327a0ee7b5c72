//! Reading the tables and maps that cities send: CSV, XLSX and GeoJSON, from disk, row by row.
//!
//! Files from outside are hostile or broken until shown otherwise, so they are parsed in a child
//! process (`machimori read-table FILE`) that limits its own memory and time, and streamed to the
//! service as one JSON message a line: a header, the rows or features, an end or a refusal. A file
//! of any size takes bounded memory on both sides, and a bomb kills only the child. Every refusal
//! names its place and says in Japanese what to do.

mod child;
mod container;
mod delimited;
mod features;
mod header;
mod reader;
mod strict;
mod workbook;

use serde::{Deserialize, Serialize};

use crate::text::encoding::Encoding;

pub use child::run as child_main;
pub use reader::{Reader, TableError, open};

/// How much a file may ask for. The defaults suit a city's rosters and the national lists.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Limits {
    /// CSV; decisions on size are made before reading.
    pub csv_file_bytes: u64,
    /// XLSX as it lies on disk.
    pub xlsx_file_bytes: u64,
    /// GeoJSON.
    pub geojson_file_bytes: u64,
    pub cell_bytes: usize,
    pub line_bytes: usize,
    pub columns: usize,
    /// Entries of an XLSX, which is a ZIP.
    pub xlsx_entries: usize,
    /// The sheets of an XLSX unpacked, counted while unpacking. They are streamed: a sheet of all
    /// 1,048,576 rows needs several hundred MiB here and none of it in memory.
    pub xlsx_sheet_bytes: u64,
    /// All other entries unpacked: what a parser may hold in memory.
    pub xlsx_unpacked_bytes: u64,
    /// Unpacked by packed size of one entry.
    pub xlsx_ratio: u64,
    /// Address space of the child.
    pub memory_bytes: u64,
    /// Processor time of the child, for the first 100 MiB and again for each further 100 MiB.
    pub cpu_seconds: u64,
    /// The sheet to read; the first that is visible when not given.
    pub sheet: Option<String>,
}

const MIB: u64 = 1024 * 1024;

impl Default for Limits {
    fn default() -> Self {
        Self {
            csv_file_bytes: 1024 * MIB,
            xlsx_file_bytes: 100 * MIB,
            geojson_file_bytes: 200 * MIB,
            cell_bytes: 32 * 1024,
            line_bytes: 1024 * 1024,
            columns: 200,
            xlsx_entries: 200,
            xlsx_sheet_bytes: 2048 * MIB,
            xlsx_unpacked_bytes: 200 * MIB,
            xlsx_ratio: 200,
            memory_bytes: 512 * MIB,
            cpu_seconds: 60,
            sheet: None,
        }
    }
}

/// What kind of file it turned out to be, whatever its name says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    Csv,
    Xlsx,
    Geojson,
}

impl Format {
    /// The word that the import record keeps.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
            Self::Geojson => "geojson",
        }
    }
}

/// What is known of a file before its first row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Header {
    pub format: Format,
    /// Of CSV and GeoJSON.
    pub encoding: Option<Encoding>,
    /// Of CSV.
    pub delimiter: Option<char>,
    /// Headings as written, without a leading `#` and surrounding blanks; empty for GeoJSON.
    pub columns: Vec<String>,
    /// The line (CSV) or row (XLSX) of the headings, from 1; 0 for GeoJSON.
    pub line: u64,
    /// The text of title lines above the headings: it may hold the as-of date.
    pub titles: Vec<String>,
    /// Of XLSX: the sheet read, and all there are.
    pub sheet: Option<String>,
    pub sheets: Vec<String>,
}

/// One row of a table. It may have fewer or more cells than there are headings.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// The line (CSV) or row (XLSX) where it begins, from 1.
    pub line: u64,
    /// As written. XLSX: numbers in plain digits, dates as `2024-01-05`, times behind them.
    pub cells: Vec<String>,
    /// Cells (from 0) that hold a formula; its last computed value is used.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub formulas: Vec<usize>,
    /// Cells (from 0) that hold a spreadsheet error such as `#REF!`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<usize>,
}

/// One feature of a GeoJSON file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Feature {
    /// Place in the file, from 1.
    pub index: u64,
    /// The line where it begins, from 1.
    pub line: u64,
    /// Absent when null: to be complained about, not invented.
    pub geometry: Option<geojson::Geometry>,
    pub properties: serde_json::Map<String, serde_json::Value>,
}

/// A row of a table or a feature of a map.
#[derive(Debug, Clone, PartialEq)]
pub enum Record {
    Row(Row),
    Feature(Feature),
}

/// Why a whole file is refused. `message` is for staff, in Japanese, and names the place in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// A stable word for programs.
    pub code: String,
    pub message: String,
    /// Line or row from 1.
    pub line: Option<u64>,
    /// Cell from 1 (of GeoJSON: character from 1).
    pub column: Option<u64>,
}

impl Refusal {
    fn new(code: &str, message: impl Into<String>) -> Self {
        Self {
            code: code.to_owned(),
            message: message.into(),
            line: None,
            column: None,
        }
    }

    fn at(mut self, line: u64, column: Option<u64>) -> Self {
        self.line = Some(line);
        self.column = column;
        self
    }
}

/// One line of what the child says.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Message {
    Header(Header),
    Row(Row),
    Feature(Feature),
    End { records: u64 },
    Error(Refusal),
}

/// Where the child's messages go; fails when the parent has gone.
type Say<'a> = dyn FnMut(Message) -> Result<(), Stop> + 'a;

/// Why reading ends early.
#[derive(Debug)]
enum Stop {
    Refused(Refusal),
    /// The disk failed, or nobody listens any more.
    Io(std::io::Error),
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<std::io::Error> for Stop {
    /// A refusal travels through `Read` inside an `io::Error`; take it out again.
    fn from(error: std::io::Error) -> Self {
        if let Some(refusal) = error
            .get_ref()
            .and_then(|inner| inner.downcast_ref::<Refusal>())
        {
            return Self::Refused(refusal.clone());
        }
        match encoding_refusal(&error) {
            Some(refusal) => Self::Refused(refusal),
            None => Self::Io(error),
        }
    }
}

fn encoding_refusal(error: &std::io::Error) -> Option<Refusal> {
    use crate::text::encoding::EncodingError;
    let inner = error.get_ref()?.downcast_ref::<EncodingError>()?;
    let (EncodingError::Undecodable { at, .. } | EncodingError::Mixed { at }) = inner;
    Some(Refusal::new("encoding", inner.to_string()).at(at.line, None))
}
