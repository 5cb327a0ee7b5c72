//! Making a staged list the version in force: one transaction, all or nothing.

use serde_json::json;
use uuid::Uuid;

use super::store::Batch;
use super::{Kind, Status, kinds, store};
use crate::audit::{self, Entry, LegalGround};
use crate::clock::Clock;
use crate::db::{Db, Principal, Scope};
use crate::problem::{Problem, Result};
use crate::{safety, support_roster};

/// May this batch be applied by this person now? Refused with words otherwise; the batch stays as it is.
pub(super) fn check(batch: &Batch, scope: &Scope, except_errors: bool) -> Result<()> {
    match batch.status {
        Status::Staged => {}
        Status::Staging => {
            return Err(Problem::Conflict(
                "まだ読み込みの途中です。終わってから実行してください。".into(),
            ));
        }
        Status::Applying => {
            return Err(Problem::Conflict("いま取り込んでいるところです。".into()));
        }
        Status::Applied | Status::Undone => {
            return Err(Problem::Conflict("すでに取り込まれています。".into()));
        }
        Status::Refused | Status::Discarded => {
            return Err(Problem::Conflict(
                "このファイルは使えません。直したファイルを読み込んでください。".into(),
            ));
        }
    }
    if batch.counts.error > 0 && !except_errors {
        return Err(Problem::Conflict(format!(
            "誤りのある行が{}行あります。ファイルを直して読み込み直すか、「誤りの行を除いて取り込む」を選んでください。",
            batch.counts.error
        )));
    }
    if batch.needs_second && is_same_person(batch, scope) {
        return Err(Problem::SecondPerson(format!(
            "変わる行（{}件）または名簿から外れる行（{}件）が多いため、読み込んだ人とは別の人が内容を確かめて実行してください。",
            batch.counts.change, batch.counts.revoke
        )));
    }
    Ok(())
}

fn is_same_person(batch: &Batch, scope: &Scope) -> bool {
    match (batch.created_by, scope.actor_id()) {
        (Some(first), Some(second)) => first == second,
        (None, None) => batch.created_by_kind == Principal::Cli.as_str(),
        _ => false,
    }
}

/// Deaths and moves of a roster that otherwise waits for the second person: they take effect at once (decisions.md 37). Answers how
/// many, and the rounds whose boards are to be told.
pub(super) async fn apply_urgent(db: &Db, scope: &Scope, id: Uuid) -> Result<(u64, Vec<Uuid>)> {
    let mut tx = db.begin(scope).await?;
    let batch = store::lock(&mut tx, id).await?;
    if batch.kind != Kind::Roster || batch.status != Status::Staged {
        return Ok((0, Vec::new()));
    }
    let persons = support_roster::store::apply_deaths_and_moves(&mut tx, id).await?;
    let mut rounds = Vec::new();
    if !persons.is_empty() {
        rounds = safety::open_rounds(&mut tx).await?;
        safety::people_changed(&mut tx, &persons).await?;
        let entry = Entry::new("imports.apply_deaths_and_moves", "person", &persons)
            .ground(LegalGround::Internal)
            .detail(json!({ "import": id }));
        audit::append(&mut tx, entry).await?;
    }
    tx.commit().await?;
    Ok((persons.len() as u64, rounds))
}

/// Apply the batch, all of it or nothing. When it cannot be, the batch is staged again and says why. Answers the open rounds whose
/// boards are to be told.
pub async fn apply(
    db: &Db,
    scope: &Scope,
    clock: &Clock,
    id: Uuid,
    except_errors: bool,
) -> Result<Vec<Uuid>> {
    match try_apply(db, scope, clock, id, except_errors).await {
        Ok(rounds) => Ok(rounds),
        Err(problem @ Problem::Unavailable { .. }) => Err(problem),
        Err(problem) => {
            let why = match &problem {
                Problem::Conflict(why) | Problem::SecondPerson(why) => why.clone(),
                _ => "取り込めませんでした。何も変わっていません。もう一度ファイルを読み込んで確かめてください。".into(),
            };
            let mut tx = db.begin(scope).await?;
            store::set_failed(&mut tx, id, &why).await?;
            tx.commit().await?;
            Err(problem)
        }
    }
}

async fn try_apply(
    db: &Db,
    scope: &Scope,
    clock: &Clock,
    id: Uuid,
    except_errors: bool,
) -> Result<Vec<Uuid>> {
    let today = store::today(clock.now());
    let mut tx = db.begin(scope).await?;
    let mut batch = store::lock(&mut tx, id).await?;
    if batch.status == Status::Applied {
        return Ok(Vec::new()); // the job ran twice
    }
    if batch.status == Status::Applying {
        batch.status = Status::Staged;
    }
    check(&batch, scope, except_errors)?;
    let stale = kinds::stale(&mut tx, batch.kind, id).await?;
    if stale > 0 {
        return Err(Problem::Conflict(format!(
            "確認のあとに{stale}件が変わりました。何も取り込んでいません。もう一度ファイルを読み込んで確かめてください。"
        )));
    }
    // With rows left out it is unknown whom they meant to name: then nothing ends.
    let with_ends = batch.counts.error == 0 && batch.counts.skip == 0;
    let rounds = kinds::apply(&mut tx, batch.kind, id, with_ends, today).await?;
    store::set_applied(&mut tx, id, scope.actor_id()).await?;
    let entry = Entry::new("imports.apply", "import", std::slice::from_ref(&id))
        .ground(batch.kind.ground())
        .detail(json!({ "kind": batch.kind, "counts": batch.counts, "ends": with_ends }));
    audit::append(&mut tx, entry).await?;
    tx.commit().await?;
    Ok(rounds)
}
