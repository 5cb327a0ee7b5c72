//! A round begun on the spot, without headquarters (decision 23).

use serde::Deserialize;
use uuid::Uuid;

use crate::events::EventKind;

/// Payload of a round's start. The phone made the ids; headquarters binds the round to its own later.
#[derive(Debug, Clone, Deserialize)]
pub struct RoundStart {
    pub round_id: Uuid,
    pub event_id: Uuid,
    /// Asked once: 「本番ですか・訓練ですか」. When unsure: disaster.
    pub event_kind: EventKind,
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub districts: Vec<Uuid>,
}
