//! The individual evacuation plan (個別避難計画, 災対法 art. 49-14): who helps in which order, where to, when, how, with what.
//!
//! A draft is edited until it comes into force; what is in force is never rewritten, a next version takes its place. It comes into force
//! only with the resident's consent after an explanation. A supporter's name goes out only with the supporter's own consent; medical
//! matters never leave headquarters but in the resident's own copy.

use chrono::{DateTime, NaiveDate, Utc};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::profile::HELP;
use crate::problem::FieldError;

/// When the resident sets out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = PlanTrigger)]
pub enum Trigger {
    /// 警戒レベル3（高齢者等避難）
    #[serde(rename = "alert_level_3")]
    AlertLevel3,
    /// 警戒レベル4（避難指示）
    #[serde(rename = "alert_level_4")]
    AlertLevel4,
    Earthquake,
    /// Somebody calls.
    Call,
    Other,
}

impl Trigger {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AlertLevel3 => "alert_level_3",
            Self::AlertLevel4 => "alert_level_4",
            Self::Earthquake => "earthquake",
            Self::Call => "call",
            Self::Other => "other",
        }
    }
}

/// What a supporter says to being named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SupporterConsent {
    Consented,
    Refused,
    Unanswered,
    Withdrawn,
}

impl SupporterConsent {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Consented => "consented",
            Self::Refused => "refused",
            Self::Unanswered => "unanswered",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// Somebody who helps (避難支援等実施者), as a draft says it; the first in the list is the first to be called.
#[derive(Debug, Clone, Serialize, Deserialize, Validate, ToSchema)]
pub struct NewSupporter {
    /// One of our volunteers, if she is.
    #[garde(skip)]
    pub volunteer_id: Option<Uuid>,
    #[garde(length(chars, min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    #[garde(length(chars, max = 100))]
    #[schema(max_length = 100)]
    #[serde(default)]
    pub name_kana: String,
    /// A body, not a person: its name is no secret of anybody's, its consent is asked all the same.
    #[garde(skip)]
    #[serde(default)]
    pub is_body: bool,
    #[garde(length(chars, max = 200))]
    #[schema(max_length = 200)]
    #[serde(default)]
    pub address: String,
    #[garde(length(chars, max = 50))]
    #[schema(max_length = 50)]
    #[serde(default)]
    pub phone: String,
    /// 長男, 隣人 …
    #[garde(length(chars, max = 50))]
    #[schema(max_length = 50)]
    #[serde(default)]
    pub relation: String,
    /// What this supporter does.
    #[garde(length(chars, max = 300))]
    #[schema(max_length = 300)]
    #[serde(default)]
    pub does: String,
    #[garde(skip)]
    pub consent: SupporterConsent,
    /// Needed with `consented`.
    #[garde(skip)]
    pub consent_on: Option<NaiveDate>,
    #[garde(length(chars, max = 100))]
    #[schema(max_length = 100)]
    #[serde(default)]
    pub consent_means: String,
}

/// What a draft says.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[garde(allow_unvalidated)]
pub struct PlanDraft {
    /// Made by the screen for this save: saying it twice saves it once.
    pub edit_id: Uuid,
    /// The edit that this one began with; null for a new plan.
    pub based_on: Option<Uuid>,
    pub made_on: NaiveDate,
    pub trigger: Trigger,
    #[garde(length(chars, max = 300))]
    #[schema(max_length = 300)]
    #[serde(default)]
    pub trigger_words: String,
    pub destination_site_id: Option<Uuid>,
    /// A relative's house, an upper floor …
    #[garde(length(chars, max = 300))]
    #[schema(max_length = 300)]
    #[serde(default)]
    pub destination_words: String,
    #[garde(length(chars, max = 1000))]
    #[schema(max_length = 1000)]
    #[serde(default)]
    pub route: String,
    #[garde(length(chars, max = 300))]
    #[schema(max_length = 300)]
    #[serde(default)]
    pub transport: String,
    /// Codes as of the roster.
    #[garde(length(max = 16))]
    #[schema(max_items = 16)]
    #[serde(default)]
    pub help_needed: Vec<String>,
    #[garde(length(chars, max = 1000))]
    #[schema(max_length = 1000)]
    #[serde(default)]
    pub help_words: String,
    #[garde(length(chars, max = 1000))]
    #[schema(max_length = 1000)]
    #[serde(default)]
    pub belongings: String,
    /// Keys, entrance, dogs.
    #[garde(length(chars, max = 1000))]
    #[schema(max_length = 1000)]
    #[serde(default)]
    pub entry_words: String,
    /// Medicines, devices, illness: sealed, for headquarters and the resident's own copy only.
    #[garde(length(chars, max = 2000))]
    #[schema(max_length = 2000)]
    #[serde(default)]
    pub medical: String,
    pub review_due_on: Option<NaiveDate>,
    /// With whom it was made: ケアマネジャー …
    #[garde(length(chars, max = 200))]
    #[schema(max_length = 200)]
    #[serde(default)]
    pub made_with: String,
    /// In order, at most nine.
    #[garde(length(max = 9), dive)]
    #[schema(max_items = 9)]
    #[serde(default)]
    pub supporters: Vec<NewSupporter>,
}

impl PlanDraft {
    /// What does not agree in itself.
    pub fn faults(&self, today: NaiveDate) -> Vec<FieldError> {
        let mut faults = Vec::new();
        if self.made_on > today {
            faults.push(FieldError::new(
                "/made_on",
                "作った日が先の日付です。直してください。",
            ));
        }
        for (n, code) in self.help_needed.iter().enumerate() {
            if !HELP.iter().any(|(ours, _)| ours == code) {
                faults.push(FieldError::new(
                    format!("/help_needed/{n}"),
                    "その支援の種類はありません。選び直してください。",
                ));
            }
        }
        for (n, supporter) in self.supporters.iter().enumerate() {
            match (supporter.consent, supporter.consent_on) {
                (SupporterConsent::Consented, None) => faults.push(FieldError::new(
                    format!("/supporters/{n}/consent_on"),
                    "支援者が同意した日を入れてください。",
                )),
                (_, Some(day)) if day > today => faults.push(FieldError::new(
                    format!("/supporters/{n}/consent_on"),
                    "支援者が同意した日が先の日付です。直してください。",
                )),
                _ => {}
            }
        }
        faults
    }
}

/// A supporter as she is shown.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[schema(as = PlanSupporter)]
pub struct Supporter {
    pub id: Uuid,
    pub rank: i16,
    pub volunteer_id: Option<Uuid>,
    pub name: String,
    pub name_kana: String,
    pub is_body: bool,
    /// Headquarters only.
    pub address: Option<String>,
    pub phone: String,
    pub relation: String,
    pub does: String,
    pub consent: SupporterConsent,
    /// Headquarters only.
    pub consent_on: Option<NaiveDate>,
    /// Headquarters only.
    pub consent_means: Option<String>,
}

/// Where the plan leads.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Destination {
    pub id: Uuid,
    pub kind: String,
    pub name: String,
    pub address: String,
    /// For what it is designated; empty for a shelter.
    pub hazards: Vec<String>,
    /// No longer designated: the plan leads to a place that is none.
    pub is_revoked: bool,
}

/// One version of a plan.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = EvacuationPlan)]
pub struct Plan {
    pub id: Uuid,
    pub person_id: Uuid,
    pub version: i32,
    /// `draft`, `in_force`, `ended`.
    pub status: String,
    pub made_on: NaiveDate,
    pub trigger: String,
    pub trigger_words: String,
    pub destination: Option<Destination>,
    pub destination_words: String,
    pub route: String,
    pub transport: String,
    pub help_needed: Vec<String>,
    pub help_words: String,
    pub belongings: String,
    pub entry_words: String,
    pub drilled_on: Option<NaiveDate>,
    pub review_due_on: Option<NaiveDate>,
    pub is_review_due: bool,
    pub in_force_from: Option<DateTime<Utc>>,
    /// First to last; whom the caller may see.
    pub supporters: Vec<Supporter>,
    /// Null for a lead.
    pub staff_only: Option<PlanStaffOnly>,
}

/// What only headquarters sees of a plan.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PlanStaffOnly {
    pub edit_id: Uuid,
    pub medical: String,
    pub made_with: String,
    pub explained_on: Option<NaiveDate>,
    pub consent_id: Option<Uuid>,
    pub recorded_at: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
    pub ended_why: Option<String>,
}

impl Plan {
    /// As those who help get it on paper: without what only headquarters sees, and without the name of anybody who did not consent.
    pub fn for_supporters(mut self) -> Self {
        self.staff_only = None;
        self.supporters
            .retain(|s| s.consent == SupporterConsent::Consented);
        for supporter in &mut self.supporters {
            supporter.address = None;
            supporter.consent_on = None;
            supporter.consent_means = None;
        }
        self
    }

    /// As the resident gets it: with everything, but whoever refused to be named is no supporter.
    pub fn for_resident(mut self) -> Self {
        self.supporters.retain(|s| {
            matches!(
                s.consent,
                SupporterConsent::Consented | SupporterConsent::Unanswered
            )
        });
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn supporter(name: &str, consent: SupporterConsent) -> Supporter {
        Supporter {
            id: Uuid::nil(),
            rank: 1,
            volunteer_id: None,
            name: name.into(),
            name_kana: String::new(),
            is_body: false,
            address: Some("豊中市".into()),
            phone: "06-0000-0000".into(),
            relation: String::new(),
            does: String::new(),
            consent,
            consent_on: None,
            consent_means: None,
        }
    }

    fn plan() -> Plan {
        Plan {
            id: Uuid::nil(),
            person_id: Uuid::nil(),
            version: 1,
            status: "in_force".into(),
            made_on: NaiveDate::MIN,
            trigger: "call".into(),
            trigger_words: String::new(),
            destination: None,
            destination_words: "長女の家".into(),
            route: String::new(),
            transport: String::new(),
            help_needed: Vec::new(),
            help_words: String::new(),
            belongings: String::new(),
            entry_words: String::new(),
            drilled_on: None,
            review_due_on: None,
            is_review_due: false,
            in_force_from: None,
            supporters: vec![
                supporter("同意", SupporterConsent::Consented),
                supporter("未回答", SupporterConsent::Unanswered),
                supporter("拒否", SupporterConsent::Refused),
                supporter("撤回", SupporterConsent::Withdrawn),
            ],
            staff_only: Some(PlanStaffOnly {
                edit_id: Uuid::nil(),
                medical: "インスリン".into(),
                made_with: String::new(),
                explained_on: None,
                consent_id: None,
                recorded_at: DateTime::UNIX_EPOCH,
                ended_at: None,
                ended_why: None,
            }),
        }
    }

    fn names(plan: &Plan) -> Vec<&str> {
        plan.supporters.iter().map(|s| &*s.name).collect()
    }

    #[test]
    fn those_who_help_get_no_medicine_and_no_name_without_consent() {
        let out = plan().for_supporters();
        assert_eq!(names(&out), ["同意"]);
        assert!(out.staff_only.is_none() && out.supporters[0].address.is_none());
    }

    #[test]
    fn the_residents_copy_has_her_medicine_and_nobody_who_refused() {
        let out = plan().for_resident();
        assert_eq!(names(&out), ["同意", "未回答"]);
        assert_eq!(
            out.staff_only.map(|s| s.medical).as_deref(),
            Some("インスリン")
        );
    }
}
