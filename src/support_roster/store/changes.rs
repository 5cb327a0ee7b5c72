//! What the applied lists made of the roster since a day: from the rows that are kept with each import for thirty days.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::super::changes::{Change, ImportDone};
use crate::accounts::DistrictName;
use crate::imports::{ChangeClass, Classes};
use crate::problem::{Problem, Result};

/// The applied lists since the day, newest first; those taken back are none.
pub async fn imports_since(
    conn: &mut PgConnection,
    since: DateTime<Utc>,
) -> Result<Vec<ImportDone>> {
    let rows = sqlx::query!(
        r#"select id, file_name, applied_at as "applied_at!", coalesce(counts->'classes', '{}') as "classes!", purged_at is not null as "is_purged!"
           from import_batch where kind = 'roster' and status = 'applied' and undo_of is null and applied_at >= $1
           order by applied_at desc limit 100"#,
        since
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|r| {
            Ok(ImportDone {
                id: r.id,
                file_name: r.file_name,
                applied_at: r.applied_at,
                classes: serde_json::from_value::<Classes>(r.classes)
                    .map_err(|e| Problem::Internal(e.into()))?,
                is_purged: r.is_purged,
            })
        })
        .collect()
}

/// Which changes are asked for.
#[derive(Debug, Default)]
pub struct Sought {
    pub class: Option<ChangeClass>,
    pub district: Option<Uuid>,
    /// The import and the place of the last change of the page before.
    pub after: Option<(Uuid, i64)>,
}

/// Up to `limit` changes since the day, newest list first. Nobody is listed as left by a list whose ends were not carried out.
pub async fn changes_since(
    conn: &mut PgConnection,
    since: DateTime<Utc>,
    sought: &Sought,
    limit: i64,
) -> Result<Vec<Change>> {
    let (after_import, after_seq) = sought.after.unzip();
    let rows = sqlx::query!(
        r#"select r.batch_id, r.seq, b.applied_at as "applied_at!", r.change_class, p.id as person_id, p.name, p.name_kana, p.birth_on,
                  d.id as district_id, d.name as district_name, r.incoming, r.before
           from import_batch b join import_row r on r.batch_id = b.id join person p on p.id = r.target_id join district d on d.id = p.district_id
           where b.kind = 'roster' and b.status = 'applied' and b.undo_of is null and b.applied_at >= $1 and r.change_class <> ''
               and (r.action <> 'revoke' or coalesce((b.counts->>'error')::int8, 0) = 0 and coalesce((b.counts->>'skip')::int8, 0) = 0)
               and ($2::text is null or r.change_class = $2)
               and ($3::uuid is null or p.district_id = $3)
               and ($4::uuid is null or (b.applied_at, -r.seq) < (select c.applied_at, -$5::int8 from import_batch c where c.id = $4))
           order by b.applied_at desc, r.seq
           limit $6"#,
        since,
        sought.class.map(ChangeClass::as_str),
        sought.district,
        after_import,
        after_seq,
        limit
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|r| {
            let class = serde_json::Value::String(r.change_class);
            Ok(Change {
                import_id: r.batch_id,
                seq: r.seq,
                applied_at: r.applied_at,
                class: serde_json::from_value(class).map_err(|e| Problem::Internal(e.into()))?,
                person_id: r.person_id,
                name: r.name,
                name_kana: r.name_kana,
                birth_on: r.birth_on as Option<NaiveDate>,
                district: DistrictName {
                    id: r.district_id,
                    name: r.district_name,
                },
                incoming: r.incoming,
                before: r.before,
                changed: Vec::new(),
            })
        })
        .collect()
}
