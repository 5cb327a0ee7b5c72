//! The towns of one city, to recognise them in addresses however they are spelled.

use std::collections::{BTreeSet, HashMap};

use serde::Serialize;

use super::numbers::kanji_number;
use super::spelling::Spelling;
use crate::text::kana::search_key;

/// How a town in an address was found on the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TownMatch {
    /// Letter for letter.
    Exact,
    /// With variant kanji or another spelling of が: 蛍池 and 螢池, 栗ヶ丘 and 栗ケ丘.
    Variant,
    /// With 町 left out or added: 栗ケ丘 and 栗ケ丘町. Worth a look by a human.
    TownSign,
    /// Not on the list.
    Missing,
    /// No list was given.
    NoList,
}

/// A city's 大字 and 町 with their 丁目.
#[derive(Debug, Clone)]
pub struct Towns {
    city: String,
    by_key: HashMap<String, Town>,
    longest: usize,
}

#[derive(Debug, Clone)]
struct Town {
    name: String,
    chomes: BTreeSet<u32>,
    /// The list has it without 丁目 too.
    is_plain: bool,
}

/// A town found in an address.
pub(super) struct Found<'a> {
    pub(super) name: &'a str,
    pub(super) end: usize,
    pub(super) how: TownMatch,
    pub(super) chomes: &'a BTreeSet<u32>,
    pub(super) is_plain: bool,
}

impl Towns {
    /// `names` as published: 旭丘, 螢池東町一丁目, ….
    pub fn new<'a>(city: &str, names: impl IntoIterator<Item = &'a str>) -> Self {
        let mut by_key: HashMap<String, Town> = HashMap::new();
        for name in names {
            let (base, chome) = split_chome(name.trim());
            let town = by_key.entry(search_key(base)).or_insert_with(|| Town {
                name: base.to_owned(),
                chomes: BTreeSet::new(),
                is_plain: false,
            });
            match chome {
                Some(chome) => _ = town.chomes.insert(chome),
                None => town.is_plain = true,
            }
        }
        by_key.remove("");
        let longest = by_key
            .values()
            .map(|town| town.name.chars().count())
            .max()
            .unwrap_or(0);
        Self {
            city: city.to_owned(),
            by_key,
            longest: longest + 2,
        }
    }

    pub fn city(&self) -> &str {
        &self.city
    }

    pub(super) fn is_of(&self, city: &str) -> bool {
        search_key(city) == search_key(&self.city)
    }

    pub(super) fn city_end(&self, spelling: &Spelling, start: usize) -> Option<usize> {
        let stands_here = !self.city.is_empty() && spelling.starts_with(start, &self.city);
        stands_here.then(|| start + self.city.chars().count())
    }

    /// The longest town that stands here and ends where a name can end.
    pub(super) fn find(&self, spelling: &Spelling, start: usize) -> Option<Found<'_>> {
        let last = (start + self.longest).min(spelling.len());
        let ends = || {
            (start + 1..=last)
                .rev()
                .filter(|end| can_end(spelling, *end))
        };
        let as_listed = ends().find_map(|end| {
            let written = spelling.text(start, end);
            let town = self.by_key.get(&search_key(&written))?;
            let how = if town.name == written {
                TownMatch::Exact
            } else {
                TownMatch::Variant
            };
            Some(found(town, end, how))
        });
        as_listed.or_else(|| {
            ends().find_map(|end| {
                let key = search_key(&spelling.text(start, end));
                let other = match key.strip_suffix('町') {
                    Some(shorter) => shorter.to_owned(),
                    None => format!("{key}町"),
                };
                Some(found(self.by_key.get(&other)?, end, TownMatch::TownSign))
            })
        })
    }
}

fn found(town: &Town, end: usize, how: TownMatch) -> Found<'_> {
    Found {
        name: &town.name,
        end,
        how,
        chomes: &town.chomes,
        is_plain: town.is_plain,
    }
}

fn split_chome(name: &str) -> (&str, Option<u32>) {
    let Some(front) = name.strip_suffix("丁目") else {
        return (name, None);
    };
    let is_number = |c: char| c.is_ascii_digit() || "一二三四五六七八九十".contains(c);
    let base = front.trim_end_matches(is_number);
    match kanji_number(&front[base.len()..]) {
        Some(chome) => (base, Some(chome)),
        None => (name, None),
    }
}

/// A town's name ends before a number, a blank or the end, not amid a longer name.
fn can_end(spelling: &Spelling, end: usize) -> bool {
    match spelling.at(end) {
        None => true,
        Some(c) if c.is_ascii_digit() || c.is_whitespace() || matches!(c, ',' | '、' | '-') => {
            true
        }
        Some(c) => super::numbers::is_kanji_digit(c) && super::numbers::is_marked(spelling, end),
    }
}
