//! Households as columns, one list per column of a table: what one bulk insert takes. Made beside the
//! database's work on another thread, with all search keys.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use uuid::Uuid;

use super::city::City;
use super::households::{Household, Person};
use super::{TODAY, UNDECIDED};
use crate::text::{address, era, kana, phone};

/// Some hundred households, table by table.
#[derive(Default)]
pub struct Batch {
    pub households: Households,
    pub people: People,
    pub residences: Residences,
    pub contacts: Contacts,
    pub supports: Supports,
    pub reasons: Reasons,
    pub consents: Consents,
    pub standing: StandingContacts,
    /// How many of the people are on the roster.
    pub listed: u64,
}

#[derive(Default)]
pub struct Households {
    pub id: Vec<Uuid>,
    pub label: Vec<String>,
}

/// `person`, and the membership in the household that goes with it.
#[derive(Default)]
pub struct People {
    pub id: Vec<Uuid>,
    pub household_id: Vec<Uuid>,
    pub district_id: Vec<Uuid>,
    pub resident_no: Vec<String>,
    pub name: Vec<String>,
    pub name_kana: Vec<String>,
    pub name_key: Vec<String>,
    pub kana_key: Vec<String>,
    pub birth_on: Vec<NaiveDate>,
    pub birth_text: Vec<String>,
    pub sex: Vec<&'static str>,
    pub nationality: Vec<&'static str>,
    pub is_protected: Vec<bool>,
    pub roster_consent: Vec<&'static str>,
    pub status: Vec<&'static str>,
    pub status_on: Vec<Option<NaiveDate>>,
    pub relationship: Vec<&'static str>,
    pub is_householder: Vec<bool>,
    pub since: Vec<NaiveDate>,
}

#[derive(Default)]
pub struct Residences {
    pub id: Vec<Uuid>,
    pub person_id: Vec<Uuid>,
    pub kind: Vec<&'static str>,
    pub address: Vec<String>,
    pub address_key: Vec<String>,
    pub lon: Vec<Option<f64>>,
    pub lat: Vec<Option<f64>>,
    pub geocode_level: Vec<&'static str>,
    pub district_id: Vec<Uuid>,
    pub basis: Vec<&'static str>,
    pub reason: Vec<&'static str>,
    pub valid_from: Vec<NaiveDate>,
}

#[derive(Default)]
pub struct Contacts {
    pub id: Vec<Uuid>,
    pub person_id: Vec<Uuid>,
    pub kind: Vec<&'static str>,
    pub value: Vec<String>,
    pub value_key: Vec<String>,
    pub holder: Vec<String>,
    pub relation: Vec<&'static str>,
}

#[derive(Default)]
pub struct Supports {
    pub person_id: Vec<Uuid>,
    pub listed_on: Vec<NaiveDate>,
    pub delisted_on: Vec<Option<NaiveDate>>,
    pub delist_reason: Vec<Option<&'static str>>,
    /// Codes joined by commas: a bulk insert takes no list of lists.
    pub help_needed: Vec<String>,
    pub help_note: Vec<String>,
}

#[derive(Default)]
pub struct Reasons {
    pub person_id: Vec<Uuid>,
    pub category: Vec<&'static str>,
    pub basis: Vec<&'static str>,
    pub since: Vec<NaiveDate>,
}

#[derive(Default)]
pub struct Consents {
    pub id: Vec<Uuid>,
    pub person_id: Vec<Uuid>,
    pub recipient_class: Vec<&'static str>,
    pub status: Vec<&'static str>,
    pub obtained_on: Vec<NaiveDate>,
    pub means: Vec<&'static str>,
    pub recorded_at: Vec<DateTime<Utc>>,
}

#[derive(Default)]
pub struct StandingContacts {
    pub person_id: Vec<Uuid>,
    pub volunteer_id: Vec<Uuid>,
    pub rank: Vec<i16>,
    pub since: Vec<NaiveDate>,
}

/// When the demo's rows were made: the city's own day, so that a database is the same each time.
pub fn made_at() -> DateTime<Utc> {
    TODAY.and_time(NaiveTime::MIN).and_utc()
}

impl Batch {
    pub fn push(&mut self, city: &City, household: Household) {
        self.listed += household.listed();
        self.households.id.push(household.id);
        self.households.label.push(household.label);
        for person in household.people {
            self.push_residences(city, &person);
            self.push_contacts(&person);
            self.push_consents(&person);
            self.push_support(city, &person);
            self.push_person(city, household.id, person);
        }
    }

    fn push_person(&mut self, city: &City, household: Uuid, person: Person) {
        let to = &mut self.people;
        to.since.push(
            person
                .residences
                .first()
                .map_or(TODAY, |home| home.valid_from),
        );
        to.id.push(person.id);
        to.household_id.push(household);
        to.district_id.push(district_id(city, person.district));
        to.resident_no.push(person.resident_no);
        to.name_key.push(kana::search_key(&person.name));
        to.kana_key.push(kana::kana_key(&person.kana));
        to.name.push(person.name);
        to.name_kana.push(person.kana);
        to.birth_on.push(person.birth_on);
        to.birth_text.push(era::to_japanese(person.birth_on));
        to.sex.push(person.sex.as_str());
        to.nationality.push(person.nationality);
        to.is_protected.push(person.is_protected);
        to.roster_consent.push(person.roster_consent);
        to.status.push(person.status);
        to.status_on.push(person.status_on);
        to.relationship.push(person.relationship);
        to.is_householder.push(person.is_householder);
    }

    fn push_residences(&mut self, city: &City, person: &Person) {
        let to = &mut self.residences;
        for home in &person.residences {
            to.id.push(home.id);
            to.person_id.push(person.id);
            to.kind.push(home.kind);
            to.address.push(home.address.clone());
            to.address_key
                .push(address::parse(&home.address, Some(&city.town_names)).key);
            to.lon.push(home.point.map(|place| place.lon()));
            to.lat.push(home.point.map(|place| place.lat()));
            to.geocode_level.push(home.geocode_level);
            to.district_id.push(district_id(city, home.district));
            to.basis.push(home.basis.as_str());
            to.reason.push(home.reason);
            to.valid_from.push(home.valid_from);
        }
    }

    fn push_contacts(&mut self, person: &Person) {
        let to = &mut self.contacts;
        for contact in &person.contacts {
            let key = phone::parse(&contact.value)
                .map_or_else(|_| contact.value.clone(), |phone| phone.key);
            to.id.push(contact.id);
            to.person_id.push(person.id);
            to.kind.push(contact.kind);
            to.value.push(contact.value.clone());
            to.value_key.push(key);
            to.holder.push(contact.holder.clone());
            to.relation.push(contact.relation);
        }
    }

    fn push_consents(&mut self, person: &Person) {
        let to = &mut self.consents;
        for consent in &person.consents {
            to.id.push(consent.id);
            to.person_id.push(person.id);
            to.recipient_class.push(consent.recipient_class);
            to.status.push(consent.status);
            to.obtained_on.push(consent.obtained_on);
            to.means.push(consent.means);
            to.recorded_at.push(consent.recorded_at);
        }
    }

    fn push_support(&mut self, city: &City, person: &Person) {
        let Some(support) = &person.support else {
            return;
        };
        let to = &mut self.supports;
        to.person_id.push(person.id);
        to.listed_on.push(support.listed_on);
        to.delisted_on.push(support.delisted.map(|(day, _)| day));
        to.delist_reason.push(support.delisted.map(|(_, why)| why));
        to.help_needed.push(support.help_needed.join(","));
        to.help_note.push(support.help_note.clone());
        for reason in &support.reasons {
            self.reasons.person_id.push(person.id);
            self.reasons.category.push(reason.category);
            self.reasons.basis.push(reason.basis);
            self.reasons.since.push(reason.since);
        }
        for (rank, &volunteer) in (1..).zip(&support.contacts) {
            self.standing.person_id.push(person.id);
            self.standing
                .volunteer_id
                .push(city.volunteers[volunteer].id);
            self.standing.rank.push(rank);
            self.standing.since.push(support.listed_on);
        }
    }
}

fn district_id(city: &City, district: Option<usize>) -> Uuid {
    district.map_or(UNDECIDED, |at| city.districts[at].id)
}
