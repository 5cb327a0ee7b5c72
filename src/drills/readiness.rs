//! 準備: before a drill, district by district, who has an invite, who has opened the phone, who has practised without network, what
//! is printed. Whoever is missing is named, so that somebody can call.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::accounts::DistrictName;

/// How far the preparation of a district is.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Readiness {
    pub district: DistrictName,
    pub volunteers: i64,
    /// Volunteers who were given an invite or have a phone.
    pub invited: i64,
    /// Volunteers whose phone has opened the service.
    pub opened: i64,
    /// Volunteers who practised without network within a year.
    pub practised_offline: i64,
    /// Numbered copies printed for this drill: its visit sheets; before it begins, the district's list of the thirty days before.
    pub sheets_printed: i64,
    /// Residents on the support roster who are to be visited.
    pub people_to_visit: i64,
    /// How many the participating bodies of the district said they would bring; null: nobody said.
    pub bodies_expected: Option<i64>,
    /// Volunteers who are not ready, and what is missing.
    pub missing: Vec<Missing>,
}

/// A volunteer who is not ready.
#[derive(Debug, Clone, Serialize, serde::Deserialize, ToSchema)]
pub struct Missing {
    pub volunteer_id: Uuid,
    pub name: String,
    pub is_invited: bool,
    pub has_opened: bool,
    pub has_practised: bool,
}
