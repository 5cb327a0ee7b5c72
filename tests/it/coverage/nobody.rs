//! Trying to find one person: she lives alone at the edge of her district, somebody who may do all that a planner may knows her
//! address, and compares everything that PLAN says with her and without her.

use machimori::jobs;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Town, add, flood};

const HOME: (f64, f64) = (135.4593, 34.7872);

/// Thirty-eight neighbours, and her.
async fn town_with_her() -> (Town, Uuid) {
    let town = Town::new().await;
    for (n, lon, lat) in [
        (14, 135.4512, 34.7812),
        (12, 135.4575, 34.7815),
        (12, 135.4571, 34.7862),
    ] {
        town.people(town.west, n, lon, lat).await;
    }
    town.site(
        "evacuation_site",
        "公園",
        (135.4512, 34.7812),
        &["flood"],
        Some(100),
    )
    .await;
    let her = town.people(town.west, 1, HOME.0, HOME.1).await;
    (town, her)
}

/// All that may be asked: sites added all around her home and closed again, near and far limits, the cells themselves, every file.
async fn everything(town: &Town) -> Vec<Value> {
    let mut heard = Vec::new();
    for far_m in [100, 150, 200, 300, 500, 800] {
        for step in -3..=3 {
            let beside = (
                HOME.0 + f64::from(step) * 0.0006,
                HOME.1 - f64::from(step) * 0.0004,
            );
            let told = town
                .compare(flood(far_m, vec![add("さぐる", beside, Some(10))]))
                .await;
            let none = |v: &Value| v.as_i64().unwrap();
            let gain = none(&told["base"]["total"]["far"]) - none(&told["with"]["total"]["far"]);
            assert!(gain == 0 || gain >= 5, "a what-if speaks of {gain}");
            heard.push(without_times(told));
        }
    }
    heard.push(without_times(town.figures("hazard=flood&far_m=300").await));
    for file in [
        "what=cells&format=csv",
        "what=cells&format=geojson",
        "what=districts&format=csv",
    ] {
        let path = format!("/api/v1/coverage/export?hazard=flood&far_m=300&{file}");
        let reply = town.planner.get(&path).await;
        assert_eq!(reply.status, 200);
        let text = String::from_utf8(reply.bytes).unwrap();
        heard.push(serde_json::from_str(&text).map_or(json!(text), without_times));
    }
    let tile = town.planner.get("/tiles/coverage/14/14356/6501.mvt").await;
    assert_eq!(tile.status, 200);
    heard.push(json!(tile.bytes));
    heard
}

/// When it was asked is not about her.
fn without_times(mut told: Value) -> Value {
    match &mut told {
        Value::Object(members) => {
            for key in ["as_of", "looked_at", "id", "timeStamp"] {
                members.remove(key);
            }
            for (_, member) in members.iter_mut() {
                *member = without_times(member.take());
            }
        }
        Value::Array(items) => {
            for item in items.iter_mut() {
                *item = without_times(item.take());
            }
        }
        _ => {}
    }
    told
}

#[tokio::test]
async fn nobody_is_found_by_subtracting_what_is_said_with_her_from_what_is_said_without_her() {
    let (town, her) = town_with_her().await;
    town.gather().await;
    let with_her = everything(&town).await;
    // Each way in which one person may come to be missing, or elsewhere.
    for change in [
        "update support_resident set delisted_on = '2026-11-01', delist_reason = 'moved' where person_id = $1",
        "update person set status = 'died' where id = $1",
        "update residence set point = st_setsrid(st_makepoint(135.4512, 34.7812), 4326) where person_id = $1",
        "update person set is_protected = true where id = $1",
    ] {
        let mut tx = town.app.sql().begin().await.unwrap();
        sqlx::query(change)
            .bind(her)
            .execute(&mut *tx)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        town.gather().await;
        let without_her = everything(&town).await;
        assert_eq!(with_her, without_her, "{change}");
    }
    // And back again: the same cells.
    for change in [
        "update support_resident set delisted_on = null, delist_reason = null where person_id = $1",
        "update person set status = 'resident', is_protected = false where id = $1",
        "update residence set point = st_setsrid(st_makepoint(135.4593, 34.7872), 4326) where person_id = $1",
    ] {
        sqlx::query(change)
            .bind(her)
            .execute(town.app.sql())
            .await
            .unwrap();
        town.gather().await;
    }
    assert_eq!(with_her, everything(&town).await);
}

#[tokio::test]
async fn the_same_test_hears_five_people_who_leave_together() {
    let (town, _) = town_with_her().await;
    town.gather().await;
    let before = everything(&town).await;
    sqlx::query(
        "update support_resident set delisted_on = '2026-11-01', delist_reason = 'moved' where person_id in (
             select person_id from residence where st_x(point) = 135.4571 limit 6)",
    )
    .execute(town.app.sql())
    .await
    .unwrap();
    town.gather().await;
    assert_ne!(
        before,
        everything(&town).await,
        "a test that cannot hear anything proves nothing"
    );
}

#[tokio::test]
async fn what_a_cell_really_held_is_read_by_no_person_and_the_night_keeps_the_cells() {
    let (town, her) = town_with_her().await;
    let made = town.gather().await;
    for role in [
        "m_planner",
        "m_hq_staff",
        "m_admin",
        "m_auditor",
        "m_district_lead",
        "m_public",
        "m_index",
    ] {
        let mut tx = town.app.sql().begin().await.unwrap();
        sqlx::query(sqlx::AssertSqlSafe(format!("set local role {role}")))
            .execute(&mut *tx)
            .await
            .unwrap();
        let refused = sqlx::query("select people from coverage_reference")
            .fetch_all(&mut *tx)
            .await;
        let code = refused
            .unwrap_err()
            .as_database_error()
            .and_then(|e| e.code().map(|c| c.into_owned()));
        assert_eq!(code.as_deref(), Some("42501"), "{role}");
    }
    sqlx::query("delete from support_resident where person_id = $1")
        .bind(her)
        .execute(town.app.sql())
        .await
        .unwrap();
    let mut tx = town
        .app
        .db()
        .begin(&machimori::db::Scope::cli(None))
        .await
        .unwrap();
    let night = machimori::coverage::snapshot::MakeSnapshot {};
    jobs::enqueue(&mut tx, &night, None, None).await.unwrap();
    tx.commit().await.unwrap();
    town.app.app.clock.advance(chrono::TimeDelta::minutes(20));
    jobs::run_pending(&town.app.app).await.unwrap();
    let now = town
        .planner
        .get("/api/v1/coverage/snapshot")
        .await
        .expect(200);
    assert_eq!(now["snapshot"]["id"], made["id"]);
    assert!(
        now["snapshot"]["looked_at"].as_str() > made["looked_at"].as_str(),
        "the night looked"
    );
}
