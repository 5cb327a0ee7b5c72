//! Where somebody stays: in at most one place, derived from every entry about her by one pure function, in whatever order the
//! entries came and however often.
//!
//! What was odd about an entry when it arrived plays no part: which of two gates was heard first depends on the networks.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::safety::derive::corrected;
use crate::safety::observation::Whereabouts;

/// In a shelter or an evacuation building, or elsewhere and in the city's care all the same (在宅・車中泊).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StayType {
    Shelter,
    EvacuationBuilding,
    Home,
    Vehicle,
    Tent,
    Relatives,
    Other,
}

impl StayType {
    /// Whether it means one of the city's places.
    pub fn has_a_site(self) -> bool {
        matches!(self, Self::Shelter | Self::EvacuationBuilding)
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Shelter => "shelter",
            Self::EvacuationBuilding => "evacuation_building",
            Self::Home => "home",
            Self::Vehicle => "vehicle",
            Self::Tent => "tent",
            Self::Relatives => "relatives",
            Self::Other => "other",
        }
    }

    /// The same in the words of a safety round.
    pub fn whereabouts(self) -> Whereabouts {
        match self {
            Self::Shelter | Self::EvacuationBuilding => Whereabouts::Shelter,
            Self::Home => Whereabouts::Home,
            Self::Relatives => Whereabouts::Relatives,
            Self::Vehicle | Self::Tent | Self::Other => Whereabouts::Away,
        }
    }
}

/// To whom it may be told that somebody is here (安否情報省令 様式第1号 ⑫–⑭).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Told {
    Family,
    Acquaintance,
    Other,
}

impl Told {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Family => "family",
            Self::Acquaintance => "acquaintance",
            Self::Other => "other",
        }
    }
}

/// What an entry does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    CheckIn,
    CheckOut,
    OvernightLeave,
    /// A human said where she is, or that she is nowhere here.
    Settle,
}

impl Act {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CheckIn => "check_in",
            Self::CheckOut => "check_out",
            Self::OvernightLeave => "overnight_leave",
            Self::Settle => "settle",
        }
    }
}

/// One entry about somebody.
#[derive(Debug, Clone, Deserialize)]
pub struct Entry {
    pub id: Uuid,
    pub act: Act,
    #[serde(default)]
    pub site_id: Option<Uuid>,
    #[serde(default)]
    pub stay_type: Option<StayType>,
    #[serde(default)]
    pub moved_from: Option<Uuid>,
    #[serde(default)]
    pub corrects: Option<Uuid>,
    #[serde(default)]
    pub is_withdrawal: bool,
    #[serde(default)]
    pub device_id: Option<Uuid>,
    #[serde(default)]
    pub device_seq: Option<i64>,
    pub observed_at: DateTime<Utc>,
    #[serde(default)]
    pub clock_offset_ms: i64,
}

/// A place to stay at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Place {
    pub site_id: Option<Uuid>,
    pub stay_type: StayType,
}

/// Where somebody is, by all that was said.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Stay {
    /// Nothing: she left, or never came.
    pub place: Option<Place>,
    pub since: Option<DateTime<Utc>>,
    /// 外泊: counted, and not in tonight.
    pub is_out_tonight: bool,
    /// Received at `place` while nobody had said that she left `also_at`: for a human to settle.
    pub is_contested: bool,
    pub also_at: Option<Place>,
}

/// Where somebody is. The order of the entries and their repeats do not matter.
pub fn derive(entries: &[Entry]) -> Stay {
    let distinct: BTreeMap<Uuid, &Entry> = entries.iter().map(|e| (e.id, e)).collect();
    let replaced: BTreeSet<Uuid> = distinct.values().filter_map(|e| e.corrects).collect();
    let moments = moments(&distinct);
    let mut counted: Vec<(Moment, &Entry)> = distinct
        .values()
        .filter(|e| !e.is_withdrawal && !replaced.contains(&e.id))
        .map(|e| (moments[&root(e, &distinct)], *e))
        .collect();
    counted.sort_unstable_by_key(|(moment, e)| (*moment, e.id));
    let mut stay = Stay::default();
    for ((at, ..), entry) in counted {
        stay.see(entry, at);
    }
    stay
}

impl Stay {
    fn see(&mut self, entry: &Entry, at: DateTime<Utc>) {
        let said = entry.stay_type.map(|stay_type| Place {
            site_id: entry.site_id,
            stay_type,
        });
        match entry.act {
            Act::CheckIn => {
                let Some(place) = said else { return };
                self.is_out_tonight = false;
                match self.place {
                    Some(was) if was.is(place) => {}
                    // Whoever slept in a car or at home and comes to a shelter has left nothing that counts her.
                    Some(was) if was.site_id.is_some() && entry.moved_from != was.site_id => {
                        (self.is_contested, self.also_at) = (true, Some(was));
                        (self.place, self.since) = (Some(place), Some(at));
                    }
                    _ => {
                        self.forget_also_at(entry.moved_from);
                        (self.place, self.since) = (Some(place), Some(at));
                    }
                }
            }
            Act::CheckOut => {
                if self.place.is_some_and(|p| p.site_id == entry.site_id) {
                    *self = Self::default();
                } else if entry.site_id.is_some() {
                    self.forget_also_at(entry.site_id);
                }
            }
            Act::OvernightLeave => {
                self.is_out_tonight |= self.place.is_some_and(|p| p.site_id == entry.site_id);
            }
            Act::Settle => {
                *self = Self {
                    place: said,
                    since: said.map(|_| at),
                    ..Self::default()
                };
            }
        }
    }

    /// Somebody said after all that she left there.
    fn forget_also_at(&mut self, left: Option<Uuid>) {
        if left.is_some() && self.also_at.is_some_and(|p| p.site_id == left) {
            (self.is_contested, self.also_at) = (false, None);
        }
    }
}

impl Place {
    /// The same place; outside the city's places it is the kind of stay that counts.
    fn is(self, other: Self) -> bool {
        self.site_id == other.site_id
            && (self.site_id.is_some() || self.stay_type == other.stay_type)
    }
}

/// Corrected time, then id, then the device's sequence.
type Moment = (DateTime<Utc>, Uuid, i64);

/// Corrected times, never running backwards along one device's sequence even when its clock was set back.
fn moments(entries: &BTreeMap<Uuid, &Entry>) -> HashMap<Uuid, Moment> {
    let mut moments = HashMap::with_capacity(entries.len());
    let mut by_device: BTreeMap<Uuid, Vec<(i64, Uuid, DateTime<Utc>)>> = BTreeMap::new();
    for e in entries.values() {
        let at = corrected(e.observed_at, e.clock_offset_ms);
        match (e.device_id, e.device_seq) {
            (Some(device), Some(seq)) => by_device.entry(device).or_default().push((seq, e.id, at)),
            _ => _ = moments.insert(e.id, (at, e.id, 0)),
        }
    }
    for mut items in by_device.into_values() {
        items.sort_unstable();
        let mut floor: Option<(DateTime<Utc>, Uuid)> = None;
        for (seq, id, at) in items {
            let held = floor.map_or((at, id), |f| f.max((at, id)));
            floor = Some(held);
            moments.insert(id, (held.0, held.1, seq));
        }
    }
    moments
}

/// A correction counts when its original happened: what lay between stays between.
fn root(entry: &Entry, entries: &BTreeMap<Uuid, &Entry>) -> Uuid {
    let mut at = entry;
    let mut seen = BTreeSet::from([at.id]);
    while let Some(earlier) = at.corrects.and_then(|id| entries.get(&id)) {
        if !seen.insert(earlier.id) {
            return entry.id;
        }
        at = earlier;
    }
    at.id
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    /// Hand-written: `{name, entries, stay}`.
    #[test]
    fn every_written_case_leads_to_its_stay_in_any_order_and_however_often() {
        let text = include_str!("../../tests/vectors/stays.json");
        let cases: Vec<Value> = serde_json::from_str(text).expect("the cases");
        assert!(cases.len() >= 12);
        for case in cases {
            let name = &case["name"];
            let entries: Vec<Entry> =
                serde_json::from_value(case["entries"].clone()).expect("entries");
            let expected: Stay = serde_json::from_value(case["stay"].clone()).expect("a stay");
            assert_eq!(derive(&entries), expected, "{name}");
            let back: Vec<Entry> = entries.iter().rev().cloned().collect();
            assert_eq!(derive(&back), expected, "{name}, reversed");
            let twice: Vec<Entry> = entries.iter().chain(&entries).cloned().collect();
            assert_eq!(derive(&twice), expected, "{name}, repeated");
        }
    }
}
