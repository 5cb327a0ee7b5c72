//! From the call for rescue to whoever took it and to whoever went: per call, median, worst, and those still waiting. Pure.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// A call for rescue as it was filed.
#[derive(Debug, Clone, Copy)]
pub struct Call {
    pub id: Uuid,
    pub member_id: Uuid,
    pub at: DateTime<Utc>,
}

/// What was done about somebody's call.
#[derive(Debug, Clone, Copy)]
pub struct Step {
    pub member_id: Uuid,
    /// Given to somebody who goes; else it was only taken.
    pub is_given: bool,
    pub at: DateTime<Utc>,
}

/// Named calls were closed by what was found.
#[derive(Debug, Clone)]
pub struct Closing {
    pub closes: Vec<Uuid>,
    pub at: DateTime<Utc>,
}

/// How long something took, in seconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Span {
    /// How many calls came so far.
    pub done: u32,
    /// Null: none came so far.
    pub median_s: Option<u32>,
    pub worst_s: Option<u32>,
    /// Open calls that did not, and for how long the oldest has waited.
    pub waiting: u32,
    pub longest_waiting_s: Option<u32>,
}

/// Calls for rescue and what became of them. Several calls about the same person until they are closed are one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RescueTimes {
    pub calls: u32,
    pub open: u32,
    /// From the call until somebody took it.
    pub taken: Span,
    /// From the call until it was given to somebody who goes.
    pub given: Span,
    /// From the call until it was closed by what was found.
    pub closed: Span,
    /// Closed without having been given to anybody.
    pub closed_without_giving: u32,
}

/// One call of one person, until it was closed.
struct Episode {
    since: DateTime<Utc>,
    taken_at: Option<DateTime<Utc>>,
    given_at: Option<DateTime<Utc>>,
    closed_at: Option<DateTime<Utc>>,
}

/// The times of all calls, as of `now`.
pub fn times(
    calls: &[Call],
    steps: &[Step],
    closings: &[Closing],
    now: DateTime<Utc>,
) -> RescueTimes {
    let episodes = episodes(calls, steps, closings);
    let span = |at: fn(&Episode) -> Option<DateTime<Utc>>| {
        let mut took: Vec<u32> = episodes
            .iter()
            .filter_map(|e| at(e).map(|at| seconds(e.since, at)))
            .collect();
        took.sort_unstable();
        let waiting = episodes
            .iter()
            .filter(|e| at(e).is_none() && e.closed_at.is_none());
        Span {
            done: size(took.len()),
            median_s: median(&took),
            worst_s: took.last().copied(),
            waiting: size(waiting.clone().count()),
            longest_waiting_s: waiting.map(|e| seconds(e.since, now)).max(),
        }
    };
    RescueTimes {
        calls: size(episodes.len()),
        open: size(episodes.iter().filter(|e| e.closed_at.is_none()).count()),
        taken: span(|e| e.taken_at),
        given: span(|e| e.given_at),
        closed: span(|e| e.closed_at),
        closed_without_giving: size(
            episodes
                .iter()
                .filter(|e| e.closed_at.is_some() && e.given_at.is_none())
                .count(),
        ),
    }
}

fn episodes(calls: &[Call], steps: &[Step], closings: &[Closing]) -> Vec<Episode> {
    let mut closed: BTreeMap<Uuid, DateTime<Utc>> = BTreeMap::new();
    for closing in closings {
        for id in &closing.closes {
            let at = closed.entry(*id).or_insert(closing.at);
            *at = closing.at.min(*at);
        }
    }
    let mut in_order = calls.to_vec();
    in_order.sort_by_key(|c| (c.member_id, c.at, c.id));
    let mut found = Vec::new();
    for member in in_order.chunk_by(|a, b| a.member_id == b.member_id) {
        let mut own: Vec<Episode> = Vec::new();
        for call in member {
            let closed_at = closed.get(&call.id).copied();
            match own.last_mut() {
                // Still open when this call came: the same need.
                Some(last) if last.closed_at.is_none_or(|at| at >= call.at) => {
                    last.closed_at = last.closed_at.zip(closed_at).map(|(a, b)| a.max(b));
                }
                _ => own.push(Episode {
                    since: call.at,
                    taken_at: None,
                    given_at: None,
                    closed_at,
                }),
            }
        }
        let mine: Vec<&Step> = steps
            .iter()
            .filter(|s| s.member_id == member[0].member_id)
            .collect();
        let starts: Vec<DateTime<Utc>> = own.iter().skip(1).map(|e| e.since).collect();
        for (n, episode) in own.iter_mut().enumerate() {
            let since = episode.since;
            let its = mine.iter().filter(|s| {
                (n == 0 || s.at >= since) && starts.get(n).is_none_or(|next| s.at < *next)
            });
            let taken = its.clone().map(|s| s.at).min();
            episode.given_at = its.filter(|s| s.is_given).map(|s| s.at).min();
            // Whoever closes a call has taken it.
            episode.taken_at = [taken, episode.closed_at].into_iter().flatten().min();
        }
        found.extend(own);
    }
    found
}

/// Of an even number the mean of the two in the middle.
fn median(sorted: &[u32]) -> Option<u32> {
    let upper = *sorted.get(sorted.len() / 2)?;
    let lower = *sorted.get((sorted.len() - 1) / 2)?;
    Some(lower + (upper - lower) / 2)
}

/// A clock that runs behind must not make a time negative.
fn seconds(from: DateTime<Utc>, to: DateTime<Utc>) -> u32 {
    u32::try_from((to - from).num_seconds().max(0)).unwrap_or(u32::MAX)
}

fn size(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// The members about whom something was called.
pub fn members(calls: &[Call]) -> Vec<Uuid> {
    let ids: BTreeSet<Uuid> = calls.iter().map(|c| c.member_id).collect();
    ids.into_iter().collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(minute: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + minute * 60, 0).unwrap()
    }
    fn call(id: u128, member: u128, minute: i64) -> Call {
        Call {
            id: Uuid::from_u128(id),
            member_id: Uuid::from_u128(member),
            at: at(minute),
        }
    }
    fn step(member: u128, is_given: bool, minute: i64) -> Step {
        Step {
            member_id: Uuid::from_u128(member),
            is_given,
            at: at(minute),
        }
    }
    fn closing(ids: &[u128], minute: i64) -> Closing {
        Closing {
            closes: ids.iter().map(|id| Uuid::from_u128(*id)).collect(),
            at: at(minute),
        }
    }
    fn span(
        done: u32,
        median: Option<u32>,
        worst: Option<u32>,
        waiting: u32,
        longest: Option<u32>,
    ) -> Span {
        Span {
            done,
            median_s: median.map(|m| m * 60),
            worst_s: worst.map(|m| m * 60),
            waiting,
            longest_waiting_s: longest.map(|m| m * 60),
        }
    }

    #[test]
    fn nobody_called() {
        assert_eq!(times(&[], &[], &[], at(60)), RescueTimes::default());
    }

    #[test]
    fn three_calls_one_handed_over_one_only_taken_one_nobodys() {
        let calls = [call(1, 1, 0), call(2, 2, 10), call(3, 3, 20)];
        let steps = [step(1, false, 2), step(1, true, 8), step(2, false, 16)];
        let found = times(&calls, &steps, &[closing(&[1], 30)], at(60));
        assert_eq!(
            (found.calls, found.open, found.closed_without_giving),
            (3, 2, 0)
        );
        assert_eq!(found.taken, span(2, Some(4), Some(6), 1, Some(40)));
        assert_eq!(found.given, span(1, Some(8), Some(8), 2, Some(50)));
        assert_eq!(found.closed, span(1, Some(30), Some(30), 2, Some(50)));
    }

    #[test]
    fn calls_about_one_person_are_one_until_they_are_closed_and_then_another() {
        // 1 and 2 are one need; 3 comes after both were closed.
        let calls = [call(3, 7, 50), call(1, 7, 0), call(2, 7, 5)];
        let closings = [closing(&[1], 20), closing(&[2], 30)];
        let found = times(
            &calls,
            &[step(7, true, 10), step(7, true, 54)],
            &closings,
            at(60),
        );
        assert_eq!((found.calls, found.open), (2, 1));
        assert_eq!(found.given, span(2, Some(7), Some(10), 0, None));
        assert_eq!(found.closed, span(1, Some(30), Some(30), 1, Some(10)));
    }

    #[test]
    fn whoever_closes_a_call_has_taken_it_though_nobody_was_sent() {
        let found = times(&[call(1, 1, 0)], &[], &[closing(&[1], 12)], at(60));
        assert_eq!((found.open, found.closed_without_giving), (0, 1));
        assert_eq!(found.taken, span(1, Some(12), Some(12), 0, None));
        assert_eq!(found.given, span(0, None, None, 0, None));
    }

    #[test]
    fn one_of_two_calls_closed_leaves_the_need_open() {
        let found = times(
            &[call(1, 1, 0), call(2, 1, 4)],
            &[],
            &[closing(&[1], 12)],
            at(60),
        );
        assert_eq!((found.calls, found.open), (1, 1));
    }

    proptest! {
        #[test]
        fn every_call_is_open_or_closed_and_no_median_passes_the_worst(
            calls in proptest::collection::vec((0_u128..5, 0_i64..100), 0..30),
            steps in proptest::collection::vec((0_u128..5, any::<bool>(), 0_i64..100), 0..30),
            closes in proptest::collection::vec((0_u128..30, 0_i64..100), 0..30),
        ) {
            let calls: Vec<Call> = calls.iter().enumerate().map(|(n, (m, t))| call(n as u128, *m, *t)).collect();
            let steps: Vec<Step> = steps.iter().map(|(m, g, t)| step(*m, *g, *t)).collect();
            let closings: Vec<Closing> = closes.iter().map(|(id, t)| closing(&[*id], *t)).collect();
            let found = times(&calls, &steps, &closings, at(100));
            prop_assert_eq!(found.calls, found.open + found.closed.done);
            prop_assert!(found.calls as usize >= members(&calls).len());
            prop_assert!(found.given.done <= found.taken.done);
            for span in [found.taken, found.given, found.closed] {
                prop_assert!(span.median_s <= span.worst_s);
                prop_assert_eq!(span.waiting > 0, span.longest_waiting_s.is_some());
            }
        }
    }
}
