//! The program to compare with: axum and sqlx, and for each request begin, insert, commit. No seal, no scope, no audit.

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::json;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{Executor, PgConnection};
use uuid::Uuid;

#[derive(Deserialize)]
struct Seen {
    id: Uuid,
    member_id: Uuid,
    outcome: String,
    attempt: String,
    observed_at: chrono::DateTime<chrono::Utc>,
}

pub async fn make_table(sql: &mut PgConnection) {
    sql.execute(
        "create table bare_observation (id uuid primary key, member_id uuid not null, outcome text not null, attempt text not null,
                                        observed_at timestamptz not null, recorded_at timestamptz not null default now());
         create index on bare_observation (member_id);
         grant select, insert on bare_observation to machimori_app",
    )
    .await
    .unwrap();
}

pub async fn router(login: PgConnectOptions) -> Router {
    let pool = PgPoolOptions::new()
        .max_connections(16)
        .min_connections(16)
        .connect_with(login)
        .await
        .unwrap();
    Router::new().route("/seen", post(record)).with_state(pool)
}

async fn record(
    State(pool): State<PgPool>,
    Json(seen): Json<Seen>,
) -> (StatusCode, Json<serde_json::Value>) {
    let mut tx = pool.begin().await.unwrap();
    sqlx::query("insert into bare_observation (id, member_id, outcome, attempt, observed_at) values ($1, $2, $3, $4, $5)")
        .bind(seen.id)
        .bind(seen.member_id)
        .bind(seen.outcome)
        .bind(seen.attempt)
        .bind(seen.observed_at)
        .execute(&mut *tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    (
        StatusCode::CREATED,
        Json(json!({"id": seen.id, "result": "stored"})),
    )
}

pub fn requests(count: usize) -> Vec<Vec<u8>> {
    (0..count)
        .map(|_| {
            let seen = json!({"id": Uuid::now_v7(), "member_id": Uuid::now_v7(), "outcome": "safe", "attempt": "met",
                "observed_at": chrono::Utc::now()});
            post_request("/seen", &seen.to_string())
        })
        .collect()
}

/// A POST of JSON as a browser's page sends it.
pub fn post_request(path: &str, body: &str) -> Vec<u8> {
    format!(
        "POST {path} HTTP/1.1\r\nhost: bench\r\nsec-fetch-site: same-origin\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}
