//! PLAN: figures of cells, what-ifs, and that nobody is found in either.

mod figures;
mod leaves;
mod nobody;
mod tiles;

use machimori::accounts::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::{Client, TestApp};

/// A town of two districts side by side, 135.45 to 135.47, and a planner.
struct Town {
    app: TestApp,
    planner: Client,
    east: Uuid,
    west: Uuid,
}

impl Town {
    async fn new() -> Self {
        let app = TestApp::new().await;
        let (west, east) = (
            app.district("西校区", 0).await,
            app.district("東校区", 1).await,
        );
        let planner = app.log_in(Role::Planner, &[]).await;
        Self {
            app,
            planner,
            east,
            west,
        }
    }

    /// So many people of the roster at one place; the first one's id.
    async fn people(&self, district: Uuid, n: i32, lon: f64, lat: f64) -> Uuid {
        sqlx::query_scalar(
            "with p as (insert into person (id, name, name_key, district_id, roster_consent)
                 select gen_random_uuid(), '試験', '試験', $1, 'consented' from generate_series(1, $2) returning id),
             r as (insert into residence (id, person_id, kind, address, address_key, point, district_id, district_basis, valid_from)
                 select gen_random_uuid(), id, 'registered', '試験町', '試験町', st_setsrid(st_makepoint($3, $4), 4326), $1, 'point',
                     '2020-04-01' from p),
             s as (insert into support_resident (person_id, listed_on) select id, '2024-04-01' from p)
             select id from p limit 1",
        )
        .bind(district)
        .bind(n)
        .bind(lon)
        .bind(lat)
        .fetch_one(self.app.sql())
        .await
        .unwrap()
    }

    async fn site(
        &self,
        kind: &str,
        name: &str,
        (lon, lat): (f64, f64),
        hazards: &[&str],
        capacity: Option<i32>,
    ) -> Uuid {
        let id = Uuid::now_v7();
        sqlx::query(
            "insert into site (id, kind, name, point, hazards, capacity, shelter_kind)
             values ($1, $2, $3, st_setsrid(st_makepoint($4, $5), 4326), $6, $7, case when $2 = 'shelter' then 'general' end)",
        )
        .bind(id)
        .bind(kind)
        .bind(name)
        .bind(lon)
        .bind(lat)
        .bind(hazards)
        .bind(capacity)
        .execute(self.app.sql())
        .await
        .unwrap();
        id
    }

    async fn gather(&self) -> Value {
        let body = json!({"id": Uuid::now_v7()});
        self.planner
            .post("/api/v1/coverage/snapshot", body)
            .await
            .expect(201)
    }

    async fn figures(&self, query: &str) -> Value {
        self.planner
            .get(&format!("/api/v1/coverage/figures?{query}"))
            .await
            .expect(200)
    }

    async fn compare(&self, asked: Value) -> Value {
        self.planner
            .post("/api/v1/coverage/compare", asked)
            .await
            .expect(200)
    }
}

fn add(name: &str, (lon, lat): (f64, f64), capacity: Option<i32>) -> Value {
    json!({"add": {"name": name, "kind": "evacuation_site", "lon": lon, "lat": lat, "capacity": capacity, "hazards": ["flood"]}})
}

fn flood(far_m: i32, changes: Vec<Value>) -> Value {
    json!({"hazard": "flood", "kind": "evacuation_site", "far_m": far_m, "changes": changes})
}

fn of(figures: &Value, district: Uuid) -> &Value {
    let all = figures["districts"].as_array().unwrap();
    all.iter()
        .find(|d| d["district"]["id"] == json!(district))
        .unwrap()
}
