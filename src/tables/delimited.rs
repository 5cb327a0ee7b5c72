//! CSV and its relatives with tabs or semicolons, in any encoding of `text::encoding`.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use super::strict::Strict;
use super::{Format, Header, Limits, Message, Refusal, Row, Say, Stop, header};
use crate::text::encoding::{Encoding, Utf8Reader};
use crate::text::formula;

/// Streams a file whose encoding is known.
pub(super) fn read(
    path: &Path,
    encoding: Encoding,
    limits: &Limits,
    say: &mut Say<'_>,
) -> Result<u64, Stop> {
    let delimiter = delimiter_of(path, encoding)?;
    let text = Utf8Reader::new(File::open(path)?, encoding);
    let strict = Strict::new(BufReader::with_capacity(64 * 1024, text), delimiter, limits);
    let mut rows = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(strict);
    let mut first = Vec::new();
    let mut record = csv::StringRecord::new();
    while first.len() < header::LOOKED_AT {
        match next(&mut rows, &mut record)? {
            Some(row) => first.push(row),
            None => break,
        }
    }
    if first.is_empty() {
        return Err(Refusal::new("empty", "ファイルに行がありません").into());
    }
    let heading = header::find(&first)?;
    let titles = first[..heading]
        .iter()
        .map(|row| row.cells.concat())
        .collect();
    say(Message::Header(Header {
        format: Format::Csv,
        encoding: Some(encoding),
        delimiter: Some(char::from(delimiter)),
        columns: first[heading]
            .cells
            .iter()
            .map(|cell| header::clean(cell))
            .collect(),
        line: first[heading].line,
        titles,
        sheet: None,
        sheets: Vec::new(),
    }))?;
    let mut records = 0;
    for row in first.drain(..).skip(heading + 1) {
        if records > 0 || !header::is_hashtag_row(&row) {
            records += 1;
            say(Message::Row(row))?;
        }
    }
    while let Some(row) = next(&mut rows, &mut record)? {
        records += 1;
        say(Message::Row(row))?;
    }
    Ok(records)
}

/// The next row that is not blank.
fn next<R: Read>(
    rows: &mut csv::Reader<Strict<R>>,
    record: &mut csv::StringRecord,
) -> Result<Option<Row>, Stop> {
    while rows.read_record(record).map_err(stop)? {
        let line = rows.get_mut().next_start().unwrap_or(0);
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        let cells: Vec<String> = record
            .iter()
            .map(|cell| formula::restore(cell).to_owned())
            .collect();
        let formulas = (0..cells.len())
            .filter(|at| formula::is_formula(&record[*at]))
            .collect();
        return Ok(Some(Row {
            line,
            cells,
            formulas,
            errors: Vec::new(),
        }));
    }
    Ok(None)
}

fn stop(error: csv::Error) -> Stop {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error.into(),
        // The text is valid UTF-8 and rows may differ in length: nothing else can go wrong.
        kind => Refusal::new("csv", format!("CSVとして読めません（{kind:?}）")).into(),
    }
}

/// The separator that splits the first lines most evenly; a comma when none does.
fn delimiter_of(path: &Path, encoding: Encoding) -> Result<u8, Stop> {
    let mut head = String::new();
    let text = Utf8Reader::new(BufReader::new(File::open(path)?), encoding);
    // A character cut at the end of the sample is no fault of the file: it is read again later.
    let mut bytes = Vec::new();
    text.take(64 * 1024).read_to_end(&mut bytes)?;
    head.push_str(&String::from_utf8_lossy(&bytes));
    let candidates = [b',', b'\t', b';'];
    let best = candidates
        .into_iter()
        .rev()
        .max_by_key(|candidate| evenness(&head, *candidate));
    Ok(best
        .filter(|candidate| evenness(&head, *candidate) > 0)
        .unwrap_or(b','))
}

/// How many of the first lines hold the same, non-zero number of this separator outside quotes.
fn evenness(text: &str, delimiter: u8) -> usize {
    let mut counts: Vec<usize> = Vec::new();
    let (mut count, mut quoted) = (0, false);
    for byte in text.bytes() {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' if !quoted => {
                counts.push(count);
                count = 0;
                if counts.len() == header::LOOKED_AT {
                    break;
                }
            }
            byte if byte == delimiter && !quoted => count += 1,
            _ => {}
        }
    }
    counts.push(count);
    let same = |count: &usize| counts.iter().filter(|other| *other == count).count();
    counts
        .iter()
        .filter(|count| **count > 0)
        .map(same)
        .max()
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_separator_is_the_one_that_splits_evenly() {
        assert!(
            evenness("a;b;c\n1,5;2;3\n4;5,1;6\n", b';')
                > evenness("a;b;c\n1,5;2;3\n4;5,1;6\n", b',')
        );
        assert_eq!(evenness("住所\n曽根\n", b','), 0);
        assert_eq!(evenness("a,b\n\"x,\ny\",z\n", b','), 2);
    }
}
