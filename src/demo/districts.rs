//! School districts of our own making: each place belongs to the nearest school (Voronoi cells),
//! inside an outline drawn around the towns. They look like a city and are nobody's real border;
//! every row says so (`is_synthetic`).

use geo::{
    BooleanOps, Buffer, ConcaveHull, Coord, LineString, MultiPoint, MultiPolygon, Polygon, Simplify,
};
use uuid::Uuid;

use super::dice::{Part, Seed};
use super::ground::{self, School, Town};
use crate::geometry::{Area, LngLat};

/// A district of the demo city.
#[derive(Debug, Clone)]
pub struct District {
    pub id: Uuid,
    /// 13 characters as a 学校コード of KSJ A27 has; the numbers are invented.
    pub code: String,
    /// The school's name, as A27_004 has it.
    pub name: String,
    pub kana: String,
    pub school: LngLat,
    pub area: Area,
    /// Towns whose point lies here, as indexes of `ground::towns()`.
    pub towns: Vec<usize>,
    /// How many people live here, against the others.
    pub weight: u32,
}

/// How far beyond its outermost towns the city reaches.
const MARGIN_M: f64 = 260.0;
/// Corners of two cells nearer than this are the same corner, seen with different rounding.
const SNAP_DEGREES: f64 = 4e-6;

/// All districts in the order of the schools: the same ones for every seed but for their ids.
pub fn all(seed: Seed) -> Vec<District> {
    let (schools, towns) = (ground::schools(), ground::towns());
    let at: Vec<Coord> = schools.iter().map(|s| metres(s.point())).collect();
    let mut by_school = vec![Vec::new(); schools.len()];
    for (index, town) in towns.iter().enumerate() {
        by_school[nearest(metres(town.point()), &at)].push(index);
    }
    let outline = outline(&schools, &towns);
    let mut corners = Vec::new();
    schools
        .into_iter()
        .zip(by_school)
        .enumerate()
        .map(|(index, (school, towns))| District {
            id: seed.id(Part::District, index as u64),
            code: code(index, &school),
            area: cell(index, &at, &outline, &mut corners),
            weight: 6 + towns.len() as u32,
            school: school.point(),
            name: school.name,
            kana: school.kana,
            towns,
        })
        .collect()
}

fn code(index: usize, school: &School) -> String {
    let kind = if school.name.ends_with("小学校") {
        "B1"
    } else {
        "C2"
    };
    format!("{kind}272990000{:02}", index + 1)
}

fn metres(place: LngLat) -> Coord {
    ground::to_metres(place.point().into())
}

fn nearest(from: Coord, among: &[Coord]) -> usize {
    let distance = |to: &Coord| (to.x - from.x).powi(2) + (to.y - from.y).powi(2);
    (0..among.len())
        .min_by(|a, b| distance(&among[*a]).total_cmp(&distance(&among[*b])))
        .unwrap_or(0)
}

/// The city's outline on the metric plane: a hull around schools and towns with a margin.
fn outline(schools: &[School], towns: &[Town]) -> MultiPolygon<f64> {
    let points: MultiPoint<f64> = schools
        .iter()
        .map(School::point)
        .chain(towns.iter().map(Town::point))
        .map(|place| geo::Point::from(metres(place)))
        .collect::<Vec<_>>()
        .into();
    points.concave_hull().buffer(MARGIN_M).simplify(25.0)
}

/// One school's cell: a large square cut by the middle lines to every other school, then by the
/// outline. Corners already used by a neighbour are used again to the last digit.
fn cell(
    own: usize,
    schools: &[Coord],
    outline: &MultiPolygon<f64>,
    known: &mut Vec<Coord>,
) -> Area {
    const FAR_M: f64 = 50_000.0;
    let mut ring: Vec<Coord> = [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)]
        .map(|(x, y)| Coord {
            x: x * FAR_M,
            y: y * FAR_M,
        })
        .to_vec();
    for (index, other) in schools.iter().enumerate() {
        if index != own {
            ring = nearer_half(&ring, schools[own], *other);
        }
    }
    let within = Polygon::new(LineString::from(ring), vec![]).intersection(outline);
    let degrees = within
        .into_iter()
        .map(|part| settle(&part, known))
        .collect();
    Area::new(degrees).expect("each school stands inside the outline")
}

/// The part of a convex ring that is nearer to `own` than to `other`.
fn nearer_half(ring: &[Coord], own: Coord, other: Coord) -> Vec<Coord> {
    let side = |p: Coord| {
        (p.x - (own.x + other.x) / 2.0) * (other.x - own.x)
            + (p.y - (own.y + other.y) / 2.0) * (other.y - own.y)
    };
    let mut kept = Vec::with_capacity(ring.len() + 1);
    for (index, &from) in ring.iter().enumerate() {
        let to = ring[(index + 1) % ring.len()];
        let (a, b) = (side(from), side(to));
        if a <= 0.0 {
            kept.push(from);
        }
        if (a < 0.0 && b > 0.0) || (a > 0.0 && b < 0.0) {
            let t = a / (a - b);
            kept.push(Coord {
                x: from.x + (to.x - from.x) * t,
                y: from.y + (to.y - from.y) * t,
            });
        }
    }
    kept
}

fn snap(corner: Coord, known: &mut Vec<Coord>) -> Coord {
    let near = |seen: &&Coord| {
        (seen.x - corner.x).abs() < SNAP_DEGREES && (seen.y - corner.y).abs() < SNAP_DEGREES
    };
    if let Some(seen) = known.iter().find(near) {
        return *seen;
    }
    known.push(corner);
    corner
}

/// A part of a cell in degrees. A cell is a convex piece of an outline without holes, so it has none.
fn settle(part: &Polygon<f64>, known: &mut Vec<Coord>) -> Polygon<f64> {
    let mut corners: Vec<Coord> = part
        .exterior()
        .coords()
        .map(|corner| snap(ground::to_degrees(*corner), known))
        .collect();
    corners.dedup();
    Polygon::new(LineString::from(corners), vec![])
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::{Area as _, Intersects, Validation};

    #[test]
    fn thirty_six_whole_districts_hold_their_own_school_and_towns() {
        let (districts, towns) = (all(Seed(1)), ground::towns());
        assert_eq!(districts.len(), 36);
        for district in &districts {
            assert!(district.area.contains(district.school), "{}", district.name);
            assert!(district.area.polygons().is_valid(), "{}", district.name);
            assert_eq!(district.area.polygons().0.len(), 1, "{}", district.name);
            assert_eq!(district.code.len(), 13);
            assert!(!district.towns.is_empty(), "{}", district.name);
            for &town in &district.towns {
                assert!(
                    district.area.contains(towns[town].point()),
                    "{}",
                    towns[town].name
                );
            }
        }
        let settled: usize = districts.iter().map(|d| d.towns.len()).sum();
        assert_eq!(settled, towns.len());
    }

    #[test]
    fn districts_neither_overlap_nor_leave_a_gap() {
        let districts = all(Seed(1));
        let mut city: MultiPolygon<f64> = MultiPolygon::new(vec![]);
        let mut sum = 0.0;
        for (index, district) in districts.iter().enumerate() {
            let area = district.area.polygons();
            for other in &districts[index + 1..] {
                if area.intersects(other.area.polygons()) {
                    let shared = area.intersection(other.area.polygons()).unsigned_area();
                    assert!(shared < 1e-10, "{} {}: {shared}", district.name, other.name);
                }
            }
            sum += area.unsigned_area();
            city = city.union(area);
        }
        assert!((city.unsigned_area() - sum).abs() / sum < 1e-6);
        // What remains between the parts is the rounding of the union, thinner than a hair.
        let gaps: f64 = city
            .0
            .iter()
            .flat_map(|part| part.interiors())
            .map(|gap| Polygon::new(gap.clone(), vec![]).unsigned_area())
            .sum();
        assert!(gaps < 1e-11, "{gaps}");
    }

    #[test]
    fn the_seed_changes_ids_and_no_border() {
        let (one, two) = (all(Seed(1)), all(Seed(2)));
        assert_eq!(one[5].area, two[5].area);
        assert_ne!(one[5].id, two[5].id);
    }
}
