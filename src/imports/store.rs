//! SQL of `import_batch`.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde_json::{Value, json};
use sqlx::PgConnection;
use uuid::Uuid;

use super::purge::KEPT_DAYS;
use super::{Counts, Import, Kind, Mapping, Refusal, Status, rows};
use crate::problem::{Problem, Result};

/// What makes a batch.
pub(super) struct NewBatch<'a> {
    pub id: Uuid,
    pub kind: Kind,
    pub profile: &'a str,
    pub file_name: &'a str,
    pub file_sha256: &'a [u8],
    pub file_bytes: i64,
    pub mapping: &'a Mapping,
    pub created_by: Option<Uuid>,
    pub created_by_kind: &'a str,
}

pub(super) async fn insert(conn: &mut PgConnection, new: NewBatch<'_>) -> Result<()> {
    sqlx::query!(
        "insert into import_batch (id, kind, profile, file_name, file_sha256, file_bytes, mapping, created_by, created_by_kind)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        new.id,
        new.kind.as_str(),
        new.profile,
        new.file_name,
        new.file_sha256,
        new.file_bytes,
        json!(new.mapping),
        new.created_by,
        new.created_by_kind,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A batch as the pipeline works on it, locked until the transaction ends.
pub(super) struct Batch {
    pub kind: Kind,
    pub status: Status,
    pub mapping: Mapping,
    pub needs_second: bool,
    pub counts: Counts,
    pub created_by: Option<Uuid>,
    pub created_by_kind: String,
    pub undo_of: Option<Uuid>,
    pub is_purged: bool,
}

pub(super) async fn lock(conn: &mut PgConnection, id: Uuid) -> Result<Batch> {
    let r = sqlx::query!(
        "select kind, status, mapping, needs_second, counts, created_by, created_by_kind, undo_of, purged_at from import_batch where id = $1 for update",
        id
    )
    .fetch_optional(conn)
    .await?
    .ok_or(Problem::NotFound)?;
    Ok(Batch {
        kind: Kind::parse(&r.kind).ok_or(Problem::NotFound)?,
        status: Status::parse(&r.status).ok_or(Problem::NotFound)?,
        mapping: from_json(r.mapping)?,
        needs_second: r.needs_second,
        counts: from_json(r.counts)?,
        created_by: r.created_by,
        created_by_kind: r.created_by_kind,
        undo_of: r.undo_of,
        is_purged: r.purged_at.is_some(),
    })
}

pub(super) fn from_json<T: serde::de::DeserializeOwned>(value: Value) -> Result<T> {
    serde_json::from_value(value).map_err(|e| Problem::Internal(e.into()))
}

/// Note how far the reading is; false when the batch is being read no longer (discarded meanwhile).
pub(super) async fn set_progress(
    conn: &mut PgConnection,
    id: Uuid,
    rows_read: i64,
    encoding: &str,
    format: &str,
) -> Result<bool> {
    let done = sqlx::query!(
        "update import_batch set rows_read = $2, encoding = $3, format = $4 where id = $1 and status = 'staging'",
        id,
        rows_read,
        encoding,
        format
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The file as a whole cannot be used: keep why, forget its rows.
pub(super) async fn refuse(conn: &mut PgConnection, id: Uuid, refusal: &Refusal) -> Result<()> {
    rows::clear(conn, id).await?;
    sqlx::query!(
        "update import_batch set status = 'refused', refusal = $2, rows_read = 0, staged_at = now() where id = $1",
        id,
        json!(refusal)
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub(super) async fn set_staged(
    conn: &mut PgConnection,
    id: Uuid,
    counts: &Counts,
    needs_second: bool,
    reading: Value,
) -> Result<()> {
    sqlx::query!(
        "update import_batch set status = 'staged', counts = $2, needs_second = $3, reading = $4, staged_at = now() where id = $1",
        id,
        json!(counts),
        needs_second,
        reading
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub(super) async fn set_status(conn: &mut PgConnection, id: Uuid, status: Status) -> Result<()> {
    sqlx::query!(
        "update import_batch set status = $2, failure = null where id = $1",
        id,
        status.as_str()
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Back to staged: applying did not go through and changed nothing.
pub(super) async fn set_failed(conn: &mut PgConnection, id: Uuid, why: &str) -> Result<()> {
    sqlx::query!(
        "update import_batch set status = 'staged', failure = $2 where id = $1 and status = 'applying'",
        id,
        why
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub(super) async fn set_applied(conn: &mut PgConnection, id: Uuid, by: Option<Uuid>) -> Result<()> {
    sqlx::query!(
        "update import_batch set status = 'applied', failure = null, applied_by = $2::uuid, applied_at = now(),
             confirmed_by = case when needs_second then $2::uuid end where id = $1",
        id,
        by
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub(super) async fn set_undone(
    conn: &mut PgConnection,
    id: Uuid,
    undo_id: Uuid,
    by: Option<Uuid>,
    by_kind: &str,
) -> Result<()> {
    sqlx::query!(
        "update import_batch set status = 'undone', undone_by = $2, undone_at = now() where id = $1",
        id,
        by
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "insert into import_batch (id, kind, profile, file_name, file_sha256, file_bytes, status, created_by, created_by_kind, applied_by,
             staged_at, applied_at, undo_of)
         select $2, kind, profile, file_name, file_sha256, file_bytes, 'applied', $3, $4, $3, now(), now(), id from import_batch where id = $1",
        id,
        undo_id,
        by,
        by_kind
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// After a decision about a waiting row: what the batch would now do, and whether that needs a second person.
pub(super) async fn set_decided(
    conn: &mut PgConnection,
    id: Uuid,
    counts: &Counts,
    needs_second: bool,
) -> Result<()> {
    sqlx::query!(
        "update import_batch set counts = $2, needs_second = $3, failure = null where id = $1",
        id,
        json!(counts),
        needs_second
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub(super) async fn set_counts(conn: &mut PgConnection, id: Uuid, counts: &Counts) -> Result<()> {
    sqlx::query!(
        "update import_batch set counts = $2 where id = $1",
        id,
        json!(counts)
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The newest imports first.
pub(super) async fn list(conn: &mut PgConnection, limit: i64) -> Result<Vec<Import>> {
    let ids = sqlx::query_scalar!(
        "select id from import_batch order by created_at desc limit $1",
        limit
    )
    .fetch_all(&mut *conn)
    .await?;
    let mut imports = Vec::with_capacity(ids.len());
    for id in ids {
        imports.push(by_id(conn, id).await?);
    }
    Ok(imports)
}

pub(super) async fn by_id(conn: &mut PgConnection, id: Uuid) -> Result<Import> {
    let r = sqlx::query!("select * from import_batch where id = $1", id)
        .fetch_optional(conn)
        .await?
        .ok_or(Problem::NotFound)?;
    Ok(Import {
        id: r.id,
        kind: Kind::parse(&r.kind).ok_or(Problem::NotFound)?,
        profile: r.profile,
        file_name: r.file_name,
        file_bytes: r.file_bytes,
        status: Status::parse(&r.status).ok_or(Problem::NotFound)?,
        encoding: r.encoding,
        format: r.format,
        rows_read: r.rows_read,
        counts: from_json(r.counts)?,
        needs_second: r.needs_second,
        refusal: r.refusal.map(from_json).transpose()?,
        failure: r.failure,
        columns_read: from_json::<Option<BTreeMap<_, _>>>(r.reading["used"].clone())?
            .unwrap_or_default(),
        columns_unread: from_json::<Option<Vec<_>>>(r.reading["unused"].clone())?
            .unwrap_or_default(),
        created_by: r.created_by,
        created_at: r.created_at,
        staged_at: r.staged_at,
        applied_by: r.applied_by,
        applied_at: r.applied_at,
        undone_at: r.undone_at,
        undo_of: r.undo_of,
        undo_until: r
            .applied_at
            .filter(|_| r.status == "applied" && r.undo_of.is_none() && r.purged_at.is_none())
            .map(|at| at + TimeDelta::days(KEPT_DAYS)),
        purged_at: r.purged_at,
    })
}

/// What this copy of the ledger knows of its own city: the municipality's code.
pub(super) async fn own_lg_code(conn: &mut PgConnection) -> Result<String> {
    Ok(sqlx::query_scalar!("select lg_code from instance")
        .fetch_one(conn)
        .await?)
}

/// A day as the imports write it.
pub(super) fn today(now: DateTime<Utc>) -> NaiveDate {
    // Japan has one time zone and no summer time.
    (now + chrono::TimeDelta::hours(9)).date_naive()
}

/// Imports whose rows have been kept long enough: nothing happened to them since `before`.
pub(super) async fn due_for_purge(
    conn: &mut PgConnection,
    before: DateTime<Utc>,
) -> Result<Vec<Uuid>> {
    Ok(sqlx::query_scalar!(
        "select id from import_batch b where purged_at is null and status in ('staging', 'staged', 'applied', 'undone', 'discarded')
             and greatest(created_at, staged_at, applied_at, undone_at) < $1
             and exists (select from import_row r where r.batch_id = b.id) order by created_at",
        before
    )
    .fetch_all(conn)
    .await?)
}

/// Forget the rows of one of these; what nobody applied is put aside. False when something happened to it meanwhile.
pub(super) async fn purge(
    conn: &mut PgConnection,
    id: Uuid,
    before: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<bool> {
    let done = sqlx::query!(
        "update import_batch set purged_at = $3, status = case when status in ('staging', 'staged') then 'discarded' else status end
         where id = $1 and purged_at is null and status <> 'applying' and greatest(created_at, staged_at, applied_at, undone_at) < $2",
        id,
        before,
        now
    )
    .execute(&mut *conn)
    .await?;
    if done.rows_affected() == 0 {
        return Ok(false);
    }
    rows::clear(conn, id).await?;
    Ok(true)
}
