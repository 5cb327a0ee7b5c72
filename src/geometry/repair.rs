//! Areas from foreign files: repaired where only one meaning is possible, refused otherwise.
//!
//! Repaired, each with a note: a ring left open by one edge, a ring that touches itself, rings packed
//! into the wrong polygon (exclaves published as holes, as conversions of 国土数値情報 N03 do), parts
//! that share a border. Refused, each with its place: crossings, overlaps, spikes, rings cut off.
//! The answer obeys RFC 7946: shells counter-clockwise, holes clockwise, parts apart.

use geo::coordinate_position::CoordPos;
use geo::dimensions::Dimensions;
use geo::orient::{Direction, Orient};
use geo::{
    Area as _, BoundingRect, Centroid, Coord, Intersects, LineString, MultiPolygon, Polygon,
    Relate, unary_union,
};
use geojson::{Geometry, GeometryValue, Position};

use super::{Area, LngLat, PlaceError, rings};

/// An area and what was done to get there.
#[derive(Debug, Clone, PartialEq)]
pub struct Repaired {
    pub area: Area,
    pub notes: Vec<Note>,
}

/// One repair, for the preview of an import. Displayed in Japanese; places in degrees.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Note {
    #[error("閉じていない環を閉じました（経度{lon}・緯度{lat}）")]
    Closed { lon: f64, lat: f64 },
    #[error("自分自身に接する環を分けました（経度{lon}・緯度{lat}）")]
    Split { lon: f64, lat: f64 },
    #[error(
        "1つのポリゴンに誤ってまとめられた{rings}個の環を{polygons}個のポリゴンに組み直しました"
    )]
    Repacked { rings: usize, polygons: usize },
    #[error("境を接する{parts}個の面を1つにつなぎました")]
    Joined { parts: usize },
}

/// Why a shape cannot be used as an area. Displayed in Japanese; places in degrees.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum RepairError {
    #[error("面（PolygonまたはMultiPolygon）ではありません（{found}）")]
    NotAnArea { found: &'static str },
    #[error("座標に経度と緯度がそろっていません")]
    Position,
    #[error(transparent)]
    Place(#[from] PlaceError),
    #[error("3点に満たない環があります（経度{lon}・緯度{lat}）")]
    TooFewPoints { lon: f64, lat: f64 },
    #[error("環が途中で切れています（経度{lon}・緯度{lat}）")]
    Open { lon: f64, lat: f64 },
    #[error("境界線が交差しています（経度{lon}・緯度{lat}）")]
    Crossing { lon: f64, lat: f64 },
    #[error("境界線が重なっています（経度{lon}・緯度{lat}）")]
    Overlap { lon: f64, lat: f64 },
    #[error("穴と外周が2か所で接し、面が途切れています（経度{lon}・緯度{lat}）")]
    Pinched { lon: f64, lat: f64 },
    #[error("面どうしが重なっています（経度{lon}・緯度{lat}付近）")]
    PartsOverlap { lon: f64, lat: f64 },
}

/// Makes a valid area of a GeoJSON Polygon or MultiPolygon, or says where it cannot be one.
/// Heights are dropped.
pub fn repair(geometry: &Geometry) -> Result<Repaired, RepairError> {
    let packed = match &geometry.value {
        GeometryValue::Polygon { coordinates } => std::slice::from_ref(coordinates),
        GeometryValue::MultiPolygon { coordinates } => coordinates.as_slice(),
        other => {
            return Err(RepairError::NotAnArea {
                found: other.type_name(),
            });
        }
    };
    let mut notes = Vec::new();
    let mut parts = Vec::new();
    for rings in packed {
        parts.extend(unpack(rings, &mut notes)?);
    }
    finish(parts, notes)
}

/// One area of several, as when a district comes as one feature for each of its parts.
pub fn join(areas: impl IntoIterator<Item = Area>) -> Result<Repaired, RepairError> {
    let parts = areas.into_iter().flat_map(|area| area.0.0).collect();
    finish(parts, Vec::new())
}

/// The polygons that the rings of one GeoJSON polygon really are.
fn unpack(
    packed: &[Vec<Position>],
    notes: &mut Vec<Note>,
) -> Result<Vec<Polygon<f64>>, RepairError> {
    let mut closed = Vec::with_capacity(packed.len());
    for positions in packed.iter().filter(|positions| !positions.is_empty()) {
        let corners = positions.iter().map(corner).collect::<Result<_, _>>()?;
        closed.push(rings::closed(corners, notes)?);
    }
    let count = closed.len();
    let rings = rings::simple(closed, notes)?;
    let containers = rings::containers(&rings)?;
    let is_shell = |ring: usize| containers[ring].len() % 2 == 0;
    // The shell of a hole is the innermost ring around it.
    let shell_of = |hole: usize| {
        containers[hole]
            .iter()
            .copied()
            .max_by_key(|outer| containers[*outer].len())
    };
    let shells: Vec<usize> = (0..rings.len()).filter(|ring| is_shell(*ring)).collect();
    let as_packed =
        rings.len() == count && shells.len() <= 1 && shells.first().is_none_or(|s| *s == 0);
    if !as_packed && rings.len() == count {
        notes.push(Note::Repacked {
            rings: count,
            polygons: shells.len(),
        });
    }
    let holes_of = |shell: usize| {
        let holes =
            (0..rings.len()).filter(|ring| !is_shell(*ring) && shell_of(*ring) == Some(shell));
        holes
            .map(|hole| rings[hole].clone())
            .collect::<Vec<LineString<f64>>>()
    };
    let mut polygons = Vec::with_capacity(shells.len());
    for shell in shells {
        let holes = holes_of(shell);
        let borders: Vec<LineString<f64>> = std::iter::once(rings[shell].clone())
            .chain(holes.iter().cloned())
            .collect();
        if let Some(place) = rings::pinch(&borders) {
            return Err(RepairError::Pinched {
                lon: place.x,
                lat: place.y,
            });
        }
        polygons.push(Polygon::new(rings[shell].clone(), holes));
    }
    Ok(polygons)
}

fn corner(position: &Position) -> Result<Coord<f64>, RepairError> {
    match position.as_slice() {
        [lon, lat, ..] => Ok(LngLat::new(*lon, *lat)?.point().into()),
        _ => Err(RepairError::Position),
    }
}

/// Holds the parts apart: refuses overlaps, joins neighbours, turns the rings the right way round.
fn finish(parts: Vec<Polygon<f64>>, mut notes: Vec<Note>) -> Result<Repaired, RepairError> {
    let mut share_a_border = false;
    for (at, one) in parts.iter().enumerate() {
        for other in &parts[at + 1..] {
            share_a_border |= neighbours(one, other)?;
        }
    }
    let mut polygons = MultiPolygon::new(parts);
    if share_a_border {
        let parts = polygons.0.len();
        let before = polygons.unsigned_area();
        polygons = unary_union(&polygons);
        // The union works on a grid; anything but rounding would be a wrong border.
        if (polygons.unsigned_area() - before).abs() > before * 1e-6 {
            let place = polygons.centroid().unwrap_or_default();
            return Err(RepairError::PartsOverlap {
                lon: place.x(),
                lat: place.y(),
            });
        }
        notes.push(Note::Joined {
            parts: parts - polygons.0.len() + 1,
        });
    }
    let area = Area::new(polygons.orient(Direction::Default))?;
    Ok(Repaired { area, notes })
}

/// Whether two parts share a stretch of border; an error when they share ground.
fn neighbours(one: &Polygon<f64>, other: &Polygon<f64>) -> Result<bool, RepairError> {
    let (Some(one_box), Some(other_box)) = (one.bounding_rect(), other.bounding_rect()) else {
        return Ok(false);
    };
    if !one_box.intersects(&other_box) {
        return Ok(false);
    }
    let relation = one.relate(other);
    if relation.get(CoordPos::Inside, CoordPos::Inside) == Dimensions::TwoDimensional {
        let smaller = if one.unsigned_area() < other.unsigned_area() {
            one
        } else {
            other
        };
        let place = smaller.centroid().unwrap_or_default();
        return Err(RepairError::PartsOverlap {
            lon: place.x(),
            lat: place.y(),
        });
    }
    Ok(relation.get(CoordPos::OnBoundary, CoordPos::OnBoundary) == Dimensions::OneDimensional)
}

#[cfg(test)]
#[path = "repair_tests.rs"]
mod tests;
