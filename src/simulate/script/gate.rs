//! Who came to the two venues of the drill, how it was taken there, and the numbers that must stand in the end.

use super::Way;
use crate::demo::dice::{Dice, Part, Seed};

/// Somebody, or how many, as a gate takes it. Numbers tell people of no roster apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// Of no body.
    Alone(u32),
    OfBody(u32),
    /// One of the volunteers: known by who she is, whichever gate she passes.
    Volunteer(usize),
    /// Entered by mistake, and taken back a minute later.
    Mistake(u32),
    TakenBack(u32),
    /// What the body says of itself.
    CountOfBody(u32),
    /// What a group that is no listed body says of itself.
    CountOfGroup(u32),
}

/// One entry of a gate's device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GateAct {
    pub minute: u32,
    pub venue: usize,
    pub seen: Seen,
}

/// What must be counted at a venue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    pub persons: u32,
    pub total: u32,
}

/// The gates' day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gate {
    /// Taken by the two devices, in the order of the day.
    pub acts: Vec<GateAct>,
    /// Typed in from paper afterwards, at the first venue: people of no body …
    pub typed: u32,
    /// … of these said a second time …
    pub said_twice: u32,
    /// … and entered by mistake and taken back.
    pub taken_back: u32,
    /// What the body says of itself in the end.
    pub last_count: u32,
    pub venues: [Counted; 2],
    /// Everybody once.
    pub total: u32,
}

impl Gate {
    /// `volunteers`: how many pass a gate, at most.
    pub fn of(seed: Seed, volunteers: usize) -> Self {
        let mut dice = seed.dice(Part::Site, 0);
        let alone = [12 + dice.below(20), 8 + dice.below(12)];
        let of_body = 5 + dice.below(10);
        let last_count = 3 + dice.below(30);
        let mistakes = 1 + dice.below(3);
        let group = 6 + dice.below(20);
        let typed = 12 + dice.below(12);
        let taken_back = typed / 6;
        // Whoever goes on to the second venue counts at both, and once in all.
        let [passing, at_both] = [volunteers.min(3), volunteers.min(2)];
        let mut acts = Acts(&mut dice, Vec::new());
        acts.say(0, (0..alone[0]).map(Seen::Alone));
        acts.say(0, (0..of_body).map(Seen::OfBody));
        acts.say(0, (0..passing).map(Seen::Volunteer));
        acts.say(0, (0..mistakes).map(Seen::Mistake));
        acts.say(1, (0..alone[1]).map(Seen::Alone));
        acts.say(1, (0..at_both).map(Seen::Volunteer));
        acts.at(20, 0, Seen::CountOfBody(last_count + 7));
        acts.at(25, 1, Seen::CountOfGroup(group + 4));
        acts.at(55, 1, Seen::CountOfGroup(group));
        let [passing, at_both] = [passing, at_both].map(|n| u32::try_from(n).unwrap_or_default());
        let first = alone[0] + passing + typed - taken_back;
        let second = alone[1] + at_both;
        // Persons and a head-count of one body are the same people: the larger holds.
        let venues = [
            (first + of_body, first + of_body.max(last_count)),
            (second, second + group),
        ]
        .map(|(persons, total)| Counted { persons, total });
        Self {
            acts: acts.in_order(),
            typed,
            said_twice: typed / 4,
            taken_back,
            last_count,
            venues,
            total: venues[0].total + venues[1].total - at_both,
        }
    }

    /// The devices work offline: one sends everything twice before noon, the other only after the close.
    pub fn ways(close_min: u32) -> [Way; 2] {
        [
            Way {
                dead: Some((0, 57)),
                loses_every: 1,
                ..Way::default()
            },
            Way {
                dead: Some((0, close_min + 5)),
                clock_off_min: 17,
                ..Way::default()
            },
        ]
    }
}

struct Acts<'a>(&'a mut Dice, Vec<GateAct>);

impl Acts<'_> {
    fn at(&mut self, minute: u32, venue: usize, seen: Seen) {
        self.1.push(GateAct {
            minute,
            venue,
            seen,
        });
    }

    fn say(&mut self, venue: usize, seen: impl Iterator<Item = Seen>) {
        for seen in seen {
            let minute = 2 + self.0.below(50);
            self.at(minute, venue, seen);
            if let Seen::Mistake(n) = seen {
                self.at(minute + 1, venue, Seen::TakenBack(n));
            }
        }
    }

    fn in_order(mut self) -> Vec<GateAct> {
        self.1.sort_by_key(|act| act.minute);
        self.1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_brings_the_same_people_and_everybody_counts_once() {
        let gate = Gate::of(Seed(5), 9);
        assert_eq!(gate, Gate::of(Seed(5), 9));
        assert_ne!(gate, Gate::of(Seed(6), 9));
        let entries = |venue: usize| {
            let here = gate.acts.iter().filter(move |a| a.venue == venue);
            here.filter(|a| {
                matches!(
                    a.seen,
                    Seen::Alone(_) | Seen::OfBody(_) | Seen::Volunteer(_)
                )
            })
        };
        let [first, second] = [0, 1].map(|venue| entries(venue).count());
        let typed = usize::try_from(gate.typed - gate.taken_back).unwrap_or_default();
        let persons = gate
            .venues
            .map(|v| usize::try_from(v.persons).unwrap_or_default());
        assert_eq!(persons, [first + typed, second]);
        assert_eq!(gate.total + 2, gate.venues[0].total + gate.venues[1].total);
    }
}
