//! What-ifs: sites added or closed against the base. A what-if is computed from the same cells as its base, so that taking one from
//! the other leaves cells, never a person.

use chrono::{DateTime, Utc};
use garde::Validate;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::PgConnection;
use utoipa::{PartialSchema, ToSchema};
use uuid::Uuid;

use super::figures::{self, CoverageFigures, DistrictCoverage, SiteAt, SiteCoverage};
use super::{Snapshot, store};
use crate::accounts::DistrictName;
use crate::geometry::{LngLat, is_in_japan};
use crate::problem::{Problem, Result};
use crate::shelters::index::HazardOrAny;
use crate::shelters::site::{Hazard, SiteKind, SiteRecord};

/// What is asked of the cells: the hazard first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Validate, ToSchema)]
pub struct Asked {
    /// One of the eight hazards; `any` must be said. Not applied to shelters.
    #[garde(skip)]
    #[schema(schema_with = HazardOrAny::schema)]
    pub hazard: HazardOrAny,
    #[garde(skip)]
    #[schema(inline)]
    pub kind: SiteKind,
    /// Farther than this from every suitable site, in a straight line, is far.
    #[garde(range(min = 100, max = 20_000))]
    #[schema(minimum = 100, maximum = 20_000)]
    pub far_m: i32,
    /// Sites added or closed; none: the base.
    #[garde(length(max = 20), dive)]
    #[schema(max_items = 20)]
    #[serde(default)]
    pub changes: Vec<SiteChange>,
}

/// One change of a what-if.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SiteChange {
    Add(#[garde(dive)] NewSite),
    /// The id of a site in force.
    Close(#[garde(skip)] Uuid),
}

/// A site that is not there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Validate, ToSchema)]
pub struct NewSite {
    #[garde(length(chars, min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    #[garde(skip)]
    #[schema(inline)]
    pub kind: SiteKind,
    #[garde(skip)]
    pub lon: f64,
    #[garde(skip)]
    pub lat: f64,
    /// Null: not known, which is not zero.
    #[garde(range(min = 0, max = 1_000_000))]
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub capacity: Option<i32>,
    /// Empty for a shelter.
    #[garde(length(max = 8))]
    #[schema(max_items = 8)]
    #[serde(default)]
    pub hazards: Vec<Hazard>,
}

/// A saved what-if.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Scenario {
    pub id: Uuid,
    pub snapshot_id: Uuid,
    pub name: String,
    #[serde(flatten)]
    pub asked: Asked,
    pub made_by: Option<Uuid>,
    pub made_at: DateTime<Utc>,
    pub retired_at: Option<DateTime<Utc>>,
}

/// What a what-if changes in one district.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct DistrictChange {
    pub district: DistrictName,
    #[serde(flatten)]
    pub change: figures::Difference,
}

/// A what-if beside its base, both of the same cells.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Comparison {
    pub base: CoverageFigures,
    pub with: CoverageFigures,
    pub change: figures::Difference,
    /// Only those in which something changes.
    pub districts: Vec<DistrictChange>,
    /// Positions in `changes` of what has no part in these figures: another kind of site, or not for the hazard.
    pub without_effect: Vec<usize>,
}

/// The word that the table holds.
pub fn hazard_word(hazard: HazardOrAny) -> &'static str {
    match hazard {
        HazardOrAny::Any => "any",
        HazardOrAny::Of(hazard) => hazard.as_str(),
    }
}

/// What figures are computed from, read once.
pub struct Ground {
    snapshot: Snapshot,
    cells: Vec<figures::CellAt>,
    sites: Vec<SiteAt>,
    names: Vec<(Uuid, String)>,
    now: DateTime<Utc>,
}

impl Ground {
    /// The gathering in force, and sites and districts as they are.
    pub async fn read(conn: &mut PgConnection, now: DateTime<Utc>) -> Result<Self> {
        let snapshot = store::in_force(conn).await?.ok_or_else(|| {
            Problem::Conflict(
                "名簿の集計がまだありません。「名簿を集計する」を押してから、もう一度お試しください。".into(),
            )
        })?;
        Ok(Self {
            cells: store::cells(conn, snapshot.id).await?,
            sites: store::sites(conn).await?,
            names: store::districts(conn).await?,
            snapshot,
            now,
        })
    }

    /// The figures of the city as it is.
    pub fn base(&self, asked: &Asked) -> CoverageFigures {
        let base = Asked {
            changes: Vec::new(),
            ..asked.clone()
        };
        self.figures(base, &self.sites)
    }

    fn figures(&self, asked: Asked, sites: &[SiteAt]) -> CoverageFigures {
        let cells = figures::cells(&asked, &self.cells, sites, self.now);
        let shown = sites.iter().filter(|s| s.suits(asked.hazard, asked.kind));
        CoverageFigures {
            snapshot: self.snapshot.clone(),
            as_of: self.now,
            measure: "straight_line",
            total: figures::total(&asked, &cells, sites),
            districts: figures::districts(&asked, &self.names, &cells, sites),
            sites: shown.map(site).collect(),
            cells,
            asked,
        }
    }

    /// The city with these sites added and closed.
    pub async fn compare(&self, conn: &mut PgConnection, asked: &Asked) -> Result<Comparison> {
        let sites = self.changed(conn, &asked.changes).await?;
        let (base, with) = (self.base(asked), self.figures(asked.clone(), &sites));
        let changed = |(from, to): (&DistrictCoverage, &DistrictCoverage)| {
            (from.coverage != to.coverage).then(|| DistrictChange {
                district: to.district.clone(),
                change: figures::difference(&from.coverage, &to.coverage),
            })
        };
        Ok(Comparison {
            change: figures::difference(&base.total, &with.total),
            districts: base
                .districts
                .iter()
                .zip(&with.districts)
                .filter_map(changed)
                .collect(),
            without_effect: self.without_effect(asked),
            base,
            with,
        })
    }

    async fn changed(
        &self,
        conn: &mut PgConnection,
        changes: &[SiteChange],
    ) -> Result<Vec<SiteAt>> {
        let mut sites = self.sites.clone();
        for (n, change) in changes.iter().enumerate() {
            match change {
                SiteChange::Close(id) => {
                    let before = sites.len();
                    sites.retain(|s| s.record.id != *id);
                    if sites.len() == before {
                        let detail = "その場所はいまありません（もう閉じたか、取り消されています）。一覧から選び直してください。";
                        return Err(Problem::field(&format!("/changes/{n}/close"), detail));
                    }
                }
                SiteChange::Add(new) => {
                    let at = place(new, n)?;
                    let district = store::district_around(conn, at).await?;
                    sites.push(added(new, at, district, n));
                }
            }
        }
        Ok(sites)
    }

    fn without_effect(&self, asked: &Asked) -> Vec<usize> {
        let suits = |change: &SiteChange| match change {
            SiteChange::Close(id) => self
                .sites
                .iter()
                .any(|s| s.record.id == *id && s.suits(asked.hazard, asked.kind)),
            SiteChange::Add(new) => match asked.hazard {
                HazardOrAny::Of(hazard) if asked.kind != SiteKind::Shelter => {
                    new.kind == asked.kind && new.hazards.contains(&hazard)
                }
                _ => new.kind == asked.kind,
            },
        };
        (0..)
            .zip(&asked.changes)
            .filter(|(_, change)| !suits(change))
            .map(|(n, _)| n)
            .collect()
    }

    pub fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }
}

/// Where a new site would stand.
fn place(new: &NewSite, n: usize) -> Result<LngLat> {
    let at = LngLat::new(new.lon, new.lat)
        .map_err(|error| Problem::field(&format!("/changes/{n}/add/lon"), error.to_string()))?;
    if !is_in_japan(at) {
        let detail =
            "経度・緯度が日本の外を指しています。経度は135.46、緯度は34.78のように入れてください。";
        return Err(Problem::field(&format!("/changes/{n}/add/lon"), detail));
    }
    Ok(at)
}

fn added(new: &NewSite, at: LngLat, district_id: Option<Uuid>, n: usize) -> SiteAt {
    let hazards = match new.kind {
        SiteKind::Shelter => &[][..],
        _ => &new.hazards,
    };
    SiteAt {
        record: SiteRecord {
            // Of this what-if only, and the same each time it is asked.
            id: Uuid::from_u128(n as u128 + 1),
            kind: new.kind,
            name: new.name.trim().to_owned(),
            address: String::new(),
            at,
            hazards: hazards.iter().copied().collect(),
            open_state: None,
        },
        capacity: new.capacity,
        district_id,
        is_added: true,
    }
}

fn site(s: &SiteAt) -> SiteCoverage {
    SiteCoverage {
        id: s.record.id,
        name: s.record.name.clone(),
        address: s.record.address.clone(),
        lon: s.record.at.lon(),
        lat: s.record.at.lat(),
        capacity: s.capacity,
        district_id: s.district_id,
        is_added: s.is_added,
    }
}

/// What is kept of a comparison with its scenario: the figures without cells and sites.
pub fn kept(comparison: &Comparison) -> Value {
    serde_json::json!({
        "as_of": comparison.with.as_of,
        "snapshot_id": comparison.with.snapshot.id,
        "base": comparison.base.total,
        "with": comparison.with.total,
        "change": comparison.change,
    })
}
