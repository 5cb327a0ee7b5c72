//! What-ifs that are kept, and figures that leave: the screen, the file and the command line say the same.

use std::process::Command;

use serde_json::{Value, json};
use uuid::Uuid;

use super::{Town, add, flood};

async fn town() -> (Town, Uuid) {
    let town = Town::new().await;
    town.people(town.west, 30, 135.4512, 34.784).await;
    let park = town
        .site(
            "evacuation_site",
            "西公園",
            (135.4525, 34.784),
            &["flood"],
            None,
        )
        .await;
    town.gather().await;
    (town, park)
}

fn machimori(town: &Town, args: &[&str]) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_machimori"))
        .args(["coverage", "--var"])
        .arg(town.app.var())
        .arg("--database-url")
        .arg(town.app.database().app_url())
        .args(args)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

#[tokio::test]
async fn a_what_if_is_saved_once_listed_computed_anew_and_put_aside() {
    let (town, park) = town().await;
    let id = Uuid::now_v7();
    let mut body = flood(700, vec![json!({"close": park})]);
    body["id"] = json!(id);
    body["name"] = json!("西公園を閉じたら");
    let path = "/api/v1/coverage/scenarios";
    let first = town.planner.post(path, body.clone()).await.expect(201);
    assert_eq!(
        town.planner.post(path, body.clone()).await.expect(201),
        first,
        "saying it twice"
    );
    body["name"] = json!("別のもの");
    assert_eq!(
        town.planner.post(path, body.clone()).await.problem(),
        "conflict"
    );
    let staff = town.app.staff().await;
    let listed = staff.get(path).await.expect(200);
    assert_eq!(listed["items"][0]["name"], "西公園を閉じたら");
    // A new park by itself, since: what was saved stays beside what comes out now.
    town.site(
        "evacuation_site",
        "新公園",
        (135.4512, 34.784),
        &["flood"],
        Some(10),
    )
    .await;
    let shown = town.planner.get(&format!("{path}/{id}")).await.expect(200);
    assert_eq!(
        (
            &shown["saved"]["with"]["far"],
            &shown["now"]["with"]["total"]["far"]
        ),
        (&json!(30), &json!(0))
    );
    // The command says what the screen says.
    let mut printed = machimori(&town, &["run", &id.to_string()]);
    let mut screen = shown.clone();
    for told in [&mut printed, &mut screen] {
        for side in ["base", "with"] {
            told["now"][side].as_object_mut().unwrap().remove("as_of");
        }
    }
    assert_eq!(printed, screen);
    // The park itself is gone: the what-if says so and keeps what it was.
    sqlx::query("update site set revoked_on = '2026-11-01' where id = $1")
        .bind(park)
        .execute(town.app.sql())
        .await
        .unwrap();
    let shown = town.planner.get(&format!("{path}/{id}")).await.expect(200);
    assert_eq!(
        (&shown["now"], &shown["saved"]["with"]["far"]),
        (&Value::Null, &json!(30))
    );
    assert!(
        shown["stands_no_more"]
            .as_str()
            .unwrap()
            .contains("選び直して")
    );

    let aside = town
        .planner
        .post(&format!("{path}/{id}/retire"), json!({}))
        .await
        .expect(200);
    assert_ne!(aside["retired_at"], Value::Null);
    assert_eq!(town.planner.get(path).await.expect(200)["items"], json!([]));
    let acts: Vec<String> = sqlx::query_scalar(
        "select action from audit_entry where subject_kind = 'coverage_scenario' order by id",
    )
    .fetch_all(town.app.sql())
    .await
    .unwrap();
    assert_eq!(acts, ["coverage.save", "coverage.retire"]);
}

#[tokio::test]
async fn a_file_of_a_what_if_is_computed_without_being_saved() {
    let (town, _) = town().await;
    let asked = flood(200, vec![add("新公園", (135.4512, 34.784), Some(40))]);
    let file = town.app.var().join("what-if.json");
    std::fs::write(&file, asked.to_string()).unwrap();
    let printed = machimori(&town, &["run", file.to_str().unwrap()]);
    let screen = town.compare(asked).await;
    assert_eq!(printed["change"], screen["change"]);
    assert_eq!(printed["with"]["districts"], screen["with"]["districts"]);
}

#[tokio::test]
async fn districts_and_cells_leave_as_csv_with_bom_as_workbook_and_as_geojson_and_the_log_says_who_took_them()
 {
    let (town, _) = town().await;
    sqlx::query("update district set name = '=1+1' where id = $1")
        .bind(town.east)
        .execute(town.app.sql())
        .await
        .unwrap();
    let take = async |query: &str| {
        let reply = town
            .planner
            .get(&format!(
                "/api/v1/coverage/export?hazard=flood&far_m=700&{query}"
            ))
            .await;
        assert_eq!(
            reply.status,
            200,
            "{}",
            String::from_utf8_lossy(&reply.bytes)
        );
        reply
    };
    let csv = String::from_utf8(take("format=csv").await.bytes).unwrap();
    let lines: Vec<&str> = csv.split("\r\n").collect();
    assert!(lines[0].starts_with('\u{feff}') && lines[0].contains("名簿の人数（5人単位）"));
    let west = lines.iter().find(|l| l.contains("西校区")).unwrap();
    assert!(
        west.ends_with("洪水,指定緊急避難場所,700,西校区,30,0,30,1,不明,1,不明"),
        "{west}"
    );
    let east = lines.iter().find(|l| l.contains("1+1")).unwrap();
    assert!(east.contains(",'=1+1,少数のため出しません,"), "{east}");
    assert!(
        take("format=xlsx&what=cells")
            .await
            .bytes
            .starts_with(b"PK")
    );
    let geojson = take("format=geojson&what=cells").await;
    assert_eq!(geojson.headers["content-type"], "application/geo+json");
    let map = geojson.json();
    assert_eq!(map["features"][0]["geometry"]["type"], "MultiPolygon");
    assert_eq!(map["features"][0]["properties"]["people"], 30);
    let unsaid = town
        .planner
        .get("/api/v1/coverage/export?format=csv")
        .await
        .expect(422);
    assert_eq!(unsaid["errors"][0]["pointer"], "/hazard");
    let took: i64 = sqlx::query_scalar(
        "select count(*) from audit_entry where action = 'coverage.export' and actor_id = $1",
    )
    .bind(town.planner.id())
    .fetch_one(town.app.sql())
    .await
    .unwrap();
    assert_eq!(took, 3);
}
