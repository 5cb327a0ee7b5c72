//! The response curve: how many were confirmed how soon. Pure; answers to `tests/vectors/response.json`.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// People confirmed within the same minute after the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct Heard {
    pub minute: u32,
    pub people: u32,
}

/// Within how many minutes a quarter, a half, three quarters were confirmed. Null: not reached.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Quartiles {
    pub p25_min: Option<u32>,
    pub p50_min: Option<u32>,
    pub p75_min: Option<u32>,
}

/// The quartiles of `of` people: those to be confirmed, or those who answered in one way.
pub fn quartiles(heard: &[Heard], of: u32) -> Quartiles {
    let mut by_minute = heard.to_vec();
    by_minute.sort_by_key(|h| h.minute);
    let within = |quarters: u64| {
        let wanted = quarters * u64::from(of);
        let mut so_far = 0_u64;
        by_minute.iter().find_map(|h| {
            so_far += u64::from(h.people);
            (of > 0 && so_far * 4 >= wanted).then_some(h.minute)
        })
    };
    Quartiles {
        p25_min: within(1),
        p50_min: within(2),
        p75_min: within(3),
    }
}

/// A curve has at most so many steps, however long the round: a report stays small.
const MOST_STEPS: u32 = 60;

/// Minutes from one point of the curve to the next.
const STEPS: [u32; 10] = [1, 2, 5, 10, 15, 30, 60, 120, 360, 1440];

/// How far apart the points of a curve over so many minutes are.
pub fn step_min(minutes: u32) -> u32 {
    STEPS
        .into_iter()
        .find(|step| minutes.div_ceil(*step) <= MOST_STEPS)
        .unwrap_or_else(|| minutes.div_ceil(MOST_STEPS))
}

/// How many were confirmed within 0, 1, 2 … steps; the last point holds everybody.
pub fn points(heard: &[Heard], step_min: u32, minutes: u32) -> Vec<u32> {
    let step = step_min.max(1);
    let last = minutes.div_ceil(step).min(MOST_STEPS);
    let mut points = vec![0_u32; usize::try_from(last).unwrap_or_default() + 1];
    for h in heard {
        let at = usize::try_from(h.minute.div_ceil(step)).unwrap_or(usize::MAX);
        let at = at.min(points.len() - 1);
        points[at] += h.people;
    }
    let mut so_far = 0;
    for point in &mut points {
        so_far += *point;
        *point = so_far;
    }
    points
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[derive(Deserialize)]
    struct Case {
        name: String,
        /// `[minute, people]`
        heard: Vec<(u32, u32)>,
        of: u32,
        quartiles: [Option<u32>; 3],
        minutes: u32,
        step: u32,
        points: Vec<u32>,
    }

    #[test]
    fn every_vector_reads_as_it_was_written_by_hand() {
        let cases: Vec<Case> =
            serde_json::from_str(include_str!("../../tests/vectors/response.json")).unwrap();
        assert!(cases.len() >= 9);
        for case in cases {
            let heard: Vec<Heard> = case
                .heard
                .iter()
                .map(|(minute, people)| Heard {
                    minute: *minute,
                    people: *people,
                })
                .collect();
            let q = quartiles(&heard, case.of);
            assert_eq!(
                [q.p25_min, q.p50_min, q.p75_min],
                case.quartiles,
                "{}",
                case.name
            );
            assert_eq!(step_min(case.minutes), case.step, "{}", case.name);
            assert_eq!(
                points(&heard, case.step, case.minutes),
                case.points,
                "{}",
                case.name
            );
        }
    }

    fn anybody() -> impl Strategy<Value = Vec<Heard>> {
        let one = (0_u32..20_000, 0_u32..50).prop_map(|(minute, people)| Heard { minute, people });
        proptest::collection::vec(one, 0..80)
    }

    proptest! {
        #[test]
        fn a_curve_never_falls_ends_with_everybody_and_is_short(heard in anybody(), minutes in 0_u32..200_000) {
            let step = step_min(minutes);
            let points = points(&heard, step, minutes);
            prop_assert!(points.len() <= 61);
            prop_assert!(points.is_sorted());
            prop_assert_eq!(*points.last().unwrap(), heard.iter().map(|h| h.people).sum::<u32>());
        }

        #[test]
        fn a_quartile_is_the_first_minute_with_that_many(heard in anybody(), of in 1_u32..2_000, quarter in 1_u32..=3) {
            let q = quartiles(&heard, of);
            let found = [q.p25_min, q.p50_min, q.p75_min][quarter as usize - 1];
            let by = |minute: u32| heard.iter().filter(|h| h.minute <= minute).map(|h| h.people).sum::<u32>();
            let is_enough = |minute: u32| by(minute) * 4 >= quarter * of;
            match found {
                Some(0) => prop_assert!(is_enough(0)),
                Some(minute) => prop_assert!(is_enough(minute) && !is_enough(minute - 1)),
                None => prop_assert!(!is_enough(u32::MAX)),
            }
        }

        #[test]
        fn the_order_of_arrival_says_nothing(heard in anybody(), of in 0_u32..2_000) {
            let mut turned = heard.clone();
            turned.reverse();
            prop_assert_eq!(quartiles(&heard, of), quartiles(&turned, of));
            prop_assert_eq!(points(&heard, 5, 300), points(&turned, 5, 300));
        }
    }
}
