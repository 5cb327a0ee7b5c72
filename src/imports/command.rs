//! `machimori import KIND FILE`: the same pipeline as the console's, with the preview as a table.

use std::io::{IsTerminal, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::store::{self, NewBatch};
use super::{Action, Import, ImportRow, Kind, Mapping, Status, apply, stage};
use super::{diff, mappings, rows};
use crate::audit::{self, Entry, LegalGround};
use crate::clock::Clock;
use crate::config::DatabaseConfig;
use crate::db::{Db, Scope, Tx};
use crate::problem::Problem;
use crate::safety::live;
use crate::serve::{self, Use};
use crate::support_roster::matching::{self, Together};

/// Bring a list in: read it, show what it would change, and make it the version in force.
#[derive(Debug, clap::Args)]
pub struct ImportConfig {
    /// What the list is of.
    pub kind: Kind,
    /// CSV, XLSX or GeoJSON; recognised by its contents.
    pub file: PathBuf,
    /// How to read the columns: a JSON file such as `{"columns": {"name": "避難所の名称"}, "site_kind": "shelter"}`, or the name under
    /// which the console keeps a way of reading.
    #[arg(long)]
    pub profile: Option<PathBuf>,
    /// Victims: the disaster whose registry the list is of.
    #[arg(long)]
    pub event: Option<Uuid>,
    /// Rows of a roster without a number that resemble nobody are new people (otherwise they wait for the console).
    #[arg(long)]
    pub new_people: bool,
    /// Show what would change, change nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Leave out rows with errors; nothing that the file no longer names is ended then.
    #[arg(long)]
    pub except_errors: bool,
    /// Act as this log-in (otherwise as the operating system's user).
    #[arg(long = "as")]
    pub as_login: Option<String>,
    #[command(flatten)]
    pub database: DatabaseConfig,
}

/// Run the command to its end.
pub async fn run(config: ImportConfig) -> anyhow::Result<()> {
    let (bytes, sha256) = measure(&config.file)?;
    let database = serve::open_database(&config.database, Use::Command).await?;
    let db = Db::default();
    db.open(database.app.clone(), 4).await?;
    let done = import(&db, &config, bytes, &sha256).await;
    database.close().await;
    done
}

async fn import(db: &Db, config: &ImportConfig, bytes: u64, sha256: &[u8]) -> anyhow::Result<()> {
    let clock = Clock::default();
    let scope = Scope::cli(account(db, config.as_login.as_deref()).await?);
    let id = Uuid::now_v7();
    let name = config
        .file
        .file_name()
        .unwrap_or_default()
        .to_string_lossy();
    let profile = config.profile.as_ref().and_then(|p| p.file_stem());
    let profile = profile.map_or("標準".into(), |p| p.to_string_lossy());
    let mut tx = db.begin(&scope).await?;
    let mut mapping = mapping_of(&mut tx, config).await?;
    mapping.event = config.event.or(mapping.event);
    let mapping = &mapping;
    let batch = NewBatch {
        id,
        kind: config.kind,
        profile: &profile,
        file_name: &name,
        file_sha256: sha256,
        file_bytes: i64::try_from(bytes)?,
        mapping,
        created_by: scope.actor_id(),
        created_by_kind: scope.principal().as_str(),
    };
    store::insert(&mut tx, batch).await?;
    tx.commit().await?;

    let bar = progress_bar();
    let program = std::env::current_exe()?;
    let read = stage(db, &scope, &clock, &program, &config.file, id, &|rows| {
        bar.set_position(u64::try_from(rows).unwrap_or(0));
    })
    .await;
    bar.finish_and_clear();
    read?;
    let import = show(db, &scope, id).await?;
    let mut out = std::io::stdout().lock();
    if let Some(refusal) = &import.refusal {
        let place = match (refusal.line, refusal.column) {
            (Some(line), Some(column)) => format!("（{line}行目、{column}列目）"),
            (Some(line), None) => format!("（{line}行目）"),
            _ => String::new(),
        };
        bail!("{name} は取り込めません{place}：{}", refusal.message);
    }
    if config.new_people && config.kind == Kind::Roster {
        let import = count_as_new(db, &scope, id).await?;
        print_preview(&mut out, db, &scope, &import).await?;
    } else {
        print_preview(&mut out, db, &scope, &import).await?;
    }
    if config.dry_run {
        discard(db, &scope, id).await?;
        writeln!(out, "試しに読んだだけです。何も変えていません。")?;
        return Ok(());
    }
    bar.set_message("取り込んでいます");
    match apply(db, &scope, &clock, id, config.except_errors).await {
        Ok(rounds) => live::notify(db, rounds).await?,
        Err(Problem::Conflict(why)) => bail!("{why}"),
        Err(Problem::SecondPerson(why)) => {
            let (urgent, rounds) = super::apply::apply_urgent(db, &scope, id).await?;
            live::notify(db, rounds).await?;
            if urgent > 0 {
                writeln!(out, "死亡・転出の{urgent}人だけは、いま反映しました。")?;
            }
            bail!("{why}画面の「取込み」から実行できます（番号 {id}）。");
        }
        Err(problem) => return Err(problem.into()),
    }
    writeln!(
        out,
        "取り込みました（番号 {id}）。画面の「取込み」から取り消せます。"
    )?;
    Ok(())
}

/// The caller's file, else the way of reading kept under this name.
async fn mapping_of(tx: &mut Tx, config: &ImportConfig) -> anyhow::Result<Mapping> {
    let Some(path) = &config.profile else {
        return Ok(Mapping::default());
    };
    if path.is_file() {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read {}", path.display()))?;
        return serde_json::from_str(&text)
            .with_context(|| format!("{} is not a column mapping", path.display()));
    }
    let name = path.to_string_lossy();
    mappings::named(tx, config.kind, &name)
        .await?
        .with_context(|| format!("there is no file and no kept way of reading called {name}"))
}

/// A human at the command line says: whoever waits and resembles nobody is new.
async fn count_as_new(db: &Db, scope: &Scope, id: Uuid) -> anyhow::Result<Import> {
    let mut tx = db.begin(scope).await?;
    let (decided, _) =
        matching::decide_together(&mut tx, id, Together::NewWithoutCandidate).await?;
    let (counts, needs_second) = diff::recount(&mut tx, id, Kind::Roster).await?;
    store::set_decided(&mut tx, id, &counts, needs_second).await?;
    let entry = Entry::new("imports.decide_rows", "person", &[])
        .ground(LegalGround::Internal)
        .detail(json!({ "import": id, "what": Together::NewWithoutCandidate, "decided": decided }));
    audit::append(&mut tx, entry).await?;
    let import = store::by_id(&mut tx, id).await?;
    tx.commit().await?;
    Ok(import)
}

async fn show(db: &Db, scope: &Scope, id: Uuid) -> anyhow::Result<Import> {
    let mut tx = db.begin_read(scope).await?;
    let import = store::by_id(&mut tx, id).await?;
    tx.commit().await?;
    Ok(import)
}

async fn discard(db: &Db, scope: &Scope, id: Uuid) -> anyhow::Result<()> {
    let mut tx = db.begin(scope).await?;
    rows::clear(&mut tx, id).await?;
    store::set_status(&mut tx, id, Status::Discarded).await?;
    tx.commit().await?;
    Ok(())
}

/// The log-in that a command acts as.
pub(crate) async fn account(db: &Db, login: Option<&str>) -> anyhow::Result<Option<Uuid>> {
    let Some(login) = login else { return Ok(None) };
    let mut tx = db.begin_read(&Scope::cli(None)).await?;
    let id = sqlx::query_scalar!(
        "select id from account where login = $1 and disabled_at is null",
        login
    )
    .fetch_optional(&mut *tx)
    .await?;
    tx.commit().await?;
    id.map(Some)
        .with_context(|| format!("there is no log-in {login}"))
}

fn measure(file: &Path) -> anyhow::Result<(u64, Vec<u8>)> {
    let mut input =
        std::fs::File::open(file).with_context(|| format!("cannot read {}", file.display()))?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 256 * 1024];
    let mut bytes = 0;
    loop {
        let read = input.read(&mut buffer)?;
        if read == 0 {
            return Ok((bytes, hash.finalize().to_vec()));
        }
        bytes += read as u64;
        hash.update(&buffer[..read]);
    }
}

fn progress_bar() -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{spinner} {human_pos}行 読み込みました {msg}");
    let bar = ProgressBar::new_spinner();
    match style {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

/// Rows of each sort that the preview shows.
const SHOWN: i64 = 10;

async fn print_preview(
    out: &mut impl Write,
    db: &Db,
    scope: &Scope,
    import: &Import,
) -> anyhow::Result<()> {
    writeln!(
        out,
        "{}：{}（{}{}）",
        import.kind.label(),
        import.file_name,
        import.format,
        if import.encoding.is_empty() {
            String::new()
        } else {
            format!("、{}", import.encoding)
        }
    )?;
    let counts = &import.counts;
    for (label, count) in [
        ("行数", import.rows_read),
        ("追加", counts.add),
        ("変更", counts.change),
        ("同じ", counts.same),
        ("終了", counts.revoke),
        ("確認待ち", counts.skip),
        ("誤り", counts.error),
        ("注意", counts.warned),
    ] {
        writeln!(out, "  {}{count:>9}", wide(label, 10))?;
    }
    if import.kind == Kind::Roster {
        let classes = &counts.classes;
        for (label, count) in [
            ("新規", classes.new),
            ("変更", classes.changed),
            ("転居・転出", classes.moved),
            ("死亡", classes.died),
            ("帰還", classes.returned),
            ("名簿から外れる", classes.left),
        ] {
            writeln!(out, "    {}{count:>7}", wide(label, 16))?;
        }
    }
    if !import.columns_unread.is_empty() {
        writeln!(
            out,
            "  使わなかった列：{}",
            import.columns_unread.join("、")
        )?;
    }
    for (action, label) in [
        (Action::Error, "誤り"),
        (Action::Skip, "確認待ち"),
        (Action::Change, "変更"),
        (Action::Revoke, "終了"),
    ] {
        let mut tx = db.begin_read(scope).await?;
        let rows = rows::page(&mut tx, import.id, Some(action), None, 0, SHOWN + 1).await?;
        tx.commit().await?;
        if rows.is_empty() {
            continue;
        }
        writeln!(out, "\n{label}")?;
        for (_, row) in rows.iter().take(usize::try_from(SHOWN)?) {
            print_row(out, row)?;
        }
        if rows.len() as i64 > SHOWN {
            writeln!(out, "  …")?;
        }
    }
    writeln!(out)?;
    Ok(())
}

fn print_row(out: &mut impl Write, row: &ImportRow) -> std::io::Result<()> {
    let line = row.line.map_or("－".into(), |l| format!("{l}行目"));
    let name = row
        .incoming
        .iter()
        .chain(row.before.iter())
        .find_map(|doc| doc.get("name")?.as_str())
        .unwrap_or("");
    writeln!(out, "  {} {} {name}", wide(&line, 10), wide(&row.key, 18))?;
    for field in &row.changed {
        let text = |doc: &Option<serde_json::Value>| {
            doc.as_ref()
                .and_then(|d| d.get(field))
                .map_or("null".into(), ToString::to_string)
        };
        writeln!(
            out,
            "      {field}：{} → {}",
            short(&text(&row.before)),
            short(&text(&row.incoming))
        )?;
    }
    for complaint in &row.complaints {
        let column = if complaint.column.is_empty() {
            String::new()
        } else {
            format!("「{}」", complaint.column)
        };
        writeln!(out, "      {column}{}", complaint.message)?;
    }
    Ok(())
}

/// Padded to a width of half-width columns.
fn wide(text: &str, columns: usize) -> String {
    let taken: usize = text.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum();
    format!("{text}{}", " ".repeat(columns.saturating_sub(taken)))
}

fn short(text: &str) -> String {
    if text.chars().count() <= 60 {
        return text.to_owned();
    }
    text.chars().take(60).chain(['…']).collect()
}
