//! A database of its own for each test, cloned from a template that is migrated once per set of migrations (0.2 s each).

use std::process::Command;
use std::str::FromStr;

use sha2::{Digest, Sha256};
use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{ConnectOptions, Connection, PgConnection};
use tokio::sync::OnceCell;
use uuid::Uuid;

static MIGRATOR: Migrator = sqlx::migrate!("./migrations");
static TEMPLATE: OnceCell<String> = OnceCell::const_new();

/// One test's database; dropped with it.
pub struct TestDatabase {
    name: String,
    superuser: PgPool,
}

/// The cluster's superuser: `MACHIMORI_TEST_URL`, or the checkout's scratch cluster (`./dev db url` starts it).
fn cluster() -> PgConnectOptions {
    let url = std::env::var("MACHIMORI_TEST_URL").unwrap_or_else(|_| {
        let out = Command::new("./dev")
            .args(["db", "url"])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .unwrap();
        let text = String::from_utf8(out.stdout).unwrap();
        text.trim()
            .strip_prefix("DATABASE_URL=")
            .expect("./dev db url prints the scratch database's address")
            .to_owned()
    });
    PgConnectOptions::from_str(&url).unwrap()
}

async fn template() -> &'static str {
    TEMPLATE
        .get_or_init(|| async {
            let mut hash = Sha256::new();
            for migration in MIGRATOR.iter() {
                hash.update(&migration.checksum);
            }
            let digest: String = hash.finalize()[..8]
                .iter()
                .map(|b| format!("{b:02x}"))
                .collect();
            let name = format!("machimori_template_r{digest}");
            let mut conn = cluster().database("postgres").connect().await.unwrap();
            // Several test programs may start at once: one builds, the others wait.
            sqlx::query("select pg_advisory_lock(7001)")
                .execute(&mut conn)
                .await
                .unwrap();
            let exists: Option<i32> = sqlx::query_scalar(
                "select 1 from pg_database where datname = $1 and datistemplate",
            )
            .bind(&name)
            .fetch_optional(&mut conn)
            .await
            .unwrap();
            if exists.is_none() {
                build(&mut conn, &name).await;
            }
            sqlx::query("select pg_advisory_unlock(7001)")
                .execute(&mut conn)
                .await
                .unwrap();
            name
        })
        .await
}

async fn build(conn: &mut PgConnection, name: &str) {
    run(conn, format!("drop database if exists {name} with (force)")).await;
    run(
        conn,
        format!("create database {name} owner machimori_owner"),
    )
    .await;
    let mut fresh = cluster().database(name).connect().await.unwrap();
    run(
        &mut fresh,
        include_str!("../../../src/embedded/database.sql").to_owned(),
    )
    .await;
    run(
        &mut fresh,
        "set role machimori_owner; grant create on schema public to machimori_owner".into(),
    )
    .await;
    MIGRATOR.run_direct(None, &mut fresh, false).await.unwrap();
    // As `machimori migrate` does: the service's log-in compares the versions.
    run(
        &mut fresh,
        "grant select on _sqlx_migrations to machimori_app".into(),
    )
    .await;
    fresh.close().await.unwrap();
    run(conn, format!("alter database {name} is_template true")).await;
}

async fn run(conn: &mut PgConnection, sql: String) {
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql))
        .execute(conn)
        .await
        .unwrap();
}

impl TestDatabase {
    pub async fn create() -> Self {
        let template = template().await;
        let name = format!("t_{}", Uuid::now_v7().simple());
        let mut conn = cluster().database("postgres").connect().await.unwrap();
        run(
            &mut conn,
            format!("create database {name} template {template}"),
        )
        .await;
        // A plan that is kept asks for every table that it could read, one made for these very values only for those that it reads.
        // Which of them a connection takes depends on how often it was asked: what a role may do must not.
        run(
            &mut conn,
            format!("alter database {name} set plan_cache_mode = force_generic_plan"),
        )
        .await;
        conn.close().await.unwrap();
        let superuser = PgPoolOptions::new()
            .max_connections(2)
            .connect_with(cluster().database(&name))
            .await
            .unwrap();
        Self { name, superuser }
    }

    pub fn superuser(&self) -> &PgPool {
        &self.superuser
    }

    /// The application's log-in: what the service under test uses.
    pub fn app_options(&self) -> PgConnectOptions {
        cluster().username("machimori_app").database(&self.name)
    }

    /// The same as a URL, for a service in a process of its own.
    pub fn app_url(&self) -> String {
        let options = self.app_options();
        let socket = options
            .get_socket()
            .map(|p| p.display().to_string())
            .unwrap_or_default();
        let host = if socket.is_empty() {
            options.get_host().to_owned()
        } else {
            socket
        };
        format!(
            "postgres://machimori_app@localhost/{}?host={host}",
            self.name
        )
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let name = std::mem::take(&mut self.name);
        // The test's runtime may be ending: a thread of our own drops the database.
        let dropper = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .ok()?;
            runtime.block_on(async {
                let mut conn = cluster().database("postgres").connect().await.ok()?;
                let sql = format!("drop database if exists {name} with (force)");
                sqlx::raw_sql(sqlx::AssertSqlSafe(sql))
                    .execute(&mut conn)
                    .await
                    .ok()
            })
        });
        let _ = dropper.join();
    }
}
