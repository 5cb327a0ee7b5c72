//! Addresses as people write them, taken apart and made comparable.
//!
//! 豊中市螢池東町一丁目2番3号, 蛍池東町1-2-3 and 大阪府豊中市蛍池東町１丁目２−３ are one place: the
//! key says so. The parts keep the spelling of the text. Nothing is guessed beyond the text and the
//! list of towns that the caller gives; what could not be told apart is left out, and a coordinate
//! is never made of a town's name.

mod municipality;
mod numbers;
mod spelling;
mod towns;

use std::io::{self, BufRead, Write};

use serde::Serialize;

use super::kana::search_key;
use spelling::Spelling;

pub use towns::{TownMatch, Towns};

/// How the house is numbered, when the text says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Numbering {
    /// 住居表示: 1番2号.
    Residence,
    /// 地番: 123番地4.
    Lot,
    /// Only numbers and dashes.
    Unstated,
}

/// An address in parts, each spelled as in the text unless said otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Address {
    pub text: String,
    /// Seven digits.
    pub postal_code: Option<String>,
    pub prefecture: Option<String>,
    /// With its ward or district: 大阪市西区, 三島郡島本町. The city of the list when left out.
    pub city: Option<String>,
    /// 大字 or 町 without 丁目; as the list of towns spells it when found there.
    pub town: Option<String>,
    pub town_match: TownMatch,
    pub chome: Option<u32>,
    /// Block and house number, or the parts of the lot number, in ASCII digits.
    pub numbers: Vec<String>,
    pub numbering: Numbering,
    pub building: Option<String>,
    /// As written, without 号室.
    pub room: Option<String>,
    /// Equal for the same place however it is written: `city/town/chome-block-house/room`.
    pub key: String,
}

/// Takes an address apart; `towns` helps to tell where the town ends and whether 1-2-3 begins with
/// a 丁目.
pub fn parse(text: &str, towns: Option<&Towns>) -> Address {
    let spelling = Spelling::new(text);
    let mut at = spelling.skip_blanks(0);
    let (postal_code, after) = postal_code(&spelling, at);
    at = after;
    let mut prefecture = municipality::prefecture_end(&spelling, at).map(|end| (at, end));
    at = prefecture.map_or(at, |(_, end)| spelling.skip_blanks(end));
    let listed_city = towns.and_then(|towns| towns.city_end(&spelling, at));
    let begins_with_town = || towns.is_some_and(|towns| towns.find(&spelling, at).is_some());
    let city_end = listed_city.or_else(|| {
        // 今市町1-2 in a list of the city's own addresses is a town, not a city called 今市.
        let is_town = prefecture.is_none() && begins_with_town();
        (!is_town)
            .then(|| municipality::city_end(&spelling, at, prefecture.is_some()))
            .flatten()
    });
    let city = match city_end {
        Some(end) => Some(spelling.text(at, end)),
        None if begins_with_town() => towns.map(|towns| towns.city().to_owned()),
        None => None,
    };
    at = city_end.map_or(at, |end| spelling.skip_blanks(end));
    at = spelling.skip_any(at, &["大字", "字"]);
    let listed = towns
        .filter(|towns| city.as_deref().is_none_or(|city| towns.is_of(city)))
        .and_then(|towns| towns.find(&spelling, at));
    let town_end = listed
        .as_ref()
        .map_or_else(|| numbers::begin(&spelling, at), |town| town.end);
    let town = match &listed {
        Some(town) => Some(town.name.to_owned()),
        None => Some(spelling.text(at, town_end)).filter(|town| !town.is_empty()),
    };
    let written = numbers::read(&spelling, town_end, listed.as_ref());
    let (building, room) = building_and_room(&spelling, &written);
    let mut parts = written
        .chome
        .map(|chome| chome.to_string())
        .into_iter()
        .collect::<Vec<_>>();
    parts.extend(written.numbers.iter().cloned());
    let key = [
        city.as_deref().map(search_key).unwrap_or_default(),
        town.as_deref().map(search_key).unwrap_or_default(),
        parts.join("-"),
        room.as_deref().map(search_key).unwrap_or_default(),
    ]
    .join("/");
    Address {
        text: text.to_owned(),
        postal_code,
        prefecture: prefecture
            .take()
            .map(|(start, end)| spelling.text(start, end)),
        city,
        town_match: match (&listed, towns) {
            (Some(town), _) => town.how,
            (None, Some(_)) => TownMatch::Missing,
            (None, None) => TownMatch::NoList,
        },
        town,
        chome: written.chome,
        numbers: written.numbers,
        numbering: written.numbering,
        building,
        room,
        key: key.trim_end_matches('/').to_owned(),
    }
}

/// Reads one address a line and writes one JSON object a line with `line` (from 1) and the parts.
/// Blank lines are passed over. Answers how many addresses there were.
pub fn parse_file(
    reader: impl BufRead,
    mut writer: impl Write,
    towns: Option<&Towns>,
) -> io::Result<u64> {
    #[derive(Serialize)]
    struct Line {
        line: usize,
        #[serde(flatten)]
        address: Address,
    }
    let mut count = 0;
    for (at, text) in reader.lines().enumerate() {
        let text = text?;
        if text.trim().is_empty() {
            continue;
        }
        count += 1;
        let line = Line {
            line: at + 1,
            address: parse(text.trim(), towns),
        };
        serde_json::to_writer(&mut writer, &line)?;
        writer.write_all(b"\n")?;
    }
    writer.flush()?;
    Ok(count)
}

/// 〒560-0021 or 5600021 in front.
fn postal_code(spelling: &Spelling, start: usize) -> (Option<String>, usize) {
    let at = spelling.skip_blanks(spelling.skip_any(start, &["〒"]));
    let first = spelling.digits_end(at);
    let after_dash = spelling.skip_any(first, &["-"]);
    let last = spelling.digits_end(after_dash);
    let digits: String = [spelling.plain(at, first), spelling.plain(after_dash, last)].concat();
    let is_code = digits.len() == 7 && (first - at == 3 || last == after_dash);
    if is_code {
        (Some(digits), spelling.skip_blanks(last))
    } else {
        (None, start)
    }
}

/// What stands behind the numbers: a building's name, and a room when it is marked as one.
fn building_and_room(
    spelling: &Spelling,
    written: &numbers::Written,
) -> (Option<String>, Option<String>) {
    let start = spelling.skip_blanks(written.end);
    let mut end = spelling.trim_end(start);
    let unmarked = end;
    end = spelling.strip_end(start, end, &["号室", "号", "室"]);
    let is_marked = end < unmarked;
    let mut room_start = end;
    while room_start > start && spelling.is_room_letter(room_start - 1) {
        room_start -= 1;
    }
    // A room begins with a digit or a single letter: B-102 yes, the end of "SUN" no.
    let room = spelling.plain(room_start, end);
    let digits = room.chars().filter(char::is_ascii_digit).count();
    let is_apart = room_start > start && spelling.is_blank(room_start - 1) || room_start == start;
    let is_room = digits > 0
        && room.len() - digits <= 2
        && (is_marked || digits >= 3 || is_apart && digits == room.len() && digits >= 2);
    if !is_room {
        let building = spelling.text(start, unmarked);
        return (
            Some(building).filter(|name| !name.is_empty()),
            written.room.clone(),
        );
    }
    let building = spelling.text(start, room_start);
    let building = building
        .trim_end_matches(['-', '－', 'ー', ' ', '　'])
        .to_owned();
    (
        Some(building).filter(|name| !name.is_empty()),
        Some(spelling.text(room_start, end)),
    )
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
