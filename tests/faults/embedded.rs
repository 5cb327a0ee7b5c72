//! The private database: started from nothing, left over, killed, refused.

use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;
use std::process::{Command, Stdio};

use machimori::embedded::{APP, DATABASE, Durability, Embedded, EmbeddedError, SUPERUSER, State};
use std::time::Duration;

use sqlx::{Connection as _, PgConnection};
use tokio::sync::watch;

use crate::ground::{
    Extra, Load, as_owner_of, data, directory, kill, newest_postgres, postmaster, until,
};

/// For stories that are not about durability.
async fn quick_start(dir: &Path) -> Result<Embedded, EmbeddedError> {
    Embedded::start_with(dir, Durability::Throwaway).await
}

/// Wait for a state of the database, at most a minute.
async fn becomes(state: &mut watch::Receiver<State>, wanted: State) {
    let reached = state.wait_for(|state| *state == wanted);
    let reached = tokio::time::timeout(Duration::from_secs(60), reached).await;
    assert!(reached.is_ok(), "{wanted:?} is not reached");
}

#[tokio::test]
async fn an_empty_directory_becomes_a_database_with_roles_and_extensions() {
    let dir = directory();
    let database = Embedded::start(dir.path()).await.unwrap();
    let mut conn = PgConnection::connect_with(&database.options(APP, DATABASE))
        .await
        .unwrap();
    let postgis: String = sqlx::query_scalar("select postgis_lib_version()")
        .fetch_one(&mut conn)
        .await
        .unwrap();
    assert!(postgis.starts_with('3'), "{postgis}");
    let may_become: i64 = sqlx::query_scalar(
        "select count(*) from pg_roles where rolname like 'm\\_%' and pg_has_role(current_user, oid, 'member')",
    )
    .fetch_one(&mut conn)
    .await
    .unwrap();
    assert_eq!(may_become, 16);
    let checked: String = sqlx::query_scalar("show data_checksums")
        .fetch_one(&mut conn)
        .await
        .unwrap();
    let tcp: String = sqlx::query_scalar("show listen_addresses")
        .fetch_one(&mut conn)
        .await
        .unwrap();
    let durable: String = sqlx::query_scalar("show fsync")
        .fetch_one(&mut conn)
        .await
        .unwrap();
    assert_eq!(
        (checked.as_str(), tcp.as_str(), durable.as_str()),
        ("on", "", "on")
    );
    assert_eq!(
        std::fs::metadata(data(dir.path())).unwrap().mode() & 0o777,
        0o700
    );
    let psql = Command::new("psql")
        .arg(database.url(APP, DATABASE))
        .args(["-Atc", "select current_user"])
        .output();
    assert_eq!(
        psql.unwrap().stdout,
        b"machimori_app\n",
        "the address serves psql too"
    );
    database.stop().await;
}

#[tokio::test]
async fn a_second_start_keeps_the_data() {
    let dir = directory();
    let database = Embedded::start(dir.path()).await.unwrap();
    let mut load = Load::start(database.options(SUPERUSER, DATABASE)).await;
    load.acknowledges(10).await;
    assert_eq!(load.missing().await, Vec::<i64>::new());
    database.stop().await;
    assert!(
        !data(dir.path()).join("postmaster.pid").exists(),
        "stopped in order"
    );

    let database = Embedded::start(dir.path()).await.unwrap();
    let mut conn = PgConnection::connect_with(&database.options(SUPERUSER, DATABASE))
        .await
        .unwrap();
    let rows: i64 = sqlx::query_scalar("select count(*) from acknowledged")
        .fetch_one(&mut conn)
        .await
        .unwrap();
    assert!(rows >= 10, "{rows}");
    database.stop().await;
}

#[tokio::test]
async fn a_postmaster_killed_under_load_comes_back_with_every_acknowledged_row() {
    let dir = directory();
    let database = Embedded::start(dir.path()).await.unwrap();
    let mut state = database.state();
    let mut load = Load::start(database.options(SUPERUSER, DATABASE)).await;
    for _ in 0..2 {
        load.acknowledges(200).await;
        kill(postmaster(dir.path()));
        becomes(&mut state, State::Starting).await;
        becomes(&mut state, State::Ready).await;
    }
    load.acknowledges(200).await;
    assert_eq!(load.missing().await, Vec::<i64>::new());
    database.stop().await;
}

#[tokio::test]
async fn a_postmaster_killed_while_a_backend_is_busy_comes_back() {
    let dir = directory();
    let database = Embedded::start(dir.path()).await.unwrap();
    let mut busy = PgConnection::connect_with(&database.options(SUPERUSER, DATABASE))
        .await
        .unwrap();
    let sum = tokio::spawn(async move {
        sqlx::query("select sum(sqrt(i)) from generate_series(1, 4000000000) i")
            .execute(&mut busy)
            .await
    });
    let mut watcher = PgConnection::connect_with(&database.options(SUPERUSER, DATABASE))
        .await
        .unwrap();
    until("the sum is being computed", async || {
        let busy = sqlx::query("select from pg_stat_activity where state = 'active' and query like '%sqrt(i)%' and pid <> pg_backend_pid()");
        busy.fetch_optional(&mut watcher).await.unwrap()
    })
    .await;
    let mut state = database.state();
    kill(postmaster(dir.path()));
    becomes(&mut state, State::Starting).await;
    becomes(&mut state, State::Ready).await;
    assert!(sum.await.unwrap().is_err(), "the orphan is ended");
    database.stop().await;
}

#[tokio::test]
async fn a_second_service_is_refused_and_the_first_is_unharmed() {
    let dir = directory();
    let first = quick_start(dir.path()).await.unwrap();
    let refusal = quick_start(dir.path()).await.unwrap_err();
    assert!(matches!(refusal, EmbeddedError::InUse { .. }), "{refusal}");
    assert!(
        refusal
            .to_string()
            .contains(&std::process::id().to_string()),
        "names the holder: {refusal}"
    );

    let guest = Embedded::join_or_start(dir.path(), Durability::Throwaway)
        .await
        .unwrap();
    PgConnection::connect_with(&guest.options(APP, DATABASE))
        .await
        .unwrap();
    guest.stop().await;
    PgConnection::connect_with(&first.options(APP, DATABASE))
        .await
        .unwrap();
    first.stop().await;
}

#[tokio::test]
async fn a_stale_pid_file_that_names_a_stranger_is_cleared() {
    let dir = directory();
    quick_start(dir.path()).await.unwrap().stop().await;
    // After a reboot the number may belong to anyone, here to a process of the database's own user.
    let mut sleep = as_owner_of(&data(dir.path()), "sleep");
    let mut stranger = Extra(sleep.arg("600").spawn().unwrap());
    let left = format!(
        "{}\n{}\n1700000000\n5432\n\n\n\nready   \n",
        stranger.pid(),
        data(dir.path()).display()
    );
    std::fs::write(data(dir.path()).join("postmaster.pid"), left).unwrap();

    let database = quick_start(dir.path()).await.unwrap();
    PgConnection::connect_with(&database.options(APP, DATABASE))
        .await
        .unwrap();
    assert!(stranger.is_running(), "the stranger is let be");
    database.stop().await;
}

#[tokio::test]
async fn an_empty_pid_file_and_a_stale_socket_are_cleared() {
    let dir = directory();
    quick_start(dir.path()).await.unwrap().stop().await;
    std::fs::write(data(dir.path()).join("postmaster.pid"), "").unwrap();
    std::fs::write(dir.path().join("postgres/run/.s.PGSQL.5432.lock"), "1\n").unwrap();
    quick_start(dir.path()).await.unwrap().stop().await;
}

#[tokio::test]
async fn a_data_directory_open_to_others_is_refused_in_words() {
    let dir = directory();
    quick_start(dir.path()).await.unwrap().stop().await;
    std::fs::set_permissions(data(dir.path()), std::fs::Permissions::from_mode(0o755)).unwrap();
    let refusal = quick_start(dir.path()).await.unwrap_err().to_string();
    assert!(
        refusal.contains("mode 0755") && refusal.contains("chmod 0700"),
        "{refusal}"
    );
}

#[tokio::test]
async fn a_database_of_another_major_version_is_refused_and_left_as_it_is() {
    let dir = directory();
    quick_start(dir.path()).await.unwrap().stop().await;
    let version = data(dir.path()).join("PG_VERSION");
    let real = std::fs::read_to_string(&version).unwrap();
    std::fs::write(&version, "9.6\n").unwrap();
    let refusal = quick_start(dir.path()).await.unwrap_err();
    assert!(
        matches!(refusal, EmbeddedError::WrongMajor { .. }),
        "{refusal}"
    );
    std::fs::write(&version, real).unwrap();
    quick_start(dir.path()).await.unwrap().stop().await;
}

#[tokio::test]
async fn a_server_that_someone_else_started_on_the_data_is_neither_used_nor_stopped() {
    let dir = directory();
    quick_start(dir.path()).await.unwrap().stop().await;
    let data = data(dir.path());
    let elsewhere = dir.path().join("postgres/data/elsewhere");
    let mut make = as_owner_of(&data, "mkdir");
    assert!(make.arg(&elsewhere).status().unwrap().success());
    let mut server = as_owner_of(&data, newest_postgres());
    let server = server
        .arg("-D")
        .arg(&data)
        .args(["-c", "listen_addresses=", "-c"])
        .arg(format!("unix_socket_directories={}", elsewhere.display()))
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut server = Extra(server);
    until("the other server is up", async || {
        std::fs::read_to_string(data.join("postmaster.pid"))
            .ok()
            .filter(|file| file.contains("ready"))
    })
    .await;
    let refusal = quick_start(dir.path()).await.unwrap_err();
    assert!(
        matches!(refusal, EmbeddedError::NotOurs { .. }),
        "{refusal}"
    );
    assert!(server.is_running(), "it still runs");
}

#[tokio::test]
async fn a_running_database_is_adopted_when_its_service_is_gone() {
    let dir = directory();
    // A runtime that ends takes the supervisor with it, as a crash of the service does; the database goes on.
    let path = dir.path().to_owned();
    let gone = std::thread::spawn(move || {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async { quick_start(&path).await.map(drop) })
    });
    gone.join().unwrap().unwrap();
    let before = postmaster(dir.path());

    let database = quick_start(dir.path()).await.unwrap();
    assert_eq!(postmaster(dir.path()), before, "adopted, not started again");
    let mut state = database.state();
    kill(before);
    becomes(&mut state, State::Starting).await;
    becomes(&mut state, State::Ready).await;
    database.stop().await;
}

#[tokio::test]
async fn started_as_root_only_the_database_gives_up_its_rights() {
    if !rustix::process::geteuid().is_root() {
        eprintln!("skipped: not root");
        return;
    }
    let dir = directory();
    let database = quick_start(dir.path()).await.unwrap();
    let status =
        std::fs::read_to_string(format!("/proc/{}/status", postmaster(dir.path()))).unwrap();
    let line = |name: &str| {
        status
            .lines()
            .find(|line| line.starts_with(name))
            .unwrap()
            .to_owned()
    };
    assert!(
        !line("Uid:")
            .split_whitespace()
            .skip(1)
            .any(|uid| uid == "0"),
        "{}",
        line("Uid:")
    );
    assert_eq!(line("Groups:").trim(), "Groups:");
    assert_eq!(
        line("CapEff:")
            .split_whitespace()
            .last()
            .unwrap()
            .trim_start_matches('0'),
        ""
    );
    assert!(
        rustix::process::geteuid().is_root(),
        "the service keeps its own"
    );
    database.stop().await;
}

#[tokio::test]
async fn a_directory_that_the_databases_user_cannot_reach_moves_the_data_elsewhere() {
    if !rustix::process::geteuid().is_root() {
        eprintln!("skipped: not root");
        return;
    }
    let dir = directory();
    let closed = dir.path().join("closed");
    std::fs::create_dir(&closed).unwrap();
    std::fs::set_permissions(&closed, std::fs::Permissions::from_mode(0o700)).unwrap();
    let database = quick_start(&closed.join("var")).await.unwrap();
    assert!(!closed.join("var/postgres").exists());
    let mut conn = PgConnection::connect_with(&database.options(SUPERUSER, DATABASE))
        .await
        .unwrap();
    let data: String = sqlx::query_scalar("show data_directory")
        .fetch_one(&mut conn)
        .await
        .unwrap();
    assert!(data.starts_with("/var/lib/machimori/"), "{data}");
    database.stop().await;

    // Opened later, the database stays where it is.
    std::fs::set_permissions(&closed, std::fs::Permissions::from_mode(0o711)).unwrap();
    let database = quick_start(&closed.join("var")).await.unwrap();
    assert!(!closed.join("var/postgres").exists());
    let run = database
        .options(APP, DATABASE)
        .get_socket()
        .unwrap()
        .clone();
    database.stop().await;
    std::fs::remove_dir_all(Path::new(&data).parent().unwrap()).unwrap();
    std::fs::remove_dir_all(run).unwrap();
}

#[tokio::test]
async fn a_setting_that_postgres_does_not_know_is_named_in_the_refusal() {
    let dir = directory();
    quick_start(dir.path()).await.unwrap().stop().await;
    std::fs::write(
        dir.path().join("postgres/local.conf"),
        "shared_bufers = 1GB\n",
    )
    .unwrap();
    let refusal = quick_start(dir.path()).await.unwrap_err();
    assert!(
        matches!(refusal, EmbeddedError::DidNotStart { .. }),
        "{refusal}"
    );
    assert!(refusal.to_string().contains("postgres.log"), "{refusal}");
}

#[tokio::test]
async fn a_database_that_cannot_come_back_is_given_up_in_words_and_comes_back_when_it_can() {
    if std::env::var_os("MACHIMORI_FULL").is_none() {
        eprintln!("skipped: takes two minutes, runs with --full");
        return;
    }
    let dir = directory();
    let database = quick_start(dir.path()).await.unwrap();
    let mut state = database.state();
    let local = dir.path().join("postgres/local.conf");
    std::fs::write(&local, "shared_bufers = 1GB\n").unwrap();
    kill(postmaster(dir.path()));
    let failed = state.wait_for(|state| matches!(state, State::Failed(_)));
    let given_up = tokio::time::timeout(Duration::from_secs(120), failed)
        .await
        .expect("it is given up")
        .unwrap();
    assert!(
        format!("{given_up:?}").contains("does not come back"),
        "{given_up:?}"
    );
    drop(given_up);
    std::fs::remove_file(&local).unwrap();
    becomes(&mut state, State::Ready).await;
    database.stop().await;
}
