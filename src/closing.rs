//! What follows in the transaction that closes a round or ends an event. Slices close what is theirs; what is made of it lies further
//! right (the report), where they may not call. So the application holds the one thing to do, and they say what was closed.

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
