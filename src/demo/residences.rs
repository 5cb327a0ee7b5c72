//! Where the demo's people live: an address in the words of one of three offices, a point inside the
//! district, and how the district was found. A few have no point, a few live elsewhere than registered.

use chrono::{Days, NaiveDate};
use uuid::Uuid;

use super::TODAY;
use super::city::City;
use super::dice::{Dice, Part};
use super::ground;
use crate::geometry::LngLat;

/// A dwelling: everyone of a household shares it.
pub struct Home {
    pub address: String,
    pub point: Option<LngLat>,
    /// Index of the city's districts; none is 校区未定.
    pub district: Option<usize>,
    pub town: usize,
    basis: Basis,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    Undecided,
    Point,
    List,
    Hand,
}

impl Basis {
    /// As the database has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Basis::Undecided => "undecided",
            Basis::Point => "point",
            Basis::List => "list",
            Basis::Hand => "hand",
        }
    }
}

#[derive(Debug, Clone)]
pub struct Residence {
    pub id: Uuid,
    pub kind: &'static str,
    pub address: String,
    pub point: Option<LngLat>,
    pub geocode_level: &'static str,
    pub district: Option<usize>,
    pub basis: Basis,
    pub reason: &'static str,
    pub valid_from: NaiveDate,
}

const BASES: &[(Basis, u32)] = &[
    (Basis::Point, 940),
    (Basis::List, 20),
    (Basis::Hand, 18),
    (Basis::Undecided, 22),
];

/// Draws a dwelling somewhere in the city.
pub fn home(city: &City, dice: &mut Dice) -> Home {
    let at = *dice.weighted(&city.by_weight);
    let district = &city.districts[at];
    let town = *dice.pick(&district.towns);
    let basis = *dice.weighted(BASES);
    let address = address(dice, &city.towns[town].name, basis);
    let point = matches!(basis, Basis::Point | Basis::Hand).then(|| {
        let middle = city.towns[town].point();
        let mut near = || ground::beside(middle, spread(dice), spread(dice));
        (0..8)
            .map(|_| near())
            .find(|place| district.area.contains(*place))
            .unwrap_or(middle)
    });
    Home {
        address,
        point,
        district: (basis != Basis::Undecided).then_some(at),
        town,
        basis,
    }
}

/// Metres from a town's middle: mostly near it.
fn spread(dice: &mut Dice) -> f64 {
    (dice.unit() + dice.unit() - 1.0) * 220.0
}

/// The registered address of someone of the household.
pub fn registered(city: &City, dice: &mut Dice, home: &Home, person: u64) -> Vec<Residence> {
    let days = u64::from(400 + dice.below(14_000));
    vec![residence(
        city.seed.id(Part::Residence, person * 2),
        "registered",
        home,
        TODAY - Days::new(days),
    )]
}

/// An actual residence that differs from the registered one, and the district it lies in.
pub fn actual(city: &City, dice: &mut Dice, person: u64) -> (Option<usize>, Residence) {
    let elsewhere = home(city, dice);
    let since = TODAY - Days::new(u64::from(30 + dice.below(900)));
    let id = city.seed.id(Part::Residence, person * 2 + 1);
    (
        elsewhere.district,
        residence(id, "actual", &elsewhere, since),
    )
}

fn residence(id: Uuid, kind: &'static str, home: &Home, valid_from: NaiveDate) -> Residence {
    Residence {
        id,
        kind,
        address: home.address.clone(),
        point: home.point,
        geocode_level: if home.point.is_some() {
            "given"
        } else {
            "none"
        },
        district: home.district,
        basis: home.basis,
        reason: if home.basis == Basis::Hand {
            "調整区のため本人の届け出による"
        } else {
            ""
        },
        valid_from,
    }
}

fn address(dice: &mut Dice, town: &str, basis: Basis) -> String {
    if basis == Basis::Undecided && dice.chance(500) {
        // 番地 missing: nobody can say where this is.
        return format!(
            "豊中市{}",
            town.split_inclusive("丁目").next().unwrap_or(town)
        );
    }
    let (block, number) = (1 + dice.below(28), 1 + dice.below(24));
    let rooms = if dice.chance(420) {
        let building = dice.pick(&[
            "ハイツ",
            "コーポ",
            "マンション",
            "グランドハイム",
            "市営住宅",
        ]);
        let floor = 1 + dice.below(9);
        format!("　豊中{building}{floor}{:02}号室", 1 + dice.below(12))
    } else {
        String::new()
    };
    match (dice.below(10), town.strip_suffix("丁目")) {
        (0..=6, _) | (_, None) => format!("豊中市{town}{block}番{number}号{rooms}"),
        (7..=8, Some(name)) => format!("豊中市{}-{block}-{number}{rooms}", arabic(name)),
        (_, Some(name)) => format!("大阪府豊中市{}丁目{block}-{number}{rooms}", arabic(name)),
    }
}

/// 岡町北一 → 岡町北1.
fn arabic(name: &str) -> String {
    const DIGITS: &str = "一二三四五六七八九";
    match name.char_indices().last() {
        Some((at, digit)) if DIGITS.contains(digit) => {
            let value = DIGITS.chars().position(|d| d == digit).unwrap_or(0) + 1;
            format!("{}{value}", &name[..at])
        }
        _ => name.to_owned(),
    }
}
