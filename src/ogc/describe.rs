//! What the service says of itself: landing page, conformance, collections, and its definition for machines.

use serde_json::{Value, json};

use super::Collection;
use crate::events::Hazard;

/// `application/geo+json` of items, `application/json` of everything else.
pub const GEO_JSON: &str = "application/geo+json";
const JSON: &str = "application/json";
const OPENAPI: &str = "application/vnd.oai.openapi+json;version=3.0";
const CRS84: &str = "http://www.opengis.net/def/crs/OGC/1.3/CRS84";

pub fn link(href: String, rel: &str, kind: &str, title: &str) -> Value {
    json!({"href": href, "rel": rel, "type": kind, "title": title})
}

pub fn landing(base: &str, municipality: &str) -> Value {
    json!({
        "title": format!("まちもり {municipality}"),
        "description": "避難場所・避難所・校区。だれでも読めます。個人の情報はありません。",
        "links": [
            link(base.into(), "self", JSON, "このページ"),
            link(format!("{base}/api"), "service-desc", OPENAPI, "APIの定義"),
            link(format!("{base}/conformance"), "conformance", JSON, "適合クラス"),
            link(format!("{base}/collections"), "data", JSON, "コレクション"),
        ],
    })
}

pub fn conformance() -> Value {
    json!({"conformsTo": [
        "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
        "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/oas30",
        "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
    ]})
}

pub fn collections(base: &str, extent: Option<[f64; 4]>) -> Value {
    let all: Vec<Value> = Collection::ALL
        .into_iter()
        .map(|c| collection(base, c, extent))
        .collect();
    json!({
        "links": [link(format!("{base}/collections"), "self", JSON, "コレクション")],
        "collections": all,
    })
}

pub fn collection(base: &str, collection: Collection, extent: Option<[f64; 4]>) -> Value {
    let (title, description) = match collection {
        Collection::EvacuationSites => (
            "指定緊急避難場所・避難ビル",
            "kind は evacuation_site か evacuation_building、hazards は指定された災害の種類（8種類）。",
        ),
        Collection::Shelters => (
            "指定避難所",
            "避難生活をおくる施設。災害の種類ごとの指定はありません。",
        ),
        Collection::Districts => ("校区", "小学校区。is_synthetic が true の境界は架空です。"),
    };
    let at = format!("{base}/collections/{}", collection.id());
    let mut described = json!({
        "id": collection.id(),
        "title": title,
        "description": description,
        "itemType": "feature",
        "crs": [CRS84],
        "links": [
            link(at.clone(), "self", JSON, title),
            link(format!("{at}/items"), "items", GEO_JSON, title),
        ],
    });
    if let Some(bbox) = extent {
        described["extent"] = json!({"spatial": {"bbox": [bbox], "crs": CRS84}});
    }
    described
}

/// OpenAPI 3.0, by hand: the standard fixes paths and answers, and a client asks it only for what may be asked of each collection.
pub fn definition(base: &str) -> Value {
    let mut paths = json!({
        "/": read("landing", "Landing page", &[]),
        "/api": read("definition", "This definition", &[]),
        "/conformance": read("conformance", "Conformance classes", &[]),
        "/collections": read("collections", "Collections", &[]),
    });
    for collection in Collection::ALL {
        let id = collection.id();
        let mut narrowing = vec![
            number("limit", "At most so many (1 to 1,000)", 1.0, 1_000.0),
            number("offset", "Leave out so many", 0.0, 1e9),
            json!({"name": "bbox", "in": "query", "description": "west,south,east,north in degrees", "explode": false, "style": "form",
                "schema": {"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 6}}),
            json!({"name": "datetime", "in": "query", "description": "Accepted; nothing here has a time", "schema": {"type": "string"}}),
        ];
        if collection == Collection::EvacuationSites {
            let words: Vec<&str> = Hazard::ALL.map(Hazard::as_str).to_vec();
            narrowing.push(json!({"name": "hazard", "in": "query", "description": "Designated for this hazard", "schema": {"type": "string", "enum": words}}));
        }
        paths[format!("/collections/{id}")] =
            read(&format!("{id}_collection"), "The collection", &[]);
        paths[format!("/collections/{id}/items")] =
            read(&format!("{id}_items"), "Its features", &narrowing);
        let feature = json!({"name": "featureId", "in": "path", "required": true, "schema": {"type": "string"}});
        paths[format!("/collections/{id}/items/{{featureId}}")] =
            read(&format!("{id}_item"), "One feature", &[feature]);
    }
    json!({
        "openapi": "3.0.3",
        "info": {"title": "Machimori: OGC API - Features", "version": env!("CARGO_PKG_VERSION")},
        "servers": [{"url": base}],
        "paths": paths,
    })
}

fn read(id: &str, summary: &str, parameters: &[Value]) -> Value {
    json!({"get": {"operationId": id, "summary": summary, "parameters": parameters, "responses": {
        "200": {"description": "OK"}, "400": {"description": "A parameter is not right"}, "404": {"description": "Not found"}}}})
}

fn number(name: &str, description: &str, least: f64, most: f64) -> Value {
    json!({"name": name, "in": "query", "description": description,
        "schema": {"type": "integer", "minimum": least, "maximum": most}})
}
