use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use uuid::Uuid;

use super::site::{Hazard, Hazards, SiteKind, SiteRecord};
use crate::geometry::LngLat;

/// `n` invented sites in clusters over Japan, the same for the same seed: for measuring, and for
/// tests.
///
/// Nine in ten are evacuation sites, each designated for half of the hazards but for volcanoes,
/// which are rare as in the national list; the rest are shelters and evacuation buildings.
pub fn synthetic(n: usize, seed: u64) -> Vec<SiteRecord> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let towns: Vec<(f64, f64)> = (0..n.div_ceil(70).max(1))
        .map(|_| (rng.random_range(129.5..145.0), rng.random_range(31.0..44.0)))
        .collect();
    (0..n)
        .filter_map(|number| {
            let (lon, lat) = towns[rng.random_range(0..towns.len())];
            let mut near = |degrees: f64| {
                (0..4)
                    .map(|_| rng.random_range(-degrees..degrees))
                    .sum::<f64>()
            };
            // As lists are written: 7 decimals, 1 cm.
            let written = |degrees: f64| (degrees * 1e7).round() / 1e7;
            let at = LngLat::new(written(lon + near(0.03)), written(lat + near(0.025))).ok()?;
            let kind = match rng.random_range(0..20) {
                0 => SiteKind::Shelter,
                1 => SiteKind::EvacuationBuilding,
                _ => SiteKind::EvacuationSite,
            };
            let designated = Hazard::ALL.into_iter().filter(|hazard| {
                rng.random_bool(if *hazard == Hazard::Volcano {
                    1.0 / 64.0
                } else {
                    0.5
                })
            });
            let hazards: Hazards = designated.collect();
            Some(SiteRecord {
                id: Uuid::from_u128(rng.random()),
                kind,
                name: format!("第{number}避難場所"),
                address: format!("架空市見本町{}番地", number % 1_000),
                at,
                hazards: if kind == SiteKind::Shelter {
                    Hazards::default()
                } else {
                    hazards
                },
                open_state: None,
            })
        })
        .collect()
}
