//! A file of the public columns, so that the lookup also starts without the database.
//!
//! It is a disposable cache: whatever is wrong with it, it is left aside and written anew later.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Read, Write};
use std::path::Path;

use anyhow::{Context, ensure};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::site::SiteRecord;

/// Changes with the shape of the body.
const FORMAT: &str = "machimori sites 1";

#[derive(Serialize, Deserialize)]
pub struct Snapshot {
    pub as_of: DateTime<Utc>,
    pub sites: Vec<SiteRecord>,
}

/// Writes beside the file, makes it durable and moves it into place: a reader finds the old one or
/// the new one whole.
///
/// # Errors
/// When the folder cannot be written to; the file of before is then still there.
pub fn write(path: &Path, snapshot: &Snapshot) -> anyhow::Result<()> {
    let folder = path
        .parent()
        .context("the snapshot needs a folder to lie in")?;
    let body = serde_json::to_vec(snapshot).context("the sites could not be serialised")?;
    let mut file = tempfile::NamedTempFile::new_in(folder)
        .with_context(|| format!("cannot write into {}", folder.display()))?;
    let mut out = BufWriter::new(&mut file);
    write!(out, "{FORMAT}\n{}\n", checksum(&body))?;
    out.write_all(&body)?;
    out.flush()?;
    drop(out);
    file.as_file().sync_all()?;
    file.persist(path)
        .with_context(|| format!("cannot replace {}", path.display()))?;
    File::open(folder)?
        .sync_all()
        .context("the folder could not be made durable")
}

/// The snapshot, or `None` (and a line in the log) when there is none that can be trusted.
pub fn read(path: &Path) -> Option<Snapshot> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return None,
        Err(error) => {
            tracing::warn!(path = %path.display(), %error, "the snapshot of sites cannot be opened; going on without it");
            return None;
        }
    };
    parse(file)
        .inspect_err(|error| {
            tracing::warn!(path = %path.display(), error = %format!("{error:#}"), "the snapshot of sites is left aside");
        })
        .ok()
}

fn parse(file: File) -> anyhow::Result<Snapshot> {
    let mut file = BufReader::new(file);
    ensure!(
        line(&mut file)? == FORMAT,
        "it is not a snapshot of this format"
    );
    let expected = line(&mut file)?;
    let mut body = Vec::new();
    file.read_to_end(&mut body)?;
    ensure!(
        checksum(&body) == expected,
        "its checksum does not fit: it is cut short or damaged"
    );
    serde_json::from_slice(&body).context("its body is not a list of sites")
}

/// A line of at most 100 bytes, for a foreign file may be one endless line.
fn line(file: &mut impl BufRead) -> anyhow::Result<String> {
    let mut line = Vec::new();
    file.take(100).read_until(b'\n', &mut line)?;
    Ok(String::from_utf8(line)
        .context("its head is not text")?
        .trim_end()
        .to_owned())
}

fn checksum(body: &[u8]) -> String {
    Sha256::digest(body)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shelters::synthetic;

    fn snapshot() -> Snapshot {
        let as_of = DateTime::from_timestamp(1_800_000_000, 0).expect("an instant");
        Snapshot {
            as_of,
            sites: synthetic(50, 1),
        }
    }

    #[test]
    fn what_was_written_is_read_back() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("sites.snapshot");
        let written = snapshot();
        write(&path, &written).expect("written");
        write(&path, &written).expect("written over");
        let read = read(&path).expect("readable");
        assert_eq!((read.as_of, read.sites), (written.as_of, written.sites));
        assert_eq!(
            folder.path().read_dir().expect("the folder").count(),
            1,
            "no leftovers"
        );
    }

    #[test]
    fn a_missing_cut_damaged_or_foreign_file_is_left_aside() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("sites.snapshot");
        assert!(read(&path).is_none());
        write(&path, &snapshot()).expect("written");
        let whole = std::fs::read(&path).expect("the file");
        for length in [0, 1, 17, 18, 60, 83, whole.len() / 2, whole.len() - 1] {
            std::fs::write(&path, &whole[..length]).expect("cut");
            assert!(read(&path).is_none(), "cut to {length} bytes");
        }
        for place in (0..whole.len()).step_by(97) {
            let mut damaged = whole.clone();
            damaged[place] ^= 0x20;
            std::fs::write(&path, &damaged).expect("damaged");
            assert!(read(&path).is_none(), "byte {place} changed");
        }
        for foreign in [&b"\xff\xfe\x00"[..], b"PK\x03\x04", b"{}", &[b'a'; 100_000]] {
            std::fs::write(&path, foreign).expect("foreign");
            assert!(read(&path).is_none());
        }
        std::fs::remove_file(&path).expect("removed");
        std::fs::create_dir(&path).expect("a folder in its place");
        assert!(read(&path).is_none());
    }

    #[test]
    fn a_folder_that_is_not_there_is_named() {
        let refusal = write(Path::new("/nonexistent/sites.snapshot"), &snapshot());
        assert!(format!("{:#}", refusal.expect_err("no folder")).contains("/nonexistent"));
    }
}
