//! Disclosure: what consent allows in ordinary times, and the emergency activation under 災対法 art. 49-11(3) that shows people
//! without it. Crisis staff activate; leads, volunteers and boards follow at their next read.
//!
//! Invariants: two persons, or one with the sealed duty code (alarmed, reviewed within 72 hours); never in a drill (the database
//! refuses it too); an activation ends by itself after at most 72 hours, by the database's clock, and with its disaster.

pub mod api;
pub mod duty_code;
pub mod store;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::accounts::DistrictName;

/// The longest an activation lasts, and the time within which one by duty code is reviewed.
pub const LONGEST_HOURS: i32 = 72;

/// What a consent is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// 名簿情報の提供 (49-11)
    Roster,
    /// 個別避難計画情報の提供 (49-15)
    Plan,
}

impl Purpose {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Roster => "roster",
            Self::Plan => "plan",
        }
    }
}

/// To whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RecipientClass {
    /// 民生委員, 社会福祉協議会, 自主防災組織 and the like
    SupportOrganisation,
    FireService,
    Police,
    /// The supporter named in the person's own plan.
    Supporter,
}

impl RecipientClass {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SupportOrganisation => "support_organisation",
            Self::FireService => "fire_service",
            Self::Police => "police",
            Self::Supporter => "supporter",
        }
    }
}

/// What the person said. Silence is neither refusal nor consent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConsentStatus {
    Consented,
    Refused,
    Unanswered,
    Withdrawn,
    /// An ordinance replaces consent (49-11(2) proviso).
    NotRequiredByOrdinance,
}

impl ConsentStatus {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Consented => "consented",
            Self::Refused => "refused",
            Self::Unanswered => "unanswered",
            Self::Withdrawn => "withdrawn",
            Self::NotRequiredByOrdinance => "not_required_by_ordinance",
        }
    }
    /// Whether the roster's provision is lawful on this ground (the words of `roster_consent` in the policies).
    pub fn allows(word: &str) -> bool {
        matches!(word, "consented" | "not_required_by_ordinance")
    }
}

/// How far an activation has got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ActivationStatus {
    /// Shows nobody until a second person confirms.
    Waiting,
    InForce,
    /// Closed, over, or its disaster is.
    Ended,
}

/// A member of staff, as named on an activation.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct StaffName {
    pub id: Uuid,
    pub name: String,
}

/// An emergency activation (災対法 art. 49-11(3)).
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Activation {
    pub id: Uuid,
    pub event_id: Uuid,
    pub event_name: String,
    /// `49-11-3` (roster) or `49-15-3` (individual plans).
    pub legal_basis: String,
    pub districts: Vec<DistrictName>,
    pub reason: String,
    pub status: ActivationStatus,
    pub opened_by: StaffName,
    pub opened_at: DateTime<Utc>,
    pub confirmed_by: Option<StaffName>,
    pub confirmed_at: Option<DateTime<Utc>>,
    /// Opened by one person with the sealed duty code: to be reviewed by another within 72 hours.
    pub by_duty_code: bool,
    pub reviewed_by: Option<StaffName>,
    pub reviewed_at: Option<DateTime<Utc>>,
    /// When it ends by itself.
    pub closes_at: DateTime<Utc>,
    pub closed_at: Option<DateTime<Utc>>,
}
