//! SQL of the city's one row.

use sqlx::PgConnection;

use super::City;
use crate::problem::Result;

pub async fn city(conn: &mut PgConnection) -> Result<City> {
    Ok(sqlx::query_as!(
        City,
        "select municipality as name, lg_code, is_demo, epoch from instance"
    )
    .fetch_one(conn)
    .await?)
}

/// Whose ledger this is.
pub async fn name(conn: &mut PgConnection) -> Result<String> {
    Ok(sqlx::query_scalar!("select municipality from instance")
        .fetch_one(conn)
        .await?)
}
