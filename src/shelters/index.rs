//! The nearest suitable sites, from memory: exact, by geodesic distance, and already serialised.
//!
//! One R-tree per kind, readiness and hazard, for a filter inside one tree would cost 12 to 20
//! times the search. Sites and their JSON lie in memory in the order of a Hilbert curve, so that an
//! answer copies neighbouring bytes.

use std::io::Write;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use self::blocks::{Blocks, Leaf, Near};
use super::ellipsoid;
pub use super::site::HazardOrAny;
use super::site::{OpenState, SiteKind, SiteRecord};
use crate::geometry::{LngLat, PlaceError};

/// The largest `limit` that a query may ask for.
pub const MAX_LIMIT: u16 = 50;

/// Why a site stands in the answer where it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Designated for the hazard asked about.
    Designated,
    /// The hazard was not asked about (`any`): see `hazards` for what the site is designated for.
    HazardNotAsked,
    /// Inside the danger zone, for those who have no time left to leave it: after every evacuation
    /// site.
    LastResort,
    /// Shelters are not designated per hazard; the hazard was not applied.
    HazardNotApplied,
    /// A shelter that is open, with room left.
    Open,
    /// A shelter that is open, やや混雑.
    SomewhatCrowded,
    /// A shelter that is open, 混雑.
    Crowded,
    /// Others are open; of this shelter nobody said so, and therefore it comes after them.
    NotAnnounced,
    /// Not opened in the present disaster, and therefore after those that may be.
    NotOpened,
    /// Full, and therefore after the others.
    Full,
    /// Closed again, and therefore after the others.
    Closed,
}

/// What is asked: the nearest sites around a place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Query {
    at: LngLat,
    /// The same, geocentric.
    xyz: [f64; 3],
    hazard: HazardOrAny,
    kind: SiteKind,
    limit: usize,
}

/// Why a query cannot be answered, in words for who wrote it.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum QueryError {
    #[error(transparent)]
    Place(#[from] PlaceError),
    #[error("件数 limit は 1〜{MAX_LIMIT} で指定してください（{0} が指定されました）")]
    Limit(u16),
}

impl QueryError {
    /// The parameter to change.
    pub fn parameter(&self) -> &'static str {
        match self {
            Self::Place(PlaceError::OutOfRange { lon, .. }) if lon.abs() <= 180.0 => "lat",
            Self::Place(_) => "lon",
            Self::Limit(_) => "limit",
        }
    }
}

impl Query {
    /// `kind` evacuation_site (the default when it is not asked for) includes evacuation buildings,
    /// after all the sites.
    ///
    /// # Errors
    /// When the position is not on the globe or `limit` is not in 1..=[`MAX_LIMIT`].
    pub fn new(
        (lon, lat): (f64, f64),
        hazard: HazardOrAny,
        kind: Option<SiteKind>,
        limit: u16,
    ) -> Result<Self, QueryError> {
        if limit == 0 || limit > MAX_LIMIT {
            return Err(QueryError::Limit(limit));
        }
        let at = LngLat::new(lon, lat)?;
        Ok(Self {
            at,
            xyz: ellipsoid::xyz(at),
            hazard,
            kind: kind.unwrap_or(SiteKind::EvacuationSite),
            limit: usize::from(limit),
        })
    }

    /// Kinds in order of rank: a later one only fills places that the earlier left.
    fn kinds(&self) -> &'static [SiteKind] {
        match self.kind {
            SiteKind::EvacuationSite => &[SiteKind::EvacuationSite, SiteKind::EvacuationBuilding],
            SiteKind::EvacuationBuilding => &[SiteKind::EvacuationBuilding],
            SiteKind::Shelter => &[SiteKind::Shelter],
        }
    }

    fn reason(&self, kind: SiteKind, open_state: Option<OpenState>) -> Reason {
        match (open_state, kind, self.hazard) {
            (Some(OpenState::NotOpened), ..) => Reason::NotOpened,
            (Some(OpenState::Full), ..) => Reason::Full,
            (Some(OpenState::Closed), ..) => Reason::Closed,
            (Some(OpenState::Open), SiteKind::Shelter, _) => Reason::Open,
            (Some(OpenState::SomewhatCrowded), SiteKind::Shelter, _) => Reason::SomewhatCrowded,
            (Some(OpenState::Crowded), SiteKind::Shelter, _) => Reason::Crowded,
            (_, SiteKind::Shelter, _) => Reason::HazardNotApplied,
            (_, SiteKind::EvacuationBuilding, _) => Reason::LastResort,
            (_, SiteKind::EvacuationSite, HazardOrAny::Any) => Reason::HazardNotAsked,
            (_, SiteKind::EvacuationSite, HazardOrAny::Of(_)) => Reason::Designated,
        }
    }
}

/// One site of an answer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hit {
    /// Position in the index, for `fragment`.
    site: u32,
    pub distance_m: f64,
    pub reason: Reason,
}

struct Site {
    at: LngLat,
    open_state: Option<OpenState>,
}

/// All sites in force at one instant. Built whole and never changed: see `LiveIndex` for swapping.
pub struct Index {
    as_of: DateTime<Utc>,
    sites: Vec<Site>,
    /// The sites' objects one after the other, each open at the end for distance and reason.
    json: Vec<u8>,
    /// Where each object begins, and where the last one ends.
    json_at: Vec<u64>,
    /// The rows of the list for phones.
    compact: Vec<u8>,
    etag: String,
    trees: Vec<Blocks>,
}

const HAZARD_SLOTS: usize = 9;
const READINESS: usize = 3;
const KIND_SLOTS: usize = READINESS * HAZARD_SLOTS;

/// 0 for what takes people in, 1 for shelters of which nobody said so, 2 for what is known to turn people away. A park, or a building
/// that saves those who have no time, is there whether somebody said so or not: only shelters are opened.
fn readiness(record: &SiteRecord) -> usize {
    match record.open_state {
        Some(state) if state.turns_away() => 2,
        Some(state) if state.is_open() => 0,
        _ => usize::from(record.kind == SiteKind::Shelter),
    }
}

/// Which tree.
fn slot(kind: SiteKind, readiness: usize, hazard: HazardOrAny) -> usize {
    let hazard = match (kind, hazard) {
        (SiteKind::Shelter, _) | (_, HazardOrAny::Any) => HAZARD_SLOTS - 1,
        (_, HazardOrAny::Of(hazard)) => hazard as usize,
    };
    kind as usize * KIND_SLOTS + readiness * HAZARD_SLOTS + hazard
}

/// How many sites are measured at most beyond those asked for. It is reached only from thousands of
/// kilometres away (near the antipodes everything is equally far): there the nearest through the
/// earth stand for the nearest along it.
const MAX_CANDIDATES: usize = 4_096;

impl Index {
    /// Builds from the sites in force at `as_of`. Takes some seconds for a million sites: not on a
    /// thread that answers.
    pub fn build(mut records: Vec<SiteRecord>, as_of: DateTime<Utc>) -> Self {
        records.sort_by_cached_key(|record| (along_a_curve(record.at), record.id));
        let mut index = Self {
            as_of,
            sites: Vec::with_capacity(records.len()),
            json: Vec::with_capacity(records.len() * 200),
            json_at: vec![0],
            compact: Vec::with_capacity(records.len() * 120),
            etag: String::new(),
            trees: Vec::new(),
        };
        let mut leaves: Vec<Vec<Leaf>> = vec![Vec::new(); 3 * KIND_SLOTS];
        for (site, record) in (0..).zip(&records) {
            index.append(record);
            let readiness = readiness(record);
            let xyz = ellipsoid::xyz(record.at);
            let leaf = Leaf { xyz, site };
            leaves[slot(record.kind, readiness, HazardOrAny::Any)].push(leaf);
            if record.kind != SiteKind::Shelter {
                for hazard in record.hazards.iter() {
                    leaves[slot(record.kind, readiness, HazardOrAny::Of(hazard))].push(leaf);
                }
            }
        }
        index.trees = leaves.iter().map(|leaves| Blocks::build(leaves)).collect();
        let digest = Sha256::digest(&index.compact);
        index.etag = digest
            .iter()
            .take(12)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        index
    }

    fn append(&mut self, record: &SiteRecord) {
        let (lon, lat) = (record.at.lon(), record.at.lat());
        let name = serde_json::Value::from(record.name.as_str());
        let address = serde_json::Value::from(record.address.as_str());
        let hazards: Vec<String> = record
            .hazards
            .iter()
            .map(|hazard| format!("\"{}\"", hazard.as_str()))
            .collect();
        let (id, kind, hazards) = (record.id, record.kind.as_str(), hazards.join(","));
        let object = format!(
            r#"{{"id":"{id}","kind":"{kind}","name":{name},"address":{address},"lon":{lon},"lat":{lat},"hazards":[{hazards}],"distance_m":"#
        );
        self.json.extend_from_slice(object.as_bytes());
        let (kind_no, bits) = (record.kind as u8, record.hazards.bits());
        let status_no = record.open_state.map_or(0, |state| state as u8 + 1);
        let comma = if self.sites.is_empty() { "" } else { "," };
        let row =
            format!(r#"{comma}["{id}",{kind_no},{name},{lon},{lat},{bits},{address},{status_no}]"#);
        self.compact.extend_from_slice(row.as_bytes());
        self.sites.push(Site {
            at: record.at,
            open_state: record.open_state,
        });
        self.json_at.push(self.json.len() as u64);
    }

    pub fn as_of(&self) -> DateTime<Utc> {
        self.as_of
    }

    pub fn len(&self) -> usize {
        self.sites.len()
    }

    pub fn is_empty(&self) -> bool {
        self.sites.is_empty()
    }

    /// Changes exactly when a site's public columns change.
    pub fn etag(&self) -> &str {
        &self.etag
    }

    /// The nearest suitable sites, nearest first within each rank: sites that may take people in,
    /// then those known to be not opened, full or closed; the same for evacuation buildings after
    /// all evacuation sites. Once a shelter is open, those of which nobody said so come after the
    /// open ones. When `is_open_state_known` is false (the statements have grown old) nobody is
    /// ranked or reported by them.
    pub fn nearest(&self, query: &Query, is_open_state_known: bool) -> Vec<Hit> {
        let mut hits = Vec::with_capacity(query.limit);
        for &kind in query.kinds() {
            let tree = |readiness| &self.trees[slot(kind, readiness, query.hazard)];
            let reason = query.reason(kind, None);
            let own = |site: u32| query.reason(kind, self.sites[site as usize].open_state);
            if !is_open_state_known {
                self.fill(&mut hits, query, &[tree(0), tree(1), tree(2)], |_| reason);
                continue;
            }
            if kind == SiteKind::Shelter && !tree(0).is_empty() {
                self.fill(&mut hits, query, &[tree(0)], own);
                self.fill(&mut hits, query, &[tree(1)], |_| Reason::NotAnnounced);
            } else {
                self.fill(&mut hits, query, &[tree(0), tree(1)], |_| reason);
            }
            self.fill(&mut hits, query, &[tree(2)], own);
        }
        hits
    }

    /// Fills the places left with the nearest of these trees.
    fn fill(
        &self,
        hits: &mut Vec<Hit>,
        query: &Query,
        trees: &[&Blocks],
        reason: impl Fn(u32) -> Reason,
    ) {
        let most = query.limit - hits.len();
        if most == 0 {
            return;
        }
        let mut found = Vec::with_capacity(most);
        for tree in trees {
            tree.nearest(&query.xyz, most, f64::INFINITY, &mut found);
        }
        let is_near = |near: &Near| ellipsoid::is_near(near.chord_2.sqrt());
        // Near by, the line through the earth ranks as the line along it does.
        if !found.last().is_none_or(is_near) {
            found = self.measure_far(query, trees, most, &found);
        }
        hits.extend(found.iter().map(|near| Hit {
            site: near.site,
            distance_m: self.distance_m(query, near),
            reason: reason(near.site),
        }));
    }

    fn distance_m(&self, query: &Query, near: &Near) -> f64 {
        let to = || self.sites[near.site as usize].at;
        ellipsoid::distance_m(query.at, to, near.chord_2.sqrt())
    }

    /// Far away the line through the earth only bounds the one along it: whatever may be as near as the farthest `found` is
    /// measured.
    fn measure_far(
        &self,
        query: &Query,
        trees: &[&Blocks],
        most: usize,
        found: &[Near],
    ) -> Vec<Near> {
        let distances_m = found.iter().map(|near| self.distance_m(query, near));
        let far_m = distances_m.fold(0.0, f64::max);
        let within_m = ellipsoid::chord_at_most_m(far_m + ellipsoid::ERROR_M);
        let mut within = Vec::new();
        for tree in trees {
            let candidates = most + MAX_CANDIDATES;
            tree.nearest(&query.xyz, candidates, within_m * within_m, &mut within);
        }
        within.sort_by_cached_key(|near| {
            // Distances are not negative: their bits are in their order.
            (self.distance_m(query, near).to_bits(), near.site)
        });
        within.truncate(most);
        within
    }

    /// Appends `{"id",…,"distance_m":12.3,"reason":"designated"}`.
    pub(super) fn write_hit(&self, out: &mut Vec<u8>, hit: &Hit) {
        let site = hit.site as usize;
        let (start, end) = (self.json_at[site] as usize, self.json_at[site + 1] as usize);
        out.extend_from_slice(&self.json[start..end]);
        let tenths = (hit.distance_m * 10.0).round() as u64;
        let (metres, tenths, reason) = (tenths / 10, tenths % 10, hit.reason.as_str());
        let written = write!(out, r#"{metres}.{tenths},"reason":"{reason}"}}"#);
        debug_assert!(written.is_ok(), "a Vec takes every byte");
    }

    /// `[[id, kind_no, name, lon, lat, hazard_bits, address, status_no], …]` without the outer
    /// brackets.
    pub(super) fn compact_rows(&self) -> &[u8] {
        &self.compact
    }
}

impl Reason {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Designated => "designated",
            Self::HazardNotAsked => "hazard_not_asked",
            Self::LastResort => "last_resort",
            Self::HazardNotApplied => "hazard_not_applied",
            Self::Open => "open",
            Self::SomewhatCrowded => "somewhat_crowded",
            Self::Crowded => "crowded",
            Self::NotAnnounced => "not_announced",
            Self::NotOpened => "not_opened",
            Self::Full => "full",
            Self::Closed => "closed",
        }
    }
}

pub(super) fn timestamp(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// Position along a Hilbert curve over longitude and latitude: neighbours along it are neighbours on the map.
fn along_a_curve(at: LngLat) -> u64 {
    let cell = |degrees: f64, range: f64| ((degrees / range + 0.5) * f64::from(u32::MAX)) as u32;
    fast_hilbert::xy2h(cell(at.lon(), 360.0), cell(at.lat(), 180.0), 32)
}

mod blocks;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod vectors;
