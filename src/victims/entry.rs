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
    pub household_label: String,
    pub relationship: String,
    /// 要配慮者; null is 未確認.
    pub special_care: Option<bool>,
    /// A telephone number is known.
    pub has_contact: bool,
    /// How many records of assistance there are.
    pub assistance: i64,
    /// 罹災証明書の交付の状況
    pub certificate: String,
    /// As it was reported, never as surveyed; null: nobody reported.
    pub dwelling_damage: Option<String>,
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
    /// 宛名番号
    pub resident_no: Option<String>,
    /// As it was told, when it is no date.
    pub birth_text: String,
    /// 住民票の住所
    pub registered_address: String,
    /// 居所
    pub actual_residence: String,
    /// In the words of what help is needed, never a diagnosis.
    pub special_care_reasons: Vec<String>,
    pub phones: Vec<String>,
    /// Free text, sealed where it is kept.
    pub note: Option<String>,
    /// The disaster's key was destroyed: the note can be read no more.
    pub note_is_gone: bool,
    pub made_at: DateTime<Utc>,
    /// For changes: a stale one is refused.
    pub version: i32,
    pub removed_at: Option<DateTime<Utc>>,
    pub removed_why: Option<String>,
    pub taken_from: Vec<Source>,
    /// Others of the same household in the registry; nobody who is protected.
    pub household: Vec<HouseholdMember>,
    /// The newest first, with what was corrected or taken back.
    pub history: Vec<Whereabouts>,
    pub damage: Vec<Damage>,
    pub assistance_records: Vec<Assistance>,
    pub consents: Vec<Consent>,
    /// To whom it was given: an item of the registry by law.
    pub disclosures: Vec<Given>,
}

/// What an entry was made from.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = VictimSource)]
pub struct Source {
    pub kind: String,
    pub taken_at: DateTime<Utc>,
}

/// Somebody of the same household.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = VictimHouseholdMember)]
pub struct HouseholdMember {
    pub id: Uuid,
    pub number: i32,
    pub name: String,
    pub relationship: String,
    pub whereabouts: Option<String>,
    pub place: Option<String>,
}

/// Where she was known to be, since when.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = VictimWhereabouts)]
pub struct Whereabouts {
    pub id: Uuid,
    pub whereabouts: String,
    pub site_id: Option<Uuid>,
    pub place: Option<String>,
    pub words: String,
    pub since: DateTime<Utc>,
    pub source_kind: String,
    pub recorded_by: Option<String>,
    pub recorded_at: DateTime<Utc>,
    pub corrects: Option<Uuid>,
    /// Takes back what it corrects.
    pub is_withdrawn: bool,
    /// A later record stands in its place.
    pub is_corrected: bool,
}

/// Damage as it was reported.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = VictimDamage)]
pub struct Damage {
    pub id: Uuid,
    pub kind: String,
    pub grade: String,
    pub words: String,
    /// Where, when it is another place than the residence.
    pub place: String,
    pub reported_by: String,
    pub reported_at: DateTime<Utc>,
    pub recorded_by: Option<String>,
    pub recorded_at: DateTime<Utc>,
    pub corrects: Option<Uuid>,
    pub is_withdrawn: bool,
    pub is_corrected: bool,
}

/// 援護の実施の状況
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = VictimAssistance)]
pub struct Assistance {
    pub id: Uuid,
    pub kind: String,
    pub status: String,
    pub words: String,
    pub happened_on: NaiveDate,
    pub amount_yen: Option<i64>,
    pub department: String,
    pub recorded_by: Option<String>,
    pub recorded_at: DateTime<Utc>,
    pub corrects: Option<Uuid>,
    pub is_withdrawn: bool,
    pub is_corrected: bool,
}

/// Her word on giving her record to somebody outside the city.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = VictimConsent)]
pub struct Consent {
    pub id: Uuid,
    pub recipient_kind: String,
    pub recipient_name: String,
    pub status: String,
    pub obtained_on: NaiveDate,
    pub means: String,
    pub obtained_by: String,
    pub recorded_by: Option<String>,
    pub recorded_at: DateTime<Utc>,
    /// The newest word to this recipient.
    pub is_in_force: bool,
}

/// A provision in which the entry was.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = VictimGiven)]
pub struct Given {
    pub id: Uuid,
    pub serial: Option<i64>,
    pub recipient_kind: String,
    pub recipient_name: String,
    pub legal_basis: String,
    pub purpose: String,
    pub fields: Vec<String>,
    pub provided_at: DateTime<Utc>,
}

/// One change of one item.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct VictimChange {
    pub id: i64,
    pub field: String,
    #[schema(value_type = Option<serde_json::Value>)]
    pub before: Option<serde_json::Value>,
    #[schema(value_type = Option<serde_json::Value>)]
    pub after: Option<serde_json::Value>,
    /// Null: the service itself (an import, many at once).
    pub changed_by: Option<String>,
    pub changed_at: DateTime<Utc>,
}
