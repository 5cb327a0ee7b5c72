//! The shelter door: opening and closing places, and who is where. Whoever receives people works here, headquarters watch.
//!
//! Invariants: what is said is appended, in any order, and the present state of a place and of a person is derived from all of it;
//! somebody is in at most one place, a second one is shown for settling and never refused; a drill's openings never reach the public.

pub mod api;
pub mod card;
pub mod desk;
pub mod evacuee;
pub mod head_count;
pub mod opening;
pub mod place;
pub mod record;
pub mod said;
pub mod stay;
pub mod store;

use sha2::{Digest, Sha256};
use uuid::Uuid;

/// An id that follows from others: whoever derives it, on whichever copy of the ledger, derives the same.
pub(crate) fn derived_id(text: &str) -> Uuid {
    let digest = Sha256::digest(text.as_bytes());
    let mut bytes = [0u8; 16];
    bytes.copy_from_slice(&digest[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}
