//! The uploaded file on disk: streamed there within bounds, readable by the service only, gone as soon as it has been read.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use axum::body::Body;
use futures::StreamExt;
use sha2::{Digest, Sha256};
use tokio::io::AsyncWriteExt;
use uuid::Uuid;

use crate::app::App;
use crate::problem::{Problem, Result};

/// The largest file taken (a CSV of a whole prefecture).
pub const MOST_BYTES: u64 = 1024 * 1024 * 1024;

/// What was stored.
pub(super) struct Stored {
    pub bytes: i64,
    pub sha256: Vec<u8>,
}

/// Where the file of an import waits to be read.
pub(super) fn path(app: &App, id: Uuid) -> PathBuf {
    app.settings
        .var
        .join("imports")
        .join(id.simple().to_string())
}

/// Stream a request's body to the import's file. Nothing stays behind when it breaks off or is too large.
pub(super) async fn store(app: &App, id: Uuid, body: Body) -> Result<Stored> {
    let stored = write(app, id, body).await;
    if stored.is_err() {
        forget(app, id).await;
    }
    stored
}

async fn write(app: &App, id: Uuid, body: Body) -> Result<Stored> {
    let path = path(app, id);
    if let Some(folder) = path.parent() {
        tokio::fs::create_dir_all(folder).await.map_err(disk)?;
        let private = std::fs::Permissions::from_mode(0o700);
        tokio::fs::set_permissions(folder, private)
            .await
            .map_err(disk)?;
    }
    let mut options = tokio::fs::OpenOptions::new();
    let mut file = options
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&path)
        .await
        .map_err(disk)?;
    let mut hash = Sha256::new();
    let mut bytes = 0u64;
    let mut pieces = body.into_data_stream();
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|_| {
            Problem::field(
                "",
                "ファイルの送信が途中で切れました。もう一度送ってください。",
            )
        })?;
        bytes += piece.len() as u64;
        if bytes > MOST_BYTES {
            return Err(Problem::TooLarge(format!(
                "ファイルが大きすぎます（上限{}MiB）。分けて読み込んでください。",
                MOST_BYTES / 1024 / 1024
            )));
        }
        hash.update(&piece);
        file.write_all(&piece).await.map_err(disk)?;
    }
    file.flush().await.map_err(disk)?;
    if bytes == 0 {
        return Err(Problem::field(
            "",
            "ファイルが空です。中身のあるファイルを選んでください。",
        ));
    }
    Ok(Stored {
        bytes: i64::try_from(bytes).unwrap_or(i64::MAX),
        sha256: hash.finalize().to_vec(),
    })
}

/// Delete the file of an import, if it is there.
pub(super) async fn forget(app: &App, id: Uuid) {
    let path = path(app, id);
    match tokio::fs::remove_file(&path).await {
        Ok(()) => {}
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => {
            tracing::warn!(import.id = %id, %error, "an uploaded file could not be deleted")
        }
    }
}

fn disk(error: std::io::Error) -> Problem {
    Problem::Internal(anyhow::Error::new(error).context("the uploaded file cannot be written"))
}
