//! Telephone numbers and mail addresses that reach nobody: no subscriber has 06-1000-xxxx (exchanges begin with 2 to 9) or
//! 090-0000-xxxx, and `.example` is nobody's domain (RFC 2606). They still pass the rules, as a roster's must.

use uuid::Uuid;

use super::city::City;
use super::dice::{Dice, Part};
use super::names::Sex;

#[derive(Debug, Clone)]
pub struct Contact {
    pub id: Uuid,
    /// `contact.kind` of the database.
    pub kind: &'static str,
    pub value: String,
    /// Whose number it is, when it is not the person's own.
    pub holder: String,
    pub relation: &'static str,
}

/// Own numbers (the older the owner, the rarer the mobile), mostly one of the family, and for some a mail address: their own, or the
/// family's.
pub fn draw(city: &City, dice: &mut Dice, person: u64, born: i32, family: &str) -> Vec<Contact> {
    let mut found: Vec<(&'static str, String, String, &'static str)> = Vec::new();
    let number = |dice: &mut Dice, prefix| format!("{prefix}-{:04}", 1 + dice.below(9_999));
    if dice.chance(if born < 1960 { 860 } else { 320 }) {
        found.push(("phone", number(dice, "06-1000"), String::new(), ""));
    }
    if dice.chance(if born < 1945 { 380 } else { 850 }) {
        found.push(("mobile", number(dice, "090-0000"), String::new(), ""));
    }
    if born < 1975 && dice.chance(700) {
        let is_daughter = dice.chance(600);
        let sex = if is_daughter { Sex::Female } else { Sex::Male };
        let given = &city.names.given(dice, sex, born + 27).name;
        let relation = if is_daughter { "長女" } else { "長男" };
        found.push((
            "emergency_phone",
            number(dice, "090-0000"),
            format!("{family} {given}"),
            relation,
        ));
    }
    found.extend(mail(city, person, born, &found));
    found
        .into_iter()
        .enumerate()
        .map(|(turn, (kind, value, holder, relation))| Contact {
            id: city.seed.id(Part::Contact, person * 4 + turn as u64),
            kind,
            value,
            holder,
            relation,
        })
        .collect()
}

/// Chance of its own, so that nothing else of the city moves.
fn mail(
    city: &City,
    person: u64,
    born: i32,
    found: &[(&'static str, String, String, &'static str)],
) -> Option<(&'static str, String, String, &'static str)> {
    let mut dice = city.seed.dice(Part::Contact, person);
    if !dice.chance(if born < 1945 { 260 } else { 520 }) {
        return None;
    }
    let family = found.iter().find(|(kind, ..)| *kind == "emergency_phone");
    let (holder, relation) = match family {
        Some((_, _, holder, relation)) if born < 1945 => (holder.clone(), *relation),
        _ => (String::new(), ""),
    };
    Some((
        "mail",
        format!("r{person:06}@mail.example"),
        holder,
        relation,
    ))
}
