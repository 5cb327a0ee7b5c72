//! Who came to a drill: a person, or how many of a body. The two are never added together.

use serde::Deserialize;
use uuid::Uuid;

use crate::drills::attendance::{Subject, Way};

/// Payload of an attendance at a venue of a drill.
#[derive(Debug, Clone, Deserialize)]
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
            || !self.name.is_empty();
        let is_named_group = self.body_id.is_some() || !self.group_label.is_empty();
        match (self.is_withdrawal, self.kind) {
            (true, _) => self.corrects.is_some(),
            (false, Subject::Person) => is_somebody && self.people.is_none(),
            (false, Subject::Group) => is_named_group && self.people.is_some(),
        }
    }
}

#[cfg(test)]
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
