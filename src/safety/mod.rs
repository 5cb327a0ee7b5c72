//! Safety confirmation: who was seen, how they are, and whom nobody has reached. Evidence is
//! appended; state is derived.

pub mod board;
mod corrections;
pub mod derive;
pub mod observation;
pub mod record;
pub mod replay;
