//! 全国共通避難所・避難場所ID (the 共通ID of 国土地理院): 14 characters that say municipality,
//! facility and legal kind.
//!
//! `E` + municipality (5) + facility (5) + kind (11 指定避難所, 12 福祉避難所, 20 指定緊急避難場所) + one serial
//! character.

use std::fmt;

use super::lg_code::{LgCode, LgCodeError};

/// What the two digits of the kind say (災対法 49条の4, 49条の7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SiteIdKind {
    Shelter,
    WelfareShelter,
    EvacuationSite,
}

/// A well-formed 共通ID, spelled as given.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct NationalSiteId(String);

/// The text is not a 共通ID.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("共通IDの形が正しくありません（例: E2720300007201）")]
pub struct SiteIdError;

impl NationalSiteId {
    pub fn parse(text: &str) -> Result<Self, SiteIdError> {
        let id = text.trim();
        let (Some(kind), Some(serial)) = (id.get(11..13), id.get(13..)) else {
            return Err(SiteIdError);
        };
        let well_formed = id.starts_with('E')
            && id[1..11].bytes().all(|b| b.is_ascii_digit())
            && matches!(kind, "11" | "12" | "20")
            && serial.len() == 1
            && serial
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() && b != b'0');
        if well_formed {
            Ok(Self(id.to_owned()))
        } else {
            Err(SiteIdError)
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The municipality's code without check digit.
    pub fn municipality(&self) -> &str {
        &self.0[1..6]
    }

    /// The municipality's code with its check digit.
    pub fn lg_code(&self) -> Result<LgCode, LgCodeError> {
        LgCode::from_five(self.municipality())
    }

    pub fn kind(&self) -> SiteIdKind {
        match &self.0[11..13] {
            "11" => SiteIdKind::Shelter,
            "12" => SiteIdKind::WelfareShelter,
            _ => SiteIdKind::EvacuationSite,
        }
    }
}

impl fmt::Display for NationalSiteId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_kind_and_the_municipality_are_read_from_the_id() {
        let id = NationalSiteId::parse("E2720300007201").expect("well-formed");
        assert_eq!(
            (id.municipality(), id.kind()),
            ("27203", SiteIdKind::EvacuationSite)
        );
        let id = NationalSiteId::parse(" E2720300007111 ").expect("well-formed");
        assert_eq!(
            (id.as_str(), id.kind()),
            ("E2720300007111", SiteIdKind::Shelter)
        );
        let id = NationalSiteId::parse("E272030000712z").expect("well-formed");
        assert_eq!(id.kind(), SiteIdKind::WelfareShelter);
    }

    #[test]
    fn malformed_ids_are_refused() {
        for text in [
            "",
            "E272030000720",
            "E27203000072011",
            "e2720300007201",
            "E2720300007131",
            "E2720300007200",
            "E27203０0007201",
            "E2720300007210",
            "CC0000000518",
        ] {
            assert_eq!(NationalSiteId::parse(text), Err(SiteIdError), "{text}");
        }
    }

    proptest! {
        #[test]
        fn exactly_the_documented_pattern_is_accepted(id in "E[0-9]{10}(1[12]|20)[1-9A-Za-z]") {
            prop_assert!(NationalSiteId::parse(&id).is_ok());
        }

        #[test]
        fn any_text_is_an_id_or_an_error(text in "\\PC{0,16}") {
            let _ = NationalSiteId::parse(&text);
        }
    }
}
