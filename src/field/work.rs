//! One item on its way into the database: what is known of it, the rows it makes, what became of it.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::ingest::Job;
use super::item::{Said, Seen};
use super::judge::{DeviceFacts, Facts, Place, STANDING_EVENT, STANDING_ROUND, judge};
use super::receive::{Prepared, key_of};
use super::store::{self, Answer, Row};
use super::{Disposition, Reason};
use crate::db::Tx;
use crate::problem::Result;
use crate::safety::record::{NewObservation, NewUnlisted};

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
            carried_by: if is_carried { "carrier" } else { "upload" },
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
        self.rings = seen(self.item).is_some_and(Seen::is_rescue);
        self.answer(Disposition::Quarantined, Some(reason.as_str().to_owned()));
    }

    /// Find where an observation belongs, and make its row there.
    pub async fn file(&mut self, tx: &mut Tx, seen: &Seen) -> Result<Result<(), Reason>> {
        let (Some(facts), Some(envelope)) = (&self.facts, &self.item.envelope) else {
            return Ok(Err(Reason::Unreadable));
        };
        let place = match judge(seen, facts, envelope.happened_at(self.now)) {
            Ok(place) => place,
            Err(reason) => return Ok(Err(reason)),
        };
        let device = facts.device.clone();
        let (round_id, member_id) = match place {
            Place::Member(member_id) => (seen.round_id, member_id),
            Place::WithCorrected => match self.corrected_member {
                Some(member_id) => (STANDING_ROUND, member_id),
                None => return Ok(Err(Reason::UnknownMember)),
            },
            Place::Unlisted => match self.unlisted(tx, seen, seen.round_id, &device).await? {
                Some(id) => (seen.round_id, id),
                None => return Ok(Err(Reason::UnknownMember)),
            },
            Place::RealCall => match (&facts.member, &seen.subject) {
                (Some(member), _) => {
                    let key = standing_key(member.id);
                    (
                        STANDING_ROUND,
                        store::standing_member(tx, member.id, key).await?,
                    )
                }
                (None, Some(_)) => match self.unlisted(tx, seen, STANDING_ROUND, &device).await? {
                    Some(id) => (STANDING_ROUND, id),
                    None => return Ok(Err(Reason::UnknownMember)),
                },
                (None, None) => return Ok(Err(Reason::UnknownMember)),
            },
        };
        if round_id == STANDING_ROUND {
            self.row.event_id = Some(STANDING_EVENT);
        }
        self.observation = Some(observation(
            self.item.key,
            seen,
            (round_id, member_id),
            &device,
            Header {
                device_id: self.row.device_id,
                device_seq: self.row.device_seq,
                observed_at: envelope.observed_at,
                clock_offset_ms: envelope.clock_offset_ms,
            },
        ));
        Ok(Ok(()))
    }

    /// Somebody on no list becomes a member of the round.
    async fn unlisted(
        &mut self,
        tx: &mut Tx,
        seen: &Seen,
        round_id: Uuid,
        device: &DeviceFacts,
    ) -> Result<Option<Uuid>> {
        let Some(subject) = &seen.subject else {
            return Ok(None);
        };
        let id = match round_id == STANDING_ROUND && seen.round_id != STANDING_ROUND {
            true => standing_key(subject.id),
            false => subject.id,
        };
        let district_id =
            store::district_of(tx, subject.point(), seen.round_id, &device.districts).await?;
        self.unlisted = Some(NewUnlisted {
            id,
            round_id,
            district_id,
            subject: serde_json::to_value(subject).map_err(anyhow::Error::from)?,
            volunteer_id: device.volunteer_id,
        });
        Ok(Some(id))
    }
}

pub fn seen(item: &Prepared) -> Option<&Seen> {
    match &item.said {
        Some(Said::Observation(seen)) => Some(seen),
        _ => None,
    }
}

/// The standing round's member for somebody whose id is taken in the drill.
pub fn standing_key(member_id: Uuid) -> Uuid {
    key_of(&format!("{STANDING_ROUND} {member_id}"))
}

pub struct Header {
    pub device_id: Option<Uuid>,
    pub device_seq: Option<i64>,
    pub observed_at: DateTime<Utc>,
    pub clock_offset_ms: i64,
}

pub fn observation(
    id: Uuid,
    seen: &Seen,
    (round_id, member_id): (Uuid, Uuid),
    device: &DeviceFacts,
    header: Header,
) -> NewObservation {
    NewObservation {
        id,
        round_id,
        member_id,
        outcome: seen.outcome,
        whereabouts: seen.whereabouts,
        attempt: seen.attempt,
        needs: seen.needs.clone(),
        note: seen.note.clone(),
        told_by: seen.told_by.clone().unwrap_or_default(),
        shelter_id: seen.shelter_id,
        for_household: seen.for_household,
        corrects: seen.corrects,
        is_withdrawal: seen.is_withdrawal,
        observer_kind: device.principal.as_str(),
        observer_id: device.actor_id,
        device_id: header.device_id,
        device_seq: header.device_seq,
        observed_at: header.observed_at,
        clock_offset_ms: header.clock_offset_ms,
    }
}
