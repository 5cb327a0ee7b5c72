//! SQL of `import_row`.

use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

use super::store::from_json;
use super::{Action, ChangeClass, Complaint, Counts, Draft, ImportRow};
use crate::problem::{Problem, Result};

/// Forget what an interrupted reading left behind.
pub(super) async fn clear(conn: &mut PgConnection, id: Uuid) -> Result<()> {
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
               'waiting', count(*) filter (where action = 'skip' and decision is null),
               'warned', count(*) filter (where action not in ('error', 'skip') and complaints <> '[]'),
               'classes', (select coalesce(jsonb_object_agg(c.change_class, c.n), '{}') from (
                   select change_class, count(*) as n from import_row where batch_id = $1 and change_class <> '' group by change_class) c))
               as "counts!"
           from import_row where batch_id = $1"#,
        id
    )
    .fetch_one(conn)
    .await?;
    from_json(value)
}

/// A page of rows, with the id of the thing each is about.
pub(super) async fn page(
    conn: &mut PgConnection,
    batch_id: Uuid,
    action: Option<Action>,
    class: Option<ChangeClass>,
    after: i64,
    limit: i64,
) -> Result<Vec<(Option<Uuid>, ImportRow)>> {
    let rows = sqlx::query!(
        r#"select seq, line, action, nullif(change_class, '') as change_class, key, target_id, incoming, before, complaints from import_row
           where batch_id = $1 and seq > $3 and ($2::text is null or action = $2) and ($5::text is null or change_class = $5)
           order by seq limit $4"#,
        batch_id,
        action.map(Action::as_str),
        after,
        limit,
        class.map(ChangeClass::as_str)
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
                change_class: r
                    .change_class
                    .map(|class| from_json(Value::String(class)))
                    .transpose()?,
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
pub(crate) fn changed_fields(incoming: Option<&Value>, before: Option<&Value>) -> Vec<String> {
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

/// The last place in the listing.
pub(super) async fn last_seq(conn: &mut PgConnection, batch_id: Uuid) -> Result<i64> {
    Ok(sqlx::query_scalar!(
        r#"select coalesce(max(seq), 0) as "n!" from import_row where batch_id = $1"#,
        batch_id
    )
    .fetch_one(conn)
    .await?)
}

fn text(value: &impl serde::Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|e| Problem::Internal(e.into()))
}
