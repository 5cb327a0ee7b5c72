//! Drills: the programme of an event of kind drill, its venues and bodies, who came, and what is learned from it.
//!
//! Invariants: a drill is an event that starts in the future; persons and head-counts are never added together; nothing of a drill
//! becomes anything of a disaster.

pub mod api;
pub mod attendance;
