//! What a staged list would do to the present: additions, changes field by field, ends; and whether one person may decide it.

use sqlx::PgConnection;
use uuid::Uuid;

use super::{Counts, Kind, Mapping, kinds, rows};
use crate::problem::Result;

/// Compare the batch's rows with the present. Answers the counts and whether a second person is needed.
pub(super) async fn compare(
    conn: &mut PgConnection,
    id: Uuid,
    kind: Kind,
    mapping: &Mapping,
    today: chrono::NaiveDate,
) -> Result<(Counts, bool)> {
    rows::mark_duplicates(conn, id).await?;
    kinds::judge(conn, kind, id, mapping).await?;
    kinds::compare(conn, kind, id).await?;
    let existing = kinds::existing(conn, kind, id).await?;
    if !mapping.is_partial && existing > 0 {
        let after = rows::last_seq(conn, id).await?;
        kinds::list_unnamed(conn, kind, id, after, today).await?;
    }
    let counts = rows::count(conn, id).await?;
    let second = needs_second(&counts, existing);
    Ok((counts, second))
}

/// The same judgement after humans decided about waiting rows: deciding is no way round the second person.
pub(super) async fn recount(
    conn: &mut PgConnection,
    id: Uuid,
    kind: Kind,
) -> Result<(Counts, bool)> {
    let existing = kinds::existing(conn, kind, id).await?;
    let counts = rows::count(conn, id).await?;
    let second = needs_second(&counts, existing);
    Ok((counts, second))
}

/// More than 5 % of what is kept would change, or more than 2 % would leave (decisions.md 37). Nothing kept: nothing to lose.
fn needs_second(counts: &Counts, existing: i64) -> bool {
    let changed = counts.change + counts.revoke;
    existing > 0 && (changed * 100 > existing * 5 || counts.revoke * 100 > existing * 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_person_is_needed_above_five_percent_changed_or_two_percent_gone() {
        let counts = |change, revoke| Counts {
            change,
            revoke,
            add: 500,
            ..Counts::default()
        };
        assert!(!needs_second(&counts(5, 0), 100));
        assert!(needs_second(&counts(6, 0), 100));
        assert!(!needs_second(&counts(0, 2), 100));
        assert!(needs_second(&counts(0, 3), 100));
        assert!(!needs_second(&counts(0, 0), 0));
    }
}
