//! The index in use: swapped whole when sites change, answering whether the database is there or
//! not.

use std::sync::{Arc, PoisonError, RwLock};

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::index::{Index, Query, timestamp};

/// Older statements about what is open are no longer passed on.
pub const OPEN_STATE_HOLDS: TimeDelta = TimeDelta::minutes(10);

/// Where the sites in memory came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    Database,
    /// The file kept for when the database is down.
    Snapshot,
}

impl Source {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Database => "database",
            Self::Snapshot => "snapshot",
        }
    }
}

struct Current {
    index: Arc<Index>,
    source: Source,
    as_of: DateTime<Utc>,
    /// How each answer begins; made once, not for each.
    head: Vec<u8>,
}

impl Current {
    fn new(index: Arc<Index>, source: Source, as_of: DateTime<Utc>) -> Self {
        let mut head = begin(as_of, source);
        head.extend_from_slice(br#","sites":["#);
        Self {
            index,
            source,
            as_of,
            head,
        }
    }

    fn is_open_state_known(&self, now: DateTime<Utc>) -> bool {
        now - self.as_of <= OPEN_STATE_HOLDS
    }
}

/// Holds the index in use. Readers never wait for a build: they keep what they had until the new
/// one is put in its place.
#[derive(Default)]
pub struct LiveIndex {
    current: RwLock<Option<Arc<Current>>>,
}

/// The list of all sites for phones.
pub struct List {
    /// Strong: the same bytes as long as it is the same. Without quotes.
    pub etag: String,
    pub body: Vec<u8>,
}

impl LiveIndex {
    /// Puts a newly built index in place of the one in use.
    pub fn install(&self, index: Index, source: Source) {
        let as_of = index.as_of();
        self.put(Current::new(Arc::new(index), source, as_of));
    }

    /// The database was asked at `as_of` and nothing had changed.
    pub fn confirm(&self, as_of: DateTime<Utc>) {
        if let Some(current) = self.current() {
            let index = current.index.clone();
            self.put(Current::new(index, current.source, as_of));
        }
    }

    /// As of when the sites in memory are known to be right.
    pub fn as_of(&self) -> Option<DateTime<Utc>> {
        self.current().map(|current| current.as_of)
    }

    pub fn source(&self) -> Option<Source> {
        self.current().map(|current| current.source)
    }

    /// `{"as_of","source","sites":[{"id","kind","name","address","lon","lat","hazards","distance_m",
    /// "reason"}]}`
    /// as bytes; `distance_m` is along a straight line, to 0.1 m. `None` before any sites are
    /// known.
    pub fn nearest(&self, query: &Query, now: DateTime<Utc>) -> Option<Vec<u8>> {
        let current = self.current()?;
        let index = &current.index;
        let hits = index.nearest(query, current.is_open_state_known(now));
        let mut body = Vec::with_capacity(128 + 384 * hits.len());
        body.extend_from_slice(&current.head);
        for (n, hit) in hits.iter().enumerate() {
            if n > 0 {
                body.push(b',');
            }
            index.write_hit(&mut body, hit);
        }
        body.extend_from_slice(b"]}");
        Some(body)
    }

    /// `{"as_of","source","is_open_state_known","sites":[[id, kind_no, name, lon, lat, hazard_bits,
    /// address, status_no]]}`. `as_of` is when the sites last changed here, so that an unchanged list
    /// keeps its ETag. `kind_no` 0 evacuation_site, 1 evacuation_building, 2 shelter; bit 0 of
    /// `hazard_bits` is `flood`; `status_no` 0 nothing said, 1 unknown, 2 not_opened, 3 open, 4 full, 5
    /// closed, 6 somewhat_crowded, 7 crowded. `None` before any sites are known.
    pub fn list(&self, now: DateTime<Utc>) -> Option<List> {
        let current = self.current()?;
        let Current { index, source, .. } = current.as_ref();
        let is_known = current.is_open_state_known(now);
        let age = if is_known { "" } else { "-old" };
        let (content, origin) = (index.etag(), source.as_str());
        let etag = format!(
            "{content}-{origin}-{}{age}",
            index.as_of().timestamp_millis()
        );
        let rows = index.compact_rows();
        let mut body = Vec::with_capacity(128 + rows.len());
        body.extend_from_slice(&begin(index.as_of(), *source));
        body.extend_from_slice(
            format!(r#","is_open_state_known":{is_known},"sites":["#).as_bytes(),
        );
        body.extend_from_slice(rows);
        body.extend_from_slice(b"]}");
        Some(List { etag, body })
    }

    fn current(&self) -> Option<Arc<Current>> {
        self.current
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn put(&self, current: Current) {
        let next = Some(Arc::new(current));
        let last = std::mem::replace(
            &mut *self.current.write().unwrap_or_else(PoisonError::into_inner),
            next,
        );
        // A large index is freed here, after the lock.
        drop(last);
    }
}

fn begin(as_of: DateTime<Utc>, source: Source) -> Vec<u8> {
    let (as_of, source) = (timestamp(as_of), source.as_str());
    format!(r#"{{"as_of":"{as_of}","source":"{source}""#).into_bytes()
}
