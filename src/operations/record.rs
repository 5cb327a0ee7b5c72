//! Entries about people at doors into the database, and everything that follows from them. The one place that writes where
//! somebody is: phones' items and staff's words all end here.
//!
//! The order within a transaction is fixed: make the people known, lock them in the order of their ids, append, derive each from
//! *all* her entries, then the places, then the rounds of the same event ([`super::rounds`]). The caller derives the members of those
//! rounds afterwards, once.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::opening::{self, Status, Word};
use super::rounds;
use super::said::{CheckIn, CheckOut, Leaving, Stranger};
use super::stay::{self, Act, Entry, Stay, StayType};
use super::store::state::{self, Of};
use super::store::stays::{self, Known};
use crate::config::CrowdingFrom;
use crate::db::Principal;
use crate::problem::Result;
use crate::safety::derive::corrected;
use crate::safety::observation::Outcome;

/// Whom an entry is about.
#[derive(Debug, Clone)]
pub enum Who {
    /// Somebody of the roster.
    Person(Uuid),
    /// Somebody received before in this event.
    Evacuee(Uuid),
    Stranger(Box<Stranger>),
    /// Whomever the corrected entry is about.
    Corrected,
}

/// An entry to be appended.
#[derive(Debug, Clone)]
pub struct NewStay {
    pub id: Uuid,
    pub who: Who,
    pub act: Act,
    pub site_id: Option<Uuid>,
    pub stay_type: Option<StayType>,
    pub moved_from: Option<Uuid>,
    pub destination: String,
    pub condition: Option<Outcome>,
    pub note: String,
    pub party_id: Option<Uuid>,
    pub corrects: Option<Uuid>,
    pub is_withdrawal: bool,
    /// Of somebody of whom no address is known: the place's district, or the lead's own.
    pub district_id: Option<Uuid>,
    /// The observer's principal, as [`crate::db::Principal::as_str`] writes it.
    pub observer_kind: &'static str,
    pub observer_id: Option<Uuid>,
    pub device_id: Option<Uuid>,
    pub device_seq: Option<i64>,
    pub observed_at: DateTime<Utc>,
    pub clock_offset_ms: i64,
}

impl NewStay {
    /// Somebody came. By whom and when it was observed is the caller's to add; nothing when nobody is named.
    pub fn came(id: Uuid, said: &CheckIn) -> Option<Self> {
        let who = match (said.person_id, said.evacuee_id, &said.stranger) {
            (Some(id), ..) => Who::Person(id),
            (_, Some(id), _) => Who::Evacuee(id),
            (.., Some(stranger)) => Who::Stranger(Box::new(stranger.clone())),
            _ if said.is_withdrawal => Who::Corrected,
            _ => return None,
        };
        Some(Self {
            site_id: said.site_id,
            stay_type: Some(said.stay_type),
            moved_from: said.moved_from,
            condition: said.condition,
            note: said.note.clone(),
            party_id: said.party_id,
            corrects: said.corrects,
            is_withdrawal: said.is_withdrawal,
            ..Self::blank(id, who, Act::CheckIn)
        })
    }

    /// Somebody left, or is out for the night.
    pub fn left(id: Uuid, said: &CheckOut) -> Option<Self> {
        let who = match (said.person_id, said.evacuee_id) {
            (Some(id), _) => Who::Person(id),
            (_, Some(id)) => Who::Evacuee(id),
            _ if said.is_withdrawal => Who::Corrected,
            _ => return None,
        };
        let act = match said.act {
            Leaving::CheckOut => Act::CheckOut,
            Leaving::OvernightLeave => Act::OvernightLeave,
        };
        Some(Self {
            site_id: said.site_id,
            destination: said.destination.clone(),
            note: said.note.clone(),
            corrects: said.corrects,
            is_withdrawal: said.is_withdrawal,
            ..Self::blank(id, who, act)
        })
    }

    /// An entry that says nothing yet.
    pub fn blank(id: Uuid, who: Who, act: Act) -> Self {
        Self {
            id,
            who,
            act,
            site_id: None,
            stay_type: None,
            moved_from: None,
            destination: String::new(),
            condition: None,
            note: String::new(),
            party_id: None,
            corrects: None,
            is_withdrawal: false,
            district_id: None,
            observer_kind: Principal::Ingest.as_str(),
            observer_id: None,
            device_id: None,
            device_seq: None,
            observed_at: DateTime::UNIX_EPOCH,
            clock_offset_ms: 0,
        }
    }
}

/// What was odd about an entry. It counts all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flag {
    /// Received at one place while staying at another.
    SecondPlace,
    /// Received at a place that is closed.
    ClosedPlace,
}

impl Flag {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SecondPlace => "second_place",
            Self::ClosedPlace => "closed_place",
        }
    }
}

/// What became of one entry.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// Nobody whom the entry could be about; nothing was written.
    pub evacuee_id: Option<Uuid>,
    /// False: it was there already.
    pub is_new: bool,
    pub flag: Option<Flag>,
}

/// What became of the entries, in their order, and the members of open rounds who are to be derived.
#[derive(Debug, Default)]
pub struct Done {
    pub entries: Vec<Recorded>,
    pub members: BTreeSet<Uuid>,
}

/// Append entries, each once, and derive what follows. Runs as `m_ingest`, `m_hq_staff`, `m_job` or `m_cli`.
pub async fn record(
    conn: &mut PgConnection,
    of: Of,
    entries: &[NewStay],
    now: DateTime<Utc>,
    crowding: CrowdingFrom,
) -> Result<Done> {
    record_beside(conn, of, entries, &BTreeSet::new(), now, crowding).await
}

/// The same, in a transaction that also said something of the places `said_of`: they are derived with the others, in one order.
pub async fn record_beside(
    conn: &mut PgConnection,
    of: Of,
    entries: &[NewStay],
    said_of: &BTreeSet<Uuid>,
    now: DateTime<Utc>,
    crowding: CrowdingFrom,
) -> Result<Done> {
    let about = stays::know(conn, of, entries).await?;
    let ids: BTreeSet<Uuid> = about.iter().flatten().copied().collect();
    let mut known = stays::lock_circle(conn, of.event_id, &ids).await?;
    let doors: BTreeSet<Uuid> = entries.iter().filter_map(|e| e.site_id).collect();
    let doors: Vec<Uuid> = doors.into_iter().collect();
    let words = state::words(conn, of.event_id, &doors).await?;
    let mut sites: BTreeSet<Uuid> = known.values().filter_map(Known::site).collect();
    sites.extend(said_of);
    let mut done = Done::default();
    let mut fresh: Vec<Uuid> = Vec::new();
    for (entry, evacuee) in entries.iter().zip(about) {
        let Some(somebody) = evacuee.and_then(|id| known.get_mut(&id)) else {
            done.entries.push(Recorded {
                evacuee_id: None,
                is_new: false,
                flag: None,
            });
            continue;
        };
        let flag = flag(entry, somebody, &words);
        let is_new = stays::insert(conn, of.event_id, somebody.id, entry, flag).await?;
        if is_new {
            somebody.see(entry);
            sites.extend(entry.site_id);
            fresh.push(entry.id);
        }
        done.entries.push(Recorded {
            evacuee_id: Some(somebody.id),
            is_new,
            flag,
        });
    }
    if fresh.is_empty() && said_of.is_empty() {
        return Ok(done);
    }
    sites.extend(place(conn, &known).await?);
    state::refresh(conn, of, &sites, now, crowding).await?;
    done.members = rounds::file(conn, of.event_id, &fresh).await?;
    Ok(done)
}

/// Where these people are, after it was said anew who is who; the places that this changes are derived too. The people are locked.
pub async fn place_anew(
    conn: &mut PgConnection,
    of: Of,
    known: &BTreeMap<Uuid, Known>,
    now: DateTime<Utc>,
    crowding: CrowdingFrom,
) -> Result<()> {
    let mut sites: BTreeSet<Uuid> = known.values().filter_map(Known::site).collect();
    sites.extend(place(conn, known).await?);
    state::refresh(conn, of, &sites, now, crowding).await
}

/// Derive where everybody is; answers the places. Whoever was received under two names is one: she is where all the entries about
/// her lead, and counts once, as the one of the roster.
async fn place(conn: &mut PgConnection, known: &BTreeMap<Uuid, Known>) -> Result<BTreeSet<Uuid>> {
    let mut sites = BTreeSet::new();
    let ids: BTreeSet<Uuid> = known.keys().copied().collect();
    let mut entries = stays::entries(conn, &ids).await?;
    for mut one in stays::same_people(known) {
        one.sort_by_key(|k| (k.match_id.is_some(), k.id));
        let all: Vec<Entry> = one
            .iter()
            .flat_map(|k| entries.remove(&k.id).unwrap_or_default())
            .collect();
        let stay = stay::derive(&all);
        sites.extend(stay.place.and_then(|p| p.site_id));
        for (n, k) in one.iter().enumerate() {
            let nowhere = Stay::default();
            stays::write(conn, k.id, if n == 0 { &stay } else { &nowhere }).await?;
        }
    }
    Ok(sites)
}

fn flag(entry: &NewStay, somebody: &Known, words: &BTreeMap<Uuid, Vec<Word>>) -> Option<Flag> {
    if entry.act != Act::CheckIn || entry.is_withdrawal {
        return None;
    }
    let is_elsewhere = somebody
        .site()
        .is_some_and(|was| Some(was) != entry.site_id && Some(was) != entry.moved_from);
    match entry.site_id {
        _ if is_elsewhere && entry.corrects.is_none() => Some(Flag::SecondPlace),
        Some(site) if words.get(&site).is_some_and(|w| was_closed(w, entry)) => {
            Some(Flag::ClosedPlace)
        }
        _ => None,
    }
}

/// Whether the place was closed when somebody came: what a gate received before, and sends after, was received at an open door.
fn was_closed(words: &[Word], entry: &NewStay) -> bool {
    let at = corrected(entry.observed_at, entry.clock_offset_ms);
    let until: Vec<Word> = words.iter().filter(|w| w.at <= at).cloned().collect();
    opening::derive(&until).is_some_and(|stand| stand.status == Status::Closed)
}
