//! The ledger beside the truth: every difference, in words.

pub mod report;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use uuid::Uuid;

use super::facility::Facility;
use super::gate::Gates;
use super::script::{By, Story, Truth};

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
    let buckets = [
        "safe",
        "need_help",
        "unknown",
        "tried",
        "unchecked",
        "out_of_scope",
    ];
    let contradicted = truths.values().filter(|t| t.is_contradicted).count();
    let open = truths.values().filter(|t| t.open_rescues > 0).count();
    let wanted = [
        ("members", truths.len()),
        ("contradicted", contradicted),
        ("open_rescues", open),
    ];
    let wanted = buckets.map(|b| (b, count(b))).into_iter().chain(wanted);
    differing("board", &board["totals"], wanted)
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

/// What hung at the doors, counted by hand: once a home.
pub struct Hung {
    homes: usize,
    shown: usize,
    not_shown: usize,
    sos: usize,
}

impl Hung {
    pub fn of(homes: usize, placards: &BTreeMap<Uuid, &'static str>) -> Self {
        let count = |marker: &str| placards.values().filter(|m| **m == marker).count();
        Self {
            homes,
            shown: count("shown"),
            not_shown: count("not_shown"),
            sos: count("sos"),
        }
    }

    fn looked_for(&self) -> usize {
        self.shown + self.not_shown + self.sos
    }

    /// Where the round's placards differ.
    pub fn beside_the_round(&self, placards: &Value) -> Vec<String> {
        let not_looked = self.homes - self.looked_for();
        let said = &placards["totals"];
        let wanted = [("homes", self.homes), ("not_looked", not_looked)];
        differing("placards", said, wanted.into_iter().chain(self.markers()))
    }

    /// Where the report's differ.
    pub fn beside_the_report(&self, round: &Value) -> Vec<String> {
        let said = &round["totals"]["placards"];
        let wanted = [("looked_for", self.looked_for())];
        let wanted = wanted.into_iter().chain(self.markers());
        differing("report, placards", said, wanted)
    }

    fn markers(&self) -> [(&'static str, usize); 3] {
        [
            ("shown", self.shown),
            ("not_shown", self.not_shown),
            ("sos", self.sos),
        ]
    }
}

/// Where facilities differ: what each said last; silent is unknown, and not zero.
pub fn facilities(truths: &[Facility], round: &Value) -> Vec<String> {
    let items = round["items"].as_array().cloned().unwrap_or_default();
    let said = |id: Uuid| items.iter().find(|f| f["member_id"] == id.to_string());
    let wrong = truths.iter().filter(|home| {
        let count = said(home.member).map(|f| &f["count"]);
        match (home.truth(), count) {
            (Some(report), Some(count)) => !report.is(count),
            (None, Some(count)) => !count.is_null(),
            (_, None) => true,
        }
    });
    wrong
        .map(|home| {
            let said = said(home.member).map_or(&Value::Null, |f| &f["count"]);
            let true_ = home.truth();
            format!(
                "facility {}: the ledger says {said}, true is {true_:?}",
                home.member
            )
        })
        .collect()
}

/// Where the count of those differs who answered by their links: an answer for a home is everybody's there.
pub fn mails<'a>(stories: impl Iterator<Item = &'a Story>, mails: &Value) -> Vec<String> {
    let answered = stories.filter(|s| s.says.iter().any(|say| say.by == By::Link));
    let people: usize = answered.map(|s| s.truths.len()).sum();
    differing("mails", mails, [("answered_people", people)])
}

/// Where attendance differs, at the gates' own page or in the report: everybody once, and by venue.
pub fn attendance(gates: &Gates, what: &str, said: &Value, venues: &str) -> Vec<String> {
    let mut told = differing(what, said, [("total", gates.script.total)]);
    let of_venues = said[venues].as_array().cloned().unwrap_or_default();
    for (n, (id, counted)) in gates.truths().enumerate() {
        let venue = of_venues.iter().find(|v| v["venue_id"] == id.to_string());
        let wanted = [("total", counted.total), ("persons", counted.persons)];
        let what = format!("{what}, venue {}", n + 1);
        told.extend(differing(&what, venue.unwrap_or(&Value::Null), wanted));
    }
    told
}

/// Where figures differ from what is true.
fn differing<N>(
    what: &str,
    said: &Value,
    wanted: impl IntoIterator<Item = (&'static str, N)>,
) -> Vec<String>
where
    N: TryInto<u64> + Copy + std::fmt::Display,
{
    let wrong = wanted
        .into_iter()
        .filter(|(name, true_)| said[name].as_u64() != (*true_).try_into().ok());
    wrong
        .map(|(name, true_)| {
            format!(
                "{what}, {name}: the ledger says {}, true is {true_}",
                said[name]
            )
        })
        .collect()
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
            first: Some(("marker", "field")),
            unreached: None,
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

    #[test]
    fn what_hung_at_the_doors_counts_once_a_home_and_where_nobody_looked_is_not_nothing_shown() {
        let hung = BTreeMap::from([
            (Uuid::from_u128(1), "shown"),
            (Uuid::from_u128(2), "not_shown"),
        ]);
        let hung = Hung::of(5, &hung);
        let mut said = json!({"homes": 5, "shown": 1, "not_shown": 1, "sos": 0, "not_looked": 3});
        assert!(hung.beside_the_round(&json!({"totals": said})).is_empty());
        said["not_looked"] = json!(0);
        said["not_shown"] = json!(4);
        let told = hung.beside_the_round(&json!({"totals": said}));
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(told[1].contains("placards, not_shown: the ledger says 4, true is 1"));
    }
}
