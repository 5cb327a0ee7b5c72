//! The demo city: a Toyonaka-like city of invented people.

pub mod dice;
pub mod districts;
pub mod ground;
