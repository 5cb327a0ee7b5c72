//! What is said at a door: somebody came, somebody left. The same words from the console and from a phone's items.

use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::stay::{StayType, Told};
use crate::safety::observation::Outcome;

/// Somebody came: to a shelter or an evacuation building, or told where else she stays (在宅・車中泊). One of `person_id`,
/// `evacuee_id` and `stranger` says who; a household is several with one `party_id`.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[garde(allow_unvalidated)]
pub struct CheckIn {
    /// The shelter or evacuation building; none for who stays at home, in a car, elsewhere.
    #[serde(default)]
    pub site_id: Option<Uuid>,
    pub stay_type: StayType,
    /// Somebody of the roster.
    #[serde(default)]
    pub person_id: Option<Uuid>,
    /// The code of a card that was read.
    #[garde(inner(length(chars, max = 100)))]
    #[schema(max_length = 100)]
    #[serde(default)]
    pub card: Option<String>,
    /// Somebody received before in this event.
    #[serde(default)]
    pub evacuee_id: Option<Uuid>,
    #[garde(dive)]
    #[serde(default)]
    pub stranger: Option<Stranger>,
    /// Who was received together.
    #[serde(default)]
    pub party_id: Option<Uuid>,
    /// The place left by the same act: a move.
    #[serde(default)]
    pub moved_from: Option<Uuid>,
    /// Safe when not said.
    #[serde(default)]
    pub condition: Option<Outcome>,
    #[garde(length(chars, max = 1000))]
    #[schema(max_length = 1000)]
    #[serde(default)]
    pub note: String,
    /// The earlier entry that this one replaces, or takes back.
    #[serde(default)]
    pub corrects: Option<Uuid>,
    #[serde(default)]
    pub is_withdrawal: bool,
}

/// Somebody on no list, by a short form (避難者カード).
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema, Validate)]
#[garde(allow_unvalidated)]
pub struct Stranger {
    /// Made at the gate; becomes the evacuee's id.
    pub id: Uuid,
    #[garde(length(chars, max = 100))]
    #[schema(max_length = 100)]
    #[serde(default)]
    pub name: String,
    #[garde(length(chars, max = 100))]
    #[schema(max_length = 100)]
    #[serde(default)]
    pub name_kana: String,
    /// As it was said, for example 昭和15年4月1日; kept as said when it is no date.
    #[garde(length(chars, max = 40))]
    #[schema(max_length = 40)]
    #[serde(default)]
    pub birth_text: String,
    /// `female`, `male` or `other`.
    #[garde(inner(pattern("^(female|male|other)$")))]
    #[schema(pattern = "^(female|male|other)$")]
    #[serde(default)]
    pub sex: Option<String>,
    #[garde(length(chars, max = 200))]
    #[schema(max_length = 200)]
    #[serde(default)]
    pub address: String,
    #[garde(length(chars, max = 40))]
    #[schema(max_length = 40)]
    #[serde(default)]
    pub phone: String,
    #[garde(length(chars, max = 40))]
    #[schema(max_length = 40)]
    #[serde(default)]
    pub relationship: String,
    #[garde(length(max = 20), inner(length(chars, max = 40)))]
    #[schema(max_items = 20, max_length = 40)]
    #[serde(default)]
    pub help_needed: Vec<String>,
    #[garde(length(chars, max = 100))]
    #[schema(max_length = 100)]
    #[serde(default)]
    pub pets: String,
    /// To whom it may be told that she is here (安否問合せ).
    #[garde(length(max = 3))]
    #[schema(max_items = 3)]
    #[serde(default)]
    pub may_tell: Vec<Told>,
}

/// Somebody left a place, or is out for the night.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[garde(allow_unvalidated)]
pub struct CheckOut {
    /// The place that is left; none for who stayed at home, in a car, elsewhere.
    #[serde(default)]
    pub site_id: Option<Uuid>,
    #[serde(default)]
    pub person_id: Option<Uuid>,
    #[serde(default)]
    pub evacuee_id: Option<Uuid>,
    #[garde(inner(length(chars, max = 100)))]
    #[schema(max_length = 100)]
    #[serde(default)]
    pub card: Option<String>,
    #[serde(default)]
    pub act: Leaving,
    #[garde(length(chars, max = 200))]
    #[schema(max_length = 200)]
    #[serde(default)]
    pub destination: String,
    #[garde(length(chars, max = 1000))]
    #[schema(max_length = 1000)]
    #[serde(default)]
    pub note: String,
    #[serde(default)]
    pub corrects: Option<Uuid>,
    #[serde(default)]
    pub is_withdrawal: bool,
}

/// How somebody leaves.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Leaving {
    /// 退所
    #[default]
    CheckOut,
    /// 外泊
    OvernightLeave,
}

impl CheckIn {
    /// About exactly one somebody, and a shelter has a place.
    pub fn is_whole(&self) -> bool {
        let named = [
            self.person_id.is_some(),
            self.card.is_some(),
            self.evacuee_id.is_some(),
            self.stranger.as_ref().is_some_and(Stranger::has_a_name),
        ];
        let is_about_one = named.iter().filter(|is_named| **is_named).count() == 1;
        (is_about_one || (self.is_withdrawal && self.corrects.is_some()))
            && (self.site_id.is_some() || !self.stay_type.has_a_site())
    }

    /// Somebody must come.
    pub fn is_rescue(&self) -> bool {
        let is_call = matches!(
            self.condition,
            Some(Outcome::NeedsRescue | Outcome::Deceased)
        );
        is_call && !self.is_withdrawal
    }
}

impl Stranger {
    fn has_a_name(&self) -> bool {
        !self.name.trim().is_empty() || !self.name_kana.trim().is_empty()
    }
}

impl CheckOut {
    /// About exactly one somebody.
    pub fn is_whole(&self) -> bool {
        let named = [
            self.person_id.is_some(),
            self.evacuee_id.is_some(),
            self.card.is_some(),
        ];
        named.iter().filter(|is_named| **is_named).count() == 1
            || (self.is_withdrawal && self.corrects.is_some())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn is_whole(extra: Value) -> bool {
        let mut payload = json!({"site_id": Uuid::now_v7(), "stay_type": "shelter"});
        let object = payload.as_object_mut().expect("an object");
        object.extend(extra.as_object().expect("an object").clone());
        CheckIn::deserialize(payload)
            .expect("a check-in")
            .is_whole()
    }

    #[test]
    fn a_check_in_is_about_one_person_and_a_shelter_is_a_place() {
        assert!(is_whole(json!({"person_id": Uuid::now_v7()})));
        assert!(is_whole(
            json!({"stranger": {"id": Uuid::now_v7(), "name_kana": "ヤマダ"}})
        ));
        assert!(!is_whole(json!({"stranger": {"id": Uuid::now_v7()}})));
        assert!(!is_whole(
            json!({"person_id": Uuid::now_v7(), "card": "K7"})
        ));
        assert!(!is_whole(json!({})));
        assert!(!is_whole(
            json!({"person_id": Uuid::now_v7(), "site_id": null})
        ));
        let in_a_car =
            json!({"person_id": Uuid::now_v7(), "site_id": null, "stay_type": "vehicle"});
        assert!(is_whole(in_a_car));
    }
}
