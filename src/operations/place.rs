//! What is shown of the places of an event.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::opening::{Crowding, Status};
use crate::accounts::DistrictName;
use crate::events::EventName;
use crate::shelters::site::SiteKind;

/// The places of an event, and who is counted elsewhere. Counts only.
#[derive(Debug, Serialize, ToSchema)]
pub struct Shelters {
    pub event: EventName,
    /// As of when it was counted.
    pub as_of: DateTime<Utc>,
    /// Shelters and evacuation buildings: those of which something was said first, then by name.
    pub items: Vec<Shelter>,
    /// In nobody's building and in the city's care all the same (在宅・車中泊): by kind of stay.
    pub elsewhere: Vec<Elsewhere>,
}

/// A shelter or an evacuation building in an event.
#[derive(Debug, Serialize, ToSchema)]
pub struct Shelter {
    pub id: Uuid,
    pub kind: SiteKind,
    pub name: String,
    pub address: String,
    /// The school district it lies in, when it lies in one.
    pub district: Option<DistrictName>,
    /// How many it takes; null is unknown, not none.
    pub capacity: Option<i32>,
    /// The capacity as the list has it, when it is no number.
    pub capacity_text: String,
    /// Null: nobody said anything of it in this event.
    pub status: Option<Status>,
    pub status_since: Option<DateTime<Utc>>,
    pub opened_at: Option<DateTime<Utc>>,
    pub closed_at: Option<DateTime<Utc>>,
    /// 自主開設
    pub is_self_opened: bool,
    pub crowding: Option<Crowding>,
    /// Somebody there said so; otherwise it is computed from the census and the capacity.
    pub crowding_is_said: bool,
    /// By the check-ins, as of `as_of`.
    pub present: i32,
    /// Of them, also received elsewhere: to be settled.
    pub contested: i32,
    /// As last reported by a head-count; null: never reported. It is not the census: both are shown, each with its time.
    pub reported_people: Option<i32>,
    pub reported_as_of: Option<DateTime<Utc>>,
    /// The caller may say something of it.
    pub is_own: bool,
}

/// People counted outside the city's places.
#[derive(Debug, Serialize, ToSchema)]
pub struct Elsewhere {
    pub stay_type: super::stay::StayType,
    pub people: i64,
}

/// What a place is after what was just said of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlaceNow {
    pub id: Uuid,
    pub status: Option<Status>,
    pub crowding: Option<Crowding>,
    /// Still counted as present: a closed place keeps nobody from being inside.
    pub present: i32,
    pub reported_people: Option<i32>,
    pub reported_as_of: Option<DateTime<Utc>>,
}
