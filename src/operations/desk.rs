//! A reception desk: which devices may receive people where, for which event, until when.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::accounts::DistrictName;

/// What a desk's devices hold for searching without network (docs/decisions/0006).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GateList {
    /// Nobody.
    None,
    /// Those of its districts whose disclosure is lawful now.
    #[default]
    Lawful,
}

impl GateList {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Lawful => "lawful",
        }
    }
}

/// The longest a desk stands.
pub const LONGEST_HOURS: i64 = 72;

/// A desk, and who is at it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Desk {
    pub id: Uuid,
    pub event_id: Uuid,
    pub label: String,
    pub site_id: Option<Uuid>,
    pub venue_id: Option<Uuid>,
    pub districts: Vec<DistrictName>,
    pub gate_list: GateList,
    pub opens_at: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
    /// Closed by somebody before its hour.
    pub closed_at: Option<DateTime<Utc>>,
    /// Neither closed nor past its hour.
    pub is_open: bool,
    pub devices: Vec<DeskDevice>,
}

/// A device at a desk.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeskDevice {
    pub id: Uuid,
    pub label: String,
    pub last_contact_at: Option<DateTime<Utc>>,
    /// How many items it says it still holds.
    pub held_items: i32,
    pub is_revoked: bool,
}
