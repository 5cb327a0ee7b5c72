//! Where a gate stands: of which event, for which places, with what each of them says of itself now.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::RoundEvent;
use super::gate::{GateDesk, GateName, GatePlace, GateVenue};
use crate::db::{Scope, Tx};
use crate::problem::Result;
use crate::safety::evidence::word;

pub(super) struct Stand {
    pub event: RoundEvent,
    pub desk: Option<GateDesk>,
    pub site: Option<Uuid>,
    pub venue: Option<Uuid>,
}

pub(super) async fn desk(tx: &mut Tx) -> Result<Option<Stand>> {
    let row = sqlx::query!(
        "select k.id, k.label, k.ends_at, k.gate_list, k.site_id, k.venue_id, e.id as event_id, e.kind, e.name, e.planned_end_at
         from desk k join event e on e.id = k.event_id"
    )
    .fetch_optional(&mut **tx)
    .await?;
    Ok(row.map(|r| Stand {
        event: RoundEvent {
            id: r.event_id,
            kind: r.kind,
            name: r.name,
            planned_end_at: r.planned_end_at,
        },
        desk: Some(GateDesk {
            id: r.id,
            label: r.label,
            ends_at: r.ends_at,
            gate_list: r.gate_list,
        }),
        site: r.site_id,
        venue: r.venue_id,
    }))
}

/// The event in which a lead speaks of places: a disaster before a drill, the newest first.
pub(super) async fn running(tx: &mut Tx, now: DateTime<Utc>) -> Result<Option<Stand>> {
    let row = sqlx::query!(
        "select id, kind, name, planned_end_at from event
         where ended_at is null and not is_standing and started_at <= $1 and bound_to is null
           and (kind = 'disaster' or planned_end_at > $1)
         order by kind = 'drill', started_at desc, id limit 1",
        now
    )
    .fetch_optional(&mut **tx)
    .await?;
    Ok(row.map(|r| Stand {
        event: RoundEvent {
            id: r.id,
            kind: r.kind,
            name: r.name,
            planned_end_at: r.planned_end_at,
        },
        desk: None,
        site: None,
        venue: None,
    }))
}

pub(super) async fn venue_of(tx: &mut Tx, id: Uuid, event_id: Uuid) -> Result<GateVenue> {
    let name = sqlx::query_scalar!("select name from venue where id = $1", id)
        .fetch_one(&mut **tx)
        .await?;
    let bodies = sqlx::query_as!(
        GateName,
        "select id, name from drill_body where event_id = $1 and retired_at is null order by name, id",
        event_id
    )
    .fetch_all(&mut **tx)
    .await?;
    Ok(GateVenue { id, name, bodies })
}

pub(super) async fn places(tx: &mut Tx, stand: &Stand, scope: &Scope) -> Result<Vec<GatePlace>> {
    let rows = sqlx::query!(
        r#"select s.id, s.kind, s.name, s.capacity, t.status as "status?", coalesce(t.is_self_opened, false) as "is_self_opened!",
                  t.crowding as "crowding?", coalesce(t.present, 0) as "present!", t.reported_people as "reported_people?",
                  t.reported_as_of as "reported_as_of?"
           from site s left join site_state t on t.site_id = s.id and t.event_id = $1
           where s.kind in ('shelter', 'evacuation_building') and s.revoked_on is null
             and case when $2 then s.id = $3
                 else exists (select from district d where d.id = any($4) and d.valid_to is null and st_contains(d.area, s.point)) end
           order by s.kind desc, s.name_kana, s.name, s.id"#,
        stand.event.id,
        stand.desk.is_some(),
        stand.site,
        scope.districts()
    )
    .fetch_all(&mut **tx)
    .await?;
    rows.into_iter()
        .map(|r| {
            let status = r.status.filter(|s| s != "not_opened");
            Ok(GatePlace {
                id: r.id,
                kind: r.kind,
                name: r.name,
                capacity: r.capacity,
                status: status.as_deref().map(word).transpose()?,
                is_self_opened: r.is_self_opened,
                crowding: r.crowding.as_deref().map(word).transpose()?,
                present: r.present,
                reported_people: r.reported_people,
                reported_as_of: r.reported_as_of,
            })
        })
        .collect()
}
