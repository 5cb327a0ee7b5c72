//! Who looks in on the residents who have no standing contact: neighbours together, loads even.

use std::collections::BTreeMap;

use uuid::Uuid;

use crate::geometry::LngLat;

/// A member without anybody to look in.
#[derive(Debug, Clone)]
pub struct Gap {
    pub member_id: Uuid,
    pub household_id: Option<Uuid>,
    pub district_id: Uuid,
    pub point: Option<LngLat>,
}

/// A volunteer, what she already has to do, and whereabouts in the district her people live.
#[derive(Debug, Clone)]
pub struct Hand {
    pub volunteer_id: Uuid,
    pub districts: Vec<Uuid>,
    pub load: u32,
    pub centre: Option<LngLat>,
}

impl Hand {
    /// As the database counts her people and says the middle of where they live.
    pub fn read(
        volunteer_id: Uuid,
        districts: Vec<Uuid>,
        load: i32,
        (lon, lat): (Option<f64>, Option<f64>),
    ) -> Self {
        Self {
            volunteer_id,
            districts,
            load: u32::try_from(load).unwrap_or(0),
            centre: lon
                .zip(lat)
                .and_then(|(lon, lat)| LngLat::new(lon, lat).ok()),
        }
    }
}

/// Give every gap to a volunteer of its district: (member, volunteer). A district without volunteers keeps its gaps.
///
/// Within a district loads end as even as they can without taking anybody from anybody. Households stay together. Both sides
/// are laid along one curve through the district, so that a volunteer gets a run of neighbours near her own people. The same
/// input in any order gives the same answer.
pub fn fill(gaps: &[Gap], hands: &[Hand]) -> Vec<(Uuid, Uuid)> {
    let mut hands: Vec<Hand> = hands.to_vec();
    hands.sort_by_key(|h| (along(h.centre), h.volunteer_id));
    let mut by_district: BTreeMap<Uuid, Vec<&Gap>> = BTreeMap::new();
    for gap in gaps {
        by_district.entry(gap.district_id).or_default().push(gap);
    }
    let mut assigned = Vec::with_capacity(gaps.len());
    for (district_id, gaps) in by_district {
        let mut own: Vec<&mut Hand> = hands
            .iter_mut()
            .filter(|h| h.districts.contains(&district_id))
            .collect();
        let level = level(own.iter().map(|h| h.load), gaps.len());
        let mut homes = homes(&gaps).into_iter();
        for hand in &mut own {
            while hand.load < level
                && let Some(home) = homes.next()
            {
                hand.load += u32::try_from(home.len()).unwrap_or(u32::MAX);
                assigned.extend(home.into_iter().map(|member| (member, hand.volunteer_id)));
            }
        }
    }
    assigned
}

/// Members by household, the households along the curve.
fn homes(gaps: &[&Gap]) -> Vec<Vec<Uuid>> {
    let mut homes: BTreeMap<Uuid, (Place, Vec<Uuid>)> = BTreeMap::new();
    for gap in gaps {
        let place = along(gap.point);
        let home = homes
            .entry(gap.household_id.unwrap_or(gap.member_id))
            .or_insert((place, Vec::new()));
        home.0 = home.0.min(place);
        home.1.push(gap.member_id);
    }
    let mut homes: Vec<(Place, Uuid, Vec<Uuid>)> = homes
        .into_iter()
        .map(|(id, (place, mut members))| {
            members.sort_unstable();
            (place, id, members)
        })
        .collect();
    homes.sort();
    homes.into_iter().map(|(_, _, members)| members).collect()
}

/// The lowest load to which everyone may be filled so that `more` find room.
fn level(loads: impl Iterator<Item = u32>, more: usize) -> u32 {
    let mut loads: Vec<u64> = loads.map(u64::from).collect();
    loads.sort_unstable();
    let more = u64::try_from(more).unwrap_or(u64::MAX);
    let mut sum = 0;
    let mut level = 0;
    for (n, load) in (1u64..).zip(&loads) {
        // Filling the n least loaded evenly; right as soon as the next one is above that level.
        sum += load;
        level = (sum + more).div_ceil(n);
        if loads
            .get(usize::try_from(n).unwrap_or(usize::MAX))
            .is_none_or(|next| *next >= level)
        {
            break;
        }
    }
    u32::try_from(level).unwrap_or(u32::MAX)
}

/// A place along the curve; those without a point come last.
type Place = (bool, u64);

/// The Z-order curve over steps of about 10 m.
fn along(point: Option<LngLat>) -> Place {
    let Some(point) = point else {
        return (true, 0);
    };
    let step = |degrees: f64, offset: f64| ((degrees + offset) * 10_000.0).clamp(0.0, 4e6) as u64;
    let (x, y) = (step(point.lon(), 180.0), step(point.lat(), 90.0));
    let mut key = 0;
    for bit in 0..22 {
        key |= (x >> bit & 1) << (2 * bit) | (y >> bit & 1) << (2 * bit + 1);
    }
    (false, key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn id(n: u128) -> Uuid {
        Uuid::from_u128(n)
    }
    fn gap(n: u128, household: Option<u128>, east: f64) -> Gap {
        Gap {
            member_id: id(n),
            household_id: household.map(id),
            district_id: id(1),
            point: LngLat::new(135.45 + east, 34.78).ok(),
        }
    }
    fn hand(n: u128, load: u32, east: Option<f64>) -> Hand {
        Hand {
            volunteer_id: id(n),
            districts: vec![id(1)],
            load,
            centre: east.and_then(|e| LngLat::new(135.45 + e, 34.78).ok()),
        }
    }
    fn count(assigned: &[(Uuid, Uuid)], volunteer: u128) -> usize {
        assigned.iter().filter(|(_, v)| *v == id(volunteer)).count()
    }

    #[test]
    fn the_least_loaded_gets_the_most() {
        let gaps: Vec<Gap> = (0..6)
            .map(|n| gap(100 + n, None, 0.001 * n as f64))
            .collect();
        let assigned = fill(&gaps, &[hand(10, 4, None), hand(11, 0, None)]);
        assert_eq!((count(&assigned, 10), count(&assigned, 11)), (1, 5));
    }

    #[test]
    fn neighbours_go_to_the_volunteer_who_is_near_them() {
        let gaps: Vec<Gap> = (0..8)
            .map(|n| gap(100 + n, None, 0.001 * n as f64))
            .collect();
        let assigned = fill(&gaps, &[hand(10, 0, Some(0.02)), hand(11, 0, Some(0.0))]);
        let of = |n: u128| assigned.iter().find(|(m, _)| *m == id(n)).map(|(_, v)| *v);
        assert_eq!(of(100), Some(id(11)));
        assert_eq!(of(107), Some(id(10)));
    }

    #[test]
    fn a_household_is_not_split() {
        let gaps = [
            gap(100, Some(7), 0.0),
            gap(101, None, 0.01),
            gap(102, Some(7), 0.0),
        ];
        let assigned = fill(&gaps, &[hand(10, 0, None), hand(11, 0, None)]);
        let of = |n: u128| assigned.iter().find(|(m, _)| *m == id(n)).map(|(_, v)| *v);
        assert_eq!(of(100), of(102));
        assert_eq!(assigned.len(), 3);
    }

    #[test]
    fn a_district_without_volunteers_keeps_its_gaps() {
        assert!(fill(&[gap(100, None, 0.0)], &[]).is_empty());
    }

    proptest! {
        #[test]
        fn everyone_gets_exactly_one_and_nobody_much_more_than_another(
            gaps in 0usize..60, loads in proptest::collection::vec(0u32..12, 1..8)
        ) {
            let gaps: Vec<Gap> = (0..gaps).map(|n| gap(1000 + n as u128, None, 0.0007 * (n % 13) as f64)).collect();
            let hands: Vec<Hand> = loads.iter().enumerate().map(|(n, l)| hand(10 + n as u128, *l, None)).collect();
            let assigned = fill(&gaps, &hands);
            prop_assert_eq!(assigned.len(), gaps.len());
            let after: Vec<usize> = hands
                .iter()
                .map(|h| h.load as usize + count(&assigned, h.volunteer_id.as_u128()))
                .collect();
            // The water level: whoever got any stands at most at the level, which is where an even split would put it.
            let level = level(loads.iter().copied(), gaps.len()) as usize;
            for (load, after) in loads.iter().zip(after) {
                prop_assert!(after <= level.max(*load as usize));
            }
        }
    }
}
