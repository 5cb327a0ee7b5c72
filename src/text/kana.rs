//! Keys by which names find each other however they are written.
//!
//! Keys only: a key is never shown and never stored in place of the name. `search_key` finds
//! スズキ under ｽｽﾞｷ, すずき and スズキ, and 髙橋 under 高橋; `kana_key` goes further and treats readings
//! that clerks confuse (やまざき/やまさき, おおの/オーノ/おうの) as one, for finding possible duplicates.
//! Equal keys are candidates for a human, never proof of identity.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::variants;

/// The key to search a name or a place name by: width, case, kana kind, small kana, variant kanji,
/// spaces, repeat marks and the many spellings of が in place names no longer count.
pub fn search_key(name: &str) -> String {
    let plain = compose_voice_marks(name);
    let mut key: Vec<char> = Vec::with_capacity(plain.len());
    for character in plain {
        let character = variants::fold(to_hiragana(character));
        match character {
            c if is_ignored(c) => {}
            '々' | 'ゝ' => key.extend(key.last().copied().filter(|c| *c != '-')),
            'ゞ' => key.extend(key.last().copied().filter(|c| *c != '-').map(voiced)),
            c if is_dash(c) => match key.last().copied().and_then(vowel) {
                Some(vowel) => key.push(vowel),
                // A dash between numbers or letters tells 1-1 from 11; elsewhere it is decoration.
                None if key.last().is_some_and(char::is_ascii_alphanumeric) => key.push('-'),
                None => {}
            },
            c => key.extend(full_size(c).to_lowercase()),
        }
    }
    while key.last() == Some(&'-') {
        key.pop();
    }
    fold_connecting_ga(&mut key);
    key.into_iter().nfkc().collect()
}

/// `like` patterns of part of a name: for its search key, and for the key of its reading. Nothing when nothing was typed.
pub fn like_patterns(typed: Option<&str>) -> (Option<String>, Option<String>) {
    let typed = typed.map(str::trim).filter(|t| !t.is_empty());
    let pattern = |key: String| format!("%{}%", key.replace(['%', '_', '\\'], ""));
    (
        typed.map(|t| pattern(search_key(t))),
        typed.map(|t| pattern(kana_key(t))),
    )
}

/// The key to compare readings by: the search key in which voicing, づ/ず, ぢ/じ, を/お and the
/// length of vowels no longer count either.
pub fn kana_key(reading: &str) -> String {
    let mut key = String::new();
    let mut last: Option<char> = None;
    for character in search_key(&plain_v(reading)).chars() {
        let character = unvoiced(match character {
            'ぢ' => 'じ',
            'づ' => 'ず',
            'を' => 'お',
            'ゐ' => 'い',
            'ゑ' => 'え',
            c => c,
        });
        let lengthens = match last.and_then(vowel) {
            Some('お') => matches!(character, 'お' | 'う'),
            Some('え') => matches!(character, 'え' | 'い'),
            Some(vowel) => character == vowel,
            None => false,
        };
        if !lengthens {
            key.push(character);
            last = Some(character);
        }
    }
    key
}

/// Whether a text is nothing but kana, long marks and spaces: what a reading should be.
pub fn is_reading(text: &str) -> bool {
    let mut letters = text
        .nfkc()
        .filter(|c| !c.is_whitespace() && *c != '・')
        .peekable();
    letters.peek().is_some()
        && letters.all(|c| {
            matches!(
                to_hiragana(c),
                'ぁ'..='ゖ' | 'ゝ' | 'ゞ' | 'ー' | '\u{3099}' | '\u{309A}'
            )
        })
}

/// ヴァ ヴィ ヴ ヴェ ヴォ as the ば row, which is how most people write them.
fn plain_v(reading: &str) -> String {
    let mut plain = String::with_capacity(reading.len());
    let mut letters = compose_voice_marks(reading)
        .into_iter()
        .map(to_hiragana)
        .peekable();
    while let Some(letter) = letters.next() {
        if letter != 'ゔ' {
            plain.push(letter);
            continue;
        }
        let (row, small) = match letters.peek() {
            Some('ぁ') => ('ば', true),
            Some('ぃ') => ('び', true),
            Some('ぇ') => ('べ', true),
            Some('ぉ') => ('ぼ', true),
            _ => ('ぶ', false),
        };
        plain.push(row);
        if small {
            letters.next();
        }
    }
    plain
}

/// NFKC, with free-standing voice marks (か゛, ｶ ﾞ) joined to their kana.
fn compose_voice_marks(text: &str) -> Vec<char> {
    let joined = text.chars().map(|c| match c {
        '゛' | 'ﾞ' => '\u{3099}',
        '゜' | 'ﾟ' => '\u{309A}',
        c => c,
    });
    joined.nfkc().collect()
}

fn to_hiragana(character: char) -> char {
    match character {
        'ァ'..='ヶ' | 'ヽ' | 'ヾ' => {
            char::from_u32(character as u32 - 0x60).unwrap_or(character)
        }
        c => c,
    }
}

/// Spaces, separators between the parts of a name, variation selectors and invisible characters.
fn is_ignored(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || is_combining_mark(c)
        || matches!(
            c,
            '・' | '=' | '゠' | '·' | '.' | ',' | '\'' | '’' | '\u{AD}'
                | '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FEFF}' | '\u{180B}'..='\u{180E}'
                | '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}'
        )
}

fn is_dash(c: char) -> bool {
    matches!(
        c,
        'ー' | '-' | '~' | '〜' | '−' | '─' | '━' | '\u{2010}'..='\u{2015}'
    )
}

fn full_size(c: char) -> char {
    match c {
        'ぁ' => 'あ',
        'ぃ' => 'い',
        'ぅ' => 'う',
        'ぇ' => 'え',
        'ぉ' => 'お',
        'っ' => 'つ',
        'ゃ' => 'や',
        'ゅ' => 'ゆ',
        'ょ' => 'よ',
        'ゎ' => 'わ',
        'ゕ' => 'か',
        'ゖ' => 'け',
        c => c,
    }
}

/// 霞ヶ関, 霞ケ関, 霞が関, 霞ガ関 and 霞箇関 are one place: between two kanji each becomes け.
fn fold_connecting_ga(key: &mut [char]) {
    for at in 1..key.len().saturating_sub(1) {
        let between_kanji = is_kanji(key[at - 1]) && is_kanji(key[at + 1]);
        if between_kanji && matches!(key[at], 'け' | 'が' | 'か' | '箇' | '个') {
            key[at] = 'け';
        }
    }
}

fn is_kanji(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{323AF}')
}

const ROWS: [(char, &str); 5] = [
    ('あ', "あかさたなはまやらわがざだばぱぁゃゎ"),
    ('い', "いきしちにひみりゐぎじぢびぴぃ"),
    ('う', "うくすつぬふむゆるぐずづぶぷゔぅゅっ"),
    ('え', "えけせてねへめれゑげぜでべぺぇ"),
    ('お', "おこそとのほもよろをごぞどぼぽぉょ"),
];

/// The vowel that a long mark after this kana stands for.
fn vowel(kana: char) -> Option<char> {
    ROWS.iter()
        .find(|(_, row)| row.contains(kana))
        .map(|(vowel, _)| *vowel)
}

const VOICED: &str = "がぎぐげござじずぜぞだぢづでどばびぶべぼぱぴぷぺぽゔ";
const PLAIN: &str = "かきくけこさしすせそたちつてとはひふへほはひふへほう";

fn unvoiced(kana: char) -> char {
    let pair = VOICED
        .chars()
        .zip(PLAIN.chars())
        .find(|(voiced, _)| *voiced == kana);
    pair.map_or(kana, |(_, plain)| plain)
}

fn voiced(kana: char) -> char {
    let pair = VOICED
        .chars()
        .zip(PLAIN.chars())
        .find(|(_, plain)| *plain == kana);
    pair.map_or(kana, |(voiced, _)| voiced)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn one_name_written_in_many_ways_has_one_search_key() {
        for (a, b) in [
            ("スズキ", "ｽｽﾞｷ"),
            ("すずき", "スズキ"),
            ("髙橋　一郎", "高橋一郎"),
            ("渡邊 花子", "渡辺花子"),
            ("佐々木", "佐佐木"),
            ("いすゞ", "いすず"),
            ("ユーコ", "ゆうこ"),
            ("マリア・ダ・シルバ", "マリア　ダ　シルバ"),
            ("ＳＯＭＰＯケア", "sompoケア"),
            ("キャッスル", "キヤツスル"),
            ("か゛く", "がく"),
            ("葛\u{E0100}城", "葛城"),
            ("神崎", "神\u{FE00}﨑"),
        ] {
            assert_eq!(search_key(a), search_key(b), "{a} / {b}");
        }
    }

    #[test]
    fn place_names_with_ga_in_any_spelling_have_one_key() {
        for name in ["霞ヶ関", "霞ケ関", "霞が関", "霞ガ関", "霞ｹ関"] {
            assert_eq!(search_key(name), search_key("霞ヶ関"), "{name}");
        }
        assert_ne!(search_key("たけだ"), search_key("たがだ"));
    }

    #[test]
    fn different_names_keep_different_search_keys() {
        for (a, b) in [
            ("山崎", "山中"),
            ("たかだ", "たかた"),
            ("1-1", "11"),
            ("おの", "おおの"),
        ] {
            assert_ne!(search_key(a), search_key(b));
        }
    }

    #[test]
    fn readings_that_clerks_confuse_have_one_kana_key() {
        for (a, b) in [
            ("やまざき", "ヤマサキ"),
            ("おおの", "オーノ"),
            ("おうの", "おおの"),
            ("けいこ", "ケーコ"),
            ("こうじ", "こおじ"),
            ("みづき", "みずき"),
            ("ヴェロニカ", "ベロニカ"),
            ("ゆうき", "ゆき"),
        ] {
            assert_eq!(kana_key(a), kana_key(b), "{a} / {b}");
        }
        assert_ne!(kana_key("たなか"), kana_key("なかた"));
    }

    #[test]
    fn a_reading_is_kana_only() {
        assert!(is_reading("ﾄﾖﾅｶ ﾀﾛｳ"));
        assert!(is_reading("マリア・ジョー"));
        assert!(!is_reading("豊中 太郎"));
        assert!(!is_reading("  "));
    }

    proptest! {
        #[test]
        fn keys_do_not_change_when_made_twice(name in "[ぁ-ゖァ-ヾｦ-ﾟ一-龠々ヶA-Zａ-ｚ0-9・ 　ー〜-]{0,16}") {
            let key = search_key(&name);
            prop_assert_eq!(search_key(&key), key.clone());
            let reading = kana_key(&name);
            prop_assert_eq!(kana_key(&reading), reading);
        }

        #[test]
        fn spaces_and_normalisation_forms_never_matter(name in "[ぁ-んァ-ヴ一-龠a-z]{1,10}", at in 0usize..10) {
            let mut spaced: Vec<char> = name.chars().collect();
            spaced.insert(at.min(spaced.len()), '\u{3000}');
            let spaced: String = spaced.into_iter().collect();
            prop_assert_eq!(search_key(&spaced), search_key(&name));
            let decomposed: String = name.nfd().collect();
            prop_assert_eq!(search_key(&decomposed), search_key(&name));
        }

        #[test]
        fn any_text_has_a_key(text in "\\PC{0,40}") {
            let key = search_key(&text);
            prop_assert!(!key.contains(char::is_whitespace));
            prop_assert_eq!(search_key(&key), key);
        }
    }
}
