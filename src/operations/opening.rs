//! The states of a place in an event.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How far a place is: asked to open, being prepared, open, closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = OpeningStatus)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Requested,
    Preparing,
    Open,
    Closed,
}

/// 混雑状況, in the words of the public lookup.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Crowding {
    /// 空いています
    Available,
    /// やや混雑
    SomewhatCrowded,
    /// 混雑
    Crowded,
    /// 満員: said by somebody there, or as many as the capacity.
    Full,
}
