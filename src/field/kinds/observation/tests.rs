use serde::Deserialize;
use serde_json::{Value, json};

use super::*;
use crate::field::facts::{DeviceFacts, MemberFacts, RoundFacts};

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
    let stranger =
        seen(json!({"is_real_call": true, "member_id": null, "subject": {"id": Uuid::now_v7()}}));
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
