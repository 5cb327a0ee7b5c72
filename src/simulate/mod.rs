//! A day of a drill, played by invented phones through the service's real door: staff train on it, and whoever changes the ledger
//! sees whether it still says what happened.
//!
//! Invariants: into a drill only; the truth is written with the script, by hand, and never derived; everything goes over HTTP, sealed
//! and signed as a phone does it; whatever the ledger says otherwise in the end is told, and the command fails.

pub mod command;
mod compare;
mod door;
mod gate;
mod play;
pub mod script;
mod setup;
mod walker;
