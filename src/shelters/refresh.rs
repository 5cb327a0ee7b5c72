//! Keeps the sites in memory current: from the snapshot at once, from the database when it is up, again whenever a site
//! changes anywhere (LISTEN, and a look each few seconds in case a notice was lost).

use std::path::PathBuf;
use std::time::Duration;

use sqlx::postgres::PgListener;

use super::index::Index;
use super::live::Source;
use super::snapshot::{self, Snapshot};
use super::store::{self, Fingerprint};
use crate::app::App;
use crate::db::{Principal, Scope};
use crate::problem::Result;

/// The channel on which a changed site is announced.
pub const CHANNEL: &str = "sites_changed";
/// How often the service looks by itself, in case a notice was lost.
pub const LOOK_EVERY: Duration = Duration::from_secs(5);
const RETRY: Duration = Duration::from_secs(1);

/// Where the disposable copy lies.
pub fn snapshot_path(app: &App) -> PathBuf {
    app.settings.var.join("sites.snapshot")
}

/// Put the sites of the last run in place, so that the lookup answers before (and without) the database.
pub fn from_snapshot(app: &App) {
    if let Some(Snapshot { as_of, sites }) = snapshot::read(&snapshot_path(app)) {
        tracing::info!(sites = sites.len(), "sites of the last run are in place");
        app.sites
            .install(Index::build(sites, as_of), Source::Snapshot);
    }
}

/// Follow the database for ever: read all sites anew at each notice, and look whether they changed each `look_every`.
pub async fn follow(app: App, look_every: Duration) {
    let mut known = None;
    let mut listener = None;
    let mut is_failing = false;
    loop {
        // Listening begins before the look: what changes during it is announced.
        if listener.is_none() {
            listener = listen(&app).await;
        }
        if let Err(error) = look(&app, &mut known).await {
            if !is_failing {
                tracing::warn!(%error, "sites could not be read; going on with those in memory");
            }
            is_failing = true;
            tokio::time::sleep(RETRY).await;
            continue;
        }
        is_failing = false;
        let Some(channel) = &mut listener else {
            tokio::time::sleep(RETRY).await;
            continue;
        };
        match tokio::time::timeout(look_every, channel.try_recv()).await {
            // A notice says that something changed, also when the fingerprint cannot tell; after a lost connection nobody
            // knows what was announced meanwhile.
            Ok(Ok(_)) => known = None,
            Ok(Err(_)) => {
                known = None;
                listener = None;
            }
            Err(_) => {}
        }
    }
}

async fn listen(app: &App) -> Option<PgListener> {
    let options = app.db.direct_options().ok()?;
    let pool = sqlx::postgres::PgPoolOptions::new()
        .max_connections(1)
        .connect_lazy_with(options);
    let mut listener = PgListener::connect_with(&pool).await.ok()?;
    listener.listen(CHANNEL).await.ok()?;
    Some(listener)
}

/// One look: reload when something changed, and know again as of when it is right.
pub async fn look(app: &App, known: &mut Option<Fingerprint>) -> Result<()> {
    let now = app.clock.now();
    let mut tx = app.db.begin_read(&Scope::of(Principal::Index)).await?;
    let found = store::fingerprint(&mut tx).await?;
    if known.as_ref() == Some(&found) {
        tx.commit().await?;
        app.sites.confirm(now);
        return Ok(());
    }
    let sites = store::in_force(&mut tx).await?;
    tx.commit().await?;
    let path = snapshot_path(app);
    let (index, written) = tokio::task::spawn_blocking(move || {
        let copy = Snapshot { as_of: now, sites };
        let written = snapshot::write(&path, &copy);
        (Index::build(copy.sites, now), written)
    })
    .await
    .map_err(anyhow::Error::from)?;
    if let Err(error) = written {
        tracing::warn!(error = %format!("{error:#}"), "the snapshot of sites could not be written");
    }
    app.sites.install(index, Source::Database);
    *known = Some(found);
    Ok(())
}
