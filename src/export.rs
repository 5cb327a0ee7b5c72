//! `machimori export roster`: the same tables as the screens', for scripts; audited before the first byte is written.

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, bail};
use uuid::Uuid;

use crate::audit::{self, Entry, LegalGround};
use crate::clock::Clock;
use crate::config::DatabaseConfig;
use crate::db::{Db, Scope};
use crate::imports::command::account;
use crate::serve::{self, Use};
use crate::sheet::SheetFormat;
use crate::support_roster::{sheet, store};

/// 避難行動要支援者名簿: headquarters' own, complete, as CSV (UTF-8 with BOM) or XLSX, to a file or to standard output. `import roster`
/// reads it back.
#[derive(Debug, clap::Args)]
pub struct ExportConfig {
    /// One district, by name or id; the whole city when absent.
    #[arg(long)]
    pub district: Option<String>,
    #[arg(long, default_value = "csv")]
    pub format: SheetFormat,
    /// Write to this file (made new, mode 0600); otherwise to standard output.
    #[arg(long)]
    pub out: Option<PathBuf>,
    /// Act as this log-in (otherwise as the operating system's user).
    #[arg(long = "as")]
    pub as_login: Option<String>,
    #[command(flatten)]
    pub database: DatabaseConfig,
}

/// Run the command to its end.
pub async fn run(config: ExportConfig) -> anyhow::Result<()> {
    let database = serve::open_database(&config.database, Use::Command).await?;
    let db = Db::default();
    db.open(database.app.clone(), 2).await?;
    let done = export(&db, &config).await;
    database.close().await;
    done
}

async fn export(db: &Db, config: &ExportConfig) -> anyhow::Result<()> {
    let scope = Scope::cli(account(db, config.as_login.as_deref()).await?);
    let bytes = roster(db, &scope, config).await?;
    match &config.out {
        None => std::io::stdout().lock().write_all(&bytes)?,
        Some(path) => {
            use std::os::unix::fs::OpenOptionsExt;
            let mut file = std::fs::OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(path)
                .with_context(|| format!("cannot make {}", path.display()))?;
            file.write_all(&bytes)?;
            eprintln!("{} に書き出しました。", path.display());
        }
    }
    Ok(())
}

async fn roster(db: &Db, scope: &Scope, config: &ExportConfig) -> anyhow::Result<Vec<u8>> {
    let now = Clock::default().now();
    let mut tx = db.begin(scope).await?;
    let district = match &config.district {
        None => None,
        Some(said) => match store::lines::district(&mut tx, said).await? {
            Some(district) => Some(district.id),
            None => bail!("「{said}」という校区はありません"),
        },
    };
    let people = store::lines::complete(&mut tx, district).await?;
    let ids: Vec<Uuid> = people.iter().map(|p| p.id).collect();
    let entry = Entry::new("roster.export", "person", &ids)
        .ground(LegalGround::Internal)
        .detail(serde_json::json!({"format": config.format, "recipient": "headquarters", "district": district}));
    audit::append(&mut tx, entry).await?;
    tx.commit().await?;
    eprintln!("避難行動要支援者名簿　{}人", people.len());
    Ok(sheet::complete(&people, now).bytes(config.format).await?)
}
