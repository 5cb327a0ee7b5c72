//! What is shown of somebody received.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::stay::StayType;

/// A place by its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PlaceName {
    /// Null: none of the city's places (在宅・車中泊).
    pub site_id: Option<Uuid>,
    pub name: Option<String>,
    pub stay_type: StayType,
}

/// Somebody received in an event: from the roster, or a stranger by a short form.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Evacuee {
    pub id: Uuid,
    /// Null: on no roster that we know of.
    pub person_id: Option<Uuid>,
    pub name: String,
    pub name_kana: String,
    pub birth_on: Option<NaiveDate>,
    /// As it was said at the door, when it is no date.
    pub birth_text: String,
    pub sex: Option<String>,
    pub address: String,
    pub phone: String,
    pub help_needed: Vec<String>,
    /// Who was received together.
    pub party_id: Option<Uuid>,
    /// Null: she left.
    pub place: Option<PlaceName>,
    pub since: Option<DateTime<Utc>>,
    pub is_out_tonight: bool,
    /// Also counted at `also_at`: to be settled by a human.
    pub is_contested: bool,
    pub also_at: Option<PlaceName>,
    /// 支援措置: answers to callers and prints leave this person out.
    pub is_protected: bool,
}

/// A stranger found to be somebody of the roster; it can be undone.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EvacueeMatch {
    pub id: Uuid,
    pub evacuee_id: Uuid,
    /// The name that was taken at the door.
    pub received_as: String,
    pub person_id: Uuid,
    /// The name on the roster.
    pub name: String,
    pub reason: String,
    pub matched_by_name: Option<String>,
    pub matched_at: DateTime<Utc>,
}

/// Somebody of the roster whom a stranger may be.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PersonCandidate {
    pub person_id: Uuid,
    pub name: String,
    pub name_kana: String,
    pub age: Option<u32>,
    pub address: Option<String>,
    pub district_name: String,
    /// Of the same name or reading.
    pub is_named: bool,
    pub is_same_birth: bool,
    pub is_same_phone: bool,
    /// 支援措置: nobody outside headquarters may learn where she is.
    pub is_protected: bool,
}
