//! What must not wait any longer: tried in vain, a silent volunteer, a silent district, people whom nobody covers. Raised by the
//! service, taken, passed on and ended by people; ended by itself when it is answered.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::member::Reach;
use super::round::RoundRules;
use crate::accounts::DistrictName;
use crate::events::EventName;

/// What an escalation is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EscalationKind {
    /// 返事がない: somebody was tried often or long enough.
    NoAnswer,
    /// 連絡のない協力者
    SilentVolunteer,
    /// 連絡のない校区
    SilentDistrict,
    /// 担当のいない人: there is nobody to give them to.
    Uncovered,
}

/// Who is to act now, from near to far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    Neighbour,
    District,
    Headquarters,
    FirePolice,
}

impl Level {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Neighbour => "neighbour",
            Self::District => "district",
            Self::Headquarters => "headquarters",
            Self::FirePolice => "fire_police",
        }
    }
}

/// What was done about an escalation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EscalationAct {
    /// 引き受けた
    Taken,
    /// 次の段へ
    PassedOn,
    /// 終わり
    Ended,
}

impl EscalationAct {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Taken => "taken",
            Self::PassedOn => "passed_on",
            Self::Ended => "ended",
        }
    }
}

/// The member an escalation is about.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EscalatedMember {
    pub id: Uuid,
    /// Her name, or what a phone called her.
    pub name: String,
    pub name_kana: String,
    pub address: String,
    pub help_needed: Vec<String>,
    pub contacts: Vec<Reach>,
    /// Who is to look in on her.
    pub assigned: Vec<String>,
}

/// The volunteer an escalation is about.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EscalatedVolunteer {
    pub id: Uuid,
    pub name: String,
    pub phone: String,
}

/// One thing done.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct EscalationStep {
    pub id: Uuid,
    pub kind: EscalationAct,
    pub level: Option<Level>,
    pub given_to: String,
    pub note: String,
    pub by_name: Option<String>,
    pub at: DateTime<Utc>,
}

/// Something that must not wait any longer.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Escalation {
    pub id: Uuid,
    pub kind: EscalationKind,
    pub level: Level,
    pub district: DistrictName,
    pub member: Option<EscalatedMember>,
    pub volunteer: Option<EscalatedVolunteer>,
    /// As of the raising: `tries`, `first_at`, `last_at`, `is_refused` · `last_contact_at`, `members` · `last_heard_at`, `members`.
    pub facts: Value,
    pub raised_at: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
    /// `answered out_of_scope heard covered round_closed by_hand`
    pub ended_why: Option<String>,
    pub steps: Vec<EscalationStep>,
}

/// A round's escalations: the open ones, and those that ended within the last hours.
#[derive(Debug, Serialize, ToSchema)]
pub struct Escalations {
    pub as_of: DateTime<Utc>,
    pub event: EventName,
    pub round_name: String,
    pub is_open: bool,
    pub rules: RoundRules,
    pub items: Vec<Escalation>,
    pub ended: Vec<Escalation>,
}
