//! Forgetting: staged rows hold what a roster says of people, and are kept only for as long as an import may be taken back.

use chrono::TimeDelta;
use serde_json::json;

use super::store;
use crate::audit::{self, Entry, LegalGround};
use crate::clock::Clock;
use crate::db::{Db, Scope};
use crate::problem::Result;

/// How long staged rows are kept after an import was applied, taken back or last touched, in days.
pub const KEPT_DAYS: i64 = 30;

/// Forget the rows of every import that was applied or taken back more than [`KEPT_DAYS`] ago, and put aside what nobody applied
/// in that time. The imports themselves stay, with their counts and who did what.
pub async fn purge(db: &Db, scope: &Scope, clock: &Clock) -> Result<()> {
    let before = clock.now() - TimeDelta::days(KEPT_DAYS);
    let mut tx = db.begin(scope).await?;
    let due = store::due_for_purge(&mut tx, before).await?;
    tx.commit().await?;
    // One short transaction each: a roster of a million rows must not hold the others up.
    for id in due {
        let mut tx = db.begin(scope).await?;
        if store::purge(&mut tx, id, before, clock.now()).await? {
            let entry = Entry::new("imports.purge", "import", std::slice::from_ref(&id))
                .ground(LegalGround::None)
                .detail(json!({ "kept_days": KEPT_DAYS }));
            audit::append(&mut tx, entry).await?;
            tracing::info!(import.id = %id, "the staged rows of an import were forgotten");
        }
        tx.commit().await?;
    }
    Ok(())
}
