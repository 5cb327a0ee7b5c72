//! What is asked of the database about an item at a door. Runs as `m_ingest`.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Asked, EventFacts, Facts};
use crate::db::Principal;
use crate::events::EventKind;
use crate::field::store::device_principal;
use crate::problem::Result;

/// What is known of whatever an item names. The event is its envelope's, else that of the device's desk.
pub async fn facts(
    conn: &mut PgConnection,
    device: Option<Uuid>,
    event: Option<Uuid>,
    asked: &Asked,
    card: Option<&[u8]>,
) -> Result<Facts> {
    let row = sqlx::query!(
        r#"select k.event_id as "desk_event?", k.site_id as "desk_site?", e.id as "event_id?", e.kind as "event_kind?",
                  e.is_standing as "is_standing?", e.planned_end_at as "planned_end_at?", e.ended_at as "ended_at?",
                  ($3::uuid is null or s.id is not null) as "knows_site!",
                  (select d.id from district d where d.valid_to is null and st_contains(d.area, s.point) order by d.code limit 1)
                      as "site_district?",
                  ($4::uuid is null or exists (select from site m where m.id = $4 and m.kind in ('shelter', 'evacuation_building')))
                      as "knows_moved_from!",
                  ($5::uuid is null or exists (select from person p where p.id = $5)) as "knows_person!",
                  (select c.person_id from card c where c.code_hmac = $6) as "card_person?"
           from (select 1) one
           left join lateral (select desk.event_id, desk.site_id from desk_device x join desk on desk.id = x.desk_id
                              where x.device_id = $1 order by x.since desc limit 1) k on true
           left join event e on e.id = coalesce($2, k.event_id)
           left join site s on s.id = $3 and s.kind in ('shelter', 'evacuation_building')"#,
        device,
        event,
        asked.site,
        asked.moved_from,
        asked.person,
        card
    )
    .fetch_one(conn)
    .await?;
    let event = match (row.event_id, row.event_kind, row.is_standing) {
        (Some(id), Some(kind), Some(is_standing)) => Some(EventFacts {
            id,
            kind: EventKind::of(&kind),
            is_standing,
            planned_end_at: row.planned_end_at,
            ended_at: row.ended_at,
        }),
        _ => None,
    };
    Ok(Facts {
        event,
        desk_event: row.desk_event,
        desk_site: row.desk_site,
        knows_site: row.knows_site,
        site_district: row.site_district,
        knows_moved_from: row.knows_moved_from,
        knows_person: row.knows_person,
        card_person: row.card_person,
    })
}

/// Of these ids, those of items that came before: what followed from them has followed.
pub async fn came_before(conn: &mut PgConnection, ids: &[Uuid]) -> Result<Vec<Uuid>> {
    Ok(
        sqlx::query_scalar!("select id from sync_item where id = any($1)", ids)
            .fetch_all(conn)
            .await?,
    )
}

/// An entry that was set aside because nobody knew whom it is about.
pub struct Waiting {
    pub id: Uuid,
    pub kind: String,
    pub device_id: Uuid,
    pub device_seq: Option<i64>,
    pub observed_at: DateTime<Utc>,
    pub clock_offset_ms: i64,
    pub payload: Value,
    pub principal: Principal,
    pub actor_id: Option<Uuid>,
}

/// Entries of the event that waited for these people, or for these entries, to become known.
pub async fn waiting_for(
    conn: &mut PgConnection,
    event_id: Uuid,
    evacuees: &[Uuid],
    entries: &[Uuid],
) -> Result<Vec<Waiting>> {
    let texts = |ids: &[Uuid]| ids.iter().map(Uuid::to_string).collect::<Vec<_>>();
    let rows = sqlx::query!(
        r#"select s.id, s.kind, d.id as device_id, s.device_seq, s.observed_at as "observed_at!", s.clock_offset_ms,
                  s.payload as "payload!", d.principal, coalesce(d.volunteer_id, d.account_id) as actor_id
           from sync_item s join device d on d.id = s.device_id
           where s.reason = 'unknown_person' and s.event_id = $1 and s.kind in ('check_in', 'check_out')
             and (s.payload ->> 'evacuee_id' = any($2) or s.payload ->> 'corrects' = any($3))
             and d.revoked_at is null and not exists (select from stay_entry y where y.id = s.id)
           order by s.id"#,
        event_id,
        &texts(evacuees),
        &texts(entries)
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|r| Waiting {
            id: r.id,
            kind: r.kind,
            device_id: r.device_id,
            device_seq: r.device_seq,
            observed_at: r.observed_at,
            clock_offset_ms: r.clock_offset_ms,
            payload: r.payload,
            principal: device_principal(&r.principal),
            actor_id: r.actor_id,
        })
        .collect())
}
