//! What was typed in from the lines of a copy.

use std::collections::{BTreeMap, HashSet};

use sqlx::PgConnection;
use uuid::Uuid;

use super::super::sheet::TypedEntry;
use crate::problem::Result;
use crate::safety::corrections::in_force;
use crate::safety::derive::corrected;
use crate::safety::evidence::word;

/// What stands of each member from this copy, the oldest first: corrected and withdrawn entries are left out, whoever did it.
pub async fn typed(
    conn: &mut PgConnection,
    copy_id: Uuid,
) -> Result<BTreeMap<Uuid, Vec<TypedEntry>>> {
    let rows = sqlx::query!(
        r#"select o.id, o.member_id, o.outcome, o.attempt, o.marker, o.note, o.told_by, o.corrects, o.is_withdrawal, o.observed_at,
                  o.clock_offset_ms, o.recorded_at, a.name as "typed_by_name?", o.copy_id is not distinct from $1 as "is_ours!"
           from observation o left join account a on a.id = o.typed_by
           where o.copy_id = $1
              or (o.corrects is not null and o.member_id in (select t.member_id from observation t where t.copy_id = $1))
           order by o.observed_at, o.id"#,
        copy_id
    )
    .fetch_all(conn)
    .await?;
    let mut entries: Vec<(Uuid, TypedEntry, Link)> = Vec::with_capacity(rows.len());
    for r in rows {
        let link = Link {
            corrects: r.corrects,
            is_withdrawal: r.is_withdrawal,
            is_ours: r.is_ours,
        };
        let entry = TypedEntry {
            id: r.id,
            outcome: r.outcome.as_deref().map(word).transpose()?,
            attempt: word(&r.attempt)?,
            marker: r.marker.as_deref().map(word).transpose()?,
            note: r.note,
            told_by: r.told_by,
            observed_at: corrected(r.observed_at, r.clock_offset_ms),
            typed_at: r.recorded_at,
            typed_by_name: r.typed_by_name,
        };
        entries.push((r.member_id, entry, link));
    }
    let standing: HashSet<Uuid> = in_force(
        entries
            .iter()
            .map(|(_, e, link)| (e.id, link.corrects, link.is_withdrawal)),
    );
    let mut typed: BTreeMap<Uuid, Vec<TypedEntry>> = BTreeMap::new();
    for (member_id, entry, link) in entries {
        if link.is_ours && standing.contains(&entry.id) {
            typed.entry(member_id).or_default().push(entry);
        }
    }
    Ok(typed)
}

/// What an entry does to another.
struct Link {
    corrects: Option<Uuid>,
    is_withdrawal: bool,
    /// From this very copy.
    is_ours: bool,
}

/// Let nobody else type the same line until this transaction ends: two desks may have the same sheet before them.
pub async fn hold_line(conn: &mut PgConnection, copy_id: Uuid, line_no: i16) -> Result<()> {
    sqlx::query!(
        "select pg_advisory_xact_lock(hashtextextended('sheet line ' || $1::text || ' ' || $2::text, 0))",
        copy_id.to_string(),
        line_no.to_string()
    )
    .execute(conn)
    .await?;
    Ok(())
}
