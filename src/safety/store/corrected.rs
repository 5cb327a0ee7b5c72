//! Which words of a round no longer stand.

use std::collections::BTreeSet;

use sqlx::PgConnection;
use uuid::Uuid;

use super::super::corrections::in_force;
use crate::problem::Result;

/// The words of a round, and of those found to be on its list, that were put right or taken back and were not brought back since: by
/// the rule of the derivation, which a single look at what corrects what cannot tell. Runs as `m_index`.
pub async fn superseded(conn: &mut PgConnection, round_id: Uuid) -> Result<Vec<Uuid>> {
    let rows: Vec<(Uuid, Option<Uuid>, bool)> = sqlx::query!(
        "select o.id, o.corrects, o.is_withdrawal from observation o
         where o.corrects is not null and (o.round_id = $1 or o.member_id in (
             select k.from_member_id from member_link k where k.to_round_id = $1 and k.undone_at is null))",
        round_id
    )
    .map(|r| (r.id, r.corrects, r.is_withdrawal))
    .fetch_all(conn)
    .await?;
    let correcting: BTreeSet<Uuid> = rows.iter().map(|(id, _, _)| *id).collect();
    let corrected: BTreeSet<Uuid> = rows.iter().filter_map(|(_, back, _)| *back).collect();
    let first = corrected
        .difference(&correcting)
        .map(|id| (*id, None, false));
    let standing = in_force(rows.iter().copied().chain(first));
    let all = correcting.union(&corrected).copied();
    Ok(all.filter(|id| !standing.contains(id)).collect())
}
