//! What is watched live: counted anew when something changed anywhere, at most four times a second, and once a second in any case
//! while somebody watches. Instances tell each other by NOTIFY after the commit, at most five times a second: a NOTIFY inside every
//! confirmation would serialise the commits. A page gets the whole first, then what changed; its session is looked at again and again.

use std::collections::{BTreeSet, HashMap};
use std::convert::Infallible;
use std::fmt::Display;
use std::hash::Hash;
use std::str::FromStr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::response::sse::{Event, Sse};
use chrono::{DateTime, SecondsFormat, Utc};
use futures::future::BoxFuture;
use futures::stream::{self, Stream};
use serde::Serialize;
use sqlx::postgres::{PgListener, PgPoolOptions};
use tokio::sync::{Notify, mpsc, watch};
use tokio_util::sync::CancellationToken;

use crate::accounts::session;
use crate::app::App;
use crate::call::Caller;
use crate::db::{Db, Principal, Scope};
use crate::problem::{Problem, Result};

/// Between two computations of one state.
const AT_MOST: Duration = Duration::from_millis(250);
/// How long a change elsewhere may go unnoticed when a notice was lost.
const POLL: Duration = Duration::from_secs(1);
/// Between two NOTIFYs of this instance.
const TELL_EVERY: Duration = Duration::from_millis(200);
/// How often the session is looked at again, and a still state says that it still holds.
const CHECK_EVERY: Duration = Duration::from_secs(5);

/// A state that is watched: counts and ids, never names.
pub trait State: Clone + Serialize + Send + Sync + 'static {
    /// The name of the event that carries the whole state; a difference is a `patch`.
    const NAME: &'static str;
    type Patch: Serialize;
    fn as_of(&self) -> DateTime<Utc>;
    /// Whether the two say the same, apart from when.
    fn says_the_same(&self, other: &Self) -> bool;
    /// What leads from `before` to this state.
    fn since(&self, before: &Self) -> Self::Patch;
}

/// What a state is of: a round, an event.
pub trait Key: Copy + Ord + Hash + Display + FromStr + Send + Sync + 'static {}
impl<T: Copy + Ord + Hash + Display + FromStr + Send + Sync + 'static> Key for T {}

/// Count a state now.
pub type Count<K, V> = for<'a> fn(&'a App, K) -> BoxFuture<'a, Result<V>>;

/// What a caller sees of a state.
pub type View<V> = fn(&Caller, &V) -> Result<V>;

/// The states of one kind that somebody watches, and what the other instances are still to be told.
pub struct Hub<K, V> {
    /// The channel on which instances tell each other; the payload is the key.
    channel: &'static str,
    count: Count<K, V>,
    watched: Mutex<HashMap<K, Arc<Watched<V>>>>,
    untold: Mutex<BTreeSet<K>>,
    told: Notify,
    closing: CancellationToken,
}

struct Watched<V> {
    state: watch::Sender<Arc<V>>,
    poke: Notify,
}

impl<K: Key, V: State> Hub<K, V> {
    pub fn new(channel: &'static str, count: Count<K, V>) -> Self {
        Self {
            channel,
            count,
            watched: Mutex::default(),
            untold: Mutex::default(),
            told: Notify::new(),
            closing: CancellationToken::new(),
        }
    }

    /// These changed, in a transaction that has committed.
    pub fn changed(&self, keys: impl IntoIterator<Item = K>) {
        let mut untold = lock(&self.untold);
        for key in keys {
            untold.insert(key);
            self.poke(key);
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

    /// Watch: the present state at once, then each that says something new.
    pub async fn watch(self: &Arc<Self>, app: &App, key: K) -> Result<watch::Receiver<Arc<V>>> {
        if let Some(receiver) = self.subscribe(key) {
            return Ok(receiver);
        }
        let state = Arc::new((self.count)(app, key).await?);
        let mut watched = lock(&self.watched);
        if let Some(watched) = watched.get(&key) {
            return Ok(watched.state.subscribe());
        }
        let (sender, receiver) = watch::channel(state);
        let fresh = Arc::new(Watched {
            state: sender,
            poke: Notify::new(),
        });
        watched.insert(key, fresh.clone());
        drop(watched);
        tokio::spawn(keep_current(self.clone(), app.clone(), key, fresh));
        Ok(receiver)
    }

    /// The state, live (server-sent events): the whole first, then what changed. `view` is what this caller sees of it. The
    /// event's `id` is the as-of. The stream ends with the session, and with the service.
    pub async fn stream(
        self: &Arc<Self>,
        app: App,
        caller: Caller,
        key: K,
        view: View<V>,
    ) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>> + use<K, V>>>
    where
        V::Patch: Send,
    {
        let mut states = self.watch(&app, key).await?;
        let shown = view(&caller, &states.borrow_and_update().clone())?;
        let (sender, mut receiver) = mpsc::channel(8);
        let hub = self.clone();
        tokio::spawn(async move {
            // Whatever ends the feed ends the stream; the page greys and asks again.
            let feed = feed(&app, caller, states, shown, view, &sender);
            tokio::select! {
                _ = feed => {}
                () = sender.closed() => {}
                () = hub.closed() => {}
            }
        });
        Ok(Sse::new(stream::poll_fn(move |cx| receiver.poll_recv(cx))))
    }

    /// The work behind the states of one instance, until the service stops: listen and tell.
    pub async fn run(&self, app: &App) {
        tokio::select! {
            () = self.listen(app) => {}
            () = self.tell(app) => {}
            () = self.closed() => {}
        }
    }

    fn poke(&self, key: K) {
        if let Some(watched) = lock(&self.watched).get(&key) {
            watched.poke.notify_one();
        }
    }

    fn poke_all(&self) {
        for watched in lock(&self.watched).values() {
            watched.poke.notify_one();
        }
    }

    fn subscribe(&self, key: K) -> Option<watch::Receiver<Arc<V>>> {
        lock(&self.watched).get(&key).map(|w| w.state.subscribe())
    }

    /// Forget what nobody watches; false when somebody came meanwhile.
    fn forget_unwatched(&self, key: K) -> bool {
        let mut watched = lock(&self.watched);
        let is_unwatched = watched
            .get(&key)
            .is_none_or(|w| w.state.receiver_count() == 0);
        if is_unwatched {
            watched.remove(&key);
        }
        is_unwatched
    }

    /// Hear of changes on other instances. After any gap everything watched is counted again.
    async fn listen(&self, app: &App) {
        loop {
            if let Some(mut listener) = listener(app, self.channel).await {
                self.poke_all();
                loop {
                    match listener.try_recv().await {
                        Ok(Some(notice)) => match notice.payload().parse() {
                            Ok(key) => self.poke(key),
                            Err(_) => self.poke_all(),
                        },
                        Ok(None) => self.poke_all(),
                        Err(_) => break,
                    }
                }
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// Tell the other instances what changed here.
    async fn tell(&self, app: &App) {
        loop {
            self.told.notified().await;
            let keys = std::mem::take(&mut *lock(&self.untold));
            if let Err(problem) = notify(&app.db, self.channel, keys).await {
                tracing::warn!(%problem, channel = self.channel, "other instances were not told of a change; they look each second");
            }
            tokio::time::sleep(TELL_EVERY).await;
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What is behind these locks is whole between any two statements.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Count a state anew for as long as somebody watches it.
async fn keep_current<K: Key, V: State>(
    hub: Arc<Hub<K, V>>,
    app: App,
    key: K,
    watched: Arc<Watched<V>>,
) {
    loop {
        let _ = tokio::time::timeout(POLL, watched.poke.notified()).await;
        if hub.forget_unwatched(key) {
            return;
        }
        match (hub.count)(&app, key).await {
            Ok(state) => {
                watched.state.send_replace(Arc::new(state));
            }
            Err(problem) => {
                tracing::warn!(%key, channel = hub.channel, %problem, "what is watched could not be counted");
            }
        }
        tokio::time::sleep(AT_MOST).await;
    }
}

async fn listener(app: &App, channel: &str) -> Option<PgListener> {
    let options = app.db.direct_options().ok()?;
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .connect_lazy_with(options);
    let mut listener = PgListener::connect_with(&pool).await.ok()?;
    listener.listen(channel).await.ok()?;
    Some(listener)
}

/// Tell every instance what changed, in a transaction that has committed. For work outside the service (the command line); within it
/// [`Hub::changed`] also tells the others.
pub async fn notify<K: Key>(
    db: &Db,
    channel: &str,
    keys: impl IntoIterator<Item = K>,
) -> Result<()> {
    let keys: Vec<String> = keys.into_iter().map(|key| key.to_string()).collect();
    let mut tx = db.begin_read(&Scope::of(Principal::Index)).await?;
    sqlx::query!(
        r#"select pg_notify($1, n) as "sent" from unnest($2::text[]) as n"#,
        channel,
        &keys
    )
    .execute(&mut *tx)
    .await?;
    tx.commit().await
}

async fn feed<V: State>(
    app: &App,
    mut caller: Caller,
    mut states: watch::Receiver<Arc<V>>,
    mut shown: V,
    view: View<V>,
    sender: &mpsc::Sender<Result<Event, Infallible>>,
) -> Result<()> {
    send(sender, event(V::NAME, shown.as_of(), &shown)?).await?;
    let mut check = tokio::time::interval(CHECK_EVERY);
    check.tick().await;
    loop {
        let is_beat = tokio::select! {
            changed = states.changed() => {
                changed.map_err(anyhow::Error::from)?;
                false
            }
            _ = check.tick() => true,
        };
        if is_beat {
            let Some(now) = session::again(app, &caller).await? else {
                return Ok(());
            };
            if now.scope.districts() != caller.scope.districts() {
                // Other districts are another state: the page asks again and gets it whole.
                return Ok(());
            }
            caller = now;
            send(sender, Event::default().comment("")).await?;
        }
        let state = view(&caller, &states.borrow_and_update().clone())?;
        let is_news = match is_beat {
            true => state.as_of() > shown.as_of(),
            false => !state.says_the_same(&shown),
        };
        if is_news {
            send(sender, event("patch", state.as_of(), &state.since(&shown))?).await?;
            shown = state;
        }
    }
}

fn event(name: &str, as_of: DateTime<Utc>, data: &impl Serialize) -> Result<Event> {
    let event = Event::default()
        .event(name)
        .id(as_of.to_rfc3339_opts(SecondsFormat::Millis, true));
    Ok(event
        .json_data(data)
        .map_err(|error| anyhow::anyhow!("{error}"))?)
}

async fn send(sender: &mpsc::Sender<Result<Event, Infallible>>, event: Event) -> Result<()> {
    // A page that does not read for so long gets a whole state when it comes back.
    match tokio::time::timeout(Duration::from_secs(10), sender.send(Ok(event))).await {
        Ok(Ok(())) => Ok(()),
        _ => Err(Problem::Gone("the page no longer reads".into())),
    }
}
