//! Drills: the programme of an event of kind drill, its venues and bodies, who came, and what is learned from it. Crisis staff plan
//! them; a district's lead runs the gate of the own venues; everybody who looks at counts sees how many came.
//!
//! Invariants: a drill is an event that starts in the future; its times move only by a decision that is kept; persons and head-counts
//! of one body are never added together; nothing of a drill becomes anything of a disaster.

pub mod api;
pub mod attendance;
pub mod live;
pub mod readiness;
pub mod store;
pub mod totals;

use chrono::{DateTime, NaiveDate, Utc};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::accounts::DistrictName;
use crate::events::Event;

/// How far a drill is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DrillState {
    Planned,
    Running,
    Ended,
    /// 中止: it never was, or was broken off.
    Cancelled,
}

/// How far the drill of this event is.
pub fn state_of(event: &Event, is_cancelled: bool) -> DrillState {
    match (event.is_planned, event.is_over()) {
        (_, true) if is_cancelled => DrillState::Cancelled,
        (_, true) => DrillState::Ended,
        (true, false) => DrillState::Planned,
        (false, false) => DrillState::Running,
    }
}

/// A drill in the list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DrillLine {
    pub event: Event,
    pub state: DrillState,
    /// The day in Japan.
    pub held_on: NaiveDate,
    pub venues: i64,
    pub bodies: i64,
}

/// A point of the programme.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
pub struct ProgrammeItem {
    #[garde(skip)]
    pub id: Uuid,
    #[garde(skip)]
    pub starts_at: DateTime<Utc>,
    #[garde(length(chars, min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100)]
    pub title: String,
    #[garde(length(chars, max = 100))]
    #[schema(max_length = 100)]
    #[serde(default)]
    pub place: String,
    #[garde(length(chars, max = 100))]
    #[schema(max_length = 100)]
    #[serde(default)]
    pub who: String,
}

/// Where people gather.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Venue {
    pub id: Uuid,
    pub name: String,
    pub district: DistrictName,
    pub site_id: Option<Uuid>,
    pub is_retired: bool,
}

/// 参加団体: who said they would come, and with how many.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DrillBody {
    pub id: Uuid,
    pub name: String,
    pub body: String,
    pub district: Option<DistrictName>,
    pub expected: Option<i32>,
    pub is_retired: bool,
}

/// What was decided about a drill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DecisionKind {
    Postponed,
    Cancelled,
    EndedEarly,
}

impl DecisionKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Postponed => "postponed",
            Self::Cancelled => "cancelled",
            Self::EndedEarly => "ended_early",
        }
    }
}

/// A decision, kept for good.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Decision {
    pub id: Uuid,
    pub kind: DecisionKind,
    pub reason: String,
    pub from_start: Option<DateTime<Utc>>,
    pub to_start: Option<DateTime<Utc>>,
    pub to_end: Option<DateTime<Utc>>,
    pub decided_at: DateTime<Utc>,
}

/// A drill with its programme.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Drill {
    pub event: Event,
    pub state: DrillState,
    pub held_on: NaiveDate,
    /// Whether a programme was made; a drill that was started on the spot has none yet.
    pub is_planned_here: bool,
    pub scenario: String,
    /// When it is called off, in the city's words.
    pub cancel_rule: String,
    /// The earlier drill that it is measured against.
    pub compare_with: Option<Uuid>,
    pub programme: Vec<ProgrammeItem>,
    pub venues: Vec<Venue>,
    pub bodies: Vec<DrillBody>,
    pub districts: Vec<DistrictName>,
    pub decisions: Vec<Decision>,
}
