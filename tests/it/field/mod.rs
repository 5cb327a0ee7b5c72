//! Phones at the door: what they bring is kept once and never lost, what they take is what they may see.

mod bundle;
mod hostile;
mod sync;
pub mod town;
