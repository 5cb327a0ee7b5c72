//! Work that runs later, on any instance: put into the queue inside the transaction that wants it, taken by a row lock, tried again
//! when the instance dies. A job may run twice. Heavy jobs share one queue and run one at a time over all instances.

use std::time::Duration;

use graphile_worker::{TaskHandler, Worker, WorkerOptions};
use sqlx::postgres::PgPoolOptions;

use crate::app::App;
use crate::coverage;
use crate::db::Tx;
use crate::imports;
use crate::problem::{Problem, Result};
use crate::victims;

/// The queue of jobs that take a machine's whole attention (imports).
pub const HEAVY: &str = "heavy";

/// What runs by itself, in UTC: at three in the morning in Japan; once whatever the number of instances, later when none was running.
const NIGHTLY: &str =
    "0 18 * * * purge_imports ?fill=7d {}\n30 18 * * * make_coverage_snapshot ?fill=1d {}";

/// The application, as jobs receive it.
#[derive(Clone)]
pub struct JobApp(pub App);

impl std::fmt::Debug for JobApp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("JobApp(…)")
    }
}

/// Want `job` done once this transaction is committed. `queue`: jobs of one queue never run at the same time.
/// A job with the same `key` that has not begun yet is replaced.
pub async fn enqueue<J: TaskHandler>(
    tx: &mut Tx,
    job: &J,
    queue: Option<&str>,
    key: Option<&str>,
) -> Result<()> {
    let payload = serde_json::to_value(job).map_err(|e| Problem::Internal(e.into()))?;
    sqlx::query!(
        "select enqueue_job($1, $2::jsonb::json, $3, $4)",
        J::IDENTIFIER,
        payload,
        queue,
        key
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// A worker of this instance, as `m_job`.
async fn worker(app: &App) -> anyhow::Result<Worker> {
    let pool = PgPoolOptions::new()
        .max_connections(4)
        .after_connect(|conn, _| {
            Box::pin(async move { sqlx::query!("set role m_job").execute(conn).await.map(drop) })
        })
        .connect_with(app.db.direct_options()?)
        .await?;
    Ok(WorkerOptions::default()
        .pg_pool(pool)
        .schema("graphile_worker")
        .concurrency(2)
        .poll_interval(Duration::from_secs(2))
        .listen_os_shutdown_signals(false)
        .add_extension(JobApp(app.clone()))
        .define_job::<imports::StageImport>()
        .define_job::<imports::ApplyImport>()
        .define_job::<imports::PurgeImports>()
        .define_job::<coverage::snapshot::MakeSnapshot>()
        .define_job::<victims::batch::TakeOverVictims>()
        .with_cron(NIGHTLY)?
        .init()
        .await?)
}

/// Work until `stop`, beginning again when the database comes back.
pub async fn run(app: App, mut stop: tokio::sync::watch::Receiver<bool>) {
    loop {
        let worked = async {
            let worker = worker(&app).await?;
            let mut stop = stop.clone();
            tokio::select! {
                done = worker.run() => done.map_err(anyhow::Error::from),
                _ = stop.wait_for(|s| *s) => {
                    worker.request_shutdown();
                    Ok(())
                }
            }
        };
        if let Err(error) = worked.await {
            tracing::warn!(%error, "the job worker stopped; it starts again");
        }
        tokio::select! {
            _ = stop.wait_for(|s| *s) => return,
            () = tokio::time::sleep(Duration::from_secs(3)) => {}
        }
    }
}

/// Do what is in the queue now, then return (tests, commands).
pub async fn run_pending(app: &App) -> anyhow::Result<()> {
    worker(app).await?.run_once().await?;
    Ok(())
}
