//! Cells that a spreadsheet would run instead of show (CSV injection).
//!
//! On export every such cell gets a leading apostrophe; on import exactly that apostrophe goes
//! away again, so a list that was taken out and brought back is unchanged.

use std::borrow::Cow;

/// The cell as it may be written into a CSV or XLSX for staff. A plain number stays a number.
pub fn neutralise(cell: &str) -> Cow<'_, str> {
    if is_armed(cell.trim_start_matches('\'')) && !is_number(cell) {
        Cow::Owned(format!("'{cell}"))
    } else {
        Cow::Borrowed(cell)
    }
}

/// The cell without the apostrophe that `neutralise` put there.
pub fn restore(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if is_armed(rest.trim_start_matches('\'')) && !is_number(rest) => rest,
        _ => cell,
    }
}

/// Whether an imported cell holds a formula rather than text: to be flagged, never run.
/// A lone "-" (none), a signed number and "+81 6 …" are ordinary text.
pub fn is_formula(cell: &str) -> bool {
    let mut rest = cell.trim_start().chars();
    match rest.next() {
        Some('=' | '＝') => rest.next().is_some(),
        Some('+' | '-' | '@' | '＋' | '－' | '＠') => {
            let rest = rest.as_str();
            rest.starts_with(|c: char| c.is_ascii_alphabetic()) && rest.contains('(')
        }
        _ => false,
    }
}

/// Begins with what Excel, LibreOffice or Google take as the start of a formula. Blanks before it do
/// not protect: some of them trim.
fn is_armed(cell: &str) -> bool {
    let first_is = |c: char| matches!(c, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠');
    cell.starts_with(['\t', '\r', '\n']) || cell.trim_start().starts_with(first_is)
}

fn is_number(cell: &str) -> bool {
    let digits = cell.strip_prefix('-').unwrap_or(cell);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    [whole, fraction]
        .iter()
        .all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn whatever_would_run_gets_an_apostrophe() {
        for cell in [
            "=1+1",
            "+cmd|' /C calc'!A0",
            "-2+3",
            "@SUM(A1)",
            "\t=1",
            "\r=1",
            "＝HYPERLINK(1)",
            "＠x",
            " =1",
            "+819012345678",
            "-",
        ] {
            assert_eq!(neutralise(cell), format!("'{cell}"), "{cell:?}");
        }
    }

    #[test]
    fn names_numbers_and_dates_stay_as_they_are() {
        for cell in [
            "豊中 太郎",
            "-12.5",
            "34.78",
            "0668581111",
            "2024-01-05",
            "'70年代",
            "",
        ] {
            assert_eq!(neutralise(cell), cell);
        }
    }

    #[test]
    fn an_imported_formula_is_recognised_and_a_dash_is_not() {
        assert!(is_formula("=HYPERLINK(\"http://example.jp\")"));
        assert!(is_formula("@SUM(A1:A2)"));
        for cell in ["-", "－", "+81 6 6858 1111", "-1", "=", "山田=太郎"] {
            assert!(!is_formula(cell), "{cell}");
        }
    }

    proptest! {
        #[test]
        fn export_and_import_leave_any_cell_unchanged(cell in "['=+@＝ \t0-9.-]{0,6}\\PC{0,6}") {
            let exported = neutralise(&cell).into_owned();
            prop_assert_eq!(restore(&exported), cell.as_str());
            prop_assert!(!is_formula(&exported));
        }
    }
}
