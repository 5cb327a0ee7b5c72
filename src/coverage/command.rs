//! `machimori coverage …`: the same answers as PLAN's screens, for scripts and checks.

use std::path::PathBuf;

use anyhow::Context;
use garde::Validate;
use sqlx::postgres::PgConnectOptions;
use uuid::Uuid;

use super::api::saved_and_now;
use super::scenario::{Asked, Ground};
use super::{snapshot, store};
use crate::clock::Clock;
use crate::config::DatabaseConfig;
use crate::db::{Db, Scope};
use crate::problem::in_words;
use crate::serve;

/// Figures of PLAN: who is far from which kind of site.
#[derive(Debug, Clone, clap::Args)]
pub struct CoverageConfig {
    #[command(flatten)]
    pub database: DatabaseConfig,
    #[command(subcommand)]
    pub act: Act,
}

/// What to do.
#[derive(Debug, Clone, clap::Subcommand)]
pub enum Act {
    /// Compute a what-if and print it as JSON: the id of a saved one, or a JSON file
    /// `{"hazard", "kind", "far_m", "changes": [{"add": {…}} | {"close": id}]}`.
    Run { scenario: String },
    /// List the saved what-ifs.
    List,
    /// Gather the roster into cells, as the nightly job does.
    Snapshot,
}

/// Run the command.
pub async fn run(config: CoverageConfig) -> anyhow::Result<()> {
    let database = serve::open_database(&config.database, serve::Use::Command).await?;
    let done = act(&config.act, database.app.clone()).await;
    database.close().await;
    println!("{}", done?);
    Ok(())
}

async fn act(act: &Act, login: PgConnectOptions) -> anyhow::Result<String> {
    let db = Db::default();
    db.open(login, 2).await?;
    let now = Clock::default().now();
    let mut tx = db.begin(&Scope::cli(None)).await.map_err(in_words)?;
    let printed = match act {
        Act::Run { scenario } => match Uuid::parse_str(scenario) {
            Ok(id) => serde_json::to_string_pretty(
                &saved_and_now(&mut tx, id, now).await.map_err(in_words)?,
            )?,
            Err(_) => {
                let asked = from_file(&PathBuf::from(scenario))?;
                let ground = Ground::read(&mut tx, now).await.map_err(in_words)?;
                let comparison = ground.compare(&mut tx, &asked).await.map_err(in_words)?;
                serde_json::to_string_pretty(&comparison)?
            }
        },
        Act::List => {
            let saved = store::scenarios(&mut tx).await.map_err(in_words)?;
            let lines: Vec<String> = saved
                .iter()
                .map(|s| {
                    format!(
                        "{}  {}  {}",
                        s.id,
                        s.made_at.format("%Y-%m-%d %H:%M"),
                        s.name
                    )
                })
                .collect();
            lines.join("\n")
        }
        Act::Snapshot => {
            let made = snapshot::make(&mut tx, Uuid::now_v7(), now)
                .await
                .map_err(in_words)?;
            serde_json::to_string_pretty(&made)?
        }
    };
    tx.commit().await.map_err(in_words)?;
    Ok(printed)
}

fn from_file(path: &PathBuf) -> anyhow::Result<Asked> {
    let text = std::fs::read_to_string(path).with_context(|| {
        format!(
            "{} is neither the id of a saved what-if nor a file that can be read",
            path.display()
        )
    })?;
    let asked: Asked = serde_json::from_str(&text).with_context(|| path.display().to_string())?;
    asked
        .validate()
        .with_context(|| path.display().to_string())?;
    Ok(asked)
}
