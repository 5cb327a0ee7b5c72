//! Who lives in a data directory: judged by `/proc`, never by whether a number answers a signal.
//!
//! After a reboot the number in `postmaster.pid` may be a stranger's; after a kill it may be a zombie that still answers.

use std::path::{Path, PathBuf};

use rustix::process::{Pid, Signal, kill_process};

use super::error::EmbeddedError;
use super::place::Place;

/// A process that cannot be mistaken for a later one with the same number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Process {
    pub pid: i32,
    started: u64,
}

impl Process {
    /// The process with this number, unless it is gone or a zombie.
    pub fn living(pid: i32) -> Option<Self> {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        let (state, started) = parse_stat(&stat)?;
        (!matches!(state, 'Z' | 'X' | 'x')).then_some(Self { pid, started })
    }

    pub fn is_alive(self) -> bool {
        Self::living(self.pid) == Some(self)
    }

    pub fn signal(self, signal: Signal) {
        if self.is_alive()
            && let Some(pid) = Pid::from_raw(self.pid)
            && let Err(error) = kill_process(pid, signal)
        {
            tracing::warn!("cannot signal database process {}: {error}", self.pid);
        }
    }
}

/// State and start time (clock ticks since boot) of a line of `/proc/PID/stat`; the name in brackets may hold anything.
fn parse_stat(stat: &str) -> Option<(char, u64)> {
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    let state = fields.next()?.chars().next()?;
    Some((state, fields.nth(18)?.parse().ok()?))
}

/// What a `postmaster.pid` says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct PidFile {
    pub pid: Option<i32>,
    pub socket_directory: Option<PathBuf>,
    pub status: String,
}

impl PidFile {
    /// Read it; a missing, empty or half-written file says nothing.
    pub fn read(data: &Path) -> Self {
        Self::parse(&std::fs::read_to_string(data.join("postmaster.pid")).unwrap_or_default())
    }

    fn parse(text: &str) -> Self {
        let line = |number: usize| {
            text.lines()
                .nth(number - 1)
                .map(str::trim)
                .filter(|line| !line.is_empty())
        };
        Self {
            pid: line(1).and_then(|pid| pid.parse().ok()),
            socket_directory: line(5).map(PathBuf::from),
            status: line(8).unwrap_or_default().to_owned(),
        }
    }
}

/// All PostgreSQL processes that sit in the data directory. Asked as the database's own user: inside a container root may
/// not look at other users' processes.
pub(super) async fn residents(place: &Place) -> Result<Vec<Process>, EmbeddedError> {
    let listing = place
        .owner
        .command("find")
        .args([
            "/proc",
            "-maxdepth",
            "2",
            "(",
            "-name",
            "cwd",
            "-o",
            "-name",
            "exe",
            ")",
            "-printf",
            "%p %l\\n",
        ])
        .current_dir("/")
        .output()
        .await
        .map_err(EmbeddedError::io("cannot run", "find"))?;
    Ok(
        postgres_in(&place.data(), &String::from_utf8_lossy(&listing.stdout))
            .into_iter()
            .filter_map(Process::living)
            .collect(),
    )
}

/// Process numbers in lines like `/proc/17/cwd /var/data` and `/proc/17/exe /usr/bin/postgres`.
fn postgres_in(data: &Path, listing: &str) -> Vec<i32> {
    let links = |kind: &'static str| {
        listing.lines().filter_map(move |line| {
            let (path, target) = line.strip_prefix("/proc/")?.split_once(' ')?;
            let (pid, name) = path.split_once('/')?;
            Some((pid.parse::<i32>().ok()?, target)).filter(|_| name == kind)
        })
    };
    // After an upgrade of the package a running server's program reads "…/postgres (deleted)".
    let is_postgres = |target: &str| {
        let program = Path::new(target.trim_end_matches(" (deleted)"));
        program.file_name().is_some_and(|name| name == "postgres")
    };
    links("cwd")
        .filter(|(_, target)| Path::new(target) == data)
        .map(|(pid, _)| pid)
        .filter(|pid| links("exe").any(|(other, target)| other == *pid && is_postgres(target)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zombie_is_not_alive() {
        assert_eq!(
            parse_stat(
                "4242 (post) gres) Z 1 4242 4242 0 -1 4 0 0 0 0 0 0 0 0 20 0 1 0 987654 0 0"
            ),
            Some(('Z', 987_654))
        );
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let pid = i32::try_from(child.id()).unwrap();
        while Process::living(pid).is_some() {
            std::thread::yield_now();
        }
        assert!(
            Path::new(&format!("/proc/{pid}")).exists(),
            "not reaped yet, so a zombie"
        );
        child.wait().unwrap();
    }

    #[test]
    fn a_half_written_pid_file_says_nothing() {
        assert_eq!(PidFile::parse(""), PidFile::default());
        let whole = "71\n/var/data\n1700000000\n5432\n/var/run\n\n  123 456\nready   \n";
        assert_eq!(
            PidFile::parse(whole),
            PidFile {
                pid: Some(71),
                socket_directory: Some("/var/run".into()),
                status: "ready".into()
            }
        );
    }

    #[test]
    fn only_postgres_processes_in_the_directory_are_residents() {
        let listing = "/proc/7/exe /usr/lib/postgresql/15/bin/postgres (deleted)\n/proc/7/cwd /var/my data\n\
                       /proc/8/exe /usr/bin/bash\n/proc/8/cwd /var/my data\n\
                       /proc/9/exe /usr/lib/postgresql/15/bin/postgres\n/proc/9/cwd /var/other\n\
                       /proc/self/cwd /var/my data\n";
        assert_eq!(postgres_in(Path::new("/var/my data"), listing), [7]);
    }
}
