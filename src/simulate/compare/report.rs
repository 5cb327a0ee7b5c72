//! The round's report beside the truth: counts, the way in which each was first heard of, why the others were not.

use std::collections::BTreeMap;

use serde_json::Value;
use uuid::Uuid;

use super::differing;
use crate::simulate::script::Truth;

/// What the report says of a round now.
pub fn of_round(report: &Value, round: Uuid) -> Value {
    let rounds = report["now"]["rounds"].as_array();
    let mut rounds = rounds.into_iter().flatten();
    let found = rounds.find(|r| r["round_id"] == round.to_string());
    found.cloned().unwrap_or_default()
}

/// Where the counts differ, and the end of the curve.
pub fn counts(truths: &BTreeMap<Uuid, Truth>, round: &Value, late: usize) -> Vec<String> {
    let heard_of = truths.values().filter(|t| t.first.is_some()).count();
    let out = truths.values().filter(|t| t.bucket == "out_of_scope");
    let wanted = [
        ("confirmed", heard_of),
        ("to_confirm", truths.len() - out.count()),
    ];
    let mut told = differing("report", &round["totals"], wanted);
    told.extend(differing("report", round, [("late_items", late)]));
    let curve = round["totals"]["curve"].as_array();
    let end = curve.and_then(|c| c.last()).cloned().unwrap_or_default();
    if end.as_u64() != u64::try_from(heard_of).ok() {
        told.push(format!(
            "report, end of the curve: the ledger says {end}, true is {heard_of}"
        ));
    }
    told
}

/// Where the ways differ in which people were first heard of, each with its door.
pub fn ways(truths: &BTreeMap<Uuid, Truth>, round: &Value) -> Vec<String> {
    let mut wanted: BTreeMap<(String, String), u64> = BTreeMap::new();
    for (attempt, channel) in truths.values().filter_map(|t| t.first) {
        *wanted.entry((attempt.into(), channel.into())).or_default() += 1;
    }
    let by_way = round["by_way"].as_array().into_iter().flatten();
    let said: BTreeMap<(String, String), u64> = by_way
        .map(|w| {
            let word = |name: &str| w[name].as_str().unwrap_or("no word").to_owned();
            let people = w["people"].as_u64().unwrap_or_default();
            ((word("attempt"), word("channel")), people)
        })
        .collect();
    let mut ways: Vec<_> = wanted.keys().chain(said.keys()).collect();
    ways.sort_unstable();
    ways.dedup();
    let count = |of: &BTreeMap<_, u64>, way| of.get(way).copied().unwrap_or_default();
    ways.into_iter()
        .map(|way| (way, count(&said, way), count(&wanted, way)))
        .filter(|(_, said, true_)| said != true_)
        .map(|((attempt, channel), said, true_)| {
            format!(
                "report, first heard of by {attempt} through {channel}: the ledger says {said}, true is {true_}"
            )
        })
        .collect()
}

/// Where the reasons differ why people were not reached.
pub fn unreached(truths: &BTreeMap<Uuid, Truth>, round: &Value) -> Vec<String> {
    let reasons = [
        "no_answer",
        "absent",
        "access_impossible",
        "refused",
        "heard",
        "not_disclosable",
        "nobody_assigned",
        "not_visited",
    ];
    let count = |why| truths.values().filter(|t| t.unreached == Some(why)).count();
    let wanted = reasons.map(|why| (why, count(why)));
    differing("report, unreached", &round["totals"]["unreached"], wanted)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_door_that_the_report_confuses_with_another_is_told_at_both() {
        let truth = Truth {
            bucket: "safe",
            outcome: Some("safe"),
            open_rescues: 0,
            is_contradicted: false,
            first: Some(("phone", "console")),
            unreached: None,
        };
        let truths = BTreeMap::from([(Uuid::from_u128(1), truth)]);
        let way =
            |channel| json!({"by_way": [{"attempt": "phone", "channel": channel, "people": 1}]});
        assert!(ways(&truths, &way("console")).is_empty());
        let told = ways(&truths, &way("paper"));
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(told[0].contains("through console: the ledger says 0, true is 1"));
    }
}
