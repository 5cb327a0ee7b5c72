use super::*;

const HERE: Uuid = Uuid::from_u128(30);
const SITE: Uuid = Uuid::from_u128(40);
const EVENT: Uuid = Uuid::from_u128(1);

fn at(hours: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000 + hours * 3600, 0).expect("an instant")
}

fn device(principal: Principal) -> DeviceFacts {
    DeviceFacts {
        principal,
        actor_id: None,
        volunteer_id: None,
        is_revoked: false,
        districts: vec![HERE],
        last_contact_at: None,
        held_items: 0,
    }
}

fn facts(kind: EventKind) -> Facts {
    Facts {
        event: Some(EventFacts {
            id: EVENT,
            kind,
            is_standing: false,
            planned_end_at: (kind == EventKind::Drill).then(|| at(4)),
            ended_at: None,
        }),
        desk_event: Some(EVENT),
        desk_site: Some(SITE),
        knows_site: true,
        site_district: Some(HERE),
        knows_moved_from: true,
        knows_person: true,
        card_person: None,
    }
}

fn here() -> Asked {
    Asked {
        site: Some(SITE),
        ..Asked::default()
    }
}

fn said(known: &Facts, principal: Principal, asked: &Asked) -> Result<(), Reason> {
    judge(known, &device(principal), asked, at(1)).map(|_| ())
}

#[test]
fn a_desk_speaks_for_its_own_door_and_its_own_event() {
    let known = facts(EventKind::Disaster);
    assert_eq!(said(&known, Principal::Reception, &here()), Ok(()));
    let in_a_car = Asked::default();
    assert_eq!(said(&known, Principal::Reception, &in_a_car), Ok(()));
    let elsewhere = Asked {
        site: Some(Uuid::from_u128(41)),
        ..Asked::default()
    };
    let not_entitled = Err(Reason::NotEntitled);
    assert_eq!(said(&known, Principal::Reception, &elsewhere), not_entitled);
    let other_event = Facts {
        desk_event: Some(Uuid::from_u128(2)),
        ..known.clone()
    };
    let unknown = Err(Reason::UnknownPlace);
    assert_eq!(said(&other_event, Principal::Reception, &here()), unknown);
    let at_a_venue = Facts {
        desk_site: None,
        ..known
    };
    assert_eq!(
        said(&at_a_venue, Principal::Reception, &here()),
        not_entitled
    );
}

#[test]
fn a_lead_speaks_for_the_own_districts_and_a_volunteer_for_no_door() {
    let known = facts(EventKind::Disaster);
    assert_eq!(said(&known, Principal::DistrictLead, &here()), Ok(()));
    let not_entitled = Err(Reason::NotEntitled);
    assert_eq!(said(&known, Principal::Volunteer, &here()), not_entitled);
    let far = Facts {
        site_district: Some(Uuid::from_u128(31)),
        ..known
    };
    assert_eq!(said(&far, Principal::DistrictLead, &here()), not_entitled);
}

#[test]
fn what_happened_after_a_drill_may_be_real_and_after_a_disaster_is_over() {
    let judged = |kind, hours, is_withdrawal| {
        let mut known = facts(kind);
        if let (EventKind::Disaster, Some(event)) = (kind, &mut known.event) {
            event.ended_at = Some(at(4));
        }
        let asked = Asked {
            is_withdrawal,
            ..here()
        };
        judge(&known, &device(Principal::Reception), &asked, at(hours)).map(|_| ())
    };
    assert_eq!(judged(EventKind::Drill, 4, false), Ok(()));
    assert_eq!(judged(EventKind::Drill, 5, false), Err(Reason::MaybeReal));
    assert_eq!(
        judged(EventKind::Disaster, 5, false),
        Err(Reason::EventEnded)
    );
    assert_eq!(judged(EventKind::Drill, 5, true), Ok(()));
}

#[test]
fn who_is_not_known_is_waited_for_and_a_card_that_nobody_holds_too() {
    let nobody = Facts {
        knows_person: false,
        ..facts(EventKind::Drill)
    };
    let unknown = Err(Reason::UnknownPerson);
    assert_eq!(said(&nobody, Principal::Reception, &here()), unknown);
    let card = Asked {
        card: Some("K7".into()),
        ..here()
    };
    let known = facts(EventKind::Drill);
    assert_eq!(said(&known, Principal::Reception, &card), unknown);
}
