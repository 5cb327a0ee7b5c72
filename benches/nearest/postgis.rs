//! The same answer from PostGIS, asked for each request: one index-ordered query through a pool of eight.

use axum::Router;
use axum::extract::{Query, State};
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;
use machimori::embedded::{self, Embedded};
use machimori::shelters::site::SiteRecord;
use serde::Deserialize;
use sqlx::Executor;
use sqlx::postgres::{PgPool, PgPoolOptions};

#[derive(Deserialize)]
struct Asked {
    lon: f64,
    lat: f64,
    hazard: String,
}

pub async fn router(embedded: &Embedded, records: &[SiteRecord]) -> Router {
    let pool = PgPoolOptions::new()
        .max_connections(8)
        .connect_with(embedded.options(embedded::SUPERUSER, embedded::DATABASE))
        .await
        .unwrap();
    pool.execute(
        "drop table if exists bench_site;
         create table bench_site (id uuid, kind text, name text, address text, hazards text[], point geometry(Point, 4326))",
    )
    .await
    .unwrap();
    for chunk in records.chunks(20_000) {
        let hazards: Vec<String> = chunk
            .iter()
            .map(|r| {
                r.hazards
                    .iter()
                    .map(|h| h.as_str())
                    .collect::<Vec<_>>()
                    .join(",")
            })
            .collect();
        sqlx::query(
            "insert into bench_site
             select id, kind, name, address, string_to_array(hazards, ','), st_setsrid(st_makepoint(lon, lat), 4326)
             from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::float8[], $7::float8[])
                  as n(id, kind, name, address, hazards, lon, lat)",
        )
        .bind(chunk.iter().map(|r| r.id).collect::<Vec<_>>())
        .bind(chunk.iter().map(|r| r.kind.as_str().to_owned()).collect::<Vec<_>>())
        .bind(chunk.iter().map(|r| r.name.clone()).collect::<Vec<_>>())
        .bind(chunk.iter().map(|r| r.address.clone()).collect::<Vec<_>>())
        .bind(hazards)
        .bind(chunk.iter().map(|r| r.at.lon()).collect::<Vec<_>>())
        .bind(chunk.iter().map(|r| r.at.lat()).collect::<Vec<_>>())
        .execute(&pool)
        .await
        .unwrap();
    }
    pool.execute("create index on bench_site using gist (point); analyze bench_site")
        .await
        .unwrap();
    Router::new()
        .route("/api/v1/sites/nearest", get(nearest))
        .with_state(pool)
}

async fn nearest(State(pool): State<PgPool>, Query(asked): Query<Asked>) -> impl IntoResponse {
    let body: String = sqlx::query_scalar(
        "select json_build_object('sites', json_agg(s))::text from (
             select id, kind, name, address, st_x(point) as lon, st_y(point) as lat, hazards,
                    round(st_distance(point::geography, st_setsrid(st_makepoint($1, $2), 4326)::geography)::numeric, 1) as distance_m
             from (select * from bench_site where $3 = any(hazards) and kind <> 'shelter'
                   order by point <-> st_setsrid(st_makepoint($1, $2), 4326) limit 15) near
             order by distance_m limit 5) s",
    )
    .bind(asked.lon)
    .bind(asked.lat)
    .bind(asked.hazard)
    .fetch_one(&pool)
    .await
    .unwrap();
    ([(header::CONTENT_TYPE, "application/json")], body)
}
