//! The figures: for each cell the distance to the nearest suitable site, by the same search and the same geodesic as the public
//! look-up; for each district the people, those far away, and the room there is. Pure: cells and sites in, figures out.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::Snapshot;
use super::scenario::Asked;
use crate::accounts::DistrictName;
use crate::geometry::LngLat;
use crate::shelters::index::{HazardOrAny, Index, Query};
use crate::shelters::site::{SiteKind, SiteRecord};

/// A cell as figures use it.
#[derive(Debug, Clone)]
pub struct CellAt {
    pub cell_no: i32,
    pub district_id: Uuid,
    pub people: i32,
    pub at: LngLat,
    pub reach_m: i32,
}

/// A site as figures use it.
#[derive(Debug, Clone)]
pub struct SiteAt {
    pub record: SiteRecord,
    /// Null: nobody has said.
    pub capacity: Option<i32>,
    /// The district it stands in.
    pub district_id: Option<Uuid>,
    /// Of a what-if, not of the city.
    pub is_added: bool,
}

impl SiteAt {
    /// Whether it is a place to go from this hazard. Shelters are not designated per hazard.
    pub fn suits(&self, hazard: HazardOrAny, kind: SiteKind) -> bool {
        self.record.kind == kind
            && match hazard {
                HazardOrAny::Of(hazard) if kind != SiteKind::Shelter => {
                    self.record.hazards.contains(hazard)
                }
                _ => true,
            }
    }
}

/// What a district, or the city, comes to.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Coverage {
    /// Residents of the roster in cells, a multiple of five. Null: too few to say, which is not zero.
    pub residents: Option<i64>,
    /// Of those, in cells whose middle is farther than asked from every suitable site.
    pub far: Option<i64>,
    /// Of `residents`, in cells that the limit runs through: each may live on either side of it.
    pub unsure: Option<i64>,
    /// Suitable sites that stand here.
    pub sites: i64,
    /// Of those, how many have no capacity on record.
    pub without_capacity: i64,
    /// Room in the sites whose capacity is known; null when it is known of none of them.
    pub capacity: Option<i64>,
    /// Residents beyond the room. Null while a capacity, or the residents, are unknown.
    pub short: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct DistrictCoverage {
    pub district: DistrictName,
    #[serde(flatten)]
    pub coverage: Coverage,
}

/// A cell on the map and in its table.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct CellCoverage {
    pub cell_no: i32,
    pub district_id: Uuid,
    /// A multiple of five.
    pub people: i32,
    pub lon: f64,
    pub lat: f64,
    /// 直線, from the cell's middle to the nearest suitable site, to the metre. Null: there is none.
    pub distance_m: Option<f64>,
    pub is_far: bool,
    /// Whether the limit runs through the cell.
    pub is_unsure: bool,
}

/// A suitable site on the map and in its table.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct SiteCoverage {
    pub id: Uuid,
    pub name: String,
    pub address: String,
    pub lon: f64,
    pub lat: f64,
    /// Null: nobody has said.
    pub capacity: Option<i32>,
    pub district_id: Option<Uuid>,
    /// Of the what-if, not of the city.
    pub is_added: bool,
}

/// Everything the map and its tables show.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct CoverageFigures {
    pub snapshot: Snapshot,
    /// As of when sites and districts were read.
    pub as_of: DateTime<Utc>,
    #[serde(flatten)]
    pub asked: Asked,
    /// `straight_line`: 直線.
    pub measure: &'static str,
    pub total: Coverage,
    pub districts: Vec<DistrictCoverage>,
    pub cells: Vec<CellCoverage>,
    pub sites: Vec<SiteCoverage>,
}

/// Measure every cell.
pub fn cells(
    asked: &Asked,
    cells: &[CellAt],
    sites: &[SiteAt],
    now: DateTime<Utc>,
) -> Vec<CellCoverage> {
    let suitable = sites
        .iter()
        .filter(|s| s.suits(asked.hazard, asked.kind))
        .map(|s| s.record.clone());
    let index = Index::build(suitable.collect(), now);
    let limit_m = f64::from(asked.far_m);
    let measure = |cell: &CellAt| {
        let query = Query::new(
            (cell.at.lon(), cell.at.lat()),
            asked.hazard,
            Some(asked.kind),
            1,
        );
        let nearest = query
            .ok()
            .and_then(|q| index.nearest(&q, false).first().copied());
        let distance_m = nearest.map(|hit| hit.distance_m);
        let reach_m = f64::from(cell.reach_m);
        CellCoverage {
            cell_no: cell.cell_no,
            district_id: cell.district_id,
            people: cell.people,
            lon: cell.at.lon(),
            lat: cell.at.lat(),
            distance_m: distance_m.map(f64::round),
            is_far: distance_m.is_none_or(|d| d > limit_m),
            is_unsure: distance_m.is_some_and(|d| (d - limit_m).abs() < reach_m),
        }
    };
    cells.iter().map(measure).collect()
}

/// Each district, those without a cell and without a site as well.
pub fn districts(
    asked: &Asked,
    names: &[(Uuid, String)],
    cells: &[CellCoverage],
    sites: &[SiteAt],
) -> Vec<DistrictCoverage> {
    let mut of: HashMap<Uuid, Coverage> = HashMap::new();
    for cell in cells {
        of.entry(cell.district_id).or_default().add_cell(cell);
    }
    for site in sites.iter().filter(|s| s.suits(asked.hazard, asked.kind)) {
        if let Some(district) = site.district_id {
            of.entry(district).or_default().add_site(site);
        }
    }
    let finished = |(id, name): &(Uuid, String)| DistrictCoverage {
        coverage: of.remove(id).unwrap_or_default().finished(),
        district: DistrictName {
            id: *id,
            name: name.clone(),
        },
    };
    names.iter().map(finished).collect()
}

/// The city: all cells, and all sites wherever they stand.
pub fn total(asked: &Asked, cells: &[CellCoverage], sites: &[SiteAt]) -> Coverage {
    let mut city = Coverage::default();
    for cell in cells {
        city.add_cell(cell);
    }
    for site in sites.iter().filter(|s| s.suits(asked.hazard, asked.kind)) {
        city.add_site(site);
    }
    city.finished()
}

impl Coverage {
    fn add_cell(&mut self, cell: &CellCoverage) {
        let people = i64::from(cell.people);
        let add = |to: &mut Option<i64>, counts: bool| {
            *to = Some(to.unwrap_or(0) + if counts { people } else { 0 });
        };
        add(&mut self.residents, true);
        add(&mut self.far, cell.is_far);
        add(&mut self.unsure, cell.is_unsure);
    }

    fn add_site(&mut self, site: &SiteAt) {
        self.sites += 1;
        match site.capacity {
            Some(room) => self.capacity = Some(self.capacity.unwrap_or(0) + i64::from(room)),
            None => self.without_capacity += 1,
        }
    }

    fn finished(mut self) -> Self {
        if self.sites == 0 {
            // No site has no room: that is known.
            self.capacity = Some(0);
        }
        if self.without_capacity == 0 {
            let short = |residents: i64| (residents - self.capacity.unwrap_or(0)).max(0);
            self.short = self.residents.map(short);
        }
        self
    }
}

/// What changes from the base to the what-if; null where either is not known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Difference {
    pub far: Option<i64>,
    pub sites: i64,
    pub capacity: Option<i64>,
    pub short: Option<i64>,
}

/// From the base to the what-if. Both are sums of cells, and so is their difference.
pub fn difference(base: &Coverage, with: &Coverage) -> Difference {
    let differ = |from: Option<i64>, to: Option<i64>| Some(to? - from?);
    Difference {
        far: differ(base.far, with.far),
        sites: with.sites - base.sites,
        capacity: differ(base.capacity, with.capacity),
        short: differ(base.short, with.short),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shelters::site::Hazard;

    const EAST: Uuid = Uuid::from_u128(1);
    const WEST: Uuid = Uuid::from_u128(2);

    fn place(lon: f64, lat: f64) -> LngLat {
        LngLat::new(lon, lat).expect("a place")
    }

    fn cell(cell_no: i32, district_id: Uuid, people: i32, lon: f64) -> CellAt {
        CellAt {
            cell_no,
            district_id,
            people,
            at: place(lon, 34.78),
            reach_m: 100,
        }
    }

    fn site(lon: f64, capacity: Option<i32>, district_id: Uuid, hazards: &[Hazard]) -> SiteAt {
        SiteAt {
            record: SiteRecord {
                id: Uuid::now_v7(),
                kind: SiteKind::EvacuationSite,
                name: "公園".into(),
                address: String::new(),
                at: place(lon, 34.78),
                hazards: hazards.iter().copied().collect(),
                open_state: None,
            },
            capacity,
            district_id: Some(district_id),
            is_added: false,
        }
    }

    fn asked(hazard: HazardOrAny, far_m: i32) -> Asked {
        Asked {
            hazard,
            kind: SiteKind::EvacuationSite,
            far_m,
            changes: Vec::new(),
        }
    }

    #[test]
    fn the_far_are_those_whose_cell_lies_beyond_the_limit_from_a_site_for_the_hazard() {
        // One hundredth of a degree of longitude is 915.3 m here.
        let (town, sites) = (
            [
                cell(1, EAST, 10, 135.46),
                cell(2, EAST, 15, 135.47),
                cell(3, WEST, 20, 135.48),
            ],
            [
                site(135.46, Some(100), EAST, &[Hazard::Flood]),
                site(135.48, None, WEST, &[Hazard::Earthquake]),
            ],
        );
        let flood = asked(HazardOrAny::Of(Hazard::Flood), 900);
        let measured = cells(&flood, &town, &sites, DateTime::UNIX_EPOCH);
        let told: Vec<_> = measured
            .iter()
            .map(|c| (c.distance_m, c.is_far, c.is_unsure))
            .collect();
        assert_eq!(
            told,
            [
                (Some(0.0), false, false),
                (Some(915.0), true, true),
                (Some(1831.0), true, false)
            ]
        );
        let city = total(&flood, &measured, &sites);
        assert_eq!(
            (city.residents, city.far, city.unsure),
            (Some(45), Some(35), Some(15))
        );
        assert_eq!(
            (city.sites, city.capacity, city.short),
            (1, Some(100), Some(0))
        );
        let any = asked(HazardOrAny::Any, 900);
        let measured = cells(&any, &town, &sites, DateTime::UNIX_EPOCH);
        assert_eq!(total(&any, &measured, &sites).far, Some(15));
    }

    #[test]
    fn an_unknown_capacity_is_not_zero_and_a_district_without_cells_is_not_empty() {
        let names = [(EAST, "東".to_owned()), (WEST, "西".to_owned())];
        let any = asked(HazardOrAny::Any, 500);
        let sites = [
            site(135.46, None, EAST, &[]),
            site(135.46, Some(30), EAST, &[]),
        ];
        let town = cells(
            &any,
            &[cell(1, EAST, 50, 135.46)],
            &sites,
            DateTime::UNIX_EPOCH,
        );
        let [east, west] = &districts(&any, &names, &town, &sites)[..] else {
            panic!("two districts");
        };
        assert_eq!(
            (east.coverage.capacity, east.coverage.without_capacity),
            (Some(30), 1)
        );
        assert_eq!(east.coverage.short, None, "the other site may hold them");
        assert_eq!((west.coverage.residents, west.coverage.far), (None, None));
        assert_eq!(
            (west.coverage.capacity, west.coverage.short),
            (Some(0), None)
        );
    }

    #[test]
    fn without_any_suitable_site_everybody_is_far() {
        let flood = asked(HazardOrAny::Of(Hazard::Flood), 500);
        let town = cells(
            &flood,
            &[cell(1, EAST, 50, 135.46)],
            &[],
            DateTime::UNIX_EPOCH,
        );
        assert_eq!(
            (town[0].distance_m, town[0].is_far, town[0].is_unsure),
            (None, true, false)
        );
    }
}
