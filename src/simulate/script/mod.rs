//! What happens to whom, and what must be known of it in the end. Each little story carries its own truth, written by hand: nothing
//! here asks how the service decides.

mod gate;
mod home;
mod link;
mod person;
mod way;

use std::collections::{BTreeMap, VecDeque};

use uuid::Uuid;

pub use gate::{Counted, Gate, GateAct, Seen};
pub use link::Link;
pub use way::{Way, walk_min, way};

use crate::demo::dice::{Part, Seed};

/// What must be known of a member in the end, in the words of the contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Truth {
    pub bucket: &'static str,
    pub outcome: Option<&'static str>,
    pub open_rescues: u64,
    pub is_contradicted: bool,
    /// How it was first known of her, and through which door the word came.
    pub first: Option<(&'static str, &'static str)>,
    /// Why nobody reached her.
    pub unreached: Option<&'static str>,
}

/// Died, moved, in hospital: off every list.
pub const OUT_OF_SCOPE: Truth = truth("out_of_scope", None);

const fn truth(bucket: &'static str, outcome: Option<&'static str>) -> Truth {
    Truth {
        bucket,
        outcome,
        open_rescues: 0,
        is_contradicted: false,
        first: None,
        unreached: None,
    }
}

/// Nobody came, and why.
pub const fn untouched(why: &'static str) -> Truth {
    Truth {
        unreached: Some(why),
        ..truth("unchecked", None)
    }
}

/// Somebody came in vain.
const fn tried(why: &'static str) -> Truth {
    Truth {
        unreached: Some(why),
        ..truth("tried", None)
    }
}

type First = (&'static str, &'static str);

const fn safe(first: First) -> Truth {
    Truth {
        first: Some(first),
        ..truth("safe", Some("safe"))
    }
}

const fn in_need(outcome: &'static str, first: First) -> Truth {
    Truth {
        first: Some(first),
        ..truth("need_help", Some(outcome))
    }
}

/// With what somebody goes from door to door, and so through which door her words come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Means {
    Phone,
    Paper,
}

impl Means {
    fn channel(self) -> &'static str {
        match self {
            Self::Phone => "field",
            Self::Paper => "paper",
        }
    }
}

/// Who says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// Whoever walks, with a phone or on paper.
    Walker,
    /// Headquarters types what it was told.
    Desk,
    /// A resident, or her family, by a personal link.
    Link,
}

/// When it is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Minutes after the story's begin.
    After(u32),
    /// Minutes after an earlier word of the story was heard of at headquarters.
    Heard { say: usize, wait_min: u32 },
}

/// One thing said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Say {
    pub by: By,
    pub member: Uuid,
    pub when: When,
    pub attempt: &'static str,
    pub outcome: Option<&'static str>,
    pub marker: Option<&'static str>,
    pub for_household: bool,
    pub told_by: &'static str,
    /// Which word of the story it puts right or takes back.
    pub corrects: Option<usize>,
    pub is_withdrawal: bool,
}

impl Say {
    fn of(
        by: By,
        member: Uuid,
        when: When,
        attempt: &'static str,
        outcome: Option<&'static str>,
    ) -> Self {
        Self {
            by,
            member,
            when,
            attempt,
            outcome,
            marker: None,
            for_household: false,
            told_by: match attempt {
                "neighbour" => "隣の家の人",
                "family" => "娘",
                _ => "",
            },
            corrects: None,
            is_withdrawal: false,
        }
    }

    fn walker(
        member: Uuid,
        after_min: u32,
        attempt: &'static str,
        outcome: Option<&'static str>,
    ) -> Self {
        Self::of(By::Walker, member, When::After(after_min), attempt, outcome)
    }

    fn desk(member: Uuid, after_min: u32, attempt: &'static str, outcome: &'static str) -> Self {
        let when = When::After(after_min);
        Self::of(By::Desk, member, when, attempt, Some(outcome))
    }

    fn correcting(self, say: usize) -> Self {
        Self {
            corrects: Some(say),
            ..self
        }
    }

    fn taking_back(self, say: usize) -> Self {
        Self {
            corrects: Some(say),
            is_withdrawal: true,
            outcome: None,
            marker: None,
            ..self
        }
    }

    /// Once headquarters has heard of an earlier word.
    fn once_heard(self, say: usize, wait_min: u32) -> Self {
        Self {
            when: When::Heard { say, wait_min },
            ..self
        }
    }
}

/// What headquarters does about a call, once it has arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Nobody closes it.
    Open,
    /// Taken, given to a team, closed with what was found.
    Closed,
}

/// One part of the day: a person's, or a home's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Story {
    pub says: Vec<Say>,
    /// The first word calls for rescue.
    pub call: Option<Answer>,
    /// Whoever is left out stays as if nobody had come.
    pub truths: Vec<(Uuid, Truth)>,
    /// The home at whose door a placard was looked for, and what hung there last.
    pub placard: Option<(Uuid, &'static str)>,
}

impl Story {
    fn plain(says: Vec<Say>, truths: Vec<(Uuid, Truth)>) -> Self {
        Self {
            says,
            call: None,
            truths,
            placard: None,
        }
    }

    fn called(self, answer: Answer) -> Self {
        Self {
            call: Some(answer),
            ..self
        }
    }
}

/// People of one home.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Home {
    /// The household, or whoever has none.
    pub id: Uuid,
    /// Whom she looks in on there.
    pub hers: Vec<Uuid>,
    /// Everybody of it who is to be confirmed.
    pub all: Vec<Uuid>,
    /// Nobody of it is out of scope: a word for the home says the same of everybody.
    pub is_whole: bool,
    /// One of hers whom a mail reached, and what its link is.
    pub link: Option<(Uuid, Link)>,
}

/// The stories of somebody who walks, home by home.
pub fn stories(seed: Seed, walker: u64, means: Means, homes: &[Home]) -> Vec<Story> {
    let mut dice = seed.dice(Part::Observation, walker);
    let mut told = Vec::new();
    let mut next: VecDeque<&Home> = homes.iter().collect();
    let mut given: Option<Uuid> = None;
    while let Some(home) = next.pop_front() {
        let mut left: VecDeque<Uuid> = home.hers.iter().copied().collect();
        if given.take().is_some() {
            left.pop_front();
        }
        if left.len() == home.hers.len()
            && let Some(story) =
                link::story(&mut dice, home).or_else(|| home::story(&mut dice, means, home))
        {
            told.push(story);
            continue;
        }
        while let Some(member) = left.pop_front() {
            let kind = person::kind(&mut dice, means);
            let neighbour = kind.needs_a_neighbour().then(|| match left.pop_front() {
                Some(same_home) => Some(same_home),
                // Whoever lives next door; the neighbour of whoever lives last is nobody.
                None => {
                    given = next.front().and_then(|h| h.hers.first()).copied();
                    given
                }
            });
            told.push(person::story(kind, means, member, neighbour.flatten()));
        }
    }
    told
}

/// What headquarters hears by telephone of those to whom nobody walks.
pub fn calls(seed: Seed, members: &[Uuid]) -> Vec<Story> {
    let mut dice = seed.dice(Part::Contact, 0);
    members
        .iter()
        .filter_map(|member| person::call(&mut dice, *member))
        .collect()
}

/// The truths of all stories, by member.
pub fn truths<'a>(stories: impl IntoIterator<Item = &'a Story>) -> BTreeMap<Uuid, Truth> {
    let all = stories.into_iter().flat_map(|s| s.truths.iter().cloned());
    all.collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Every third home has two people.
    fn homes() -> Vec<Home> {
        let id = |n: u128| Uuid::from_u128(n);
        (1..=400u128)
            .map(|n| {
                let all = match n % 3 {
                    0 => vec![id(10 * n), id(10 * n + 1)],
                    _ => vec![id(10 * n)],
                };
                Home {
                    id: id(100_000 + n),
                    hers: all.clone(),
                    all,
                    is_whole: n % 7 > 0,
                    link: (n % 5 == 0).then_some((
                        id(10 * n),
                        Link {
                            is_family: n % 2 == 0,
                            for_household: n % 3 == 0,
                        },
                    )),
                }
            })
            .collect()
    }

    #[test]
    fn the_same_seed_tells_the_same_day_and_nobody_is_in_two_stories() {
        let homes = homes();
        let told = stories(Seed(7), 3, Means::Phone, &homes);
        assert_eq!(told, stories(Seed(7), 3, Means::Phone, &homes));
        assert_ne!(told, stories(Seed(8), 3, Means::Phone, &homes));
        let mut seen = BTreeSet::new();
        for story in &told {
            let mut about: BTreeSet<Uuid> = story.says.iter().map(|s| s.member).collect();
            about.extend(story.truths.iter().map(|(id, _)| *id));
            assert!(about.iter().all(|id| seen.insert(*id)), "{story:?}");
        }
        // A day of four hundred doors has something of everything.
        let truths = truths(&told);
        for bucket in ["safe", "need_help", "tried", "unknown"] {
            assert!(truths.values().any(|t| t.bucket == bucket), "{bucket}");
        }
        assert!(truths.values().any(|t| t.is_contradicted));
        for marker in ["shown", "not_shown", "sos"] {
            let hung = told.iter().filter_map(|s| s.placard);
            assert!(hung.clone().any(|(_, m)| m == marker), "{marker}");
        }
        for by in [By::Desk, By::Link] {
            assert!(told.iter().flat_map(|s| &s.says).any(|s| s.by == by));
        }
    }

    #[test]
    fn a_word_puts_right_only_what_was_said_before_it_and_paper_calls_nobody() {
        for means in [Means::Phone, Means::Paper] {
            for story in stories(Seed(1), 0, means, &homes()) {
                for (n, say) in story.says.iter().enumerate() {
                    assert!(say.corrects.is_none_or(|other| other < n));
                    if let When::Heard { say, .. } = say.when {
                        assert!(say < n);
                    }
                }
                let calls_by_paper =
                    means == Means::Paper && story.says.iter().all(|s| s.by == By::Walker);
                assert!(!calls_by_paper || story.call.is_none());
            }
        }
    }

    #[test]
    fn whoever_was_heard_of_has_a_first_word_and_whoever_was_not_a_reason() {
        let mut told = stories(Seed(3), 0, Means::Paper, &homes());
        told.extend(stories(Seed(3), 1, Means::Phone, &homes()));
        for (_, truth) in told.iter().flat_map(|s| &s.truths) {
            let is_known = matches!(truth.bucket, "safe" | "need_help" | "unknown");
            assert_eq!(truth.first.is_some(), is_known, "{truth:?}");
            assert_eq!(truth.unreached.is_some(), !is_known, "{truth:?}");
        }
    }
}
