//! What is shown of an entry of the registry.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::accounts::DistrictName;

/// An entry in a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct VictimLine {
    pub id: Uuid,
    /// 整理番号, counted per disaster.
    pub number: i32,
    pub person_id: Option<Uuid>,
    pub name: String,
    pub name_kana: String,
    pub birth_on: Option<NaiveDate>,
    pub sex: Option<String>,
    pub district: DistrictName,
    /// 要配慮者; null is 未確認.
    pub special_care: Option<bool>,
    /// A telephone number is known.
    pub has_contact: bool,
    /// How many records of assistance there are.
    pub assistance: i64,
    /// Where she was last known to be; null: nobody said.
    pub whereabouts: Option<String>,
    /// The shelter's name, when it is one.
    pub place: Option<String>,
    pub whereabouts_since: Option<DateTime<Utc>>,
    /// What it was made from: `roster`, `safety`, `check_in`, `import`, `hand`.
    pub sources: Vec<String>,
    /// 支援措置: the whereabouts are told to nobody.
    pub is_protected: bool,
}

/// Everything about one entry.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Victim {
    #[serde(flatten)]
    pub line: VictimLine,
    pub event_id: Uuid,
    /// As it was told, when it is no date.
    pub birth_text: String,
    /// 住民票の住所
    pub registered_address: String,
    /// 居所
    pub actual_residence: String,
    /// In the words of what help is needed, never a diagnosis.
    pub special_care_reasons: Vec<String>,
    pub phones: Vec<String>,
    pub household_label: String,
    pub relationship: String,
    pub made_at: DateTime<Utc>,
    /// For changes: a stale one is refused.
    pub version: i32,
    pub taken_from: Vec<Source>,
    /// The newest first.
    pub history: Vec<Whereabouts>,
}

/// What an entry was made from.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = VictimSource)]
pub struct Source {
    pub kind: String,
    pub taken_at: DateTime<Utc>,
}

/// Where she was known to be, since when.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = VictimWhereabouts)]
pub struct Whereabouts {
    pub whereabouts: String,
    pub place: Option<String>,
    pub since: DateTime<Utc>,
    pub source_kind: String,
    pub recorded_at: DateTime<Utc>,
}
