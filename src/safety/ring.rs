//! When an open rescue rings again: nobody took it, nobody handed it over, or what was promised has passed.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::member::{RescueStep, StepKind};

/// Why a rescue rings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RingWhy {
    /// Nobody has taken it, or it came back.
    Nobody,
    /// Somebody took it and gave it to nobody.
    NotHandedOver,
    /// The time that was promised has passed, and nobody said that they arrived.
    PromisePassed,
    /// Given away without a promised time, and nothing was heard for long.
    NothingHeard,
}

/// When a rescue rings next, unless something is done; past: it rings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Ring {
    pub why: RingWhy,
    pub at: DateTime<Utc>,
}

/// Given away without a promised time: so many times the usual wait.
const WITHOUT_PROMISE: i32 = 6;

/// Where a rescue stands: the last step about the calls that are open. What was done about one closed before helps nobody now.
pub fn last(steps: &[RescueStep]) -> Option<&RescueStep> {
    steps.iter().rfind(|s| !s.is_earlier)
}

/// The next ring of a rescue called `since`, after these steps (the oldest first). Whoever arrived rings no more: the call is
/// closed by what was found.
pub fn next(since: DateTime<Utc>, steps: &[RescueStep], wait: TimeDelta) -> Option<Ring> {
    let Some(last) = last(steps) else {
        return Some(ring(RingWhy::Nobody, since, wait));
    };
    match (last.kind, last.promised_at) {
        (StepKind::Arrived, _) => None,
        (StepKind::Returned, _) => Some(ring(RingWhy::Nobody, last.at, wait)),
        (StepKind::Acknowledged, _) => Some(ring(RingWhy::NotHandedOver, last.at, wait)),
        (StepKind::Assigned | StepKind::HandedOver, Some(at)) => Some(Ring {
            why: RingWhy::PromisePassed,
            at,
        }),
        (StepKind::Assigned | StepKind::HandedOver, None) => {
            Some(ring(RingWhy::NothingHeard, last.at, wait * WITHOUT_PROMISE))
        }
    }
}

fn ring(why: RingWhy, from: DateTime<Utc>, wait: TimeDelta) -> Ring {
    // A clock far off must not silence it.
    let at = from.checked_add_signed(wait).unwrap_or(from);
    Ring { why, at }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn at(minute: u32) -> DateTime<Utc> {
        format!("2026-01-17T01:{minute:02}:00Z").parse().unwrap()
    }

    fn step(kind: StepKind, minute: u32, promised: Option<u32>) -> RescueStep {
        RescueStep {
            id: Uuid::nil(),
            kind,
            given_to: String::new(),
            reference: String::new(),
            said_by: String::new(),
            note: String::new(),
            promised_at: promised.map(at),
            slip_id: None,
            by_name: None,
            at: at(minute),
            is_earlier: false,
        }
    }

    fn rings(steps: &[RescueStep]) -> Option<(RingWhy, DateTime<Utc>)> {
        next(at(0), steps, TimeDelta::minutes(5)).map(|r| (r.why, r.at))
    }

    #[test]
    fn a_call_rings_until_somebody_has_it_and_again_when_they_do_not_come() {
        let taken = step(StepKind::Acknowledged, 2, None);
        let handed = step(StepKind::HandedOver, 4, Some(20));
        let back = step(StepKind::Returned, 22, None);
        assert_eq!(rings(&[]), Some((RingWhy::Nobody, at(5))));
        assert_eq!(
            rings(std::slice::from_ref(&taken)),
            Some((RingWhy::NotHandedOver, at(7)))
        );
        let steps = [taken, handed, back, step(StepKind::Arrived, 30, None)];
        assert_eq!(rings(&steps[..2]), Some((RingWhy::PromisePassed, at(20))));
        assert_eq!(rings(&steps[..3]), Some((RingWhy::Nobody, at(27))));
        assert_eq!(rings(&steps), None);
        assert_eq!(
            rings(&[step(StepKind::HandedOver, 4, None)]),
            Some((RingWhy::NothingHeard, at(34)))
        );
        let earlier = steps.map(|s| RescueStep {
            is_earlier: true,
            ..s
        });
        assert_eq!(rings(&earlier), Some((RingWhy::Nobody, at(5))));
    }
}
