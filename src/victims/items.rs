//! The items of an entry as a person types them: nothing is refused for being incomplete, nothing is guessed, 個人番号 never enters.

use chrono::NaiveDate;
use garde::Validate;
use serde::Deserialize;
use unicode_normalization::UnicodeNormalization;
use utoipa::ToSchema;
use uuid::Uuid;

use super::words::{VictimCertificate, VictimSex};
use crate::problem::{FieldError, Problem, Result};
use crate::text::{era, my_number};

/// The items of art. 90-3(2) that a person may write.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
pub struct VictimItems {
    #[garde(length(chars, min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    #[garde(length(chars, max = 100))]
    #[schema(max_length = 100)]
    #[serde(default)]
    pub name_kana: String,
    /// As it is told: `昭和15年4月1日`, `1940-04-01`, `昭和15年ごろ`. What is no date is kept as words.
    #[garde(length(chars, max = 40))]
    #[schema(max_length = 40)]
    #[serde(default)]
    pub birth: String,
    #[garde(skip)]
    pub sex: Option<VictimSex>,
    /// 宛名番号
    #[garde(length(chars, max = 30))]
    #[schema(max_length = 30)]
    pub resident_no: Option<String>,
    #[garde(length(chars, max = 200))]
    #[schema(max_length = 200)]
    #[serde(default)]
    pub registered_address: String,
    #[garde(length(chars, max = 200))]
    #[schema(max_length = 200)]
    #[serde(default)]
    pub actual_residence: String,
    /// Null: 校区未定.
    #[garde(skip)]
    pub district_id: Option<Uuid>,
    /// Null: 未確認.
    #[garde(skip)]
    pub special_care: Option<bool>,
    #[garde(length(max = 30), inner(length(chars, min = 1, max = 60)))]
    #[schema(max_items = 30, min_length = 1, max_length = 60)]
    #[serde(default)]
    pub special_care_reasons: Vec<String>,
    #[garde(length(max = 10), inner(length(chars, min = 1, max = 40)))]
    #[schema(max_items = 10, min_length = 1, max_length = 40)]
    #[serde(default)]
    pub phones: Vec<String>,
    #[garde(length(chars, max = 100))]
    #[schema(max_length = 100)]
    #[serde(default)]
    pub household_label: String,
    #[garde(length(chars, max = 40))]
    #[schema(max_length = 40)]
    #[serde(default)]
    pub relationship: String,
    #[garde(skip)]
    pub certificate: VictimCertificate,
    /// 支援措置
    #[garde(skip)]
    #[serde(default)]
    pub is_protected: bool,
    /// Absent: stays as it is.
    #[garde(length(chars, max = 4000))]
    #[schema(max_length = 4000)]
    pub note: Option<String>,
}

impl VictimItems {
    /// Without blanks around, and refused where a 個人番号 stands; `at` is where the items lie in the body.
    pub fn checked(mut self, at: &str) -> Result<Self> {
        for text in [
            &mut self.name,
            &mut self.name_kana,
            &mut self.birth,
            &mut self.registered_address,
            &mut self.actual_residence,
            &mut self.household_label,
            &mut self.relationship,
        ] {
            *text = text.trim().to_owned();
        }
        self.resident_no = self
            .resident_no
            .map(|n| n.trim().to_owned())
            .filter(|n| !n.is_empty());
        self.phones = self.phones.iter().map(|p| p.trim().to_owned()).collect();
        if self.name.is_empty() {
            return Err(Problem::field(
                &format!("{at}/name"),
                "氏名を入れてください。分からないときは「不明（女性・70代くらい）」のように書いてください。",
            ));
        }
        let mut texts = vec![
            ("name", self.name.as_str()),
            ("name_kana", self.name_kana.as_str()),
            ("resident_no", self.resident_no.as_deref().unwrap_or("")),
            ("registered_address", self.registered_address.as_str()),
            ("actual_residence", self.actual_residence.as_str()),
            ("household_label", self.household_label.as_str()),
            ("note", self.note.as_deref().unwrap_or("")),
        ];
        texts.extend(self.phones.iter().map(|p| ("phones", p.as_str())));
        texts.extend(
            self.special_care_reasons
                .iter()
                .map(|r| ("special_care_reasons", r.as_str())),
        );
        refuse_my_number(at, &texts)?;
        Ok(self)
    }

    /// The date that was told, and the words when they are none.
    pub fn birth_on(&self) -> Option<NaiveDate> {
        era::parse(&self.birth).ok().map(|d| d.date)
    }
}

/// 個人番号 is never accepted, in no field (番号法 art. 19).
pub fn refuse_my_number(at: &str, texts: &[(&str, &str)]) -> Result<()> {
    let errors: Vec<FieldError> = texts
        .iter()
        .filter(|(_, text)| holds_my_number(text))
        .map(|(field, _)| {
            FieldError::new(
                format!("{at}/{field}"),
                "個人番号（マイナンバー）のような12桁の番号があります。個人番号は台帳に書けません。消してください。",
            )
        })
        .collect();
    match errors.is_empty() {
        true => Ok(()),
        false => Err(Problem::Invalid(errors)),
    }
}

/// Whether a text holds twelve digits that are a 個人番号, alone or among words.
fn holds_my_number(text: &str) -> bool {
    let plain: String = text.nfkc().collect();
    plain
        .split(|c: char| !(c.is_ascii_digit() || matches!(c, '-' | ' ')))
        .map(str::trim)
        .any(|run| run.len() >= 12 && my_number::is_value(run))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_my_number_is_found_alone_and_among_words() {
        assert!(holds_my_number("123456789018"));
        assert!(holds_my_number("番号は１２３４ ５６７８ ９０１８です"));
        assert!(!holds_my_number("123456789012"));
        assert!(!holds_my_number("06-6858-2525"));
        assert!(!holds_my_number("1234567890181"));
    }
}
