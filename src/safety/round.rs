//! What a round is to those who start, watch and close it.

use chrono::{DateTime, Utc};
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
    pub members: i64,
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
