//! The kinds of list, each in the hands of its slice.

use std::collections::HashSet;

use serde_json::{Map, Value};
use sqlx::PgConnection;
use uuid::Uuid;

use super::columns::{Cells, Columns, Field};
use super::{Draft, Kind, Mapping, Refusal, store};
use crate::problem::Result;
use crate::{districts, people, safety, shelters, support_roster, victims};

/// Reads the rows of one list.
pub(super) enum Parser {
    Sites(shelters::import::Parser),
    Districts(districts::import::Parser),
    Roster(Box<support_roster::import::Parser>),
    Victims(victims::import::Parser),
}

impl Parser {
    /// Recognise the list by its headings, or refuse it.
    pub async fn new(
        conn: &mut PgConnection,
        kind: Kind,
        headings: &[String],
        line: u64,
        is_map: bool,
        mapping: &Mapping,
        today: chrono::NaiveDate,
    ) -> Result<Result<Self, Refusal>> {
        Ok(match kind {
            Kind::Sites => {
                let own = store::own_lg_code(conn).await?;
                shelters::import::Parser::new(headings, line, is_map, mapping, &own)
                    .map(Self::Sites)
            }
            Kind::Districts => {
                districts::import::Parser::new(headings, line, is_map, mapping).map(Self::Districts)
            }
            Kind::Roster => {
                let city = support_roster::import::City::load(conn).await?;
                support_roster::import::Parser::new(headings, line, mapping, city, today)
                    .map(|parser| Self::Roster(Box::new(parser)))
            }
            Kind::Victims => victims::import::Parser::new(conn, headings, line, mapping, today)
                .await?
                .map(Self::Victims),
        })
    }

    pub fn row(&mut self, cells: &Cells<'_>) -> Draft {
        match self {
            Self::Sites(parser) => parser.row(cells),
            Self::Districts(parser) => parser.row(cells),
            Self::Roster(parser) => parser.row(cells),
            Self::Victims(parser) => parser.row(cells),
        }
    }

    /// Judge the list as a whole, behind its last row.
    pub fn finish(&self) -> Result<(), Refusal> {
        match self {
            Self::Sites(parser) => parser.finish(),
            Self::Districts(_) | Self::Victims(_) => Ok(()),
            Self::Roster(parser) => parser.finish(),
        }
    }

    pub fn columns(&self) -> &Columns {
        match self {
            Self::Sites(parser) => parser.columns(),
            Self::Districts(parser) => parser.columns(),
            Self::Roster(parser) => parser.columns(),
            Self::Victims(parser) => parser.columns(),
        }
    }

    /// Which list it was recognised as.
    pub fn source(&self) -> &'static str {
        match self {
            Self::Sites(parser) => parser.source(),
            Self::Districts(parser) => parser.source(),
            Self::Roster(_) => "避難行動要支援者名簿",
            Self::Victims(_) => "被災者台帳",
        }
    }
}

/// The fields of a kind of list, and those without which it cannot be read.
pub(super) fn fields(kind: Kind) -> (&'static [Field], &'static [&'static str]) {
    match kind {
        Kind::Sites => (shelters::import::FIELDS, &["name", "lat", "lon"]),
        Kind::Districts => (districts::import::FIELDS, &["name"]),
        Kind::Roster => (support_roster::profile::STANDARD, &["name", "address"]),
        Kind::Victims => (victims::import::FIELDS, &["name"]),
    }
}

/// How many things are kept that the list could have named.
pub(super) async fn existing(conn: &mut PgConnection, kind: Kind, id: Uuid) -> Result<i64> {
    match kind {
        Kind::Sites => shelters::import_store::existing(conn, id).await,
        Kind::Districts => districts::store::existing(conn, id).await,
        Kind::Roster => support_roster::store::existing(conn).await,
        Kind::Victims => victims::store::import::existing(conn, id).await,
    }
}

/// Judge rows by what only the database knows.
pub(super) async fn judge(
    conn: &mut PgConnection,
    kind: Kind,
    id: Uuid,
    mapping: &Mapping,
) -> Result<()> {
    match kind {
        Kind::Sites => {
            let far_m = mapping.far_m.unwrap_or(30_000.0);
            shelters::import_store::mark_far_away(conn, id, far_m).await?;
        }
        Kind::Districts => districts::store::mark_overlaps(conn, id).await?,
        Kind::Roster => {}
        Kind::Victims => victims::store::import::judge(conn, id).await?,
    }
    Ok(())
}

/// Say of each pending row what it would do.
pub(super) async fn compare(conn: &mut PgConnection, kind: Kind, id: Uuid) -> Result<()> {
    match kind {
        Kind::Sites => shelters::import_store::compare(conn, id).await,
        Kind::Districts => districts::store::compare(conn, id).await,
        Kind::Roster => support_roster::store::compare(conn, id).await,
        Kind::Victims => victims::store::import::compare(conn, id).await,
    }
}

/// List what the file no longer names.
pub(super) async fn list_unnamed(
    conn: &mut PgConnection,
    kind: Kind,
    id: Uuid,
    after_seq: i64,
    today: chrono::NaiveDate,
) -> Result<()> {
    match kind {
        Kind::Sites => shelters::import_store::list_unnamed(conn, id, after_seq, today).await,
        Kind::Districts => districts::store::list_unnamed(conn, id, after_seq, today).await,
        Kind::Roster => support_roster::store::list_unnamed(conn, id, after_seq, today).await,
        // A list of victims adds and changes; nobody leaves the registry by not being named.
        Kind::Victims => Ok(()),
    }
}

/// How many things to be changed are no longer what the preview showed.
pub(super) async fn stale(conn: &mut PgConnection, kind: Kind, id: Uuid) -> Result<i64> {
    match kind {
        Kind::Sites => shelters::import_store::stale(conn, id).await,
        Kind::Districts => districts::store::stale(conn, id).await,
        Kind::Roster => support_roster::store::stale(conn, id).await,
        Kind::Victims => victims::store::import::stale(conn, id).await,
    }
}

/// Write the batch, all of it. `with_ends`: also end what the file no longer names. Brings running rounds up to date; answers the
/// open rounds whose boards are to be told after the commit.
pub(super) async fn apply(
    conn: &mut PgConnection,
    kind: Kind,
    id: Uuid,
    with_ends: bool,
    today: chrono::NaiveDate,
) -> Result<Vec<Uuid>> {
    match kind {
        Kind::Sites => {
            shelters::import_store::apply(conn, id, with_ends).await?;
            return Ok(Vec::new());
        }
        Kind::Victims => {
            victims::store::import::apply(conn, id).await?;
            return Ok(Vec::new());
        }
        Kind::Districts => {
            districts::store::apply(conn, id, with_ends, today).await?;
            let moved = people::import_store::follow_districts(conn).await?;
            safety::people_changed(conn, &moved).await?;
        }
        Kind::Roster => {
            support_roster::store::apply(conn, id, with_ends, today).await?;
            safety::roster_imported(conn, id).await?;
        }
    }
    safety::open_rounds(conn).await
}

/// What these things are now, in the words of the kind.
pub(super) async fn present(
    conn: &mut PgConnection,
    kind: Kind,
    ids: &[Uuid],
) -> Result<Vec<(Uuid, Value)>> {
    match kind {
        Kind::Sites => shelters::import_store::present(conn, ids).await,
        Kind::Districts => districts::store::present(conn, ids).await,
        Kind::Roster => support_roster::store::present(conn, ids).await,
        Kind::Victims => victims::store::import::present(conn, ids).await,
    }
}

/// Which of these things, brought in by the batch, bear what was written elsewhere since: they are not ended with it.
pub(super) async fn written_on(
    conn: &mut PgConnection,
    kind: Kind,
    batch_id: Uuid,
    ids: &[Uuid],
) -> Result<HashSet<Uuid>> {
    let written = match kind {
        Kind::Victims => victims::store::import::written_on(conn, batch_id, ids).await?,
        Kind::Sites | Kind::Districts | Kind::Roster => Vec::new(),
    };
    Ok(written.into_iter().collect())
}

/// What ends a thing that an undone import had brought in.
pub(super) fn ended(kind: Kind, today: chrono::NaiveDate) -> Map<String, Value> {
    const WHY: &str = "取込みを取り消したため";
    match kind {
        Kind::Sites => super::columns::object([
            ("revoked_on", today.to_string().into()),
            ("revoked_reason", WHY.into()),
        ]),
        Kind::Districts => super::columns::object([("valid_to", today.to_string().into())]),
        Kind::Roster => super::columns::object([
            ("delisted_on", today.to_string().into()),
            ("delist_reason", WHY.into()),
        ]),
        Kind::Victims => super::columns::object([("removed_why", WHY.into())]),
    }
}

/// What goes with a thing's fields without being compared.
pub(super) fn extra(kind: Kind, fields: &Map<String, Value>) -> Map<String, Value> {
    match kind {
        Kind::Sites | Kind::Districts => Map::new(),
        Kind::Roster => support_roster::import::keys(fields),
        Kind::Victims => victims::import::keys(fields),
    }
}
