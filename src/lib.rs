// The overrides of sqlx.toml name our types from the crate's root, in the library and in tests alike.
extern crate self as machimori;

pub mod demo;
pub mod geometry;
pub mod safety;
