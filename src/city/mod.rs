//! The city this ledger belongs to: what it is called, and whether its people are invented.
//!
//! Every page, mail and sheet names it. One row (`instance`), which everybody may read.

pub mod store;

use uuid::Uuid;

/// What is said of the city wherever it is named.
#[derive(Debug, Clone)]
pub struct City {
    /// Empty until somebody has said it.
    pub name: String,
    pub lg_code: String,
    /// Invented people only: every page says so.
    pub is_demo: bool,
    /// Which copy of the ledger this is; when it changes, phones send everything again.
    pub epoch: Uuid,
}
