use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::*;
use crate::shelters::site::Hazard;

/// A site as the phones' list has it: `[id, kind_no, name, lon, lat, hazard_bits, address, status_no]`.
type Row = (Uuid, usize, String, f64, f64, u8, String, usize);

#[derive(Deserialize)]
struct Vectors {
    distances: Vec<Distance>,
    sites: Vec<Row>,
    queries: Vec<Asked>,
}

#[derive(Deserialize)]
struct Distance {
    name: String,
    from: (f64, f64),
    to: (f64, f64),
    distance_m: f64,
}

#[derive(Deserialize)]
struct Asked {
    name: String,
    at: (f64, f64),
    hazard: HazardOrAny,
    kind: Option<SiteKind>,
    limit: u16,
    is_open_state_known: bool,
    expected: Vec<Expected>,
}

#[derive(Deserialize)]
struct Expected {
    id: Uuid,
    distance_m: f64,
    reason: Reason,
}

fn from_row(row: &Row) -> SiteRecord {
    let (id, kind_no, name, lon, lat, bits, address, status_no) = row.clone();
    let states = [
        None,
        Some(OpenState::Unknown),
        Some(OpenState::NotOpened),
        Some(OpenState::Open),
        Some(OpenState::Full),
        Some(OpenState::Closed),
        Some(OpenState::SomewhatCrowded),
        Some(OpenState::Crowded),
    ];
    let kinds = [
        SiteKind::EvacuationSite,
        SiteKind::EvacuationBuilding,
        SiteKind::Shelter,
    ];
    let hazards = Hazard::ALL
        .into_iter()
        .filter(|hazard| bits >> *hazard as u8 & 1 == 1)
        .collect();
    let (kind, open_state) = (kinds[kind_no], states[status_no]);
    SiteRecord {
        id,
        kind,
        name,
        address,
        at: LngLat::new(lon, lat).expect("a place"),
        hazards,
        open_state,
    }
}

#[test]
fn distances_and_rankings_are_those_computed_elsewhere() {
    let vectors = include_str!("../../../tests/vectors/nearest.json");
    let vectors: Vectors = serde_json::from_str(vectors).expect("the vectors are readable");
    let records: Vec<SiteRecord> = vectors.sites.iter().map(from_row).collect();
    let index = Index::build(records.clone(), DateTime::UNIX_EPOCH);
    for asked in vectors.queries {
        let query = Query::new(asked.at, asked.hazard, asked.kind, asked.limit).expect("a query");
        let hits = index.nearest(&query, asked.is_open_state_known);
        assert_eq!(hits.len(), asked.expected.len(), "{}", asked.name);
        for (hit, expected) in hits.iter().zip(asked.expected) {
            let mut json = Vec::new();
            index.write_hit(&mut json, hit);
            let json: Value = serde_json::from_slice(&json).expect("JSON");
            assert_eq!(json["id"], expected.id.to_string(), "{}", asked.name);
            assert_eq!(hit.reason, expected.reason, "{}", asked.name);
            assert!(
                (hit.distance_m - expected.distance_m).abs() < 0.1,
                "{}",
                asked.name
            );
            assert!(
                (json["distance_m"].as_f64().expect("metres") - expected.distance_m).abs() < 0.1
            );
        }
    }
    for asked in vectors.distances {
        let there = LngLat::new(asked.to.0, asked.to.1).expect("a place");
        let site = SiteRecord {
            at: there,
            ..records[0].clone()
        };
        let query = Query::new(asked.from, HazardOrAny::Any, None, 1).expect("a query");
        let hits = Index::build(vec![site], DateTime::UNIX_EPOCH).nearest(&query, true);
        assert!(
            (hits[0].distance_m - asked.distance_m).abs() < 0.1,
            "{}",
            asked.name
        );
    }
}
