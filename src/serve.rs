//! `machimori serve`: HTTP binds first, the database comes up behind it, everything stops cleanly.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context;
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection as _, PgConnection};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::app::{App, Settings};
use crate::config::{DatabaseConfig, ServeConfig};
use crate::embedded::{self, Durability, Embedded};
use crate::keys::Keys;
use crate::{assets, city, demo, jobs, migrate, reports, router, safety, shelters};

/// Run until Ctrl-C or SIGTERM.
pub async fn run(config: ServeConfig) -> anyhow::Result<()> {
    let listener = TcpListener::bind(config.listen).await.with_context(|| {
        format!(
            "cannot listen on {}; is another service there? choose with --listen",
            config.listen
        )
    })?;
    if !assets::is_built() {
        tracing::warn!("the web pages are not built into this binary; run ./dev run");
    }
    let keys = Keys::load_or_create(&config.database.key_path())?;
    let app = App::new(Settings::from_config(&config)?, keys);
    shelters::refresh::from_snapshot(&app);
    let service = router::router(app.clone()).into_make_service_with_connect_info::<SocketAddr>();
    let (stop, mut stopped) = watch::channel(false);
    let stop_jobs = stopped.clone();
    let http = tokio::spawn(async move {
        let until = async move {
            let _ = stopped.wait_for(|s| *s).await;
        };
        axum::serve(listener, service)
            .with_graceful_shutdown(until)
            .await
    });

    let mut asked_to_stop = tokio::spawn(wait_for_stop());
    let database = tokio::select! {
        database = open_database(&config.database, Use::Service) => database?,
        // A private database is started to its end before it is stopped: it never stays behind half made.
        _ = &mut asked_to_stop, if config.database.database_url.is_some() => return Ok(()),
    };
    // Whatever ends the service, its private database ends with it.
    let served = match make_ready(&app, &config, &database, &mut asked_to_stop).await {
        Ok(Ready::Asked) => Ok(()),
        Ok(Ready::Yes) => {
            let work = Work::begin(&app, stop_jobs);
            tracing::info!(url = %app.settings.public_url, "ready");
            let _ = asked_to_stop.await;
            app.boards.close();
            app.attendance.close();
            let _ = stop.send(true);
            end_in_time(http).await;
            work.end().await;
            Ok(())
        }
        Err(error) => Err(error),
    };
    database.close().await;
    served
}

/// Whether the service may begin.
enum Ready {
    Yes,
    /// Somebody asked it to stop meanwhile.
    Asked,
}

/// Open the database for requests, make the demo where it is wanted, say what the city lacks.
async fn make_ready(
    app: &App,
    config: &ServeConfig,
    database: &Database,
    asked_to_stop: &mut JoinHandle<()>,
) -> anyhow::Result<Ready> {
    app.db.open(database.app.clone(), config.pool).await?;
    tokio::spawn(shelters::refresh::follow(
        app.clone(),
        shelters::refresh::LOOK_EVERY,
    ));
    if config.demo {
        // What is given up half loaded is finished by the next start.
        tokio::select! {
            welcomed = demo::welcome::welcome(app) => welcomed?,
            _ = asked_to_stop => {
                tracing::warn!("stopped while the demo city was being made; start again with --demo to finish it");
                return Ok(Ready::Asked);
            }
        }
    }
    city::warn_of_what_is_lacking(app).await?;
    Ok(Ready::Yes)
}

/// What runs beside the requests.
struct Work {
    mails: JoinHandle<()>,
    jobs: JoinHandle<()>,
}

impl Work {
    fn begin(app: &App, stopped: watch::Receiver<bool>) -> Self {
        tokio::spawn(safety::live::run(app.clone()));
        tokio::spawn(reports::closing::run(app.clone()));
        let gates = app.clone();
        tokio::spawn(async move { gates.attendance.run(&gates).await });
        let mails = safety::self_report::sender::run(app.clone(), stopped.clone());
        Self {
            mails: tokio::spawn(mails),
            jobs: tokio::spawn(jobs::run(app.clone(), stopped)),
        }
    }

    async fn end(self) {
        // A job that is still running is given up and taken again at the next start.
        let _ = tokio::time::timeout(Duration::from_secs(10), self.jobs).await;
        // A mail in the middle of being handed over is handed over; what it cannot finish is taken again when its lease is over.
        let _ = tokio::time::timeout(Duration::from_secs(10), self.mails).await;
    }
}

async fn end_in_time<T>(http: JoinHandle<T>) {
    let ended = tokio::time::timeout(Duration::from_secs(10), http).await;
    if ended.is_err() {
        tracing::warn!("some requests were still open after ten seconds");
    }
}

/// `machimori migrate`.
pub async fn migrate_only(config: &DatabaseConfig) -> anyhow::Result<()> {
    let database = open_database(config, Use::Command).await?;
    println!("the schema is at {}", database.version);
    database.close().await;
    Ok(())
}

/// Who opens the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// The service: alone on its private database, patient with a server that is not up yet.
    Service,
    /// A command: joins a running service's database.
    Command,
}

/// A database that is up, migrated and safe to use.
pub struct Database {
    /// The application's log-in.
    pub app: PgConnectOptions,
    /// The newest migration of this binary, which the database has.
    pub version: i64,
    embedded: Option<Embedded>,
}

impl Database {
    /// Stop the private database, if this process started it.
    pub async fn close(self) {
        if let Some(embedded) = self.embedded {
            embedded.stop().await;
        }
    }
}

/// Start or reach the database, bring its schema up and make sure that the log-in is behind the walls.
pub async fn open_database(config: &DatabaseConfig, by: Use) -> anyhow::Result<Database> {
    let Some(url) = config.database_url.as_deref() else {
        return open_embedded(config, by).await;
    };
    let app: PgConnectOptions = url.parse().context("DATABASE_URL cannot be read")?;
    let mut conn = reach(&app, by).await?;
    if let Some(owner) = &config.owner_url {
        let owner = owner
            .parse()
            .context("MACHIMORI_OWNER_URL cannot be read")?;
        migrate::run(&owner).await?;
    }
    migrate::schema_is_current(&mut conn).await?;
    migrate::check_login_is_safe(&mut conn).await?;
    conn.close().await?;
    Ok(Database {
        app,
        version: migrate::wanted_version(),
        embedded: None,
    })
}

async fn open_embedded(config: &DatabaseConfig, by: Use) -> anyhow::Result<Database> {
    let embedded = match by {
        Use::Service => Embedded::start(&config.var).await?,
        Use::Command => Embedded::join_or_start(&config.var, Durability::Full).await?,
    };
    let app = embedded.options(embedded::APP, embedded::DATABASE);
    let opened = async {
        let version =
            migrate::run(&embedded.options(embedded::SUPERUSER, embedded::DATABASE)).await?;
        let mut conn = PgConnection::connect_with(&app).await?;
        migrate::check_login_is_safe(&mut conn).await?;
        conn.close().await?;
        anyhow::Ok(version)
    };
    match opened.await {
        Ok(version) => Ok(Database {
            app,
            version,
            embedded: Some(embedded),
        }),
        Err(error) => {
            embedded.stop().await;
            Err(error)
        }
    }
}

/// Connect; the service waits for a server that cannot be reached yet, for public paths are answered from memory meanwhile.
async fn reach(options: &PgConnectOptions, by: Use) -> sqlx::Result<PgConnection> {
    loop {
        match PgConnection::connect_with(options).await {
            Err(sqlx::Error::Io(error)) if by == Use::Service => {
                tracing::warn!("the database cannot be reached yet: {error}");
                tokio::time::sleep(Duration::from_secs(2)).await;
            }
            reached => return reached,
        }
    }
}

async fn wait_for_stop() {
    let interrupt = tokio::signal::ctrl_c();
    let Ok(mut terminate) =
        tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())
    else {
        let _ = interrupt.await;
        return;
    };
    tokio::select! { _ = interrupt => {}, _ = terminate.recv() => {} }
}
