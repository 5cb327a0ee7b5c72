//! Names for invented people: a family name and a given name that fits sex and year of birth,
//! put together at random.

use serde::Deserialize;

use super::dice::Dice;
use super::ground;

/// Words of a name as written and as read (katakana).
#[derive(Debug, Clone)]
pub struct Word {
    pub name: String,
    pub kana: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sex {
    Female,
    Male,
}

impl Sex {
    /// As the database has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Sex::Female => "female",
            Sex::Male => "male",
        }
    }

    pub fn other(self) -> Sex {
        match self {
            Sex::Female => Sex::Male,
            Sex::Male => Sex::Female,
        }
    }
}

/// A resident whose name is not of the Japanese kind: full name, reading, nationality.
pub struct Foreign {
    pub sex: Sex,
    pub name: &'static str,
    pub kana: &'static str,
    pub nationality: &'static str,
}

/// The lists of `geodata/`, ready to draw from.
pub struct Names {
    family: Vec<(Word, u32)>,
    given: Vec<Cohort>,
}

/// Given names in use for one sex over some years of birth.
struct Cohort {
    sex: Sex,
    born_from: i32,
    born_to: i32,
    words: Vec<(Word, u32)>,
}

#[derive(Deserialize)]
struct FamilyRow {
    name: String,
    kana: String,
    weight: u32,
}

#[derive(Deserialize)]
struct GivenRow {
    name: String,
    kana: String,
    sex: Sex,
    born_from: i32,
    born_to: i32,
    weight: u32,
}

impl Names {
    /// Reads the embedded lists.
    pub fn read() -> Self {
        let family = ground::table(include_str!("../../geodata/family_names.csv"))
            .into_iter()
            .map(|row: FamilyRow| {
                (
                    Word {
                        name: row.name,
                        kana: row.kana,
                    },
                    row.weight,
                )
            })
            .collect();
        let mut given: Vec<Cohort> = Vec::new();
        for row in ground::table::<GivenRow>(include_str!("../../geodata/given_names.csv")) {
            let at = given
                .iter()
                .position(|c| c.sex == row.sex && c.born_from == row.born_from)
                .unwrap_or_else(|| {
                    let (sex, born_from, born_to) = (row.sex, row.born_from, row.born_to);
                    given.push(Cohort {
                        sex,
                        born_from,
                        born_to,
                        words: Vec::new(),
                    });
                    given.len() - 1
                });
            given[at].words.push((
                Word {
                    name: row.name,
                    kana: row.kana,
                },
                row.weight,
            ));
        }
        Self { family, given }
    }

    pub fn family(&self, dice: &mut Dice) -> &Word {
        dice.weighted(&self.family)
    }

    /// A given name of the years around `born`; those born before all lists get the oldest names.
    pub fn given(&self, dice: &mut Dice, sex: Sex, born: i32) -> &Word {
        let cohort = self
            .given
            .iter()
            .find(|c| c.sex == sex && born.max(c.born_from) <= c.born_to)
            .unwrap_or(&self.given[0]);
        dice.weighted(&cohort.words)
    }

    pub fn foreign(&self, dice: &mut Dice) -> &'static Foreign {
        dice.pick(FOREIGN)
    }
}

const FOREIGN: &[Foreign] = &[
    foreign(
        Sex::Female,
        "NGUYEN THI LAN",
        "グエン ティ ラン",
        "ベトナム",
    ),
    foreign(Sex::Male, "TRAN VAN MINH", "チャン ヴァン ミン", "ベトナム"),
    foreign(
        Sex::Female,
        "SANTOS MARIA CRUZ",
        "サントス マリア クルス",
        "フィリピン",
    ),
    foreign(
        Sex::Male,
        "SILVA JOAO PEDRO",
        "シルヴァ ジョアン ペドロ",
        "ブラジル",
    ),
    foreign(Sex::Female, "王 秀英", "ワン シウイン", "中国"),
    foreign(Sex::Male, "李 建国", "リ ジエングオ", "中国"),
    foreign(Sex::Female, "金 順子", "キム スンジャ", "韓国"),
    foreign(Sex::Male, "GURUNG BISHNU", "グルン ビシュヌ", "ネパール"),
];

const fn foreign(
    sex: Sex,
    name: &'static str,
    kana: &'static str,
    nationality: &'static str,
) -> Foreign {
    Foreign {
        sex,
        name,
        kana,
        nationality,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::dice::{Part, Seed};

    #[test]
    fn every_year_of_birth_has_given_names_of_its_sex() {
        let names = Names::read();
        let mut dice = Seed(1).dice(Part::Person, 0);
        for born in 1915..=2026 {
            for sex in [Sex::Female, Sex::Male] {
                let word = names.given(&mut dice, sex, born);
                let cohort = names.given.iter().find(|c| {
                    c.sex == sex
                        && c.words.iter().any(|(w, _)| w.name == word.name)
                        && born <= c.born_to
                });
                assert!(cohort.is_some(), "{born} {sex:?} {}", word.name);
            }
        }
    }

    #[test]
    fn hard_spellings_are_among_the_family_names() {
        let names = Names::read();
        for spelling in ["髙橋", "山﨑", "邊見", "𠮷田"] {
            assert!(
                names.family.iter().any(|(word, _)| word.name == spelling),
                "{spelling}"
            );
        }
    }
}
