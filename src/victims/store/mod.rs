//! All SQL of the registry.

pub mod batch;
pub mod disclosure;
pub mod edit;
pub mod import;
pub mod provision;
mod read;
pub mod records;

pub use read::{Sought, VictimCounts, changes, counts, event_of, removed, search, victim};

use sqlx::PgConnection;
use uuid::Uuid;

use crate::problem::Result;

/// One at a time in a disaster: the number is the next, and nobody gets two entries.
pub async fn lock(conn: &mut PgConnection, event_id: Uuid) -> Result<()> {
    sqlx::query!(
        "select pg_advisory_xact_lock(hashtextextended('victims ' || $1::text, 0))",
        event_id.to_string()
    )
    .execute(conn)
    .await?;
    Ok(())
}
