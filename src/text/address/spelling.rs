//! A text beside its plain form, character for character, so that parts found in the plain form can
//! be given back as they were written.

/// Full-width letters, digits and dashes count as their ASCII twins; everything else as itself.
pub(super) struct Spelling {
    original: Vec<char>,
    plain: Vec<char>,
}

impl Spelling {
    pub(super) fn new(text: &str) -> Self {
        let original: Vec<char> = text.chars().collect();
        let mut plain: Vec<char> = original.iter().map(|c| plain_of(*c)).collect();
        for at in 1..plain.len().saturating_sub(1) {
            // ー, の and ノ between digits are dashes: 1ー2, 1の2.
            let between_digits = plain[at - 1].is_ascii_digit() && plain[at + 1].is_ascii_digit();
            if between_digits && matches!(plain[at], 'ー' | 'の' | 'ノ' | '~') {
                plain[at] = '-';
            }
        }
        Self { original, plain }
    }

    pub(super) fn len(&self) -> usize {
        self.plain.len()
    }

    pub(super) fn at(&self, at: usize) -> Option<char> {
        self.plain.get(at).copied()
    }

    /// The part as written, without blanks around it.
    pub(super) fn text(&self, start: usize, end: usize) -> String {
        let part: String = self.original[start..end.max(start)].iter().collect();
        part.trim().to_owned()
    }

    pub(super) fn plain(&self, start: usize, end: usize) -> String {
        self.plain[start..end.max(start)].iter().collect()
    }

    pub(super) fn starts_with(&self, at: usize, word: &str) -> bool {
        word.chars()
            .enumerate()
            .all(|(offset, c)| self.at(at + offset) == Some(c))
    }

    /// Behind the first of the words that stands here; here when none does.
    pub(super) fn skip_any(&self, at: usize, words: &[&str]) -> usize {
        let found = words.iter().find(|word| self.starts_with(at, word));
        at + found.map_or(0, |word| word.chars().count())
    }

    pub(super) fn skip_blanks(&self, mut at: usize) -> usize {
        while self.is_blank(at) {
            at += 1;
        }
        at
    }

    pub(super) fn is_blank(&self, at: usize) -> bool {
        self.at(at)
            .is_some_and(|c| c.is_whitespace() || matches!(c, ',' | '、'))
    }

    pub(super) fn is_room_letter(&self, at: usize) -> bool {
        self.at(at)
            .is_some_and(|c| c.is_ascii_alphanumeric() || c == '-')
    }

    pub(super) fn digits_end(&self, mut at: usize) -> usize {
        while self.at(at).is_some_and(|c| c.is_ascii_digit()) {
            at += 1;
        }
        at
    }

    /// The end of the text without blanks at its end.
    pub(super) fn trim_end(&self, start: usize) -> usize {
        let mut end = self.len();
        while end > start && self.is_blank(end - 1) {
            end -= 1;
        }
        end
    }

    pub(super) fn strip_end(&self, start: usize, end: usize, words: &[&str]) -> usize {
        let ends_here = |word: &&&str| {
            let length = word.chars().count();
            end >= start + length && self.starts_with(end - length, word)
        };
        end - words
            .iter()
            .find(ends_here)
            .map_or(0, |word| word.chars().count())
    }
}

fn plain_of(c: char) -> char {
    match c {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(c as u32 - 0xFEE0).unwrap_or(c),
        '\u{3000}' | '\t' => ' ',
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{2500}' | '\u{2501}' | '\u{FF70}' => '-',
        c => c,
    }
}
