//! Somebody was seen, heard of or tried: what a phone says of a person, and where it belongs. Pure; nothing is ever refused or
//! dropped, only set aside with a reason.

pub(in crate::field) mod filing;

#[cfg(test)]
mod tests;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use uuid::Uuid;

use crate::db::Principal;
use crate::field::Reason;
use crate::field::facts::{Facts, STANDING_ROUND};
use crate::safety::observation::{Attempt, Marker, Outcome, Whereabouts};

/// Payload of an observation: about a member of a round, or about somebody on no list.
#[derive(Debug, Clone, Deserialize)]
pub struct Seen {
    pub round_id: Uuid,
    #[serde(default)]
    pub member_id: Option<Uuid>,
    #[serde(default)]
    pub subject: Option<Subject>,
    #[serde(default)]
    pub outcome: Option<Outcome>,
    #[serde(default)]
    pub whereabouts: Option<Whereabouts>,
    pub attempt: Attempt,
    #[serde(default)]
    pub needs: Vec<String>,
    #[serde(default)]
    pub note: String,
    #[serde(default)]
    pub told_by: Option<String>,
    /// Where whoever told it can be called back.
    #[serde(default)]
    pub told_phone: String,
    /// What hung at the door, when a placard was looked for.
    #[serde(default)]
    pub marker: Option<Marker>,
    #[serde(default)]
    pub shelter_id: Option<Uuid>,
    #[serde(default)]
    pub for_household: bool,
    #[serde(default)]
    pub corrects: Option<Uuid>,
    #[serde(default)]
    pub is_withdrawal: bool,
    /// 「訓練ではありません」
    #[serde(default)]
    pub is_real_call: bool,
}

impl Seen {
    /// What hung at the door; said of anything else it is left out, and the rest counts.
    pub fn seen_marker(&self) -> Option<Marker> {
        Marker::behind(self.attempt, self.marker, self.outcome)
    }

    /// The member meant, listed or made on the phone.
    pub fn about(&self) -> Option<Uuid> {
        self.member_id.or(self.subject.as_ref().map(|s| s.id))
    }

    /// Somebody must come: rings even when the item is set aside. A phone's 「死亡」 means that nobody responds.
    pub fn is_rescue(&self) -> bool {
        !self.is_withdrawal
            && matches!(self.outcome, Some(Outcome::NeedsRescue | Outcome::Deceased))
    }
}

/// Somebody on no list, met on the spot: place and need suffice.
#[derive(Debug, Clone, Deserialize, serde::Serialize)]
pub struct Subject {
    pub id: Uuid,
    #[serde(default)]
    pub label: String,
    #[serde(default)]
    pub place: String,
    #[serde(default)]
    pub need: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lon: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lat: Option<f64>,
}

impl Subject {
    /// Where it was met, when the place is on the earth.
    pub fn point(&self) -> Option<(f64, f64)> {
        let (lon, lat) = (self.lon?, self.lat?);
        ((-180.0..=180.0).contains(&lon) && (-90.0..=90.0).contains(&lat)).then_some((lon, lat))
    }
}

/// Where an observation is filed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// On a member of the round it names.
    Member(Uuid),
    /// On somebody on no list, who becomes a member of the round by it.
    Unlisted,
    /// 「訓練ではありません」: in the standing round, on whoever it is about there.
    RealCall,
    /// On the same member as the real call it corrects.
    WithCorrected,
}

/// Decide about an observation that happened at `happened_at` (corrected).
pub fn judge(seen: &Seen, facts: &Facts, happened_at: DateTime<Utc>) -> Result<Place, Reason> {
    if facts.device.is_revoked {
        return Err(Reason::RevokedDevice);
    }
    let Some(round) = &facts.round else {
        // A real call needs no round; it needs somebody to be about.
        return match seen.is_real_call && seen.subject.is_some() {
            true => Ok(Place::RealCall),
            false => Err(Reason::UnknownRound),
        };
    };
    let member = facts.member.as_ref().filter(|m| m.round_id == round.id);
    if seen.corrects.is_some()
        && facts.corrected_in == Some(STANDING_ROUND)
        && round.id != STANDING_ROUND
    {
        return Ok(Place::WithCorrected);
    }
    if seen.is_real_call && round.is_drill {
        return match member.is_some() || seen.subject.is_some() {
            true => Ok(Place::RealCall),
            false => Err(Reason::UnknownMember),
        };
    }
    let place = match (member, seen.member_id) {
        (Some(member), _) => Place::Member(member.id),
        // An id that is taken elsewhere is nobody's here.
        (None, None) if seen.subject.is_some() && facts.member.is_none() => Place::Unlisted,
        _ => return Err(Reason::UnknownMember),
    };
    if !seen.is_withdrawal && round.is_over(happened_at) {
        return Err(match round.is_drill {
            true => Reason::MaybeReal,
            false => Reason::EventEnded,
        });
    }
    let may_observe = facts.device.principal != Principal::Reception;
    let is_near =
        member.is_none_or(|m| m.is_assigned || facts.device.districts.contains(&m.district_id));
    match may_observe && is_near {
        true => Ok(place),
        false => Err(Reason::NotAssigned),
    }
}
