//! Straight lines through the earth and geodesics along it (WGS84), bounded against each other.
//!
//! Positions are geocentric x, y, z in metres, so that a tree over them knows no edges: neither
//! poles nor the 180th meridian. Every curvature of the ellipsoid lies between `1/R_MAX_M` and
//! `1/R_MIN_M`. It follows that two points with chord `d` are no nearer along the surface than on a
//! sphere of radius `R_MAX_M` (the ellipsoid rolls inside such a sphere: Blaschke), and no farther
//! than on one of radius `R_MIN_M` (Schur's comparison of arcs).

use std::sync::LazyLock;

use geographiclib_rs::{Geodesic, InverseGeodesic};

use crate::geometry::LngLat;

const A_M: f64 = 6_378_137.0;
const F: f64 = 1.0 / 298.257_223_563;
const E2: f64 = F * (2.0 - F);
/// b²/a: along the meridian at the equator.
const R_MIN_M: f64 = A_M * (1.0 - E2);
/// a²/b: at the poles.
const R_MAX_M: f64 = A_M / (1.0 - F);

/// Below this chord the two bounds differ by less than 3 mm, and their middle serves as the
/// distance.
const NEAR_M: f64 = 50_000.0;
/// What `distance_m` may be off.
pub(super) const ERROR_M: f64 = 0.002;
const R_MIDDLE_M: f64 = (R_MIN_M + R_MAX_M) / 2.0;

static WGS84: LazyLock<Geodesic> = LazyLock::new(Geodesic::wgs84);

/// Geocentric position in metres.
pub(super) fn xyz(at: LngLat) -> [f64; 3] {
    let (sin_lat, cos_lat) = at.lat().to_radians().sin_cos();
    let (sin_lon, cos_lon) = at.lon().to_radians().sin_cos();
    let normal = A_M / (1.0 - E2 * sin_lat * sin_lat).sqrt();
    [
        normal * cos_lat * cos_lon,
        normal * cos_lat * sin_lon,
        normal * (1.0 - E2) * sin_lat,
    ]
}

/// Whether two points with this chord are so near that the nearer through the earth is the nearer along it.
pub(super) fn is_near(chord_m: f64) -> bool {
    chord_m < NEAR_M
}

/// The longest chord of two points no farther apart along the surface than this.
pub(super) fn chord_at_most_m(distance_m: f64) -> f64 {
    let half_arc = distance_m / (2.0 * R_MAX_M);
    match half_arc < std::f64::consts::FRAC_PI_2 {
        true => 2.0 * R_MAX_M * half_arc.sin(),
        false => f64::INFINITY,
    }
}

/// Geodesic distance in metres, within `ERROR_M`. `chord_m` is the distance of the two points
/// through the earth; where the other one is, is asked only when they are far apart.
pub(super) fn distance_m(from: LngLat, to: impl Fn() -> LngLat, chord_m: f64) -> f64 {
    if is_near(chord_m) {
        arc_m(R_MIDDLE_M, chord_m)
    } else {
        let to = to();
        WGS84.inverse(from.lat(), from.lon(), to.lat(), to.lon())
    }
}

fn arc_m(radius_m: f64, chord_m: f64) -> f64 {
    2.0 * radius_m * (chord_m / (2.0 * radius_m)).min(1.0).asin()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn chord_m(a: LngLat, b: LngLat) -> f64 {
        xyz(a)
            .iter()
            .zip(xyz(b))
            .map(|(a, b)| (a - b).powi(2))
            .sum::<f64>()
            .sqrt()
    }

    fn point() -> impl Strategy<Value = LngLat> {
        (-180.0..=180.0, -90.0..=90.0)
            .prop_map(|(lon, lat)| LngLat::new(lon, lat).expect("a place"))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(5_000))]

        #[test]
        fn a_geodesic_lies_between_its_bounds(a in point(), b in point()) {
            let chord_m = chord_m(a, b);
            let exact_m: f64 = WGS84.inverse(a.lat(), a.lon(), b.lat(), b.lon());
            prop_assert!(chord_m <= chord_at_most_m(exact_m) + 1e-6);
            if chord_m < 2.0 * R_MIN_M {
                prop_assert!(arc_m(R_MIN_M, chord_m) >= exact_m - 1e-6);
            }
        }

        #[test]
        fn a_distance_is_within_its_error(
            a in point(),
            (d_lon, d_lat) in (-0.6f64..0.6, -0.4f64..0.4),
        ) {
            let b = LngLat::new((a.lon() + d_lon).clamp(-180.0, 180.0), (a.lat() + d_lat).clamp(-90.0, 90.0));
            let b = b.expect("a place");
            let exact_m: f64 = WGS84.inverse(a.lat(), a.lon(), b.lat(), b.lon());
            prop_assert!((distance_m(a, || b, chord_m(a, b)) - exact_m).abs() < ERROR_M);
        }
    }
}
