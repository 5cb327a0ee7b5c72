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
