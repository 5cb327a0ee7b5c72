//! The real program with its private database: killed, asked to stop, started again.

use std::io::Read as _;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use machimori::embedded::{DATABASE, SUPERUSER};
use rustix::process::{Pid, Signal, kill_process};
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use sqlx::{Connection as _, PgConnection};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::ground::{Extra, Load, data, directory, kill, postmaster, until};

/// `machimori serve` on a directory; killed when the story ends before it does.
pub struct Service {
    child: Child,
    pub port: u16,
}

impl Service {
    /// Start it and wait until `/readyz` says yes.
    pub async fn start(dir: &Path) -> Self {
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let child = Command::new(env!("CARGO_BIN_EXE_machimori"))
            .args(["serve", "--listen", &format!("127.0.0.1:{port}"), "--var"])
            .arg(dir)
            .env_remove("DATABASE_URL")
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut service = Self { child, port };
        until("the service is ready", async || {
            assert_eq!(service.child.try_wait().unwrap(), None, "the service runs");
            service
                .get("/readyz")
                .await
                .filter(|answer| answer.starts_with("HTTP/1.1 200"))
                .map(drop)
        })
        .await;
        service
    }

    /// The answer to a GET; `None` when nobody listens.
    pub async fn get(&self, path: &str) -> Option<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).await.ok()?;
        let request =
            format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.ok()?;
        Some(answer)
    }

    pub fn pid(&self) -> i32 {
        i32::try_from(self.child.id()).unwrap()
    }

    /// Ask it to stop as a terminal or a service manager does.
    pub async fn stop(mut self, signal: Signal) -> ExitStatus {
        kill_process(Pid::from_raw(self.pid()).unwrap(), signal).unwrap();
        until("the service ends", async || self.child.try_wait().unwrap()).await
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn superuser(dir: &Path) -> PgConnectOptions {
    PgConnectOptions::new_without_pgpass()
        .socket(dir.join("postgres/run"))
        .port(5432)
        .username(SUPERUSER)
        .database(DATABASE)
        .ssl_mode(PgSslMode::Disable)
}

/// As a power cut does it: the service, the postmaster and all its children at once.
pub fn kill_everything(service: Service, dir: &Path) {
    let database = database_processes(dir);
    assert!(
        database.len() > 4,
        "the postmaster and its children: {database:?}"
    );
    kill(service.pid());
    for pid in database {
        // A child may have ended by itself since the list was made.
        let _ = kill_process(Pid::from_raw(pid).unwrap(), Signal::KILL);
    }
}

/// The postmaster and all its children.
fn database_processes(dir: &Path) -> Vec<i32> {
    let postmaster = postmaster(dir);
    let children =
        std::fs::read_to_string(format!("/proc/{postmaster}/task/{postmaster}/children"));
    let children = children.unwrap_or_default();
    std::iter::once(postmaster)
        .chain(children.split_whitespace().map(|pid| pid.parse().unwrap()))
        .collect()
}

#[tokio::test]
async fn everything_killed_under_load_comes_back_with_every_acknowledged_row() {
    let dir = directory();
    let service = Service::start(dir.path()).await;
    let mut load = Load::start(superuser(dir.path())).await;
    load.acknowledges(500).await;
    kill_everything(service, dir.path());

    let service = Service::start(dir.path()).await;
    load.acknowledges(500).await;
    assert_eq!(load.missing().await, Vec::<i64>::new());
    service.stop(Signal::TERM).await;
}

#[tokio::test]
async fn a_killed_postmaster_leaves_the_service_up_and_comes_back_to_it() {
    let dir = directory();
    let service = Service::start(dir.path()).await;
    let before = postmaster(dir.path());
    kill(before);
    until("another postmaster is up", async || {
        let file = std::fs::read_to_string(data(dir.path()).join("postmaster.pid")).ok()?;
        (file.contains("ready") && !file.starts_with(&before.to_string())).then_some(())
    })
    .await;
    until("the service is ready again", async || {
        service
            .get("/readyz")
            .await
            .filter(|answer| answer.starts_with("HTTP/1.1 200"))
            .map(drop)
    })
    .await;
    let alive = service.get("/healthz").await.unwrap();
    assert!(alive.starts_with("HTTP/1.1 200"), "{alive}");
    service.stop(Signal::TERM).await;
}

#[tokio::test]
async fn a_service_killed_alone_leaves_the_database_to_the_next_one() {
    let dir = directory();
    let service = Service::start(dir.path()).await;
    let before = postmaster(dir.path());
    kill(service.pid());
    drop(service);
    let service = Service::start(dir.path()).await;
    assert_eq!(postmaster(dir.path()), before, "adopted");
    service.stop(Signal::TERM).await;
    assert!(
        !data(dir.path()).join("postmaster.pid").exists(),
        "and stopped with the service"
    );
}

#[tokio::test]
async fn ctrl_c_stops_the_service_and_its_database_in_order() {
    let dir = directory();
    let service = Service::start(dir.path()).await;
    let database = database_processes(dir.path());
    let status = service.stop(Signal::INT).await;
    assert!(status.success(), "{status}");
    assert!(!data(dir.path()).join("postmaster.pid").exists());
    for pid in database {
        assert!(
            !Path::new(&format!("/proc/{pid}")).exists(),
            "process {pid} is left"
        );
    }
}

#[tokio::test]
async fn a_second_service_on_the_same_directory_ends_with_a_sentence() {
    let dir = directory();
    let first = Service::start(dir.path()).await;
    let second = Command::new(env!("CARGO_BIN_EXE_machimori"))
        .args(["serve", "--listen", "127.0.0.1:0", "--var"])
        .arg(dir.path())
        .env_remove("DATABASE_URL")
        .output()
        .unwrap();
    let words = String::from_utf8(second.stderr).unwrap();
    assert!(!second.status.success());
    assert!(
        words.contains("already in use by another Machimori"),
        "{words}"
    );
    let ready = first.get("/readyz").await.unwrap();
    assert!(
        ready.starts_with("HTTP/1.1 200"),
        "the first is unharmed: {ready}"
    );

    let command = Command::new(env!("CARGO_BIN_EXE_machimori"))
        .args(["migrate", "--var"])
        .arg(dir.path())
        .env_remove("DATABASE_URL")
        .output()
        .unwrap();
    assert!(
        command.status.success(),
        "a command joins the running database: {command:?}"
    );
    assert!(
        first
            .get("/readyz")
            .await
            .unwrap()
            .starts_with("HTTP/1.1 200"),
        "and leaves it running"
    );
    first.stop(Signal::TERM).await;
}

/// `machimori serve --demo` on a directory.
fn with_demo(dir: &Path) -> Command {
    let mut serve = Command::new(env!("CARGO_BIN_EXE_machimori"));
    serve
        .args(["serve", "--demo", "--listen", "127.0.0.1:0", "--var"])
        .arg(dir)
        .env_remove("DATABASE_URL")
        .stdout(Stdio::null());
    serve
}

/// Ctrl-C.
fn interrupt(process: &Extra) {
    let pid = Pid::from_raw(process.pid().try_into().unwrap()).unwrap();
    kill_process(pid, Signal::INT).unwrap();
}

/// People loaded so far; `None` before the database answers.
async fn people(dir: &Path) -> Option<i64> {
    let mut conn = PgConnection::connect_with(&superuser(dir)).await.ok()?;
    sqlx::query_scalar("select count(*) from person")
        .fetch_one(&mut conn)
        .await
        .ok()
}

#[tokio::test]
async fn ctrl_c_is_heard_while_the_demo_city_is_made_and_the_next_start_goes_on_with_it() {
    let dir = directory();
    let mut first = Extra(
        with_demo(dir.path())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap(),
    );
    let before = until("the first people are there", async || {
        people(dir.path()).await.filter(|n| *n > 0)
    })
    .await;
    let asked = Instant::now();
    interrupt(&first);
    let status = until("it ends", async || first.0.try_wait().unwrap()).await;
    assert!(
        asked.elapsed() < Duration::from_secs(10),
        "{:?}",
        asked.elapsed()
    );
    let mut words = String::new();
    first
        .0
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut words)
        .unwrap();
    assert!(status.success(), "{words}");
    assert!(
        words.contains("start again with --demo to finish it"),
        "{words}"
    );
    assert!(!data(dir.path()).join("postmaster.pid").exists());

    let mut second = Extra(with_demo(dir.path()).stderr(Stdio::null()).spawn().unwrap());
    until("more people are there", async || {
        people(dir.path()).await.filter(|n| *n > before + 1_000)
    })
    .await;
    interrupt(&second);
    until("it ends", async || second.0.try_wait().unwrap()).await;
}

#[tokio::test]
async fn a_demo_that_is_refused_leaves_no_database_running() {
    let dir = directory();
    let service = Service::start(dir.path()).await;
    let mut conn = PgConnection::connect_with(&superuser(dir.path()))
        .await
        .unwrap();
    sqlx::raw_sql(
        "insert into volunteer (id, name, body) values (gen_random_uuid(), '民生 花子', 'other')",
    )
    .execute(&mut conn)
    .await
    .unwrap();
    conn.close().await.unwrap();
    service.stop(Signal::TERM).await;
    let refused = with_demo(dir.path()).output().unwrap();
    let words = String::from_utf8(refused.stderr).unwrap();
    assert!(!refused.status.success());
    assert!(words.contains("not of the demo city"), "{words}");
    assert!(!data(dir.path()).join("postmaster.pid").exists());
}

#[tokio::test]
async fn a_city_that_has_not_said_its_name_and_number_is_told_so_at_the_start() {
    let dir = directory();
    let said = async |sets: &[&str]| {
        if !sets.is_empty() {
            let set = Command::new(env!("CARGO_BIN_EXE_machimori"))
                .args(["city", "--var"])
                .arg(dir.path())
                .arg("set")
                .args(sets)
                .env_remove("DATABASE_URL")
                .status();
            assert!(set.unwrap().success());
        }
        let log = dir.path().join("log");
        let mut serve = Command::new(env!("CARGO_BIN_EXE_machimori"));
        serve
            .args(["serve", "--listen", "127.0.0.1:0", "--var"])
            .arg(dir.path())
            .env_remove("DATABASE_URL")
            .stderr(std::fs::File::create(&log).unwrap());
        let mut service = Extra(serve.spawn().unwrap());
        let words = until("it is ready", async || {
            let words = std::fs::read_to_string(&log).unwrap();
            words.contains("\"ready\"").then_some(words)
        })
        .await;
        interrupt(&service);
        until("it ends", async || service.0.try_wait().unwrap()).await;
        words
    };
    let new = said(&[]).await;
    for what in ["--name", "--lg-code", "--phone"] {
        assert!(new.contains(&format!("machimori city set {what}")), "{new}");
    }
    let set = [
        "--name",
        "ももた市",
        "--lg-code",
        "27203",
        "--phone",
        "06-6858-1111",
    ];
    let known = said(&set).await;
    assert!(!known.contains("machimori city set"), "{known}");
}
