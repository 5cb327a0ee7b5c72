//! What became of whom on the roster since a day: new, changed, moved, died, returned, left.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::accounts::DistrictName;
use crate::imports::{ChangeClass, Classes};

/// A list that was applied.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = RosterImportDone)]
pub struct ImportDone {
    pub id: Uuid,
    pub file_name: String,
    pub applied_at: DateTime<Utc>,
    pub classes: Classes,
    /// Its rows are forgotten (after thirty days): the counts are all that is left.
    pub is_purged: bool,
}

/// What a list made of one person.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = RosterChange)]
pub struct Change {
    pub import_id: Uuid,
    pub seq: i64,
    pub applied_at: DateTime<Utc>,
    pub class: ChangeClass,
    pub person_id: Uuid,
    /// As she is called now.
    pub name: String,
    pub name_kana: String,
    pub birth_on: Option<NaiveDate>,
    pub district: DistrictName,
    #[schema(value_type = Option<Object>)]
    pub incoming: Option<serde_json::Value>,
    #[schema(value_type = Option<Object>)]
    pub before: Option<serde_json::Value>,
    /// Fields of `incoming` that differ from `before`.
    pub changed: Vec<String>,
}

/// The changes since a day.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = RosterChanges)]
pub struct Changes {
    pub since: NaiveDate,
    pub imports: Vec<ImportDone>,
    /// Sums over the imports.
    pub classes: Classes,
    pub items: Vec<Change>,
    /// What `after` of the next page is; null on the last.
    pub next: Option<String>,
}
