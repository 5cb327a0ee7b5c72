//! The private database: a PostgreSQL with PostGIS that the service starts and looks after when no `DATABASE_URL` is set.
//!
//! `postgres` is our own child in its own process group, reachable by Unix socket only. It outlives a crash of the service
//! and is adopted by the next one; it is started again when it dies. Only one service may use a directory at a time.
//! When the service is root, only the database gives up its rights.

mod binaries;
mod cluster;
mod error;
mod os_user;
mod place;
mod processes;
mod supervisor;

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use sqlx::PgConnection;
use sqlx::postgres::PgConnectOptions;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

pub use error::EmbeddedError;
use place::Place;

/// The superuser of a private database; only the set-up of roles, extensions and the migrations use it.
pub const SUPERUSER: &str = "machimori_super";
/// The log-in of the service.
pub const APP: &str = "machimori_app";
/// The database of the service.
pub const DATABASE: &str = "machimori";

/// The SQL that makes the roles of a cluster (`machimori roles`). Safe to run again.
pub const ROLES_SQL: &str = include_str!("roles.sql");
/// What a database needs from a superuser before the migrations. Safe to run again.
pub const DATABASE_SQL: &str = include_str!("database.sql");

/// What a database administrator runs once with `psql` as a superuser to make a server ready for us.
pub fn sql_for_administrators() -> String {
    format!(
        "{ROLES_SQL}\n\
         -- Give the service's log-in a password:  \\password {APP}\n\
         -- Let one log-in migrate (MACHIMORI_OWNER_URL):  GRANT machimori_owner TO <log-in>;\n\n\
         SELECT 'CREATE DATABASE {DATABASE} OWNER machimori_owner ENCODING ''UTF8'' TEMPLATE template0'\n\
         \x20   WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '{DATABASE}') \\gexec\n\
         \\connect {DATABASE}\n\n{DATABASE_SQL}"
    )
}

/// How much the database is asked to survive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Durability {
    /// An acknowledged commit survives a power cut.
    #[default]
    Full,
    /// For tests that do not look at durability: quick, and lost when the machine stops.
    Throwaway,
}

/// What the database is doing now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Starting, or starting again after it died.
    Starting,
    /// Connections are accepted.
    Ready,
    /// Away for a minute; the sentence says why and what to do. It is tried again now and then.
    Failed(Arc<str>),
    /// Stopped on request.
    Stopped,
}

/// A private database in use. Dropping it leaves the database running for the next start; [`Embedded::stop`] ends it.
#[derive(Debug)]
pub struct Embedded {
    place: Arc<Place>,
    state: watch::Receiver<State>,
    /// `None` when another process of ours looks after the database.
    supervisor: Option<(oneshot::Sender<()>, JoinHandle<()>)>,
}

impl Embedded {
    /// Start (or adopt) the database under `dir`, making it on first use, and look after it from then on.
    /// Returns when it accepts connections and holds the roles, the database and the extensions (not yet the tables).
    ///
    /// # Errors
    /// Every refusal is a sentence that says what to do; a second service on the same directory is refused.
    pub async fn start(dir: &Path) -> Result<Self, EmbeddedError> {
        Self::start_with(dir, Durability::Full).await
    }

    /// As [`Embedded::start`], with the durability said.
    pub async fn start_with(dir: &Path, durability: Durability) -> Result<Self, EmbeddedError> {
        let place = Place::prepare(dir).await?;
        let lock = place.lock()?;
        Self::supervise(place, lock, durability).await
    }

    /// For the command line and tests: use the database of a running service, or start it as [`Embedded::start_with`] does.
    pub async fn join_or_start(dir: &Path, durability: Durability) -> Result<Self, EmbeddedError> {
        let place = Place::prepare(dir).await?;
        match place.lock() {
            Ok(lock) => Self::supervise(place, lock, durability).await,
            Err(busy @ EmbeddedError::InUse { .. }) => {
                cluster::wait_for_set_up(&place).await.map_err(|_| busy)?;
                let (_, state) = watch::channel(State::Ready);
                Ok(Self {
                    place: Arc::new(place),
                    state,
                    supervisor: None,
                })
            }
            Err(other) => Err(other),
        }
    }

    async fn supervise(
        place: Place,
        lock: File,
        durability: Durability,
    ) -> Result<Self, EmbeddedError> {
        let place = Arc::new(place);
        let binaries = cluster::prepare(&place, durability).await?;
        let mut supervisor = supervisor::Supervisor::new(place.clone(), binaries, lock);
        let usable = async {
            supervisor.bring_up().await?;
            cluster::set_up(&place).await
        };
        if let Err(error) = usable.await {
            supervisor.stop().await;
            return Err(error);
        }
        let (publish, state) = watch::channel(State::Ready);
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(supervisor.look_after(publish, stopped));
        Ok(Self {
            place,
            state,
            supervisor: Some((stop, task)),
        })
    }

    /// How to connect as `login` to `database`.
    pub fn options(&self, login: &str, database: &str) -> PgConnectOptions {
        self.place.options(login, database)
    }

    /// The same as a URL, for `psql` and `DATABASE_URL`. The operating system's user decides: it holds no secret.
    pub fn url(&self, login: &str, database: &str) -> String {
        let run = percent_encoded(&self.place.run().to_string_lossy());
        format!("postgres://{login}@localhost/{database}?host={run}")
    }

    /// Follow what the database is doing.
    pub fn state(&self) -> watch::Receiver<State> {
        self.state.clone()
    }

    /// A connection of the superuser to `database`, outside every wall: for benchmarks and repairs, never for the service.
    pub async fn superuser(&self, database: &str) -> Result<PgConnection, EmbeddedError> {
        cluster::superuser(&self.place, database).await
    }

    /// Stop the database fast (open transactions are rolled back) and let go of the directory.
    /// When another process looks after it, nothing happens.
    pub async fn stop(self) {
        if let Some((stop, task)) = self.supervisor {
            let _ = stop.send(());
            let _ = task.await;
        }
    }
}

/// Percent-encode what is not plain in the path of a socket directory.
fn percent_encoded(path: &str) -> String {
    path.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' => {
                char::from(byte).to_string()
            }
            other => format!("%{other:02X}"),
        })
        .collect()
}
