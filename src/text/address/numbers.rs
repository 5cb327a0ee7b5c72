//! The numbers behind a town: 丁目, block and house or lot, and where they end.

use super::Numbering;
use super::spelling::Spelling;
use super::towns::Found;

/// What stands between the town and the building.
pub(super) struct Written {
    pub(super) chome: Option<u32>,
    pub(super) numbers: Vec<String>,
    pub(super) numbering: Numbering,
    /// A fourth number: 1-2-3-405.
    pub(super) room: Option<String>,
    pub(super) end: usize,
}

/// Where the numbers begin in a text without a list of towns: at the first digit, or at a kanji
/// number that a 丁目, 番 or 号 follows (三 in 三和町 is none).
pub(super) fn begin(spelling: &Spelling, start: usize) -> usize {
    (start..spelling.len())
        .find(|at| match spelling.at(*at) {
            Some(c) if c.is_ascii_digit() => true,
            Some(c) if is_kanji_digit(c) => is_marked(spelling, *at),
            Some(c) => c.is_whitespace(),
            None => true,
        })
        .unwrap_or(spelling.len())
}

pub(super) fn read(spelling: &Spelling, start: usize, town: Option<&Found<'_>>) -> Written {
    let mut written = Written {
        chome: None,
        numbers: Vec::new(),
        numbering: Numbering::Unstated,
        room: None,
        end: start,
    };
    let mut at = spelling.skip_any(spelling.skip_blanks(start), &["-"]);
    while let Some((number, end)) = number(spelling, at) {
        let after = spelling.skip_any(end, &["丁目", "番地の", "番地", "番の", "番", "号", "-"]);
        let mark = spelling.plain(end, after);
        // 405号室, 3号棟 and 2階 belong to the building.
        let is_of_building = mark == "号"
            && spelling
                .at(after)
                .is_some_and(|c| matches!(c, '室' | '棟' | '館'))
            || spelling
                .at(after)
                .is_some_and(|c| matches!(c, '階' | 'F' | 'f' | '棟'));
        if is_of_building {
            break;
        }
        match mark.as_str() {
            "丁目" if written.chome.is_none() && written.numbers.is_empty() => {
                written.chome = number.parse().ok();
            }
            _ => written.numbers.push(number),
        }
        if mark.starts_with("番地") {
            written.numbering = Numbering::Lot;
        } else if mark == "号" {
            written.numbering = Numbering::Residence;
        }
        written.end = after;
        let joint = spelling.skip_any(after, &["-"]);
        let goes_on = match mark.as_str() {
            "" | "号" => joint > after,
            _ => true,
        };
        if !goes_on {
            break;
        }
        at = if mark == "丁目" {
            spelling.skip_blanks(joint)
        } else {
            joint
        };
        if mark == "-" {
            // A dash that no number follows was not a joint.
            written.end = if self::number(spelling, at).is_some() {
                after
            } else {
                end
            };
        }
    }
    assign(&mut written, town);
    written
}

/// Decides what bare numbers mean: whether the first is a 丁目, whether the last is a room.
fn assign(written: &mut Written, town: Option<&Found<'_>>) {
    if written.chome.is_none() && written.numbering != Numbering::Lot {
        let first = written
            .numbers
            .first()
            .and_then(|number| number.parse::<u32>().ok());
        let is_chome = match (first, town) {
            (Some(first), Some(town)) => {
                town.chomes.contains(&first) && (written.numbers.len() >= 2 || !town.is_plain)
            }
            (Some(_), None) => written.numbers.len() >= 3,
            (None, _) => false,
        };
        if is_chome {
            written.chome = first;
            written.numbers.remove(0);
        }
    }
    let most = if written.chome.is_some() { 2 } else { 3 };
    if written.numbers.len() == most + 1 {
        written.room = written.numbers.pop();
    }
}

/// A number in digits, or in kanji when a mark follows it; in ASCII digits without leading zeros.
fn number(spelling: &Spelling, start: usize) -> Option<(String, usize)> {
    let end = spelling.digits_end(start);
    if end > start {
        let digits = spelling.plain(start, end);
        let plain = digits.trim_start_matches('0');
        return Some((
            if plain.is_empty() {
                "0".to_owned()
            } else {
                plain.to_owned()
            },
            end,
        ));
    }
    if !is_marked(spelling, start) {
        return None;
    }
    let end = kanji_end(spelling, start);
    Some((kanji_number(&spelling.plain(start, end))?.to_string(), end))
}

/// Whether a kanji number stands here and a sign of numbering follows it.
pub(super) fn is_marked(spelling: &Spelling, start: usize) -> bool {
    let end = kanji_end(spelling, start);
    end > start
        && (["丁目", "番", "号"]
            .iter()
            .any(|mark| spelling.starts_with(end, mark))
            || spelling
                .at(end)
                .is_some_and(|c| matches!(c, '-' | 'ノ' | 'の')))
}

fn kanji_end(spelling: &Spelling, mut at: usize) -> usize {
    while spelling.at(at).is_some_and(is_kanji_digit) {
        at += 1;
    }
    at
}

pub(super) fn is_kanji_digit(c: char) -> bool {
    "〇一二三四五六七八九十百".contains(c)
}

/// 一 to 九百九十九 as read aloud, or digit by digit (二〇三), or in ASCII digits.
pub(super) fn kanji_number(text: &str) -> Option<u32> {
    if text.is_empty() {
        return None;
    }
    if text.bytes().all(|b| b.is_ascii_digit()) {
        return text.parse().ok();
    }
    let digit = |c: char| "〇一二三四五六七八九".chars().position(|k| k == c);
    if !text.contains(['十', '百']) {
        let digits: Option<String> = text
            .chars()
            .map(|c| digit(c).map(|d| d.to_string()))
            .collect();
        return digits?.parse().ok();
    }
    let (mut total, mut pending) = (0, None);
    for c in text.chars() {
        match c {
            '百' => total += pending.take().unwrap_or(1) * 100,
            '十' => total += pending.take().unwrap_or(1) * 10,
            c => pending = Some(u32::try_from(digit(c)?).ok()?),
        }
    }
    Some(total + pending.unwrap_or(0))
}
