//! The service's own eye on the rounds that are on: raises what must not wait, ends what was answered, gives uncovered people on
//! where the round says so. One instance at a time; whatever it does twice it does once.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use uuid::Uuid;

use super::hand_over::{self, Move};
use super::store::{escalations, hand_overs};
use crate::app::App;
use crate::audit::{self, Entry};
use crate::db::{Principal, Scope, Tx};
use crate::problem::Result;

/// Look at every round that is on, once.
pub async fn look(app: &App) -> Result<()> {
    let now = app.clock.now();
    let silent_before = now - TimeDelta::minutes(app.settings.silent_minutes);
    let mut tx = app.db.begin(&Scope::of(Principal::Job)).await?;
    if !escalations::is_my_turn(&mut tx).await? {
        return Ok(());
    }
    let ended = escalations::end_answered(&mut tx, now).await?;
    record(&mut tx, "escalations.end", &ended).await?;
    let mut changed = Vec::new();
    for round in escalations::watched(&mut tx, now).await? {
        let mut raised = escalations::raise_no_answer(&mut tx, &round, now).await?;
        raised.extend(
            escalations::raise_silent_volunteers(&mut tx, &round, now, silent_before).await?,
        );
        raised.extend(
            escalations::raise_silent_districts(&mut tx, &round, now, silent_before).await?,
        );
        let moves = plan(&mut tx, &round, now, silent_before).await?;
        let (without, covered) =
            escalations::settle_uncovered(&mut tx, round.id, &left(&moves), now).await?;
        raised.extend(without);
        record(&mut tx, "escalations.raise", &raised).await?;
        record(&mut tx, "escalations.end", &covered).await?;
        if round.rules.hand_over_by_itself && moves.iter().any(|m| m.to.is_some()) {
            give_on(&mut tx, (Uuid::now_v7(), round.id), &moves, None, now).await?;
            changed.push(round.id);
        }
    }
    tx.commit().await?;
    app.boards.changed(changed);
    Ok(())
}

/// What is to be given on in a round now. Runs as `m_job`.
pub async fn plan(
    tx: &mut Tx,
    round: &escalations::Watched,
    now: DateTime<Utc>,
    silent_before: DateTime<Utc>,
) -> Result<Vec<Move>> {
    let helpers = hand_overs::helpers(tx, round.id, round.started_at, silent_before).await?;
    let cut_off = round
        .rules
        .hand_over_minutes
        .map(|m| round.started_at + TimeDelta::minutes(m.into()))
        .filter(|at| *at <= now);
    let is_all_well = helpers.iter().all(|h| {
        matches!(
            h.standing,
            hand_over::Standing::InTouch | hand_over::Standing::WithoutPhone
        )
    });
    if cut_off.is_none() && is_all_well {
        return Ok(Vec::new());
    }
    let waiting = hand_overs::waiting(tx, round.id).await?;
    Ok(hand_over::plan(&waiting, &helpers, cut_off))
}

/// Give people on, with its audit line. Runs as `m_job`.
pub async fn give_on(
    tx: &mut Tx,
    (id, round_id): (Uuid, Uuid),
    moves: &[Move],
    by: Option<Uuid>,
    at: DateTime<Utc>,
) -> Result<Vec<Uuid>> {
    let made = hand_overs::act(tx, (id, round_id), moves, by, at).await?;
    let members: Vec<Uuid> = moves
        .iter()
        .filter(|m| m.to.is_some())
        .map(|m| m.member_id)
        .collect();
    if !made.is_empty() {
        let entry = Entry::new("rounds.hand_over", "round_member", &members)
            .detail(json!({"round": round_id, "hand_overs": made}));
        audit::append(tx, entry).await?;
    }
    Ok(made)
}

/// How many are left without anybody, by district.
fn left(moves: &[Move]) -> Vec<(Uuid, i64)> {
    let mut left = std::collections::BTreeMap::new();
    for m in moves.iter().filter(|m| m.to.is_none()) {
        *left.entry(m.district_id).or_insert(0) += 1;
    }
    left.into_iter().collect()
}

async fn record(tx: &mut Tx, action: &'static str, ids: &[Uuid]) -> Result<()> {
    if !ids.is_empty() {
        audit::append(tx, Entry::new(action, "escalation", ids)).await?;
    }
    Ok(())
}
