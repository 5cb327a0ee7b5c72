//! `LngLat` and `Area` as GeoJSON (RFC 7946), for serde and for the OpenAPI document.

use geojson::{Geometry, GeometryValue};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser::SerializeStruct};
use serde_json::json;
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Schema, Type};
use utoipa::openapi::{OneOfBuilder, RefOr};
use utoipa::{PartialSchema, ToSchema};

use super::{Area, LngLat};

impl Serialize for LngLat {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut point = serializer.serialize_struct("Point", 2)?;
        point.serialize_field("type", "Point")?;
        point.serialize_field("coordinates", &[self.lon(), self.lat()])?;
        point.end()
    }
}

impl<'de> Deserialize<'de> for LngLat {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Geometry::deserialize(deserializer)?.value {
            GeometryValue::Point { coordinates } => match coordinates.as_slice() {
                [lon, lat, ..] => LngLat::new(*lon, *lat).map_err(de::Error::custom),
                _ => Err(de::Error::custom("a Point needs [lon, lat]")),
            },
            other => Err(de::Error::custom(format!(
                "expected a Point, found {}",
                other.type_name()
            ))),
        }
    }
}

impl Serialize for Area {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Geometry::new(GeometryValue::from(self.polygons())).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Area {
    /// Takes a Polygon or a MultiPolygon and holds it to the same rules as an imported file.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let geometry = Geometry::deserialize(deserializer)?;
        let polygons = match &geometry.value {
            value @ GeometryValue::Polygon { .. } => {
                let polygon: geo::Polygon<f64> = value.try_into().map_err(de::Error::custom)?;
                geo::MultiPolygon::new(vec![polygon])
            }
            value @ GeometryValue::MultiPolygon { .. } => {
                value.try_into().map_err(de::Error::custom)?
            }
            other => {
                let found = other.type_name();
                return Err(de::Error::custom(format!(
                    "expected a MultiPolygon, found {found}"
                )));
            }
        };
        Area::new(polygons).map_err(de::Error::custom)
    }
}

impl PartialSchema for LngLat {
    fn schema() -> RefOr<Schema> {
        geojson_object(
            "Point",
            position(),
            json!({"type": "Point", "coordinates": [135.47, 34.78]}),
        )
        .description(Some(
            "GeoJSON Point (RFC 7946): [longitude, latitude], WGS84 degrees.",
        ))
        .into()
    }
}

impl ToSchema for LngLat {}

impl PartialSchema for Area {
    fn schema() -> RefOr<Schema> {
        let rings = || array(array(position()));
        let square = json!([[[135.4, 34.7], [135.5, 34.7], [135.5, 34.8], [135.4, 34.7]]]);
        let polygon = json!({"type": "Polygon", "coordinates": square.clone()});
        let multi = json!({"type": "MultiPolygon", "coordinates": [square]});
        OneOfBuilder::new()
            .item(geojson_object("MultiPolygon", array(rings()), multi))
            .item(geojson_object("Polygon", rings(), polygon))
            .description(Some(
                "GeoJSON MultiPolygon or Polygon (RFC 7946), WGS84 degrees. Always answered as a MultiPolygon.",
            ))
            .into()
    }
}

impl ToSchema for Area {}

fn geojson_object(
    kind: &str,
    coordinates: impl Into<RefOr<Schema>>,
    example: serde_json::Value,
) -> ObjectBuilder {
    ObjectBuilder::new()
        .property(
            "type",
            ObjectBuilder::new()
                .schema_type(Type::String)
                .enum_values(Some([kind])),
        )
        .required("type")
        .property("coordinates", coordinates)
        .required("coordinates")
        .examples([example])
}

fn array(items: ArrayBuilder) -> ArrayBuilder {
    ArrayBuilder::new().items(RefOr::T(Schema::Array(items.build())))
}

fn position() -> ArrayBuilder {
    ArrayBuilder::new()
        .items(RefOr::T(Schema::Object(
            ObjectBuilder::new().schema_type(Type::Number).build(),
        )))
        .min_items(Some(2))
        .max_items(Some(3))
}
