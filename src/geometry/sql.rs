//! `LngLat` and `Area` as sqlx types over PostGIS's `geometry`.
//!
//! `sqlx.toml` maps `geometry` to `LngLat` for every checked query and names the few polygon
//! columns that are `Area`; an `Area` parameter is bound as `area as _`.

use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::{
    PgArgumentBuffer, PgHasArrayType, PgTypeInfo, PgValueFormat, PgValueRef, Postgres,
};
use sqlx::{Decode, Encode, Type};

use super::{Area, LngLat, ewkb};

impl Type<Postgres> for LngLat {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_name("geometry")
    }
}

impl PgHasArrayType for LngLat {
    fn array_type_info() -> PgTypeInfo {
        PgTypeInfo::with_name("_geometry")
    }
}

impl Encode<'_, Postgres> for LngLat {
    fn encode_by_ref(&self, buf: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        let mut bytes = Vec::with_capacity(25);
        ewkb::write_point(self.lon(), self.lat(), &mut bytes);
        buf.extend_from_slice(&bytes);
        Ok(IsNull::No)
    }
}

impl Decode<'_, Postgres> for LngLat {
    fn decode(value: PgValueRef<'_>) -> Result<Self, BoxDynError> {
        let (lon, lat) = ewkb::read_point(&bytes_of(&value)?)?;
        Ok(LngLat::new(lon, lat)?)
    }
}

impl Type<Postgres> for Area {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_name("geometry")
    }
}

impl PgHasArrayType for Area {
    fn array_type_info() -> PgTypeInfo {
        PgTypeInfo::with_name("_geometry")
    }
}

impl Encode<'_, Postgres> for Area {
    fn encode_by_ref(&self, buf: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        let mut bytes = Vec::new();
        ewkb::write_area(self.polygons(), &mut bytes);
        buf.extend_from_slice(&bytes);
        Ok(IsNull::No)
    }
}

impl Decode<'_, Postgres> for Area {
    fn decode(value: PgValueRef<'_>) -> Result<Self, BoxDynError> {
        Ok(Area::new(ewkb::read_area(&bytes_of(&value)?)?)?)
    }
}

/// A geometry arrives as EWKB, or as its hexadecimal digits from an unprepared statement.
fn bytes_of(value: &PgValueRef<'_>) -> Result<Vec<u8>, BoxDynError> {
    match value.format() {
        PgValueFormat::Binary => Ok(value.as_bytes()?.to_vec()),
        PgValueFormat::Text => {
            let digits = value.as_str()?;
            (0..digits.len())
                .step_by(2)
                .map(|at| {
                    let pair = digits
                        .get(at..at + 2)
                        .ok_or("odd number of hexadecimal digits")?;
                    Ok(u8::from_str_radix(pair, 16)?)
                })
                .collect()
        }
    }
}
