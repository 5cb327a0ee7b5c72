//! Who attends, and how it is known.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Somebody, or how many of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = AttendanceSubject)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    Person,
    Group,
}

/// How an attendance is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = AttendanceWay)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// A card with a code, read at the gate.
    Card,
    /// Found on a list.
    List,
    /// By the venue's poster, with one's own phone.
    OwnPhone,
    /// Typed in afterwards from paper.
    Typed,
    HeadCount,
}
