//! What is shown of a member, her evidence and her rescue: to crisis staff and to the lead of the district.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::board::Bucket;
use super::derive::MemberState;
use super::observation::{Attempt, Channel, Marker, Outcome, Whereabouts};
use super::ring::Ring;
use crate::accounts::DistrictName;

/// Who is assigned to a member.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Assigned {
    pub volunteer_id: Uuid,
    pub name: String,
    /// `standing`, `automatic` or `hand`.
    pub basis: String,
}

/// One member of a round. An unlisted subject or a facility has a `subject` and no name.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Member {
    pub id: Uuid,
    /// `person`, `household`, `staff`, `facility` or `unlisted`.
    pub kind: String,
    pub person_id: Option<Uuid>,
    pub household_id: Option<Uuid>,
    /// `{label, place, need, lon?, lat?}`, as the phone sent it.
    pub subject: Option<Value>,
    pub district: DistrictName,
    pub name: Option<String>,
    pub name_kana: Option<String>,
    /// In years, today.
    pub age: Option<u32>,
    pub sex: Option<String>,
    pub address: Option<String>,
    pub help_needed: Vec<String>,
    pub help_note: Option<String>,
    /// 支援措置: on no phone and no print; only headquarters sees the row.
    pub is_protected: bool,
    /// Whether a volunteer may be shown this member now.
    pub is_disclosable: bool,
    pub bucket: Bucket,
    pub outcome: Option<Outcome>,
    pub whereabouts: Option<Whereabouts>,
    pub is_contradicted: bool,
    pub open_rescues: u32,
    pub attempts_count: u32,
    pub last_attempt_at: Option<DateTime<Utc>>,
    pub last_heard_at: Option<DateTime<Utc>>,
    pub rescue_since: Option<DateTime<Utc>>,
    /// `died`, `moved`, `hospitalised`, `facility` or `delisted`: on no visit list any more.
    pub out_of_scope_reason: Option<String>,
    /// Came onto the roster after the round had started.
    pub is_late_addition: bool,
    pub assigned: Vec<Assigned>,
}

/// How a person can be reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Reach {
    /// `phone`, `mobile`, `mail`, `emergency_phone` or `fax`.
    pub kind: String,
    pub value: String,
    /// Whose it is, when not the person's own.
    pub holder: String,
    pub relation: String,
}

/// One piece of evidence, as recorded.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ObservationView {
    pub id: Uuid,
    /// Another member's row that speaks for the household.
    pub via_household: bool,
    pub outcome: Option<Outcome>,
    pub whereabouts: Option<Whereabouts>,
    pub shelter_id: Option<Uuid>,
    pub attempt: Attempt,
    pub needs: Vec<String>,
    pub note: String,
    pub told_by: String,
    /// Where whoever told it can be called back.
    pub told_phone: String,
    /// Through which door it came.
    pub channel: Channel,
    /// What hung at the door, with the attempt `marker`.
    pub marker: Option<Marker>,
    /// The number of the sheet it was typed in from, and by whom.
    pub sheet_serial: Option<i64>,
    pub typed_by_name: Option<String>,
    pub for_household: bool,
    pub corrects: Option<Uuid>,
    pub is_withdrawal: bool,
    /// The observer's principal.
    pub observer_kind: String,
    pub observer_name: Option<String>,
    /// By the observer's clock, corrected by what the phone knew of the server's.
    pub observed_at: DateTime<Utc>,
    pub recorded_at: DateTime<Utc>,
    /// Arrived after the round was closed.
    pub is_late: bool,
}

/// How a rescue was closed.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ResolutionView {
    pub id: Uuid,
    pub closes: Vec<Uuid>,
    pub outcome: Outcome,
    pub whereabouts: Option<Whereabouts>,
    pub how: String,
    pub resolved_by_name: Option<String>,
    pub resolved_by_kind: String,
    pub resolved_at: DateTime<Utc>,
}

/// What is done about a rescue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StepKind {
    /// 受付: somebody has read it.
    Acknowledged,
    /// 手配: given to somebody of ours.
    Assigned,
    /// 引継: given to the fire service, police, a hospital.
    HandedOver,
    /// 到着: they are there; what was found closes the call.
    Arrived,
    /// 戻り: they could not; it is ours again.
    Returned,
}

impl StepKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Acknowledged => "acknowledged",
            Self::Assigned => "assigned",
            Self::HandedOver => "handed_over",
            Self::Arrived => "arrived",
            Self::Returned => "returned",
        }
    }
}

/// One step taken about a rescue. It never closes it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RescueStep {
    pub id: Uuid,
    pub kind: StepKind,
    pub given_to: String,
    /// The other side's number (119番の受付番号 and the like).
    pub reference: String,
    /// Who said it on our side, when it was not whoever typed it.
    pub said_by: String,
    pub note: String,
    pub promised_at: Option<DateTime<Utc>>,
    /// The slip that was read out.
    pub slip_id: Option<Uuid>,
    pub by_name: Option<String>,
    pub at: DateTime<Utc>,
    /// Taken about a call that was closed before: about those that are open now, it says nothing.
    pub is_earlier: bool,
}

/// Everything about one member.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MemberHistory {
    #[serde(flatten)]
    pub member: Member,
    pub contacts: Vec<Reach>,
    pub state: MemberState,
    pub observations: Vec<ObservationView>,
    pub resolutions: Vec<ResolutionView>,
    pub steps: Vec<RescueStep>,
}

/// How many stand in the rescue queue: numbers only, for every page of the console.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct RescueCounts {
    pub open: u32,
    /// Nobody has taken them, or they came back.
    pub nobodys: u32,
    /// When the newest of those that are nobody's was called; null when somebody has each.
    pub newest_at: Option<DateTime<Utc>>,
    /// What should have happened by now has not.
    pub ringing: u32,
}

/// One entry of the rescue queue. It stays until somebody resolves it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Rescue {
    pub round_id: Uuid,
    pub round_name: String,
    pub is_round_closed: bool,
    #[serde(flatten)]
    pub member: Member,
    pub contacts: Vec<Reach>,
    /// Calls that nobody has closed.
    pub open_calls: Vec<Uuid>,
    /// Calls taken back by whoever made them: closed only by a lead or headquarters.
    pub withdrawn_calls: Vec<Uuid>,
    /// One call for the whole household, however many share it.
    pub is_household: bool,
    /// Later words that do not fit the call.
    pub contradicted_by: Vec<Uuid>,
    /// What was asked for.
    pub needs: Vec<String>,
    /// The words of the calls, the oldest first.
    pub notes: Vec<String>,
    /// The last that is not of an earlier call is where it stands.
    pub steps: Vec<RescueStep>,
    /// When it rings (again); null once somebody arrived, and for calls taken back.
    pub ring: Option<Ring>,
}
