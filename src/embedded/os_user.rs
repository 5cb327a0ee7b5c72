//! The operating system's users: who we are, and who the database runs as.

use std::io;

use tokio::process::Command;

use super::error::EmbeddedError;

/// A user with a passwd entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct OsUser {
    pub name: String,
    pub uid: u32,
    pub gid: u32,
}

impl OsUser {
    /// The user this process runs as.
    pub async fn ourselves() -> Result<Self, EmbeddedError> {
        let uid = rustix::process::geteuid().as_raw();
        look_up(&uid.to_string())
            .await?
            .ok_or(EmbeddedError::UnknownUser { uid })
    }

    /// Who the database runs as: ourselves, or `postgres` when we are root.
    pub async fn of_database(ourselves: &Self) -> Result<Self, EmbeddedError> {
        if !ourselves.is_root() {
            return Ok(ourselves.clone());
        }
        look_up("postgres")
            .await?
            .ok_or(EmbeddedError::NoPostgresUser)
    }

    pub fn is_root(&self) -> bool {
        self.uid == 0
    }

    /// A command that runs as this user, with nothing of our environment but what finding users and programs needs.
    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("LC_ALL", "C.UTF-8")
            .env("PATH", "/usr/local/bin:/usr/bin:/bin");
        for name in ["LD_PRELOAD", "NSS_WRAPPER_PASSWD", "NSS_WRAPPER_GROUP"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        command.stdin(std::process::Stdio::null());
        if rustix::process::geteuid().is_root() {
            command.uid(self.uid).gid(self.gid);
        }
        command
    }
}

/// Ask the same directory services as PostgreSQL does (files, LDAP, nss_wrapper); without `getent`, the file.
async fn look_up(key: &str) -> Result<Option<OsUser>, EmbeddedError> {
    let entries = match Command::new("getent").args(["passwd", key]).output().await {
        Ok(answer) => String::from_utf8_lossy(&answer.stdout).into_owned(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            std::fs::read_to_string("/etc/passwd")
                .map_err(EmbeddedError::io("cannot read", "/etc/passwd"))?
        }
        Err(error) => return Err(EmbeddedError::io("cannot run", "getent")(error)),
    };
    Ok(entries
        .lines()
        .filter_map(parse)
        .find(|user| user.name == key || user.uid.to_string() == key))
}

fn parse(line: &str) -> Option<OsUser> {
    let mut fields = line.split(':');
    let name = fields.next()?.to_owned();
    let uid = fields.nth(1)?.parse().ok()?;
    let gid = fields.next()?.parse().ok()?;
    Some(OsUser { name, uid, gid })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_passwd_line_gives_name_and_numbers() {
        let user =
            parse("postgres:x:101:104:PostgreSQL administrator,,,:/var/lib/postgresql:/bin/bash");
        assert_eq!(
            user,
            Some(OsUser {
                name: "postgres".into(),
                uid: 101,
                gid: 104
            })
        );
        assert_eq!(parse("+::::::"), None);
    }

    #[tokio::test]
    async fn a_number_without_an_entry_is_unknown() {
        assert_eq!(look_up("3999999999").await.unwrap(), None);
    }
}
