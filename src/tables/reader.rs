//! The service's side: starts the child, takes its messages one by one, never more than one ahead.

use std::path::Path;
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::{Child, ChildStdout, Command};

use super::{Header, Limits, Message, Record, Refusal};

/// The longest message taken from the child: a row at all limits, every character escaped.
const LONGEST_MESSAGE: u64 = 64 * 1024 * 1024;

/// Why reading failed.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// The file is at fault; the words are for staff.
    #[error("{0}")]
    Refused(#[from] Refusal),
    /// We are at fault: the child cannot be started or broke the protocol.
    #[error("the reading process failed: {0}")]
    Failed(String),
}

/// An open file. Dropping it ends the child.
#[derive(Debug)]
pub struct Reader {
    child: Child,
    messages: BufReader<ChildStdout>,
    buffer: Vec<u8>,
    header: Header,
    records: u64,
    ended: bool,
}

/// Opens a table or map. `program` is the `machimori` binary itself (`std::env::current_exe()`).
///
/// Answers as soon as the headings are known. Refuses what is no regular file.
pub async fn open(program: &Path, file: &Path, limits: &Limits) -> Result<Reader, TableError> {
    let failed = |error: &dyn std::fmt::Display| TableError::Failed(error.to_string());
    let about = tokio::fs::metadata(file)
        .await
        .map_err(|error| Refusal::new("io", format!("ファイルを開けません（{error}）")))?;
    if !about.is_file() {
        return Err(Refusal::new("io", "ふつうのファイルではありません").into());
    }
    let limits = serde_json::to_string(limits).map_err(|error| failed(&error))?;
    let mut child = Command::new(program)
        .arg("read-table")
        .arg("--limits")
        .arg(limits)
        .arg(file)
        // Nothing of the service's secrets reaches a process that parses hostile input.
        .env_clear()
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| failed(&error))?;
    let stdout = child
        .stdout
        .take()
        .ok_or_else(|| failed(&"no standard output"))?;
    let mut reader = Reader {
        child,
        messages: BufReader::with_capacity(64 * 1024, stdout),
        buffer: Vec::new(),
        header: Header {
            format: super::Format::Csv,
            encoding: None,
            delimiter: None,
            columns: Vec::new(),
            line: 0,
            titles: Vec::new(),
            sheet: None,
            sheets: Vec::new(),
        },
        records: 0,
        ended: false,
    };
    match reader.message().await? {
        Message::Header(header) => reader.header = header,
        Message::Error(refusal) => return Err(refusal.into()),
        _ => return Err(failed(&"a record came before the header")),
    }
    Ok(reader)
}

impl Reader {
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The next record, or `None` behind the last. A refusal can come at any row: nothing read
    /// before it may be used.
    pub async fn next(&mut self) -> Result<Option<Record>, TableError> {
        if self.ended {
            return Ok(None);
        }
        let record = match self.message().await? {
            Message::Row(row) => Record::Row(row),
            Message::Feature(feature) => Record::Feature(feature),
            Message::Error(refusal) => {
                self.ended = true;
                return Err(refusal.into());
            }
            Message::End { records } => {
                self.ended = true;
                return if records == self.records {
                    Ok(None)
                } else {
                    Err(TableError::Failed(format!(
                        "{} of {records} records came",
                        self.records
                    )))
                };
            }
            Message::Header(_) => return Err(TableError::Failed("a second header".to_owned())),
        };
        self.records += 1;
        Ok(Some(record))
    }

    async fn message(&mut self) -> Result<Message, TableError> {
        self.buffer.clear();
        let mut bounded = (&mut self.messages).take(LONGEST_MESSAGE);
        let read = bounded.read_until(b'\n', &mut self.buffer).await;
        let read = read.map_err(|error| TableError::Failed(error.to_string()))?;
        if read == 0 || self.buffer.last() != Some(&b'\n') {
            return Err(self.died().await);
        }
        serde_json::from_slice(&self.buffer).map_err(|error| TableError::Failed(error.to_string()))
    }

    /// What the child's end without a last message means. It is killed for using too much time
    /// (SIGXCPU, SIGKILL) and aborts when memory runs out (SIGABRT).
    async fn died(&mut self) -> TableError {
        use std::os::unix::process::ExitStatusExt;
        self.ended = true;
        let patience = std::time::Duration::from_secs(5);
        let Ok(status) = tokio::time::timeout(patience, self.child.wait()).await else {
            return TableError::Failed("it closed its output and lives on".to_owned());
        };
        match status.map(|status| status.signal()) {
            Ok(Some(6 | 11)) => Refusal::new(
                "memory",
                "ファイルの展開に必要なメモリが上限を超えました。CSVで保存し直すか、分けて読み込んでください",
            )
            .into(),
            Ok(Some(9 | 24)) => Refusal::new(
                "time",
                "ファイルの読み取りに時間がかかりすぎました。分けて読み込んでください",
            )
            .into(),
            Ok(_) => TableError::Failed("it ended without a last word".to_owned()),
            Err(error) => TableError::Failed(error.to_string()),
        }
    }
}
