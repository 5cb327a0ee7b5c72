//! 個人番号 (My Number) must never enter: recognising it by column name and by content.
//!
//! 番号法 forbids us to keep it. A column is refused by its name, or when it holds at least five
//! values of which nine in ten are twelve digits with the right check digit (番号法施行令 and 総務省令
//! 85号, 5条); a lone hit is only flagged, since one number in eleven fits by chance.

use unicode_normalization::UnicodeNormalization;

/// Whether twelve digits are a 個人番号: the last is the check digit of the others.
pub fn is_valid(digits: &[u8; 12]) -> bool {
    let sum: u32 = digits[..11]
        .iter()
        .rev()
        .zip([2, 3, 4, 5, 6, 7, 2, 3, 4, 5, 6])
        .map(|(digit, weight)| u32::from(*digit) * weight)
        .sum();
    let expected = match sum % 11 {
        0 | 1 => 0,
        remainder => 11 - remainder,
    };
    u32::from(digits[11]) == expected
}

/// Whether a column's heading says that it holds 個人番号. カードの有無, 交付日 and the like are not it.
pub fn names_column(heading: &str) -> bool {
    let plain: String = heading
        .nfkc()
        .flat_map(char::to_lowercase)
        .filter(|c| c.is_alphanumeric())
        .collect();
    let about_the_card = plain.contains("カード") || plain.contains("card");
    let names = [
        "個人番号",
        "個人no",
        "個人ナンバー",
        "個人ナンバ",
        "マイナンバー",
        "マイナンバ",
        "まいなんばー",
        "mynumber",
        "kojinbango",
        "kojinno",
        "individualnumber",
        "社会保障税番号",
    ];
    !about_the_card && names.iter().any(|name| plain.contains(name))
}

/// Whether a cell is, apart from dashes and blanks, exactly one valid 個人番号.
pub fn is_value(cell: &str) -> bool {
    let mut digits = [0; 12];
    let mut count = 0;
    for c in cell.nfkc() {
        match c {
            '0'..='9' if count < 12 => {
                digits[count] = c as u8 - b'0';
                count += 1;
            }
            c if c.is_whitespace() => {}
            '-' | 'ー' | '−' | '\u{2010}'..='\u{2015}' | '.' => {}
            _ => return false,
        }
    }
    count == 12 && is_valid(&digits)
}

/// Watches one column while its rows stream by.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct ColumnWatch {
    filled: u64,
    hits: u64,
    first_hit_line: Option<u64>,
}

/// What a column turned out to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Clean,
    /// Some values look like it, too few to be sure: show them to a human.
    LoneHits {
        hits: u64,
        first_line: u64,
    },
    /// The import must stop.
    MyNumbers {
        first_line: u64,
    },
}

impl ColumnWatch {
    /// Takes the cell of one row; empty cells do not count.
    pub fn see(&mut self, line: u64, cell: &str) {
        if cell.trim().is_empty() {
            return;
        }
        self.filled += 1;
        if is_value(cell) {
            self.hits += 1;
            self.first_hit_line.get_or_insert(line);
        }
    }

    pub fn verdict(&self) -> Verdict {
        match self.first_hit_line {
            None => Verdict::Clean,
            Some(first_line) if self.filled >= 5 && self.hits * 10 >= self.filled * 9 => {
                Verdict::MyNumbers { first_line }
            }
            Some(first_line) => Verdict::LoneHits {
                hits: self.hits,
                first_line,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A number made from eleven digits, as the rule in 総務省令85号5条 is written: Pn is the n-th digit
    /// from the right, Qn is n + 1 up to the sixth and n - 5 from the seventh.
    fn number(eleven: &[u8]) -> String {
        let mut sum = 0;
        for n in 1..=11u32 {
            let p = u32::from(eleven[11 - n as usize]);
            sum += p * if n <= 6 { n + 1 } else { n - 5 };
        }
        let check = if sum % 11 <= 1 { 0 } else { 11 - sum % 11 };
        eleven
            .iter()
            .map(ToString::to_string)
            .chain([check.to_string()])
            .collect()
    }

    #[test]
    fn headings_that_name_it_are_recognised_in_any_spelling() {
        for heading in [
            "個人番号",
            "個人 番号",
            "個人番号（12桁）",
            "マイナンバー",
            "ﾏｲﾅﾝﾊﾞｰ",
            "個人No",
            "個人Ｎｏ．",
            "個人№",
            "My Number",
            "MY_NUMBER",
            "my-number",
            "世帯主個人番号",
            "まいなんばー",
        ] {
            assert!(names_column(heading), "{heading}");
        }
        for heading in [
            "宛名番号",
            "個人コード",
            "マイナンバーカードの有無",
            "番号",
            "電話番号",
            "整理番号",
            "",
        ] {
            assert!(!names_column(heading), "{heading}");
        }
    }

    #[test]
    fn a_column_full_of_them_is_refused_and_a_lone_one_is_flagged() {
        let mut column = ColumnWatch::default();
        for line in 2..7u8 {
            column.see(line.into(), &number(&[line; 11]));
        }
        assert_eq!(column.verdict(), Verdict::MyNumbers { first_line: 2 });

        let mut column = ColumnWatch::default();
        for line in 2..40 {
            column.see(line, if line == 9 { "" } else { "06-6858-1111" });
        }
        assert_eq!(column.verdict(), Verdict::Clean);
        column.see(40, &number(&[1; 11]));
        assert_eq!(
            column.verdict(),
            Verdict::LoneHits {
                hits: 1,
                first_line: 40
            }
        );
    }

    #[test]
    fn four_values_are_too_few_to_refuse_and_five_are_enough() {
        let mut column = ColumnWatch::default();
        for line in 1..=4u8 {
            column.see(line.into(), &number(&[line; 11]));
        }
        assert!(matches!(
            column.verdict(),
            Verdict::LoneHits { hits: 4, .. }
        ));
        column.see(5, &number(&[5; 11]));
        assert!(matches!(column.verdict(), Verdict::MyNumbers { .. }));
    }

    proptest! {
        #[test]
        fn a_made_number_is_valid_with_separators_and_any_other_check_digit_is_not(
            eleven in prop::collection::vec(0u8..10, 11), other in 0u8..10,
        ) {
            let made = number(&eleven);
            let spaced = format!("{}-{} {}", &made[..4], &made[4..8], &made[8..]);
            prop_assert!(is_value(&made) && is_value(&spaced));
            let wrong = format!("{}{other}", &made[..11]);
            prop_assert_eq!(is_value(&wrong), wrong == made);
            prop_assert!(!is_value(&made[1..]));
            let longer = format!("{made}0");
            prop_assert!(!is_value(&longer));
        }

        #[test]
        fn any_text_can_be_watched(cells in prop::collection::vec("\\PC{0,14}", 0..20)) {
            let mut column = ColumnWatch::default();
            for (line, cell) in cells.iter().enumerate() {
                let _ = names_column(cell);
                column.see(line as u64, cell);
            }
            let refused = matches!(column.verdict(), Verdict::MyNumbers { .. });
            prop_assert!(!refused);
        }
    }
}
