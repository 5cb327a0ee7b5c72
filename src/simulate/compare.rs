//! The ledger beside the truth: every difference, in words.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use uuid::Uuid;

use super::script::Truth;

/// What the ledger says of one member.
pub fn member(m: &Value) -> Option<(Uuid, &Value)> {
    m["id"].as_str()?.parse().ok().map(|id| (id, m))
}

/// Where the members' states differ from what happened.
pub fn states(truths: &BTreeMap<Uuid, Truth>, members: &[Value]) -> Vec<String> {
    let mut told = Vec::new();
    let mut seen = BTreeSet::new();
    for (id, m) in members.iter().filter_map(member) {
        seen.insert(id);
        let Some(truth) = truths.get(&id) else {
            told.push(format!(
                "member {id}: in the ledger, and nobody knows of her"
            ));
            continue;
        };
        let said = (
            m["bucket"].as_str().unwrap_or_default(),
            m["outcome"].as_str(),
            m["open_rescues"].as_u64().unwrap_or_default(),
            m["is_contradicted"].as_bool().unwrap_or_default(),
        );
        let true_ = (
            truth.bucket,
            truth.outcome,
            truth.open_rescues,
            truth.is_contradicted,
        );
        if said != true_ {
            told.push(format!(
                "member {id}: the ledger says {said:?}, true is {true_:?}"
            ));
        }
    }
    let lost = truths.keys().filter(|id| !seen.contains(id));
    told.extend(lost.map(|id| format!("member {id}: not in the ledger")));
    told
}

/// Where the board's counts differ.
pub fn board(truths: &BTreeMap<Uuid, Truth>, board: &Value) -> Vec<String> {
    let count = |bucket: &str| truths.values().filter(|t| t.bucket == bucket).count();
    let totals = &board["totals"];
    let mut told = Vec::new();
    let mut check = |what: &str, said: &Value, true_: usize| {
        if said.as_u64() != u64::try_from(true_).ok() {
            told.push(format!(
                "board, {what}: the ledger says {said}, true is {true_}"
            ));
        }
    };
    for bucket in [
        "safe",
        "need_help",
        "unknown",
        "tried",
        "unchecked",
        "out_of_scope",
    ] {
        check(bucket, &totals[bucket], count(bucket));
    }
    check("members", &totals["members"], truths.len());
    let contradicted = truths.values().filter(|t| t.is_contradicted).count();
    check("contradicted", &totals["contradicted"], contradicted);
    let open = truths.values().filter(|t| t.open_rescues > 0).count();
    check("open rescues", &totals["open_rescues"], open);
    told
}

/// Where the rescue queue differs: who waits in it.
pub fn rescues(truths: &BTreeMap<Uuid, Truth>, queue: &Value) -> Vec<String> {
    let waits: BTreeSet<Uuid> = queue["items"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|r| {
            r["member"]["id"]
                .as_str()
                .or(r["id"].as_str())?
                .parse()
                .ok()
        })
        .collect();
    let open = truths.iter().filter(|(_, t)| t.open_rescues > 0);
    let open: BTreeSet<Uuid> = open.map(|(id, _)| *id).collect();
    let forgotten = open.difference(&waits);
    let told = forgotten.map(|id| format!("rescue of {id}: open, and not in the queue"));
    // Calls of the event's other rounds are nobody's here.
    let invented = waits
        .difference(&open)
        .filter(|id| truths.contains_key(id))
        .map(|id| format!("rescue of {id}: in the queue, and not open"));
    told.chain(invented).collect()
}

/// Where the report differs from the board's truth, and the venue from its gate.
pub fn report(truths: &BTreeMap<Uuid, Truth>, report: &Value, round: Uuid) -> Vec<String> {
    let rounds = report["now"]["rounds"].as_array();
    let of = rounds
        .into_iter()
        .flatten()
        .find(|r| r["round_id"].as_str() == Some(&round.to_string()));
    let confirmed = truths
        .values()
        .filter(|t| matches!(t.bucket, "safe" | "need_help" | "unknown"))
        .count();
    let said = of.map_or(Value::Null, |r| r["totals"]["confirmed"].clone());
    let curve = of.and_then(|r| r["totals"]["curve"].as_array()?.last().cloned());
    let mut told = Vec::new();
    for (what, said) in [
        ("confirmed", said),
        ("end of the curve", curve.unwrap_or_default()),
    ] {
        if said.as_u64() != u64::try_from(confirmed).ok() {
            told.push(format!(
                "report, {what}: the ledger says {said}, true is {confirmed}"
            ));
        }
    }
    told
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn truths() -> BTreeMap<Uuid, Truth> {
        let safe = Truth {
            bucket: "safe",
            outcome: Some("safe"),
            open_rescues: 0,
            is_contradicted: false,
        };
        BTreeMap::from([(Uuid::from_u128(1), safe)])
    }

    #[test]
    fn a_ledger_that_says_the_same_is_no_difference_and_anything_else_is_told() {
        let id = Uuid::from_u128(1);
        let right = json!({"id": id, "bucket": "safe", "outcome": "safe", "open_rescues": 0, "is_contradicted": false});
        assert!(states(&truths(), std::slice::from_ref(&right)).is_empty());
        assert_eq!(states(&truths(), &[]).len(), 1);
        let mut wrong = right.clone();
        wrong["open_rescues"] = json!(1);
        assert_eq!(states(&truths(), &[wrong]).len(), 1);
        let stranger = json!({"id": Uuid::from_u128(2), "bucket": "safe"});
        assert_eq!(states(&truths(), &[right, stranger]).len(), 1);
        let queue = json!({"items": [{"member": {"id": id}}]});
        assert_eq!(rescues(&truths(), &queue).len(), 1);
    }
}
