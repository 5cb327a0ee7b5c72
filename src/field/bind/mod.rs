//! Rounds begun on the spot, without headquarters (decision 23): listed, bound by a recorded act to headquarters' own round, and
//! unbound again.
//!
//! Binding makes the phone's event and round real under the ids that the phone made, files there what waited for them, and links
//! each of their members to the same person of headquarters' round: what was said speaks there. Nothing is moved or copied, so
//! taking it back restores both exactly. Drill binds to drill, disaster to disaster.

pub mod api;
mod starts;
mod store;
mod take_up;

use std::collections::BTreeSet;

use uuid::Uuid;

use super::{Reason, Receipt};
use crate::app::App;
use crate::db::{Principal, Scope};
use crate::problem::Result;

/// What came after the binding for a round that is bound is filed at once; for whoever just took an upload.
pub async fn take_up_late(app: &App, receipts: &[Receipt]) -> Result<()> {
    let waits = |r: &&Receipt| {
        r.reason.as_deref() == Some(Reason::UnknownMember.as_str())
            || r.reason.as_deref() == Some(Reason::UnknownRound.as_str())
    };
    let items: Vec<Uuid> = receipts.iter().filter(waits).filter_map(|r| r.id).collect();
    if items.is_empty() {
        return Ok(());
    }
    let mut tx = app.db.begin(&Scope::of(Principal::Ingest)).await?;
    let mut changed = BTreeSet::new();
    for binding in store::standing_for(&mut tx, &items).await? {
        let change = take_up::take_up(&mut tx, &binding).await?;
        changed.extend(change.rounds);
    }
    tx.commit().await?;
    app.boards.changed(changed);
    Ok(())
}
