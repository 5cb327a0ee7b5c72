//! One item on its way into the database: what is known of it, the rows it makes, what became of it.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::facts::Facts;
use super::ingest::Job;
use super::item::Said;
use super::kinds::attendance::{self, Attended};
use super::kinds::door::{self, AtDoor};
use super::kinds::observation::{Seen, filing};
use super::receive::Prepared;
use super::store::{Answer, Row};
use super::{Disposition, Reason};
use crate::app::App;
use crate::db::Tx;
use crate::problem::Result;
use crate::safety::record::{NewObservation, NewUnlisted, key_of};

/// One item of the batch on its way.
pub struct Work<'a> {
    pub job: usize,
    pub item: &'a Prepared,
    pub now: DateTime<Utc>,
    pub facts: Option<Facts>,
    pub corrected_member: Option<Uuid>,
    pub is_taken: bool,
    pub row: Row,
    pub observation: Option<NewObservation>,
    pub unlisted: Option<NewUnlisted>,
    pub attended: Option<Attended>,
    /// What follows at a shelter's door.
    pub door: Option<AtDoor>,
    /// Who was received or left by it.
    pub evacuee: Option<Uuid>,
    pub rings: bool,
    pub disposition: Disposition,
    pub reason: Option<String>,
}

impl<'a> Work<'a> {
    pub fn new(n: usize, job: &'a Job, item: &'a Prepared, answer: Answer) -> Self {
        let envelope = item.envelope.as_ref();
        let carrier = job.contact.map(|c| c.device_id);
        let is_carried = carrier.is_some() && carrier != item.device;
        let round = answer.facts.as_ref().and_then(|f| f.round.as_ref());
        let row = Row {
            id: item.key,
            kind: item.kind().as_str(),
            event_id: round.map(|r| r.event_id).or(envelope.and_then(|e| e.event)),
            device_id: item.device,
            device_seq: item.seq,
            observed_at: envelope.map(|e| e.observed_at),
            clock_offset_ms: envelope.map_or(0, |e| e.clock_offset_ms),
            payload: envelope.map(|e| e.payload.clone()),
            raw: None,
            carried_by: job
                .carried_by
                .unwrap_or(if is_carried { "carrier" } else { "upload" }),
            reason: None,
        };
        Self {
            job: n,
            item,
            now: job.now,
            facts: answer.facts,
            corrected_member: answer.corrected_member,
            is_taken: answer.is_taken,
            row,
            observation: None,
            unlisted: None,
            attended: None,
            door: None,
            evacuee: None,
            rings: false,
            disposition: Disposition::Stored,
            reason: None,
        }
    }

    pub fn about(&self) -> Option<Uuid> {
        let filed = self.observation.as_ref().map(|o| o.member_id);
        filed.or(seen(self.item).and_then(Seen::about))
    }

    pub fn answer(&mut self, disposition: Disposition, reason: Option<String>) {
        self.disposition = disposition;
        self.reason = reason;
    }

    /// Keep the item with its raw text and the reason, and let nothing follow from it but a call for help.
    pub fn quarantine(&mut self, reason: Reason) {
        if reason == Reason::IdReused {
            self.row.id = key_of(&self.item.raw);
        }
        self.row.reason = Some(reason.as_str());
        self.row.raw = Some(self.item.raw.clone());
        self.observation = None;
        self.unlisted = None;
        self.attended = None;
        self.door = None;
        self.rings = self.item.said.as_ref().is_some_and(Said::is_rescue);
        self.answer(Disposition::Quarantined, Some(reason.as_str().to_owned()));
    }

    /// Set the item aside for settling though it counts: a second place, a closed one (docs/decisions/0007).
    pub fn flag(&mut self, reason: Reason) {
        self.row.reason = Some(reason.as_str());
        self.row.raw = Some(self.item.raw.clone());
        self.answer(Disposition::Quarantined, Some(reason.as_str().to_owned()));
    }

    /// Judge what the item says, and make the rows that follow from it.
    pub async fn file(&mut self, app: &App, tx: &mut Tx) -> Result<Result<(), Reason>> {
        match &self.item.said {
            Some(Said::Observation(seen)) => filing::file(self, tx, seen).await,
            // Kept in their envelope, and nothing follows from them yet.
            Some(Said::RoundStart(_)) => Ok(Ok(())),
            Some(Said::Attendance(said)) => attendance::file(self, app, tx, said).await,
            Some(Said::CheckIn(_) | Said::CheckOut(_) | Said::Opening(_) | Said::HeadCount(_)) => {
                door::file(self, app, tx).await
            }
            Some(Said::Availability(_) | Said::Practice(_)) => Ok(Ok(())),
            None => Ok(Ok(())),
        }
    }
}

pub fn seen(item: &Prepared) -> Option<&Seen> {
    match &item.said {
        Some(Said::Observation(seen)) => Some(seen),
        _ => None,
    }
}
