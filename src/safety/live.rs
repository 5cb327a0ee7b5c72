//! Boards that live: recomputed when something changed anywhere, at most four times a second, and once a second in any case while
//! somebody watches. Instances tell each other by NOTIFY after the commit, at most five times a second: a NOTIFY inside every
//! confirmation would serialise the commits.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::TimeDelta;
use sqlx::postgres::{PgListener, PgPoolOptions};
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::board::Board;
use super::record::CHANNEL;
use super::store;
use crate::app::App;
use crate::db::{Db, Principal, Scope};
use crate::events;
use crate::problem::Result;

/// Between two computations of one board.
const AT_MOST: Duration = Duration::from_millis(250);
/// How long a change elsewhere may go unnoticed when a notice was lost.
const POLL: Duration = Duration::from_secs(1);
/// Between two NOTIFYs of this instance.
const TELL_EVERY: Duration = Duration::from_millis(200);
const SWEEP_EVERY: Duration = Duration::from_secs(15);

/// The boards somebody watches, and what the other instances are still to be told.
#[derive(Default)]
pub struct BoardHub {
    watched: Mutex<HashMap<Uuid, Arc<Watched>>>,
    untold: Mutex<BTreeSet<Uuid>>,
    told: Notify,
    closing: CancellationToken,
}

struct Watched {
    board: watch::Sender<Arc<Board>>,
    poke: Notify,
}

impl BoardHub {
    /// These rounds changed, in a transaction that has committed.
    pub fn changed(&self, rounds: impl IntoIterator<Item = Uuid>) {
        let mut untold = lock(&self.untold);
        for round_id in rounds {
            untold.insert(round_id);
            self.poke(round_id);
        }
        self.told.notify_one();
    }

    /// End the streams: the service stops.
    pub fn close(&self) {
        self.closing.cancel();
    }

    /// Becomes ready when the service stops.
    pub async fn closed(&self) {
        self.closing.cancelled().await;
    }

    fn poke(&self, round_id: Uuid) {
        if let Some(watched) = lock(&self.watched).get(&round_id) {
            watched.poke.notify_one();
        }
    }

    fn poke_all(&self) {
        for watched in lock(&self.watched).values() {
            watched.poke.notify_one();
        }
    }

    fn subscribe(&self, round_id: Uuid) -> Option<watch::Receiver<Arc<Board>>> {
        lock(&self.watched)
            .get(&round_id)
            .map(|w| w.board.subscribe())
    }

    /// Forget a round that nobody watches; false when somebody came meanwhile.
    fn forget_unwatched(&self, round_id: Uuid) -> bool {
        let mut watched = lock(&self.watched);
        let is_unwatched = watched
            .get(&round_id)
            .is_none_or(|w| w.board.receiver_count() == 0);
        if is_unwatched {
            watched.remove(&round_id);
        }
        is_unwatched
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What is behind these locks is whole between any two statements.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The board of a round now.
pub async fn board_now(app: &App, round_id: Uuid) -> Result<Board> {
    let mut tx = app.db.begin_read(&Scope::of(Principal::Index)).await?;
    let silent_after = TimeDelta::minutes(app.settings.silent_minutes);
    let board = store::board::board(&mut tx, round_id, app.clock.now(), silent_after).await?;
    tx.commit().await?;
    Ok(board)
}

/// Watch the board of a round: the present one at once, then each that says something new.
pub async fn watch(app: &App, round_id: Uuid) -> Result<watch::Receiver<Arc<Board>>> {
    if let Some(receiver) = app.boards.subscribe(round_id) {
        return Ok(receiver);
    }
    let board = Arc::new(board_now(app, round_id).await?);
    let mut hub = lock(&app.boards.watched);
    if let Some(watched) = hub.get(&round_id) {
        return Ok(watched.board.subscribe());
    }
    let (sender, receiver) = watch::channel(board);
    let watched = Arc::new(Watched {
        board: sender,
        poke: Notify::new(),
    });
    hub.insert(round_id, watched.clone());
    drop(hub);
    tokio::spawn(keep_current(app.clone(), round_id, watched));
    Ok(receiver)
}

/// Recompute a board for as long as somebody watches it.
async fn keep_current(app: App, round_id: Uuid, watched: Arc<Watched>) {
    loop {
        let _ = tokio::time::timeout(POLL, watched.poke.notified()).await;
        if app.boards.forget_unwatched(round_id) {
            return;
        }
        match board_now(&app, round_id).await {
            Ok(board) => {
                watched.board.send_replace(Arc::new(board));
            }
            Err(problem) => {
                tracing::warn!(round.id = %round_id, %problem, "the board could not be counted")
            }
        }
        tokio::time::sleep(AT_MOST).await;
    }
}

/// The work behind the boards of one instance, until the service stops: listen, tell, and end what ends by itself.
pub async fn run(app: App) {
    tokio::select! {
        () = listen(&app) => {}
        () = tell(&app) => {}
        () = sweep(&app) => {}
        () = app.boards.closed() => {}
    }
}

/// Hear of changes on other instances. After any gap all boards are counted again.
async fn listen(app: &App) {
    loop {
        if let Some(mut listener) = listener(app).await {
            app.boards.poke_all();
            loop {
                match listener.try_recv().await {
                    Ok(Some(notice)) => match notice.payload().parse() {
                        Ok(round_id) => app.boards.poke(round_id),
                        Err(_) => app.boards.poke_all(),
                    },
                    Ok(None) => app.boards.poke_all(),
                    Err(_) => break,
                }
            }
        }
        tokio::time::sleep(POLL).await;
    }
}

async fn listener(app: &App) -> Option<PgListener> {
    let options = app.db.direct_options().ok()?;
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .connect_lazy_with(options);
    let mut listener = PgListener::connect_with(&pool).await.ok()?;
    listener.listen(CHANNEL).await.ok()?;
    Some(listener)
}

/// Tell the other instances which rounds changed here.
async fn tell(app: &App) {
    loop {
        app.boards.told.notified().await;
        let rounds = std::mem::take(&mut *lock(&app.boards.untold));
        if let Err(problem) = notify(&app.db, rounds).await {
            tracing::warn!(%problem, "other instances were not told of changed boards; they look each second");
        }
        tokio::time::sleep(TELL_EVERY).await;
    }
}

/// Tell every instance which rounds changed, in a transaction that has committed. For work outside the service (the command line);
/// within it [`BoardHub::changed`] also tells the others.
pub async fn notify(db: &Db, rounds: impl IntoIterator<Item = Uuid>) -> Result<()> {
    let rounds: Vec<String> = rounds.into_iter().map(|id| id.to_string()).collect();
    let mut tx = db.begin_read(&Scope::of(Principal::Index)).await?;
    sqlx::query!(
        r#"select pg_notify($1, n) as "sent" from unnest($2::text[]) as n"#,
        CHANNEL,
        &rounds
    )
    .execute(&mut *tx)
    .await?;
    tx.commit().await
}

async fn sweep(app: &App) {
    loop {
        if app.db.is_open()
            && let Err(problem) = end_what_is_over(app).await
        {
            tracing::warn!(%problem, "drills that are over could not be ended; they count as over all the same");
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
    for (round_id, ended_at) in &rounds {
        let mut tx = app.db.begin(&Scope::of(Principal::Index)).await?;
        let silent_after = TimeDelta::minutes(app.settings.silent_minutes);
        let mut board =
            store::board::board(&mut tx, *round_id, app.clock.now(), silent_after).await?;
        board.closed_at = Some(*ended_at);
        tx.continue_as(Principal::Job).await?;
        store::rounds::close(&mut tx, *round_id, *ended_at, None, &board).await?;
        tx.commit().await?;
    }
    app.boards.changed(rounds.into_iter().map(|(id, _)| id));
    Ok(())
}
