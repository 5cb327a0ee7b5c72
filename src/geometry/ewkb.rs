//! PostGIS's binary form of a geometry (EWKB): what `geometry` columns send and receive.
//!
//! Written little-endian with SRID 4326; read in either byte order, any further dimension
//! dropped. Polygons are read as one-part multipolygons, since `ST_Buffer` and friends answer
//! either.

use geo::{LineString, MultiPolygon, Polygon};

const SRID: u32 = 4326;
const HAS_SRID: u32 = 0x2000_0000;
const HAS_Z: u32 = 0x8000_0000;
const HAS_M: u32 = 0x4000_0000;
const POINT: u32 = 1;
const POLYGON: u32 = 3;
const MULTI_POLYGON: u32 = 6;

/// Why bytes from the database are not the geometry that was asked for.
#[derive(Debug, PartialEq, thiserror::Error)]
pub(super) enum EwkbError {
    #[error("geometry ends too early")]
    Truncated,
    #[error("geometry has trailing bytes")]
    Trailing,
    #[error("unknown byte order {0}")]
    ByteOrder(u8),
    #[error("geometry type {found} where {expected} was expected")]
    Type { found: u32, expected: &'static str },
    #[error("geometry has SRID {0}, not 4326")]
    Srid(u32),
}

pub(super) fn write_point(lon: f64, lat: f64, out: &mut Vec<u8>) {
    head(POINT | HAS_SRID, out);
    out.extend_from_slice(&SRID.to_le_bytes());
    out.extend_from_slice(&lon.to_le_bytes());
    out.extend_from_slice(&lat.to_le_bytes());
}

pub(super) fn write_area(area: &MultiPolygon<f64>, out: &mut Vec<u8>) {
    head(MULTI_POLYGON | HAS_SRID, out);
    out.extend_from_slice(&SRID.to_le_bytes());
    count(area.0.len(), out);
    for polygon in area {
        head(POLYGON, out);
        count(1 + polygon.interiors().len(), out);
        for ring in std::iter::once(polygon.exterior()).chain(polygon.interiors()) {
            count(ring.0.len(), out);
            for corner in &ring.0 {
                out.extend_from_slice(&corner.x.to_le_bytes());
                out.extend_from_slice(&corner.y.to_le_bytes());
            }
        }
    }
}

fn head(kind: u32, out: &mut Vec<u8>) {
    out.push(1);
    out.extend_from_slice(&kind.to_le_bytes());
}

fn count(n: usize, out: &mut Vec<u8>) {
    let n = u32::try_from(n).unwrap_or(u32::MAX);
    out.extend_from_slice(&n.to_le_bytes());
}

pub(super) fn read_point(bytes: &[u8]) -> Result<(f64, f64), EwkbError> {
    let mut reader = Reader {
        rest: bytes,
        shape: Shape::default(),
    };
    let kind = reader.head()?;
    if kind != POINT {
        return Err(EwkbError::Type {
            found: kind,
            expected: "a point",
        });
    }
    let place = reader.corner()?;
    reader.end()?;
    Ok(place)
}

pub(super) fn read_area(bytes: &[u8]) -> Result<MultiPolygon<f64>, EwkbError> {
    let mut reader = Reader {
        rest: bytes,
        shape: Shape::default(),
    };
    let polygons = match reader.head()? {
        POLYGON => vec![reader.polygon()?],
        MULTI_POLYGON => {
            let parts = reader.u32()?;
            let mut polygons = Vec::new();
            for _ in 0..parts {
                let kind = reader.head()?;
                if kind != POLYGON {
                    return Err(EwkbError::Type {
                        found: kind,
                        expected: "a polygon",
                    });
                }
                polygons.push(reader.polygon()?);
            }
            polygons
        }
        kind => {
            return Err(EwkbError::Type {
                found: kind,
                expected: "a polygon or multipolygon",
            });
        }
    };
    reader.end()?;
    Ok(MultiPolygon::new(polygons))
}

#[derive(Default)]
struct Shape {
    big_endian: bool,
    further_dimensions: usize,
}

struct Reader<'a> {
    rest: &'a [u8],
    shape: Shape,
}

impl Reader<'_> {
    fn head(&mut self) -> Result<u32, EwkbError> {
        let [order] = self.take::<1>()?;
        self.shape.big_endian = match order {
            0 => true,
            1 => false,
            other => return Err(EwkbError::ByteOrder(other)),
        };
        let flags = self.u32()?;
        self.shape.further_dimensions =
            usize::from(flags & HAS_Z != 0) + usize::from(flags & HAS_M != 0);
        if flags & HAS_SRID != 0 {
            let srid = self.u32()?;
            if srid != SRID {
                return Err(EwkbError::Srid(srid));
            }
        }
        Ok(flags & !(HAS_SRID | HAS_Z | HAS_M))
    }

    fn polygon(&mut self) -> Result<Polygon<f64>, EwkbError> {
        let mut rings = Vec::new();
        for _ in 0..self.u32()? {
            let mut ring = Vec::new();
            for _ in 0..self.u32()? {
                ring.push(self.corner()?);
            }
            rings.push(LineString::from(ring));
        }
        let mut rings = rings.into_iter();
        let exterior = rings.next().unwrap_or_else(|| LineString::new(Vec::new()));
        Ok(Polygon::new(exterior, rings.collect()))
    }

    fn corner(&mut self) -> Result<(f64, f64), EwkbError> {
        let corner = (self.f64()?, self.f64()?);
        for _ in 0..self.shape.further_dimensions {
            self.f64()?;
        }
        Ok(corner)
    }

    fn u32(&mut self) -> Result<u32, EwkbError> {
        let bytes = self.take()?;
        Ok(if self.shape.big_endian {
            u32::from_be_bytes(bytes)
        } else {
            u32::from_le_bytes(bytes)
        })
    }

    fn f64(&mut self) -> Result<f64, EwkbError> {
        let bytes = self.take()?;
        Ok(if self.shape.big_endian {
            f64::from_be_bytes(bytes)
        } else {
            f64::from_le_bytes(bytes)
        })
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], EwkbError> {
        let (head, rest) = self
            .rest
            .split_first_chunk::<N>()
            .ok_or(EwkbError::Truncated)?;
        self.rest = rest;
        Ok(*head)
    }

    fn end(&self) -> Result<(), EwkbError> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err(EwkbError::Trailing)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::polygon;
    use proptest::prelude::*;

    /// `select st_geomfromtext('POINT(135.47 34.78)', 4326)` as PostGIS 3.3 prints it.
    const POSTGIS_POINT: &str = "0101000020E6100000D7A3703D0AEF6040A4703D0AD7634140";

    fn hex(text: &str) -> Vec<u8> {
        (0..text.len() / 2)
            .map(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).expect("hex"))
            .collect()
    }

    #[test]
    fn a_point_reads_and_writes_as_postgis_does() {
        assert_eq!(read_point(&hex(POSTGIS_POINT)), Ok((135.47, 34.78)));
        let mut written = Vec::new();
        write_point(135.47, 34.78, &mut written);
        assert_eq!(written, hex(POSTGIS_POINT));
    }

    #[test]
    fn a_big_endian_point_with_height_loses_only_its_height() {
        let mut bytes = vec![0];
        bytes.extend((POINT | HAS_Z).to_be_bytes());
        for value in [135.47f64, 34.78, 12.5] {
            bytes.extend(value.to_be_bytes());
        }
        assert_eq!(read_point(&bytes), Ok((135.47, 34.78)));
    }

    #[test]
    fn a_foreign_srid_and_a_wrong_type_are_refused() {
        let mut bytes = hex(POSTGIS_POINT);
        bytes[5..9].copy_from_slice(&3857u32.to_le_bytes());
        assert_eq!(read_point(&bytes), Err(EwkbError::Srid(3857)));
        assert!(matches!(
            read_area(&hex(POSTGIS_POINT)),
            Err(EwkbError::Type { found: 1, .. })
        ));
    }

    #[test]
    fn a_bare_polygon_becomes_a_multipolygon_of_one_part() {
        let square = polygon![(x: 0.0, y: 0.0), (x: 1.0, y: 0.0), (x: 1.0, y: 1.0)];
        let mut bytes = Vec::new();
        write_area(&MultiPolygon::new(vec![square.clone()]), &mut bytes);
        // Skip the multipolygon's head (order, type, SRID, count): what follows is the polygon.
        assert_eq!(read_area(&bytes[13..]), Ok(MultiPolygon::new(vec![square])));
    }

    proptest! {
        #[test]
        fn areas_survive_the_round_trip(
            rings in prop::collection::vec(
                prop::collection::vec((-180.0..180.0f64, -90.0..90.0f64), 3..12), 1..5),
        ) {
            let polygons = rings
                .into_iter()
                .map(|ring| Polygon::new(LineString::from(ring), vec![]))
                .collect();
            let area = MultiPolygon::new(polygons);
            let mut bytes = Vec::new();
            write_area(&area, &mut bytes);
            prop_assert_eq!(read_area(&bytes), Ok(area));
        }

        #[test]
        fn cut_or_random_bytes_are_an_error_and_never_a_panic(
            bytes in prop::collection::vec(any::<u8>(), 0..80),
        ) {
            let _ = read_point(&bytes);
            let _ = read_area(&bytes);
        }
    }
}
