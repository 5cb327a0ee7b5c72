//! What a phone says of its own volunteer.

use serde::Deserialize;

/// Payload of an availability: can she go out?
#[derive(Debug, Clone, Deserialize)]
pub struct Availability {
    pub status: AvailabilityStatus,
    #[serde(default)]
    pub note: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AvailabilityStatus {
    Available,
    Later,
    Unavailable,
}

/// Payload of a practice on invented people: readiness, and nothing else.
#[derive(Debug, Clone, Deserialize)]
pub struct Practice {
    pub was_offline: bool,
    /// How long it took.
    pub seconds: u32,
}
