//! Boards that live ([`crate::live`]), and drills and rounds that end by themselves.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures::FutureExt as _;
use uuid::Uuid;

use super::board::Board;
use super::record::CHANNEL;
use super::{store, watch};
use crate::app::App;
use crate::closing::Closed;
use crate::db::{Db, Principal, Scope, Tx};
use crate::events;
use crate::live::{self, Hub};
use crate::problem::Result;

const SWEEP_EVERY: Duration = Duration::from_secs(15);

/// The boards somebody watches, by their round.
pub type BoardHub = Hub<Uuid, Board>;

/// The hub of the boards.
pub fn hub() -> BoardHub {
    Hub::new(CHANNEL, |app, round_id| board_now(app, round_id).boxed())
}

/// The board of a round now.
pub async fn board_now(app: &App, round_id: Uuid) -> Result<Board> {
    let mut tx = app.db.begin_read(&Scope::of(Principal::Index)).await?;
    let silent_after = TimeDelta::minutes(app.settings.silent_minutes);
    let board = store::board::board(&mut tx, round_id, app.clock.now(), silent_after).await?;
    tx.commit().await?;
    Ok(board)
}

/// The work behind the boards of one instance, until the service stops: listen, tell, and end what ends by itself.
pub async fn run(app: App) {
    tokio::select! {
        () = app.boards.run(&app) => {}
        () = sweep(&app) => {}
        () = app.boards.closed() => {}
    }
}

/// Tell every instance which rounds changed, in a transaction that has committed. For work outside the service (the command line);
/// within it [`Hub::changed`] also tells the others.
pub async fn notify(db: &Db, rounds: impl IntoIterator<Item = Uuid>) -> Result<()> {
    live::notify(db, CHANNEL, rounds).await
}

async fn sweep(app: &App) {
    loop {
        if app.db.is_open()
            && let Err(problem) = end_what_is_over(app).await
        {
            tracing::warn!(%problem, "drills that are over could not be ended; they count as over all the same");
        }
        if app.db.is_open()
            && let Err(problem) = watch::look(app).await
        {
            tracing::warn!(%problem, "running rounds could not be looked at; nothing was escalated or given on");
        }
        tokio::time::sleep(SWEEP_EVERY).await;
    }
}

/// End the drills whose time has come, and close the rounds of events that are over, each with its board.
pub async fn end_what_is_over(app: &App) -> Result<()> {
    let mut tx = app.db.begin(&Scope::of(Principal::Job)).await?;
    events::store::end_overdue_drills(&mut tx, app.clock.now()).await?;
    let rounds = store::rounds::to_close_with_their_event(&mut tx).await?;
    tx.commit().await?;
    for (event_id, round_id, ended_at) in &rounds {
        let mut tx = app.db.begin(&Scope::of(Principal::Index)).await?;
        if close(app, &mut tx, *round_id, *ended_at, None).await? {
            let (event_id, round_id) = (*event_id, *round_id);
            (app.after_closing)(app, &mut tx, Closed::Round { event_id, round_id }).await?;
        }
        tx.commit().await?;
    }
    app.boards.changed(rounds.into_iter().map(|(_, id, _)| id));
    Ok(())
}

/// Close a round with its board as it is now; false when it is closed already. The transaction continues as `Job`.
pub async fn close(
    app: &App,
    tx: &mut Tx,
    round_id: Uuid,
    closed_at: DateTime<Utc>,
    closed_by: Option<Uuid>,
) -> Result<bool> {
    tx.continue_as(Principal::Index).await?;
    let silent_after = TimeDelta::minutes(app.settings.silent_minutes);
    let mut board = store::board::board(tx, round_id, app.clock.now(), silent_after).await?;
    board.closed_at = Some(closed_at);
    tx.continue_as(Principal::Job).await?;
    store::rounds::close(tx, round_id, closed_at, closed_by, &board).await
}
