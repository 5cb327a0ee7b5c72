//! One transaction of the writer: the items of several uploads, judged, appended, derived and audited together.

use std::collections::{BTreeSet, HashMap};

use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::facts::STANDING_ROUND;
use super::ingest::Job;
use super::kinds::door::follow;
use super::kinds::observation::Seen;
use super::kinds::observation::filing::{Header, observation};
use super::receive::Prepared;
use super::store::{self, Contact, Earlier, Questions, Row, Waiting};
use super::work::{Work, seen};
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
    batch.decide(app, &mut tx).await?;
    batch.touched = follow::follow(app, &mut tx, &mut batch.works).await?;
    batch.append(&mut tx).await?;
    let change = batch.derive(&mut tx).await?;
    let contacts = batch.contacts(jobs);
    if !contacts.is_empty() {
        store::record_contacts(&mut tx, &contacts).await?;
    }
    audit::append_lines(&mut tx, &batch.audit_lines(jobs)).await?;
    let receipts = batch.receipts(jobs);
    tx.commit().await?;
    app.boards.changed(change.rounds);
    app.attendance.changed(batch.drills);
    Ok(receipts)
}

struct Batch<'a> {
    works: Vec<Work<'a>>,
    /// What is new, appended when its members are locked.
    observations: Vec<NewObservation>,
    /// Members whose evidence grows.
    touched: BTreeSet<Uuid>,
    ring: BTreeSet<Uuid>,
    /// Drills at whose gates somebody came.
    drills: BTreeSet<Uuid>,
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
            observations: Vec::new(),
            touched: BTreeSet::new(),
            ring: BTreeSet::new(),
            drills: BTreeSet::new(),
        })
    }

    /// Judge each item and make its rows.
    async fn decide(&mut self, app: &App, tx: &mut Tx) -> Result<()> {
        for work in &mut self.works {
            let refused = match (work.item.refused, &work.facts) {
                (Some(reason), _) => Some(reason),
                (None, None) => Some(Reason::UnknownDevice),
                (None, Some(facts)) if facts.device.is_revoked => Some(Reason::RevokedDevice),
                (None, Some(_)) if work.is_taken => Some(Reason::IdReused),
                (None, Some(_)) => None,
            };
            let refused = match refused {
                None => work.file(app, tx).await?.err(),
                refused => refused,
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
        self.touched
            .extend(observations.iter().map(|o| o.member_id));
        self.observations = observations;
        for n in fresh {
            if let Some(attended) = self.works[n].attended.take() {
                attended.append(tx).await?;
                self.drills.insert(attended.event_id);
            }
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

    /// Append the observations and derive what follows.
    async fn derive(&self, tx: &mut Tx) -> Result<record::Change> {
        let touched: Vec<Uuid> = self.touched.iter().copied().collect();
        let mut change = match touched.is_empty() {
            true => record::Change::default(),
            false => record::append_and_derive(tx, &self.observations, &touched).await?,
        };
        if !self.ring.is_empty() {
            let rounds: Vec<Uuid> = self.ring.iter().copied().collect();
            store::ring(tx, &rounds).await?;
            change.rounds.extend(rounds);
            change.has_new_rescue = true;
        }
        Ok(change)
    }

    /// The contacts that are news.
    fn contacts(&self, jobs: &[Job]) -> Vec<Contact> {
        let device = |contact: &Contact| {
            let of_device = |w: &&Work| w.item.device == Some(contact.device_id);
            let work = self.works.iter().find(of_device)?;
            work.facts.as_ref().map(|f| &f.device)
        };
        jobs.iter()
            .filter_map(|job| job.contact)
            .filter(|contact| device(contact).is_none_or(|d| !contact.is_noted(d)))
            .collect()
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
            let received: BTreeSet<Uuid> = works.iter().filter_map(|w| w.evacuee).collect();
            let sync = audit::Line {
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
            };
            if !received.is_empty() {
                lines.push(audit::Line {
                    action: "stays.record",
                    subject_kind: "evacuee",
                    subject_ids: received.into_iter().collect(),
                    ..sync.clone()
                });
            }
            lines.push(sync);
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
