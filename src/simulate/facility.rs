//! Facilities of the round that count for themselves: they ring, and ring again.

use anyhow::Context;
use serde_json::{Value, json};
use uuid::Uuid;

use super::play::{Play, items, uuid};
use crate::demo::dice::{Part, Seed};

/// A facility, and what it says.
pub(super) struct Facility {
    pub member: Uuid,
    reports: Vec<Report>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Report {
    minute: u32,
    pub residents: u32,
    pub safe: u32,
    pub injured: u32,
}

impl Facility {
    fn of(seed: Seed, n: u64, member: Uuid) -> Self {
        let mut dice = seed.dice(Part::Residence, n);
        let residents = 20 + dice.below(60);
        let injured = dice.below(3);
        let known = residents / 2 + dice.below(8);
        let report = |minute, safe| Report {
            minute,
            residents,
            safe,
            injured,
        };
        let minute = 5 + dice.below(20);
        let first = report(minute, known);
        let last = report(minute + 25, residents - injured);
        let reports = match dice.below(5) {
            // Not heard of: unknown, and not zero.
            0 => Vec::new(),
            1 => vec![first],
            _ => vec![first, last],
        };
        Self { member, reports }
    }

    pub fn minutes(&self) -> impl Iterator<Item = u32> {
        self.reports.iter().map(|r| r.minute)
    }

    /// What must stand in the end.
    pub fn truth(&self) -> Option<&Report> {
        self.reports.last()
    }
}

impl Play<'_> {
    /// Whatever facilities the round has: none are invented, for what is registered stays.
    pub(super) fn ask_facilities(&mut self) -> anyhow::Result<()> {
        let found = self
            .staff
            .get(&format!("/rounds/{}/facilities", self.round))?;
        for (n, facility) in items(&found).enumerate() {
            let member = uuid(&facility["member_id"]).context("a facility without an id")?;
            let home = Facility::of(self.day.seed, u64::try_from(n)?, member);
            self.facilities.push(home);
        }
        Ok(())
    }

    /// A facility says how its people are.
    pub(super) fn report_facility(&mut self, facility: usize, n: usize) -> anyhow::Result<()> {
        let home = &self.facilities[facility];
        let report = home.reports[n];
        let path = format!("/rounds/{}/facilities/{}/counts", self.round, home.member);
        let body = json!({"id": Uuid::now_v7(), "told_by": "施設長", "as_of": self.clock.now(),
            "residents": report.residents, "safe": report.safe, "injured": report.injured});
        self.staff.post(&path, &body)?;
        self.tally.words += 1;
        Ok(())
    }
}

impl Report {
    pub fn is(&self, said: &Value) -> bool {
        let figures = [
            ("residents", self.residents),
            ("safe", self.safe),
            ("injured", self.injured),
        ];
        figures
            .iter()
            .all(|(name, true_)| said[name].as_u64() == Some(u64::from(*true_)))
    }
}
