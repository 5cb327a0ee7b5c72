//! Why the private database could not be used: each refusal names the place and says what to do.

use std::path::PathBuf;

/// A refusal of the private database, in words for the person who starts the service.
#[derive(Debug, thiserror::Error)]
pub enum EmbeddedError {
    #[error(
        "no PostgreSQL server (15 or newer) was found. Install it (Debian, Ubuntu: `apt-get install postgresql \
         postgresql-postgis`), or set DATABASE_URL to use your own server"
    )]
    NoServer,
    #[error(
        "PostgreSQL {major} has no PostGIS. Install it (Debian, Ubuntu: `apt-get install postgresql-{major}-postgis-3`), \
         or set DATABASE_URL to use your own server"
    )]
    NoPostgis { major: u32 },
    #[error(
        "the database in {data} was made by PostgreSQL {found}, which is not installed (found: {installed}). \
         Install postgresql-{found} and postgresql-{found}-postgis-3 to go on as before. To move to a newer version: install both, \
         stop the service, take a backup, and run pg_upgrade (docs/operate.md, “A newer PostgreSQL”)"
    )]
    WrongMajor {
        data: PathBuf,
        found: String,
        installed: String,
    },
    #[error(
        "the operating system does not know the user with number {uid} (no passwd entry), and PostgreSQL refuses to run as \
         such a user. In a container, add a line for it to /etc/passwd (for example \
         `echo 'machimori:x:{uid}:{uid}::/:/usr/sbin/nologin' >> /etc/passwd`) or run as a user that exists"
    )]
    UnknownUser { uid: u32 },
    #[error(
        "the service runs as root, PostgreSQL must not, and there is no user `postgres` to give the database to. \
         Install the package postgresql-common (or make the user), or start the service as an ordinary user"
    )]
    NoPostgresUser,
    #[error(
        "{dir} is already in use by another Machimori (process {holder}). Stop that one first, \
         or give this one its own directory (--var)"
    )]
    InUse { dir: PathBuf, holder: String },
    #[error(
        "{path} belongs to user number {owner}, but this service needs it to belong to number {wanted}. {advice}"
    )]
    Owner {
        path: PathBuf,
        owner: u32,
        wanted: u32,
        advice: &'static str,
    },
    #[error(
        "{path} can be read by other users (mode {mode:04o}), so PostgreSQL refuses it. Find out who changed it, then run \
         `chmod 0700 {path}`"
    )]
    OpenToOthers { path: PathBuf, mode: u32 },
    #[error(
        "there is a database in {path}, but the user `{user}` can no longer reach it. Give that user the right to pass \
         through every directory above it (`chmod o+x`), as when it was made"
    )]
    OutOfReach { path: PathBuf, user: String },
    #[error(
        "the path {path} is too long for a Unix socket ({length} bytes, at most 107). Use a shorter directory (--var), \
         or set XDG_RUNTIME_DIR"
    )]
    PathTooLong { path: PathBuf, length: usize },
    #[error(
        "a PostgreSQL server that we did not start (process {pid}) runs on {data}. Stop it first (`kill -INT {pid}`), \
         then start the service again"
    )]
    NotOurs { pid: i32, data: PathBuf },
    #[error("the database in {data} could not be made: {reason}")]
    InitDb { data: PathBuf, reason: String },
    #[error("the database did not start: {reason} (its log: {log})")]
    DidNotStart { reason: String, log: PathBuf },
    #[error(
        "the database was away for {seconds} s and does not come back: {reason} (its log: {log})"
    )]
    GaveUp {
        seconds: u64,
        reason: String,
        log: PathBuf,
    },
    #[error("{what} {path}: {source}")]
    Io {
        what: &'static str,
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("the database was started but could not be set up: {0}")]
    SetUp(#[from] sqlx::Error),
}

impl EmbeddedError {
    /// For `map_err` on file operations: `what` reads as “cannot make”.
    pub(super) fn io(
        what: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { what, path, source }
    }
}
