//! Items set aside are settled by headquarters: taken up into a round by new rows, or put away with a reason. The item itself stays
//! as it came.
//!
//! Invariants: nothing of a disaster enters a drill, and nothing that happened after a drill's end enters it (decision 24); an
//! item is taken up once into one round, however often that is said; what was put away can be looked at again.

pub mod api;
mod store;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::Reason;
use super::facts::RoundFacts;
use crate::problem::{Problem, Result};

/// What is decided about an item set aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ItemAct {
    /// 取り込む: it counts in a round, by a new observation.
    Adopted,
    /// 対応済み・不要
    NotNeeded,
    /// 見直す: it waits again.
    Reopened,
}

impl ItemAct {
    fn as_str(self) -> &'static str {
        match self {
            Self::Adopted => "adopted",
            Self::NotNeeded => "not_needed",
            Self::Reopened => "reopened",
        }
    }
}

/// What an item said of its event: the wall between drill and disaster is kept by it.
#[derive(Debug, Clone)]
struct Origin {
    event_id: Option<Uuid>,
    /// Whether it came out of a disaster, as far as its event is known here.
    is_of_disaster: bool,
    reason: String,
    happened_at: DateTime<Utc>,
}

/// Refuse to mix drill and disaster. Anything may be taken up into a disaster: somebody decides that it is real.
fn require_kind(origin: &Origin, round: &RoundFacts) -> Result<()> {
    if !round.is_drill {
        return Ok(());
    }
    let why = if origin.is_of_disaster {
        "災害の報告は、訓練に取り込めません。災害の安否確認を選んでください。"
    } else if origin.reason == Reason::MaybeReal.as_str() || round.is_over(origin.happened_at) {
        "訓練が終わったあとの報告です。本番なら、災害の安否確認を選んでください。"
    } else if origin.event_id.is_some_and(|event| event != round.event_id) {
        "別の訓練の報告です。その訓練か、災害の安否確認を選んでください。"
    } else {
        return Ok(());
    };
    Err(Problem::Conflict(why.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hour: u32) -> DateTime<Utc> {
        format!("2026-01-17T{hour:02}:00:00Z").parse().unwrap()
    }

    fn drill(event: u128) -> RoundFacts {
        RoundFacts {
            id: Uuid::from_u128(9),
            event_id: Uuid::from_u128(event),
            is_drill: true,
            ended_at: None,
            planned_end_at: Some(at(12)),
        }
    }

    fn origin(event: u128, is_of_disaster: bool, reason: &str, hour: u32) -> Origin {
        Origin {
            event_id: Some(Uuid::from_u128(event)),
            is_of_disaster,
            reason: reason.into(),
            happened_at: at(hour),
        }
    }

    #[test]
    fn drill_and_disaster_never_mix_and_a_real_call_leaves_the_drill() {
        let in_time = origin(1, false, "unknown_member", 10);
        assert!(require_kind(&in_time, &drill(1)).is_ok());
        assert!(require_kind(&in_time, &drill(2)).is_err());
        assert!(require_kind(&origin(1, true, "unknown_member", 10), &drill(1)).is_err());
        assert!(require_kind(&origin(1, false, "maybe_real", 10), &drill(1)).is_err());
        assert!(require_kind(&origin(1, false, "revoked_device", 13), &drill(1)).is_err());
        let disaster = RoundFacts {
            is_drill: false,
            ..drill(3)
        };
        assert!(require_kind(&origin(1, false, "maybe_real", 13), &disaster).is_ok());
    }
}
