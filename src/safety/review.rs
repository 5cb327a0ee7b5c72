//! What waits for somebody's decision in an event: contradictions, items set aside, people on no list. One screen settles them.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::member::{Member, ObservationView, Reach};
use crate::events::EventName;

/// Everything of an event that waits for a decision, as of an instant.
#[derive(Debug, Serialize, ToSchema)]
pub struct Review {
    pub event: EventName,
    pub as_of: DateTime<Utc>,
    pub contradictions: Vec<Contradiction>,
    /// Items set aside, calls for rescue first. Headquarters' alone: empty for a lead.
    pub items: Vec<SetAside>,
    /// Rounds into which headquarters may take an item up, those of disasters first.
    pub adopt_into: Vec<RoundName>,
    pub unlisted: Vec<Unlisted>,
    /// Matches made in this event and standing: each can be undone.
    pub matches: Vec<MemberMatch>,
}

/// A round, to be chosen from.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RoundName {
    pub id: Uuid,
    pub name: String,
    pub event: EventName,
    /// For real calls out of drills; there whoever is not a member becomes one.
    pub is_standing: bool,
}

/// A member of whom words say different things.
#[derive(Debug, Serialize, ToSchema)]
pub struct Contradiction {
    pub round_id: Uuid,
    pub round_name: String,
    #[serde(flatten)]
    pub member: Member,
    pub contacts: Vec<Reach>,
    /// The word that stands.
    pub outcome_id: Option<Uuid>,
    /// Later words that it withstood.
    pub contradicted_by: Vec<Uuid>,
    /// Calls that only the rescue queue closes; while there are any, nothing is settled here.
    pub open_calls: Vec<Uuid>,
    pub says: Vec<ObservationView>,
}

/// An item from a phone that could not be used as it was. It is kept; a human decides.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SetAside {
    pub id: Uuid,
    pub kind: String,
    /// Why (the sync protocol's reasons): `maybe_real`, `revoked_device`, `unknown_member` …
    pub reason: String,
    pub device_id: Option<Uuid>,
    pub device_label: Option<String>,
    pub volunteer_name: Option<String>,
    pub observed_at: Option<DateTime<Utc>>,
    pub recorded_at: DateTime<Utc>,
    /// Whom it names, where she is a member of a round.
    pub about: Option<ItemAbout>,
    /// What it says, where it could be read.
    pub payload: Option<Value>,
    /// The text as it came, where it could not.
    pub raw: Option<String>,
    /// Calls for rescue: to be read first.
    pub is_rescue: bool,
    /// Whether it can be taken up into a round: an observation that could be read.
    pub is_adoptable: bool,
}

/// Whom an item names.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ItemAbout {
    pub member_id: Uuid,
    pub round_id: Uuid,
    /// Her name, or what the phone called her.
    pub name: String,
    pub district_name: String,
}

/// Somebody on no list, met on the spot.
#[derive(Debug, Serialize, ToSchema)]
pub struct Unlisted {
    pub round_id: Uuid,
    pub round_name: String,
    #[serde(flatten)]
    pub member: Member,
}

/// Somebody of the same round who may be the person met.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MatchCandidate {
    pub member_id: Uuid,
    pub name: String,
    pub name_kana: String,
    pub age: Option<u32>,
    pub address: Option<String>,
    pub district_name: String,
    /// The whole name, or the family name, stands in what the phone wrote.
    pub is_named: bool,
    /// From the place where somebody was met to her home, in a straight line.
    pub distance_m: Option<f64>,
}

/// Somebody on no list who was found to be on the roster.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MemberMatch {
    pub id: Uuid,
    pub round_id: Uuid,
    pub from_member_id: Uuid,
    /// What the phone called her.
    pub from_label: String,
    pub to_member_id: Uuid,
    pub to_name: String,
    pub reason: String,
    pub linked_by_name: Option<String>,
    pub linked_at: DateTime<Utc>,
}
