//! CSV as Japanese offices exchange it: CRLF, and one of three encodings.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use csv::Terminator;

use crate::text::cp932;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    Utf8,
    Utf8Bom,
    Cp932,
}

/// A table being written, row by row.
pub struct Table {
    path: PathBuf,
    file: BufWriter<File>,
    encoding: Encoding,
    unmappable: u64,
}

impl Table {
    pub fn create(path: &Path, encoding: Encoding) -> anyhow::Result<Self> {
        let file =
            File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
        let mut file = BufWriter::new(file);
        if encoding == Encoding::Utf8Bom {
            file.write_all("\u{feff}".as_bytes())?;
        }
        Ok(Self {
            path: path.to_owned(),
            file,
            encoding,
            unmappable: 0,
        })
    }

    pub fn row(&mut self, cells: &[impl AsRef<str>]) -> anyhow::Result<()> {
        let mut line = csv::WriterBuilder::new()
            .terminator(Terminator::CRLF)
            .from_writer(Vec::new());
        line.write_record(cells.iter().map(|cell| cell.as_ref().as_bytes()))?;
        let mut bytes = line.into_inner()?;
        if self.encoding == Encoding::Cp932 {
            let (encoded, unmappable) = cp932::encode(std::str::from_utf8(&bytes)?);
            self.unmappable += unmappable.len() as u64;
            bytes = encoded;
        }
        self.file
            .write_all(&bytes)
            .with_context(|| format!("cannot write {}", self.path.display()))
    }

    /// Writes what is left. Answers how many characters the encoding did not hold.
    pub fn finish(mut self) -> anyhow::Result<u64> {
        self.file
            .flush()
            .with_context(|| format!("cannot write {}", self.path.display()))?;
        Ok(self.unmappable)
    }
}
