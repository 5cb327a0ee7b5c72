//! Everything that happens, by the minute.

use super::play::Play;
use super::script::{By, When, walk_min};
use super::walker::Hand;
use crate::demo::dice::Part;

/// What happens at a minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Act {
    Say {
        walker: usize,
        story: usize,
        say: usize,
    },
    /// What a walker holds reaches headquarters: there is a signal, or the paper is back.
    Send {
        walker: usize,
    },
    Answer {
        walker: usize,
        story: usize,
        step: usize,
    },
    Gate(usize),
    SendGate(usize),
    Facility {
        facility: usize,
        report: usize,
    },
    Close,
}

impl Act {
    /// Words of a minute come before what sends them, and a story's words in their order.
    fn turn(&self) -> (u8, usize, usize) {
        match self {
            Self::Say { story, say, .. } => (0, *story, *say),
            Self::Gate(_) | Self::Facility { .. } => (0, 0, 0),
            Self::Send { .. } | Self::SendGate(_) => (1, 0, 0),
            Self::Answer { step, .. } => (2, *step, 0),
            Self::Close => (3, 0, 0),
        }
    }
}

/// Minutes after a call at which headquarters does something about it.
const ANSWERS_MIN: [u32; 3] = [2, 6, 20];

impl Play<'_> {
    pub(super) fn timeline(&self) -> Vec<(u32, Act)> {
        let mut acts = vec![(self.day.minutes, Act::Close)];
        for walker in 0..self.walkers.len() {
            self.walk(walker, &mut acts);
        }
        if let Some(gates) = &self.gates {
            acts.extend(gates.minutes().map(|(n, minute)| (minute, Act::Gate(n))));
            let heard = gates.sent_at(self.day.minutes);
            acts.extend(heard.map(|(device, minute)| (minute, Act::SendGate(device))));
        }
        for (facility, home) in self.facilities.iter().enumerate() {
            let reports = home.minutes().enumerate();
            acts.extend(
                reports.map(|(report, minute)| (minute, Act::Facility { facility, report })),
            );
        }
        acts.sort_by_key(|(minute, act)| (*minute, act.turn()));
        acts
    }

    fn walk(&self, walker: usize, acts: &mut Vec<(u32, Act)>) {
        let who = &self.walkers[walker];
        let (begins, back) = self.paces(walker);
        for (story, told) in who.stories.iter().enumerate() {
            let mut heard: Vec<u32> = Vec::new();
            for (say, word) in told.says.iter().enumerate() {
                let at = match word.when {
                    When::After(wait) => begins[story] + wait,
                    When::Heard { say, wait_min } => heard[say] + wait_min,
                };
                acts.push((at, Act::Say { walker, story, say }));
                heard.push(match (word.by, &who.hand) {
                    (By::Walker, Hand::Phone(phone)) => phone.way.heard_at(at),
                    (By::Walker, Hand::Paper(_)) => back,
                    _ => at,
                });
                if word.by == By::Walker {
                    acts.push((heard[say], Act::Send { walker }));
                }
            }
            if told.call.is_some() {
                let steps = ANSWERS_MIN.iter().enumerate();
                acts.extend(steps.map(|(step, wait)| {
                    let answer = Act::Answer {
                        walker,
                        story,
                        step,
                    };
                    (heard[0] + wait, answer)
                }));
            }
        }
    }

    /// The minute at which each story begins, and that at which a paper is back.
    fn paces(&self, walker: usize) -> (Vec<u32>, u32) {
        let n = u64::try_from(walker).unwrap_or_default();
        let mut dice = self.day.seed.dice(Part::RescueStep, n);
        let mut minute = 2 + dice.below(20);
        let stories = self.walkers[walker].stories.iter();
        let begins: Vec<u32> = stories
            .map(|_| {
                // Whoever has many doors reaches the last ones late; the day ends all the same.
                let begun = minute.min(self.day.minutes.saturating_sub(40));
                minute += walk_min(&mut dice);
                begun
            })
            .collect();
        let back = begins.last().copied().unwrap_or_default() + 35 + dice.below(40);
        (begins, back)
    }
}
