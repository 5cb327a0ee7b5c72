//! People, households, where they live and how they are reached. Original spelling is kept; search keys are computed beside it.
//! Registered address and actual residence are two different things; both are dated, the past stays.

pub mod import_store;
