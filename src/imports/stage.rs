//! Reading a file into staged rows: in a child process, in short transactions, with progress; then one comparison.

use std::path::Path;

use serde_json::json;
use uuid::Uuid;

use super::columns::{Cells, headings_of};
use super::kinds::Parser;
use super::{Counts, Draft, Kind, Mapping, Refusal, Status, diff, rows, store};
use crate::clock::Clock;
use crate::db::{Db, Scope};
use crate::problem::{Problem, Result};
use crate::tables::{self, Format, Header, Limits, Record, TableError};
use crate::text::encoding::Encoding;
use crate::text::my_number::{self, ColumnWatch, Verdict};

/// Rows that one short transaction takes.
const ROWS_AT_ONCE: usize = 2000;

/// How far the reading has come: called after each short transaction with the rows read so far.
pub type Progress<'a> = &'a (dyn Fn(i64) + Send + Sync);

/// What stopped a reading.
pub(super) enum Stop {
    Refused(Refusal),
    Failed(Problem),
    /// Somebody put the file aside meanwhile.
    Discarded,
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}
impl From<Problem> for Stop {
    fn from(problem: Problem) -> Self {
        Self::Failed(problem)
    }
}
impl From<TableError> for Stop {
    fn from(error: TableError) -> Self {
        match error {
            TableError::Refused(refusal) => Self::Refused(refusal.into()),
            TableError::Failed(why) => Self::Failed(Problem::Internal(anyhow::anyhow!(why))),
        }
    }
}

/// Read `file` into the batch `id` and compare it with the present; a file that cannot be used is refused, which is no error.
/// May be repeated: what an interrupted reading left is forgotten first.
pub async fn stage(
    db: &Db,
    scope: &Scope,
    clock: &Clock,
    program: &Path,
    file: &Path,
    id: Uuid,
    progress: Progress<'_>,
) -> Result<()> {
    let mut tx = db.begin(scope).await?;
    let batch = store::lock(&mut tx, id).await?;
    if batch.status != Status::Staging {
        return Ok(());
    }
    rows::clear(&mut tx, id).await?;
    tx.commit().await?;

    let today = store::today(clock.now());
    let reading = Reading {
        db,
        scope,
        id,
        kind: batch.kind,
        mapping: &batch.mapping,
        today,
    };
    let refusal = match reading.run(program, file, progress).await {
        Ok(()) | Err(Stop::Discarded) => return Ok(()),
        Err(Stop::Failed(problem)) => return Err(problem),
        Err(Stop::Refused(refusal)) => refusal,
    };
    let mut tx = db.begin(scope).await?;
    store::lock(&mut tx, id).await?;
    store::refuse(&mut tx, id, &refusal).await?;
    tx.commit().await
}

struct Reading<'a> {
    db: &'a Db,
    scope: &'a Scope,
    id: Uuid,
    kind: Kind,
    mapping: &'a Mapping,
    today: chrono::NaiveDate,
}

impl Reading<'_> {
    async fn run(&self, program: &Path, file: &Path, progress: Progress<'_>) -> Result<(), Stop> {
        let limits = Limits {
            sheet: self.mapping.sheet.clone(),
            ..Limits::default()
        };
        let mut reader = tables::open(program, file, &limits).await?;
        let header = reader.header().clone();
        let Some(first) = reader.next().await? else {
            return Err(Refusal::new(
                "データの行がありません。ファイルが空でないか確かめてください",
            )
            .into());
        };
        let headings = match &first {
            Record::Row(_) => header.columns.clone(),
            Record::Feature(feature) => headings_of(feature),
        };
        refuse_my_number_columns(&headings, &header)?;
        let is_map = header.format == Format::Geojson;
        let mut parser = {
            let mut tx = self.db.begin_read(self.scope).await?;
            let parser = Parser::new(
                &mut tx,
                self.kind,
                &headings,
                header.line,
                is_map,
                self.mapping,
                self.today,
            )
            .await?;
            tx.commit().await?;
            parser?
        };
        let format = format!("{}：{}", header.format.as_str(), parser.source());
        let columns = parser.columns().clone();
        let mut watches = vec![ColumnWatch::default(); headings.len()];
        let mut drafts = Vec::with_capacity(ROWS_AT_ONCE);
        let mut read = 0;
        let mut next = Some(first);
        while let Some(record) = next {
            let cells = Cells::of(&record, &columns);
            if !cells.is_blank() {
                let mut draft = parser.row(&cells);
                complain_about_cells(&cells, &mut watches, &mut draft);
                drafts.push(draft);
            }
            if drafts.len() == ROWS_AT_ONCE {
                self.flush(&mut drafts, &mut read, &header, &format).await?;
                progress(read);
            }
            next = reader.next().await?;
        }
        refuse_my_numbers(&watches, &headings)?;
        parser.finish()?;
        self.flush(&mut drafts, &mut read, &header, &format).await?;
        progress(read);
        if read == 0 {
            return Err(Refusal::new(
                "データの行がありません。ファイルが空でないか確かめてください",
            )
            .into());
        }
        let mut tx = self.db.begin(self.scope).await?;
        if store::lock(&mut tx, self.id).await?.status != Status::Staging {
            return Err(Stop::Discarded);
        }
        let (counts, needs_second) =
            diff::compare(&mut tx, self.id, self.kind, self.mapping, self.today).await?;
        let reading = json!({"used": columns.used(), "unused": columns.unused()});
        store::set_staged(&mut tx, self.id, &counts, needs_second, reading).await?;
        log(self.id, self.kind, &counts);
        tx.commit().await?;
        Ok(())
    }

    /// Write the drafts in one short transaction; `read` grows.
    async fn flush(
        &self,
        drafts: &mut Vec<Draft>,
        read: &mut i64,
        header: &Header,
        format: &str,
    ) -> Result<(), Stop> {
        if drafts.is_empty() {
            return Ok(());
        }
        let mut tx = self.db.begin(self.scope).await?;
        rows::append(&mut tx, self.id, *read + 1, drafts).await?;
        *read += drafts.len() as i64;
        let encoding = match header.encoding {
            Some(Encoding::Utf8) => "utf-8",
            Some(Encoding::Cp932) => "cp932",
            Some(Encoding::Utf16Le | Encoding::Utf16Be) => "utf-16",
            None => "",
        };
        if !store::set_progress(&mut tx, self.id, *read, encoding, format).await? {
            return Err(Stop::Discarded);
        }
        tx.commit().await?;
        drafts.clear();
        Ok(())
    }
}

fn log(id: Uuid, kind: Kind, counts: &Counts) {
    tracing::info!(
        import.id = %id,
        kind = kind.as_str(),
        add = counts.add,
        change = counts.change,
        revoke = counts.revoke,
        error = counts.error,
        "an import was staged"
    );
}

/// 個人番号 is never accepted: a column so named stops the import (番号法 art. 19; decisions.md 35).
pub(super) fn refuse_my_number_columns(
    headings: &[String],
    header: &Header,
) -> Result<(), Refusal> {
    match headings.iter().position(|h| my_number::names_column(h)) {
        None => Ok(()),
        Some(index) => Err(Refusal::new(format!(
            "「{}」の列があります。個人番号（マイナンバー）は取り込めません。列ごと消してから、もう一度読み込んでください",
            headings[index]
        ))
        .at(header.line.max(1), Some(index as u64 + 1))),
    }
}

/// A column that holds 個人番号 under another name stops the import too.
fn refuse_my_numbers(watches: &[ColumnWatch], headings: &[String]) -> Result<(), Refusal> {
    for (index, watch) in watches.iter().enumerate() {
        if let Verdict::MyNumbers { first_line } = watch.verdict() {
            return Err(Refusal::new(format!(
                "「{}」の列の値が個人番号（マイナンバー）のようです。個人番号は取り込めません。列ごと消してから、もう一度読み込んでください",
                headings[index]
            ))
            .at(first_line, Some(index as u64 + 1)));
        }
    }
    Ok(())
}

fn complain_about_cells(cells: &Cells<'_>, watches: &mut [ColumnWatch], draft: &mut Draft) {
    let headings = cells.columns.headings();
    for (index, text) in cells.texts().iter().enumerate().take(headings.len()) {
        watches[index].see(cells.line, text);
        if text.len() >= 12 && my_number::is_value(text) {
            draft.warn(
                headings[index].as_str(),
                "個人番号（マイナンバー）のような12桁の番号です。個人番号であれば消してください",
            );
        }
    }
    for index in cells.formulas.iter().filter(|i| **i < headings.len()) {
        draft.warn(
            headings[*index].as_str(),
            "数式のセルです。表示されている値を使います",
        );
    }
    for index in cells.broken.iter().filter(|i| **i < headings.len()) {
        draft.error(
            headings[*index].as_str(),
            "表計算ソフトのエラー（#REF! など）のセルです。値に直してください",
        );
    }
    if cells.texts().len() > headings.len()
        && cells.texts()[headings.len()..]
            .iter()
            .any(|t| !t.is_empty())
    {
        draft.error(
            "",
            format!(
                "セルが見出しより多くあります（{}列のはずが{}列）。途中のカンマや引用符を確かめてください",
                headings.len(),
                cells.texts().len()
            ),
        );
    }
}
