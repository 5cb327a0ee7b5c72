//! What every fault story stands on: a directory that the database's user can reach, a writer that remembers what was
//! acknowledged, and a way to wait for a fact.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection as _, PgConnection};
use tempfile::TempDir;

/// A directory that goes away with the test.
pub fn directory() -> TempDir {
    tempfile::Builder::new()
        .prefix("f")
        .permissions(std::fs::Permissions::from_mode(0o711))
        .tempdir_in(env!("CARGO_TARGET_TMPDIR"))
        .unwrap()
}

pub fn data(dir: &Path) -> PathBuf {
    dir.join("postgres/data")
}

/// A process that ends with the story, however the story ends.
pub struct Extra(pub Child);

impl Extra {
    pub fn pid(&self) -> u32 {
        self.0.id()
    }

    pub fn is_running(&mut self) -> bool {
        self.0.try_wait().unwrap().is_none()
    }
}

impl Drop for Extra {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The number in `postmaster.pid`.
pub fn postmaster(dir: &Path) -> i32 {
    let file = std::fs::read_to_string(data(dir).join("postmaster.pid")).unwrap();
    file.lines().next().unwrap().parse().unwrap()
}

/// A command of the user to whom `path` belongs.
pub fn as_owner_of(path: &Path, program: impl AsRef<OsStr>) -> Command {
    let owner = std::fs::metadata(path).unwrap();
    let mut command = Command::new(program);
    command.current_dir("/");
    if rustix::process::geteuid().is_root() {
        command.uid(owner.uid()).gid(owner.gid());
    }
    command
}

/// A command of the user who may run PostgreSQL, to whom `home` is given: ourselves, or `postgres` when we are root.
pub fn yielded_to_database_user(home: &Path, program: impl AsRef<OsStr>) -> Command {
    if rustix::process::geteuid().is_root() {
        let given = Command::new("chown")
            .arg("postgres")
            .arg(home)
            .status()
            .unwrap();
        assert!(given.success());
    }
    as_owner_of(home, program)
}

/// The server program that a new database uses.
pub fn newest_postgres() -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").unwrap();
    let newest = versions.flatten().max_by_key(|version| {
        version
            .file_name()
            .to_string_lossy()
            .parse::<u32>()
            .unwrap_or(0)
    });
    newest.unwrap().path().join("bin/postgres")
}

pub fn kill(pid: i32) {
    kill_process(Pid::from_raw(pid).unwrap(), Signal::KILL).unwrap();
}

/// Wait for a fact, asking again and again; a story that waits a minute has failed.
pub async fn until<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "waited a minute for: {what}"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Writers that insert without pause and remember what was acknowledged.
pub struct Load {
    writers: Vec<tokio::task::JoinHandle<HashSet<i64>>>,
    stop: tokio::sync::watch::Sender<bool>,
    acknowledged: tokio::sync::watch::Receiver<u64>,
    options: PgConnectOptions,
}

impl Load {
    pub async fn start(options: PgConnectOptions) -> Self {
        let mut conn = PgConnection::connect_with(&options).await.unwrap();
        sqlx::raw_sql("create table acknowledged (key bigint primary key)")
            .execute(&mut conn)
            .await
            .unwrap();
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let (count, acknowledged) = tokio::sync::watch::channel(0);
        let writers = (0..4_i64)
            .map(|writer| {
                let (options, stopped, count) = (options.clone(), stopped.clone(), count.clone());
                tokio::spawn(async move {
                    let mut mine = HashSet::new();
                    let mut key = writer << 32;
                    while !*stopped.borrow() {
                        let Ok(mut conn) = PgConnection::connect_with(&options).await else {
                            tokio::task::yield_now().await;
                            continue;
                        };
                        while !*stopped.borrow() {
                            key += 1;
                            let insert =
                                sqlx::query("insert into acknowledged values ($1)").bind(key);
                            if insert.execute(&mut conn).await.is_err() {
                                break;
                            }
                            mine.insert(key);
                            count.send_modify(|count| *count += 1);
                        }
                    }
                    mine
                })
            })
            .collect();
        Self {
            writers,
            stop,
            acknowledged,
            options,
        }
    }

    /// Wait until `more` further inserts were acknowledged.
    pub async fn acknowledges(&mut self, more: u64) {
        let goal = *self.acknowledged.borrow() + more;
        let reached = self.acknowledged.wait_for(|count| *count >= goal);
        tokio::time::timeout(Duration::from_secs(60), reached)
            .await
            .expect("writes go on")
            .unwrap();
    }

    /// Stop writing; the acknowledged keys that the database does not hold.
    pub async fn missing(self) -> Vec<i64> {
        self.stop.send(true).unwrap();
        let mut acknowledged = HashSet::new();
        for writer in self.writers {
            acknowledged.extend(writer.await.unwrap());
        }
        let mut conn = PgConnection::connect_with(&self.options).await.unwrap();
        let held: Vec<i64> = sqlx::query_scalar("select key from acknowledged")
            .fetch_all(&mut conn)
            .await
            .unwrap();
        let held = HashSet::from_iter(held);
        acknowledged.difference(&held).copied().collect()
    }
}
