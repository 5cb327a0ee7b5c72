//! Volunteers of the demo city: 民生委員, 校区福祉委員, 自主防災組織 and others, each for a district or two.

use uuid::Uuid;

use super::dice::{Part, Seed};
use super::names::{Names, Sex};

/// Someone who visits. Districts are indexes of the city's districts, the home district first.
#[derive(Debug, Clone)]
pub struct Volunteer {
    pub id: Uuid,
    pub name: String,
    pub kana: String,
    /// `volunteer.body` of the database.
    pub body: &'static str,
    pub phone: String,
    pub districts: Vec<usize>,
}

const BODIES: &[(&str, u32)] = &[
    ("welfare_commissioner", 36),
    ("district_welfare_committee", 28),
    ("voluntary_disaster_org", 18),
    ("neighbourhood_association", 12),
    ("volunteer_fire_corps", 3),
    ("social_welfare_council", 2),
    ("city_staff", 1),
];

/// As many as a city of `people` listed residents has: one for 20, at least two a district.
pub fn count(people: u64, districts: usize) -> usize {
    (people / 20).max(2 * districts as u64) as usize
}

/// All volunteers; they take the districts in turn, so that every district has its share.
pub fn all(seed: Seed, names: &Names, count: usize, districts: usize) -> Vec<Volunteer> {
    (0..count)
        .map(|index| {
            let mut dice = seed.dice(Part::Volunteer, index as u64);
            let sex = if dice.chance(580) {
                Sex::Female
            } else {
                Sex::Male
            };
            let family = names.family(&mut dice).clone();
            let born = 1946 + dice.within(0..=20);
            let given = names.given(&mut dice, sex, born).clone();
            let home = index % districts;
            let mut own = vec![home];
            if dice.chance(80) {
                own.push((home + 1) % districts);
            }
            let body = *dice.weighted(BODIES);
            Volunteer {
                id: seed.id(Part::Volunteer, index as u64),
                name: format!("{} {}", family.name, given.name),
                kana: format!("{} {}", family.kana, given.kana),
                body,
                phone: format!("090-0000-{:04}", 1 + dice.below(9_999)),
                districts: own,
            }
        })
        .collect()
}
