use machimori::tables::{Feature, Format, Limits, Record};

use super::{all, file, place, refusal_of};

async fn features_of(content: &str) -> Vec<Feature> {
    let file = file("a.geojson", content);
    let (header, records) = all(&file.path, &Limits::default()).await.expect("readable");
    assert_eq!(header.format, Format::Geojson);
    let features = records.into_iter().map(|record| match record {
        Record::Feature(feature) => feature,
        Record::Row(_) => panic!("a row in a map"),
    });
    features.collect()
}

const POINT: &str = r#"{"type":"Point","coordinates":[135.47,34.78]}"#;

#[tokio::test]
async fn features_come_one_by_one_with_index_and_line() {
    let content = format!(
        "{{\"type\":\"FeatureCollection\",\n\"features\":[\n{{\"type\":\"Feature\",\"geometry\":{POINT},\"properties\":{{\"名称\":\"第一小\"}}}},\n{{\"type\":\"Feature\",\"geometry\":null,\"properties\":null}}]}}"
    );
    let features = features_of(&content).await;
    assert_eq!(features.len(), 2);
    assert_eq!((features[0].index, features[0].line), (1, 3));
    assert_eq!(features[0].properties["名称"], "第一小");
    assert!(features[0].geometry.is_some());
    assert_eq!((features[1].index, features[1].line), (2, 4));
    assert!(features[1].geometry.is_none() && features[1].properties.is_empty());
}

#[tokio::test]
async fn a_lone_feature_and_an_empty_collection_are_maps() {
    let lone = format!(r#"{{"type":"Feature","geometry":{POINT},"properties":{{}}}}"#);
    assert_eq!(features_of(&lone).await.len(), 1);
    assert!(
        features_of(r#"{"type":"FeatureCollection","features":[]}"#)
            .await
            .is_empty()
    );
}

#[tokio::test]
async fn a_file_without_features_is_refused_in_the_words_it_brings() {
    let content = r#"{"type":"unavailable","message":"この自治体のデータは公開されていません。"}"#;
    let file = file("a.geojson", content);
    let refusal = super::refused(&file.path, &Limits::default()).await;
    assert_eq!(refusal.code, "no-features");
    assert!(
        refusal
            .message
            .contains("この自治体のデータは公開されていません。")
    );
    assert_eq!(refusal_of(r#"{"type":"Topology"}"#).await.0, "no-features");
}

#[tokio::test]
async fn broken_maps_are_refused_with_their_place() {
    let open = "{\"type\":\"FeatureCollection\",\"features\":[\n";
    assert_eq!(
        refusal_of(format!("{open}{{\"type\":\"Feature\"")).await.0,
        "json"
    );
    assert_eq!(
        refusal_of(format!("{open}{{\"type\":\"Feature\" x")).await,
        place("json", 2, 19)
    );
    assert_eq!(
        refusal_of(format!("{open}{{\"a\":1}}]}}")).await,
        place("not-a-feature", 2, None)
    );
    let bad = r#"{"type":"Feature","geometry":{"type":"Point"},"properties":{}}"#;
    assert_eq!(
        refusal_of(format!("{open}{bad}]}}")).await,
        place("bad-geometry", 2, None)
    );
    let nul = r#"{"type":"Feature","geometry":null,"properties":{"a":"x\u0000"}}"#;
    assert_eq!(
        refusal_of(format!("{open}{nul}]}}")).await,
        place("control-character", 2, None)
    );
    assert_eq!(refusal_of("[1,2]").await.0, "json");
    let deep = "[".repeat(100_000);
    assert_eq!(refusal_of(format!("{{\"a\":{deep}")).await.0, "json");
}

#[tokio::test]
async fn foreign_coordinates_are_refused_wherever_they_are_declared() {
    let crs = |name: &str| format!(r#""crs":{{"type":"name","properties":{{"name":"{name}"}}}}"#);
    let web = crs("urn:ogc:def:crs:EPSG::3857");
    assert_eq!(
        refusal_of(format!("{{{web},\"features\":[]}}")).await.0,
        "foreign-crs"
    );
    assert_eq!(
        refusal_of(format!("{{\"features\":[],{web}}}")).await.0,
        "foreign-crs"
    );
    let jgd = crs("urn:ogc:def:crs:EPSG::6668");
    assert!(
        features_of(&format!("{{{jgd},\"features\":[]}}"))
            .await
            .is_empty()
    );
}
