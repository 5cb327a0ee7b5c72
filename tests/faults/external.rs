//! A server that is not ours: made ready by `machimori roles`, migrated by its own log-in, refused when the walls would not hold.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

use crate::ground::{Extra, directory, newest_postgres, until, yielded_to_database_user};

/// A PostgreSQL as an administrator would have it: only the superuser `dba`.
struct Server {
    _process: Extra,
    dir: TempDir,
}

impl Server {
    async fn start() -> Self {
        let dir = directory();
        let home = dir.path().join("dba");
        std::fs::create_dir(&home).unwrap();
        std::fs::set_permissions(&home, std::fs::Permissions::from_mode(0o755)).unwrap();
        let mut made = yielded_to_database_user(&home, newest_postgres().with_file_name("initdb"));
        let made =
            made.arg("-D")
                .arg(home.join("data"))
                .args(["-U", "dba", "-A", "trust", "--no-sync"]);
        assert!(made.stdout(Stdio::null()).status().unwrap().success());
        let process = yielded_to_database_user(&home, newest_postgres())
            .arg("-D")
            .arg(home.join("data"))
            .args(["-c", "listen_addresses=", "-c", "fsync=off", "-c"])
            .arg(format!("unix_socket_directories={}", home.display()))
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let server = Self {
            dir,
            _process: Extra(process),
        };
        until("the server answers", async || {
            server
                .psql("postgres", "select 1")
                .status
                .success()
                .then_some(())
        })
        .await;
        server
    }

    fn run(&self) -> PathBuf {
        self.dir.path().join("dba")
    }

    fn psql(&self, database: &str, sql: &str) -> Output {
        let mut psql = Command::new("psql");
        psql.arg("-h").arg(self.run()).args([
            "-U",
            "dba",
            "-X",
            "-q",
            "-v",
            "ON_ERROR_STOP=1",
            "-d",
            database,
        ]);
        psql.args(["-f", "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut psql = psql.spawn().unwrap();
        std::io::Write::write_all(&mut psql.stdin.take().unwrap(), sql.as_bytes()).unwrap();
        psql.wait_with_output().unwrap()
    }

    fn url(&self, login: &str) -> String {
        format!(
            "postgres://{login}@localhost/machimori?host={}",
            self.run().display()
        )
    }
}

fn machimori(var: &Path, arguments: &[&str], environment: &[(&str, String)]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_machimori"))
        .args(arguments)
        .env_remove("DATABASE_URL")
        .env("MACHIMORI_VAR", var)
        .envs(environment.iter().cloned())
        .output()
        .unwrap()
}

fn words(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[tokio::test]
async fn an_administrators_server_is_made_ready_by_the_printed_sql_and_migrated_by_its_own_login() {
    let server = Server::start().await;
    let var = server.dir.path().join("var");
    let sql = machimori(&var, &["roles"], &[]);
    let sql = String::from_utf8(sql.stdout).unwrap();
    for _ in 0..2 {
        let applied = server.psql("postgres", &sql);
        assert!(
            applied.status.success(),
            "the SQL may be run again: {}",
            words(&applied)
        );
    }
    let made = server.psql(
        "postgres",
        "create role deploy login; grant machimori_owner to deploy",
    );
    assert!(made.status.success(), "{}", words(&made));

    let app = ("DATABASE_URL", server.url("machimori_app"));
    let unmigrated = machimori(&var, &["migrate"], std::slice::from_ref(&app));
    assert!(
        words(&unmigrated).contains("no tables of Machimori yet"),
        "{}",
        words(&unmigrated)
    );
    let owner = ("MACHIMORI_OWNER_URL", server.url("deploy"));
    let migrated = machimori(&var, &["migrate"], &[app.clone(), owner.clone()]);
    assert!(migrated.status.success(), "{}", words(&migrated));
    let checked = machimori(&var, &["migrate"], &[app]);
    assert!(
        checked.status.success(),
        "without the owner it checks: {}",
        words(&checked)
    );
    assert!(
        !var.join("postgres").exists(),
        "nothing of our own was started"
    );

    for (login, why) in [("dba", "it is a superuser"), ("deploy", "it owns tables")] {
        let refused = machimori(
            &var,
            &["serve", "--listen", "127.0.0.1:0"],
            &[("DATABASE_URL", server.url(login))],
        );
        assert!(!refused.status.success());
        assert!(
            words(&refused).contains(why),
            "{login}: {}",
            words(&refused)
        );
    }
}
