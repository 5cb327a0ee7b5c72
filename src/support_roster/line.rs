//! One resident on the roster, as a list shows her: who, where, how reached, what help, who looks in on her, whether there is a plan.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::disclosure::RecipientClass;
use crate::people::person::{ContactView, PersonLine, StandingContact};

/// For whom a list of the roster is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Recipient {
    /// 災害対策本部: everybody, protected people marked (49-11(1)).
    Headquarters,
    /// 民生委員・自主防災組織・社会福祉協議会: whoever consented, or everybody under an activation; never a protected person.
    SupportOrganisation,
    FireService,
    Police,
}

impl Recipient {
    /// Whose consent counts; nobody's for headquarters.
    pub fn class(self) -> Option<RecipientClass> {
        match self {
            Self::Headquarters => None,
            Self::SupportOrganisation => Some(RecipientClass::SupportOrganisation),
            Self::FireService => Some(RecipientClass::FireService),
            Self::Police => Some(RecipientClass::Police),
        }
    }
    pub fn word(self) -> &'static str {
        match self {
            Self::Headquarters => "災害対策本部",
            Self::SupportOrganisation => "避難支援等関係者（民生委員・自主防災組織等）",
            Self::FireService => "消防機関",
            Self::Police => "警察",
        }
    }
}

/// Narrow a list by the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PlanFilter {
    InForce,
    /// In force, and its day of review has come.
    ReviewDue,
    Draft,
    /// Neither in force nor being drafted.
    Without,
}

impl PlanFilter {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InForce => "in_force",
            Self::ReviewDue => "review_due",
            Self::Draft => "draft",
            Self::Without => "without",
        }
    }
}

/// Where a plan stands, in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PlanMark {
    /// `in_force`, else `draft`.
    pub status: String,
    pub version: i32,
    pub review_due_on: Option<NaiveDate>,
    pub is_review_due: bool,
}

/// One line of the roster.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RosterLine {
    #[serde(flatten)]
    pub person: PersonLine,
    pub listed_on: NaiveDate,
    pub contacts: Vec<ContactView>,
    /// Codes; never a diagnosis.
    pub help_needed: Vec<String>,
    pub help_note: String,
    pub standing_contacts: Vec<StandingContact>,
    /// Null: none that the caller may see.
    pub plan: Option<PlanMark>,
    /// Categories of reasons; null for a lead, who is not told.
    pub reasons: Option<Vec<String>>,
}

impl RosterLine {
    pub fn id(&self) -> Uuid {
        self.person.id
    }
    /// Values of these kinds of contact.
    pub fn numbers(&self, kinds: &[&str]) -> Vec<String> {
        let kept = self.contacts.iter().filter(|c| kinds.contains(&&*c.kind));
        kept.map(|c| match (c.holder.as_str(), c.relation.as_str()) {
            ("", _) => c.value.clone(),
            (holder, "") => format!("{}（{holder}）", c.value),
            (holder, relation) => format!("{}（{holder}・{relation}）", c.value),
        })
        .collect()
    }
}
