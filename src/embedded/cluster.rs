//! Making a cluster and what it must hold before the migrations: settings, roles, database, extensions.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use sqlx::{ConnectOptions as _, Connection as _, PgConnection};

use super::binaries::Binaries;
use super::error::EmbeddedError;
use super::place::Place;
use super::{APP, DATABASE, DATABASE_SQL, Durability, ROLES_SQL, SUPERUSER};

/// Everything before the start: the data directory (made when absent) and the settings (written anew each time).
pub(super) async fn prepare(
    place: &Place,
    durability: Durability,
) -> Result<Binaries, EmbeddedError> {
    let data = place.data();
    let binaries = Binaries::choose(&data)?;
    if !data.exists() {
        init_db(place, &binaries, durability).await?;
    }
    place.check_data()?;
    let write = |name: &str, text: String| {
        let path = place.file(name);
        fs::write(&path, text)
            .and_then(|()| fs::set_permissions(&path, fs::Permissions::from_mode(0o644)))
            .map_err(EmbeddedError::io("cannot write", &path))
    };
    write("postgresql.conf", settings(place, durability))?;
    write(
        "pg_hba.conf",
        "local all all peer map=machimori\n".to_owned(),
    )?;
    write("pg_ident.conf", user_map(place))?;
    Ok(binaries)
}

/// Into a directory beside, renamed when whole: a first start that was killed is simply begun again.
async fn init_db(
    place: &Place,
    binaries: &Binaries,
    durability: Durability,
) -> Result<(), EmbeddedError> {
    let unfinished = place.file("data.unfinished");
    if unfinished.exists() {
        fs::remove_dir_all(&unfinished).map_err(EmbeddedError::io("cannot remove", &unfinished))?;
    }
    place.make_own_directory(&unfinished)?;
    let mut command = place.owner.command(binaries.program("initdb"));
    command.arg("-D").arg(&unfinished).args([
        "-U",
        SUPERUSER,
        "-A",
        "peer",
        "-k",
        "-E",
        "UTF8",
        "--locale=C.UTF-8",
    ]);
    if durability == Durability::Throwaway {
        command.arg("--no-sync");
    }
    let done = command
        .current_dir("/")
        .output()
        .await
        .map_err(EmbeddedError::io("cannot run", "initdb"))?;
    if !done.status.success() {
        let reason = String::from_utf8_lossy(&done.stderr).trim().to_owned();
        return Err(EmbeddedError::InitDb {
            data: place.data(),
            reason,
        });
    }
    fs::rename(&unfinished, place.data()).map_err(EmbeddedError::io("cannot rename", &unfinished))
}

fn settings(place: &Place, durability: Durability) -> String {
    let quoted = |path: &Path| format!("'{}'", path.to_string_lossy().replace('\'', "''"));
    let (durable, connections) = match durability {
        Durability::Full => ("on", 60),
        Durability::Throwaway => ("off", 200),
    };
    format!(
        "# Written at each start. Your own settings go into {local}.\n\
         listen_addresses = ''\n\
         unix_socket_directories = {run}\n\
         unix_socket_permissions = 0700\n\
         hba_file = {hba}\n\
         ident_file = {ident}\n\
         max_connections = {connections}\n\
         shared_buffers = 128MB\n\
         work_mem = 8MB\n\
         maintenance_work_mem = 64MB\n\
         effective_cache_size = 1GB\n\
         random_page_cost = 1.1\n\
         jit = off\n\
         fsync = {durable}\n\
         synchronous_commit = {durable}\n\
         full_page_writes = {durable}\n\
         max_wal_size = 1GB\n\
         timezone = 'UTC'\n\
         lc_messages = 'C'\n\
         idle_in_transaction_session_timeout = 5min\n\
         # The log holds no statement, no parameter and no value of a row: they may be somebody's name or address.\n\
         log_destination = 'stderr'\n\
         logging_collector = off\n\
         log_timezone = 'UTC'\n\
         log_line_prefix = '%m [%p] '\n\
         log_statement = none\n\
         log_min_error_statement = panic\n\
         log_min_duration_statement = -1\n\
         log_error_verbosity = terse\n\
         log_parameter_max_length = 0\n\
         log_parameter_max_length_on_error = 0\n\
         include_if_exists = {local}\n",
        run = quoted(place.run()),
        hba = quoted(&place.file("pg_hba.conf")),
        ident = quoted(&place.file("pg_ident.conf")),
        local = quoted(&place.file("local.conf")),
    )
}

/// The service and the database's own user (for an administrator's psql), each as superuser or as the service's log-in.
fn user_map(place: &Place) -> String {
    let mut users = vec![&place.owner.name];
    if place.service != place.owner {
        users.push(&place.service.name);
    }
    let line = |user: &String, login: &str| format!("machimori \"{user}\" {login}\n");
    users
        .into_iter()
        .map(|user| line(user, SUPERUSER) + &line(user, APP))
        .collect()
}

/// A connection of the superuser.
pub(super) async fn superuser(
    place: &Place,
    database: &str,
) -> Result<PgConnection, EmbeddedError> {
    let options = place
        .options(SUPERUSER, database)
        .disable_statement_logging();
    Ok(PgConnection::connect_with(&options).await?)
}

/// Roles, database and extensions; each step can be repeated, so a killed first start is completed by the next.
pub(super) async fn set_up(place: &Place) -> Result<(), EmbeddedError> {
    let mut conn = superuser(place, "postgres").await?;
    sqlx::raw_sql(ROLES_SQL).execute(&mut conn).await?;
    // A message of a failed statement may quote a value; the service has it anyway, the log must not.
    sqlx::raw_sql("ALTER ROLE machimori_app SET log_min_messages = log")
        .execute(&mut conn)
        .await?;
    let databases: Vec<String> = sqlx::query_scalar("SELECT datname::text FROM pg_database")
        .fetch_all(&mut conn)
        .await?;
    conn.close().await?;
    if databases.iter().any(|name| name == DATABASE) {
        extend(place, DATABASE).await
    } else {
        create_database(place, DATABASE).await
    }
}

/// An empty database with the extensions. `name` comes from our own code, never from a request.
#[expect(
    clippy::disallowed_methods,
    reason = "a database's name cannot be a parameter; it is quoted here"
)]
pub(super) async fn create_database(place: &Place, name: &str) -> Result<(), EmbeddedError> {
    let name_quoted = name.replace('"', "\"\"");
    let sql = format!(
        "CREATE DATABASE \"{name_quoted}\" OWNER machimori_owner ENCODING 'UTF8' TEMPLATE template0"
    );
    let mut conn = superuser(place, "postgres").await?;
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql))
        .execute(&mut conn)
        .await?;
    conn.close().await?;
    extend(place, name).await
}

async fn extend(place: &Place, database: &str) -> Result<(), EmbeddedError> {
    let mut conn = superuser(place, database).await?;
    sqlx::raw_sql("SET client_min_messages = warning")
        .execute(&mut conn)
        .await?;
    sqlx::raw_sql(DATABASE_SQL).execute(&mut conn).await?;
    Ok(conn.close().await?)
}

/// Wait until a database that another process is starting has its extensions; 15 s at most.
pub(super) async fn wait_for_set_up(place: &Place) -> Result<(), EmbeddedError> {
    let mut outcome = Ok(());
    for _ in 0..75 {
        outcome = is_set_up(place).await;
        if outcome.is_ok() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    outcome
}

async fn is_set_up(place: &Place) -> Result<(), EmbeddedError> {
    let mut conn = superuser(place, DATABASE).await?;
    sqlx::query("SELECT FROM pg_extension WHERE extname = 'pg_trgm'")
        .fetch_one(&mut conn)
        .await?;
    Ok(conn.close().await?)
}
