//! What a round is to those who start, watch and close it.

use chrono::{DateTime, Utc};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::board::Board;
use crate::accounts::DistrictName;
use crate::events::EventName;

/// What is asked of the residents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RoundKind {
    /// 安否確認
    Safety,
    /// 避難支援
    Evacuation,
}

impl RoundKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Safety => "safety",
            Self::Evacuation => "evacuation",
        }
    }
}

/// When a round asks for more than it was asked for. Null: not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
pub struct RoundRules {
    /// So many tries in vain escalate …
    #[garde(inner(range(min = 1, max = 20)))]
    #[schema(minimum = 1, maximum = 20)]
    pub escalate_tries: Option<i16>,
    /// … and so many minutes since the first of them.
    #[garde(inner(range(min = 5, max = 1440)))]
    #[schema(minimum = 5, maximum = 1440)]
    pub escalate_minutes: Option<i32>,
    /// So long after the start whoever nobody went to is given to somebody else.
    #[garde(inner(range(min = 5, max = 1440)))]
    #[schema(minimum = 5, maximum = 1440)]
    pub hand_over_minutes: Option<i32>,
    /// Given on by the service; otherwise proposed, and somebody presses the button.
    #[garde(skip)]
    #[serde(default)]
    pub hand_over_by_itself: bool,
}

impl Default for RoundRules {
    fn default() -> Self {
        Self {
            escalate_tries: Some(2),
            escalate_minutes: Some(60),
            hand_over_minutes: Some(120),
            hand_over_by_itself: false,
        }
    }
}

/// A round over the residents of some districts.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Round {
    pub id: Uuid,
    pub event: EventName,
    pub kind: RoundKind,
    pub name: String,
    pub districts: Vec<DistrictName>,
    pub started_at: DateTime<Utc>,
    /// Closed by hand, or with its event. Late items still count.
    pub closed_at: Option<DateTime<Utc>>,
    /// Residents frozen into it; facilities are none of them.
    pub members: i64,
    /// Volunteers look for the placard of households in it.
    pub looks_for_marker: bool,
    pub rules: RoundRules,
    /// The board as it was at the close, asked for one round; what is known by now is on the board itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub close_board: Option<Board>,
}

/// One district on the start page: who will be visited, and everyone who will not, and why.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Preview {
    pub district: DistrictName,
    /// Everyone on the support roster: `to_visit` and all of `left_out`.
    pub residents: i64,
    pub to_visit: i64,
    /// Of those to visit: with a standing contact in this district.
    pub assigned: i64,
    /// Of those to visit: to be given to the district's volunteers when the round starts.
    pub unassigned: i64,
    pub left_out: LeftOut,
    pub volunteers: i64,
    /// Volunteers with an enrolled phone.
    pub phones: i64,
    pub channels: Channels,
}

/// For how many people each way to answer exists. What is not on record is not known, and not zero: more may have a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Channels {
    /// In the round and in its scope, whoever may be shown: of these are all that follow.
    pub people: i64,
    /// Of those to visit: with a volunteer who can.
    pub visit: i64,
    /// With a telephone number on record, a contact's included.
    pub phone: i64,
    /// With a mail address on record.
    pub mail: i64,
    /// None of the three.
    pub none: i64,
    /// Homes of those to visit, where a placard can be looked for. Who has one is known only at the door.
    pub homes: i64,
    /// Facilities that are asked for their counts, and are none of the people above.
    pub facilities: i64,
    /// What those that said it can take; null when none did.
    pub facility_capacity: Option<i64>,
    pub facilities_without_capacity: i64,
}

/// Who is on the roster and will not be shown to a volunteer, each under the first reason that applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct LeftOut {
    /// No consent to the roster's provision, and no emergency activation in force here.
    pub not_consented: i64,
    /// 支援措置 (DV・ストーカー): checked by headquarters alone, from the list of protected members.
    pub protected: i64,
    pub died: i64,
    pub moved: i64,
    pub hospitalised: i64,
    pub facility: i64,
    /// Off the roster.
    pub delisted: i64,
}

/// What starting a round did.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Started {
    pub round: Round,
    /// Members frozen into the round, those out of scope included.
    pub members: i64,
    pub out_of_scope: i64,
    /// Assignments to standing contacts (first and second).
    pub by_standing_contact: i64,
    /// Members without one, given to the district's volunteers.
    pub by_filling_gaps: i64,
    /// Members whom nobody will visit: protected people, and districts without volunteers.
    pub unassigned: i64,
}
