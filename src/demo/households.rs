//! Households of invented people, made one by one: what a household holds follows from the seed and
//! its number alone.

use chrono::{Datelike, Days, NaiveDate};
use uuid::Uuid;

use super::TODAY;
use super::city::City;
use super::consents::{self, Consent};
use super::contacts::{self, Contact};
use super::dice::{Dice, Part};
use super::names::Sex;
use super::needs::{self, Support};
use super::residences::{self, Home, Residence};

#[derive(Debug, Clone)]
pub struct Household {
    pub id: Uuid,
    pub label: String,
    pub people: Vec<Person>,
}

#[derive(Debug, Clone)]
pub struct Person {
    /// Nobody else's in the city: the household's number and the place in it.
    pub number: u64,
    pub id: Uuid,
    /// 宛名番号: ten digits, never twelve as a 個人番号 has.
    pub resident_no: String,
    pub name: String,
    pub kana: String,
    pub birth_on: NaiveDate,
    pub sex: Sex,
    pub nationality: &'static str,
    pub relationship: &'static str,
    pub is_householder: bool,
    pub is_protected: bool,
    pub roster_consent: &'static str,
    pub status: &'static str,
    pub status_on: Option<NaiveDate>,
    /// Where the person lives, as an index of the city's districts; none is 校区未定.
    pub district: Option<usize>,
    pub residences: Vec<Residence>,
    pub contacts: Vec<Contact>,
    pub consents: Vec<Consent>,
    /// Nothing for family members who are not on the roster.
    pub support: Option<Support>,
}

/// The most people a household has; ids leave room for as many.
pub const MOST_PEOPLE: u64 = 8;

/// Someone who will live in a household: age, sex as against the householder, listed or not.
struct Role {
    relationship: &'static str,
    age: Age,
    is_same_sex: bool,
    is_listed: bool,
}

/// How old someone is, alone or against the householder.
#[derive(Clone, Copy)]
enum Age {
    Old,
    Working,
    /// Of an age to have small children.
    Parent,
    /// About the householder's age.
    Like,
    /// A generation older: never younger than 65.
    Above,
    /// A generation younger.
    Below,
}

const fn role(relationship: &'static str, age: Age, is_same_sex: bool, is_listed: bool) -> Role {
    Role {
        relationship,
        age,
        is_same_sex,
        is_listed,
    }
}

/// Who lives together, and how often. The first is the householder.
const SHAPES: &[(&[Role], u32)] = &[
    (&[role("世帯主", Age::Old, true, true)], 43),
    (&[role("世帯主", Age::Working, true, true)], 6),
    (
        &[
            role("世帯主", Age::Old, true, true),
            role("配偶者", Age::Like, false, true),
        ],
        15,
    ),
    (
        &[
            role("世帯主", Age::Old, true, false),
            role("配偶者", Age::Like, false, true),
        ],
        16,
    ),
    (
        &[
            role("世帯主", Age::Working, true, false),
            role("父母", Age::Above, false, true),
        ],
        9,
    ),
    (
        &[
            role("世帯主", Age::Working, true, false),
            role("配偶者", Age::Like, false, false),
            role("父母", Age::Above, false, true),
            role("父母", Age::Above, true, true),
        ],
        4,
    ),
    (
        &[
            role("世帯主", Age::Old, true, false),
            role("子", Age::Below, false, true),
        ],
        4,
    ),
    (
        &[
            role("世帯主", Age::Parent, true, false),
            role("配偶者", Age::Like, false, false),
            role("子", Age::Below, true, true),
        ],
        3,
    ),
];

const OLD_AGES: &[((i32, i32), u32)] = &[
    ((65, 74), 18),
    ((75, 84), 42),
    ((85, 94), 34),
    ((95, 103), 6),
];

const STATUSES: &[(&str, u32)] = &[
    ("resident", 940),
    ("died", 14),
    ("moved", 12),
    ("hospitalised", 23),
    ("facility", 11),
];

/// Makes the household of this number. No more than `listed_left` of its people are on the roster.
pub fn draw(city: &City, number: u64, listed_left: u64) -> Household {
    let mut dice = city.seed.dice(Part::Household, number);
    let shape = *dice.weighted(SHAPES);
    let home = residences::home(city, &mut dice);
    let head = if dice.chance(if shape.len() == 1 { 680 } else { 220 }) {
        Sex::Female
    } else {
        Sex::Male
    };
    let is_foreign = shape.len() == 1 && dice.chance(20);
    let is_protected = dice.chance(4);
    let family = city.names.family(&mut dice).clone();
    let mut listed_left = listed_left;
    let mut people: Vec<Person> = Vec::with_capacity(shape.len());
    for (place, role) in shape.iter().enumerate() {
        let is_listed = role.is_listed && listed_left > 0;
        listed_left -= u64::from(is_listed);
        let sex = if role.is_same_sex { head } else { head.other() };
        let head_born = people.first().map(|head| head.birth_on);
        let birth_on = birth_on(&mut dice, role.age, head_born);
        let index = number * MOST_PEOPLE + place as u64;
        let mut person = Person {
            number: index,
            id: city.seed.id(Part::Person, index),
            resident_no: format!("9{index:09}"),
            name: String::new(),
            kana: String::new(),
            birth_on,
            sex,
            nationality: "",
            relationship: role.relationship,
            is_householder: place == 0,
            is_protected,
            roster_consent: "unanswered",
            status: "resident",
            status_on: None,
            district: home.district,
            residences: residences::registered(city, &mut dice, &home, index),
            contacts: Vec::new(),
            consents: Vec::new(),
            support: None,
        };
        name(
            city,
            &mut dice,
            &mut person,
            (&family.name, &family.kana),
            is_foreign,
        );
        person.contacts = contacts::draw(city, &mut dice, index, birth_on.year(), &family.name);
        if is_listed {
            list(city, &mut dice, &mut person, index, shape.len() == 1, &home);
        }
        people.push(person);
    }
    Household {
        id: city.seed.id(Part::Household, number),
        label: format!("{} 世帯", people[0].name),
        people,
    }
}

fn name(city: &City, dice: &mut Dice, person: &mut Person, family: (&str, &str), is_foreign: bool) {
    if is_foreign {
        let foreign = city.names.foreign(dice);
        person.sex = foreign.sex;
        person.nationality = foreign.nationality;
        (person.name, person.kana) = (foreign.name.to_owned(), foreign.kana.to_owned());
    } else {
        let given = city.names.given(dice, person.sex, person.birth_on.year());
        person.name = format!("{} {}", family.0, given.name);
        person.kana = format!("{} {}", family.1, given.kana);
    }
}

/// Puts someone on the roster, with the consent, status and care that go with it.
fn list(
    city: &City,
    dice: &mut Dice,
    person: &mut Person,
    index: u64,
    is_alone: bool,
    home: &Home,
) {
    let age = TODAY.years_since(person.birth_on).unwrap_or(0) as i32;
    let nearby = city.volunteers_near(home);
    person.support = Some(needs::draw(
        dice,
        age,
        is_alone,
        !person.nationality.is_empty(),
        &nearby,
    ));
    (person.roster_consent, person.consents) = consents::draw(city.seed, dice, index);
    person.status = *dice.weighted(STATUSES);
    if person.status != "resident" {
        // Recent: the roster of the city learns of it before the next round.
        person.status_on = Some(TODAY - Days::new(u64::from(1 + dice.below(45))));
    }
    if dice.chance(20) {
        let (district, elsewhere) = residences::actual(city, dice, index);
        person.district = district;
        person.residences.push(elsewhere);
    }
}

fn birth_on(dice: &mut Dice, age: Age, head: Option<NaiveDate>) -> NaiveDate {
    let head = head.map_or(50, |born| TODAY.year() - born.year());
    let years = match age {
        Age::Old => {
            let (from, to) = *dice.weighted(OLD_AGES);
            dice.within(from..=to)
        }
        Age::Working => dice.within(38..=64),
        Age::Parent => dice.within(27..=46),
        Age::Like => (head + dice.within(-6..=5)).clamp(20, 103),
        Age::Above => (head + dice.within(22..=34)).clamp(65, 103),
        Age::Below => (head - dice.within(24..=34)).max(1),
    };
    let birthday = TODAY - Days::new(u64::from(dice.below(365)));
    let (month, day) = (birthday.month(), birthday.day());
    NaiveDate::from_ymd_opt(birthday.year() - years, month, day)
        .or_else(|| NaiveDate::from_ymd_opt(birthday.year() - years, month, 28))
        .expect("the 28th is in every month")
}
