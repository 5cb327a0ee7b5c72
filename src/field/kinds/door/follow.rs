//! What follows from the items at doors: written before the items themselves, for whether a second or a closed place is to be
//! settled is known only then, and an item stays as it was stored.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use uuid::Uuid;

use super::store::{self, Waiting};
use super::{AtDoor, Word};
use crate::app::App;
use crate::db::Tx;
use crate::field::Reason;
use crate::field::kinds::opening::{HeadCount, Opening};
use crate::field::kinds::stay::{CheckIn, CheckOut};
use crate::field::work::Work;
use crate::operations::record::{self, Flag, NewStay};
use crate::operations::store::places::{self, NewHeadCount, NewOpening};
use crate::operations::store::state::Of;
use crate::problem::Result;
use crate::safety::derive::corrected;

/// How often entries that waited are taken up after those that they waited for.
const ROUNDS: usize = 4;

/// Write what follows from the works at doors; answers the members of open rounds who are to be derived.
pub async fn follow(app: &App, tx: &mut Tx, works: &mut [Work<'_>]) -> Result<BTreeSet<Uuid>> {
    let ids: Vec<Uuid> = works
        .iter()
        .filter(|w| w.door.is_some())
        .map(|w| w.row.id)
        .collect();
    if ids.is_empty() {
        return Ok(BTreeSet::new());
    }
    let before: BTreeSet<Uuid> = store::came_before(tx, &ids).await?.into_iter().collect();
    let mut by_event: BTreeMap<Uuid, Vec<(usize, AtDoor)>> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for (n, work) in works.iter().enumerate() {
        if let Some(door) = &work.door
            && !before.contains(&work.row.id)
            && seen.insert(work.row.id)
        {
            let of_event = by_event.entry(door.of.event_id).or_default();
            of_event.push((n, door.clone()));
        }
    }
    let mut members = BTreeSet::new();
    for doors in by_event.into_values() {
        members.extend(in_event(app, tx, works, doors).await?);
    }
    Ok(members)
}

async fn in_event(
    app: &App,
    tx: &mut Tx,
    works: &mut [Work<'_>],
    doors: Vec<(usize, AtDoor)>,
) -> Result<BTreeSet<Uuid>> {
    let Some(of) = doors.first().map(|(_, door)| door.of) else {
        return Ok(BTreeSet::new());
    };
    let mut sites = BTreeSet::new();
    let mut stays: Vec<(usize, NewStay)> = Vec::new();
    for (n, door) in doors {
        match door.said {
            Word::Opening(said) => sites.extend(open(tx, of, &works[n], &said).await?),
            Word::HeadCount(said) => sites.extend(count(tx, of, &works[n], &said).await?),
            Word::Stay(stay) => stays.push((n, *stay)),
        }
    }
    // In the order in which they happened, as far as clocks tell: who came before she left is known when she leaves.
    stays.sort_by_key(|(_, s)| {
        (
            corrected(s.observed_at, s.clock_offset_ms),
            s.device_seq,
            s.id,
        )
    });
    let mut members = BTreeSet::new();
    let mut people = BTreeSet::new();
    let mut entries = BTreeSet::new();
    let mut left = record_once(app, tx, of, works, stays, &sites, &mut members).await?;
    if !left.is_empty() {
        let again = std::mem::take(&mut left);
        let none = BTreeSet::new();
        left = record_once(app, tx, of, works, again, &none, &mut members).await?;
    }
    for (n, _) in &left {
        works[*n].quarantine(Reason::UnknownPerson);
    }
    for work in works.iter() {
        if let (Some(evacuee), Some(_)) = (work.evacuee, &work.door) {
            people.insert(evacuee);
            entries.insert(work.row.id);
        }
    }
    take_up(app, tx, of, people, entries, &mut members).await?;
    Ok(members)
}

/// Record entries; answers those about somebody whom nobody knows (yet).
async fn record_once(
    app: &App,
    tx: &mut Tx,
    of: Of,
    works: &mut [Work<'_>],
    stays: Vec<(usize, NewStay)>,
    said_of: &BTreeSet<Uuid>,
    members: &mut BTreeSet<Uuid>,
) -> Result<Vec<(usize, NewStay)>> {
    let entries: Vec<NewStay> = stays.iter().map(|(_, stay)| stay.clone()).collect();
    let crowding = app.settings.crowding;
    let now = app.clock.now();
    let done = record::record_beside(tx, of, &entries, said_of, now, crowding).await?;
    members.extend(done.members);
    let mut unknown = Vec::new();
    for ((n, stay), became) in stays.into_iter().zip(done.entries) {
        match became.evacuee_id {
            None => unknown.push((n, stay)),
            Some(id) => {
                works[n].evacuee = Some(id);
                if let Some(flag) = became.flag.filter(|_| became.is_new) {
                    works[n].flag(match flag {
                        Flag::SecondPlace => Reason::SecondPlace,
                        Flag::ClosedPlace => Reason::ClosedPlace,
                    });
                }
            }
        }
    }
    Ok(unknown)
}

/// Entries that came before the somebody, or the entry, that they speak of.
async fn take_up(
    app: &App,
    tx: &mut Tx,
    of: Of,
    mut people: BTreeSet<Uuid>,
    mut entries: BTreeSet<Uuid>,
    members: &mut BTreeSet<Uuid>,
) -> Result<()> {
    for _ in 0..ROUNDS {
        let about: Vec<Uuid> = people.iter().copied().collect();
        let of_entries: Vec<Uuid> = entries.iter().copied().collect();
        let waiting = store::waiting_for(tx, of.event_id, &about, &of_entries).await?;
        let stays: Vec<NewStay> = waiting.iter().filter_map(taken_up).collect();
        if stays.is_empty() {
            return Ok(());
        }
        let now = app.clock.now();
        let done = record::record(tx, of, &stays, now, app.settings.crowding).await?;
        members.extend(done.members);
        people = done.entries.iter().filter_map(|e| e.evacuee_id).collect();
        entries = stays.iter().map(|s| s.id).collect();
    }
    Ok(())
}

fn taken_up(waiting: &Waiting) -> Option<NewStay> {
    let stay = match waiting.kind.as_str() {
        "check_in" => NewStay::came(waiting.id, &CheckIn::deserialize(&waiting.payload).ok()?)?,
        _ => NewStay::left(waiting.id, &CheckOut::deserialize(&waiting.payload).ok()?)?,
    };
    Some(NewStay {
        observer_kind: waiting.principal.as_str(),
        observer_id: waiting.actor_id,
        device_id: Some(waiting.device_id),
        device_seq: waiting.device_seq,
        observed_at: waiting.observed_at,
        clock_offset_ms: waiting.clock_offset_ms,
        ..stay
    })
}

async fn open(tx: &mut Tx, of: Of, work: &Work<'_>, said: &Opening) -> Result<Option<Uuid>> {
    let (Some(envelope), Some(facts)) = (&work.item.envelope, &work.facts) else {
        return Ok(None);
    };
    let new = NewOpening {
        id: work.row.id,
        of,
        site_id: said.site_id,
        status: said.status,
        is_self_opened: said.is_self_opened,
        crowding: said.crowding,
        reason: said.reason.trim(),
        note: said.note.trim(),
        said_by: facts.device.actor_id,
        said_by_kind: facts.device.principal.as_str(),
        device_id: work.item.device,
        device_seq: work.row.device_seq,
        observed_at: envelope.observed_at,
        clock_offset_ms: envelope.clock_offset_ms,
        corrects: said.corrects,
        is_withdrawal: said.is_withdrawal,
    };
    places::insert_opening(tx, &new).await?;
    Ok(Some(said.site_id))
}

async fn count(tx: &mut Tx, of: Of, work: &Work<'_>, said: &HeadCount) -> Result<Option<Uuid>> {
    let (Some(envelope), Some(facts)) = (&work.item.envelope, &work.facts) else {
        return Ok(None);
    };
    // As of a time by the phone's clock: corrected like the time of the tap, and never after it came here.
    let as_of = corrected(said.as_of, envelope.clock_offset_ms).min(work.now);
    let new = NewHeadCount {
        id: work.row.id,
        of,
        site_id: said.site_id,
        as_of,
        figures: &said.figures,
        note: said.note.trim(),
        reported_by: said.reported_by.trim(),
        observer_kind: facts.device.principal.as_str(),
        observer_id: facts.device.actor_id,
        device_id: work.item.device,
        device_seq: work.row.device_seq,
        clock_offset_ms: envelope.clock_offset_ms,
        corrects: said.corrects,
        is_withdrawal: said.is_withdrawal,
    };
    places::insert_head_count(tx, &new).await?;
    Ok(Some(said.site_id))
}
