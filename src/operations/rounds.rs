//! What doors say, in the rounds of the same event: a check-in is a `met` word about whoever was received, in each round that was
//! open when it happened, however late it arrives. The caller derives the members afterwards, once.

use std::collections::BTreeSet;

use futures::future::BoxFuture;
use sqlx::PgConnection;
use uuid::Uuid;

use super::derived_id;
use super::stay::StayType;
use super::store::rounds::{self, Filed};
use crate::db::{Principal, Tx};
use crate::problem::Result;
use crate::safety::evidence::word;
use crate::safety::observation::{Attempt, Channel, Outcome};
use crate::safety::record::{NewObservation, insert_observations, rederive};

/// File these entries in the rounds that they speak in; answers whom they are about. Nothing is filed twice.
pub async fn file(
    conn: &mut PgConnection,
    event_id: Uuid,
    entries: &[Uuid],
) -> Result<BTreeSet<Uuid>> {
    file_in(conn, event_id, entries, None).await
}

/// A round that starts while people are in shelters begins by knowing it: nobody need go to their empty homes. Runs as `m_job`.
pub fn at_start(tx: &mut Tx, event_id: Uuid, round_id: Uuid) -> BoxFuture<'_, Result<()>> {
    Box::pin(async move {
        let entries = rounds::entries_of_present(tx, event_id, round_id).await?;
        let members = file_in(tx, event_id, &entries, Some(round_id)).await?;
        if !members.is_empty() {
            rederive(tx, &members.into_iter().collect::<Vec<_>>()).await?;
        }
        Ok(())
    })
}

async fn file_in(
    conn: &mut PgConnection,
    event_id: Uuid,
    entries: &[Uuid],
    round_id: Option<Uuid>,
) -> Result<BTreeSet<Uuid>> {
    if entries.is_empty() {
        return Ok(BTreeSet::new());
    }
    let filed = rounds::filed(conn, event_id, entries, round_id, false).await?;
    let observations = filed
        .into_iter()
        .map(observation)
        .collect::<Result<Vec<_>>>()?;
    if !observations.is_empty() {
        insert_observations(conn, &observations).await?;
    }
    Ok(observations.iter().map(|o| o.member_id).collect())
}

/// Take back what a match filed about somebody; answers the members concerned.
pub async fn take_back(
    conn: &mut PgConnection,
    match_id: Uuid,
    event_id: Uuid,
    entries: &[Uuid],
    by: (Principal, Option<Uuid>),
) -> Result<BTreeSet<Uuid>> {
    let filed = rounds::filed(conn, event_id, entries, None, true).await?;
    let said = filed
        .into_iter()
        .filter(|f| f.match_id == Some(match_id) && !f.is_withdrawal)
        .map(observation)
        .collect::<Result<Vec<_>>>()?;
    let ids: Vec<Uuid> = said.iter().map(|o| o.id).collect();
    let there = rounds::there(conn, &ids).await?;
    let mut back = Vec::new();
    for said in said.into_iter().filter(|o| there.contains(&o.id)) {
        back.push(NewObservation {
            id: derived_id(&format!("{match_id} back {}", said.id)),
            outcome: None,
            whereabouts: None,
            channel: Channel::Console,
            note: String::new(),
            shelter_id: None,
            corrects: Some(said.id),
            is_withdrawal: true,
            observer_kind: by.0.as_str(),
            observer_id: by.1,
            device_id: None,
            device_seq: None,
            ..said
        });
    }
    if !back.is_empty() {
        insert_observations(conn, &back).await?;
    }
    Ok(back.iter().map(|o| o.member_id).collect())
}

fn observation(filed: Filed) -> Result<NewObservation> {
    // What a match filed is the match's: taken back with it, and filed anew by another.
    let in_round = |id: Uuid| match filed.match_id {
        Some(by) => derived_id(&format!("{id} {} {by}", filed.round_id)),
        None => derived_id(&format!("{id} {}", filed.round_id)),
    };
    let outcome: Option<Outcome> = filed.condition.as_deref().map(word).transpose()?;
    let stay: Option<StayType> = filed.stay_type.as_deref().map(word).transpose()?;
    let observer: Principal = word(&filed.observer_kind)?;
    Ok(NewObservation {
        id: in_round(filed.id),
        round_id: filed.round_id,
        member_id: filed.member_id,
        outcome: Some(outcome.unwrap_or(Outcome::Safe)).filter(|_| !filed.is_withdrawal),
        whereabouts: stay
            .map(StayType::whereabouts)
            .filter(|_| !filed.is_withdrawal),
        attempt: Attempt::CheckIn,
        channel: match (filed.device_seq, observer) {
            (None, Principal::HqStaff | Principal::DistrictLead | Principal::Cli) => {
                Channel::Console
            }
            _ => Channel::Gate,
        },
        marker: None,
        needs: Vec::new(),
        note: filed.note,
        told_by: String::new(),
        told_phone: String::new(),
        shelter_id: filed.site_id,
        for_household: false,
        corrects: filed.corrects.map(in_round),
        is_withdrawal: filed.is_withdrawal,
        observer_kind: observer.as_str(),
        observer_id: filed.observer_id,
        device_id: filed.device_id,
        device_seq: filed.device_seq,
        observed_at: filed.observed_at,
        clock_offset_ms: filed.clock_offset_ms,
        copy_id: None,
        typed_by: None,
        link_id: None,
        adopted_from: None,
    })
}
