//! What a gate's or a lead's phone says at a shelter's door: judged here, followed in `follow`. Nothing is refused; what cannot
//! be filed is set aside with its reason, and somebody not yet known is waited for.

pub mod follow;
mod store;
#[cfg(test)]
mod tests;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::opening::{HeadCount, Opening};
use crate::app::App;
use crate::db::{Principal, Tx};
use crate::events::{EventKind, end_of};
use crate::field::Reason;
use crate::field::facts::DeviceFacts;
use crate::field::item::{Envelope, Said};
use crate::field::work::Work;
use crate::keys::HmacPurpose;
use crate::operations::record::NewStay;
use crate::operations::store::state::Of;
use crate::problem::Result;

/// An item at a door on its way into the ledger.
#[derive(Debug, Clone)]
pub struct AtDoor {
    pub of: Of,
    pub said: Word,
}

/// What it says.
#[derive(Debug, Clone)]
pub enum Word {
    Stay(Box<NewStay>),
    Opening(Opening),
    HeadCount(Box<HeadCount>),
}

/// What is known of the event, the place and the people that an item names.
#[derive(Debug, Clone, Default)]
struct Facts {
    event: Option<EventFacts>,
    /// Where the device's desk stands, and in which event.
    desk_event: Option<Uuid>,
    desk_site: Option<Uuid>,
    /// The place named is one that can be opened, and lies here.
    knows_site: bool,
    site_district: Option<Uuid>,
    knows_moved_from: bool,
    knows_person: bool,
    /// Whose card was read.
    card_person: Option<Uuid>,
}

#[derive(Debug, Clone)]
struct EventFacts {
    id: Uuid,
    kind: EventKind,
    is_standing: bool,
    planned_end_at: Option<DateTime<Utc>>,
    ended_at: Option<DateTime<Utc>>,
}

/// What an item names.
#[derive(Debug, Clone, Default)]
struct Asked {
    site: Option<Uuid>,
    moved_from: Option<Uuid>,
    person: Option<Uuid>,
    card: Option<String>,
    is_withdrawal: bool,
}

impl Asked {
    fn of(said: &Said) -> Option<Self> {
        Some(match said {
            Said::CheckIn(s) => Self {
                site: s.site_id,
                moved_from: s.moved_from,
                person: s.person_id,
                card: s.card.clone(),
                is_withdrawal: s.is_withdrawal,
            },
            Said::CheckOut(s) => Self {
                site: s.site_id,
                person: s.person_id,
                card: s.card.clone(),
                is_withdrawal: s.is_withdrawal,
                ..Self::default()
            },
            Said::Opening(s) => Self {
                site: Some(s.site_id),
                is_withdrawal: s.is_withdrawal,
                ..Self::default()
            },
            Said::HeadCount(s) => Self {
                site: Some(s.site_id),
                is_withdrawal: s.is_withdrawal,
                ..Self::default()
            },
            _ => return None,
        })
    }
}

/// Judge what was said at a door, and make what follows from it.
pub async fn file(work: &mut Work<'_>, app: &App, tx: &mut Tx) -> Result<Result<(), Reason>> {
    let (Some(envelope), Some(facts), Some(said)) =
        (&work.item.envelope, &work.facts, &work.item.said)
    else {
        return Ok(Err(Reason::Unreadable));
    };
    let Some(asked) = Asked::of(said) else {
        return Ok(Err(Reason::Unreadable));
    };
    let code = asked.card.as_deref().map(crate::operations::card::plain);
    let card = code.map(|code| app.keys.hmac(HmacPurpose::CardCode, code.as_bytes()));
    let known = store::facts(
        tx,
        work.item.device,
        envelope.event,
        &asked,
        card.as_deref(),
    )
    .await?;
    let of = match judge(
        &known,
        &facts.device,
        &asked,
        envelope.happened_at(work.now),
    ) {
        Ok(of) => of,
        Err(reason) => return Ok(Err(reason)),
    };
    let word = match said {
        Said::CheckIn(s) => NewStay::came(work.row.id, s).or_else(|| {
            // A card stands for whoever holds it.
            let whole = crate::operations::said::CheckIn {
                person_id: known.card_person,
                ..(**s).clone()
            };
            NewStay::came(work.row.id, &whole)
        }),
        Said::CheckOut(s) => NewStay::left(work.row.id, s).or_else(|| {
            let whole = crate::operations::said::CheckOut {
                person_id: known.card_person,
                ..s.clone()
            };
            NewStay::left(work.row.id, &whole)
        }),
        _ => None,
    };
    let word = match (word, said) {
        (Some(stay), _) => {
            let near = facts.device.districts.first().copied();
            let district = known.site_district.or(near);
            Word::Stay(Box::new(observed(
                stay,
                work.item.device,
                envelope,
                &facts.device,
                district,
            )))
        }
        (None, Said::Opening(s)) => Word::Opening(s.clone()),
        (None, Said::HeadCount(s)) => Word::HeadCount(s.clone()),
        _ => return Ok(Err(Reason::UnknownPerson)),
    };
    work.row.event_id = Some(of.event_id);
    work.door = Some(AtDoor { of, said: word });
    Ok(Ok(()))
}

/// The entry with who saw it, and when.
fn observed(
    stay: NewStay,
    device_id: Option<Uuid>,
    envelope: &Envelope,
    device: &DeviceFacts,
    district_id: Option<Uuid>,
) -> NewStay {
    NewStay {
        district_id,
        observer_kind: device.principal.as_str(),
        observer_id: device.actor_id,
        device_id,
        device_seq: Some(envelope.device_seq),
        observed_at: envelope.observed_at,
        clock_offset_ms: envelope.clock_offset_ms,
        ..stay
    }
}

/// Whether something follows, and in which event.
fn judge(
    known: &Facts,
    device: &DeviceFacts,
    asked: &Asked,
    happened_at: DateTime<Utc>,
) -> Result<Of, Reason> {
    let event = known.event.as_ref().filter(|e| !e.is_standing);
    let event = event.ok_or(Reason::UnknownPlace)?;
    let is_own = match device.principal {
        Principal::Reception if known.desk_event != Some(event.id) => {
            return Err(Reason::UnknownPlace);
        }
        Principal::Reception => {
            known.desk_site.is_some() && asked.site.is_none_or(|s| known.desk_site == Some(s))
        }
        Principal::DistrictLead => {
            asked.site.is_none()
                || known
                    .site_district
                    .is_some_and(|d| device.districts.contains(&d))
        }
        _ => return Err(Reason::NotEntitled),
    };
    if !known.knows_site || !known.knows_moved_from {
        return Err(Reason::UnknownPlace);
    }
    if !is_own {
        return Err(Reason::NotEntitled);
    }
    if !known.knows_person || (asked.card.is_some() && known.card_person.is_none()) {
        return Err(Reason::UnknownPerson);
    }
    let end = end_of(
        event.kind,
        event.planned_end_at,
        event.ended_at,
        happened_at,
    );
    if end.is_some_and(|end| happened_at > end) && !asked.is_withdrawal {
        return Err(match event.kind {
            EventKind::Drill => Reason::MaybeReal,
            EventKind::Disaster => Reason::EventEnded,
        });
    }
    Ok(Of {
        event_id: event.id,
        kind: event.kind,
    })
}
