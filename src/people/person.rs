//! A person as staff and leads see her. What only headquarters may see is a type of its own, so that it cannot leak by a
//! forgotten filter.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::accounts::DistrictName;
use crate::geometry::LngLat;

/// One line of a search.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PersonLine {
    pub id: Uuid,
    pub name: String,
    pub name_kana: String,
    pub birth_on: Option<NaiveDate>,
    pub sex: Option<String>,
    pub district: DistrictName,
    pub address: Option<String>,
    /// `resident`, `died`, `moved`, `hospitalised` or `facility`.
    pub status: String,
    /// What the person says to the roster's provision now.
    pub roster_consent: String,
    /// 支援措置: answers to callers, prints and lists leave this person out.
    pub is_protected: bool,
    /// On the roster of residents who need evacuation support.
    pub is_listed: bool,
}

/// A dated address.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ResidenceView {
    /// `registered` (住民票) or `actual` (居所).
    pub kind: String,
    pub address: String,
    #[schema(value_type = Option<crate::geometry::LngLat>)]
    pub point: Option<LngLat>,
    /// `none`, `town`, `block`, `house` or `given`: how exact the point is.
    pub geocode_level: String,
    pub valid_from: NaiveDate,
    pub valid_to: Option<NaiveDate>,
}

/// A number or address to reach a person by.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ContactView {
    pub kind: String,
    pub value: String,
    pub holder: String,
    pub relation: String,
}

/// Somebody of the same household whom the caller may see.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct HouseholdMember {
    pub id: Uuid,
    pub name: String,
    pub relationship: String,
    pub is_householder: bool,
    pub is_protected: bool,
    /// For the audit's legal ground.
    #[serde(skip)]
    pub roster_consent: String,
}

/// Who looks in on the person in ordinary times (担当).
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct StandingContact {
    pub volunteer_id: Uuid,
    pub name: String,
    /// 1 or 2.
    pub rank: i16,
}

/// What help is needed; never a diagnosis.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Listing {
    pub listed_on: NaiveDate,
    pub delisted_on: Option<NaiveDate>,
    pub help_needed: Vec<String>,
    pub help_note: String,
}

/// One consent on record.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ConsentView {
    pub id: Uuid,
    pub purpose: String,
    pub recipient_class: String,
    pub status: String,
    pub obtained_on: NaiveDate,
    pub means: String,
    pub obtained_by: String,
    pub recorded_at: DateTime<Utc>,
    pub corrects: Option<Uuid>,
}

/// Why a person is on the roster.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SupportReason {
    pub category: String,
    pub basis: String,
    pub since: NaiveDate,
    pub ended_on: Option<NaiveDate>,
}

/// What only headquarters sees.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StaffOnly {
    pub resident_no: Option<String>,
    /// The birth date as it was given.
    pub birth_text: String,
    pub nationality: String,
    pub status_on: Option<NaiveDate>,
    /// `undecided`, `point`, `list` or `hand`.
    pub district_basis: Option<String>,
    pub district_reason: Option<String>,
    pub consents: Vec<ConsentView>,
    pub reasons: Vec<SupportReason>,
}

/// Everything about one person that the caller may see.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Person {
    #[serde(flatten)]
    pub line: PersonLine,
    pub residences: Vec<ResidenceView>,
    pub contacts: Vec<ContactView>,
    pub household: Vec<HouseholdMember>,
    pub listing: Option<Listing>,
    pub standing_contacts: Vec<StandingContact>,
    /// Null for a lead.
    pub staff_only: Option<StaffOnly>,
}
