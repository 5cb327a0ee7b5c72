//! PLAN: what a planner computes with. People of the roster are gathered into cells of at least five before any figure is made
//! (`cells`, `snapshot`); figures and what-ifs know cells and sites, never people (`figures`, `scenario`).
//!
//! Invariants: no figure, map, tile or file holds a point per person; two scenarios, and two gatherings, never differ by fewer than
//! five people; a capacity that nobody knows is not zero; distances are straight lines (直線).

pub mod api;
pub mod cells;
pub mod command;
mod export;
pub mod figures;
pub mod scenario;
pub mod snapshot;
pub mod store;

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// One gathering of the city's roster into cells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Snapshot {
    pub id: Uuid,
    pub as_of: DateTime<Utc>,
    /// When the roster was last looked at and fewer than five people had moved in every cell.
    pub looked_at: DateTime<Utc>,
    /// In cells: a multiple of five.
    pub people: i32,
    pub cells: i32,
    /// In no cell, in fives: without a point, protected, outside their district, or too few in it.
    pub left_out: i32,
}
