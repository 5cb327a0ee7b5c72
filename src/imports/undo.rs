//! Taking an import back: a new change that restores what nobody touched since, and lists the rest.

use std::collections::HashMap;

use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use super::purge::KEPT_DAYS;
use super::rows::{Done, Restored};
use super::{Action, Counts, Kind, Status, kinds, rows, store};
use crate::audit::{self, Entry};
use crate::clock::Clock;
use crate::db::{Db, Scope};
use crate::problem::{Problem, Result};

/// What an undo did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Undone {
    /// The new change.
    pub id: Uuid,
    /// How many things are again what they were.
    pub restored: i64,
    /// What was changed since and therefore stays.
    pub left: Vec<Left>,
}

/// A thing that an undo left as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Left {
    pub key: String,
    /// In Japanese.
    pub why: String,
}

const WRITTEN_ON: &str = "取り込んだあとに、だれかが書き加えています";

/// Rows looked at in one go.
const ROWS_AT_ONCE: i64 = 2000;

/// Take the applied import `id` back. Answers also the open rounds whose boards are to be told.
pub async fn undo(db: &Db, scope: &Scope, clock: &Clock, id: Uuid) -> Result<(Undone, Vec<Uuid>)> {
    let today = store::today(clock.now());
    let undo_id = Uuid::now_v7();
    let mut tx = db.begin(scope).await?;
    let batch = store::lock(&mut tx, id).await?;
    if batch.status != Status::Applied {
        return Err(Problem::Conflict(
            "取り込まれていないので、取り消せません。".into(),
        ));
    }
    if batch.is_purged {
        return Err(Problem::Conflict(format!(
            "取り込んでから{KEPT_DAYS}日を過ぎ、行の控えを消したため、もう取り消せません。前の版のファイルがあれば、それをもう一度取り込んでください。"
        )));
    }
    if batch.undo_of.is_some() {
        return Err(Problem::Conflict(
            "これは取消しの記録です。元のファイルをもう一度読み込んでください。".into(),
        ));
    }
    store::set_undone(
        &mut tx,
        id,
        undo_id,
        scope.actor_id(),
        scope.principal().as_str(),
    )
    .await?;
    let mut counts = Counts::default();
    let mut left = Vec::new();
    let mut after = 0;
    loop {
        let done = rows::done(&mut tx, id, after, ROWS_AT_ONCE).await?;
        let Some(last) = done.last() else { break };
        after = last.seq;
        let ids: Vec<Uuid> = done.iter().map(|d| d.target_id).collect();
        let present: HashMap<Uuid, Value> = kinds::present(&mut tx, batch.kind, &ids)
            .await?
            .into_iter()
            .collect();
        let added: Vec<Uuid> = done
            .iter()
            .filter(|d| d.before.is_none())
            .map(|d| d.target_id)
            .collect();
        let written = kinds::written_on(&mut tx, batch.kind, id, &added).await?;
        for row in done {
            if written.contains(&row.target_id) {
                left.push(Left {
                    key: row.key,
                    why: WRITTEN_ON.into(),
                });
                continue;
            }
            match restoration(batch.kind, &row, present.get(&row.target_id), today) {
                Plan::Restore {
                    action,
                    incoming,
                    before,
                } => {
                    match action {
                        Action::Revoke => counts.revoke += 1,
                        _ => counts.change += 1,
                    }
                    let extra = Value::Object(kinds::extra(batch.kind, &incoming));
                    let restored = Restored {
                        seq: row.seq,
                        action,
                        key: &row.key,
                        target_id: row.target_id,
                        incoming: Value::Object(incoming),
                        extra,
                        before,
                    };
                    rows::insert_restored(&mut tx, undo_id, restored).await?;
                }
                Plan::Nothing => {}
                Plan::Leave(why) => left.push(Left { key: row.key, why }),
            }
        }
    }
    let rounds = kinds::apply(&mut tx, batch.kind, undo_id, true, today).await?;
    store::set_counts(&mut tx, undo_id, &counts).await?;
    let restored = counts.change + counts.revoke;
    let entry = Entry::new("imports.undo", "import", std::slice::from_ref(&id))
        .ground(batch.kind.ground())
        .detail(json!({ "undo": undo_id, "restored": restored, "left": left.len() }));
    audit::append(&mut tx, entry).await?;
    tx.commit().await?;
    let undone = Undone {
        id: undo_id,
        restored,
        left,
    };
    Ok((undone, rounds))
}

enum Plan {
    Restore {
        action: Action,
        incoming: Map<String, Value>,
        before: Value,
    },
    /// The import had left it out (an end that was not carried out).
    Nothing,
    Leave(String),
}

fn restoration(kind: Kind, row: &Done, present: Option<&Value>, today: chrono::NaiveDate) -> Plan {
    let (Some(present), Value::Object(written)) = (present, &row.incoming) else {
        return Plan::Leave("いまはありません".into());
    };
    let field = |of: &Value, name: &str| of.get(name).cloned().unwrap_or(Value::Null);
    if row.action == Action::Revoke && row.before.as_ref() == Some(present) {
        return Plan::Nothing;
    }
    let touched: Vec<&str> = written
        .iter()
        .filter(|(name, value)| field(present, name) != **value)
        .map(|(name, _)| name.as_str())
        .collect();
    if !touched.is_empty() {
        return Plan::Leave(format!(
            "取り込んだあとに変わっています（{}）",
            touched.join("、")
        ));
    }
    let incoming = match &row.before {
        None => kinds::ended(kind, today),
        Some(before) => written
            .iter()
            .filter(|(name, value)| field(before, name) != **value)
            .map(|(name, _)| (name.clone(), field(before, name)))
            .collect(),
    };
    let action = if row.before.is_none() {
        Action::Revoke
    } else {
        Action::Change
    };
    Plan::Restore {
        action,
        incoming,
        before: present.clone(),
    }
}
