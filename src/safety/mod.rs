//! Safety confirmation: who was seen, how they are, and whom nobody has reached. Evidence is
//! appended; state is derived.
//!
//! Crisis staff (or a district's lead) start a round over districts; volunteers visit whom they are assigned; headquarters watch
//! the board and work the rescue queue.
//!
//! Invariants: starting freezes everyone on the roster of the districts, whoever may be shown; a closed round takes no new
//! assignments and every late item; a rescue ends only by a resolution; a board holds counts, never names.

pub mod api;
pub mod assign;
pub mod board;
pub mod channels;
mod corrections;
pub mod derive;
pub mod escalation;
pub mod evidence;
pub mod hand_over;
pub mod live;
pub mod member;
pub mod observation;
pub mod record;
pub mod replay;
pub mod review;
pub mod ring;
pub mod round;
pub mod self_report;
pub mod sheet;
pub mod slip;
pub mod store;
pub mod visit;
pub mod watch;

use sqlx::PgConnection;
use uuid::Uuid;

use crate::problem::Result;

/// The round of the standing event: real calls made out of a drill (made by the migrations).
pub const STANDING_ROUND: Uuid = Uuid::from_u128(0x00000000_0000_7000_8000_000000000002);

/// Bring running rounds up to date after people died, moved, left the roster or joined it: out of scope at once, late additions
/// flagged. For whoever changes people (imports, staff), in the same transaction; tell `app.boards.changed` after the commit.
/// Runs as `m_job`, `m_hq_staff` or `m_cli`.
pub async fn people_changed(conn: &mut PgConnection, people: &[Uuid]) -> Result<record::Change> {
    let touched = store::people_changed::people_changed(conn, people).await?;
    if touched.is_empty() {
        return Ok(record::Change::default());
    }
    record::rederive(conn, &touched).await
}

/// The same for everyone whom an import of the roster named; costs nothing while no round is running.
pub async fn roster_imported(conn: &mut PgConnection, batch_id: Uuid) -> Result<record::Change> {
    let people = store::people_changed::imported_while_running(conn, batch_id).await?;
    people_changed(conn, &people).await
}

/// The rounds that are still open: what a change of the roster or of districts may move (who may be shown, what a district is called).
pub async fn open_rounds(conn: &mut PgConnection) -> Result<Vec<Uuid>> {
    store::people_changed::open_rounds(conn).await
}
