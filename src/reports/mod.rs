//! After-action reports: how soon who was heard of, whom nobody reached and why, how long a call for rescue waited, who came. Made by
//! itself when a round is closed and when an event ends, drill or disaster; read by everybody who looks at counts, up to the mayor.
//!
//! Invariants: counts, never names; what was made at the close is never changed, and what is known now stands beside it; unknown is
//! not zero; a figure says as of when; a drill is measured against a drill, and a real call in a drill is none of its figures.

pub mod api;
pub mod changes;
pub mod closing;
pub mod curve;
pub mod rescue;
mod sheet;
pub mod store;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::accounts::DistrictName;
use crate::drills::totals::ByWay as AttendanceByWay;
use crate::safety::board::Counts;
use crate::safety::observation::{Attempt, Channel};
use crate::safety::round::RoundKind;
use curve::Quartiles;
use rescue::RescueTimes;

/// Everything that is counted, at one instant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = ReportFigures)]
pub struct Figures {
    pub as_of: DateTime<Utc>,
    /// The event's rounds, the oldest first.
    pub rounds: Vec<RoundFigures>,
    pub rescues: RescueTimes,
    /// Contradictions that a human settled; those that stand are counted with the round.
    pub contradictions_settled: u32,
    /// Null: no venue was planned.
    pub attendance: Option<AttendanceFigures>,
    /// By district; empty when nothing was planned.
    pub readiness: Vec<ReadyDistrict>,
    pub set_aside: SetAside,
    /// Real calls made out of the drill while it ran: none of the drill's figures. Null in a disaster.
    pub real_calls: Option<u32>,
}

/// A round: how soon, by district and by how it was known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RoundFigures {
    pub round_id: Uuid,
    pub kind: RoundKind,
    pub name: String,
    pub started_at: DateTime<Utc>,
    pub closed_at: Option<DateTime<Utc>>,
    /// Minutes between two points of every curve of this round.
    pub step_min: u32,
    pub totals: Response,
    pub districts: Vec<DistrictResponse>,
    /// How it was first known of each person who was confirmed, and through which door the word came.
    pub by_way: Vec<ByWay>,
    /// Words that came after the close. They count now.
    pub late_items: u32,
}

/// Who was heard of, and how soon.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Response {
    #[serde(flatten)]
    pub counts: Counts,
    /// All but those out of scope.
    pub to_confirm: u32,
    /// Of whom something is known: safe, in need, or looked for and not found.
    pub confirmed: u32,
    /// Of those to be confirmed.
    #[serde(flatten)]
    pub quartiles: Quartiles,
    /// The first and the last word or try, as observed.
    pub first_at: Option<DateTime<Utc>>,
    pub last_at: Option<DateTime<Utc>>,
    pub unreached: Unreached,
    pub placards: Placards,
    /// Confirmed within 0, 1, 2 … steps after the start.
    pub curve: Vec<u32>,
}

/// One district.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DistrictResponse {
    pub district: DistrictName,
    #[serde(flatten)]
    pub response: Response,
    pub volunteers: u32,
    pub silent_volunteers: u32,
    /// Nothing was heard from there since the start: not from a phone, not of a resident.
    pub is_silent: bool,
}

/// Of whom nothing is known, each under the one reason that applies: together tried and unchecked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Unreached {
    /// Tried; the last try.
    pub no_answer: u32,
    pub absent: u32,
    pub access_impossible: u32,
    pub refused: u32,
    /// Spoken with, or of, and not known how she is. Reports kept from before it was counted have none.
    #[serde(default)]
    #[schema(required)]
    pub heard: u32,
    /// Not tried: no volunteer may be shown them now (no consent, or protected).
    pub not_disclosable: u32,
    /// Not tried: nobody had them.
    pub nobody_assigned: u32,
    /// Not tried, although somebody had them.
    pub not_visited: u32,
}

impl Unreached {
    pub fn total(&self) -> u32 {
        self.no_answer
            + self.absent
            + self.access_impossible
            + self.refused
            + self.heard
            + self.not_disclosable
            + self.nobody_assigned
            + self.not_visited
    }
}

/// 「無事ですシート」: households at whose door it was looked for, by what was seen last.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ReportPlacards)]
pub struct Placards {
    pub looked_for: u32,
    pub shown: u32,
    pub not_shown: u32,
    pub sos: u32,
}

/// Those who were first heard of in one way, and how soon a quarter, a half, three quarters of them were.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = ResponseByWay)]
pub struct ByWay {
    /// Null: found when a call was closed, without a word of its own.
    pub attempt: Option<Attempt>,
    pub channel: Option<Channel>,
    pub people: u32,
    #[serde(flatten)]
    pub quartiles: Quartiles,
}

/// Who came to the venues.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AttendanceFigures {
    /// Everybody once. Null: nothing was recorded.
    pub total: Option<u32>,
    pub venues: Vec<VenueFigures>,
    pub bodies: Vec<BodyFigures>,
    pub by_way: Vec<AttendanceByWay>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct VenueFigures {
    pub venue_id: Uuid,
    pub name: String,
    pub district: DistrictName,
    /// Null: nothing was recorded there.
    pub total: Option<u32>,
    pub persons: u32,
    pub groups: u32,
    pub possible_doubles: u32,
    pub last_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct BodyFigures {
    /// Null: a group that is no listed body, or persons of no body.
    pub body_id: Option<Uuid>,
    pub name: String,
    pub expected: Option<i32>,
    /// Null: nothing was recorded of it.
    pub total: Option<u32>,
}

/// How prepared a district was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReadyDistrict {
    pub district: DistrictName,
    pub volunteers: i64,
    pub invited: i64,
    pub opened: i64,
    pub practised_offline: i64,
    pub sheets_printed: i64,
}

/// Items that came and were set aside.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ReportSetAside)]
pub struct SetAside {
    pub items: u32,
    /// Those about which nobody has decided.
    pub waiting: u32,
}

impl Figures {
    /// The round that the mayor's page is about: the one with most people to confirm.
    pub fn main(&self) -> Option<&RoundFigures> {
        self.rounds
            .iter()
            .max_by_key(|r| (r.totals.to_confirm, std::cmp::Reverse(r.started_at)))
    }
}

/// A report as it was made at the close. Never changed.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Kept {
    pub as_of: DateTime<Utc>,
    pub figures: Figures,
}

/// An earlier drill.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Earlier {
    pub event_id: Uuid,
    pub name: String,
    pub started_at: DateTime<Utc>,
}

/// The earlier drill that it is measured against.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Against {
    #[serde(flatten)]
    pub earlier: Earlier,
    pub figures: Figures,
}

/// What the writer says, section by section.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = RemarkSection)]
#[serde(rename_all = "snake_case")]
pub enum Section {
    /// 総括
    Summary,
    /// よかった点
    WentWell,
    /// 改める点
    ToImprove,
}

impl Section {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Summary => "summary",
            Self::WentWell => "went_well",
            Self::ToImprove => "to_improve",
        }
    }
}

/// The newest words of a section.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Remark {
    pub section: Section,
    pub words: String,
    pub written_at: DateTime<Utc>,
}
