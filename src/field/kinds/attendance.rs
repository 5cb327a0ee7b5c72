//! Who came to a drill, said at a gate: kept as it is when the venue and whoever is named are known, also before the start, and up to
//! a day after the end (what a gate without network still holds).

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use crate::app::App;
use crate::db::Tx;
use crate::drills::attendance::{Attendance, Said};
use crate::drills::store::gate::{self, Place};
use crate::field::Reason;
use crate::field::work::Work;
use crate::operations::card;
use crate::problem::Result;

/// So long after the end a gate's own words still count as the drill's.
const AFTER: TimeDelta = TimeDelta::hours(24);

/// An attendance on its way into the ledger.
#[derive(Debug, Clone)]
pub struct Attended {
    pub event_id: Uuid,
    pub said: Said,
    pub attendance: Attendance,
    /// The HMAC of the code of the card that was read.
    pub card: Option<Vec<u8>>,
}

impl Attended {
    /// Append it; its item was new.
    pub async fn append(&self, tx: &mut Tx) -> Result<()> {
        gate::append(tx, &self.said, &self.attendance, self.card.as_deref()).await?;
        Ok(())
    }
}

/// Judge an attendance, and make its row.
pub async fn file(
    work: &mut Work<'_>,
    app: &App,
    tx: &mut Tx,
    attendance: &Attendance,
) -> Result<Result<(), Reason>> {
    let (Some(envelope), Some(facts)) = (&work.item.envelope, &work.facts) else {
        return Ok(Err(Reason::Unreadable));
    };
    let card = attendance.card.as_deref();
    let card = card.map(|code| card::hmac(&app.keys, code));
    let place = gate::place(tx, attendance, card.as_deref(), work.now).await?;
    let happened_at = envelope.happened_at(work.now);
    if let Err(reason) = judge(place.as_ref(), envelope.event, happened_at) {
        return Ok(Err(reason));
    }
    let Some(place) = place else {
        return Ok(Err(Reason::UnknownPlace));
    };
    work.row.event_id = Some(place.event_id);
    work.attended = Some(Attended {
        event_id: place.event_id,
        said: Said {
            id: work.row.id,
            observer_kind: facts.device.principal.as_str(),
            observer_id: facts.device.actor_id,
            device_id: work.item.device,
            device_seq: work.item.seq,
            observed_at: envelope.observed_at,
            clock_offset_ms: envelope.clock_offset_ms,
        },
        attendance: attendance.clone(),
        card,
    });
    Ok(Ok(()))
}

fn judge(
    place: Option<&Place>,
    event: Option<Uuid>,
    happened_at: DateTime<Utc>,
) -> Result<(), Reason> {
    let place = place.ok_or(Reason::UnknownPlace)?;
    if event.is_some_and(|e| e != place.event_id) || !place.knows_body {
        return Err(Reason::UnknownPlace);
    }
    if !place.knows_person {
        return Err(Reason::UnknownPerson);
    }
    match place.ended_at {
        Some(end) if happened_at > end + AFTER => Err(Reason::EventEnded),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_gate_held_for_a_day_still_counts_and_what_it_says_later_does_not() {
        let end = DateTime::from_timestamp(1_800_000_000, 0).unwrap_or_default();
        let event = Uuid::now_v7();
        let place = Place {
            event_id: event,
            ended_at: Some(end),
            knows_person: true,
            knows_body: true,
        };
        let at = |hours: i64| judge(Some(&place), Some(event), end + TimeDelta::hours(hours));
        assert_eq!(at(-30), Ok(()));
        assert_eq!(at(24), Ok(()));
        assert_eq!(at(25), Err(Reason::EventEnded));
        let other = judge(Some(&place), Some(Uuid::now_v7()), end);
        assert_eq!(other, Err(Reason::UnknownPlace));
        let stranger = Place {
            knows_person: false,
            ..place.clone()
        };
        assert_eq!(
            judge(Some(&stranger), None, end),
            Err(Reason::UnknownPerson)
        );
    }
}
