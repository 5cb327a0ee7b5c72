//! `LngLat` and `Area` as GeoJSON (RFC 7946), for serde and for the OpenAPI document.

use geojson::{Geometry, GeometryValue};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser::SerializeStruct};
use serde_json::json;
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Schema, Type};
use utoipa::openapi::{OneOfBuilder, RefOr};
use utoipa::{PartialSchema, ToSchema};

use super::{Area, LngLat, repair};

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
    /// Takes what `repair` takes.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let geometry = Geometry::deserialize(deserializer)?;
        repair(&geometry)
            .map(|repaired| repaired.area)
            .map_err(de::Error::custom)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_and_areas_are_geojson_both_ways() {
        let point = r#"{"type":"Point","coordinates":[135.47,34.78]}"#;
        let place: LngLat = serde_json::from_str(point).expect("a point");
        assert_eq!(serde_json::to_string(&place).expect("JSON"), point);

        let polygon = r#"{"type":"Polygon","coordinates":[[[0,0],[2,0],[2,2],[0,0]]]}"#;
        let area: Area = serde_json::from_str(polygon).expect("an area");
        assert_eq!(
            serde_json::to_string(&area).expect("JSON"),
            r#"{"type":"MultiPolygon","coordinates":[[[[0.0,0.0],[2.0,0.0],[2.0,2.0],[0.0,0.0]]]]}"#
        );
    }

    #[test]
    fn a_wrong_shape_and_a_swapped_point_are_errors() {
        let swapped = r#"{"type":"Point","coordinates":[34.78,135.47]}"#;
        let error = serde_json::from_str::<LngLat>(swapped)
            .expect_err("swapped")
            .to_string();
        assert!(error.contains("入れ替わっている"), "{error}");
        assert!(serde_json::from_str::<Area>(swapped).is_err());
        assert!(serde_json::from_str::<LngLat>(r#"{"type":"Point","coordinates":[1]}"#).is_err());
    }
}
