//! Places to go: evacuation sites (per hazard), evacuation buildings and shelters, and which of
//! them is nearest.

mod ellipsoid;
pub mod index;
pub mod live;
pub mod site;
pub mod snapshot;
mod synthetic;

pub use synthetic::synthetic;
