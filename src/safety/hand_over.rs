//! Who is covered by nobody, and whom to give them to: at the round's cut-off, or because a volunteer fell silent or cannot come.
//! Pure; whoever acts on it says so in one transaction.
//!
//! Nobody is given back to whom she was taken from, nor given on again after the cut-off's own hand-over while whoever got her
//! is in touch. A district in which nobody is left to help keeps its people, and says so.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::assign::{self, Gap, Hand};

/// Why somebody is given on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HandOverReason {
    /// 締切: nobody went there until the round's cut-off.
    CutOff,
    /// 連絡なし: the volunteer's phone has been silent.
    Silent,
    /// 来られない: the volunteer said so.
    Unavailable,
}

impl HandOverReason {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CutOff => "cut_off",
            Self::Silent => "silent",
            Self::Unavailable => "unavailable",
        }
    }
}

/// How far a volunteer can be counted on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Her phone was in touch lately.
    InTouch,
    /// She has none: somebody has to call her.
    WithoutPhone,
    Silent,
    Unavailable,
}

/// A volunteer of the round's districts.
#[derive(Debug, Clone)]
pub struct Helper {
    pub hand: Hand,
    pub standing: Standing,
}

/// A member of whom nothing is known yet.
#[derive(Debug, Clone)]
pub struct Waiting {
    pub gap: Gap,
    /// Somebody tried already; only a volunteer who is gone is relieved of her.
    pub is_tried: bool,
    /// Who is to look in on her now, and since when.
    pub holders: Vec<(Uuid, DateTime<Utc>)>,
}

/// One member on her way from hand to hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    pub member_id: Uuid,
    pub from: Vec<Uuid>,
    /// Nobody: there is no one to give her to.
    pub to: Option<Uuid>,
    pub reason: HandOverReason,
    pub district_id: Uuid,
}

/// What is to be given on now. `cut_off`: the round's, once it has passed. The same input in any order gives the same answer.
pub fn plan(waiting: &[Waiting], helpers: &[Helper], cut_off: Option<DateTime<Utc>>) -> Vec<Move> {
    let standing: BTreeMap<Uuid, Standing> = helpers
        .iter()
        .map(|h| (h.hand.volunteer_id, h.standing))
        .collect();
    let mut groups: BTreeMap<(HandOverReason, BTreeSet<Uuid>), Vec<&Waiting>> = BTreeMap::new();
    for one in waiting {
        if let Some(reason) = reason(one, &standing, cut_off) {
            let from = one.holders.iter().map(|(id, _)| *id).collect();
            groups.entry((reason, from)).or_default().push(one);
        }
    }
    let mut hands = ready(helpers);
    let mut moves = Vec::new();
    for ((reason, from), people) in groups {
        let own: Vec<Hand> = hands
            .iter()
            .filter(|h| !from.contains(&h.volunteer_id))
            .cloned()
            .collect();
        let gaps: Vec<Gap> = people.iter().map(|w| w.gap.clone()).collect();
        let given: BTreeMap<Uuid, Uuid> = assign::fill(&gaps, &own).into_iter().collect();
        for hand in &mut hands {
            let more = given.values().filter(|v| **v == hand.volunteer_id).count();
            hand.load += u32::try_from(more).unwrap_or(u32::MAX);
        }
        moves.extend(gaps.iter().map(|gap| Move {
            member_id: gap.member_id,
            from: from.iter().copied().collect(),
            to: given.get(&gap.member_id).copied(),
            reason,
            district_id: gap.district_id,
        }));
    }
    // Whoever is somebody's, has nobody else and missed only the cut-off stays where she is.
    moves.retain(|m| m.to.is_some() || m.from.is_empty() || m.reason != HandOverReason::CutOff);
    moves.sort_by_key(|m| (m.reason, m.member_id));
    moves
}

/// Why a member is covered by nobody, if so. A volunteer who is gone weighs more than the cut-off.
fn reason(
    one: &Waiting,
    standing: &BTreeMap<Uuid, Standing>,
    cut_off: Option<DateTime<Utc>>,
) -> Option<HandOverReason> {
    let of = |id: &Uuid| standing.get(id).copied().unwrap_or(Standing::Unavailable);
    let is_gone = |id: &Uuid| matches!(of(id), Standing::Silent | Standing::Unavailable);
    if !one.holders.is_empty() && one.holders.iter().all(|(id, _)| is_gone(id)) {
        let has_said_so = one
            .holders
            .iter()
            .all(|(id, _)| of(id) == Standing::Unavailable);
        return Some(match has_said_so {
            true => HandOverReason::Unavailable,
            false => HandOverReason::Silent,
        });
    }
    let is_given_since =
        cut_off.is_some_and(|at| one.holders.iter().any(|(_, since)| *since >= at));
    (cut_off.is_some() && !one.is_tried && !is_given_since).then_some(HandOverReason::CutOff)
}

/// Who can be given more: those in touch; in a district without any, those without a phone.
fn ready(helpers: &[Helper]) -> Vec<Hand> {
    let served: BTreeSet<Uuid> = helpers
        .iter()
        .filter(|h| h.standing == Standing::InTouch)
        .flat_map(|h| h.hand.districts.iter().copied())
        .collect();
    helpers
        .iter()
        .filter_map(|h| match h.standing {
            Standing::InTouch => Some(h.hand.clone()),
            Standing::WithoutPhone => {
                let districts: Vec<Uuid> = h
                    .hand
                    .districts
                    .iter()
                    .copied()
                    .filter(|d| !served.contains(d))
                    .collect();
                (!districts.is_empty()).then(|| Hand {
                    districts,
                    ..h.hand.clone()
                })
            }
            Standing::Silent | Standing::Unavailable => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn id(n: u128) -> Uuid {
        Uuid::from_u128(n)
    }
    fn at(minute: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_768_640_400 + minute * 60, 0).unwrap()
    }
    fn waiting(n: u128, holders: &[(u128, i64)]) -> Waiting {
        Waiting {
            gap: Gap {
                member_id: id(n),
                household_id: None,
                district_id: id(1),
                point: None,
            },
            is_tried: false,
            holders: holders
                .iter()
                .map(|(v, since)| (id(*v), at(*since)))
                .collect(),
        }
    }
    fn helper(n: u128, standing: Standing) -> Helper {
        Helper {
            hand: Hand {
                volunteer_id: id(n),
                districts: vec![id(1)],
                load: 0,
                centre: None,
            },
            standing,
        }
    }
    fn who(moves: &[Move]) -> Vec<(u128, Option<u128>, HandOverReason)> {
        moves
            .iter()
            .map(|m| (m.member_id.as_u128(), m.to.map(|t| t.as_u128()), m.reason))
            .collect()
    }

    #[test]
    fn before_the_cut_off_only_those_of_a_volunteer_who_is_gone_are_given_on() {
        let helpers = [
            helper(10, Standing::Silent),
            helper(11, Standing::InTouch),
            helper(12, Standing::Unavailable),
        ];
        let people = [
            waiting(100, &[(10, 0)]),
            waiting(101, &[(11, 0)]),
            waiting(102, &[(12, 0)]),
            waiting(103, &[(10, 0), (11, 0)]),
        ];
        assert_eq!(
            who(&plan(&people, &helpers, None)),
            [
                (100, Some(11), HandOverReason::Silent),
                (102, Some(11), HandOverReason::Unavailable),
            ]
        );
    }

    #[test]
    fn at_the_cut_off_whoever_nobody_went_to_is_given_to_somebody_else_once() {
        let helpers = [helper(10, Standing::InTouch), helper(11, Standing::InTouch)];
        let mut tried = waiting(101, &[(10, 0)]);
        tried.is_tried = true;
        let people = [
            waiting(100, &[(10, 0)]),
            tried,
            waiting(102, &[(11, 125)]),
            waiting(103, &[]),
        ];
        let moves = plan(&people, &helpers, Some(at(120)));
        assert_eq!(moves.len(), 2);
        assert_eq!(who(&moves)[0], (100, Some(11), HandOverReason::CutOff));
        assert!(moves[1].to.is_some() && moves[1].member_id == id(103));
    }

    #[test]
    fn nobody_else_is_there_and_a_slow_volunteer_keeps_her_people() {
        let helpers = [helper(10, Standing::InTouch)];
        assert!(plan(&[waiting(100, &[(10, 0)])], &helpers, Some(at(120))).is_empty());
        let nobody = plan(
            &[waiting(100, &[])],
            &[helper(10, Standing::Silent)],
            Some(at(120)),
        );
        assert_eq!(who(&nobody), [(100, None, HandOverReason::CutOff)]);
    }

    #[test]
    fn without_anybody_in_touch_those_without_a_phone_are_asked() {
        let helpers = [
            helper(10, Standing::Silent),
            helper(11, Standing::WithoutPhone),
        ];
        let moves = plan(&[waiting(100, &[(10, 0)])], &helpers, None);
        assert_eq!(who(&moves), [(100, Some(11), HandOverReason::Silent)]);
        let helpers = [
            helpers[0].clone(),
            helpers[1].clone(),
            helper(12, Standing::InTouch),
        ];
        let moves = plan(&[waiting(100, &[(10, 0)])], &helpers, None);
        assert_eq!(who(&moves), [(100, Some(12), HandOverReason::Silent)]);
    }

    fn any_standing() -> impl Strategy<Value = Standing> {
        prop_oneof![
            Just(Standing::InTouch),
            Just(Standing::WithoutPhone),
            Just(Standing::Silent),
            Just(Standing::Unavailable)
        ]
    }

    proptest! {
        #[test]
        fn nobody_goes_to_whom_she_was_taken_from_nor_to_somebody_who_is_gone(
            standings in proptest::collection::vec(any_standing(), 1..6),
            people in proptest::collection::vec((proptest::collection::vec(0usize..6, 0..3), any::<bool>()), 0..30),
            is_over in any::<bool>(),
        ) {
            let helpers: Vec<Helper> = standings.iter().enumerate().map(|(n, s)| helper(10 + n as u128, *s)).collect();
            let people: Vec<Waiting> = people
                .iter()
                .enumerate()
                .map(|(n, (holders, is_tried))| {
                    let holders: Vec<(u128, i64)> = holders.iter().map(|h| (10 + *h as u128, 0)).collect();
                    Waiting { is_tried: *is_tried, ..waiting(1000 + n as u128, &holders) }
                })
                .collect();
            let cut_off = is_over.then(|| at(120));
            let moves = plan(&people, &helpers, cut_off);
            let members: BTreeSet<Uuid> = moves.iter().map(|m| m.member_id).collect();
            prop_assert_eq!(members.len(), moves.len());
            for m in &moves {
                if let Some(to) = m.to {
                    prop_assert!(!m.from.contains(&to));
                    let to = helpers.iter().find(|h| h.hand.volunteer_id == to).unwrap();
                    prop_assert!(matches!(to.standing, Standing::InTouch | Standing::WithoutPhone));
                }
            }
            let mut backwards = people.clone();
            backwards.reverse();
            prop_assert_eq!(plan(&backwards, &helpers, cut_off), moves.clone());
            // What was acted on is not proposed again.
            let after: Vec<Waiting> = people
                .iter()
                .cloned()
                .map(|mut w| {
                    if let Some(to) = moves.iter().find(|m| m.member_id == w.gap.member_id).and_then(|m| m.to) {
                        w.holders = vec![(to, at(121))];
                    }
                    w
                })
                .collect();
            prop_assert!(plan(&after, &helpers, cut_off).iter().all(|m| m.to.is_none()));
        }
    }
}
