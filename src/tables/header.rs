//! Finding the row of headings: below title lines, above the data.

use super::{Refusal, Row};

/// How many filled rows are looked at.
pub(super) const LOOKED_AT: usize = 20;

/// The position of the headings among the first rows of a table.
///
/// Headings are the first row that fills most of the table's width and holds no number other than
/// a year. Title lines above are narrower; data rows hold numbers.
pub(super) fn find(rows: &[Row]) -> Result<usize, Refusal> {
    let width = rows.iter().map(filled).max().unwrap_or(0);
    let is_heading = |row: &Row| {
        filled(row) * 10 >= width * 6 && !row.cells.iter().any(|cell| is_quantity(cell))
    };
    rows.iter().position(is_heading).ok_or_else(|| {
        Refusal::new(
            "no-header",
            "見出し行が見つかりません。1行目に列の名前（名称、住所など）を書いてください",
        )
        .at(rows.first().map_or(1, |row| row.line), None)
    })
}

/// A heading as the importers match it: `#property` → `property`.
pub(super) fn clean(heading: &str) -> String {
    heading.trim().trim_start_matches('#').trim().to_owned()
}

/// Whether a row below the headings is the hashtag row of HXL (`#loc+name`, `#geo+lat`, …).
pub(super) fn is_hashtag_row(row: &Row) -> bool {
    filled(row) >= 2
        && row
            .cells
            .iter()
            .all(|cell| cell.trim().is_empty() || cell.trim().starts_with('#'))
}

fn filled(row: &Row) -> usize {
    row.cells
        .iter()
        .filter(|cell| !cell.trim().is_empty())
        .count()
}

/// A number that is not a year standing as a heading (人口 2020, 2021 …).
fn is_quantity(cell: &str) -> bool {
    let cell = cell.trim();
    match cell.parse::<f64>() {
        Ok(number) => {
            number.is_finite() && !(cell.len() == 4 && (1868.0..2200.0).contains(&number))
        }
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(lines: &[&str]) -> Vec<Row> {
        let cells = lines
            .iter()
            .map(|line| line.split(',').map(str::to_owned).collect());
        cells
            .zip(1..)
            .map(|(cells, line)| Row {
                line,
                cells,
                ..Row::default()
            })
            .collect()
    }

    #[test]
    fn title_lines_are_passed_over() {
        let table = rows(&[
            "避難所一覧,,,",
            "豊中市,,令和6年1月9日現在,",
            "名称,住所,緯度,経度",
            "第一小学校,曽根,34.77,135.46",
        ]);
        assert_eq!(find(&table), Ok(2));
    }

    #[test]
    fn a_table_without_headings_is_refused() {
        let table = rows(&["1,第一小学校,34.77,135.46", "2,第二小学校,34.78,135.47"]);
        assert_eq!(
            find(&table).map_err(|refusal| refusal.code),
            Err("no-header".to_owned())
        );
    }

    #[test]
    fn years_may_stand_as_headings_and_one_column_is_a_table() {
        assert_eq!(find(&rows(&["校区,2020,2021", "桜井谷,100,101"])), Ok(0));
        assert_eq!(find(&rows(&["住所", "曽根東町1-1"])), Ok(0));
    }

    #[test]
    fn the_sign_before_the_first_heading_goes_away() {
        assert_eq!(clean(" #property"), "property");
        assert!(is_hashtag_row(&rows(&["#loc+name,#geo+lat,"])[0]));
        assert!(!is_hashtag_row(&rows(&["#1,曽根"])[0]));
    }
}
