//! Who attends, and how it is known: one act at a venue, from a desk, from a phone, or typed in afterwards.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::accounts::DistrictName;

/// Somebody, or how many of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = AttendanceSubject)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    Person,
    Group,
}

impl Subject {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Group => "group",
        }
    }
}

/// How an attendance is known.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[schema(as = AttendanceWay)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// A card with a code, read at the gate.
    Card,
    /// Found on a list.
    List,
    /// By the venue's poster, with one's own phone.
    OwnPhone,
    /// Typed in afterwards from paper.
    Typed,
    HeadCount,
}

impl Way {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Card => "card",
            Self::List => "list",
            Self::OwnPhone => "own_phone",
            Self::Typed => "typed",
            Self::HeadCount => "head_count",
        }
    }

    /// As people say it, in exports.
    pub fn words(word: &str) -> &'static str {
        match word {
            "card" => "カード",
            "list" => "名簿",
            "own_phone" => "自分のスマホ",
            "typed" => "手で入力",
            _ => "人数",
        }
    }
}

/// One act at a venue: somebody came, a body was counted, or an earlier act is put right.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Attendance {
    pub venue_id: Uuid,
    pub kind: Subject,
    #[serde(default)]
    pub person_id: Option<Uuid>,
    #[serde(default)]
    pub volunteer_id: Option<Uuid>,
    /// The code of a card that was read.
    #[serde(default)]
    pub card: Option<String>,
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub body_id: Option<Uuid>,
    /// How many of a group: the newest count of a body holds.
    #[serde(default)]
    pub people: Option<u32>,
    /// What a group calls itself when it is no listed body.
    #[serde(default)]
    pub group_label: String,
    pub way: Way,
    /// The earlier act that this one replaces or takes back.
    #[serde(default)]
    pub corrects: Option<Uuid>,
    #[serde(default)]
    pub is_withdrawal: bool,
}

impl Attendance {
    /// A person is somebody; a group has a number and a name. What is taken back needs neither.
    pub fn is_whole(&self) -> bool {
        let is_somebody = self.person_id.is_some()
            || self.volunteer_id.is_some()
            || self.card.is_some()
            || !self.name.trim().is_empty();
        let is_named_group = self.body_id.is_some() || !self.group_label.trim().is_empty();
        match (self.is_withdrawal, self.kind) {
            (true, _) => self.corrects.is_some(),
            (false, Subject::Person) => is_somebody && self.people.is_none(),
            (false, Subject::Group) => is_named_group && self.people.is_some_and(|n| n <= MOST),
        }
    }
}

/// The most that one head-count says.
pub const MOST: u32 = 100_000;

/// Who said it, from where, and when it happened.
#[derive(Debug, Clone)]
pub struct Said {
    pub id: Uuid,
    pub observer_kind: &'static str,
    pub observer_id: Option<Uuid>,
    pub device_id: Option<Uuid>,
    pub device_seq: Option<i64>,
    pub observed_at: DateTime<Utc>,
    pub clock_offset_ms: i64,
}

/// Somebody or some group on the list of those who came.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Attendee {
    pub id: Uuid,
    pub venue_id: Uuid,
    pub venue: String,
    pub kind: Subject,
    pub person_id: Option<Uuid>,
    pub volunteer_id: Option<Uuid>,
    /// Empty: somebody whom the caller may not be shown.
    pub name: String,
    pub body: Option<String>,
    pub people: Option<i32>,
    pub way: Way,
    pub district: Option<DistrictName>,
    pub observed_at: DateTime<Utc>,
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn is_whole(extra: Value) -> bool {
        let mut payload = json!({"venue_id": Uuid::now_v7(), "kind": "person", "way": "list"});
        let object = payload.as_object_mut().unwrap();
        object.extend(extra.as_object().unwrap().clone());
        Attendance::deserialize(payload).unwrap().is_whole()
    }

    #[test]
    fn a_person_is_somebody_and_a_group_has_a_number_and_a_name() {
        assert!(is_whole(json!({"name": "山田 花子"})));
        assert!(is_whole(json!({"card": "K7"})));
        assert!(!is_whole(json!({})));
        assert!(!is_whole(json!({"name": "山田 花子", "people": 3})));
        assert!(is_whole(
            json!({"kind": "group", "group_label": "子ども会", "people": 0})
        ));
        assert!(!is_whole(json!({"kind": "group", "people": 40})));
        assert!(!is_whole(
            json!({"kind": "group", "group_label": "子ども会"})
        ));
        assert!(is_whole(
            json!({"is_withdrawal": true, "corrects": Uuid::now_v7()})
        ));
        assert!(!is_whole(json!({"is_withdrawal": true})));
    }
}
