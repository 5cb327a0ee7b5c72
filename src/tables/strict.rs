//! The text of a CSV, held to the rules that a CSV reader is too kind to enforce.
//!
//! Sits between the decoder and the `csv` crate. That crate splits well but takes a quote that never
//! closes as a very long cell and any length as it comes; here each such fault is a refusal with
//! line and cell, found before memory is spent on it.

use std::collections::VecDeque;
use std::io::{self, Read};

use super::{Limits, Refusal};

/// Passes text through unchanged until the first fault, which is a `Refusal` inside the error.
pub(super) struct Strict<R> {
    input: R,
    delimiter: u8,
    cell_bytes: usize,
    line_bytes: usize,
    columns: u64,
    line: u64,
    character: u64,
    cell: u64,
    cell_length: usize,
    line_length: usize,
    state: State,
    opened_at: (u64, u64),
    last: u8,
    at_record_start: bool,
    /// Lines on which the records begin that have passed and were not asked for yet: the splitter
    /// miscounts behind CRLF and blank lines.
    starts: VecDeque<u64>,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    CellStart,
    Plain,
    Quoted,
    /// Behind a quote inside quotes: the end of the cell, or half of an escaped quote.
    QuoteSeen,
}

impl<R: Read> Strict<R> {
    pub(super) fn new(input: R, delimiter: u8, limits: &Limits) -> Self {
        Self {
            input,
            delimiter,
            cell_bytes: limits.cell_bytes,
            line_bytes: limits.line_bytes,
            columns: limits.columns as u64,
            line: 1,
            character: 1,
            cell: 1,
            cell_length: 0,
            line_length: 0,
            state: State::CellStart,
            opened_at: (1, 1),
            last: 0,
            at_record_start: true,
            starts: VecDeque::new(),
        }
    }

    /// The line of the next record, counted from 1; to be asked once for each record split off.
    pub(super) fn next_start(&mut self) -> Option<u64> {
        self.starts.pop_front()
    }

    fn see(&mut self, byte: u8) -> Result<(), Refusal> {
        self.refuse_control(byte)?;
        self.line_length += 1;
        self.cell_length += 1;
        if self.line_length > self.line_bytes {
            return Err(self.refusal(
                "line-too-long",
                format!(
                    "{}行目が長すぎます（{}KiBまで）",
                    self.line,
                    self.line_bytes / 1024
                ),
            ));
        }
        if self.cell_length > self.cell_bytes {
            let (line, cell) = if self.state == State::Quoted {
                self.opened_at
            } else {
                (self.line, self.cell)
            };
            let limit = self.cell_bytes / 1024;
            let message = format!(
                "{line}行目{cell}列目の内容が長すぎます（{limit}KiBまで）。引用符（\"）の閉じ忘れがないか確かめてください"
            );
            return Err(Refusal::new("cell-too-long", message).at(line, Some(cell)));
        }
        if self.at_record_start && !matches!(byte, b'\n' | b'\r') {
            self.at_record_start = false;
            self.starts.push_back(self.line);
        }
        self.follow(byte)?;
        if byte == b'\n' || self.last == b'\r' {
            self.line_length = usize::from(byte != b'\n');
        }
        // Count characters, not bytes: continuation bytes of UTF-8 belong to the one before.
        if byte == b'\n' || byte == b'\r' {
            if byte == b'\r' || self.last != b'\r' {
                self.line += 1;
            }
            self.character = 1;
        } else if byte & 0xC0 != 0x80 {
            self.character += 1;
        }
        self.last = byte;
        Ok(())
    }

    fn follow(&mut self, byte: u8) -> Result<(), Refusal> {
        let ends_cell = byte == self.delimiter || byte == b'\n' || byte == b'\r';
        self.state = match (self.state, byte) {
            (State::Quoted, b'"') => State::QuoteSeen,
            (State::Quoted, _) => State::Quoted,
            (State::QuoteSeen, b'"') => State::Quoted,
            (State::CellStart, b'"') => {
                self.opened_at = (self.line, self.cell);
                State::Quoted
            }
            (_, _) if ends_cell => {
                self.cell_length = 0;
                if byte == self.delimiter {
                    self.next_cell()?;
                } else {
                    self.cell = 1;
                    self.at_record_start = true;
                }
                State::CellStart
            }
            (State::QuoteSeen, _) => {
                let message = format!(
                    "{}行目{}列目（{}文字目）で、引用符（\"）を閉じた後に文字が続いています",
                    self.line, self.cell, self.character
                );
                return Err(self.refusal("text-behind-quote", message));
            }
            _ => State::Plain,
        };
        Ok(())
    }

    fn next_cell(&mut self) -> Result<(), Refusal> {
        self.cell += 1;
        if self.cell > self.columns {
            let message = format!(
                "{}行目の列が多すぎます（{}列まで）",
                self.line, self.columns
            );
            return Err(self.refusal("too-many-columns", message));
        }
        Ok(())
    }

    fn refuse_control(&self, byte: u8) -> Result<(), Refusal> {
        let is_c1 = self.last == 0xC2 && (0x80..=0x9F).contains(&byte);
        let is_c0 = byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r') || byte == 0x7F;
        if is_c0 || is_c1 {
            let message = format!(
                "{}行目{}列目（{}文字目）に制御文字（0x{byte:02X}）があります。表計算ソフトで保存し直してください",
                self.line, self.cell, self.character
            );
            return Err(self.refusal("control-character", message));
        }
        Ok(())
    }

    fn finish(&self) -> Result<(), Refusal> {
        if self.state != State::Quoted {
            return Ok(());
        }
        let (line, cell) = self.opened_at;
        let message = format!(
            "{line}行目{cell}列目の引用符（\"）が閉じられないままファイルが終わっています。ファイルが途中で切れていないか確かめてください"
        );
        Err(Refusal::new("open-quote", message).at(line, Some(cell)))
    }

    fn refusal(&self, code: &str, message: String) -> Refusal {
        Refusal::new(code, message).at(self.line, Some(self.cell))
    }
}

impl<R: Read> Read for Strict<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let n = self.input.read(out)?;
        let checked = if n == 0 && !out.is_empty() {
            self.finish()
        } else {
            out[..n].iter().try_for_each(|byte| self.see(*byte))
        };
        checked.map_err(|refusal| io::Error::new(io::ErrorKind::InvalidData, refusal))?;
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn refusal(text: &str) -> Option<(String, Option<u64>, Option<u64>)> {
        let limits = Limits {
            cell_bytes: 64,
            line_bytes: 128,
            columns: 4,
            ..Limits::default()
        };
        let mut out = String::new();
        let error = Strict::new(text.as_bytes(), b',', &limits)
            .read_to_string(&mut out)
            .err()?;
        let refusal = error
            .get_ref()
            .and_then(|e| e.downcast_ref::<Refusal>())
            .expect("a refusal");
        Some((refusal.code.clone(), refusal.line, refusal.column))
    }

    fn at(code: &str, line: u64, column: u64) -> Option<(String, Option<u64>, Option<u64>)> {
        Some((code.to_owned(), Some(line), Some(column)))
    }

    #[test]
    fn clean_text_with_quoted_newlines_and_quotes_passes() {
        assert_eq!(
            refusal("a,b\r\n\"x\r\ny\",\"say \"\"hi\"\"\"\r\n5\" pipe,z"),
            None
        );
        assert_eq!(refusal(""), None);
    }

    #[test]
    fn a_quote_that_never_closes_is_named_where_it_opened() {
        assert_eq!(refusal("a,b\r\n1,\"x\r\n2,y\r\n"), at("open-quote", 2, 2));
    }

    #[test]
    fn text_behind_a_closing_quote_is_named() {
        assert_eq!(refusal("a,b\n1,\"x\"y\n"), at("text-behind-quote", 2, 2));
    }

    #[test]
    fn control_characters_are_named() {
        assert_eq!(refusal("a,b\nあ\0,c\n"), at("control-character", 2, 1));
        assert_eq!(refusal("a\u{85},b\n"), at("control-character", 1, 1));
        assert_eq!(refusal("a,b\u{7F}\n"), at("control-character", 1, 2));
    }

    #[test]
    fn what_is_too_long_or_too_wide_is_named() {
        assert_eq!(
            refusal(&format!("a\n{}\n", "x".repeat(65))),
            at("cell-too-long", 2, 1)
        );
        let line = format!(
            "a\n{}\n",
            ["x".repeat(50), "y".repeat(50), "z".repeat(50)].join(",")
        );
        assert_eq!(refusal(&line), at("line-too-long", 2, 3));
        assert_eq!(
            refusal("a,b,c,d\n1,2,3,4\n1,2,3,4,5\n"),
            at("too-many-columns", 3, 5)
        );
        let lines = "x".repeat(60) + "\r" + &"y".repeat(60) + "\r" + &"z".repeat(60);
        assert_eq!(
            refusal(&lines),
            None,
            "old Mac line ends count as line ends"
        );
    }

    proptest! {
        #[test]
        fn whatever_a_csv_writer_makes_passes_unchanged(
            rows in prop::collection::vec(prop::collection::vec("[a-zあ-ん\",\n ]{0,6}", 3), 0..6),
        ) {
            let mut writer = csv::Writer::from_writer(Vec::new());
            for row in &rows {
                writer.write_record(row).expect("memory");
            }
            let bytes = writer.into_inner().expect("memory");
            let mut out = Vec::new();
            Strict::new(bytes.as_slice(), b',', &Limits::default())
                .read_to_end(&mut out)
                .expect("clean");
            prop_assert_eq!(out, bytes);
        }
    }
}
