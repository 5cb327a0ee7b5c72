//! One transaction of the writer: the items of several uploads, judged, appended, derived and audited together.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::ingest::Job;
use super::item::{Said, Seen};
use super::judge::{DeviceFacts, Facts, Place, STANDING_EVENT, STANDING_ROUND, judge};
use super::receive::{Prepared, key_of};
use super::store::{self, Answer, Earlier, Questions, Row, Waiting};
use super::{Disposition, Reason, Receipt};
use crate::app::App;
use crate::audit;
use crate::db::{Principal, Scope, Tx};
use crate::problem::Result;
use crate::safety::record::{self, NewObservation, NewUnlisted};

/// Write the uploads in one transaction; answers the receipts of each, after the commit.
pub async fn write(app: &App, jobs: &[Job]) -> Result<Vec<Vec<Receipt>>> {
    let mut tx = app.db.begin(&Scope::of(Principal::Ingest)).await?;
    let mut batch = Batch::look_up(&mut tx, jobs).await?;
    batch.decide(&mut tx).await?;
    batch.append(&mut tx).await?;
    let change = batch.derive(&mut tx).await?;
    let contacts: Vec<_> = jobs.iter().filter_map(|j| j.contact).collect();
    if !contacts.is_empty() {
        store::record_contacts(&mut tx, &contacts).await?;
    }
    audit::append_lines(&mut tx, &batch.audit_lines(jobs)).await?;
    let receipts = batch.receipts(jobs);
    tx.commit().await?;
    app.boards.changed(change.rounds);
    Ok(receipts)
}

/// One item of the batch on its way.
struct Work<'a> {
    job: usize,
    item: &'a Prepared,
    now: DateTime<Utc>,
    facts: Option<Facts>,
    corrected_member: Option<Uuid>,
    is_taken: bool,
    row: Row,
    observation: Option<NewObservation>,
    unlisted: Option<NewUnlisted>,
    rings: bool,
    disposition: Disposition,
    reason: Option<String>,
}

struct Batch<'a> {
    works: Vec<Work<'a>>,
    /// Members whose evidence grew.
    touched: BTreeSet<Uuid>,
    ring: BTreeSet<Uuid>,
}

impl<'a> Batch<'a> {
    async fn look_up(tx: &mut Tx, jobs: &'a [Job]) -> Result<Self> {
        let items: Vec<(usize, &Job, &Prepared)> = jobs
            .iter()
            .enumerate()
            .flat_map(|(n, job)| job.items.iter().map(move |item| (n, job, item)))
            .collect();
        let mut ask = Questions::default();
        for (_, _, item) in &items {
            let seen = seen(item);
            ask.items.push(item.key);
            ask.devices.push(item.device);
            ask.rounds.push(seen.map(|s| s.round_id));
            ask.members.push(seen.and_then(Seen::about));
            ask.corrects.push(seen.and_then(|s| s.corrects));
        }
        let answers = match items.is_empty() {
            true => Vec::new(),
            false => store::facts(tx, &ask).await?,
        };
        let works = items
            .into_iter()
            .zip(answers)
            .map(|((n, job, item), answer)| Work::new(n, job, item, answer))
            .collect();
        Ok(Self {
            works,
            touched: BTreeSet::new(),
            ring: BTreeSet::new(),
        })
    }

    /// Judge each item and make its rows.
    async fn decide(&mut self, tx: &mut Tx) -> Result<()> {
        for work in &mut self.works {
            let refused = match (work.item.refused, &work.facts) {
                (Some(reason), _) => Some(reason),
                (None, None) => Some(Reason::UnknownDevice),
                (None, Some(facts)) if facts.device.is_revoked => Some(Reason::RevokedDevice),
                (None, Some(_)) if work.is_taken => Some(Reason::IdReused),
                (None, Some(_)) => None,
            };
            let refused = match (refused, seen(work.item)) {
                (None, Some(seen)) => work.file(tx, seen).await?.err(),
                (refused, _) => refused,
            };
            if let Some(reason) = refused {
                work.quarantine(reason);
            }
        }
        Ok(())
    }

    /// Append the items, then what they say. An id that came before is compared with what it said then.
    async fn append(&mut self, tx: &mut Tx) -> Result<()> {
        let fresh = self.insert(tx, (0..self.works.len()).collect()).await?;
        let unlisted: Vec<NewUnlisted> = fresh
            .iter()
            .filter_map(|n| self.works[*n].unlisted.clone())
            .collect();
        let mut observations: Vec<NewObservation> = fresh
            .iter()
            .filter_map(|n| self.works[*n].observation.take())
            .collect();
        if !unlisted.is_empty() {
            record::insert_unlisted(tx, &unlisted).await?;
            observations.extend(taken_up(tx, &unlisted).await?);
        }
        self.touched = observations.iter().map(|o| o.member_id).collect();
        if !observations.is_empty() {
            record::insert_observations(tx, &observations).await?;
        }
        for n in fresh {
            let work = &self.works[n];
            if work.rings {
                let round = seen(work.item).map_or(STANDING_ROUND, |s| s.round_id);
                self.ring.insert(round);
            }
        }
        Ok(())
    }

    /// Insert the rows of `works`; answers those whose row is new. The others get their disposition here.
    async fn insert(&mut self, tx: &mut Tx, works: Vec<usize>) -> Result<Vec<usize>> {
        let mut first: HashMap<Uuid, usize> = HashMap::new();
        let mut repeated = Vec::new();
        for n in works {
            match first.get(&self.works[n].row.id) {
                None => _ = first.insert(self.works[n].row.id, n),
                Some(_) => repeated.push(n),
            }
        }
        let rows: Vec<Row> = first.values().map(|n| self.works[*n].row.clone()).collect();
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let now = self.works[0].now;
        let mut fresh: Vec<usize> = store::insert_items(tx, &rows, now)
            .await?
            .iter()
            .filter_map(|id| first.remove(id))
            .collect();
        repeated.extend(first.into_values());
        if !repeated.is_empty() {
            fresh.extend(self.repeat(tx, repeated).await?);
        }
        fresh.sort_unstable();
        Ok(fresh)
    }

    /// The ids of `works` are taken: the same words are no news; other words are kept beside them under a key of their own.
    async fn repeat(&mut self, tx: &mut Tx, works: Vec<usize>) -> Result<Vec<usize>> {
        let rows: Vec<(&Row, &str)> = works
            .iter()
            .map(|n| (&self.works[*n].row, self.works[*n].item.raw.as_str()))
            .collect();
        let earlier = store::compare(tx, &rows).await?;
        let mut reused = Vec::new();
        for n in works {
            let work = &mut self.works[n];
            let is_reused = work.row.reason == Some(Reason::IdReused.as_str());
            match earlier.iter().find(|e| e.id == work.row.id && e.is_same) {
                Some(Earlier { reason: None, .. }) => work.answer(Disposition::AlreadyStored, None),
                Some(Earlier { reason, .. }) => {
                    work.answer(Disposition::Quarantined, reason.clone());
                }
                // Its own key is of its text alone: it is there already.
                None if is_reused || work.row.id != work.item.key => {}
                None => {
                    work.quarantine(Reason::IdReused);
                    reused.push(n);
                }
            }
        }
        let rows: Vec<Row> = reused.iter().map(|n| self.works[*n].row.clone()).collect();
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let now = self.works[reused[0]].now;
        let kept = store::insert_items(tx, &rows, now).await?;
        Ok(reused
            .into_iter()
            .filter(|n| kept.contains(&self.works[*n].row.id))
            .collect())
    }

    async fn derive(&self, tx: &mut Tx) -> Result<record::Change> {
        let touched: Vec<Uuid> = self.touched.iter().copied().collect();
        let mut change = match touched.is_empty() {
            true => record::Change::default(),
            false => record::rederive(tx, &touched).await?,
        };
        if !self.ring.is_empty() {
            let rounds: Vec<Uuid> = self.ring.iter().copied().collect();
            store::ring(tx, &rounds).await?;
            change.rounds.extend(rounds);
            change.has_new_rescue = true;
        }
        Ok(change)
    }

    /// One line per upload: who sent, how many became what, and about whom.
    fn audit_lines(&self, jobs: &[Job]) -> Vec<audit::Line> {
        let mut lines = Vec::with_capacity(jobs.len());
        for (n, job) in jobs.iter().enumerate() {
            let works: Vec<&Work> = self.works.iter().filter(|w| w.job == n).collect();
            if works.is_empty() {
                continue;
            }
            let count = |d: Disposition| works.iter().filter(|w| w.disposition == d).count();
            let device = works
                .iter()
                .find_map(|w| w.facts.as_ref().map(|f| &f.device));
            let members: BTreeSet<Uuid> = works.iter().filter_map(|w| w.about()).collect();
            lines.push(audit::Line {
                actor_kind: device.map_or(Principal::Ingest, |d| d.principal).as_str(),
                actor_id: device.and_then(|d| d.actor_id),
                device_id: works.iter().find_map(|w| w.item.device),
                action: "field.sync",
                event_id: works.iter().find_map(|w| w.row.event_id),
                subject_kind: "round_member",
                subject_ids: members.into_iter().collect(),
                detail: json!({
                    "stored": count(Disposition::Stored), "already_stored": count(Disposition::AlreadyStored),
                    "quarantined": count(Disposition::Quarantined), "carried_by": job.contact.map(|c| c.device_id),
                }),
                request_id: job.request_id.clone(),
            });
        }
        lines
    }

    fn receipts(&self, jobs: &[Job]) -> Vec<Vec<Receipt>> {
        let mut receipts: Vec<Vec<Receipt>> = jobs.iter().map(|_| Vec::new()).collect();
        for work in &self.works {
            receipts[work.job].push(Receipt {
                index: work.item.index,
                id: work.item.named,
                result: work.disposition,
                reason: work.reason.clone(),
            });
        }
        receipts
    }
}

impl<'a> Work<'a> {
    fn new(n: usize, job: &'a Job, item: &'a Prepared, answer: Answer) -> Self {
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

    fn about(&self) -> Option<Uuid> {
        let filed = self.observation.as_ref().map(|o| o.member_id);
        filed.or(seen(self.item).and_then(Seen::about))
    }

    fn answer(&mut self, disposition: Disposition, reason: Option<String>) {
        self.disposition = disposition;
        self.reason = reason;
    }

    /// Keep the item with its raw text and the reason, and let nothing follow from it but a call for help.
    fn quarantine(&mut self, reason: Reason) {
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
    async fn file(&mut self, tx: &mut Tx, seen: &Seen) -> Result<Result<(), Reason>> {
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

fn seen(item: &Prepared) -> Option<&Seen> {
    match &item.said {
        Some(Said::Observation(seen)) => Some(seen),
        _ => None,
    }
}

/// The standing round's member for somebody whose id is taken in the drill.
fn standing_key(member_id: Uuid) -> Uuid {
    key_of(&format!("{STANDING_ROUND} {member_id}"))
}

struct Header {
    device_id: Option<Uuid>,
    device_seq: Option<i64>,
    observed_at: DateTime<Utc>,
    clock_offset_ms: i64,
}

fn observation(
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

/// What was said of these people before anybody knew them here, now that they are known.
async fn taken_up(tx: &mut Tx, unlisted: &[NewUnlisted]) -> Result<Vec<NewObservation>> {
    let rounds: HashMap<Uuid, Uuid> = unlisted.iter().map(|u| (u.id, u.round_id)).collect();
    let ids: Vec<Uuid> = rounds.keys().copied().collect();
    let waiting = store::waiting_for(tx, &ids).await?;
    let take_up = |w: Waiting| {
        let seen = Seen::deserialize(&w.payload).ok()?;
        let member_id = seen.member_id?;
        let is_here = rounds.get(&member_id) == Some(&seen.round_id);
        let header = Header {
            device_id: Some(w.device_id),
            device_seq: w.device_seq,
            observed_at: w.observed_at,
            clock_offset_ms: w.clock_offset_ms,
        };
        is_here.then(|| observation(w.id, &seen, (seen.round_id, member_id), &w.device, header))
    };
    Ok(waiting.into_iter().filter_map(take_up).collect())
}
