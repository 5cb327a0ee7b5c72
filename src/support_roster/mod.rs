//! The roster of residents who need evacuation support (災対法 art. 49-10): why they are on it, what help they need, who stands by
//! them in ordinary times. What help is needed is shown to those who help; a diagnosis never is.

pub mod api;
pub mod changes;
pub mod figures;
pub mod import;
pub mod line;
pub mod matching;
pub mod needs;
pub mod plan;
pub mod print;
pub mod profile;
pub mod sheet;
pub mod store;
mod whereabouts;
