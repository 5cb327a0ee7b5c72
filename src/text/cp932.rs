//! Writing CP932 (Windows-31J) for the systems that read nothing else.
//!
//! What CP932 cannot hold is written as 〓, as printers do, and reported; a name must never change
//! in silence. Vendor-defined characters (外字, U+E000–U+E757) survive.

use encoding_rs::{EncoderResult, SHIFT_JIS};

/// A character that CP932 lacks. `position` counts characters of the text from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unmappable {
    pub character: char,
    pub position: usize,
}

/// The bytes, and every character that was replaced by 〓 (variation selectors are dropped instead).
///
/// Characters that Windows itself treats as the same (〜 and ～, ‖ and ∥, — and ―, − and －) are
/// written as their CP932 twin and not reported.
pub fn encode(text: &str) -> (Vec<u8>, Vec<Unmappable>) {
    let mut bytes = Vec::with_capacity(text.len());
    let mut unmappable = Vec::new();
    for (position, character) in text.chars().enumerate() {
        if let Some(pair) = vendor_defined(character) {
            bytes.extend(pair);
        } else if !push(twin(character), &mut bytes) {
            unmappable.push(Unmappable {
                character,
                position,
            });
            if !is_variation_selector(character) {
                push('〓', &mut bytes);
            }
        }
    }
    (bytes, unmappable)
}

fn push(character: char, bytes: &mut Vec<u8>) -> bool {
    let mut encoder = SHIFT_JIS.new_encoder();
    let mut utf8 = [0; 4];
    let mut out = [0; 8];
    let text = character.encode_utf8(&mut utf8);
    let (result, _, written) = encoder.encode_from_utf8_without_replacement(text, &mut out, true);
    if result != EncoderResult::InputEmpty {
        return false;
    }
    bytes.extend_from_slice(&out[..written]);
    true
}

fn twin(character: char) -> char {
    match character {
        '\u{301C}' => '\u{FF5E}',
        '\u{2016}' => '\u{2225}',
        '\u{2014}' => '\u{2015}',
        '\u{00A2}' => '\u{FFE0}',
        '\u{00A3}' => '\u{FFE1}',
        '\u{00AC}' => '\u{FFE2}',
        other => other,
    }
}

fn vendor_defined(character: char) -> Option<[u8; 2]> {
    let index = (character as u32)
        .checked_sub(0xE000)
        .filter(|index| *index < 1880)?;
    let (lead, trail) = (index / 188, index % 188);
    let trail = trail + if trail < 63 { 0x40 } else { 0x41 };
    Some([0xF0 + u8::try_from(lead).ok()?, u8::try_from(trail).ok()?])
}

fn is_variation_selector(character: char) -> bool {
    matches!(character, '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decode(bytes: &[u8]) -> String {
        let (text, broken) = SHIFT_JIS.decode_without_bom_handling(bytes);
        assert!(!broken);
        text.into_owned()
    }

    #[test]
    fn a_name_that_cp932_lacks_is_marked_and_reported() {
        let (bytes, unmappable) = encode("𠮷田 髙橋");
        assert_eq!(decode(&bytes), "〓田 髙橋");
        assert_eq!(
            unmappable,
            [Unmappable {
                character: '𠮷',
                position: 0
            }]
        );
    }

    #[test]
    fn a_variation_selector_is_reported_and_leaves_its_character() {
        let (bytes, unmappable) = encode("辻\u{E0100}");
        assert_eq!(decode(&bytes), "辻");
        assert_eq!(unmappable.len(), 1);
    }

    #[test]
    fn look_alike_dashes_and_waves_are_not_complaints() {
        let (bytes, unmappable) = encode("9時〜17時−1");
        assert_eq!(decode(&bytes), "9時～17時－1");
        assert!(unmappable.is_empty());
    }

    proptest! {
        #[test]
        fn text_of_cp932_comes_back_unchanged(text in "[ -\\[\\]-}ぁ-んァ-ヶ亜-腕①-⑳\u{E000}-\u{E757}髙﨑]{0,40}") {
            let (bytes, unmappable) = encode(&text);
            // 亜–腕 spans code points outside CP932 as well; those are reported one by one.
            if unmappable.is_empty() {
                prop_assert_eq!(decode(&bytes), text);
            } else {
                let kept = decode(&bytes).chars().filter(|c| *c != '〓').count();
                prop_assert_eq!(kept + unmappable.len(), text.chars().count());
            }
        }
    }
}
