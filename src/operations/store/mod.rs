//! All SQL of the shelter door, one file per noun. What is derived is written in `state` and `stays` only.

pub mod cards;
pub mod desks;
pub mod evacuees;
pub mod matches;
pub mod places;
pub mod rounds;
pub mod state;
pub mod stays;
