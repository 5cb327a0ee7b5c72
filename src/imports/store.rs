//! SQL of `import_batch` and `import_row`.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Value, json};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Action, Complaint, Counts, Draft, Import, ImportRow, Kind, Mapping, Refusal, Status};
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
}

pub(super) async fn lock(conn: &mut PgConnection, id: Uuid) -> Result<Batch> {
    let r = sqlx::query!(
        "select kind, status, mapping, needs_second, counts, created_by, created_by_kind, undo_of from import_batch where id = $1 for update",
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
    })
}

fn from_json<T: serde::de::DeserializeOwned>(value: Value) -> Result<T> {
    serde_json::from_value(value).map_err(|e| Problem::Internal(e.into()))
}

/// Forget what an interrupted reading left behind.
pub(super) async fn clear_rows(conn: &mut PgConnection, id: Uuid) -> Result<()> {
    sqlx::query!("delete from import_row where batch_id = $1", id)
        .execute(conn)
        .await?;
    Ok(())
}

/// Append drafts. (COPY does not go through row-level security; arrays do and are nearly as fast.)
pub(super) async fn append(
    conn: &mut PgConnection,
    batch_id: Uuid,
    first_seq: i64,
    drafts: &[Draft],
) -> Result<()> {
    let mut lines = Vec::with_capacity(drafts.len());
    let mut actions = Vec::with_capacity(drafts.len());
    let mut keys = Vec::with_capacity(drafts.len());
    let mut targets = Vec::with_capacity(drafts.len());
    let mut incoming = Vec::with_capacity(drafts.len());
    let mut extra = Vec::with_capacity(drafts.len());
    let mut complaints = Vec::with_capacity(drafts.len());
    for draft in drafts {
        lines.push(draft.line.and_then(|l| i64::try_from(l).ok()));
        actions.push(if draft.is_error() { "error" } else { "pending" });
        keys.push(draft.key.as_str());
        targets.push(Uuid::now_v7());
        incoming.push(text(&draft.incoming)?);
        extra.push(text(&draft.extra)?);
        complaints.push(text(&draft.complaints)?);
    }
    sqlx::query!(
        "insert into import_row (batch_id, seq, line, action, key, target_id, incoming, extra, complaints)
         select $1, $2 + n - 1, line, action, key, target_id, incoming::jsonb, extra::jsonb, complaints::jsonb
         from unnest($3::int8[], $4::text[], $5::text[], $6::uuid[], $7::text[], $8::text[], $9::text[])
             with ordinality as t(line, action, key, target_id, incoming, extra, complaints, n)",
        batch_id,
        first_seq,
        &lines as &[Option<i64>],
        &actions as &[&str],
        &keys as &[&str],
        &targets,
        &incoming,
        &extra,
        &complaints,
    )
    .execute(conn)
    .await?;
    Ok(())
}

fn text(value: &impl serde::Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|e| Problem::Internal(e.into()))
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
    clear_rows(conn, id).await?;
    sqlx::query!(
        "update import_batch set status = 'refused', refusal = $2, rows_read = 0, staged_at = now() where id = $1",
        id,
        json!(refusal)
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Name every other row that goes by the same key.
pub(super) async fn mark_duplicates(conn: &mut PgConnection, id: Uuid) -> Result<u64> {
    let done = sqlx::query!(
        "update import_row r set action = 'error', complaints = r.complaints || jsonb_build_object('column', '', 'is_error', true, 'message',
             format('同じもの（%s）が%s行目にもあります。1行だけ残してください', r.key,
                 (select string_agg(line::text, '・' order by line) from (
                     select o.line from import_row o where o.batch_id = $1 and o.key = r.key and o.seq <> r.seq order by o.line limit 5) other)))
         from (select key from import_row where batch_id = $1 and key <> '' group by key having count(*) > 1) twice
         where r.batch_id = $1 and r.key = twice.key",
        id
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected())
}

pub(super) async fn count(conn: &mut PgConnection, id: Uuid) -> Result<Counts> {
    let value = sqlx::query_scalar!(
        r#"select jsonb_build_object('add', count(*) filter (where action = 'add'), 'change', count(*) filter (where action = 'change'),
               'same', count(*) filter (where action = 'same'), 'revoke', count(*) filter (where action = 'revoke'),
               'error', count(*) filter (where action = 'error'), 'skip', count(*) filter (where action = 'skip'),
               'warned', count(*) filter (where action <> 'error' and complaints <> '[]')) as "counts!"
           from import_row where batch_id = $1"#,
        id
    )
    .fetch_one(conn)
    .await?;
    from_json(value)
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
    })
}

/// A page of rows, with the id of the thing each is about.
pub(super) async fn rows(
    conn: &mut PgConnection,
    batch_id: Uuid,
    action: Option<Action>,
    after: i64,
    limit: i64,
) -> Result<Vec<(Option<Uuid>, ImportRow)>> {
    let rows = sqlx::query!(
        "select seq, line, action, key, target_id, incoming, before, complaints from import_row
         where batch_id = $1 and seq > $3 and ($2::text is null or action = $2) order by seq limit $4",
        batch_id,
        action.map(Action::as_str),
        after,
        limit
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|r| {
            let changed = changed_fields(r.incoming.as_ref(), r.before.as_ref());
            let row = ImportRow {
                seq: r.seq,
                line: r.line,
                action: from_json(Value::String(r.action))?,
                key: r.key,
                incoming: r.incoming,
                before: r.before,
                changed,
                complaints: from_json::<Vec<Complaint>>(r.complaints)?,
            };
            Ok((r.target_id, row))
        })
        .collect()
}

/// Fields that differ; none when there is nothing to compare with.
pub(super) fn changed_fields(incoming: Option<&Value>, before: Option<&Value>) -> Vec<String> {
    match (incoming, before) {
        (Some(Value::Object(incoming)), Some(before)) => incoming
            .iter()
            .filter(|(field, value)| before.get(field.as_str()).unwrap_or(&Value::Null) != *value)
            .map(|(field, _)| field.clone())
            .collect(),
        _ => Vec::new(),
    }
}

/// What an import did, for taking it back.
pub(super) struct Done {
    pub seq: i64,
    pub action: Action,
    pub key: String,
    pub target_id: Uuid,
    pub incoming: Value,
    pub before: Option<Value>,
}

/// A page of what was really written: additions, changes, ends.
pub(super) async fn done(
    conn: &mut PgConnection,
    batch_id: Uuid,
    after: i64,
    limit: i64,
) -> Result<Vec<Done>> {
    let rows = sqlx::query!(
        r#"select seq, action, key, target_id as "target_id!", incoming as "incoming!", before from import_row
           where batch_id = $1 and seq > $2 and action in ('add', 'change', 'revoke') order by seq limit $3"#,
        batch_id,
        after,
        limit
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|r| {
            Ok(Done {
                seq: r.seq,
                action: from_json(Value::String(r.action))?,
                key: r.key,
                target_id: r.target_id,
                incoming: r.incoming,
                before: r.before,
            })
        })
        .collect()
}

/// One row of an undo: what it restores, from what.
pub(super) struct Restored<'a> {
    pub seq: i64,
    pub action: Action,
    pub key: &'a str,
    pub target_id: Uuid,
    pub incoming: Value,
    pub extra: Value,
    pub before: Value,
}

pub(super) async fn insert_restored(
    conn: &mut PgConnection,
    batch_id: Uuid,
    row: Restored<'_>,
) -> Result<()> {
    sqlx::query!(
        "insert into import_row (batch_id, seq, action, key, target_id, incoming, extra, before) values ($1, $2, $3, $4, $5, $6, $7, $8)",
        batch_id,
        row.seq,
        row.action.as_str(),
        row.key,
        row.target_id,
        row.incoming,
        row.extra,
        row.before
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// What this copy of the ledger knows of its own city: the municipality's code.
pub(super) async fn own_lg_code(conn: &mut PgConnection) -> Result<String> {
    Ok(sqlx::query_scalar!("select lg_code from instance")
        .fetch_one(conn)
        .await?)
}

/// The last place in the listing.
pub(super) async fn last_seq(conn: &mut PgConnection, batch_id: Uuid) -> Result<i64> {
    Ok(sqlx::query_scalar!(
        r#"select coalesce(max(seq), 0) as "n!" from import_row where batch_id = $1"#,
        batch_id
    )
    .fetch_one(conn)
    .await?)
}

/// A day as the imports write it.
pub(super) fn today(now: DateTime<Utc>) -> NaiveDate {
    // Japan has one time zone and no summer time.
    (now + chrono::TimeDelta::hours(9)).date_naive()
}
