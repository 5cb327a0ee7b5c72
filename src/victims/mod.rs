//! The victim registry of a disaster (被災者台帳, 災対法 art. 90-3): one entry per person and disaster, made from what is known of her
//! already, from a list, or by hand. Headquarters keep it; nobody else looks. An auditor reads to whom what was given (art. 90-4).
//!
//! Invariants: nothing of a drill enters, by whatever door; an entry says what it was made from, and taking the same source twice is
//! the same as once; whereabouts, damage and assistance are appended and corrected, never overwritten; damage is as it was reported,
//! never as surveyed; who is protected leaves only when named and confirmed by another person; 個人番号 is no field.

pub mod api;
pub mod batch;
pub mod command;
pub mod entry;
pub mod import;
pub mod items;
pub mod listing;
pub mod provision;
pub mod store;
pub mod table;
pub mod take_over;
pub mod words;
