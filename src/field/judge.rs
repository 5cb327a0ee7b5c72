//! What becomes of an item: stored, or set aside with a reason. Pure; nothing is ever refused or dropped.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::Reason;
use super::item::Seen;
use crate::db::Principal;

/// The standing disaster event for real calls made out of a drill, and its one round (made by the migrations).
pub const STANDING_EVENT: Uuid = Uuid::from_u128(0x00000000_0000_7000_8000_000000000001);
pub const STANDING_ROUND: Uuid = Uuid::from_u128(0x00000000_0000_7000_8000_000000000002);

/// The device that signed the item, as it stands now.
#[derive(Debug, Clone)]
pub struct DeviceFacts {
    pub principal: Principal,
    /// The volunteer or the lead's account.
    pub actor_id: Option<Uuid>,
    pub volunteer_id: Option<Uuid>,
    pub is_revoked: bool,
    pub districts: Vec<Uuid>,
    pub last_contact_at: Option<DateTime<Utc>>,
    pub held_items: i32,
}

/// The round that an observation names, and its event.
#[derive(Debug, Clone)]
pub struct RoundFacts {
    pub id: Uuid,
    pub event_id: Uuid,
    pub is_drill: bool,
    pub ended_at: Option<DateTime<Utc>>,
    pub planned_end_at: Option<DateTime<Utc>>,
}

/// The member that an observation names.
#[derive(Debug, Clone)]
pub struct MemberFacts {
    pub id: Uuid,
    pub round_id: Uuid,
    pub district_id: Uuid,
    /// The device's volunteer was or is assigned to the member, or stands by the person in ordinary times.
    pub is_assigned: bool,
}

/// What is known when an observation arrives.
#[derive(Debug, Clone)]
pub struct Facts {
    pub device: DeviceFacts,
    pub round: Option<RoundFacts>,
    pub member: Option<MemberFacts>,
    /// The round in which the corrected observation was filed.
    pub corrected_in: Option<Uuid>,
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

impl RoundFacts {
    /// Whether the event was over by then: ended by somebody, or a drill past its planned end.
    fn is_over(&self, at: DateTime<Utc>) -> bool {
        let planned = self.planned_end_at.filter(|_| self.is_drill);
        self.ended_at.is_some_and(|end| at > end) || planned.is_some_and(|end| at > end)
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::{Value, json};

    use super::*;

    const ROUND: Uuid = Uuid::from_u128(10);
    const MEMBER: Uuid = Uuid::from_u128(20);
    const HERE: Uuid = Uuid::from_u128(30);

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn seen(extra: Value) -> Seen {
        let mut payload =
            json!({"round_id": ROUND, "member_id": MEMBER, "outcome": "safe", "attempt": "met"});
        payload
            .as_object_mut()
            .unwrap()
            .extend(extra.as_object().unwrap().clone());
        Seen::deserialize(payload).unwrap()
    }

    fn facts() -> Facts {
        Facts {
            device: DeviceFacts {
                principal: Principal::Volunteer,
                actor_id: None,
                volunteer_id: None,
                is_revoked: false,
                districts: vec![HERE],
                last_contact_at: None,
                held_items: 0,
            },
            round: Some(RoundFacts {
                id: ROUND,
                event_id: Uuid::from_u128(1),
                is_drill: true,
                ended_at: None,
                planned_end_at: Some(at("2026-01-17T12:00:00Z")),
            }),
            member: Some(MemberFacts {
                id: MEMBER,
                round_id: ROUND,
                district_id: HERE,
                is_assigned: false,
            }),
            corrected_in: None,
        }
    }

    fn decide(seen: &Seen, facts: &Facts) -> Result<Place, Reason> {
        judge(seen, facts, at("2026-01-17T10:00:00Z"))
    }

    #[test]
    fn somebody_of_ones_own_district_is_stored_and_of_another_only_when_assigned() {
        assert_eq!(
            decide(&seen(json!({})), &facts()),
            Ok(Place::Member(MEMBER))
        );
        let mut elsewhere = facts();
        elsewhere.device.districts = vec![Uuid::from_u128(31)];
        assert_eq!(
            decide(&seen(json!({})), &elsewhere),
            Err(Reason::NotAssigned)
        );
        elsewhere.member.as_mut().unwrap().is_assigned = true;
        assert_eq!(
            decide(&seen(json!({})), &elsewhere),
            Ok(Place::Member(MEMBER))
        );
    }

    #[test]
    fn what_happened_after_the_drills_planned_end_may_be_real() {
        let late = at("2026-01-17T12:00:01Z");
        assert_eq!(
            judge(&seen(json!({})), &facts(), late),
            Err(Reason::MaybeReal)
        );
        let undo = seen(json!({"is_withdrawal": true, "corrects": Uuid::now_v7()}));
        assert_eq!(judge(&undo, &facts(), late), Ok(Place::Member(MEMBER)));
        let mut disaster = facts();
        disaster.round.as_mut().unwrap().is_drill = false;
        assert_eq!(
            judge(&seen(json!({})), &disaster, late),
            Ok(Place::Member(MEMBER))
        );
        disaster.round.as_mut().unwrap().ended_at = Some(at("2026-01-17T11:00:00Z"));
        assert_eq!(
            judge(&seen(json!({})), &disaster, late),
            Err(Reason::EventEnded)
        );
    }

    #[test]
    fn a_real_call_leaves_the_drill_even_after_its_end_and_from_any_district() {
        let call = seen(json!({"is_real_call": true}));
        let mut far = facts();
        far.device.districts.clear();
        assert_eq!(
            judge(&call, &far, at("2026-01-18T00:00:00Z")),
            Ok(Place::RealCall)
        );
        far.round = None;
        assert_eq!(decide(&call, &far), Err(Reason::UnknownRound));
        let stranger = seen(
            json!({"is_real_call": true, "member_id": null, "subject": {"id": Uuid::now_v7()}}),
        );
        assert_eq!(decide(&stranger, &far), Ok(Place::RealCall));
        let mut disaster = facts();
        disaster.round.as_mut().unwrap().is_drill = false;
        assert_eq!(decide(&call, &disaster), Ok(Place::Member(MEMBER)));
    }

    #[test]
    fn nobody_and_somebody_of_another_round_are_unknown_members() {
        let mut none = facts();
        none.member = None;
        assert_eq!(decide(&seen(json!({})), &none), Err(Reason::UnknownMember));
        let mut other = facts();
        other.member.as_mut().unwrap().round_id = Uuid::now_v7();
        assert_eq!(decide(&seen(json!({})), &other), Err(Reason::UnknownMember));
        let unlisted = seen(json!({"member_id": null, "subject": {"id": MEMBER}}));
        assert_eq!(decide(&unlisted, &none), Ok(Place::Unlisted));
        assert_eq!(decide(&unlisted, &other), Err(Reason::UnknownMember));
        assert_eq!(decide(&unlisted, &facts()), Ok(Place::Member(MEMBER)));
    }

    #[test]
    fn a_revoked_phone_and_a_reception_desk_observe_nothing_that_counts() {
        let mut revoked = facts();
        revoked.device.is_revoked = true;
        assert_eq!(
            decide(&seen(json!({})), &revoked),
            Err(Reason::RevokedDevice)
        );
        let mut desk = facts();
        desk.device.principal = Principal::Reception;
        assert_eq!(decide(&seen(json!({})), &desk), Err(Reason::NotAssigned));
    }
}
