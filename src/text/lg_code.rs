//! 全国地方公共団体コード: six digits, the last a check digit (総務省), kept as text.
//!
//! Spreadsheets drop the leading zero of prefectures 01–09 and older files leave the check digit
//! out; both are repaired when only one reading is possible.

use std::fmt;

use unicode_normalization::UnicodeNormalization;

/// A code of six digits whose check digit is right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LgCode([u8; 6]);

/// Why a text is not a municipality's or prefecture's code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LgCodeError {
    #[error("全国地方公共団体コードは5桁または6桁の数字です（例: 272035）")]
    NotACode,
    #[error("全国地方公共団体コード {given} の検査数字が合いません（{expected} ではありませんか）")]
    CheckDigit { given: String, expected: LgCode },
    #[error("都道府県番号は01から47までです")]
    Prefecture,
    #[error("{given} は {first} とも {second} とも読めます。6桁で書いてください")]
    Ambiguous {
        given: String,
        first: LgCode,
        second: LgCode,
    },
}

impl LgCode {
    /// Reads six digits, five without check digit, or either with its leading zero lost (also as
    /// `92011.0`, as spreadsheets write it).
    pub fn parse(text: &str) -> Result<Self, LgCodeError> {
        let plain: String = text.nfkc().filter(|c| !c.is_whitespace()).collect();
        let plain = plain.strip_suffix(".0").unwrap_or(&plain);
        if !plain.bytes().all(|b| b.is_ascii_digit()) {
            return Err(LgCodeError::NotACode);
        }
        match plain.len() {
            6 => Self::checked(plain),
            5 => {
                let short = Self::from_five(plain);
                match (short, Self::checked(&format!("0{plain}")).ok()) {
                    (Ok(first), Some(second)) => Err(LgCodeError::Ambiguous {
                        given: plain.to_owned(),
                        first,
                        second,
                    }),
                    (Err(_), Some(code)) => Ok(code),
                    (short, None) => short,
                }
            }
            4 => Self::from_five(&format!("0{plain}")),
            _ => Err(LgCodeError::NotACode),
        }
    }

    /// The code without its check digit, as JIS X 0402 and 国土数値情報 use it.
    pub fn five_digits(self) -> String {
        self.0[..5]
            .iter()
            .map(|digit| char::from(b'0' + digit))
            .collect()
    }

    /// Five digits that are known to come without their check digit.
    pub(super) fn from_five(five: &str) -> Result<Self, LgCodeError> {
        let mut digits = [0; 6];
        for (digit, byte) in digits.iter_mut().zip(five.bytes()) {
            *digit = byte - b'0';
        }
        digits[5] = check_digit(&digits);
        if !(1..=47).contains(&(digits[0] * 10 + digits[1])) {
            return Err(LgCodeError::Prefecture);
        }
        Ok(Self(digits))
    }

    fn checked(six: &str) -> Result<Self, LgCodeError> {
        let code = Self::from_five(&six[..5])?;
        if code.to_string() == six {
            Ok(code)
        } else {
            Err(LgCodeError::CheckDigit {
                given: six.to_owned(),
                expected: code,
            })
        }
    }
}

impl fmt::Display for LgCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|digit| write!(f, "{digit}"))
    }
}

fn check_digit(digits: &[u8; 6]) -> u8 {
    let sum: u8 = digits[..5]
        .iter()
        .zip([6, 5, 4, 3, 2])
        .map(|(digit, weight)| digit * weight)
        .sum();
    (11 - sum % 11) % 10
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn code(text: &str) -> Result<String, LgCodeError> {
        LgCode::parse(text).map(|code| code.to_string())
    }

    #[test]
    fn codes_of_real_cities_are_accepted_and_completed() {
        for (given, full) in [
            ("272035", "272035"),
            ("27203", "272035"),
            ("２７２０３５", "272035"),
            ("27203.0", "272035"),
            ("011002", "011002"),
            ("1100", "011002"),
            ("092011", "092011"),
            ("92011", "092011"),
            ("131016", "131016"),
            ("13101", "131016"),
        ] {
            assert_eq!(code(given), Ok(full.to_owned()), "{given}");
        }
        assert_eq!(
            LgCode::parse("272035").map(LgCode::five_digits),
            Ok("27203".to_owned())
        );
    }

    #[test]
    fn a_wrong_check_digit_is_named_with_the_right_one() {
        let error = code("272034").expect_err("wrong digit");
        assert_eq!(
            error.to_string(),
            "全国地方公共団体コード 272034 の検査数字が合いません（272035 ではありませんか）"
        );
        assert_eq!(code("482034"), Err(LgCodeError::Prefecture));
        for text in ["", "2720", "2720355", "27203X", "豊中市"] {
            assert!(code(text).is_err() || text == "2720", "{text}");
        }
    }

    #[test]
    fn five_digits_that_can_be_read_twice_are_asked_about() {
        let twice = (10_000..48_000)
            .map(|n: u32| n.to_string())
            .find(|five| matches!(LgCode::parse(five), Err(LgCodeError::Ambiguous { .. })));
        assert!(twice.is_some());
    }

    proptest! {
        #[test]
        fn one_wrong_digit_is_noticed_or_is_the_known_blind_spot(
            prefecture in 1u32..=47, rest in 0u32..1000, at in 2usize..5, other in 0u8..10,
        ) {
            let full = code(&format!("{prefecture:02}{rest:03}")).or_else(|e| match e {
                LgCodeError::Ambiguous { first, .. } => Ok(first.to_string()),
                e => Err(e),
            }).expect("five digits make a code");
            prop_assert_eq!(code(&full), Ok(full.clone()));
            let mut wrong = full.clone().into_bytes();
            wrong[at] = b'0' + other;
            let wrong = String::from_utf8(wrong).expect("digits");
            // Remainders 1 and 0 share no digit, but 10 and 0 both end in 1 or 0: mod-11 on one digit.
            let blind = full.ends_with(['0', '1']);
            prop_assert!(wrong == full || blind || code(&wrong).is_err());
        }

        #[test]
        fn any_text_is_a_code_or_an_error(text in "\\PC{0,8}") {
            let _ = code(&text);
        }
    }

    #[test]
    fn every_code_of_the_national_list_has_the_right_check_digit() {
        let Some(folder) = crate::text::test_data() else {
            return;
        };
        let list = std::fs::read_to_string(folder.join("gsi-shelters/code-to-city.json"))
            .expect("the national list");
        let list: serde_json::Value = serde_json::from_str(&list).expect("JSON");
        let prefectures = list.as_object().expect("prefectures by number");
        let cities = prefectures
            .values()
            .filter_map(|one| one["cities"].as_object());
        let codes: Vec<&str> = cities
            .flat_map(|all| all.values())
            .filter_map(|city| city["code"].as_str())
            .collect();
        assert!(codes.len() > 1700, "{}", codes.len());
        for given in codes {
            assert_eq!(code(given), Ok(given.to_owned()));
        }
    }
}
