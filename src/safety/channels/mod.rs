//! Words that come by other doors: facilities, visit sheets on paper, cards.

pub mod api;
