//! Japanese telephone numbers: one key for every way of writing a number, or a complaint.
//!
//! The number as given is kept beside the key. Plausible means the length and the prefix fit the
//! national numbering plan (電気通信番号計画); nobody is called to find out.

use unicode_normalization::UnicodeNormalization;

/// A number that can be dialled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phone {
    /// Digits with the leading 0 for numbers in Japan, `+` and digits for others.
    pub key: String,
    /// 内線番号, digits.
    pub extension: Option<String>,
    /// A spreadsheet had eaten the leading zero and it was put back.
    pub zero_restored: bool,
    pub kind: Kind,
}

/// What the prefix says about the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Can receive short messages.
    Mobile,
    Landline,
    /// 050
    Internet,
    /// 0120, 0800
    TollFree,
    /// 0570
    Navi,
    /// Outside Japan.
    Abroad,
}

/// Why a text is not one number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PhoneError {
    #[error("電話番号がありません")]
    Empty,
    #[error("電話番号に使えない文字「{0}」があります")]
    Character(char),
    #[error("電話番号が2つ以上あります。1つの欄に1つだけ書いてください")]
    Several,
    #[error("市外局番がありません。市外局番から書いてください（例: 06-6858-1111）")]
    NoAreaCode,
    #[error("電話番号の桁数が合いません（{digits}桁）")]
    Length { digits: usize },
    #[error("実在しない電話番号のようです")]
    Implausible,
}

/// Reads one number. Any dashes, brackets, blanks, full-width digits, `+81`, `tel:` and 内線 are
/// understood; two numbers in one cell are refused.
pub fn parse(text: &str) -> Result<Phone, PhoneError> {
    let plain: String = text.nfkc().collect::<String>().trim().to_lowercase();
    let plain = ["tel:", "tel", "電話:", "電話"]
        .iter()
        .find_map(|prefix| plain.strip_prefix(prefix))
        .unwrap_or(&plain)
        .trim_start();
    let (number, extension) = split_extension(plain);
    if number.is_empty() {
        return Err(PhoneError::Empty);
    }
    let abroad = number.starts_with('+');
    let mut digits = String::new();
    for (at, c) in number.char_indices() {
        match c {
            '0'..='9' => digits.push(c),
            '+' if at == 0 => {}
            '/' | ',' | ';' | '、' | '・' | '\n' => return Err(PhoneError::Several),
            c if c.is_whitespace() || is_joint(c) => {}
            c => return Err(PhoneError::Character(c)),
        }
    }
    if digits.len() > 15 {
        return Err(PhoneError::Several);
    }
    let (digits, abroad) = national(digits, abroad);
    if abroad {
        let plausible = (8..=15).contains(&digits.len());
        return if plausible {
            let key = format!("+{digits}");
            Ok(Phone {
                key,
                extension,
                zero_restored: false,
                kind: Kind::Abroad,
            })
        } else {
            Err(PhoneError::Length {
                digits: digits.len(),
            })
        };
    }
    let (key, zero_restored) = with_leading_zero(digits)?;
    let kind = kind_of(&key)?;
    Ok(Phone {
        key,
        extension,
        zero_restored,
        kind,
    })
}

fn split_extension(text: &str) -> (&str, Option<String>) {
    for mark in ["内線", "ext.", "ext", "#"] {
        if let Some((number, extension)) = text.split_once(mark) {
            let digits: String = extension.chars().filter(char::is_ascii_digit).collect();
            let number = number.trim_end_matches([' ', '(', '、', ',']);
            return (number, Some(digits).filter(|digits| !digits.is_empty()));
        }
    }
    (text, None)
}

fn is_joint(c: char) -> bool {
    matches!(
        c,
        '-' | '(' | ')' | '.' | 'ー' | '−' | '─' | '━' | '~' | '〜' | 'の' | '\u{2010}'
            ..='\u{2015}'
    )
}

/// `+81 (0)6 …`, `0081 6 …` and `010 81 6 …` as the number one dials in Japan.
fn national(digits: String, abroad: bool) -> (String, bool) {
    let after_code = if abroad {
        digits.strip_prefix("81")
    } else {
        ["01081", "0081"]
            .iter()
            .find_map(|prefix| digits.strip_prefix(prefix))
    };
    match after_code {
        Some(rest) if rest.starts_with('0') => (rest.to_owned(), false),
        Some(rest) => (format!("0{rest}"), false),
        None => (digits, abroad),
    }
}

/// Spreadsheets turn 09012345678 into 9012345678 and 0668581111 into 668581111.
fn with_leading_zero(digits: String) -> Result<(String, bool), PhoneError> {
    if digits.starts_with('0') {
        return Ok((digits, false));
    }
    match digits.len() {
        0 => Err(PhoneError::Empty),
        6..=8 => Err(PhoneError::NoAreaCode),
        9 => Ok((format!("0{digits}"), true)),
        10 if digits.starts_with(['5', '6', '7', '8', '9']) && digits[1..].starts_with('0') => {
            Ok((format!("0{digits}"), true))
        }
        digits => Err(PhoneError::Length { digits }),
    }
}

fn kind_of(key: &str) -> Result<Kind, PhoneError> {
    let (kind, length) = match key.as_bytes() {
        [b'0', b'8', b'0', b'0', ..] => (Kind::TollFree, 11),
        [b'0', b'2', b'0', ..] => return Err(PhoneError::Implausible),
        [b'0', b'6'..=b'9', b'0', ..] => (Kind::Mobile, 11),
        [b'0', b'5', b'0', ..] => (Kind::Internet, 11),
        [b'0', b'1', b'2', b'0', ..] => (Kind::TollFree, 10),
        [b'0', b'5', b'7', b'0', ..] => (Kind::Navi, 10),
        [b'0', b'1'..=b'9', ..] => (Kind::Landline, 10),
        _ => return Err(PhoneError::Implausible),
    };
    if key.len() != length {
        return Err(PhoneError::Length { digits: key.len() });
    }
    let subscriber = &key.as_bytes()[key.len() - 7..];
    let invented = subscriber.iter().all(|digit| *digit == subscriber[0]);
    if invented {
        Err(PhoneError::Implausible)
    } else {
        Ok(kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key(text: &str) -> Result<String, PhoneError> {
        parse(text).map(|phone| phone.key)
    }

    #[test]
    fn one_number_written_in_many_ways_has_one_key() {
        for text in [
            "06-6858-1111",
            "06(6858)1111",
            "（06）6858-1111",
            "０６－６８５８－１１１１",
            "0668581111",
            "06 6858 1111",
            "06ー6858ー1111",
            "06−6858‐1111",
            "+81-6-6858-1111",
            "+81 (0)6 6858 1111",
            "TEL:06-6858-1111",
            "668581111",
            "06の6858の1111",
            "0081668581111",
        ] {
            assert_eq!(key(text), Ok("0668581111".into()), "{text}");
        }
    }

    #[test]
    fn the_kind_of_line_is_known_by_its_prefix() {
        for (text, kind) in [
            ("090-1234-5678", Kind::Mobile),
            ("080-1123-4567", Kind::Mobile),
            ("060-1234-5678", Kind::Mobile),
            ("0767-57-5018", Kind::Landline),
            ("050-1234-5678", Kind::Internet),
            ("0120-123-456", Kind::TollFree),
            ("0800-123-4567", Kind::TollFree),
            ("0570-012-345", Kind::Navi),
            ("+1 212 555 0123", Kind::Abroad),
        ] {
            assert_eq!(parse(text).map(|phone| phone.kind), Ok(kind), "{text}");
        }
    }

    #[test]
    fn a_zero_that_a_spreadsheet_ate_is_put_back_and_told() {
        let phone = parse("9012345678").expect("a mobile number");
        assert_eq!(
            (phone.key.as_str(), phone.zero_restored),
            ("09012345678", true)
        );
        assert!(
            !parse("090-1234-5678")
                .expect("a mobile number")
                .zero_restored
        );
    }

    #[test]
    fn an_extension_is_kept_apart() {
        let phone = parse("06-6858-1111（内線2345）").expect("a number with extension");
        assert_eq!(
            (phone.key.as_str(), phone.extension.as_deref()),
            ("0668581111", Some("2345"))
        );
    }

    #[test]
    fn what_cannot_be_dialled_is_a_complaint() {
        assert_eq!(key(""), Err(PhoneError::Empty));
        assert_eq!(key("6858-1111"), Err(PhoneError::NoAreaCode));
        assert_eq!(key("06-6858-111"), Err(PhoneError::Length { digits: 9 }));
        assert_eq!(key("090-1234-567"), Err(PhoneError::Length { digits: 10 }));
        assert_eq!(key("06-6858-1111/090-1234-5678"), Err(PhoneError::Several));
        assert_eq!(key("06-6858-1111 090-1234-5678"), Err(PhoneError::Several));
        assert_eq!(key("なし"), Err(PhoneError::Character('な')));
        assert_eq!(key("000-0000-0000"), Err(PhoneError::Implausible));
        assert_eq!(key("090-0000-0000"), Err(PhoneError::Implausible));
    }

    proptest! {
        #[test]
        fn a_key_is_its_own_key(text in "[0-9０-９()（） -ー－]{0,16}") {
            if let Ok(phone) = parse(&text) {
                prop_assert_eq!(key(&phone.key), Ok(phone.key));
            }
        }

        #[test]
        fn no_text_makes_the_parser_panic(text in "\\PC{0,30}") {
            let _ = parse(&text);
        }

        #[test]
        fn dashes_anywhere_change_nothing(tail in "[1-8][0-9]{6}", at in 1usize..9) {
            let number = format!("066{tail}");
            let mut dashed = number.clone();
            dashed.insert(at, '-');
            prop_assert_eq!(key(&dashed), key(&number));
        }
    }
}
