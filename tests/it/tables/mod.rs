//! Files from cities, good and bad, through the real reading process.

mod csv;
mod maps;
mod real;
mod workbooks;

use std::path::{Path, PathBuf};

use machimori::tables::{Header, Limits, Reader, Record, Refusal, Row, TableError, open};

/// A file that lives as long as the test.
struct TestFile {
    path: PathBuf,
    _folder: tempfile::TempDir,
}

fn file(name: &str, content: impl AsRef<[u8]>) -> TestFile {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join(name);
    std::fs::write(&path, content).expect("a written file");
    TestFile {
        path,
        _folder: folder,
    }
}

async fn opened(path: &Path, limits: &Limits) -> Result<Reader, TableError> {
    open(Path::new(env!("CARGO_BIN_EXE_machimori")), path, limits).await
}

async fn all(path: &Path, limits: &Limits) -> Result<(Header, Vec<Record>), TableError> {
    let mut reader = opened(path, limits).await?;
    let mut records = Vec::new();
    while let Some(record) = reader.next().await? {
        records.push(record);
    }
    Ok((reader.header().clone(), records))
}

async fn rows_of(path: &Path) -> (Header, Vec<Row>) {
    let (header, records) = all(path, &Limits::default())
        .await
        .expect("a readable table");
    let rows = records.into_iter().map(|record| match record {
        Record::Row(row) => row,
        Record::Feature(_) => panic!("a feature in a table"),
    });
    (header, rows.collect())
}

async fn refused(path: &Path, limits: &Limits) -> Refusal {
    match all(path, limits).await {
        Err(TableError::Refused(refusal)) => refusal,
        other => panic!("expected a refusal, got {other:?}"),
    }
}

/// Code, line and column of the refusal of a file with these bytes.
async fn refusal_of(content: impl AsRef<[u8]>) -> (String, Option<u64>, Option<u64>) {
    let refusal = refused(&file("bad", content).path, &Limits::default()).await;
    println!("{}", refusal.message);
    (refusal.code, refusal.line, refusal.column)
}

fn place(
    code: &str,
    line: u64,
    column: impl Into<Option<u64>>,
) -> (String, Option<u64>, Option<u64>) {
    (code.to_owned(), Some(line), column.into())
}

/// The folder of real files, or `None` with a word on standard error when it is missing.
fn real_files() -> Option<PathBuf> {
    let folder = std::env::var_os("MACHIMORI_TEST_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data"),
        PathBuf::from,
    );
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!(
        "SKIPPED: no real files at {}; set MACHIMORI_TEST_DATA",
        folder.display()
    );
    None
}
