//! All SQL of rounds, one file per noun. Derived columns are written in `super::record` only.

pub mod board;
pub mod corrected;
pub mod escalations;
pub mod hand_overs;
pub mod links;
pub mod members;
pub mod people_changed;
pub mod rescues;
pub mod review;
pub mod rounds;
pub mod start;
pub mod visits;
pub mod volunteers;
