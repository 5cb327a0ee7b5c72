//! An observation's way into the database: the member it is filed on, and its row there.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Place, Seen, judge};
use crate::db::Tx;
use crate::field::Reason;
use crate::field::facts::{DeviceFacts, STANDING_EVENT, STANDING_ROUND};
use crate::field::store;
use crate::field::work::Work;
use crate::problem::Result;
use crate::safety::observation::Channel;
use crate::safety::record::{NewObservation, NewUnlisted, key_of, member_in};

/// Find where an observation belongs, and make its row there.
pub async fn file(work: &mut Work<'_>, tx: &mut Tx, seen: &Seen) -> Result<Result<(), Reason>> {
    let (Some(facts), Some(envelope)) = (&work.facts, &work.item.envelope) else {
        return Ok(Err(Reason::Unreadable));
    };
    let place = match judge(seen, facts, envelope.happened_at(work.now)) {
        Ok(place) => place,
        Err(reason) => return Ok(Err(reason)),
    };
    let device = facts.device.clone();
    let listed = facts.member.as_ref().map(|m| m.id);
    let (round_id, member_id) = match place {
        Place::Member(member_id) => (seen.round_id, member_id),
        Place::WithCorrected => match work.corrected_member {
            Some(member_id) => (STANDING_ROUND, member_id),
            None => return Ok(Err(Reason::UnknownMember)),
        },
        Place::Unlisted => match unlisted(work, tx, seen, seen.round_id, &device).await? {
            Some(id) => (seen.round_id, id),
            None => return Ok(Err(Reason::UnknownMember)),
        },
        Place::RealCall => match (listed, &seen.subject) {
            (Some(member_id), _) => {
                let key = standing_key(member_id);
                let id = member_in(tx, STANDING_ROUND, member_id, key).await?;
                (STANDING_ROUND, id)
            }
            (None, Some(_)) => match unlisted(work, tx, seen, STANDING_ROUND, &device).await? {
                Some(id) => (STANDING_ROUND, id),
                None => return Ok(Err(Reason::UnknownMember)),
            },
            (None, None) => return Ok(Err(Reason::UnknownMember)),
        },
    };
    if round_id == STANDING_ROUND {
        work.row.event_id = Some(STANDING_EVENT);
    }
    work.observation = Some(observation(
        work.item.key,
        seen,
        (round_id, member_id),
        &device,
        Header {
            device_id: work.row.device_id,
            device_seq: work.row.device_seq,
            observed_at: envelope.observed_at,
            clock_offset_ms: envelope.clock_offset_ms,
        },
    ));
    Ok(Ok(()))
}

/// Somebody on no list becomes a member of the round.
async fn unlisted(
    work: &mut Work<'_>,
    tx: &mut Tx,
    seen: &Seen,
    round_id: Uuid,
    device: &DeviceFacts,
) -> Result<Option<Uuid>> {
    let Some(subject) = &seen.subject else {
        return Ok(None);
    };
    let id = match round_id == STANDING_ROUND && seen.round_id != STANDING_ROUND {
        true => standing_key(subject.id),
        false => subject.id,
    };
    let district_id =
        store::district_of(tx, subject.point(), seen.round_id, &device.districts).await?;
    work.unlisted = Some(NewUnlisted {
        id,
        round_id,
        district_id,
        subject: serde_json::to_value(subject).map_err(anyhow::Error::from)?,
        volunteer_id: device.volunteer_id,
    });
    Ok(Some(id))
}

/// The standing round's member for somebody whose id is taken in the drill.
fn standing_key(member_id: Uuid) -> Uuid {
    key_of(&format!("{STANDING_ROUND} {member_id}"))
}

/// What an item's envelope says beside its payload.
pub struct Header {
    pub device_id: Option<Uuid>,
    pub device_seq: Option<i64>,
    pub observed_at: DateTime<Utc>,
    pub clock_offset_ms: i64,
}

/// The row of an observation that a phone made.
pub fn observation(
    id: Uuid,
    seen: &Seen,
    (round_id, member_id): (Uuid, Uuid),
    device: &DeviceFacts,
    header: Header,
) -> NewObservation {
    NewObservation {
        id,
        round_id,
        member_id,
        outcome: seen.outcome,
        whereabouts: seen.whereabouts,
        attempt: seen.attempt,
        channel: Channel::Field,
        marker: seen.seen_marker(),
        needs: seen.needs.clone(),
        note: seen.note.clone(),
        told_by: seen.told_by.clone().unwrap_or_default(),
        told_phone: seen.told_phone.clone(),
        shelter_id: seen.shelter_id,
        for_household: seen.for_household,
        corrects: seen.corrects,
        is_withdrawal: seen.is_withdrawal,
        observer_kind: device.principal.as_str(),
        observer_id: device.actor_id,
        device_id: header.device_id,
        device_seq: header.device_seq,
        observed_at: header.observed_at,
        clock_offset_ms: header.clock_offset_ms,
        copy_id: None,
        typed_by: None,
        link_id: None,
        adopted_from: None,
    }
}
