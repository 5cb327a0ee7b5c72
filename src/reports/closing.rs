//! By itself at the close: in the transaction that closes the round or ends the event. A report that cannot be made never keeps
//! anything from being closed; it is made soon afterwards, and says as of when.

use std::time::Duration;

use chrono::TimeDelta;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use sqlx::Connection as _;
use uuid::Uuid;

use super::{Figures, store};
use crate::app::App;
use crate::closing::Closed;
use crate::db::{Principal, Scope, Tx};
use crate::events;
use crate::problem::Result;
use crate::safety;

const LOOK_EVERY: Duration = Duration::from_secs(15);

/// Keep the report of what was closed; an event that ends closes its rounds first.
pub fn after<'a>(app: &'a App, tx: &'a mut Tx, closed: Closed) -> BoxFuture<'a, Result<()>> {
    async move {
        match closed {
            Closed::Round { event_id, round_id } => keep(app, tx, event_id, Some(round_id)).await,
            Closed::Event { event_id } => {
                let now = app.clock.now();
                tx.continue_as(Principal::Index).await?;
                let rounds = safety::store::rounds::rounds(tx, Some(event_id), None, now).await?;
                for round in &rounds {
                    let by = tx.scope().actor_id();
                    if safety::live::close(app, tx, round.id, now, by).await? {
                        keep(app, tx, event_id, Some(round.id)).await?;
                    }
                }
                keep(app, tx, event_id, None).await
            }
        }
    }
    .boxed()
}

/// Make the report as of now and keep it, once.
async fn keep(app: &App, tx: &mut Tx, event_id: Uuid, round_id: Option<Uuid>) -> Result<()> {
    tx.continue_as(Principal::Index).await?;
    // A savepoint: what goes wrong here leaves the closing as it is.
    let mut inside = tx.begin().await?;
    let made = figures(app, &mut inside, event_id, round_id).await;
    match &made {
        Ok(_) => inside.commit().await?,
        Err(_) => inside.rollback().await?,
    }
    tx.continue_as(Principal::Job).await?;
    match made {
        Ok(figures) => store::keep(tx, event_id, round_id, &figures).await,
        Err(problem) => {
            tracing::warn!(%problem, event.id = %event_id, "the report at the close could not be made; it is tried again");
            Ok(())
        }
    }
}

/// The figures of an event, or of one of its rounds, as of now. Runs as `m_index`.
pub async fn figures(
    app: &App,
    conn: &mut sqlx::PgConnection,
    event_id: Uuid,
    round_id: Option<Uuid>,
) -> Result<Figures> {
    let now = app.clock.now();
    let event = events::store::by_id(conn, event_id, now).await?;
    let silent_after = TimeDelta::minutes(app.settings.silent_minutes);
    store::figures(conn, &event, round_id, now, silent_after).await
}

/// The same in a transaction of its own.
pub async fn now(app: &App, event_id: Uuid, round_id: Option<Uuid>) -> Result<Figures> {
    let mut tx = app.db.begin_read(&Scope::of(Principal::Index)).await?;
    let made = figures(app, &mut tx, event_id, round_id).await?;
    tx.commit().await?;
    Ok(made)
}

/// Make the reports that are missing: of drills that ended by their plan, of rounds that ended with them, of whatever went wrong.
pub async fn catch_up(app: &App) -> Result<()> {
    let mut tx = app.db.begin(&Scope::of(Principal::Job)).await?;
    let missing = store::missing(&mut tx).await?;
    tx.commit().await?;
    for (event_id, round_id) in missing {
        let mut tx = app.db.begin(&Scope::of(Principal::Job)).await?;
        keep(app, &mut tx, event_id, round_id).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Look for missing reports until the service stops.
pub async fn run(app: App) {
    let look = async {
        loop {
            if app.db.is_open()
                && let Err(problem) = catch_up(&app).await
            {
                tracing::warn!(%problem, "reports could not be made; they are made when the database answers");
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    };
    tokio::select! {
        () = look => {}
        () = app.boards.closed() => {}
    }
}
