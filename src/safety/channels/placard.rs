//! The placard rate: what hung at the doors of a round, by home. A placard speaks for the home; the roster is of persons.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::accounts::DistrictName;
use crate::safety::corrections::in_force;
use crate::safety::observation::Marker;

/// Homes by what hung there last. `homes = shown + not_shown + sos + not_looked`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct PlacardCounts {
    /// Homes with somebody in the round's scope.
    pub homes: i64,
    pub shown: i64,
    /// Looked for and not there: nothing is known by it.
    pub not_shown: i64,
    pub sos: i64,
    /// Nobody looked, which is not the same as nothing shown.
    pub not_looked: i64,
}

impl PlacardCounts {
    fn add(&mut self, seen: Option<Marker>) {
        self.homes += 1;
        *match seen {
            Some(Marker::Shown) => &mut self.shown,
            Some(Marker::NotShown) => &mut self.not_shown,
            Some(Marker::Sos) => &mut self.sos,
            None => &mut self.not_looked,
        } += 1;
    }
}

/// One district's line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct DistrictPlacards {
    pub district: DistrictName,
    #[serde(flatten)]
    pub counts: PlacardCounts,
}

/// The placards of a round.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Placards {
    pub round_id: Uuid,
    pub as_of: DateTime<Utc>,
    /// What the city calls it.
    pub label: String,
    /// Whether the round looks for it at all.
    pub is_looked_for: bool,
    pub totals: PlacardCounts,
    pub districts: Vec<DistrictPlacards>,
}

/// A home, by one of its members.
#[derive(Debug, Clone, Copy)]
pub struct Home {
    pub home: Uuid,
    pub district_id: Uuid,
}

/// Something recorded at a home that is a placard, or replaces or takes back something.
#[derive(Debug, Clone, Copy)]
pub struct Recorded {
    pub id: Uuid,
    pub home: Uuid,
    /// None when it is no placard.
    pub marker: Option<Marker>,
    pub corrects: Option<Uuid>,
    pub is_withdrawal: bool,
    /// By corrected clocks.
    pub at: DateTime<Utc>,
}

/// Count homes by the last placard that stands: by corrected time, then id, whatever order things arrived in.
pub fn count(homes: &[Home], recorded: &[Recorded]) -> BTreeMap<Uuid, PlacardCounts> {
    let standing = in_force(recorded.iter().map(|r| (r.id, r.corrects, r.is_withdrawal)));
    let mut last: HashMap<Uuid, (DateTime<Utc>, Uuid, Marker)> = HashMap::new();
    for r in recorded.iter().filter(|r| standing.contains(&r.id)) {
        let Some(marker) = r.marker else { continue };
        let newest = last.entry(r.home).or_insert((r.at, r.id, marker));
        if (newest.0, newest.1) < (r.at, r.id) {
            *newest = (r.at, r.id, marker);
        }
    }
    let mut of_home: BTreeMap<Uuid, Uuid> = BTreeMap::new();
    for home in homes {
        let district = of_home.entry(home.home).or_insert(home.district_id);
        *district = (*district).min(home.district_id);
    }
    let mut counts: BTreeMap<Uuid, PlacardCounts> = BTreeMap::new();
    for (home, district_id) in of_home {
        let seen = last.get(&home).map(|(_, _, marker)| *marker);
        counts.entry(district_id).or_default().add(seen);
    }
    counts
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use proptest::prelude::*;

    use super::*;

    const EAST: Uuid = Uuid::from_u128(100);

    fn seen(id: u128, home: u128, minute: i64, marker: Marker) -> Recorded {
        Recorded {
            id: Uuid::from_u128(id),
            home: Uuid::from_u128(home),
            marker: Some(marker),
            corrects: None,
            is_withdrawal: false,
            at: DateTime::UNIX_EPOCH + TimeDelta::minutes(minute),
        }
    }

    fn correcting(mut r: Recorded, corrects: u128, is_withdrawal: bool) -> Recorded {
        r.corrects = Some(Uuid::from_u128(corrects));
        r.is_withdrawal = is_withdrawal;
        r
    }

    fn homes(n: u128) -> Vec<Home> {
        // Two of each home are in the round.
        (1..=n)
            .flat_map(|home| [home, home])
            .map(|home| Home {
                home: Uuid::from_u128(home),
                district_id: EAST,
            })
            .collect()
    }

    #[test]
    fn a_home_counts_once_by_the_last_placard_that_stands_and_nobody_looked_is_not_nothing_shown() {
        let recorded = [
            seen(1, 1, 10, Marker::NotShown),
            seen(2, 1, 20, Marker::Shown),
            // Taken back: what was seen before stands again.
            seen(3, 2, 10, Marker::Shown),
            seen(4, 2, 30, Marker::Sos),
            correcting(seen(5, 2, 31, Marker::Sos), 4, true),
            // A correction takes the other's place.
            seen(6, 3, 10, Marker::Shown),
            correcting(seen(7, 3, 9, Marker::NotShown), 6, false),
        ];
        let counts = count(&homes(4), &recorded)[&EAST];
        let expected = PlacardCounts {
            homes: 4,
            shown: 2,
            not_shown: 1,
            sos: 0,
            not_looked: 1,
        };
        assert_eq!(counts, expected);
    }

    proptest! {
        #[test]
        fn every_home_is_in_exactly_one_count_whatever_order_things_arrive_in(
            words in prop::collection::vec((1u128..6, 0i64..30, 0usize..3), 0..20),
            turn in any::<usize>(),
        ) {
            let all = || -> Vec<Recorded> {
                words.iter().enumerate()
                    .map(|(n, (home, minute, marker))| seen(1000 + n as u128, *home, *minute, Marker::ALL[*marker]))
                    .collect()
            };
            let straight = count(&homes(6), &all())[&EAST];
            let mut turned = all();
            if !turned.is_empty() {
                let by = turn % turned.len();
                turned.rotate_left(by);
                turned.reverse();
            }
            prop_assert_eq!(straight, count(&homes(6), &turned)[&EAST]);
            prop_assert_eq!(straight.homes, straight.shown + straight.not_shown + straight.sos + straight.not_looked);
            prop_assert_eq!(straight.homes, 6);
        }
    }
}
