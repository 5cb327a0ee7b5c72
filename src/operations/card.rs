//! A card with a QR code, made beforehand for somebody and read at a gate. The code is random and says nothing by itself: no name
//! in the code, no name on the card but what its holder writes there.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::accounts::DistrictName;
use crate::keys::{HmacPurpose, Keys, sha256};

/// What stands before each code, so that another QR code is not taken for a card.
const MARK: &str = "MC1";
/// Letters that nobody mistakes for digits (Crockford's), 16 of them: 80 bits.
const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// A fresh code as it is printed: `MC1-XXXX-XXXX-XXXX-XXXX`.
pub fn new_code() -> String {
    let mut bytes = [0u8; 16];
    rand::fill(&mut bytes);
    let letter = |byte: &u8| char::from(LETTERS[usize::from(byte % 32)]);
    let mut code = MARK.to_owned();
    for four in bytes.chunks(4) {
        code.push('-');
        code.extend(four.iter().map(letter));
    }
    code
}

/// A code as it is compared, however it was typed: without the mark, hyphens and spaces, wide letters narrow, `O` for zero.
pub fn plain(said: &str) -> String {
    let narrow: String = said
        .chars()
        .map(|c| match c {
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
            other => other,
        })
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_uppercase())
        .collect();
    let bare = narrow.strip_prefix(MARK).unwrap_or(&narrow);
    bare.chars()
        .map(|c| match c {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        })
        .collect()
}

/// What is kept of a code.
pub fn hmac(keys: &Keys, said: &str) -> Vec<u8> {
    keys.hmac(HmacPurpose::CardCode, plain(said).as_bytes())
}

/// What a gate's phone holds of a code.
pub fn digest(said: &str) -> Vec<u8> {
    sha256(plain(said).as_bytes())
}

/// A card on the list: whose, never its code.
#[derive(Debug, Serialize, ToSchema)]
pub struct Card {
    pub id: Uuid,
    pub person_id: Option<Uuid>,
    pub volunteer_id: Option<Uuid>,
    pub name: String,
    pub name_kana: String,
    pub district: Option<DistrictName>,
    pub made_at: DateTime<Utc>,
    pub expires_at: Option<DateTime<Utc>>,
    pub revoked_at: Option<DateTime<Utc>>,
}

/// A card as it is printed, once.
#[derive(Debug, Serialize, ToSchema)]
pub struct PrintedCard {
    pub id: Uuid,
    /// On the sheet's margin, to be cut off: whose card it is.
    pub name: String,
    #[schema(example = "MC1-7K2Q-9WTR-4M8X-0ZVC")]
    pub code: String,
    /// The code as a QR code (SVG).
    pub qr_svg: String,
}

/// Cards made together: a numbered printing.
#[derive(Debug, Serialize, ToSchema)]
pub struct Printing {
    pub copy_id: Uuid,
    /// 通し番号
    pub serial: i64,
    pub cards: Vec<PrintedCard>,
    /// Wanted, and no card made: no consent, protected, or out of the caller's sight.
    pub left_out: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_the_same_however_it_is_typed() {
        assert_eq!(plain("MC1-7K2Q-9WTR-4M8X-0ZVC"), "7K2Q9WTR4M8X0ZVC");
        assert_eq!(plain(" mc1 7k2q 9wtr 4m8x ozvc\n"), "7K2Q9WTR4M8X0ZVC");
        assert_eq!(plain("７Ｋ２Ｑ9wtr4m8x0zvc"), "7K2Q9WTR4M8X0ZVC");
        assert_eq!(plain("K7-1234"), "K71234");
    }

    #[test]
    fn codes_are_long_and_no_two_are_alike() {
        let (one, two) = (new_code(), new_code());
        assert_eq!(one.len(), 23);
        assert_ne!(plain(&one), plain(&two));
        assert!(plain(&one).bytes().all(|b| LETTERS.contains(&b)));
    }
}
