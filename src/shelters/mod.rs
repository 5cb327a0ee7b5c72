//! Places to go: evacuation sites (per hazard), evacuation buildings and shelters, and which of
//! them is nearest.

pub mod api;
mod ellipsoid;
pub mod import;
mod import_cells;
pub mod import_store;
pub mod index;
pub mod live;
pub mod refresh;
pub mod site;
pub mod snapshot;
pub mod store;
mod synthetic;

pub use synthetic::synthetic;
