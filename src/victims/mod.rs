//! The victim registry of a disaster (被災者台帳, 災対法 90-3): one entry a person and disaster, made from what is known already.
//!
//! Invariants: nothing of a drill can enter (the database refuses it); what was given to whom, on which ground, stands on each entry.

pub mod api;
