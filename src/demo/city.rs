//! The city as a whole: what every household is drawn from, and the households themselves, streamed.

use super::dice::Seed;
use super::districts::{self, District};
use super::ground::{self, Town};
use super::households::{self, Household};
use super::names::Names;
use super::residences::Home;
use super::sites::{self, Site};
use super::volunteers::{self, Volunteer};
use crate::text::address::Towns;

/// Ground, districts, places and volunteers of a demo city of `people` listed residents.
pub struct City {
    pub seed: Seed,
    pub people: u64,
    pub towns: Vec<Town>,
    /// The same towns, for taking addresses apart.
    pub town_names: Towns,
    pub districts: Vec<District>,
    pub sites: Vec<Site>,
    pub volunteers: Vec<Volunteer>,
    pub names: Names,
    /// Districts as indexes, with how many live there against the others.
    pub by_weight: Vec<(usize, u32)>,
    /// Volunteers of each district as indexes.
    pub by_district: Vec<Vec<usize>>,
}

impl City {
    pub fn new(seed: Seed, people: u64) -> Self {
        let (towns, districts, names) = (ground::towns(), districts::all(seed), Names::read());
        let count = volunteers::count(people, districts.len());
        let volunteers = volunteers::all(seed, &names, count, districts.len());
        let mut by_district = vec![Vec::new(); districts.len()];
        for (index, volunteer) in volunteers.iter().enumerate() {
            for &district in &volunteer.districts {
                by_district[district].push(index);
            }
        }
        Self {
            seed,
            people,
            sites: sites::all(seed, &districts, &towns),
            by_weight: districts
                .iter()
                .enumerate()
                .map(|(i, d)| (i, d.weight))
                .collect(),
            town_names: Towns::new("豊中市", towns.iter().map(|town| town.name.as_str())),
            towns,
            districts,
            volunteers,
            names,
            by_district,
        }
    }

    /// Households one after the other until as many people are listed as the city is to have.
    /// Nothing is kept: the same city streams the same households again.
    pub fn households(&self) -> impl Iterator<Item = Household> {
        let mut left = self.people;
        (0..).map_while(move |number| {
            (left > 0).then(|| {
                let household = households::draw(self, number, left);
                left -= household.listed();
                household
            })
        })
    }

    /// The volunteers who know the town of a home, best first: neighbours have the same ones.
    pub fn volunteers_near(&self, home: &Home) -> Vec<usize> {
        let Some(own) = home.district.map(|district| &self.by_district[district]) else {
            return Vec::new();
        };
        let turn = home.town * 7 + home.address.len() % 3;
        (0..2).map(|step| own[(turn + step) % own.len()]).collect()
    }
}

impl Household {
    /// How many of the household are on the roster.
    pub fn listed(&self) -> u64 {
        self.people
            .iter()
            .filter(|person| person.support.is_some())
            .count() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::TODAY;
    use crate::demo::households::Person;
    use chrono::Datelike;
    use sha2::{Digest, Sha256};
    use std::collections::HashSet;

    fn digest(seed: u64, people: u64, of_the_first: usize) -> String {
        let city = City::new(Seed(seed), people);
        let mut sum = Sha256::new();
        for household in city.households().take(of_the_first) {
            sum.update(format!("{household:?}"));
        }
        sum.update(format!("{:?}", city.sites));
        sum.finalize()[..8]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }

    #[test]
    fn one_seed_is_one_city_and_another_seed_another() {
        assert_eq!(digest(1, 1_000, 400), digest(1, 1_000, 400));
        assert_ne!(digest(1, 1_000, 400), digest(2, 1_000, 400));
    }

    #[test]
    fn a_city_has_exactly_as_many_listed_residents_as_asked_for() {
        for people in [1, 2, 500, 8_000] {
            let city = City::new(Seed(1), people);
            assert_eq!(city.households().map(|h| h.listed()).sum::<u64>(), people);
        }
    }

    #[test]
    fn residents_are_spread_as_in_a_real_roster() {
        let city = City::new(Seed(1), 8_000);
        let listed: Vec<Person> = city
            .households()
            .flat_map(|household| household.people)
            .filter(|person| person.support.is_some())
            .collect();
        let permille = |has: &dyn Fn(&Person) -> bool| {
            listed.iter().filter(|person| has(person)).count() * 1_000 / listed.len()
        };
        let consent = |status| permille(&|p: &Person| p.roster_consent == status);
        assert!(
            (680..=720).contains(&consent("consented")),
            "{}",
            consent("consented")
        );
        assert!((105..=135).contains(&consent("refused")));
        assert!((135..=165).contains(&consent("unanswered")));
        assert!((20..=40).contains(&consent("withdrawn")));
        let old = permille(&|p: &Person| TODAY.years_since(p.birth_on) >= Some(75));
        assert!((600..=850).contains(&old), "{old}");
        let cared_for =
            permille(&|p: &Person| p.support.as_ref().is_some_and(|s| !s.contacts.is_empty()));
        assert!((810..=850).contains(&cared_for), "{cared_for}");
        let undecided = permille(&|p: &Person| p.district.is_none());
        assert!((10..=35).contains(&undecided), "{undecided}");
        let protected = permille(&|p: &Person| p.is_protected);
        assert!((1..=9).contains(&protected), "{protected}");
        for status in ["died", "moved", "hospitalised", "facility"] {
            assert!(permille(&|p: &Person| p.status == status) >= 5, "{status}");
        }
        for (index, district) in city.districts.iter().enumerate() {
            let residents = permille(&|p: &Person| p.district == Some(index));
            assert!(
                (10..=110).contains(&residents),
                "{}: {residents}",
                district.name
            );
        }
    }

    #[test]
    fn everyone_lives_inside_the_district_their_point_says() {
        let city = City::new(Seed(1), 3_000);
        for person in city.households().flat_map(|h| h.people) {
            for residence in &person.residences {
                if let (Some(point), Some(district)) = (residence.point, residence.district) {
                    assert!(
                        city.districts[district].area.contains(point),
                        "{}",
                        residence.address
                    );
                }
                assert!(residence.valid_from <= TODAY && residence.address.contains("豊中市"));
            }
            let lives_at = person.residences.last().expect("everyone lives somewhere");
            assert_eq!(lives_at.district, person.district);
            for &volunteer in person.support.iter().flat_map(|s| &s.contacts) {
                let registered = person.residences[0].district;
                assert!(
                    registered.is_some_and(|d| city.volunteers[volunteer].districts.contains(&d))
                );
            }
        }
    }

    #[test]
    fn ids_and_numbers_are_nobody_elses_and_telephones_reach_nobody() {
        let city = City::new(Seed(1), 3_000);
        let (mut ids, mut numbers) = (HashSet::new(), HashSet::new());
        for household in city.households() {
            assert!(ids.insert(household.id));
            assert!(!household.people.is_empty());
            for person in household.people {
                assert!(ids.insert(person.id) && numbers.insert(person.resident_no.clone()));
                assert_eq!(person.resident_no.len(), 10);
                assert!((1915..=TODAY.year()).contains(&person.birth_on.year()));
                let parts = person
                    .consents
                    .iter()
                    .map(|c| c.id)
                    .chain(person.residences.iter().map(|r| r.id));
                for id in parts.chain(person.contacts.iter().map(|c| c.id)) {
                    assert!(ids.insert(id));
                }
                for contact in &person.contacts {
                    // The mail domain is one that never exists (RFC 2606).
                    assert!(
                        contact.value.ends_with("@mail.example")
                            || ["06-1000-", "090-0000-"]
                                .iter()
                                .any(|prefix| contact.value.starts_with(prefix)),
                        "{}",
                        contact.value
                    );
                }
            }
        }
    }
}
