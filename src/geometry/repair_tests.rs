use super::*;
use geo::BooleanOps;
use proptest::prelude::*;
use serde_json::{Value, json};

fn repaired(kind: &str, coordinates: Value) -> Result<Repaired, RepairError> {
    let geometry = json!({"type": kind, "coordinates": coordinates});
    repair(&serde_json::from_value(geometry).expect("GeoJSON"))
}

/// A square of the given size with its lower left corner at (x, y), counter-clockwise.
fn square(x: f64, y: f64, size: f64) -> Value {
    json!([
        [x, y],
        [x + size, y],
        [x + size, y + size],
        [x, y + size],
        [x, y]
    ])
}

fn area_of(repaired: &Repaired) -> f64 {
    repaired.area.polygons().unsigned_area()
}

#[test]
fn a_valid_polygon_with_a_hole_passes_without_a_note() {
    let answer =
        repaired("Polygon", json!([square(0., 0., 4.), square(1., 1., 1.)])).expect("valid");
    assert!(answer.notes.is_empty());
    assert_eq!(area_of(&answer), 15.0);
    let polygon = &answer.area.polygons().0[0];
    assert!(
        polygon.exterior().0[1].x > 0.0,
        "the shell runs counter-clockwise"
    );
    assert!(
        polygon.interiors()[0].0[1].y > 1.0,
        "the hole runs clockwise"
    );
}

#[test]
fn an_exclave_packed_as_a_hole_becomes_a_polygon_of_its_own() {
    let packed = json!([square(10., 0., 1.), square(0., 0., 4.), square(1., 1., 1.)]);
    let answer = repaired("Polygon", packed).expect("repairable");
    assert_eq!(
        answer.notes,
        [Note::Repacked {
            rings: 3,
            polygons: 2
        }]
    );
    assert_eq!(area_of(&answer), 1.0 + 16.0 - 1.0);
}

#[test]
fn an_island_in_a_lake_is_land_again() {
    let packed = json!([square(0., 0., 9.), square(1., 1., 7.), square(2., 2., 1.)]);
    let answer = repaired("Polygon", packed).expect("repairable");
    assert_eq!(area_of(&answer), 81.0 - 49.0 + 1.0);
}

#[test]
fn a_ring_left_open_by_one_edge_is_closed_and_one_cut_off_is_refused() {
    let open = json!([[[0., 0.], [4., 0.], [4., 4.], [0., 4.]]]);
    let answer = repaired("Polygon", open).expect("repairable");
    assert_eq!(answer.notes, [Note::Closed { lon: 0., lat: 0. }]);
    assert_eq!(area_of(&answer), 16.0);
    let cut = json!([[
        [0., 0.],
        [1., 0.],
        [1., 1.],
        [2., 1.],
        [2., 2.],
        [3., 2.],
        [3., 3.]
    ]]);
    assert_eq!(
        repaired("Polygon", cut),
        Err(RepairError::Open { lon: 3., lat: 3. })
    );
}

#[test]
fn crossings_overlaps_and_spikes_are_refused_with_their_place() {
    let bow = json!([[[0., 0.], [2., 2.], [2., 0.], [0., 2.], [0., 0.]]]);
    assert_eq!(
        repaired("Polygon", bow),
        Err(RepairError::Crossing { lon: 1., lat: 1. })
    );
    let spike = json!([[
        [0., 0.],
        [2., 0.],
        [2., 2.],
        [2., 5.],
        [2., 2.],
        [0., 2.],
        [0., 0.]
    ]]);
    assert!(matches!(
        repaired("Polygon", spike),
        Err(RepairError::Overlap { .. })
    ));
    let twice = json!([square(0., 0., 4.), square(0., 0., 4.)]);
    assert!(matches!(
        repaired("Polygon", twice),
        Err(RepairError::Overlap { .. })
    ));
    let across = json!([square(0., 0., 4.), square(3., 3., 4.)]);
    assert!(matches!(
        repaired("Polygon", across),
        Err(RepairError::Crossing { .. })
    ));
    let parts = json!([[square(0., 0., 4.)], [square(1., 1., 1.)]]);
    assert_eq!(
        repaired("MultiPolygon", parts),
        Err(RepairError::PartsOverlap { lon: 1.5, lat: 1.5 })
    );
}

#[test]
fn a_hole_that_cuts_its_polygon_in_two_is_refused() {
    let cut = json!([
        square(0., 0., 4.),
        [[0., 0.], [2., 1.], [4., 4.], [1., 2.], [0., 0.]]
    ]);
    assert!(matches!(
        repaired("Polygon", cut),
        Err(RepairError::Pinched { .. })
    ));
    let touching = json!([square(0., 0., 4.), [[0., 0.], [2., 1.], [1., 2.], [0., 0.]]]);
    assert!(repaired("Polygon", touching).is_ok());
}

#[test]
fn a_ring_that_touches_itself_in_a_point_is_split_there() {
    let eight = json!([[
        [0., 0.],
        [2., 0.],
        [1., 1.],
        [2., 2.],
        [0., 2.],
        [1., 1.],
        [0., 0.]
    ]]);
    let answer = repaired("Polygon", eight).expect("repairable");
    assert_eq!(answer.notes, [Note::Split { lon: 1., lat: 1. }]);
    assert_eq!(area_of(&answer), 2.0);
    // A hole that hangs on the shell, drawn in one line, touching amid an edge.
    let inverted = json!([[[0., 0.], [4., 0.], [4., 4.], [0., 4.], [0., 2.], [0., 0.]]]);
    assert!(
        repaired("Polygon", inverted)
            .expect("a square")
            .notes
            .is_empty()
    );
    let hanging = json!([[
        [0., 0.],
        [4., 0.],
        [4., 4.],
        [0., 4.],
        [0., 0.],
        [1., 2.],
        [2., 1.],
        [0., 0.]
    ]]);
    let answer = repaired("Polygon", hanging).expect("repairable");
    assert_eq!(area_of(&answer), 16.0 - 1.5);
    let amid = json!([[[0., 0.], [4., 0.], [4., 4.], [2., 0.], [0., 4.], [0., 0.]]]);
    assert_eq!(
        area_of(&repaired("Polygon", amid).expect("repairable")),
        8.0
    );
}

#[test]
fn parts_that_share_a_border_are_joined() {
    let parts = json!([
        [square(0., 0., 2.)],
        [square(2., 0., 2.)],
        [square(8., 8., 1.)]
    ]);
    let answer = repaired("MultiPolygon", parts).expect("repairable");
    assert_eq!(answer.notes, [Note::Joined { parts: 2 }]);
    assert_eq!(answer.area.polygons().0.len(), 2);
    assert!((area_of(&answer) - 9.0).abs() < 1e-6);
    let corner = json!([[square(0., 0., 2.)], [square(2., 2., 2.)]]);
    assert!(
        repaired("MultiPolygon", corner)
            .expect("valid")
            .notes
            .is_empty()
    );
}

#[test]
fn what_is_no_area_or_off_the_globe_is_refused() {
    assert_eq!(
        repaired("Point", json!([135., 34.])),
        Err(RepairError::NotAnArea { found: "Point" })
    );
    let swapped = json!([[[34., 135.], [34.1, 135.], [34.1, 135.1], [34., 135.]]]);
    assert!(matches!(
        repaired("Polygon", swapped),
        Err(RepairError::Place(PlaceError::Swapped { .. }))
    ));
    let line = json!([[[0., 0.], [1., 1.], [0., 0.]]]);
    assert!(matches!(
        repaired("Polygon", line),
        Err(RepairError::TooFewPoints { .. })
    ));
    assert_eq!(
        repaired("Polygon", json!([])),
        Err(RepairError::Place(PlaceError::Empty))
    );
}

fn first_geometry(path: &std::path::Path) -> Geometry {
    let text = std::fs::read_to_string(path).expect("a real boundary");
    let file: Value = serde_json::from_str(&text).expect("JSON");
    serde_json::from_value(file["features"][0]["geometry"].clone()).expect("a geometry")
}

#[test]
fn the_malformed_boundaries_become_the_published_ones() {
    let Some(data) = crate::text::test_data() else {
        return;
    };
    let folder = data.join("municipal-boundary-n03");
    for (code, parts, notes) in [("27203", 2, 1), ("27205", 1, 0), ("28202", 8, 1)] {
        let raw = repair(&first_geometry(
            &folder.join(format!("raw_malformed/{code}.geojson")),
        ));
        let raw = raw.expect("repairable");
        let good = repair(&first_geometry(&folder.join(format!("{code}.geojson")))).expect("valid");
        assert!(good.notes.is_empty(), "{code}: {:?}", good.notes);
        assert_eq!(raw.area.polygons().0.len(), parts, "{code}");
        assert_eq!(raw.notes.len(), notes, "{code}: {:?}", raw.notes);
        let difference = raw
            .area
            .polygons()
            .xor(good.area.polygons())
            .unsigned_area();
        assert!(difference < area_of(&good) * 1e-6, "{code}: {difference}");
    }
}

#[test]
fn every_district_of_sapporo_is_usable_or_refused_with_a_place() {
    let Some(data) = crate::text::test_data() else {
        return;
    };
    let text = std::fs::read_to_string(data.join("school-districts/sapporo_Elementary.geojson"));
    let file: Value = serde_json::from_str(&text.expect("the map")).expect("JSON");
    let features = file["features"].as_array().expect("features");
    let mut usable = 0;
    for feature in features {
        let geometry = serde_json::from_value(feature["geometry"].clone()).expect("a geometry");
        match repair(&geometry) {
            Ok(_) => usable += 1,
            Err(error) => println!("{}: {error}", feature["properties"]["name"]),
        }
    }
    println!("{usable} of {} usable", features.len());
    assert!(usable * 100 >= features.len() * 95);
}

proptest! {
    #[test]
    fn rings_in_any_order_and_direction_make_the_same_area(
        squares in prop::collection::vec((0u8..6, 0u8..6), 1..5), turned in any::<bool>(), seed in 0usize..24,
    ) {
        // Squares of 10 on a grid of 12 never touch; each has a hole and an island in it.
        let mut cells: Vec<(u8, u8)> = squares;
        cells.sort_unstable();
        cells.dedup();
        let mut rings: Vec<Value> = cells
            .iter()
            .flat_map(|(x, y)| {
                let (x, y) = (f64::from(*x) * 12. - 36., f64::from(*y) * 12. - 36.);
                [square(x, y, 10.), square(x + 2., y + 2., 6.), square(x + 4., y + 4., 1.)]
            })
            .collect();
        let turn = seed % rings.len();
        rings.rotate_left(turn);
        if turned {
            for ring in &mut rings {
                ring.as_array_mut().expect("a ring").reverse();
            }
        }
        let answer = repaired("Polygon", Value::Array(rings)).expect("repairable");
        let expected = cells.len() as f64 * (100. - 36. + 1.);
        prop_assert!((area_of(&answer) - expected).abs() < 1e-9);
        prop_assert_eq!(answer.area.polygons().0.len(), 2 * cells.len());
        let again = repair(&Geometry::new(GeometryValue::from(answer.area.polygons()))).expect("valid");
        prop_assert!(again.notes.is_empty());
        prop_assert_eq!(again.area, answer.area);
    }

    #[test]
    fn any_ring_is_a_valid_area_or_a_refusal(
        ring in prop::collection::vec((-5i8..5, -5i8..5), 0..9),
    ) {
        use geo::Validation;
        let ring: Vec<[f64; 2]> = ring.iter().map(|(x, y)| [f64::from(*x), f64::from(*y)]).collect();
        if let Ok(answer) = repaired("Polygon", json!([ring])) {
            prop_assert!(answer.area.polygons().is_valid(), "{:?}", answer);
        }
    }
}
