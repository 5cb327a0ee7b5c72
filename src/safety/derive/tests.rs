use proptest::prelude::*;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::*;
use crate::safety::board::{Bucket, Counts, bucket};
use crate::safety::replay::derive_file;

const VECTORS: &str = include_str!("../../../tests/vectors/derive/states.json");

#[derive(Deserialize)]
struct Vectors {
    members: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    #[serde(default)]
    out_of_scope_reason: Option<String>,
    observations: Vec<Observation>,
    resolutions: Vec<Resolution>,
    expected: Map<String, Value>,
    bucket: Bucket,
}

fn without_empty(state: Value) -> Map<String, Value> {
    let Value::Object(members) = state else {
        panic!("a state is an object")
    };
    members
        .into_iter()
        .filter(|(_, value)| match value {
            Value::Null | Value::Bool(false) => false,
            Value::Number(n) => n.as_u64() != Some(0),
            Value::Array(items) => !items.is_empty(),
            _ => true,
        })
        .collect()
}

#[test]
fn every_written_case_has_the_state_written_beside_it() {
    let vectors: Vectors = serde_json::from_str(VECTORS).expect("the vectors are readable");
    assert!(vectors.members.len() >= 45);
    for case in vectors.members {
        let state = derive(&case.observations, &case.resolutions);
        assert_eq!(
            bucket(&state, case.out_of_scope_reason.is_some()),
            case.bucket,
            "{}",
            case.name
        );
        let written = serde_json::to_value(&state).expect("a state is JSON");
        assert_eq!(without_empty(written), case.expected, "{}", case.name);
    }
}

#[test]
fn a_recording_is_replayed_member_by_member() {
    let mut out = Vec::new();
    derive_file(VECTORS.as_bytes(), &mut out).expect("the vectors are a recording");
    let replayed: Value = serde_json::from_slice(&out).expect("the states are JSON");
    let cases: Value = serde_json::from_str(VECTORS).expect("the vectors are JSON");
    let cases = cases["members"].as_array().expect("members");
    for (replayed, case) in replayed["members"]
        .as_array()
        .expect("members")
        .iter()
        .zip(cases)
    {
        assert_eq!(replayed["id"], case["id"]);
        assert_eq!(replayed["bucket"], case["bucket"], "{}", case["name"]);
        assert_eq!(
            Value::from(without_empty(replayed["state"].clone())),
            case["expected"]
        );
    }
}

#[test]
fn a_recording_of_another_shape_is_refused_with_its_place() {
    let refusal = derive_file("{\"members\":\n[{\"id\":7}]}".as_bytes(), Vec::new());
    let words = format!("{:#}", refusal.expect_err("7 is no id"));
    assert!(
        words.contains("members") && words.contains("line 2"),
        "{words}"
    );
}

fn id(n: usize) -> Uuid {
    Uuid::from_u128(0x7000_8000_0000_0000_0000 + n as u128)
}

fn outcome() -> impl Strategy<Value = Outcome> {
    prop::sample::select(vec![
        Outcome::Safe,
        Outcome::Unknown,
        Outcome::InjuredMinor,
        Outcome::NeedsSupport,
        Outcome::InjuredSerious,
        Outcome::NeedsRescue,
        Outcome::Deceased,
    ])
}

fn attempt() -> impl Strategy<Value = Attempt> {
    prop::sample::select(vec![
        Attempt::Met,
        Attempt::Phone,
        Attempt::Family,
        Attempt::Neighbour,
        Attempt::Marker,
        Attempt::CheckIn,
        Attempt::NoAnswer,
        Attempt::Refused,
    ])
}

fn whereabouts() -> impl Strategy<Value = Whereabouts> {
    prop::sample::select(vec![
        Whereabouts::Home,
        Whereabouts::Shelter,
        Whereabouts::Unknown,
    ])
}

prop_compose! {
    fn observation()(
        (outcome, attempt, whereabouts) in
            (prop::option::of(outcome()), attempt(), prop::option::of(whereabouts())),
        (corrects, is_withdrawal) in (prop::option::weighted(0.3, 0usize..12), prop::bool::weighted(0.4)),
        (device, seq, minute, offset_minutes) in (prop::option::of(0usize..2), 0i64..12, 0i64..12, -3i64..3),
        (is_quarantined, is_from_headquarters) in (prop::bool::weighted(0.1), any::<bool>()),
        (for_household, via_household) in (any::<bool>(), any::<bool>()),
        needs in prop::collection::vec(prop::sample::select(vec!["medicine", "power"]), 0..2),
    ) -> Observation {
        Observation {
            id: Uuid::nil(),
            outcome,
            whereabouts,
            shelter_id: None,
            attempt,
            needs: needs.into_iter().map(str::to_owned).collect(),
            for_household,
            via_household,
            corrects: corrects.map(id),
            is_withdrawal: is_withdrawal && corrects.is_some(),
            observer_kind: if is_from_headquarters { "hq_staff" } else { "volunteer" }.to_owned(),
            device_id: device.map(id),
            device_seq: Some(seq),
            observed_at: DateTime::from_timestamp_millis(minute * 60_000).expect("a small instant"),
            clock_offset_ms: offset_minutes * 60_000,
            is_late: false,
            is_quarantined,
        }
    }
}

prop_compose! {
    fn resolution()(
        closes in prop::collection::vec(0usize..12, 0..4),
        outcome in prop::option::of(outcome()),
        whereabouts in prop::option::of(whereabouts()),
        minute in 0i64..12,
    ) -> Resolution {
        Resolution {
            id: Uuid::nil(),
            closes: closes.into_iter().map(id).collect(),
            outcome,
            whereabouts,
            shelter_id: None,
            resolved_at: DateTime::from_timestamp_millis(minute * 60_000).expect("a small instant"),
        }
    }
}

fn evidence() -> impl Strategy<Value = (Vec<Observation>, Vec<Resolution>)> {
    let observations = prop::collection::vec(observation(), 0..12);
    let resolutions = prop::collection::vec(resolution(), 0..3);
    (observations, resolutions).prop_map(|(mut observations, mut resolutions)| {
        // Ids by position, in an order unlike that of time.
        for (n, o) in observations.iter_mut().enumerate() {
            o.id = id(n * 5 % 12);
        }
        for (n, r) in resolutions.iter_mut().enumerate() {
            r.id = id(100 + n);
        }
        (observations, resolutions)
    })
}

fn shuffled_with_repeats() -> impl Strategy<Value = (Evidence, Evidence)> {
    evidence().prop_flat_map(|(observations, resolutions)| {
        let mut more = observations.clone();
        more.extend(observations.iter().step_by(2).cloned());
        let mut more_found = resolutions.clone();
        more_found.extend(resolutions.iter().cloned());
        let told = Just((observations, resolutions));
        (
            told,
            (Just(more).prop_shuffle(), Just(more_found).prop_shuffle()),
        )
    })
}

type Evidence = (Vec<Observation>, Vec<Resolution>);

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn the_order_of_arrival_and_repeats_change_nothing((told, retold) in shuffled_with_repeats()) {
        prop_assert_eq!(derive(&told.0, &told.1), derive(&retold.0, &retold.1));
    }

    #[test]
    fn the_outcome_is_needs_rescue_exactly_while_a_call_is_open((seen, found) in evidence()) {
        let state = derive(&seen, &found);
        prop_assert_eq!(state.outcome == Some(Outcome::NeedsRescue), !state.open_rescue.is_empty());
        prop_assert!(state.open_injury.is_empty() || state.outcome.is_some_and(Outcome::is_alarm));
    }

    #[test]
    fn a_call_that_nobody_closed_is_open_or_queued((seen, found) in evidence()) {
        let closed: BTreeSet<Uuid> = found
            .iter()
            .filter(|r| r.outcome != Some(Outcome::NeedsRescue))
            .flat_map(|r| r.closes.iter().copied())
            .collect();
        let state = derive(&seen, &found);
        let calls = seen.iter().filter(|o| {
            !o.is_quarantined && !o.is_withdrawal && o.stated_outcome() == Some(Outcome::NeedsRescue)
        });
        // A call corrected by another call lives on in that one.
        for call in calls.clone().filter(|call| !calls.clone().any(|o| o.corrects == Some(call.id))) {
            prop_assert!(
                state.open_rescue.contains(&call.id)
                    || state.withdrawn_rescue.contains(&call.id)
                    || closed.contains(&call.id)
            );
        }
    }

    #[test]
    fn no_further_word_ends_an_open_call((seen, found) in evidence(), mut word in observation()) {
        let before = derive(&seen, &found);
        word.id = id(50);
        word.corrects = None;
        let after = derive(&[seen, vec![word]].concat(), &found);
        prop_assert!(before.open_rescue.iter().all(|id| after.open_rescue.contains(id)));
        prop_assert!(before.open_injury.iter().all(|id| after.open_injury.contains(id)));
    }

    #[test]
    fn a_try_in_vain_changes_no_outcome((seen, found) in evidence(), minute in 0i64..12) {
        let before = derive(&seen, &found);
        let try_in_vain: Observation = serde_json::from_value(serde_json::json!({
            "id": id(50),
            "attempt": "no_answer",
            "outcome": "safe",
            "observed_at": format!("1970-01-01T00:{minute:02}:00Z"),
        })).expect("an observation");
        let after = derive(&[seen, vec![try_in_vain]].concat(), &found);
        prop_assert_eq!(after.attempts_count, before.attempts_count + 1);
        prop_assert_eq!(
            MemberState {
                attempts_count: before.attempts_count,
                last_attempt: before.last_attempt,
                last_attempt_at: before.last_attempt_at,
                ..after
            },
            before
        );
    }

    #[test]
    fn closing_every_call_leaves_none((seen, mut found) in evidence()) {
        let state = derive(&seen, &found);
        found.push(Resolution {
            id: id(150),
            closes: seen.iter().map(|o| o.id).collect(),
            outcome: Some(Outcome::Safe),
            whereabouts: None,
            shelter_id: None,
            resolved_at: DateTime::from_timestamp_millis(3_600_000).expect("a small instant"),
        });
        let settled = derive(&seen, &found);
        prop_assert!(settled.open_rescue.is_empty() && settled.withdrawn_rescue.is_empty());
        prop_assert_eq!(settled.outcome, Some(Outcome::Safe));
        prop_assert_eq!(settled.attempts_count, state.attempts_count);
    }

    #[test]
    fn the_wildest_clock_breaks_nothing(
        (mut seen, found) in evidence(),
        offset in prop_oneof![Just(i64::MIN), Just(i64::MAX), any::<i64>()],
    ) {
        for o in &mut seen {
            o.clock_offset_ms = offset;
        }
        let state = derive(&seen, &found);
        prop_assert!(state.outcome.is_none() || state.outcome_at.is_some());
        let text = serde_json::to_string(&state).expect("a state is JSON");
        prop_assert_eq!(serde_json::from_str::<MemberState>(&text).expect("it reads back"), state);
    }

    #[test]
    fn every_member_is_in_exactly_one_bucket(
        members in prop::collection::vec((evidence(), any::<bool>()), 0..6),
    ) {
        let mut counts = Counts::default();
        for ((seen, found), is_out_of_scope) in &members {
            counts.add(bucket(&derive(seen, found), *is_out_of_scope), 1);
        }
        prop_assert_eq!(counts.members as usize, members.len());
        prop_assert_eq!(counts.members, counts.confirmed() + counts.tried + counts.unchecked + counts.out_of_scope);
    }
}
