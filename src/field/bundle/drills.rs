//! Drills at which whoever holds the phone may say that she came.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::RoundEvent;
use super::gate::GateName;
use crate::db::Tx;
use crate::problem::Result;

/// A running drill in whose districts a phone's holder serves, and where she may say that she came.
#[derive(Debug, Serialize, ToSchema)]
pub struct BundleDrill {
    pub event: RoundEvent,
    pub venues: Vec<GateName>,
}

/// Drills of these districts that are on, or begin within two hours.
pub(super) async fn drills(
    tx: &mut Tx,
    districts: &[Uuid],
    now: DateTime<Utc>,
) -> Result<Vec<BundleDrill>> {
    let rows = sqlx::query!(
        r#"select e.id, e.kind, e.name, e.planned_end_at, v.id as venue_id, v.name as venue
           from event e join venue v on v.event_id = e.id and v.retired_at is null
           where e.kind = 'drill' and e.ended_at is null and e.planned_end_at > $2 and e.started_at < $2 + interval '2 hours'
             and exists (select from drill_district x where x.event_id = e.id and x.district_id = any($1))
           order by e.started_at, e.id, v.district_id = any($1) desc, v.name, v.id"#,
        districts,
        now
    )
    .fetch_all(&mut **tx)
    .await?;
    let mut drills: Vec<BundleDrill> = Vec::new();
    for r in rows {
        let venue = GateName {
            id: r.venue_id,
            name: r.venue,
        };
        match drills.last_mut().filter(|d| d.event.id == r.id) {
            Some(drill) => drill.venues.push(venue),
            None => drills.push(BundleDrill {
                event: RoundEvent {
                    id: r.id,
                    kind: r.kind,
                    name: r.name,
                    planned_end_at: r.planned_end_at,
                },
                venues: vec![venue],
            }),
        }
    }
    Ok(drills)
}
