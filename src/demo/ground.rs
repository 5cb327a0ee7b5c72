//! What the demo city stands on: school and town points of `geodata/`, and a flat metric plane to
//! measure them in. The facts are embedded, so that a binary alone can make its demo.

use geo::{Coord, coord};
use serde::Deserialize;

use crate::geometry::LngLat;

/// A school: its district takes its name and grows around its point.
#[derive(Debug, Clone, Deserialize)]
pub struct School {
    pub name: String,
    pub kana: String,
    lon: f64,
    lat: f64,
}

/// A 大字・町丁目 and the point that stands for it.
#[derive(Debug, Clone, Deserialize)]
pub struct Town {
    pub name: String,
    pub kana: String,
    lon: f64,
    lat: f64,
}

impl School {
    /// Where the school stands, to about 10 m.
    pub fn point(&self) -> LngLat {
        place(self.lon, self.lat)
    }
}

impl Town {
    /// The town's representative point, to about 10 m.
    pub fn point(&self) -> LngLat {
        place(self.lon, self.lat)
    }
}

/// The 36 schools of `geodata/schools.csv`, in the order of the file.
pub fn schools() -> Vec<School> {
    table(include_str!("../../geodata/schools.csv"))
}

/// The 337 towns of `geodata/towns.csv`, in the order of the file.
pub fn towns() -> Vec<Town> {
    table(include_str!("../../geodata/towns.csv"))
}

/// Reads one of our own embedded tables.
pub fn table<T: for<'de> Deserialize<'de>>(text: &'static str) -> Vec<T> {
    csv::Reader::from_reader(text.as_bytes())
        .into_deserialize()
        .collect::<Result<_, _>>()
        .expect("the embedded tables are read by a test")
}

/// A position of the demo city; all of them lie near 豊中市.
pub fn place(lon: f64, lat: f64) -> LngLat {
    LngLat::new(lon, lat).expect("the demo city lies in Japan")
}

/// The middle of the city: origin of the metric plane.
const MIDDLE: Coord = Coord {
    x: 135.47,
    y: 34.78,
};
/// Metres per degree at 34.78°N on the GRS80 ellipsoid. Over the city's 11 km the error of a flat
/// plane is a few metres: enough to draw invented borders, not to answer a citizen.
const METRES_PER_DEGREE: Coord = Coord {
    x: 91_540.0,
    y: 110_922.0,
};

/// Metres east and north of the middle of the city.
pub fn to_metres(degrees: Coord) -> Coord {
    coord! {
        x: (degrees.x - MIDDLE.x) * METRES_PER_DEGREE.x,
        y: (degrees.y - MIDDLE.y) * METRES_PER_DEGREE.y,
    }
}

/// Degrees, rounded to 6 decimals (0.1 m), of a place on the metric plane.
pub fn to_degrees(metres: Coord) -> Coord {
    coord! {
        x: round6(metres.x / METRES_PER_DEGREE.x + MIDDLE.x),
        y: round6(metres.y / METRES_PER_DEGREE.y + MIDDLE.y),
    }
}

/// A place `east_m` and `north_m` metres from another.
pub fn beside(from: LngLat, east_m: f64, north_m: f64) -> LngLat {
    let at = to_metres(from.point().into());
    let beside = to_degrees(coord! { x: at.x + east_m, y: at.y + north_m });
    place(beside.x, beside.y)
}

fn round6(degrees: f64) -> f64 {
    (degrees * 1e6).round() / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_embedded_fact_is_read_and_lies_in_the_city() {
        let (schools, towns) = (schools(), towns());
        assert_eq!((schools.len(), towns.len()), (36, 337));
        for point in schools
            .iter()
            .map(School::point)
            .chain(towns.iter().map(Town::point))
        {
            let metres = to_metres(point.point().into());
            assert!(
                metres.x.abs() < 4_500.0 && metres.y.abs() < 6_500.0,
                "{point:?}"
            );
        }
        assert!(schools.iter().all(|school| !school.kana.is_empty()));
    }

    #[test]
    fn the_metric_plane_leads_back_to_the_same_place() {
        let school = schools()[0].point();
        let there = beside(school, 120.0, -80.0);
        let back = beside(there, -120.0, 80.0);
        assert!((back.lon() - school.lon()).abs() < 3e-6);
        assert!((back.lat() - school.lat()).abs() < 3e-6);
    }
}
