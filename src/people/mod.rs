//! People, households, where they live and how they are reached. Original spelling is kept; search keys are computed beside it.
//! Registered address and actual residence are two different things; both are dated, the past stays.
//!
//! Crisis staff search the whole city, a lead the own districts as far as disclosure is lawful now; each look is audited with who
//! was shown. Imports write.

pub mod api;
pub mod find;
pub mod import_store;
pub mod person;
pub mod store;
