//! Keeps one `postgres` running: clears what an earlier one left, starts it, notices its end, starts it again.

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use sqlx::{Connection as _, PgConnection};
use tokio::process::Child;
use tokio::sync::{oneshot, watch};

use super::binaries::Binaries;
use super::error::EmbeddedError;
use super::place::Place;
use super::processes::{PidFile, Process, residents};
use super::{SUPERUSER, State};

/// After this long without a usable database the supervisor says so, and from then on tries only now and then:
/// a disk that was full or a package that was missing may be put right without a restart.
const GIVE_UP: Duration = Duration::from_secs(60);
const AFTER_GIVING_UP: Duration = Duration::from_secs(30);
/// A database that died sooner than this after becoming ready has not recovered: the same trouble goes on.
const SETTLED: Duration = Duration::from_secs(10);
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// Left-over processes that have not ended by then are killed.
const PATIENCE: Duration = Duration::from_secs(5);
const LOG_BYTES: u64 = 8 << 20;

/// A running server: our child, or one that outlived the service that started it.
struct Server {
    process: Process,
    child: Option<Child>,
}

impl Server {
    /// Returns when the server has ended (and, if ours, is reaped).
    async fn ended(&mut self) {
        match &mut self.child {
            Some(child) => {
                let _ = child.wait().await;
            }
            None => {
                while self.process.is_alive() {
                    tokio::time::sleep(FIRST_PAUSE).await;
                }
            }
        }
    }
}

/// Why one attempt did not give a ready server.
enum Setback {
    /// It may pass: look again after a pause.
    Passing(String),
    Final(EmbeddedError),
}

impl From<EmbeddedError> for Setback {
    fn from(error: EmbeddedError) -> Self {
        Self::Final(error)
    }
}

/// Holds the directory's lock for as long as it lives.
pub(super) struct Supervisor {
    place: Arc<Place>,
    binaries: Binaries,
    _lock: File,
    server: Option<Server>,
    /// Since when the database cannot be used; kept while it dies again soon after each start.
    down_since: Instant,
    /// When it last became ready.
    ready_at: Option<Instant>,
}

impl Supervisor {
    pub fn new(place: Arc<Place>, binaries: Binaries, lock: File) -> Self {
        Self {
            place,
            binaries,
            _lock: lock,
            server: None,
            down_since: Instant::now(),
            ready_at: None,
        }
    }

    /// Bring a server to the point where it accepts connections: adopt ours that still runs, or start one.
    pub async fn bring_up(&mut self) -> Result<(), EmbeddedError> {
        let mut pause = FIRST_PAUSE;
        loop {
            match self.attempt().await {
                Ok(()) => {
                    self.ready_at = Some(Instant::now());
                    return Ok(());
                }
                Err(Setback::Final(error)) => return Err(error),
                Err(Setback::Passing(reason)) if self.down_since.elapsed() > GIVE_UP => {
                    let seconds = self.down_since.elapsed().as_secs();
                    return Err(EmbeddedError::GaveUp {
                        seconds,
                        reason,
                        log: self.place.log(),
                    });
                }
                Err(Setback::Passing(reason)) => {
                    tracing::warn!("the database is not up yet: {reason}")
                }
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 3 / 2).min(LONGEST_PAUSE);
        }
    }

    /// Watch over the server until told to stop. A dropped `stop` means: leave it running and go on watching.
    pub async fn look_after(mut self, publish: watch::Sender<State>, stop: oneshot::Receiver<()>) {
        let stopped = async move {
            if stop.await.is_err() {
                std::future::pending::<()>().await;
            }
        };
        tokio::pin!(stopped);
        'running: loop {
            tokio::select! {
                () = &mut stopped => break,
                () = self.ended() => {}
            }
            tracing::error!(
                "the database died; starting it again (its log: {})",
                self.place.log().display()
            );
            publish.send_replace(State::Starting);
            if self
                .ready_at
                .is_some_and(|ready_at| ready_at.elapsed() > SETTLED)
            {
                self.down_since = Instant::now();
            } else {
                tokio::time::sleep(FIRST_PAUSE).await;
            }
            loop {
                let outcome = tokio::select! {
                    () = &mut stopped => break 'running,
                    outcome = self.bring_up() => outcome,
                };
                let Err(error) = outcome else { break };
                tracing::error!("{error}");
                publish.send_replace(State::Failed(error.to_string().into()));
                tokio::select! {
                    () = &mut stopped => break 'running,
                    () = tokio::time::sleep(AFTER_GIVING_UP) => {}
                }
            }
            tracing::info!(
                "the database is back after {} ms",
                self.down_since.elapsed().as_millis()
            );
            publish.send_replace(State::Ready);
        }
        self.stop().await;
        publish.send_replace(State::Stopped);
    }

    /// End the server fast; open transactions are rolled back. Each next signal is harder and comes when patience ends.
    pub async fn stop(&mut self) {
        let Some(mut server) = self.server.take() else {
            return;
        };
        for (signal, patience_s) in [(Signal::INT, 60), (Signal::QUIT, 10), (Signal::KILL, 10)] {
            server.process.signal(signal);
            if tokio::time::timeout(Duration::from_secs(patience_s), server.ended())
                .await
                .is_ok()
            {
                return;
            }
            tracing::warn!("the database does not stop within {patience_s} s");
        }
    }

    /// Returns when there is no server any more; meanwhile keeps the log from growing without end.
    async fn ended(&mut self) {
        let Some(server) = &mut self.server else {
            return;
        };
        loop {
            match tokio::time::timeout(Duration::from_secs(60), server.ended()).await {
                Ok(()) => break,
                Err(_) => shorten(&self.place),
            }
        }
        self.server = None;
    }

    async fn attempt(&mut self) -> Result<(), Setback> {
        let log_start = fs::metadata(self.place.log()).map_or(0, |log| log.len());
        let server = match self.find_running().await? {
            Some(process) => {
                tracing::info!(
                    "adopting the database that still runs as process {}",
                    process.pid
                );
                // It was started with the settings of its time; those of now were just written.
                process.signal(Signal::HUP);
                Server {
                    process,
                    child: None,
                }
            }
            None => self.spawn()?,
        };
        let is_child = server.child.is_some();
        let process = server.process;
        self.server = Some(server);
        let place = self.place.clone();
        tokio::select! {
            outcome = accepts_connections(&place, process) => outcome,
            () = self.ended() => {
                let reason = last_words(&place, log_start);
                // What another process held may be let go of; anything else at the first start will not change by itself.
                let may_pass = ["lock file", "shared memory", "could not bind"].iter().any(|words| reason.contains(words));
                if may_pass || !is_child || self.ready_at.is_some() {
                    Err(Setback::Passing(reason))
                } else {
                    Err(Setback::Final(EmbeddedError::DidNotStart { reason, log: place.log() }))
                }
            }
        }
    }

    /// Our server if it still runs. Otherwise makes the way free: ends orphans, then removes what a dead server left.
    async fn find_running(&self) -> Result<Option<Process>, Setback> {
        let data = self.place.data();
        let recorded = PidFile::read(&data);
        let residents = residents(&self.place).await?;
        if let Some(postmaster) = residents
            .iter()
            .find(|resident| Some(resident.pid) == recorded.pid)
        {
            return match recorded.socket_directory {
                _ if recorded.status == "stopping" => Err(Setback::Passing(
                    "the one before is still stopping".to_owned(),
                )),
                Some(run) if run == self.place.run() => Ok(Some(*postmaster)),
                Some(_) => Err(EmbeddedError::NotOurs {
                    pid: postmaster.pid,
                    data,
                }
                .into()),
                None => Err(Setback::Passing("another one is starting".to_owned())),
            };
        }
        if !residents.is_empty() {
            let signal = if self.down_since.elapsed() > PATIENCE {
                Signal::KILL
            } else {
                Signal::QUIT
            };
            residents.iter().for_each(|orphan| orphan.signal(signal));
            return Err(Setback::Passing(format!(
                "{} processes of the one before are ending",
                residents.len()
            )));
        }
        // Nobody sits in the data directory, so these speak of a server that is gone, whoever has its number now.
        for left in self
            .place
            .socket_files()
            .into_iter()
            .chain([data.join("postmaster.pid")])
        {
            match fs::remove_file(&left) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(EmbeddedError::io("cannot remove", left)(error).into());
                }
                _ => {}
            }
        }
        Ok(None)
    }

    /// Start `postgres` itself as our child, in its own process group so that Ctrl-C at a terminal reaches only the service.
    fn spawn(&self) -> Result<Server, EmbeddedError> {
        shorten(&self.place);
        let log = self.place.log();
        let open = OpenOptions::new()
            .create(true)
            .append(true)
            .mode(0o600)
            .open(&log);
        let out = open.map_err(EmbeddedError::io("cannot open", &log))?;
        let err = out
            .try_clone()
            .map_err(EmbeddedError::io("cannot open", &log))?;
        let config = self.place.file("postgresql.conf");
        let program = self.binaries.program("postgres");
        let mut command = self.place.owner.command(&program);
        command
            .arg("-D")
            .arg(self.place.data())
            .arg("-c")
            .arg(format!("config_file={}", config.display()));
        command
            .current_dir("/")
            .process_group(0)
            .stdout(out)
            .stderr(err);
        let child = command
            .spawn()
            .map_err(EmbeddedError::io("cannot run", &program))?;
        let pid = child.id().and_then(|id| i32::try_from(id).ok());
        let process = pid
            .and_then(Process::living)
            .ok_or_else(|| EmbeddedError::DidNotStart {
                reason: "postgres ended at once".to_owned(),
                log,
            })?;
        Ok(Server {
            process,
            child: Some(child),
        })
    }
}

/// Returns when the server says it is ready and answers. Recovery after a crash may take long: as long as it runs, we wait.
async fn accepts_connections(place: &Place, process: Process) -> Result<(), Setback> {
    let begun = Instant::now();
    let mut said = 0;
    loop {
        let file = PidFile::read(&place.data());
        if file.pid == Some(process.pid) && file.status == "ready" {
            let options = place.options(SUPERUSER, "postgres");
            match tokio::time::timeout(PATIENCE, PgConnection::connect_with(&options)).await {
                Ok(Ok(conn)) => {
                    let _ = conn.close().await;
                    return Ok(());
                }
                Ok(Err(sqlx::Error::Database(refusal)))
                    if refusal.code().is_some_and(|code| code.starts_with("28")) =>
                {
                    return Err(EmbeddedError::SetUp(sqlx::Error::Database(refusal)).into());
                }
                // 57P03: still starting. Any other answer (all slots taken) is an answer.
                Ok(Err(sqlx::Error::Database(refusal)))
                    if refusal.code().is_none_or(|code| code != "57P03") =>
                {
                    return Ok(());
                }
                _ => {}
            }
        }
        let waited = begun.elapsed().as_secs() / 10;
        if waited > said {
            said = waited;
            tracing::info!("the database has been recovering for {} s", waited * 10);
        }
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
}

/// The last fatal message in the log since `start`, without its time stamp.
fn last_words(place: &Place, start: u64) -> String {
    let log = fs::read(place.log()).unwrap_or_default();
    let since = String::from_utf8_lossy(
        log.get(usize::try_from(start).unwrap_or(0)..)
            .unwrap_or(&log),
    )
    .into_owned();
    let fatal = |line: &&str| line.contains("FATAL:") || line.contains("PANIC:");
    let line = since
        .lines()
        .rfind(fatal)
        .or_else(|| since.lines().last())
        .unwrap_or("postgres ended without a word");
    line.split_once("] ")
        .map_or(line, |(_, message)| message)
        .to_owned()
}

/// Keep one older log of at most 8 MiB beside the present one.
fn shorten(place: &Place) {
    let log = place.log();
    if fs::metadata(&log).is_ok_and(|log| log.len() > LOG_BYTES) {
        let kept = fs::copy(&log, place.file("postgres.log.1"));
        let emptied = kept
            .and_then(|_| OpenOptions::new().write(true).open(&log))
            .and_then(|log| log.set_len(0));
        if let Err(error) = emptied {
            tracing::warn!("cannot shorten {}: {error}", log.display());
        }
    }
}
