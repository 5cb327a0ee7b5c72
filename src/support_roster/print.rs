//! Papers of the roster and of plans: numbered, for somebody, to be given back (災対法 art. 49-12).

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::line::{Recipient, RosterLine};
use super::plan::Plan;
use crate::accounts::DistrictName;
use crate::people::person::{ContactView, PersonLine};

/// What stands at the head of every numbered paper.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PaperHead {
    pub id: Uuid,
    /// 控え番号
    pub serial: i64,
    pub printed_at: DateTime<Utc>,
    pub municipality: String,
    pub recipient_name: String,
    pub recipient_body: String,
    pub purpose: String,
    /// `49-11-1` …
    pub legal_ground: String,
    pub return_due_on: Option<NaiveDate>,
}

/// The roster of one district on paper.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RosterPrint {
    pub head: PaperHead,
    pub district: DistrictName,
    pub recipient: Recipient,
    pub items: Vec<RosterLine>,
}

/// For whom a plan is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PlanReader {
    /// The resident herself: with her medicines.
    Resident,
    /// Those who help: without, and only with the names of those who consented.
    Supporters,
}

/// A plan on paper.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PlanPrint {
    pub head: PaperHead,
    pub reader: PlanReader,
    pub person: PersonLine,
    pub contacts: Vec<ContactView>,
    pub plan: Plan,
}

/// What became of a copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CopyActKind {
    Returned,
    Destroyed,
    Lost,
}

impl CopyActKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Returned => "returned",
            Self::Destroyed => "destroyed",
            Self::Lost => "lost",
        }
    }
}

/// The last word about a copy.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = PrintCopyAct)]
pub struct CopyAct {
    pub kind: String,
    pub note: String,
    pub at: DateTime<Utc>,
}

/// A numbered copy and where it is.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = PrintCopy)]
pub struct Copy {
    pub id: Uuid,
    pub serial: i64,
    /// `district_list` or `plan`.
    pub kind: String,
    pub district: Option<String>,
    pub recipient_name: String,
    pub recipient_body: String,
    pub purpose: String,
    pub legal_ground: String,
    pub people: i32,
    pub printed_at: DateTime<Utc>,
    pub return_due_on: Option<NaiveDate>,
    /// Null: with the recipient still.
    pub last_act: Option<CopyAct>,
}
