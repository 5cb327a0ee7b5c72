//! `machimori read-table [--limits JSON] FILE`: the child that parses, inside its own limits.
//!
//! Not for people: it writes messages for `reader`. It runs before any runtime is started, opens no
//! connection, writes no file, and is expected to die on bad input.

use std::ffi::OsString;
use std::fs::File;
use std::io::{BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use rustix::process::{Resource, Rlimit, setrlimit};

use super::{Limits, Message, Refusal, Say, Stop, delimited, features, workbook};
use crate::text::encoding;

/// Reads the file named by the arguments (those behind `read-table`) and writes its messages to
/// standard output. Fails (code 2) on wrong arguments and when nobody listens.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let Some((limits, path)) = parse(arguments) else {
        eprintln!("usage: machimori read-table [--limits JSON] FILE");
        return ExitCode::from(2);
    };
    let mut out = BufWriter::with_capacity(64 * 1024, std::io::stdout().lock());
    let mut say = |message: Message| -> Result<(), Stop> {
        serde_json::to_writer(&mut out, &message).map_err(|error| Stop::Io(error.into()))?;
        Ok(out.write_all(b"\n")?)
    };
    let last = match confine(&limits, &path).and_then(|()| read(&path, &limits, &mut say)) {
        Ok(records) => Message::End { records },
        Err(Stop::Refused(refusal)) => Message::Error(refusal),
        Err(Stop::Io(error)) => Message::Error(Refusal::new(
            "io",
            format!("ファイルを読み取れません（{error}）"),
        )),
    };
    match say(last).and_then(|()| Ok(out.flush()?)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::from(2),
    }
}

fn parse(arguments: impl IntoIterator<Item = OsString>) -> Option<(Limits, PathBuf)> {
    let mut limits = Limits::default();
    let mut arguments = arguments.into_iter();
    let mut next = arguments.next()?;
    if next == "--limits" {
        limits = serde_json::from_str(arguments.next()?.to_str()?).ok()?;
        next = arguments.next()?;
    }
    arguments.next().is_none().then(|| (limits, next.into()))
}

/// Takes memory, time, files and core dumps away from this process.
fn confine(limits: &Limits, path: &Path) -> Result<(), Stop> {
    let hundreds = path.metadata()?.len() / (100 * 1024 * 1024) + 1;
    for (resource, limit) in [
        (Resource::As, limits.memory_bytes),
        (Resource::Cpu, limits.cpu_seconds * hundreds),
        (Resource::Fsize, 0),
        (Resource::Core, 0),
        (Resource::Nofile, 16),
    ] {
        let limit = Rlimit {
            current: Some(limit),
            maximum: Some(limit),
        };
        setrlimit(resource, limit).map_err(std::io::Error::from)?;
    }
    Ok(())
}

fn read(path: &Path, limits: &Limits, say: &mut Say<'_>) -> Result<u64, Stop> {
    let file = File::open(path)?;
    let size = file.metadata()?.len();
    let mut head = Vec::new();
    file.take(512).read_to_end(&mut head)?;
    let start = head
        .strip_prefix(b"\xEF\xBB\xBF")
        .unwrap_or(&head)
        .trim_ascii_start();
    let start = if size > head.len() as u64 || !start.is_empty() {
        start
    } else {
        b""
    };
    match start {
        b"" if head.len() as u64 == size => {
            Err(Refusal::new("empty", "ファイルが空です").into())
        }
        [b'P', b'K', 3, 4, ..] => {
            bounded(size, limits.xlsx_file_bytes, "Excel")?;
            workbook::read(path, limits, say)
        }
        [0xD0, 0xCF, 0x11, 0xE0, ..] => Err(Refusal::new(
            "old-or-locked-workbook",
            "古い形式（.xls）か、パスワード付きのExcelファイルです。パスワードなしの.xlsxまたはCSVで保存し直してください",
        )
        .into()),
        [b'%', b'P', b'D', b'F', ..] => {
            Err(Refusal::new("pdf", "PDFは読み込めません。CSVまたはExcelのファイルを選んでください").into())
        }
        [b'{' | b'[', ..] => {
            bounded(size, limits.geojson_file_bytes, "GeoJSON")?;
            features::read(path, detect(path)?, say)
        }
        _ => {
            bounded(size, limits.csv_file_bytes, "CSV")?;
            delimited::read(path, detect(path)?, limits, say)
        }
    }
}

fn detect(path: &Path) -> Result<encoding::Encoding, Stop> {
    encoding::detect(File::open(path)?)?
        .map_err(|error| std::io::Error::new(std::io::ErrorKind::InvalidData, error).into())
}

fn bounded(size: u64, limit: u64, kind: &str) -> Result<(), Refusal> {
    if size <= limit {
        return Ok(());
    }
    let mib = limit / (1024 * 1024);
    Err(Refusal::new(
        "file-too-large",
        format!("ファイルが大きすぎます（{kind}は{mib}MiBまで）。分けて読み込んでください"),
    ))
}
