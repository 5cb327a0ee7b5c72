//! Random days: phones tap, go away, die, come back, carry for each other, lose answers and repeat themselves. At the end of each
//! day everything that was tapped is there, once, and the same state follows as from the same taps sent in their order.

use std::collections::{BTreeMap, BTreeSet};

use rand::rngs::StdRng;
use rand::seq::{IndexedRandom, SliceRandom};
use rand::{RngExt, SeedableRng};
use serde_json::{Map, json};

use super::stage::{Stage, State, TapLine, Town, Who};

/// How many days; `MACHIMORI_FULL` tries many more.
fn days() -> u64 {
    if std::env::var_os("MACHIMORI_FULL").is_some() {
        500
    } else {
        50
    }
}

const PHONES: [&str; 3] = ["p", "q", "r"];
const PEOPLE: [&str; 4] = ["a", "b", "c", "d"];

/// What is tapped on one day: words about four people of whom none speaks for another.
fn taps(rng: &mut StdRng) -> Vec<TapLine> {
    let count = rng.random_range(6..18);
    let mut taps: Vec<TapLine> = Vec::new();
    let mut undone: BTreeSet<String> = BTreeSet::new();
    for n in 0..count {
        let mut says = Map::new();
        let earlier: Vec<&TapLine> = taps
            .iter()
            .filter(|t| t.corrects.is_none() && !undone.contains(&t.id))
            .collect();
        let undo = match earlier.choose(rng) {
            Some(tap) if rng.random_bool(0.2) => {
                Some((tap.id.clone(), tap.phone.clone(), tap.about.clone()))
            }
            _ => None,
        };
        let (corrects, phone, about) = match undo {
            Some((id, phone, about)) => {
                undone.insert(id.clone());
                says.insert("is_withdrawal".into(), json!(true));
                (Some(id), phone, about)
            }
            None => {
                match rng.random_range(0..6) {
                    0 | 1 => {
                        says.insert("attempt".into(), json!(["no_answer", "absent"].choose(rng)))
                    }
                    2 => says.insert("outcome".into(), json!("needs_rescue")),
                    _ => says.insert(
                        "outcome".into(),
                        json!(["safe", "injured_minor", "needs_support"].choose(rng)),
                    ),
                };
                let phone = (*PHONES.choose(rng).unwrap()).to_owned();
                (None, phone, Some((*PEOPLE.choose(rng).unwrap()).to_owned()))
            }
        };
        taps.push(TapLine {
            id: format!("t{n:02}"),
            phone,
            about,
            // Two words never share an instant, so that no tie is broken by an id that differs between two stages.
            at: -100 + i64::from(n) * 3,
            clock: 0,
            is_clock_unknown: false,
            corrects,
            subject: None,
            round: None,
            kind: None,
            same_id_as: None,
            is_forged: false,
            is_of_standby_list: false,
            says,
        });
    }
    taps
}

/// A phone's outbox: what it believes to be unsent.
type Outboxes = BTreeMap<String, Vec<String>>;

/// One day out there. Phones lose answers and batches, die and come back; nothing leaves an outbox without a receipt.
async fn day(stage: &Stage<'_>, taps: &[TapLine], rng: &mut StdRng) {
    let mut outboxes: Outboxes = PHONES
        .iter()
        .map(|p| ((*p).to_owned(), Vec::new()))
        .collect();
    let mut to_tap: Vec<&TapLine> = taps.iter().rev().collect();
    let mut is_offline: BTreeSet<&str> = BTreeSet::new();
    while !to_tap.is_empty() || outboxes.values().any(|o| !o.is_empty()) {
        let is_evening = to_tap.is_empty();
        let phone = *PHONES.choose(rng).unwrap();
        match rng.random_range(0..10) {
            0..=3 => {
                if let Some(tap) = to_tap.pop() {
                    outboxes.get_mut(&tap.phone).unwrap().push(tap.id.clone());
                }
            }
            4 if !is_evening => _ = is_offline.insert(phone),
            5 => _ = is_offline.remove(phone),
            6 => {
                // Somebody else takes the whole box along, and its own phone does not know.
                let carrier = *PHONES.choose(rng).unwrap();
                let box_of = outboxes[phone].clone();
                if !is_offline.contains(carrier) && !box_of.is_empty() {
                    stage.send(carrier, &box_of).await;
                }
            }
            _ if is_offline.contains(phone) => {
                if is_evening {
                    is_offline.remove(phone);
                }
            }
            _ => upload(stage, phone, outboxes.get_mut(phone).unwrap(), rng).await,
        }
    }
}

async fn upload(stage: &Stage<'_>, phone: &str, outbox: &mut Vec<String>, rng: &mut StdRng) {
    if outbox.is_empty() {
        return;
    }
    let mut batch: Vec<String> = outbox.clone();
    if rng.random_bool(0.3) {
        batch.shuffle(rng);
    }
    batch.truncate(rng.random_range(1..=batch.len()));
    match rng.random_range(0..4) {
        // It never left.
        0 => {}
        // It arrived, and its answer did not: killed, or no signal.
        1 => _ = stage.send(phone, &batch).await,
        _ => {
            let answers = stage.send(phone, &batch).await;
            assert!(
                answers
                    .iter()
                    .all(|a| a == "stored" || a == "already_stored"),
                "{answers:?}"
            );
            outbox.retain(|id| !batch.contains(id));
        }
    }
}

/// What can be said of a person without any derivation: tries that were not undone, and calls for rescue, undone or not.
fn counted(taps: &[TapLine], person: &str) -> (i32, i16, bool) {
    let undone: BTreeSet<&str> = taps.iter().filter_map(|t| t.corrects.as_deref()).collect();
    let own = || {
        taps.iter()
            .filter(|t| t.about.as_deref() == Some(person) && t.corrects.is_none())
    };
    let is_in_force = |t: &&TapLine| !undone.contains(t.id.as_str());
    let is_rescue = |t: &&TapLine| t.says.get("outcome") == Some(&json!("needs_rescue"));
    let tries = own()
        .filter(is_in_force)
        .filter(|t| t.says.contains_key("attempt"))
        .count();
    let calls = own().filter(is_rescue).count();
    let is_open = own().filter(is_in_force).any(|t| is_rescue(&t));
    (
        i32::try_from(tries).unwrap(),
        i16::try_from(calls).unwrap(),
        is_open,
    )
}

async fn states(stage: &mut Stage<'_>) -> Vec<State> {
    let mut states = Vec::new();
    for person in PEOPLE {
        states.push(stage.state(person, false).await.unwrap());
    }
    states
}

async fn one_day<'t>(lived: &mut Stage<'t>, told: &mut Stage<'t>, seed: u64) {
    let mut rng = StdRng::seed_from_u64(seed);
    let taps = taps(&mut rng);
    for tap in &taps {
        lived.tap(tap);
        told.tap(tap);
    }
    day(lived, &taps, &mut rng).await;
    for tap in &taps {
        let answer = told.send(&tap.phone, std::slice::from_ref(&tap.id)).await;
        assert_eq!(answer, ["stored"], "day {seed}");
    }
    let all: Vec<String> = taps.iter().map(|t| t.id.clone()).collect();
    let (observed, _) = lived.observed().await;
    assert_eq!(observed, all, "day {seed}: lost or doubled");
    let rows = i64::try_from(all.len()).unwrap();
    assert_eq!(lived.kept_rows().await, rows, "day {seed}: lost or doubled");
    let (after, expected) = (states(lived).await, states(told).await);
    assert_eq!(after, expected, "day {seed}: another state");
    for (person, state) in PEOPLE.iter().zip(&after) {
        let (tries, calls, is_open) = counted(&taps, person);
        assert_eq!(
            (state.tries, state.rescues),
            (tries, calls),
            "day {seed}: {person}"
        );
        let is_called = state.outcome.as_deref() == Some("needs_rescue");
        assert_eq!(is_called, is_open, "day {seed}: {person}");
        assert!(
            !is_open || state.bucket == "need_help",
            "day {seed}: {person}"
        );
    }
}

#[tokio::test]
async fn whatever_the_day_was_like_nothing_is_lost_nothing_is_doubled_and_the_state_is_the_same() {
    let town = Town::new().await;
    let people: BTreeMap<String, Who> = PEOPLE
        .iter()
        .map(|p| ((*p).to_owned(), Who::default()))
        .collect();
    let phones: Vec<String> = PHONES.iter().map(|p| (*p).to_owned()).collect();
    let mut lived = Stage::set(&town, "disaster", &people, &phones).await;
    let mut told = Stage::set(&town, "disaster", &people, &phones).await;
    for seed in 0..days() {
        one_day(&mut lived, &mut told, seed).await;
        lived = lived.again("disaster").await;
        told = told.again("disaster").await;
    }
}
