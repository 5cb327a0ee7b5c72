//! `machimori serve`: HTTP binds first, the database comes up behind it, everything stops cleanly.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context;
use sqlx::postgres::PgConnectOptions;
use tokio::net::TcpListener;

use crate::app::{App, Settings};
use crate::config::{DatabaseConfig, ServeConfig};
use crate::keys::Keys;
use crate::{assets, router};

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
    let service = router::router(app.clone()).into_make_service_with_connect_info::<SocketAddr>();
    let (stop, mut stopped) = tokio::sync::watch::channel(false);
    let http = tokio::spawn(async move {
        let until = async move {
            let _ = stopped.wait_for(|s| *s).await;
        };
        axum::serve(listener, service)
            .with_graceful_shutdown(until)
            .await
    });

    let database = open_database(&config.database).await?;
    app.db.open(database.app, config.pool).await?;
    tracing::info!(url = %app.settings.public_url, "ready");

    wait_for_stop().await;
    let _ = stop.send(true);
    if tokio::time::timeout(Duration::from_secs(10), http)
        .await
        .is_err()
    {
        tracing::warn!("some requests were still open after ten seconds");
    }
    Ok(())
}

/// `machimori migrate`.
pub async fn migrate_only(config: &DatabaseConfig) -> anyhow::Result<()> {
    open_database(config).await.map(drop)
}

/// A database that is up, migrated and safe to use.
pub struct Database {
    /// The application's log-in.
    pub app: PgConnectOptions,
}

/// Start or reach the database, bring its schema up and make sure that the log-in is behind the walls.
pub async fn open_database(config: &DatabaseConfig) -> anyhow::Result<Database> {
    let url = config
        .database_url
        .as_deref()
        .context("DATABASE_URL is not set")?;
    Ok(Database { app: url.parse()? })
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
