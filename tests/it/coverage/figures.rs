//! Figures and what-ifs against expectations written by hand.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{Town, add, flood, of};

/// Twelve people in the west half of the western district, twenty in its east half, seven in the eastern one.
async fn town() -> Town {
    let town = Town::new().await;
    town.people(town.west, 12, 135.4512, 34.784).await;
    town.people(town.west, 20, 135.4588, 34.784).await;
    town.people(town.east, 7, 135.4650, 34.784).await;
    town
}

#[tokio::test]
async fn before_the_first_gathering_there_are_no_figures_and_the_page_is_told_what_to_do() {
    let town = town().await;
    let none = town
        .planner
        .get("/api/v1/coverage/snapshot")
        .await
        .expect(200);
    assert_eq!(none["snapshot"], Value::Null);
    let refused = town
        .planner
        .get("/api/v1/coverage/figures?hazard=flood")
        .await;
    assert!(String::from_utf8_lossy(&refused.bytes).contains("名簿を集計する"));
    assert_eq!(refused.problem(), "conflict");
    let without_hazard = town.planner.get("/api/v1/coverage/figures").await;
    assert_eq!(without_hazard.problem(), "invalid");
    let too_near = town
        .planner
        .get("/api/v1/coverage/figures?hazard=flood&far_m=5")
        .await
        .expect(422);
    assert_eq!(too_near["errors"][0]["pointer"], "/far_m");
}

#[tokio::test]
async fn the_roster_is_gathered_into_cells_and_whoever_is_in_none_is_counted() {
    let town = town().await;
    // Without a point, protected, moved away, and three in a district of their own.
    town.app
        .resident(crate::harness::town::Resident::of("点なし", town.west))
        .await;
    let hidden = town.people(town.west, 1, 135.4588, 34.784).await;
    let gone = town.people(town.west, 1, 135.4588, 34.784).await;
    for (change, id) in [("is_protected = true", hidden), ("status = 'moved'", gone)] {
        let sql = format!("update person set {change} where id = '{id}'");
        sqlx::query(sqlx::AssertSqlSafe(sql))
            .execute(town.app.sql())
            .await
            .unwrap();
    }
    let far = town.app.district("北校区", 5).await;
    town.people(far, 3, 135.5050, 34.784).await;
    let made = town.gather().await;
    // 12 → 10, 20 → 20, 7 → 5; left out: one, one and three.
    assert_eq!(
        (&made["people"], &made["cells"], &made["left_out"]),
        (&json!(35), &json!(3), &json!(5))
    );
    let again = town.gather().await;
    assert_eq!(again["id"], made["id"], "nothing moved");
    assert!(again["looked_at"].as_str() >= made["looked_at"].as_str());
    let figures = town.figures("hazard=any").await;
    assert_eq!(
        of(&figures, far)["residents"],
        Value::Null,
        "three are not said, and are not zero"
    );
    let entries: i64 = sqlx::query_scalar("select count(*) from audit_entry where action = 'coverage.snapshot' and actor_kind = 'planner'")
        .fetch_one(town.app.sql())
        .await
        .unwrap();
    assert_eq!(entries, 1);
}

#[tokio::test]
async fn the_far_and_the_room_of_a_district_are_those_of_its_cells_and_sites_for_the_hazard() {
    let town = town().await;
    let park = town
        .site(
            "evacuation_site",
            "西公園",
            (135.4525, 34.784),
            &["flood"],
            Some(15),
        )
        .await;
    town.site(
        "evacuation_site",
        "東公園",
        (135.4650, 34.784),
        &["earthquake"],
        None,
    )
    .await;
    town.site("shelter", "東小学校", (135.4650, 34.784), &[], Some(300))
        .await;
    town.gather().await;
    let figures = town.figures("hazard=flood&far_m=700").await;
    let (west, east) = (of(&figures, town.west), of(&figures, town.east));
    assert_eq!(
        (&west["residents"], &west["far"], &west["sites"]),
        (&json!(30), &json!(0), &json!(1))
    );
    assert_eq!(
        (&west["capacity"], &west["short"]),
        (&json!(15), &json!(15))
    );
    assert_eq!(
        (&east["residents"], &east["far"], &east["capacity"]),
        (&json!(5), &json!(5), &json!(0))
    );
    assert_eq!(figures["total"]["far"], 5);
    assert_eq!(figures["measure"], "straight_line");
    // The cells' distances are PostGIS's geodesics.
    for cell in figures["cells"].as_array().unwrap() {
        let metres: f64 = sqlx::query_scalar(
            "select st_distance(st_setsrid(st_makepoint($1, $2), 4326)::geography, point::geography) from site where id = $3",
        )
        .bind(cell["lon"].as_f64())
        .bind(cell["lat"].as_f64())
        .bind(park)
        .fetch_one(town.app.sql())
        .await
        .unwrap();
        assert!(
            (cell["distance_m"].as_f64().unwrap() - metres).abs() <= 0.51,
            "{cell}"
        );
    }
    // An earthquake knows the eastern park, whose room nobody has said.
    let quake = town.figures("hazard=earthquake&far_m=700").await;
    let east = of(&quake, town.east);
    assert_eq!(
        (&east["far"], &east["capacity"], &east["without_capacity"]),
        (&json!(0), &Value::Null, &json!(1))
    );
    assert_eq!(east["short"], Value::Null, "unknown is not zero");
    let stay = town.figures("hazard=flood&kind=shelter").await;
    assert_eq!(of(&stay, town.east)["capacity"], 300);
}

#[tokio::test]
async fn a_what_if_shows_what_an_added_and_a_closed_site_would_change() {
    let town = town().await;
    let park = town
        .site(
            "evacuation_site",
            "西公園",
            (135.4525, 34.784),
            &["flood"],
            Some(15),
        )
        .await;
    town.gather().await;
    let asked = flood(
        700,
        vec![
            add("新しい公園", (135.4650, 34.784), Some(40)),
            json!({"close": park}),
        ],
    );
    let told = town.compare(asked).await;
    // The western cells lose their park; the eastern cell gains one.
    assert_eq!(
        (&told["base"]["total"]["far"], &told["with"]["total"]["far"]),
        (&json!(5), &json!(30))
    );
    assert_eq!(
        told["change"],
        json!({"far": 25, "sites": 0, "capacity": 25, "short": -20})
    );
    assert_eq!(of(&told["with"], town.east)["far"], 0);
    let added = &told["with"]["sites"][0];
    assert_eq!(
        (&added["is_added"], &added["district_id"]),
        (&json!(true), &json!(town.east))
    );
    assert_eq!(told["districts"].as_array().unwrap().len(), 2);
    assert_eq!(told["without_effect"], json!([]));
    // For another hazard the new park changes nothing, and that is said.
    let mut other = flood(700, vec![add("新しい公園", (135.4650, 34.784), Some(40))]);
    other["hazard"] = json!("tsunami");
    let told = town.compare(other).await;
    assert_eq!(
        (&told["without_effect"], &told["change"]["far"]),
        (&json!([0]), &json!(0))
    );
}

#[tokio::test]
async fn a_what_if_that_cannot_be_says_where() {
    let town = town().await;
    town.gather().await;
    let wrong = [
        (json!({"close": Uuid::now_v7()}), "/changes/0/close"),
        (add("海の外", (2.35, 48.86), None), "/changes/0/add/lon"),
        (add("逆", (34.78, 135.46), None), "/changes/0/add/lon"),
    ];
    for (change, pointer) in wrong {
        let told = town
            .planner
            .post("/api/v1/coverage/compare", flood(700, vec![change]))
            .await
            .expect(422);
        assert_eq!(told["errors"][0]["pointer"], pointer, "{told}");
    }
    let nameless = flood(700, vec![add("", (135.4650, 34.784), None)]);
    assert_eq!(
        town.planner
            .post("/api/v1/coverage/compare", nameless)
            .await
            .problem(),
        "invalid"
    );
}
