//! What happens to whom, and what must be known of it in the end. Each little story carries its own truth, written by hand: nothing
//! here asks how the service decides.

use std::collections::BTreeMap;

use uuid::Uuid;

use crate::demo::dice::{Dice, Part, Seed};

/// What must be known of a member in the end, in the words of the contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Truth {
    pub bucket: &'static str,
    pub outcome: Option<&'static str>,
    pub open_rescues: u64,
    pub is_contradicted: bool,
}

/// Nobody came.
pub const UNTOUCHED: Truth = truth("unchecked", None);
/// Died, moved, in hospital: off every list.
pub const OUT_OF_SCOPE: Truth = truth("out_of_scope", None);

const fn truth(bucket: &'static str, outcome: Option<&'static str>) -> Truth {
    Truth {
        bucket,
        outcome,
        open_rescues: 0,
        is_contradicted: false,
    }
}

/// One thing tapped on a phone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Say {
    pub member: Uuid,
    /// Minutes after the story's begin.
    pub after_min: u32,
    pub outcome: Option<&'static str>,
    pub attempt: &'static str,
    /// How many taps of the story before this one it puts right.
    pub corrects: Option<usize>,
    pub is_withdrawal: bool,
}

/// What headquarters does about a call, once it has arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Nobody closes it.
    Open,
    /// Taken, given to a team, closed with what was found.
    Closed,
}

/// One household's part of the day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Story {
    pub says: Vec<Say>,
    pub call: Option<Answer>,
    pub truths: Vec<(Uuid, Truth)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Safe,
    SafeAtSecondTry,
    NotAtHome,
    NobodyCame,
    /// A shaking finger: twice the same.
    DoubleTap,
    /// The wrong button, put right a minute later.
    WrongButton,
    /// Recorded on the neighbour's card, taken back, recorded anew.
    WrongPerson,
    Hurt,
    NeedsHelp,
    Unknown,
    Rescue,
    RescueClosed,
    /// Called, and a neighbour says that all is well: the call stands.
    RescueContradicted,
}

const KINDS: [(Kind, u32); 13] = [
    (Kind::Safe, 420),
    (Kind::SafeAtSecondTry, 90),
    (Kind::NotAtHome, 120),
    (Kind::NobodyCame, 100),
    (Kind::DoubleTap, 60),
    (Kind::WrongButton, 50),
    (Kind::WrongPerson, 40),
    (Kind::Hurt, 30),
    (Kind::NeedsHelp, 30),
    (Kind::Unknown, 20),
    (Kind::Rescue, 10),
    (Kind::RescueClosed, 20),
    (Kind::RescueContradicted, 10),
];

/// The stories of one phone's members, in the order in which she walks.
pub fn stories(seed: Seed, phone: u64, members: &[Uuid]) -> Vec<Story> {
    let mut dice = seed.dice(Part::Observation, phone);
    let mut left = members.iter().copied();
    let mut told = Vec::new();
    while let Some(member) = left.next() {
        let kind = *dice.weighted(&KINDS);
        // The neighbour of whoever lives last is nobody.
        let neighbour = (kind == Kind::WrongPerson).then(|| left.next()).flatten();
        told.push(story(kind, member, neighbour));
    }
    told
}

fn say(member: Uuid, after_min: u32, attempt: &'static str, outcome: Option<&'static str>) -> Say {
    Say {
        member,
        after_min,
        outcome,
        attempt,
        corrects: None,
        is_withdrawal: false,
    }
}

fn story(kind: Kind, member: Uuid, neighbour: Option<Uuid>) -> Story {
    let met = |outcome| say(member, 0, "met", Some(outcome));
    let plain = |says: Vec<Say>, truth: Truth| Story {
        says,
        call: None,
        truths: vec![(member, truth)],
    };
    let called = |says: Vec<Say>, answer: Answer, truth: Truth| Story {
        call: Some(answer),
        ..plain(says, truth)
    };
    match kind {
        Kind::Safe => plain(vec![met("safe")], truth("safe", Some("safe"))),
        Kind::SafeAtSecondTry => plain(
            vec![
                say(member, 0, "no_answer", None),
                say(member, 25, "met", Some("safe")),
            ],
            truth("safe", Some("safe")),
        ),
        Kind::NotAtHome => plain(vec![say(member, 0, "absent", None)], truth("tried", None)),
        Kind::NobodyCame => plain(Vec::new(), UNTOUCHED),
        Kind::DoubleTap => plain(vec![met("safe"), met("safe")], truth("safe", Some("safe"))),
        Kind::WrongButton => {
            let right = Say {
                corrects: Some(1),
                after_min: 1,
                ..met("safe")
            };
            plain(
                vec![met("injured_serious"), right],
                truth("safe", Some("safe")),
            )
        }
        Kind::WrongPerson => wrong_person(member, neighbour),
        Kind::Hurt => plain(
            vec![met("injured_minor")],
            truth("need_help", Some("injured_minor")),
        ),
        Kind::NeedsHelp => plain(
            vec![met("needs_support")],
            truth("need_help", Some("needs_support")),
        ),
        Kind::Unknown => plain(vec![met("unknown")], truth("unknown", Some("unknown"))),
        Kind::Rescue => called(
            vec![met("needs_rescue")],
            Answer::Open,
            Truth {
                open_rescues: 1,
                ..truth("need_help", Some("needs_rescue"))
            },
        ),
        Kind::RescueClosed => called(
            vec![met("needs_rescue")],
            Answer::Closed,
            truth("need_help", Some("injured_minor")),
        ),
        Kind::RescueContradicted => called(
            vec![
                met("needs_rescue"),
                say(member, 8, "neighbour", Some("safe")),
            ],
            Answer::Open,
            Truth {
                open_rescues: 1,
                is_contradicted: true,
                ..truth("need_help", Some("needs_rescue"))
            },
        ),
    }
}

/// Recorded on one, meant for the other; without a neighbour it is only taken back.
fn wrong_person(member: Uuid, neighbour: Option<Uuid>) -> Story {
    let back = Say {
        corrects: Some(1),
        is_withdrawal: true,
        ..say(member, 1, "met", None)
    };
    let mut says = vec![say(member, 0, "met", Some("safe")), back];
    let mut truths = vec![(member, UNTOUCHED)];
    if let Some(neighbour) = neighbour {
        says.push(say(neighbour, 1, "met", Some("safe")));
        truths.push((neighbour, truth("safe", Some("safe"))));
    }
    Story {
        says,
        call: None,
        truths,
    }
}

/// A phone's way through the day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    /// Minutes after the start: no signal from, until.
    pub dead: Option<(u32, u32)>,
    /// How far the phone's clock is off, which it knows.
    pub clock_off_min: i64,
    /// One upload in so many gets no answer and is sent again; zero: none.
    pub loses_every: u32,
}

/// Where a phone has no signal, how its clock runs. One in twelve comes back only after the close.
pub fn way(seed: Seed, phone: u64, close_min: u32) -> Way {
    let mut dice = seed.dice(Part::Device, phone);
    let dead = match dice.below(12) {
        0 => Some((close_min / 3, close_min + 10)),
        1..=4 => {
            let from = dice.below(close_min.max(2) / 2);
            Some((from, from + 20 + dice.below(60)))
        }
        _ => None,
    };
    Way {
        dead,
        clock_off_min: match dice.below(5) {
            0 => i64::from(dice.within(-60..=60)),
            _ => 0,
        },
        loses_every: if dice.chance(300) { 3 } else { 0 },
    }
}

/// Minutes from one door to the next: most are a few minutes away, some far.
pub fn walk_min(dice: &mut Dice) -> u32 {
    2 + dice.below(5) + if dice.chance(150) { dice.below(15) } else { 0 }
}

/// Who came to the venue, and the number that must stand there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gate {
    /// Of no body, one by one.
    pub alone: u32,
    /// Of the body, one by one.
    pub of_body: u32,
    /// What the body says of itself, first and later; the later holds.
    pub counts: [u32; 2],
    /// Of those alone: said a second time.
    pub said_twice: u32,
    /// Of those alone: entered by mistake and taken back.
    pub taken_back: u32,
}

impl Gate {
    pub fn of(seed: Seed) -> Self {
        let mut dice = seed.dice(Part::Site, 0);
        let alone = 12 + dice.below(20);
        Self {
            alone,
            of_body: 5 + dice.below(10),
            counts: [10 + dice.below(30), 3 + dice.below(30)],
            said_twice: alone / 4,
            taken_back: alone / 6,
        }
    }

    /// Persons and a head-count of one body are the same people: the larger holds.
    pub fn total(&self) -> u32 {
        self.alone - self.taken_back + self.of_body.max(self.counts[1])
    }
}

/// The truths of all stories, by member.
pub fn truths<'a>(stories: impl IntoIterator<Item = &'a Story>) -> BTreeMap<Uuid, Truth> {
    let all = stories.into_iter().flat_map(|s| s.truths.iter().cloned());
    all.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_member_has_one_truth_and_the_same_seed_tells_the_same_day() {
        let members: Vec<Uuid> = (1..=400).map(Uuid::from_u128).collect();
        let told = stories(Seed(7), 3, &members);
        assert_eq!(told, stories(Seed(7), 3, &members));
        assert_ne!(told, stories(Seed(8), 3, &members));
        let truths = truths(&told);
        assert_eq!(truths.keys().copied().collect::<Vec<_>>(), members);
        // A day of four hundred doors has something of everything.
        for bucket in ["safe", "need_help", "tried", "unchecked", "unknown"] {
            assert!(truths.values().any(|t| t.bucket == bucket), "{bucket}");
        }
        assert!(truths.values().any(|t| t.is_contradicted));
    }

    #[test]
    fn a_tap_puts_right_only_what_was_said_before_it() {
        let members: Vec<Uuid> = (1..=400).map(Uuid::from_u128).collect();
        for story in stories(Seed(1), 0, &members) {
            for (n, say) in story.says.iter().enumerate() {
                assert!(say.corrects.is_none_or(|back| back >= 1 && back <= n));
            }
        }
    }
}
