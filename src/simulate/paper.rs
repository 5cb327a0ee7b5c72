//! Visits on paper: a numbered copy is printed, taken along, and typed in when it is back, with the time that stands on it.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, bail};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use super::play::{Play, uuid};
use super::script::Say;
use super::walker::Hand;

/// The copies that somebody has along.
#[derive(Default)]
pub(super) struct Paper {
    serials: Vec<i64>,
    /// Number of the copy and of the line on it, by member.
    lines: BTreeMap<Uuid, (i64, i64)>,
    notes: Vec<Note>,
}

/// What was written on a line.
struct Note {
    id: Uuid,
    at: DateTime<Utc>,
    say: Say,
    corrects: Option<Uuid>,
}

impl Paper {
    /// Write it on the line, at the door.
    pub fn write(&mut self, at: DateTime<Utc>, say: &Say, corrects: Option<Uuid>) -> Uuid {
        let id = Uuid::now_v7();
        let say = say.clone();
        self.notes.push(Note {
            id,
            at,
            say,
            corrects,
        });
        id
    }
}

impl Play<'_> {
    /// Print a copy for each district in which she goes; answers who stands on them.
    pub(super) fn paper(
        &self,
        volunteer: Uuid,
        districts: &BTreeSet<Uuid>,
    ) -> anyhow::Result<(Hand, Vec<Uuid>)> {
        let mut paper = Paper::default();
        let mut list = Vec::new();
        for district in districts {
            let order =
                json!({"id": Uuid::now_v7(), "district_id": district, "volunteer_id": volunteer});
            let path = format!("/rounds/{}/sheets", self.round);
            let printed = self.staff.post(&path, &order)?;
            let serial = printed["copy"]["serial"].as_i64();
            let serial = serial.context("a copy without a number")?;
            let copy = self.staff.get(&format!("/sheets/{serial}"))?;
            for line in copy["lines"].as_array().into_iter().flatten() {
                let (Some(member), Some(no)) = (uuid(&line["member_id"]), line["line_no"].as_i64())
                else {
                    bail!("a line without a number: {line}");
                };
                paper.lines.insert(member, (serial, no));
                list.push(member);
            }
            paper.serials.push(serial);
        }
        Ok((Hand::Paper(paper), list))
    }

    /// The paper is back: type in what stands on it, and one line a second time, as a desk does that is not sure.
    pub(super) fn type_in(&mut self, walker: usize) -> anyhow::Result<()> {
        let Hand::Paper(paper) = &mut self.walkers[walker].hand else {
            bail!("only a paper is typed in");
        };
        let notes = std::mem::take(&mut paper.notes);
        if notes.is_empty() {
            return Ok(());
        }
        let mut begun = BTreeSet::new();
        for (n, note) in notes.iter().enumerate() {
            let Some((serial, line)) = paper.lines.get(&note.say.member) else {
                bail!("{} stands on no line", note.say.member);
            };
            let is_another_visit = !begun.insert(note.say.member) && note.corrects.is_none();
            let path = format!("/sheets/{serial}/lines/{line}");
            let body = note.typed(is_another_visit);
            for _ in 0..=usize::from(n == 0) {
                self.staff.post(&path, &body)?;
            }
            self.tally.heard(1);
        }
        for serial in &paper.serials {
            let done = json!({"id": Uuid::now_v7(), "kind": "typed_in"});
            self.staff.post(&format!("/sheets/{serial}/acts"), &done)?;
        }
        Ok(())
    }
}

impl Note {
    fn typed(&self, is_another_visit: bool) -> Value {
        let say = &self.say;
        json!({"id": self.id, "outcome": say.outcome, "attempt": say.attempt, "marker": say.marker, "told_by": say.told_by,
            "observed_at": self.at, "is_another_visit": is_another_visit, "corrects": self.corrects, "is_withdrawal": say.is_withdrawal})
    }
}
