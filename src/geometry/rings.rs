//! Rings of one polygon as a file gives them: closed, free of crossings, told apart into shells
//! and holes by how they lie in each other, not by the order they were packed in.

use geo::coordinate_position::{CoordPos, CoordinatePosition};
use geo::line_intersection::{LineIntersection, line_intersection};
use geo::{Coord, Line, LineString};
use rstar::primitives::GeomWithData;
use rstar::{Envelope, RTree, RTreeObject};

use super::repair::{Note, RepairError};

/// Ends a ring where it began, drops points said twice, and refuses what is no ring.
pub(super) fn closed(
    corners: Vec<Coord<f64>>,
    notes: &mut Vec<Note>,
) -> Result<LineString<f64>, RepairError> {
    let mut ring = corners;
    ring.dedup();
    let (Some(first), Some(last)) = (ring.first().copied(), ring.last().copied()) else {
        return Err(RepairError::TooFewPoints { lon: 0.0, lat: 0.0 });
    };
    if first != last {
        let length = |a: Coord<f64>, b: Coord<f64>| (a.x - b.x).hypot(a.y - b.y);
        let longest = ring
            .windows(2)
            .map(|pair| length(pair[0], pair[1]))
            .fold(0.0, f64::max);
        // A writer that leaves the last point out leaves a gap like any other edge. A wider gap is a
        // ring that was cut off, and closing it would invent a border.
        if length(first, last) > 2.0 * longest {
            return Err(RepairError::Open {
                lon: last.x,
                lat: last.y,
            });
        }
        ring.push(first);
        notes.push(Note::Closed {
            lon: first.x,
            lat: first.y,
        });
    }
    let mut distinct = ring.clone();
    distinct.sort_by(|a, b| a.x.total_cmp(&b.x).then(a.y.total_cmp(&b.y)));
    distinct.dedup();
    if distinct.len() < 3 {
        return Err(RepairError::TooFewPoints {
            lon: first.x,
            lat: first.y,
        });
    }
    Ok(LineString::new(ring))
}

type Segment = GeomWithData<Line<f64>, (usize, usize)>;

/// Refuses crossings and overlaps between any two edges of the rings; splits rings that touch
/// themselves in a point into rings that do not.
pub(super) fn simple(
    rings: Vec<LineString<f64>>,
    notes: &mut Vec<Note>,
) -> Result<Vec<LineString<f64>>, RepairError> {
    let segments = rings.iter().enumerate().flat_map(|(ring, line)| {
        line.lines()
            .enumerate()
            .map(move |(at, edge)| Segment::new(edge, (ring, at)))
    });
    let tree = RTree::bulk_load(segments.collect());
    // Points where a ring touches itself; where that is amid an edge, the edge gets a corner there.
    let mut touches: Vec<Vec<(usize, Coord<f64>)>> = vec![Vec::new(); rings.len()];
    for one in tree.iter() {
        for other in tree.locate_in_envelope_intersecting(&one.envelope()) {
            if one.data < other.data {
                let edges = rings[one.data.0].0.len() - 1;
                if let Some(point) = meeting(one, other, edges)? {
                    touches[one.data.0].push((one.data.1, point));
                    touches[one.data.0].push((other.data.1, point));
                }
            }
        }
    }
    let mut simple = Vec::with_capacity(rings.len());
    for (ring, mut touches) in rings.into_iter().zip(touches) {
        if touches.is_empty() {
            simple.push(ring);
            continue;
        }
        let place = touches[0].1;
        notes.push(Note::Split {
            lon: place.x,
            lat: place.y,
        });
        split(with_corners(&ring, &mut touches), &mut simple)?;
    }
    Ok(simple)
}

/// Where two edges of one ring touch, if they do. Edges of different rings may touch in a point.
fn meeting(
    one: &Segment,
    other: &Segment,
    edges: usize,
) -> Result<Option<Coord<f64>>, RepairError> {
    let same_ring = one.data.0 == other.data.0;
    let neighbours =
        same_ring && (other.data.1 - one.data.1 == 1 || other.data.1 - one.data.1 == edges - 1);
    match line_intersection(*one.geom(), *other.geom()) {
        None => Ok(None),
        Some(LineIntersection::SinglePoint {
            intersection,
            is_proper: true,
        }) => Err(RepairError::Crossing {
            lon: intersection.x,
            lat: intersection.y,
        }),
        Some(LineIntersection::SinglePoint {
            intersection,
            is_proper: false,
        }) => Ok((same_ring && !neighbours).then_some(intersection)),
        Some(LineIntersection::Collinear { intersection }) => Err(RepairError::Overlap {
            lon: intersection.start.x,
            lat: intersection.start.y,
        }),
    }
}

/// The ring with a corner at each touching point that lies amid an edge.
fn with_corners(ring: &LineString<f64>, touches: &mut [(usize, Coord<f64>)]) -> Vec<Coord<f64>> {
    let along = |at: usize, point: Coord<f64>| {
        let start = ring.0[at];
        (point.x - start.x).hypot(point.y - start.y)
    };
    touches.sort_by(|a, b| {
        a.0.cmp(&b.0)
            .then(along(a.0, a.1).total_cmp(&along(b.0, b.1)))
    });
    let mut corners = Vec::with_capacity(ring.0.len() + touches.len());
    for (at, edge) in ring.lines().enumerate() {
        corners.push(edge.start);
        corners.extend(
            touches
                .iter()
                .filter(|touch| touch.0 == at)
                .map(|touch| touch.1),
        );
    }
    corners.extend(ring.0.last());
    corners.dedup();
    corners
}

/// Cuts a loop off at each point that comes a second time.
fn split(corners: Vec<Coord<f64>>, rings: &mut Vec<LineString<f64>>) -> Result<(), RepairError> {
    let mut path: Vec<Coord<f64>> = Vec::with_capacity(corners.len());
    for corner in corners {
        if let Some(seen) = path.iter().position(|earlier| *earlier == corner) {
            let mut cut: Vec<Coord<f64>> = path.drain(seen..).collect();
            cut.push(corner);
            if cut.len() < 4 {
                return Err(RepairError::Overlap {
                    lon: corner.x,
                    lat: corner.y,
                });
            }
            rings.push(LineString::new(cut));
        }
        path.push(corner);
    }
    Ok(())
}

/// A point where shell and holes touch so that the ground between them falls apart, if there is one.
///
/// Rings and their touching points form a graph; a way round in it encloses ground.
pub(super) fn pinch(rings: &[LineString<f64>]) -> Option<Coord<f64>> {
    let polygons: Vec<geo::Polygon<f64>> = rings
        .iter()
        .map(|ring| geo::Polygon::new(ring.clone(), Vec::new()))
        .collect();
    let mut groups: Vec<usize> = (0..rings.len()).collect();
    let mut points: Vec<Coord<f64>> = Vec::new();
    for (at, ring) in rings.iter().enumerate() {
        for corner in &ring.0[1..] {
            if points.contains(corner) {
                continue;
            }
            let touched = polygons.iter().enumerate().filter(|(other, polygon)| {
                *other != at && polygon.coordinate_position(corner) == CoordPos::OnBoundary
            });
            let touched: Vec<usize> = touched.map(|(other, _)| other).collect();
            if touched.is_empty() {
                continue;
            }
            points.push(*corner);
            for other in touched {
                let (one, two) = (groups[at], groups[other]);
                if one == two {
                    return Some(*corner);
                }
                groups
                    .iter_mut()
                    .filter(|group| **group == two)
                    .for_each(|group| *group = one);
            }
        }
    }
    None
}

/// For each ring the rings that contain it. The rings are simple and do not cross each other's edges;
/// rings that pass through each other in a corner are refused here.
pub(super) fn containers(rings: &[LineString<f64>]) -> Result<Vec<Vec<usize>>, RepairError> {
    let polygons: Vec<geo::Polygon<f64>> = rings
        .iter()
        .map(|ring| geo::Polygon::new(ring.clone(), Vec::new()))
        .collect();
    let mut containers = vec![Vec::new(); rings.len()];
    for (inner, ring) in rings.iter().enumerate() {
        for (outer, polygon) in polygons.iter().enumerate() {
            if inner != outer && boxes_meet(ring, &rings[outer]) && lies_in(ring, polygon)? {
                containers[inner].push(outer);
            }
        }
    }
    Ok(containers)
}

fn boxes_meet(one: &LineString<f64>, other: &LineString<f64>) -> bool {
    one.envelope().intersects(&other.envelope())
}

/// Whether the ring lies inside, by all of its corners that are not on the border.
fn lies_in(ring: &LineString<f64>, polygon: &geo::Polygon<f64>) -> Result<bool, RepairError> {
    let mut side = None;
    for corner in &ring.0 {
        let inside = match polygon.coordinate_position(corner) {
            CoordPos::OnBoundary => continue,
            CoordPos::Inside => true,
            CoordPos::Outside => false,
        };
        if side.is_some_and(|before| before != inside) {
            return Err(RepairError::Crossing {
                lon: corner.x,
                lat: corner.y,
            });
        }
        side = Some(inside);
    }
    side.ok_or_else(|| {
        let corner = ring.0[0];
        RepairError::Overlap {
            lon: corner.x,
            lat: corner.y,
        }
    })
}
