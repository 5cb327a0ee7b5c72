//! Who may log in and which phones are enrolled. Staff come by password and one-time code, volunteers by a one-time invite
//! that binds their phone; two break-glass accounts work with no phone, mail or identity provider.
//!
//! Invariants: a session's token, an invite and a recovery code are stored only as hashes; a one-time code is accepted once;
//! revoking takes effect at the next request on every instance.

pub mod api;
pub mod command;
pub mod enrol;
pub mod password;
pub mod session;
pub mod store;
pub(crate) mod tries;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::db::Principal;

/// A log-in's role; the principal of its sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
#[value(rename_all = "snake_case")]
pub enum Role {
    Admin,
    HqStaff,
    DistrictLead,
    Planner,
    Auditor,
}

impl Role {
    pub fn as_str(self) -> &'static str {
        self.principal().as_str()
    }
    pub fn principal(self) -> Principal {
        match self {
            Self::Admin => Principal::Admin,
            Self::HqStaff => Principal::HqStaff,
            Self::DistrictLead => Principal::DistrictLead,
            Self::Planner => Principal::Planner,
            Self::Auditor => Principal::Auditor,
        }
    }
    pub(crate) fn parse(text: &str) -> Option<Self> {
        [
            Self::Admin,
            Self::HqStaff,
            Self::DistrictLead,
            Self::Planner,
            Self::Auditor,
        ]
        .into_iter()
        .find(|r| r.as_str() == text)
    }
}

/// A district's id and name, as shown beside an account or a volunteer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DistrictName {
    pub id: Uuid,
    pub name: String,
}

/// A staff log-in as others see it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Account {
    pub id: Uuid,
    pub login: String,
    pub name: String,
    pub role: Role,
    pub is_break_glass: bool,
    /// Districts of a lead; empty for city-wide roles.
    pub districts: Vec<DistrictName>,
    pub disabled_at: Option<DateTime<Utc>>,
}

/// What makes an account: `totp_secret` is 20 random bytes, `recovery_codes` are shown once and kept as HMAC.
#[derive(Debug, Clone)]
pub struct NewAccount {
    pub id: Uuid,
    pub login: String,
    pub name: String,
    pub role: Role,
    pub password: String,
    pub totp_secret: Option<Vec<u8>>,
    pub recovery_codes: Vec<String>,
    pub is_break_glass: bool,
    pub must_change: bool,
    pub districts: Vec<Uuid>,
}

/// A volunteer of the district (民生委員, 校区福祉委員, 自主防災組織 …).
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Volunteer {
    pub id: Uuid,
    pub name: String,
    pub name_kana: String,
    /// The support organisation she belongs to (災対法 art. 49-11(2)).
    pub body: String,
    pub phone: String,
    pub districts: Vec<DistrictName>,
    /// Phones enrolled and not revoked.
    pub phones: i64,
    pub last_contact_at: Option<DateTime<Utc>>,
}

/// An enrolled phone.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Device {
    pub id: Uuid,
    pub principal: Principal,
    pub volunteer_id: Option<Uuid>,
    pub volunteer_name: Option<String>,
    pub label: String,
    pub enrolled_at: DateTime<Utc>,
    pub last_contact_at: Option<DateTime<Utc>>,
    /// How many unsent items the phone said it holds at its last contact.
    pub held_items: i32,
    pub revoked_at: Option<DateTime<Utc>>,
}
