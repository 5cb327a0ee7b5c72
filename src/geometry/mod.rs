//! Places as the service keeps them: points and areas in WGS84 degrees (EPSG:4326).
//!
//! `LngLat` and `Area` are the only geometry types of the domain. They are GeoJSON on the wire
//! (RFC 7946, longitude first) and `geometry(…, 4326)` in the database, so a query lands in them
//! without a conversion. A value of either type is finite and inside the range of the globe;
//! an `Area` read from a foreign file went through `repair` and obeys RFC 7946.

mod ewkb;
mod repair;
mod rings;
mod sql;
mod wire;

pub use repair::{Note, RepairError, Repaired, join, repair};

use geo::{BoundingRect, Contains, CoordsIter, MultiPolygon, Point, Rect, coord};

/// Why a number pair or a shape is not a place on the globe. Displayed in Japanese to staff.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PlaceError {
    #[error("緯度・経度が数値ではありません")]
    NotFinite,
    #[error("経度 {lon}・緯度 {lat} は範囲外です（経度 -180〜180、緯度 -90〜90）")]
    OutOfRange { lon: f64, lat: f64 },
    #[error(
        "緯度と経度が入れ替わっているようです（経度 {lon}・緯度 {lat}）。列の対応を確かめてください"
    )]
    Swapped { lon: f64, lat: f64 },
    #[error("面が空です")]
    Empty,
}

/// A position: longitude and latitude in degrees, WGS84 (JGD2011 counts as the same).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LngLat(Point<f64>);

impl LngLat {
    /// Refuses what is not a number and what lies off the globe; says so when the two values
    /// would be a place in Japan the other way round.
    pub fn new(lon: f64, lat: f64) -> Result<Self, PlaceError> {
        check_degrees(lon, lat)?;
        Ok(Self(Point::new(lon, lat)))
    }

    /// Degrees east.
    pub fn lon(self) -> f64 {
        self.0.x()
    }

    /// Degrees north.
    pub fn lat(self) -> f64 {
        self.0.y()
    }

    /// The same position for the algorithms of `geo`.
    pub fn point(self) -> Point<f64> {
        self.0
    }
}

/// One or more polygons with holes, in degrees, WGS84. Never empty.
#[derive(Debug, Clone, PartialEq)]
pub struct Area(MultiPolygon<f64>);

impl Area {
    /// Checks that there is an area and that all of it lies on the globe; the rules on rings are
    /// those of `repair`, for shapes that come from outside.
    pub fn new(polygons: MultiPolygon<f64>) -> Result<Self, PlaceError> {
        if polygons.coords_count() == 0 {
            return Err(PlaceError::Empty);
        }
        for corner in polygons.coords_iter() {
            check_degrees(corner.x, corner.y)?;
        }
        Ok(Self(polygons))
    }

    /// The same area for the algorithms of `geo`.
    pub fn polygons(&self) -> &MultiPolygon<f64> {
        &self.0
    }

    /// Whether the place lies inside. A place on the boundary is not inside.
    pub fn contains(&self, place: LngLat) -> bool {
        self.0.contains(&place.point())
    }

    /// The smallest rectangle of meridians and parallels around the area, in degrees.
    pub fn bounds(&self) -> Rect<f64> {
        self.0.bounding_rect().unwrap_or_else(|| {
            let origin = coord! { x: 0.0, y: 0.0 };
            Rect::new(origin, origin)
        })
    }
}

/// Whether a position can be in Japan at all: the rectangle from 与那国島 to 南鳥島 and from
/// 沖ノ鳥島 to 択捉島. A cheap sieve for typing errors, not a test of territory.
pub fn is_in_japan(place: LngLat) -> bool {
    looks_japanese(place.lon(), place.lat())
}

fn looks_japanese(lon: f64, lat: f64) -> bool {
    (122.9..=154.0).contains(&lon) && (20.4..=45.6).contains(&lat)
}

fn check_degrees(lon: f64, lat: f64) -> Result<(), PlaceError> {
    if !lon.is_finite() || !lat.is_finite() {
        return Err(PlaceError::NotFinite);
    }
    if looks_japanese(lat, lon) {
        return Err(PlaceError::Swapped { lon, lat });
    }
    if !(-180.0..=180.0).contains(&lon) || !(-90.0..=90.0).contains(&lat) {
        return Err(PlaceError::OutOfRange { lon, lat });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::polygon;

    #[test]
    fn a_position_off_the_globe_is_refused_and_swapped_ones_are_told() {
        assert!(LngLat::new(135.47, 34.78).is_ok());
        assert_eq!(
            LngLat::new(34.78, 135.47),
            Err(PlaceError::Swapped {
                lon: 34.78,
                lat: 135.47
            })
        );
        assert_eq!(
            LngLat::new(181.0, 0.0),
            Err(PlaceError::OutOfRange {
                lon: 181.0,
                lat: 0.0
            })
        );
        assert_eq!(LngLat::new(f64::NAN, 0.0), Err(PlaceError::NotFinite));
    }

    #[test]
    fn the_outermost_islands_are_in_japan_and_seoul_is_only_near() {
        for (lon, lat) in [
            (122.94, 24.45),
            (153.98, 24.28),
            (136.08, 20.43),
            (148.87, 45.5),
        ] {
            assert!(
                is_in_japan(LngLat::new(lon, lat).expect("on the globe")),
                "{lon} {lat}"
            );
        }
        assert!(!is_in_japan(LngLat::new(-0.1, 51.5).expect("on the globe")));
        assert!(!is_in_japan(LngLat::new(0.0, 0.0).expect("on the globe")));
    }

    #[test]
    fn an_empty_area_is_refused() {
        assert_eq!(Area::new(MultiPolygon::new(vec![])), Err(PlaceError::Empty));
        let square = polygon![(x: 0.0, y: 0.0), (x: 1.0, y: 0.0), (x: 1.0, y: 1.0)];
        assert!(Area::new(MultiPolygon::new(vec![square])).is_ok());
    }
}
