//! Pure rules for the text that Japanese administrations write: encodings, kana and variant
//! kanji, era dates, telephone numbers, addresses, official codes.
//!
//! Every import and every search stands on this module. It does no I/O of its own, and it never
//! changes what a person or an office wrote: each rule answers a key to compare by, or a parsed
//! value beside the text as given.

pub mod address;
pub mod cp932;
pub mod encoding;
pub mod era;
pub mod formula;
pub mod kana;
pub mod lg_code;
pub mod my_number;
pub mod phone;
pub mod site_id;
pub mod variants;

/// The folder of real files for tests, or `None` with a word on standard error when it is missing.
#[cfg(test)]
pub(crate) fn test_data() -> Option<std::path::PathBuf> {
    let folder = std::env::var_os("MACHIMORI_TEST_DATA").map_or_else(
        || std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data"),
        std::path::PathBuf::from,
    );
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!(
        "SKIPPED: no real files at {}; set MACHIMORI_TEST_DATA",
        folder.display()
    );
    None
}
