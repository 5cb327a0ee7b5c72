//! Which installed PostgreSQL to use: the newest with PostGIS for a new database, the same major version for an old one.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::error::EmbeddedError;

const OLDEST: u32 = 15;

/// One installed PostgreSQL server.
#[derive(Debug, Clone)]
pub(super) struct Binaries {
    bin: PathBuf,
    major: u32,
}

impl Binaries {
    /// The server for the database in `data`, or for a new one when there is none.
    pub fn choose(data: &Path) -> Result<Self, EmbeddedError> {
        let installed = installed();
        let Some(newest) = installed.first().cloned() else {
            return Err(EmbeddedError::NoServer);
        };
        match std::fs::read_to_string(data.join("PG_VERSION")) {
            Ok(version) => {
                let found = version.trim().to_owned();
                let same = installed
                    .iter()
                    .find(|server| server.major.to_string() == found);
                same.cloned().ok_or_else(|| EmbeddedError::WrongMajor {
                    data: data.to_owned(),
                    found,
                    installed: installed
                        .iter()
                        .map(|s| s.major.to_string())
                        .collect::<Vec<_>>()
                        .join(", "),
                })
            }
            Err(_) => {
                let with_postgis = installed.into_iter().find(Self::has_postgis);
                with_postgis.ok_or(EmbeddedError::NoPostgis {
                    major: newest.major,
                })
            }
        }
    }

    pub fn program(&self, name: &str) -> PathBuf {
        self.bin.join(name)
    }

    fn has_postgis(&self) -> bool {
        let share = ask(&self.program("pg_config"), "--sharedir");
        share.is_some_and(|share| Path::new(&share).join("extension/postgis.control").exists())
    }
}

/// All usable servers, newest first: those of Debian's layout, then the one `pg_config` on the path speaks of.
fn installed() -> Vec<Binaries> {
    let versions = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten();
    let debian = versions.map(|version| version.path().join("bin"));
    let on_path = ask(Path::new("pg_config"), "--bindir").map(PathBuf::from);
    let mut found: Vec<Binaries> = debian.chain(on_path).filter_map(server_in).collect();
    found.sort_by_key(|server| std::cmp::Reverse(server.major));
    found.dedup_by_key(|server| server.major);
    found
}

fn server_in(bin: PathBuf) -> Option<Binaries> {
    let version = ask(&bin.join("postgres"), "--version")?;
    let major = major_of(&version)?;
    (major >= OLDEST && bin.join("initdb").exists()).then_some(Binaries { bin, major })
}

/// `postgres (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)` → 15; `17beta1` → 17.
fn major_of(version: &str) -> Option<u32> {
    let number = version.split_whitespace().nth(2)?;
    let digits: String = number.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

fn ask(program: &Path, question: &str) -> Option<String> {
    let answer = Command::new(program)
        .arg(question)
        .output()
        .ok()
        .filter(|answer| answer.status.success())?;
    Some(String::from_utf8_lossy(&answer.stdout).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_read_from_releases_and_betas() {
        assert_eq!(
            major_of("postgres (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)"),
            Some(15)
        );
        assert_eq!(major_of("postgres (PostgreSQL) 19beta1"), Some(19));
        assert_eq!(major_of("postgres"), None);
    }

    #[test]
    fn a_database_of_a_version_that_is_not_installed_is_refused_with_advice() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("PG_VERSION"), "12\n").unwrap();
        let refusal = Binaries::choose(dir.path()).unwrap_err().to_string();
        assert!(
            refusal.contains("PostgreSQL 12") && refusal.contains("pg_upgrade"),
            "{refusal}"
        );
    }
}
