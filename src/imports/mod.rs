//! The one way in for lists that come from outside: places, school districts, the support roster. Crisis staff use it from the
//! console, the operator from the command line.
//!
//! A file is *staged* (read row by row in a child process, judged, compared with the present), looked at, *applied* in one
//! transaction, and can be *undone* by a new change. Invariants: all or nothing; nothing changes before somebody applies; the last
//! good version stays in force; every complaint has its place and says what to do; 個人番号 never gets in; large changes need a
//! second person, deaths and moves do not wait for her.

pub mod api;
mod apply;
pub mod columns;
pub mod command;
mod diff;
pub mod draft;
mod headings;
mod kinds;
mod mappings;
mod purge;
mod rows;
mod stage;
mod store;
mod tasks;
mod undo;
mod upload;
mod waiting;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::audit::LegalGround;

pub use apply::apply;
pub use draft::{Complaint, Draft};
pub use mappings::named as mapping_named;
pub use purge::purge;
pub(crate) use rows::changed_fields;
pub use stage::{Progress, stage};
pub use tasks::{ApplyImport, PurgeImports, StageImport};
pub use undo::{Left, Undone, undo};

/// What a list is of.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema, clap::ValueEnum,
)]
#[serde(rename_all = "snake_case")]
#[value(rename_all = "snake_case")]
pub enum Kind {
    /// 指定緊急避難場所・指定避難所・避難ビル
    Sites,
    /// 小学校区
    Districts,
    /// 避難行動要支援者名簿
    Roster,
    /// 被災者台帳
    Victims,
}

impl Kind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sites => "sites",
            Self::Districts => "districts",
            Self::Roster => "roster",
            Self::Victims => "victims",
        }
    }
    pub(crate) fn parse(text: &str) -> Option<Self> {
        [Self::Sites, Self::Districts, Self::Roster, Self::Victims]
            .into_iter()
            .find(|k| k.as_str() == text)
    }
    /// On which ground people's data of this kind is looked at; none when nobody is in it.
    pub(crate) fn ground(self) -> LegalGround {
        match self {
            Self::Roster => LegalGround::Internal,
            Self::Victims => LegalGround::VictimInternal,
            Self::Sites | Self::Districts => LegalGround::None,
        }
    }
    /// What people call it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Sites => "避難場所・避難所",
            Self::Districts => "小学校区",
            Self::Roster => "避難行動要支援者名簿",
            Self::Victims => "被災者台帳",
        }
    }
}

/// Where an import stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// The file is being read.
    Staging,
    /// Read and compared: to be looked at, applied or discarded.
    Staged,
    /// The file as a whole cannot be used; nothing of it is kept.
    Refused,
    Applying,
    Applied,
    Undone,
    Discarded,
}

impl Status {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Staging => "staging",
            Self::Staged => "staged",
            Self::Refused => "refused",
            Self::Applying => "applying",
            Self::Applied => "applied",
            Self::Undone => "undone",
            Self::Discarded => "discarded",
        }
    }
    pub(crate) fn parse(text: &str) -> Option<Self> {
        [
            Self::Staging,
            Self::Staged,
            Self::Refused,
            Self::Applying,
            Self::Applied,
            Self::Undone,
            Self::Discarded,
        ]
        .into_iter()
        .find(|s| s.as_str() == text)
    }
}

/// What a row would do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    Pending,
    Add,
    Change,
    Same,
    /// The list no longer names it: it ends, it is never deleted.
    Revoke,
    Error,
    /// Waits for a human (perhaps the same person as one already kept); nothing happens to it.
    Skip,
}

impl Action {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Add => "add",
            Self::Change => "change",
            Self::Same => "same",
            Self::Revoke => "revoke",
            Self::Error => "error",
            Self::Skip => "skip",
        }
    }
}

/// How many rows would do what.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
#[schema(as = ImportCounts)]
pub struct Counts {
    pub add: i64,
    pub change: i64,
    pub same: i64,
    pub revoke: i64,
    pub error: i64,
    /// Rows that a human decides about: undecided, or decided to be left out.
    pub skip: i64,
    /// Of these, the undecided ones.
    pub waiting: i64,
    /// Rows with a complaint that does not keep them out.
    pub warned: i64,
    /// Of a roster: what becomes of whom.
    pub classes: Classes,
}

/// How many people of a roster are new, changed, moved … by a list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
#[schema(as = ImportClasses)]
pub struct Classes {
    pub new: i64,
    pub changed: i64,
    pub moved: i64,
    pub died: i64,
    pub returned: i64,
    pub left: i64,
}

impl Classes {
    pub fn plus(&self, other: &Self) -> Self {
        Self {
            new: self.new + other.new,
            changed: self.changed + other.changed,
            moved: self.moved + other.moved,
            died: self.died + other.died,
            returned: self.returned + other.returned,
            left: self.left + other.left,
        }
    }
}

/// What becomes of a person by a row of a roster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChangeClass {
    New,
    Changed,
    /// Away, or to another house.
    Moved,
    Died,
    /// From elsewhere, from hospital or a facility; or on the roster again.
    Returned,
    /// The list no longer names her.
    Left,
}

impl ChangeClass {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Changed => "changed",
            Self::Moved => "moved",
            Self::Died => "died",
            Self::Returned => "returned",
            Self::Left => "left",
        }
    }
}

/// Why a whole file was refused, in Japanese, with its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Refusal {
    pub message: String,
    /// The headings were not understood: a column mapping helps.
    #[serde(default)]
    pub is_about_columns: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// Cell from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<u64>,
}

impl Refusal {
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            is_about_columns: false,
            line: None,
            column: None,
        }
    }
    /// A column mapping would help.
    pub fn about_columns(self) -> Self {
        Self {
            is_about_columns: true,
            ..self
        }
    }
    pub fn at(self, line: u64, column: Option<u64>) -> Self {
        Self {
            line: Some(line),
            column,
            ..self
        }
    }
}

impl From<crate::tables::Refusal> for Refusal {
    fn from(r: crate::tables::Refusal) -> Self {
        Self {
            message: r.message,
            is_about_columns: false,
            line: r.line,
            column: r.column,
        }
    }
}

/// How the caller wants a list to be read. All optional: headings of the national formats are recognised by themselves.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Mapping {
    /// Our field → the list's heading, for headings that are not recognised (`{"name": "避難所の名称"}`). An empty heading: the list has
    /// no column for this field, whatever is recognised.
    pub columns: BTreeMap<String, String>,
    /// Sheet of a workbook; the first visible one when absent.
    pub sheet: Option<String>,
    /// Municipality (全国地方公共団体コード) of rows that do not say.
    pub lg_code: Option<String>,
    /// Sites: `evacuation_site`, `evacuation_building` or `shelter`, when the list does not say.
    pub site_kind: Option<String>,
    /// Sites: hazards of every row, when the list has no columns for them.
    pub hazards: Vec<String>,
    /// Sites: rows farther than this from the middle of their municipality are errors (default 30 km).
    pub far_m: Option<f64>,
    /// The list names additions and changes only: what it does not name stays.
    pub is_partial: bool,
    /// Roster: day that the list speaks of (`2026-04-01`); today when absent.
    pub as_of: Option<chrono::NaiveDate>,
    /// Roster: the ordinance replaces consent (災対法 art. 49-11(2)): rows without refusal count as provided for.
    pub ordinance_replaces_consent: bool,
    /// Victims: the disaster whose registry the list is of.
    pub event: Option<Uuid>,
}

/// An import as the console shows it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Import {
    pub id: Uuid,
    pub kind: Kind,
    pub profile: String,
    pub file_name: String,
    pub file_bytes: i64,
    pub status: Status,
    /// Of the file's text; empty for workbooks.
    pub encoding: String,
    /// `csv`, `xlsx`, `geojson`, and which list it was recognised as.
    pub format: String,
    /// Grows while the file is read.
    pub rows_read: i64,
    pub counts: Counts,
    /// So much would change that another person than the one who brought the file has to apply it.
    pub needs_second: bool,
    pub refusal: Option<Refusal>,
    /// Why the last try to apply did not go through; nothing was changed by it.
    pub failure: Option<String>,
    /// Headings that were used (field → heading) and headings that were not.
    pub columns_read: BTreeMap<String, String>,
    pub columns_unread: Vec<String>,
    pub created_by: Option<Uuid>,
    pub created_at: DateTime<Utc>,
    pub staged_at: Option<DateTime<Utc>>,
    pub applied_by: Option<Uuid>,
    pub applied_at: Option<DateTime<Utc>>,
    pub undone_at: Option<DateTime<Utc>>,
    /// The import that this one takes back.
    pub undo_of: Option<Uuid>,
    /// Until when it can be taken back; null when it cannot be.
    pub undo_until: Option<DateTime<Utc>>,
    /// When its rows were forgotten: they can be looked at and taken back no longer.
    pub purged_at: Option<DateTime<Utc>>,
}

/// One row of an import: what it would do and every complaint.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ImportRow {
    /// Place in the listing, for `after`.
    pub seq: i64,
    /// Line of the file from 1; null for what the file no longer names.
    pub line: Option<i64>,
    pub action: Action,
    /// Of a roster: what becomes of the person; null when nothing does.
    pub change_class: Option<ChangeClass>,
    pub key: String,
    #[schema(value_type = Option<Object>)]
    pub incoming: Option<serde_json::Value>,
    #[schema(value_type = Option<Object>)]
    pub before: Option<serde_json::Value>,
    /// Fields of `incoming` that differ from `before`.
    pub changed: Vec<String>,
    pub complaints: Vec<Complaint>,
}
