//! A phone's way through the day.

use crate::demo::dice::{Dice, Part, Seed};

/// Where a phone has no signal, how its clock runs, how often an answer is lost.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Way {
    /// Minutes after the start: no signal from, until.
    pub dead: Option<(u32, u32)>,
    /// How far the phone's clock is off, which it knows.
    pub clock_off_min: i64,
    /// One upload in so many gets no answer and is sent again; zero: none.
    pub loses_every: u32,
}

impl Way {
    /// When what is tapped at a minute can leave.
    pub fn heard_at(&self, minute: u32) -> u32 {
        match self.dead {
            Some((from, until)) if (from..until).contains(&minute) => until,
            _ => minute,
        }
    }
}

/// A volunteer's phone. One in twelve comes back only after the close.
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
