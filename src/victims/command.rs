//! `machimori export victims`: the registry of a disaster as a list, for a system that fetches it at night.

use std::path::PathBuf;

use anyhow::{Context, bail};
use uuid::Uuid;

use super::api::taken;
use super::store::Sought;
use crate::clock::Clock;
use crate::config::DatabaseConfig;
use crate::db::{Db, Scope};
use crate::events::{self, EventKind};
use crate::imports::{self, Mapping};
use crate::serve::{self, Use};
use crate::sheet::{SheetFormat, local};

/// The registry of a disaster (被災者台帳) as CSV with BOM, or XLSX by the file's ending. `machimori import victims` reads it back.
#[derive(Debug, clap::Args)]
pub struct ExportVictims {
    /// The file that is written; it must not be there yet.
    pub file: PathBuf,
    /// The disaster.
    #[arg(long)]
    pub event: Uuid,
    /// The name under which the console keeps a way of reading lists of victims: its headings are written.
    #[arg(long)]
    pub profile: Option<String>,
    /// With the people under protection (支援措置), marked.
    #[arg(long)]
    pub with_protected: bool,
    /// Act as this log-in (otherwise as the operating system's user).
    #[arg(long = "as")]
    pub as_login: Option<String>,
    #[command(flatten)]
    pub database: DatabaseConfig,
}

/// Run the command to its end.
pub async fn run(config: ExportVictims) -> anyhow::Result<()> {
    if config.file.exists() {
        bail!(
            "{} is there already; choose another name",
            config.file.display()
        );
    }
    let database = serve::open_database(&config.database, Use::Command).await?;
    let db = Db::default();
    db.open(database.app.clone(), 2).await?;
    let done = export(&db, &config).await;
    database.close().await;
    done
}

async fn export(db: &Db, config: &ExportVictims) -> anyhow::Result<()> {
    let now = Clock::default().now();
    let account = imports::command::account(db, config.as_login.as_deref()).await?;
    let mut tx = db.begin(&Scope::cli(account)).await?;
    let event = events::store::by_id(&mut tx, config.event, now)
        .await
        .with_context(|| format!("there is no event {}", config.event))?;
    if event.kind == EventKind::Drill {
        bail!("a drill has no victim registry (訓練に被災者台帳はありません)");
    }
    let mapping = match &config.profile {
        None => Mapping::default(),
        Some(name) => imports::mapping_named(&mut tx, imports::Kind::Victims, name)
            .await?
            .with_context(|| format!("there is no kept way of reading called {name}"))?,
    };
    let title = format!("{}　被災者台帳　{}現在", event.name, local(now));
    let sought = Sought::default();
    let table = taken(
        &mut tx,
        config.event,
        &sought,
        config.with_protected,
        &mapping,
        title,
    )
    .await?;
    tx.commit().await?;
    let is_workbook = config
        .file
        .extension()
        .is_some_and(|e| e.eq_ignore_ascii_case("xlsx"));
    let format = if is_workbook {
        SheetFormat::Xlsx
    } else {
        SheetFormat::Csv
    };
    let bytes = table.bytes(format).await?;
    write_privately(&config.file, &bytes)
        .with_context(|| format!("cannot write {}", config.file.display()))?;
    println!("{} に書き出しました。", config.file.display());
    Ok(())
}

/// People's data: for nobody else's eyes, and never over another file.
fn write_privately(file: &std::path::Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let mut out = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(file)?;
    out.write_all(bytes)?;
    out.sync_all()
}
