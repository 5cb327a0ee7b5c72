//! Chance that can be had again: every draw and every id of the demo city follows from the seed
//! number, what is being made, and its place in the row. Nothing depends on the order of making, so
//! that a million people stream past without being remembered.
//!
//! The draws stand on the raw words of ChaCha8 and not on a library's distributions: those may
//! change from one release to the next, the cipher cannot.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The number the whole city grows from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Seed(pub u64);

/// What a draw or an id is for; each has chances of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    District = 1,
    Town,
    Site,
    Volunteer,
    Household,
    Person,
    Residence,
    Contact,
    Consent,
    Account,
    Drill,
    Round,
    Member,
    Assignment,
    Observation,
    Resolution,
    RescueStep,
    Device,
}

/// 2026-01-05 00:00 UTC in milliseconds: the instant written into every id of the demo city.
const IDS_FROM_MS: u64 = 1_767_571_200_000;

impl Seed {
    /// A fresh run of chance for the thing at `index` of its kind.
    pub fn dice(self, part: Part, index: u64) -> Dice {
        let mut key = [0u8; 32];
        key[..8].copy_from_slice(&self.0.to_le_bytes());
        key[8] = part as u8;
        let mut stream = ChaCha8Rng::from_seed(key);
        stream.set_stream(index);
        Dice(stream)
    }

    /// The id of the thing at `index` of its kind: of the form UUIDv7, rising with the index, so that
    /// a bulk load meets the indexes in order. Another seed gives other ids.
    pub fn id(self, part: Part, index: u64) -> Uuid {
        let high = mix(self.0 ^ mix(((part as u64) << 56) ^ index));
        let low = mix(high ^ 0x9e37_79b9_7f4a_7c15);
        let instant = (IDS_FROM_MS + index) & 0xffff_ffff_ffff;
        let bits = (u128::from(instant) << 80)
            | (0x7u128 << 76)
            | (u128::from(high & 0xfff) << 64)
            | (0b10u128 << 62)
            | u128::from(low >> 2);
        Uuid::from_u128(bits)
    }
}

/// SplitMix64's finaliser: spreads neighbouring numbers over all 64 bits.
fn mix(value: u64) -> u64 {
    let mut mixed = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// One thing's chances, drawn one after the other.
pub struct Dice(ChaCha8Rng);

impl Dice {
    /// A whole number from 0 to `bound` - 1 (0 when `bound` is 0).
    pub fn below(&mut self, bound: u32) -> u32 {
        ((u64::from(self.0.next_u32()) * u64::from(bound)) >> 32) as u32
    }

    /// A whole number of `range`, both ends possible.
    pub fn within(&mut self, range: std::ops::RangeInclusive<i32>) -> i32 {
        let (from, to) = (*range.start(), *range.end());
        from + self.below(to.abs_diff(from) + 1) as i32
    }

    /// True in `permille` of a thousand cases.
    pub fn chance(&mut self, permille: u32) -> bool {
        self.below(1000) < permille
    }

    /// A number from 0 up to, not including, 1.
    pub fn unit(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// One of the choices, all alike. The choices must not be empty.
    pub fn pick<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.below(choices.len() as u32) as usize]
    }

    /// One of the choices by weight. The choices must not be empty and not all weigh nothing.
    pub fn weighted<'a, T>(&mut self, choices: &'a [(T, u32)]) -> &'a T {
        let total = choices.iter().map(|(_, weight)| weight).sum();
        let mut left = self.below(total);
        for (choice, weight) in choices {
            if left < *weight {
                return choice;
            }
            left -= weight;
        }
        &choices[0].0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_first_draws_of_a_seed_never_change() {
        let mut dice = Seed(1).dice(Part::Household, 7);
        let drawn: Vec<u32> = (0..4).map(|_| dice.below(1_000_000)).collect();
        assert_eq!(drawn, [584_014, 479_696, 372_179, 334_344]);
        let id = Seed(1).id(Part::Person, 7);
        assert_eq!(id.to_string(), "019b8b74-1807-734c-8003-6f894b2d6545");
    }

    proptest! {
        #[test]
        fn ids_are_version_seven_and_rise_with_the_index(seed: u64, index in 0u64..1 << 40) {
            let id = Seed(seed).id(Part::Person, index);
            prop_assert_eq!(id.get_version_num(), 7);
            prop_assert_eq!(id.get_variant(), uuid::Variant::RFC4122);
            prop_assert!(id < Seed(seed).id(Part::Person, index + 1));
            prop_assert_ne!(id, Seed(seed).id(Part::Household, index));
            prop_assert_ne!(id, Seed(seed.wrapping_add(1)).id(Part::Person, index));
        }

        #[test]
        fn draws_stay_inside_their_bounds(seed: u64, index: u64, bound in 1u32.., from in -500i32..500) {
            let mut dice = Seed(seed).dice(Part::Site, index);
            prop_assert!(dice.below(bound) < bound);
            prop_assert!((from..=from + 9).contains(&dice.within(from..=from + 9)));
            prop_assert!((0.0..1.0).contains(&dice.unit()));
            prop_assert_eq!(*dice.weighted(&[(1, 0), (2, 5)]), 2);
        }
    }
}
