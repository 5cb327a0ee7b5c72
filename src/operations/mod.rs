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
pub mod rounds;
pub mod said;
pub mod stay;
pub mod store;

pub(crate) use crate::keys::derived_id;
