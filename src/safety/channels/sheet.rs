//! A visit sheet: a numbered copy with a numbered line for everybody to be visited, grouped by home, in the order of a walk.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::accounts::DistrictName;
use crate::events::EventName;
use crate::safety::board::Bucket;
use crate::safety::member::{Member, Reach};
use crate::safety::observation::{Attempt, Marker, Outcome};

/// What became of a copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SheetActKind {
    /// Every line that says something was typed in.
    TypedIn,
    Returned,
    Destroyed,
    /// Lost: somebody must be told.
    Lost,
}

impl SheetActKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TypedIn => "typed_in",
            Self::Returned => "returned",
            Self::Destroyed => "destroyed",
            Self::Lost => "lost",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SheetAct {
    pub kind: SheetActKind,
    pub note: String,
    pub at: DateTime<Utc>,
}

/// A volunteer, by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Walker {
    pub id: Uuid,
    pub name: String,
}

/// A numbered copy, without who stands on it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct SheetCopy {
    pub id: Uuid,
    pub serial: i64,
    pub round_id: Uuid,
    pub district: DistrictName,
    /// Whose people they are; null: the whole district's.
    pub volunteer: Option<Walker>,
    pub recipient_name: String,
    pub recipient_body: String,
    pub people: i32,
    /// Lines from which something was typed in.
    pub typed_lines: i64,
    pub printed_at: DateTime<Utc>,
    pub return_due_on: Option<NaiveDate>,
    /// The newest last.
    pub acts: Vec<SheetAct>,
}

/// A line as it is printed. Never why help is needed.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct SheetLine {
    pub line_no: i16,
    /// Lines of one home share it.
    pub home_no: i32,
    pub name: String,
    pub name_kana: String,
    pub age: Option<u32>,
    pub sex: Option<String>,
    pub address: String,
    pub phones: Vec<Reach>,
    pub help_needed: Vec<String>,
    pub help_note: String,
    pub bucket: Bucket,
}

/// A copy to be printed.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct PrintedSheet {
    pub copy: SheetCopy,
    pub municipality: String,
    pub event: EventName,
    pub round_name: String,
    pub looks_for_marker: bool,
    pub marker_label: String,
    /// The number to call with what cannot wait: the district's own, else the city's; empty: nobody has stated one.
    pub district_phone: String,
    /// `49-11-2` or `49-11-3`.
    pub legal_ground: String,
    pub purpose: String,
    pub as_of: DateTime<Utc>,
    pub lines: Vec<SheetLine>,
}

/// What was typed in from a line.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct TypedEntry {
    pub id: Uuid,
    pub outcome: Option<Outcome>,
    pub attempt: Attempt,
    pub marker: Option<Marker>,
    pub note: String,
    pub told_by: String,
    pub observed_at: DateTime<Utc>,
    pub typed_at: DateTime<Utc>,
    pub typed_by_name: Option<String>,
}

/// A line of a copy to be typed in, as far as the caller may see it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct LineToType {
    pub line_no: i16,
    pub member_id: Uuid,
    pub name: String,
    pub name_kana: String,
    pub age: Option<u32>,
    pub address: String,
    pub bucket: Bucket,
    /// What stands: corrected and withdrawn entries are left out.
    pub typed: Vec<TypedEntry>,
}

/// A copy to be typed in.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct SheetToType {
    pub copy: SheetCopy,
    pub event: EventName,
    pub round_name: String,
    pub is_round_closed: bool,
    pub looks_for_marker: bool,
    pub marker_label: String,
    /// Who may have walked, when the copy is nobody's in particular.
    pub walkers: Vec<Walker>,
    pub lines: Vec<LineToType>,
}

/// Members in the order of a walk: by address as people read it (2番 before 10番), homes together, then by reading.
pub fn in_walking_order(members: &mut [Member]) {
    let mut first_of_home: BTreeMap<Uuid, Vec<Piece>> = BTreeMap::new();
    for m in members.iter() {
        let key = address_key(m);
        first_of_home
            .entry(home(m))
            .and_modify(|known| {
                if key < *known {
                    known.clone_from(&key);
                }
            })
            .or_insert(key);
    }
    members.sort_by_cached_key(|m| {
        (
            first_of_home.get(&home(m)).cloned(),
            home(m),
            m.name_kana.clone(),
            m.id,
        )
    });
}

/// The number of each member's home, counted from 1 in the order given.
pub fn home_numbers(members: &[Member]) -> Vec<i32> {
    let mut numbers = Vec::with_capacity(members.len());
    let mut last = None;
    let mut number = 0;
    for m in members {
        if last != Some(home(m)) {
            number += 1;
            last = Some(home(m));
        }
        numbers.push(number);
    }
    numbers
}

fn home(m: &Member) -> Uuid {
    m.household_id.unwrap_or(m.id)
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Piece {
    Number(u64),
    Words(String),
}

fn address_key(m: &Member) -> Vec<Piece> {
    let place = m
        .subject
        .as_ref()
        .and_then(|s| s.get("place")?.as_str())
        .unwrap_or_default();
    pieces(m.address.as_deref().unwrap_or(place))
}

/// Runs of digits as numbers, everything else as it stands.
fn pieces(address: &str) -> Vec<Piece> {
    let mut found: Vec<Piece> = Vec::new();
    for c in address.chars() {
        let digit = match c {
            '０'..='９' => Some(u64::from(c) - u64::from('０')),
            _ => c.to_digit(10).map(u64::from),
        };
        match (digit, found.last_mut()) {
            (Some(d), Some(Piece::Number(n))) => *n = n.saturating_mul(10).saturating_add(d),
            (Some(d), _) => found.push(Piece::Number(d)),
            (None, Some(Piece::Words(words))) => words.push(c),
            (None, _) => found.push(Piece::Words(c.to_string())),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_block_comes_before_the_tenth_in_any_width() {
        let mut addresses = [
            "本町1丁目10番1号",
            "本町１丁目２番３号",
            "曽根1丁目1番1号",
            "本町1丁目2番12号",
        ];
        addresses.sort_by_key(|a| pieces(a));
        assert_eq!(
            addresses,
            [
                "曽根1丁目1番1号",
                "本町１丁目２番３号",
                "本町1丁目2番12号",
                "本町1丁目10番1号"
            ]
        );
    }
}
