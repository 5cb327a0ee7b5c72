//! Where the private database lives, and who may touch what there.
//!
//! `<dir>/postgres/` belongs to the service: settings, log, lock. Inside, `data/` and `run/` (the socket) belong to the
//! database's user with mode 0700. Nothing in a directory of the database's user is ever written by root.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::os::unix::fs::{
    DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _, chown,
};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};
use sqlx::postgres::{PgConnectOptions, PgSslMode};

use super::error::EmbeddedError;
use super::os_user::OsUser;

/// `sun_path` holds 108 bytes with its final zero.
const SOCKET_PATH_BYTES: usize = 107;
const SOCKET: &str = ".s.PGSQL.5432";

/// The directories of one private database, and the two users concerned.
#[derive(Debug)]
pub(super) struct Place {
    home: PathBuf,
    run: PathBuf,
    pub service: OsUser,
    pub owner: OsUser,
}

/// How long a directory may be taken before it counts as in use: 0.3 s.
const LOCK_TRIES: u32 = 15;
const LOCK_PAUSE: std::time::Duration = std::time::Duration::from_millis(20);

impl Place {
    /// Decide where the database of `dir` lives and make the directories around it (not the data).
    pub async fn prepare(dir: &Path) -> Result<Self, EmbeddedError> {
        let service = OsUser::ourselves().await?;
        let owner = OsUser::of_database(&service).await?;
        make_directory(dir, &service)?;
        let dir = dir
            .canonicalize()
            .map_err(EmbeddedError::io("cannot reach", dir))?;
        let mark = hex_of(&Sha256::digest(dir.as_os_str().as_encoded_bytes())[..6]);

        let near = dir.join("postgres");
        let far = Path::new("/var/lib/machimori").join(&mark);
        let made_near = near.join("data/PG_VERSION").exists();
        let made_far = service.is_root() && far.join("data/PG_VERSION").exists();
        let home = if can_reach(&owner, &dir).await? {
            if made_far && !made_near { far } else { near }
        } else if made_near && !made_far {
            return Err(EmbeddedError::OutOfReach {
                path: near,
                user: owner.name,
            });
        } else {
            far
        };
        let run = socket_directory(&home, &dir, &mark, &service)?;

        make_directory(&home, &service)?;
        require_owner(
            &home,
            &service,
            "Start the service as that user, or give it the whole directory (`chown -R`).",
        )?;
        let place = Self {
            home,
            run,
            service,
            owner,
        };
        place.make_own_directory(&place.run)?;
        Ok(place)
    }

    pub fn data(&self) -> PathBuf {
        self.home.join("data")
    }
    pub fn run(&self) -> &Path {
        &self.run
    }
    pub fn log(&self) -> PathBuf {
        self.home.join("postgres.log")
    }
    pub fn file(&self, name: &str) -> PathBuf {
        self.home.join(name)
    }

    /// Files that a server which died may have left in the socket directory.
    pub fn socket_files(&self) -> [PathBuf; 2] {
        [
            self.run.join(SOCKET),
            self.run.join(format!("{SOCKET}.lock")),
        ]
    }

    /// Take the directory for this process; the lock ends with the returned file.
    pub fn lock(&self) -> Result<File, EmbeddedError> {
        let path = self.file("lock");
        let io = |what| EmbeddedError::io(what, self.file("lock"));
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path);
        let file = file
            .as_mut()
            .map_err(|error| io("cannot open")(std::io::Error::from(error.kind())))?;
        // A child that this program is just starting holds the file too, until it has become another program.
        let mut taken = file.try_lock();
        for _ in 0..LOCK_TRIES {
            if !matches!(taken, Err(TryLockError::WouldBlock)) {
                break;
            }
            std::thread::sleep(LOCK_PAUSE);
            taken = file.try_lock();
        }
        match taken {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                file.read_to_string(&mut holder)
                    .map_err(io("cannot read"))?;
                return Err(EmbeddedError::InUse {
                    dir: self.home.clone(),
                    holder: holder.trim().to_owned(),
                });
            }
            Err(TryLockError::Error(error)) => return Err(io("cannot lock")(error)),
        }
        file.set_len(0)
            .and_then(|()| file.rewind())
            .map_err(io("cannot write"))?;
        writeln!(file, "{}", std::process::id()).map_err(io("cannot write"))?;
        file.try_clone().map_err(io("cannot keep"))
    }

    /// Make a directory that belongs to the database's user alone, or put its rights right again.
    pub fn make_own_directory(&self, path: &Path) -> Result<(), EmbeddedError> {
        make_directory(path, &self.owner)?;
        if self.service.is_root() {
            chown(path, Some(self.owner.uid), Some(self.owner.gid))
                .map_err(EmbeddedError::io("cannot give away", path))?;
        }
        require_owner(path, &self.owner, "Give it back (`chown`).")?;
        fs::set_permissions(path, fs::Permissions::from_mode(0o700))
            .map_err(EmbeddedError::io("cannot close off", path))
    }

    /// PostgreSQL insists on both; we say it in words beforehand.
    pub fn check_data(&self) -> Result<(), EmbeddedError> {
        let data = self.data();
        require_owner(
            &data,
            &self.owner,
            "Start the service as the user who made it, or give it the data (`chown -R`).",
        )?;
        let mode = fs::metadata(&data)
            .map_err(EmbeddedError::io("cannot read", &data))?
            .mode()
            & 0o7777;
        if mode & 0o027 == 0 {
            Ok(())
        } else {
            Err(EmbeddedError::OpenToOthers { path: data, mode })
        }
    }

    pub fn options(&self, login: &str, database: &str) -> PgConnectOptions {
        PgConnectOptions::new_without_pgpass()
            .socket(&self.run)
            .port(5432)
            .username(login)
            .database(database)
            .ssl_mode(PgSslMode::Disable)
    }
}

/// Root's directories may be passed through (the database's user lives below); others are closed.
fn make_directory(path: &Path, user: &OsUser) -> Result<(), EmbeddedError> {
    let mode = if user.is_root() { 0o711 } else { 0o700 };
    fs::DirBuilder::new()
        .recursive(true)
        .mode(mode)
        .create(path)
        .map_err(EmbeddedError::io("cannot make", path))
}

fn require_owner(path: &Path, user: &OsUser, advice: &'static str) -> Result<(), EmbeddedError> {
    let owner = fs::metadata(path)
        .map_err(EmbeddedError::io("cannot read", path))?
        .uid();
    if owner == user.uid {
        return Ok(());
    }
    Err(EmbeddedError::Owner {
        path: path.to_owned(),
        owner,
        wanted: user.uid,
        advice,
    })
}

/// Whether `user` may step into `dir`; tried, not computed, so that access lists and mounts count too.
async fn can_reach(user: &OsUser, dir: &Path) -> Result<bool, EmbeddedError> {
    match user.command("true").current_dir(dir).status().await {
        Ok(status) => Ok(status.success()),
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => Ok(false),
        Err(error) => Err(EmbeddedError::io("cannot step into", dir)(error)),
    }
}

fn socket_directory(
    home: &Path,
    dir: &Path,
    mark: &str,
    service: &OsUser,
) -> Result<PathBuf, EmbeddedError> {
    let length = |run: &Path| run.as_os_str().len() + 1 + SOCKET.len();
    let beside = home.join("run");
    if home.starts_with(dir) && length(&beside) <= SOCKET_PATH_BYTES {
        return Ok(beside);
    }
    if service.is_root() {
        let shared = Path::new("/run/machimori");
        make_directory(shared, service)?;
        return Ok(shared.join(mark));
    }
    match std::env::var_os("XDG_RUNTIME_DIR")
        .map(|dir| Path::new(&dir).join(format!("machimori-{mark}")))
    {
        Some(own) if length(&own) <= SOCKET_PATH_BYTES => Ok(own),
        _ => Err(EmbeddedError::PathTooLong {
            length: length(&beside),
            path: beside,
        }),
    }
}

fn hex_of(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
