//! A day of a drill, played through the service's real doors by invented phones, papers, telephone calls, gates and links: staff train
//! on it, and whoever changes the ledger sees whether it still says what happened.
//!
//! Invariants: into a drill only; the truth is written with the script, by hand, and never derived; everything goes over HTTP, sealed
//! and signed as a phone does it; no mail is asked for unless the command itself takes it; whatever the ledger says otherwise in the
//! end is told, and the command fails.

pub mod command;
mod compare;
mod desk;
mod door;
mod facility;
mod gate;
mod handset;
mod mailbox;
mod paper;
mod play;
mod post;
pub mod script;
mod setup;
mod timeline;
mod walker;
