//! `machimori demo`.

use std::path::PathBuf;

use sqlx::postgres::PgConnectOptions;

use super::dice::Seed;
use super::files;
use super::load::{self, Loaded, Plan};
use crate::config::DatabaseConfig;
use crate::db::Db;
use crate::keys::Keys;
use crate::serve;

/// The seed when nothing else is said.
pub const USUAL_SEED: u64 = 1;
/// How large a demo city is when nothing else is said: residents on the roster of support.
pub const USUAL_PEOPLE: u64 = 8_000;

/// Make a city of invented people to try everything on. It refuses a database that holds other people.
#[derive(Debug, Clone, clap::Args)]
pub struct DemoConfig {
    #[command(flatten)]
    pub database: DatabaseConfig,
    /// The number the city grows from: the same number makes the same city.
    #[arg(long, default_value_t = USUAL_SEED)]
    pub seed: u64,
    /// Residents on the roster of people who need support; households, volunteers and the rest follow.
    #[arg(long, default_value_t = USUAL_PEOPLE, value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
    pub people: u64,
    /// Write the city as files (shelters, districts, roster, in the official formats) into this
    /// directory instead, and touch no database.
    #[arg(long, value_name = "DIR")]
    pub files: Option<PathBuf>,
}

/// Run the command.
pub async fn run(config: DemoConfig) -> anyhow::Result<()> {
    let plan = Plan {
        seed: Seed(config.seed),
        people: config.people,
    };
    if let Some(dir) = &config.files {
        let written = files::write(dir, plan)?;
        println!(
            "{} files are in {}: {}",
            written.files.len(),
            dir.display(),
            written.files.join(", ")
        );
        if written.unmappable > 0 {
            println!(
                "{} characters of the roster are not in CP932 and were written as 〓",
                written.unmappable
            );
        }
        return Ok(());
    }
    let database = serve::open_database(&config.database, serve::Use::Command).await?;
    let done = fill(&config, plan, database.app.clone()).await;
    database.close().await;
    match done? {
        Loaded::Made => println!(
            "the demo city is there: {} people on the roster",
            config.people
        ),
        Loaded::AlreadyThere => println!("the demo city was there already; nothing was changed"),
    }
    Ok(())
}

async fn fill(config: &DemoConfig, plan: Plan, login: PgConnectOptions) -> anyhow::Result<Loaded> {
    let keys = Keys::load_or_create(&config.database.key_path())?;
    let db = Db::default();
    db.open(login, 2).await?;
    load::load(&db, &keys, plan).await
}
