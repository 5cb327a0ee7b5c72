//! SQL of the other doors.

pub mod facilities;
pub mod placards;
pub mod sheets;
pub mod typing;
