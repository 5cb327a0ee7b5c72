//! `machimori address parse FILE`: addresses in, their parts and keys out, for scripts and for
//! looking at a list before it is imported.

use std::fs::File;
use std::io::{BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::{Args, Subcommand};

use crate::text::address::{self, Towns};
use crate::text::encoding::{self, Utf8Reader};

/// Work with addresses.
#[derive(Debug, Subcommand)]
pub enum AddressCommand {
    /// Take one address a line apart; prints one JSON object a line.
    Parse(ParseConfig),
}

/// What `address parse` reads.
#[derive(Debug, Args)]
pub struct ParseConfig {
    /// One address a line; UTF-8, CP932 or UTF-16.
    pub file: PathBuf,
    /// CSV of the city's towns (column town, name, 町字名 or 大字町丁目名; rows of other cities are passed
    /// over when there is a column city_name or 市区町村名).
    #[arg(long, requires = "city")]
    pub towns: Option<PathBuf>,
    /// The city that the towns belong to, for example 豊中市.
    #[arg(long)]
    pub city: Option<String>,
}

/// Runs the command to standard output.
///
/// # Errors
/// When a file cannot be read, or is not text; the message names file, line and character.
pub fn run(command: AddressCommand) -> anyhow::Result<()> {
    let AddressCommand::Parse(config) = command;
    let towns = match (&config.towns, &config.city) {
        (Some(file), Some(city)) => Some(towns_of(city, file)?),
        _ => None,
    };
    let mut out = BufWriter::new(std::io::stdout().lock());
    address::parse_file(
        BufReader::new(text_of(&config.file)?),
        &mut out,
        towns.as_ref(),
    )
    .with_context(|| config.file.display().to_string())?;
    Ok(out.flush()?)
}

fn towns_of(city: &str, file: &Path) -> anyhow::Result<Towns> {
    let place = || file.display().to_string();
    let mut rows = csv::Reader::from_reader(text_of(file)?);
    let headings = rows.headers().with_context(place)?.clone();
    let column = |names: &[&str]| headings.iter().position(|heading| names.contains(&heading));
    let Some(town) = column(&["town", "name", "町字名", "大字町丁目名"]) else {
        bail!(
            "{}: there is no column town, name, 町字名 or 大字町丁目名",
            place()
        );
    };
    let city_name = column(&["city_name", "市区町村名"]);
    let mut names = Vec::new();
    for row in rows.records() {
        let row = row.with_context(place)?;
        if city_name.is_none_or(|column| row.get(column) == Some(city)) {
            names.extend(row.get(town).map(str::to_owned));
        }
    }
    Ok(Towns::new(city, names.iter().map(String::as_str)))
}

fn text_of(file: &Path) -> anyhow::Result<Utf8Reader<File>> {
    let open = || File::open(file).with_context(|| format!("{} cannot be read", file.display()));
    let encoding = encoding::detect(open()?)?.with_context(|| file.display().to_string())?;
    Ok(Utf8Reader::new(open()?, encoding))
}
