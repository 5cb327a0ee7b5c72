//! How many came: persons and head-counts of one body are the same people seen twice, so the larger of the two holds and they are
//! never added. Somebody seen at two venues counts at each and once in all. Pure; answers to `tests/vectors/attendance.json`.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::attendance::{Subject, Way};

/// One act, as far as counting needs it.
#[derive(Debug, Clone, Deserialize)]
pub struct Act {
    pub id: Uuid,
    pub venue_id: Uuid,
    pub kind: Subject,
    #[serde(default)]
    pub person_id: Option<Uuid>,
    #[serde(default)]
    pub volunteer_id: Option<Uuid>,
    #[serde(default)]
    pub card_id: Option<Uuid>,
    /// The search key of the name, also of somebody known by id.
    #[serde(default)]
    pub name_key: String,
    #[serde(default)]
    pub body_id: Option<Uuid>,
    #[serde(default)]
    pub people: Option<u32>,
    #[serde(default)]
    pub group_label: String,
    pub way: Way,
    #[serde(default)]
    pub corrects: Option<Uuid>,
    #[serde(default)]
    pub is_withdrawal: bool,
    /// Corrected by what is known of the device's clock.
    pub at: DateTime<Utc>,
}

/// How many came to a venue.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = VenueAttendance)]
pub struct AtVenue {
    pub venue_id: Uuid,
    /// Persons and groups, each counted once.
    pub total: u32,
    /// Persons known one by one.
    pub persons: u32,
    /// What the newest head-counts of the groups say together.
    pub groups: u32,
    /// Names that are also the name of somebody known by card or list: counted, and perhaps the same.
    pub possible_doubles: u32,
    pub last_at: Option<DateTime<Utc>>,
}

/// How many came from a body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = BodyAttendance)]
pub struct OfBody {
    /// Null: a group that is no listed body, by `label`; or persons of no body.
    pub body_id: Option<Uuid>,
    pub label: String,
    pub total: u32,
}

/// How many persons are known in which way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = WayAttendance)]
pub struct ByWay {
    pub way: Way,
    pub persons: u32,
}

/// How many came.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = AttendanceTotals)]
pub struct Totals {
    /// Everybody once.
    pub total: u32,
    pub by_venue: Vec<AtVenue>,
    pub by_body: Vec<OfBody>,
    pub by_way: Vec<ByWay>,
}

/// A body, a group by what it calls itself, or nothing.
type Group<'a> = (Option<Uuid>, &'a str);

/// Somebody, put together from all acts that are about the same.
#[derive(Default)]
struct Somebody<'a> {
    venues: BTreeSet<Uuid>,
    /// The latest body said of her.
    body: Option<(DateTime<Utc>, Uuid)>,
    /// The surest way she is known.
    way: Option<Way>,
    is_known: bool,
    name_key: &'a str,
}

/// Count all acts of one drill.
pub fn totals(acts: &[Act]) -> Totals {
    let replaced: BTreeSet<Uuid> = acts.iter().filter_map(|a| a.corrects).collect();
    let standing: Vec<&Act> = acts
        .iter()
        .filter(|a| !a.is_withdrawal && !replaced.contains(&a.id))
        .collect();
    let people = people(&standing);
    let counts = newest_counts(&standing);
    let mut venues: BTreeMap<Uuid, AtVenue> = BTreeMap::new();
    let mut bodies: BTreeMap<Group, u32> = BTreeMap::new();
    let mut ways: BTreeMap<Way, u32> = BTreeMap::new();
    let mut named: BTreeMap<(Uuid, Group), u32> = BTreeMap::new();
    let known: BTreeSet<&str> = people
        .iter()
        .filter(|p| p.is_known && !p.name_key.is_empty())
        .map(|p| p.name_key)
        .collect();
    let mut seen_again = 0;
    for somebody in &people {
        let group: Group = (somebody.body.map(|(_, id)| id), "");
        seen_again += size(somebody.venues.len()).saturating_sub(1);
        if let Some(way) = somebody.way {
            *ways.entry(way).or_default() += 1;
        }
        for venue in &somebody.venues {
            let at = venues.entry(*venue).or_default();
            at.persons += 1;
            if !somebody.is_known && known.contains(somebody.name_key) {
                at.possible_doubles += 1;
            }
            *named.entry((*venue, group)).or_default() += 1;
        }
    }
    let groups: BTreeSet<(Uuid, Group)> = named.keys().chain(counts.keys()).copied().collect();
    for (venue, group) in groups {
        let said = counts.get(&(venue, group)).copied().unwrap_or_default();
        let here = named.get(&(venue, group)).copied().unwrap_or_default();
        let at = venues.entry(venue).or_default();
        at.groups += said;
        at.total += said.max(here);
        *bodies.entry(group).or_default() += said.max(here);
    }
    for somebody in &people {
        let group: Group = (somebody.body.map(|(_, id)| id), "");
        if let Some(total) = bodies.get_mut(&group) {
            *total = total.saturating_sub(size(somebody.venues.len()).saturating_sub(1));
        }
    }
    for act in &standing {
        let at = venues.entry(act.venue_id).or_default();
        at.last_at = at.last_at.max(Some(act.at));
    }
    let all: u32 = venues.values().map(|v| v.total).sum();
    Totals {
        total: all.saturating_sub(seen_again),
        by_venue: venues
            .into_iter()
            .map(|(venue_id, at)| AtVenue { venue_id, ..at })
            .collect(),
        by_body: bodies
            .into_iter()
            .map(|((body_id, label), total)| OfBody {
                body_id,
                label: label.to_owned(),
                total,
            })
            .collect(),
        by_way: ways
            .into_iter()
            .map(|(way, persons)| ByWay { way, persons })
            .collect(),
    }
}

/// The newest head-count of each group at each venue.
fn newest_counts<'a>(acts: &[&'a Act]) -> BTreeMap<(Uuid, Group<'a>), u32> {
    let mut newest: BTreeMap<(Uuid, Group), (DateTime<Utc>, Uuid, u32)> = BTreeMap::new();
    for act in acts.iter().filter(|a| a.kind == Subject::Group) {
        let label = match act.body_id {
            Some(_) => "",
            None => act.group_label.trim(),
        };
        let count = (act.at, act.id, act.people.unwrap_or_default());
        let kept = newest
            .entry((act.venue_id, (act.body_id, label)))
            .or_insert(count);
        *kept = count.max(*kept);
    }
    newest.into_iter().map(|(k, (_, _, n))| (k, n)).collect()
}

/// Everybody once: acts that share a person, a volunteer or a card are about the same; a mere name is somebody of that name, of that
/// body, at that venue.
fn people<'a>(acts: &[&'a Act]) -> Vec<Somebody<'a>> {
    #[derive(PartialEq, Eq, PartialOrd, Ord)]
    enum By<'a> {
        Id(Uuid),
        Name(&'a str, Option<Uuid>, Uuid),
    }
    let mut found: Vec<Somebody> = Vec::new();
    let mut index: BTreeMap<By, usize> = BTreeMap::new();
    for act in acts.iter().filter(|a| a.kind == Subject::Person) {
        let ids = [act.person_id, act.volunteer_id, act.card_id];
        let mut keys: Vec<By> = ids.into_iter().flatten().map(By::Id).collect();
        let is_known = !keys.is_empty();
        if !is_known {
            keys.push(By::Name(&act.name_key, act.body_id, act.venue_id));
        }
        let same: BTreeSet<usize> = keys.iter().filter_map(|k| index.get(k)).copied().collect();
        let n = same.first().copied().unwrap_or_else(|| {
            found.push(Somebody::default());
            found.len() - 1
        });
        for other in same.into_iter().skip(1) {
            let merged = std::mem::take(&mut found[other]);
            found[n].join(merged);
            index
                .values_mut()
                .filter(|v| **v == other)
                .for_each(|v| *v = n);
        }
        for key in keys {
            index.insert(key, n);
        }
        found[n].join(Somebody {
            venues: BTreeSet::from([act.venue_id]),
            body: act.body_id.map(|id| (act.at, id)),
            way: Some(act.way),
            is_known,
            name_key: &act.name_key,
        });
    }
    found.retain(|s| !s.venues.is_empty());
    found
}

impl<'a> Somebody<'a> {
    fn join(&mut self, other: Somebody<'a>) {
        self.venues.extend(other.venues);
        self.body = self.body.max(other.body);
        self.way = match (self.way, other.way) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        self.is_known |= other.is_known;
        if self.name_key.is_empty() {
            self.name_key = other.name_key;
        }
    }
}

fn size(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const VECTORS: &str = include_str!("../../tests/vectors/attendance.json");

    #[derive(Deserialize)]
    struct Case {
        name: String,
        acts: Vec<Act>,
        total: u32,
        venues: BTreeMap<Uuid, (u32, u32, u32, u32)>,
        bodies: BTreeMap<String, u32>,
    }

    #[test]
    fn every_vector_counts_as_it_was_written_by_hand() {
        let cases: Vec<Case> = serde_json::from_str(VECTORS).unwrap();
        assert!(cases.len() >= 14);
        for case in cases {
            // In any order of arrival.
            for turn in 0..case.acts.len().max(1) {
                let mut acts = case.acts.clone();
                acts.rotate_left(turn);
                let counted = totals(&acts);
                let venues = counted.by_venue.iter().map(|v| {
                    (
                        v.venue_id,
                        (v.total, v.persons, v.groups, v.possible_doubles),
                    )
                });
                let bodies = counted.by_body.iter().map(|b| {
                    let word = b.body_id.map_or(b.label.clone(), |id| id.to_string());
                    (word, b.total)
                });
                assert_eq!(counted.total, case.total, "{}: total", case.name);
                assert_eq!(
                    venues.collect::<BTreeMap<_, _>>(),
                    case.venues,
                    "{}",
                    case.name
                );
                assert_eq!(
                    bodies.collect::<BTreeMap<_, _>>(),
                    case.bodies,
                    "{}",
                    case.name
                );
            }
        }
    }
}
