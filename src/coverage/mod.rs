//! PLAN: what a planner computes with. People of the roster are gathered into cells of at least five before any figure is made.
//!
//! Invariants: no figure, map, tile or file holds a point per person; two scenarios never differ by fewer than five people.

pub mod api;
