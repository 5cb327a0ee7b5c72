//! What follows in the transaction that starts or closes a round or ends an event. Slices start and close what is theirs; what is made of
//! it lies further right (the report, the shelter door), where they may not call. So the application holds the one thing to do, and they
//! say what happened.

use futures::future::BoxFuture;
use uuid::Uuid;

use crate::app::App;
use crate::db::Tx;
use crate::problem::Result;

/// What was closed, in a transaction that has not committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closed {
    Round { event_id: Uuid, round_id: Uuid },
    Event { event_id: Uuid },
}

/// What is done then. The transaction continues as `Job`: say it last.
pub type AfterClosing = for<'a> fn(&'a App, &'a mut Tx, Closed) -> BoxFuture<'a, Result<()>>;

/// What follows in the transaction that starts a round, of an event and of that round: what is known of its people already. The
/// transaction runs as `Job`.
pub type AfterStart = for<'a> fn(&'a mut Tx, Uuid, Uuid) -> BoxFuture<'a, Result<()>>;
