//! The victim registry of a disaster (被災者台帳, 災対法 art. 90-3): one entry per person and disaster, made from what is known of her
//! already. Headquarters keeps it; nobody else looks.
//!
//! Invariants: nothing of a drill enters, whatever is sent; an entry says what it was made from, and taking the same source twice is
//! the same as once; whereabouts are a history, never overwritten; 個人番号 is no field.

pub mod api;
pub mod entry;
pub mod store;
pub mod take_over;
