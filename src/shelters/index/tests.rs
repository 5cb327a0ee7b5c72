use geographiclib_rs::{Geodesic, InverseGeodesic};
use proptest::prelude::*;
use serde_json::Value;
use uuid::Uuid;

use super::*;
use crate::shelters::live::{LiveIndex, Source};
use crate::shelters::site::{Hazard, Hazards};
use crate::shelters::synthetic;

fn as_of() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).expect("an instant")
}

fn place(lon: f64, lat: f64) -> LngLat {
    LngLat::new(lon, lat).expect("a place")
}

fn site(number: u128, kind: SiteKind, (lon, lat): (f64, f64), hazards: &[Hazard]) -> SiteRecord {
    SiteRecord {
        id: Uuid::from_u128(number),
        kind,
        name: format!("第{number}避難場所 \"A\""),
        address: String::new(),
        at: place(lon, lat),
        hazards: hazards.iter().copied().collect(),
        open_state: None,
    }
}

fn query(at: (f64, f64), hazard: HazardOrAny, kind: Option<SiteKind>, limit: u16) -> Query {
    Query::new(at, hazard, kind, limit).expect("a query")
}

const FLOOD: HazardOrAny = HazardOrAny::Of(Hazard::Flood);
const TOYONAKA: (f64, f64) = (135.4697, 34.7813);

fn answer(index: Index, query: &Query) -> Value {
    let live = LiveIndex::default();
    live.install(index, Source::Database);
    let body = live.nearest(query, as_of()).expect("sites are known");
    serde_json::from_slice(&body).expect("the answer is JSON")
}

/// What the index must find, by measuring every site with the geodesic library.
fn by_measuring_all(records: &[SiteRecord], query: &Query, is_known: bool) -> Vec<(usize, f64)> {
    let wgs84 = Geodesic::wgs84();
    let is_a_shelter_open = records
        .iter()
        .any(|r| r.kind == SiteKind::Shelter && r.open_state.is_some_and(OpenState::is_open));
    let mut found: Vec<(usize, f64)> = records
        .iter()
        .filter(|record| match query.hazard {
            HazardOrAny::Of(hazard) if record.kind != SiteKind::Shelter => {
                record.hazards.contains(hazard)
            }
            _ => true,
        })
        .filter_map(|record| {
            let kind = query.kinds().iter().position(|kind| *kind == record.kind)?;
            let rank = match record.open_state {
                _ if !is_known => 0,
                Some(OpenState::NotOpened | OpenState::Full | OpenState::Closed) => 2,
                Some(OpenState::Open | OpenState::SomewhatCrowded | OpenState::Crowded) => 0,
                _ => usize::from(record.kind == SiteKind::Shelter && is_a_shelter_open),
            };
            let (from, to) = (query.at, record.at);
            let distance_m: f64 = wgs84.inverse(from.lat(), from.lon(), to.lat(), to.lon());
            Some((kind * 3 + rank, distance_m))
        })
        .collect();
    found.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
    found.truncate(query.limit);
    found
}

fn anywhere() -> impl Strategy<Value = (f64, f64)> {
    let cluster = |lon: f64, lat: f64| {
        (-0.2f64..0.2, -0.2f64..0.2)
            .prop_map(move |(x, y)| ((lon + x).clamp(-180.0, 180.0), (lat + y).clamp(-90.0, 90.0)))
    };
    prop_oneof![
        (-180.0..=180.0, -90.0..=90.0),
        cluster(TOYONAKA.0, TOYONAKA.1),
        prop_oneof![cluster(180.0, 35.0), cluster(-180.0, 35.0)],
        (-180.0..=180.0, 89.9..=90.0),
        (-180.0..=180.0, -90.0..=-89.9),
        Just(TOYONAKA),
        Just((135.5, -34.8)),
    ]
}

prop_compose! {
    fn record()(
        kind in prop::sample::select(vec![
            SiteKind::EvacuationSite,
            SiteKind::EvacuationBuilding,
            SiteKind::Shelter,
        ]),
        at in anywhere(),
        hazards in prop::sample::subsequence(Hazard::ALL.to_vec(), 0..=8),
        open_state in prop::option::of(prop::sample::select(vec![
            OpenState::Unknown,
            OpenState::NotOpened,
            OpenState::Open,
            OpenState::Full,
            OpenState::Closed,
            OpenState::SomewhatCrowded,
            OpenState::Crowded,
        ])),
        number in any::<u128>(),
    ) -> SiteRecord {
        let hazards = if kind == SiteKind::Shelter { vec![] } else { hazards };
        SiteRecord { open_state, ..site(number, kind, at, &hazards) }
    }
}

prop_compose! {
    fn any_query()(
        at in anywhere(),
        hazard in prop::option::of(prop::sample::select(Hazard::ALL.to_vec())),
        kind in prop::option::of(prop::sample::select(vec![
            SiteKind::EvacuationSite,
            SiteKind::EvacuationBuilding,
            SiteKind::Shelter,
        ])),
        limit in 1..=MAX_LIMIT,
    ) -> Query {
        query(at, hazard.map_or(HazardOrAny::Any, HazardOrAny::Of), kind, limit)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn the_nearest_suitable_are_found_as_by_measuring_all(
        records in prop::collection::vec(record(), 0..250),
        query in any_query(),
        is_known in any::<bool>(),
    ) {
        let expected = by_measuring_all(&records, &query, is_known);
        let hits = Index::build(records, as_of()).nearest(&query, is_known);
        prop_assert_eq!(hits.len(), expected.len());
        for (hit, (rank, distance_m)) in hits.iter().zip(expected) {
            prop_assert!((hit.distance_m - distance_m).abs() < 0.005, "{} {distance_m}", hit.distance_m);
            prop_assert_eq!(rank % 3 == 1, hit.reason == Reason::NotAnnounced);
            prop_assert_eq!(rank % 3 == 2, matches!(hit.reason, Reason::NotOpened | Reason::Full | Reason::Closed));
        }
    }

    #[test]
    fn a_set_of_hazards_is_its_list_in_the_fixed_order(list in prop::sample::subsequence(Hazard::ALL.to_vec(), 0..=8)) {
        let set: Hazards = list.iter().rev().copied().collect();
        prop_assert_eq!(Vec::from(set), list.clone());
        for hazard in Hazard::ALL {
            prop_assert_eq!(set.contains(hazard), list.contains(&hazard));
            prop_assert_eq!(Hazard::parse(hazard.as_str()), Some(hazard));
        }
    }
}

#[test]
fn a_thousand_clustered_sites_are_ranked_as_by_measuring_all() {
    let records = synthetic(1_000, 7);
    for (n, record) in records.iter().enumerate().step_by(50) {
        let at = (record.at.lon() + 0.003, record.at.lat() - 0.002);
        let query = query(at, HazardOrAny::Of(Hazard::ALL[n / 50 % 8]), None, 10);
        let expected: Vec<f64> = by_measuring_all(&records, &query, true)
            .into_iter()
            .map(|(_, m)| m)
            .collect();
        let hits = Index::build(records.clone(), as_of()).nearest(&query, true);
        let found: Vec<f64> = hits.iter().map(|hit| hit.distance_m).collect();
        assert!(
            found
                .iter()
                .zip(&expected)
                .all(|(a, b)| (a - b).abs() < 0.005)
        );
    }
}

#[test]
fn the_answer_has_the_agreed_shape() {
    let (near, far) = ((135.4697, 34.7823), (135.4697, 34.8));
    let index = Index::build(
        vec![
            site(2, SiteKind::EvacuationSite, far, &[Hazard::Flood]),
            site(
                1,
                SiteKind::EvacuationSite,
                near,
                &[Hazard::Earthquake, Hazard::Flood],
            ),
            site(3, SiteKind::EvacuationSite, TOYONAKA, &[Hazard::Tsunami]),
        ],
        as_of(),
    );
    let answer = answer(index, &query(TOYONAKA, FLOOD, None, 1));
    let expected = serde_json::json!({
        "as_of": "2027-01-15T08:00:00.000Z",
        "source": "database",
        "sites": [{
            "id": "00000000-0000-0000-0000-000000000001",
            "kind": "evacuation_site",
            "name": "第1避難場所 \"A\"",
            "address": "",
            "lon": 135.4697,
            "lat": 34.7823,
            "hazards": ["flood", "earthquake"],
            "distance_m": 110.9,
            "reason": "designated",
        }],
    });
    assert_eq!(answer, expected);
}

#[test]
fn a_building_at_the_door_comes_after_every_site_and_says_why() {
    let records = vec![
        site(1, SiteKind::EvacuationBuilding, TOYONAKA, &[Hazard::Flood]),
        site(2, SiteKind::EvacuationSite, (135.6, 34.9), &[Hazard::Flood]),
        site(3, SiteKind::Shelter, TOYONAKA, &[]),
    ];
    let index = Index::build(records, as_of());
    let reasons = |limit, kind, hazard| -> Vec<Reason> {
        let hits = index.nearest(&query(TOYONAKA, hazard, kind, limit), true);
        hits.into_iter().map(|hit| hit.reason).collect()
    };
    assert_eq!(
        reasons(5, None, FLOOD),
        [Reason::Designated, Reason::LastResort]
    );
    assert_eq!(reasons(1, None, FLOOD), [Reason::Designated]);
    assert_eq!(
        reasons(5, None, HazardOrAny::Any),
        [Reason::HazardNotAsked, Reason::LastResort]
    );
    assert_eq!(
        reasons(5, Some(SiteKind::EvacuationBuilding), FLOOD),
        [Reason::LastResort]
    );
    assert_eq!(
        reasons(5, Some(SiteKind::Shelter), FLOOD),
        [Reason::HazardNotApplied]
    );
    assert_eq!(reasons(5, None, HazardOrAny::Of(Hazard::Volcano)), []);
}

#[test]
fn a_full_shelter_comes_last_until_what_is_known_grows_old() {
    let full = SiteRecord {
        open_state: Some(OpenState::Full),
        ..site(1, SiteKind::Shelter, TOYONAKA, &[])
    };
    let farther = site(2, SiteKind::Shelter, (135.48, 34.79), &[]);
    let live = LiveIndex::default();
    assert!(
        live.nearest(&query(TOYONAKA, FLOOD, Some(SiteKind::Shelter), 5), as_of())
            .is_none()
    );
    live.install(Index::build(vec![full, farther], as_of()), Source::Snapshot);
    let order = |minutes: i64| -> Vec<String> {
        let now = as_of() + chrono::TimeDelta::minutes(minutes);
        let body = live.nearest(&query(TOYONAKA, FLOOD, Some(SiteKind::Shelter), 5), now);
        let answer: Value = serde_json::from_slice(&body.expect("sites")).expect("JSON");
        let sites = answer["sites"].as_array().expect("sites").iter();
        sites
            .map(|site| format!("{} {}", site["distance_m"], site["reason"]))
            .collect()
    };
    assert_eq!(order(10)[1], "0.0 \"full\"");
    assert!(order(10)[0].ends_with("\"hazard_not_applied\""));
    assert_eq!(order(11)[0], "0.0 \"hazard_not_applied\"");
    live.confirm(as_of() + chrono::TimeDelta::minutes(5));
    assert_eq!(order(11)[1], "0.0 \"full\"");
}

#[test]
fn the_list_for_phones_keeps_its_etag_until_a_site_changes() {
    let live = LiveIndex::default();
    assert!(live.list(as_of()).is_none());
    let records = vec![site(
        1,
        SiteKind::EvacuationBuilding,
        TOYONAKA,
        &[Hazard::Flood, Hazard::Tsunami],
    )];
    live.install(Index::build(records.clone(), as_of()), Source::Database);
    let list = live.list(as_of()).expect("a list");
    let body: Value = serde_json::from_slice(&list.body).expect("JSON");
    let row = serde_json::json!([[
        "00000000-0000-0000-0000-000000000001",
        1,
        "第1避難場所 \"A\"",
        135.4697,
        34.7813,
        17,
        "",
        0
    ]]);
    assert_eq!(body["sites"], row);
    assert_eq!(body["is_open_state_known"], true);
    let later = as_of() + chrono::TimeDelta::hours(1);
    let old = live.list(later).expect("a list");
    let body: Value = serde_json::from_slice(&old.body).expect("JSON");
    assert_eq!(body["is_open_state_known"], false);
    assert_ne!(old.etag, list.etag);
    live.confirm(later);
    assert_eq!(live.list(later).expect("a list").etag, list.etag);
    assert_eq!(live.list(as_of()).expect("a list").etag, list.etag);
    assert_eq!(live.list(as_of()).expect("a list").body, list.body);
    let full = SiteRecord {
        open_state: Some(OpenState::Full),
        ..records[0].clone()
    };
    live.install(Index::build(vec![full], as_of()), Source::Database);
    assert_ne!(live.list(as_of()).expect("a list").etag, list.etag);
}

#[test]
fn a_query_that_makes_no_sense_is_refused_by_parameter() {
    let refused = |at, limit| {
        let refusal = Query::new(at, FLOOD, None, limit).expect_err("refused");
        (refusal.parameter(), refusal.to_string())
    };
    assert_eq!(refused(TOYONAKA, 0).0, "limit");
    assert_eq!(refused(TOYONAKA, 51).0, "limit");
    assert_eq!(refused((f64::NAN, 34.0), 5).0, "lon");
    assert_eq!(refused((135.0, 91.0), 5).0, "lat");
    assert!(refused((34.7813, 135.4697), 5).1.contains("入れ替わって"));
}

#[test]
fn any_hazard_must_be_said_in_the_same_place_as_a_hazard() {
    let read = |word: &str| serde_json::from_value::<HazardOrAny>(Value::from(word)).ok();
    assert_eq!(read("any"), Some(HazardOrAny::Any));
    assert_eq!(
        read("inland_flood"),
        Some(HazardOrAny::Of(Hazard::InlandFlood))
    );
    assert_eq!(read("heat"), None);
}
