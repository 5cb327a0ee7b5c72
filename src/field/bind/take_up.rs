//! What was said in a round begun on the spot: filed there, and linked to headquarters' round. Runs as `m_ingest`; may run twice.

use std::collections::BTreeSet;

use serde::Deserialize as _;
use uuid::Uuid;

use super::store::{self, Binding, WaitingItem};
use crate::db::Tx;
use crate::field::facts::DeviceFacts;
use crate::field::kinds::observation::Seen;
use crate::field::kinds::observation::filing::{Header, observation};
use crate::field::store::{device_principal, district_of};
use crate::problem::Result;
use crate::safety::record::{self, Change, NewObservation, NewUnlisted, key_of, member_in};

/// File what waited for the bound round, link its members, and derive both sides.
pub async fn take_up(tx: &mut Tx, binding: &Binding) -> Result<Change> {
    let mut observations = Vec::new();
    // The first word about somebody on no list makes her known to the later ones.
    let mut waiting = store::waiting_for(tx, binding.from_round_id).await?;
    waiting.sort_by_key(|w| {
        let is_first = w.payload.get("subject").is_some_and(|s| !s.is_null());
        (!is_first, w.observed_at, w.id)
    });
    for item in waiting {
        observations.extend(file(tx, binding, item).await?);
    }
    record::insert_observations(tx, &observations).await?;
    link(tx, binding).await?;
    let touched = store::touched(tx, binding).await?;
    match touched.is_empty() {
        true => Ok(Change::default()),
        false => record::rederive(tx, &touched).await,
    }
}

async fn file(tx: &mut Tx, binding: &Binding, item: WaitingItem) -> Result<Option<NewObservation>> {
    let Ok(seen) = Seen::deserialize(&item.payload) else {
        return Ok(None);
    };
    let round_id = binding.from_round_id;
    let device = DeviceFacts {
        principal: device_principal(&item.principal),
        actor_id: item.volunteer_id.or(item.account_id),
        volunteer_id: item.volunteer_id,
        is_revoked: false,
        districts: item.districts,
        last_contact_at: None,
        held_items: 0,
    };
    let member = match (&seen.subject, seen.member_id) {
        (Some(subject), _) => {
            let district_id =
                district_of(tx, subject.point(), binding.to_round_id, &device.districts).await?;
            let unlisted = NewUnlisted {
                id: subject.id,
                round_id,
                district_id,
                subject: serde_json::to_value(subject).map_err(anyhow::Error::from)?,
                volunteer_id: None,
            };
            record::insert_unlisted(tx, &[unlisted]).await?;
            store::member_of(tx, round_id, subject.id).await?
        }
        (None, Some(named)) => match store::member_of(tx, round_id, named).await? {
            Some(known) => Some(known),
            None => {
                let key = key_of(&format!("{round_id} {named}"));
                store::person_in(tx, round_id, named, key, &device).await?
            }
        },
        (None, None) => None,
    };
    let header = Header {
        device_id: Some(item.device_id),
        device_seq: item.device_seq,
        observed_at: item.observed_at,
        clock_offset_ms: item.clock_offset_ms,
    };
    Ok(member.map(|member| observation(item.id, &seen, (round_id, member), &device, header)))
}

/// Link every member of the bound round to the same person of headquarters' round; whoever is not in it becomes a late addition.
async fn link(tx: &mut Tx, binding: &Binding) -> Result<()> {
    let mut linked = BTreeSet::new();
    for member in store::unlinked(tx, binding.from_round_id).await? {
        let key = key_of(&format!("{} {member}", binding.to_round_id));
        let there = member_in(tx, binding.to_round_id, member, key).await?;
        let there = store::stands_for(tx, there).await?;
        if linked.insert(member) {
            store::insert_link(tx, binding, member, there, Uuid::now_v7()).await?;
        }
    }
    Ok(())
}
