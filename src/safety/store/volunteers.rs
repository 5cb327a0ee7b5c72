//! How the round's volunteers are doing.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use sqlx::types::Json;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::accounts::DistrictName;
use crate::problem::Result;

/// A volunteer's own word on whether she can come.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Availability {
    /// `available`, `later` or `unavailable`.
    #[serde(default)]
    pub status: Option<String>,
    #[serde(default)]
    pub until: Option<String>,
    #[serde(default)]
    pub note: Option<String>,
}

/// A volunteer at work in a round.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct WorkingVolunteer {
    pub id: Uuid,
    pub name: String,
    pub body: String,
    pub phone: String,
    pub districts: Vec<DistrictName>,
    /// Members in scope who are assigned to her, as far as the caller may see them.
    pub assigned: i64,
    /// Of those: something is known.
    pub done: i64,
    /// Of those: tried, and nothing is known yet.
    pub tried: i64,
    pub phones: i64,
    pub last_contact_at: Option<DateTime<Utc>>,
    /// Items that her phone said it still holds, at its last contact.
    pub held_items: i64,
    /// Has a phone, and it has been silent for too long.
    pub is_silent: bool,
    pub availability: Option<Availability>,
    pub available_since: Option<DateTime<Utc>>,
}

/// The volunteers assigned in a round, the silent ones first.
pub async fn working(
    conn: &mut PgConnection,
    round_id: Uuid,
    now: DateTime<Utc>,
    silent_after: TimeDelta,
) -> Result<Vec<WorkingVolunteer>> {
    let rows = sqlx::query!(
        r#"with work as (
               select a.volunteer_id, count(*) filter (where m.bucket <> 'out_of_scope') as assigned,
                      count(*) filter (where m.bucket in ('safe', 'need_help', 'unknown')) as done,
                      count(*) filter (where m.bucket = 'tried') as tried
               from assignment a join round_member m on m.id = a.member_id
               where a.round_id = $1 and a.ended_at is null group by a.volunteer_id)
           select v.id, v.name, v.body, v.phone,
                  coalesce((select jsonb_agg(jsonb_build_object('id', d.id, 'name', d.name) order by d.name)
                            from volunteer_district vd join district d on d.id = vd.district_id where vd.volunteer_id = v.id), '[]')
                  as "districts!: Json<Vec<DistrictName>>",
                  w.assigned as "assigned!", w.done as "done!", w.tried as "tried!", p.phones as "phones!", p.last_contact_at,
                  p.held_items as "held_items!", r.started_at,
                  i.payload as "availability?: Json<Availability>", i.recorded_at as "available_since?"
           from work w join volunteer v on v.id = w.volunteer_id
           join safety_round r on r.id = $1
           cross join lateral (
               select count(*) as phones, max(d.last_contact_at) as last_contact_at, coalesce(sum(d.held_items), 0)::bigint as held_items
               from device d where d.volunteer_id = v.id and d.revoked_at is null) p
           left join lateral (
               select s.payload, s.recorded_at from sync_item s
               where s.kind = 'availability' and s.disposition = 'stored' and s.payload is not null
                 and (s.event_id = r.event_id or s.event_id is null) and s.recorded_at >= r.started_at - interval '12 hours'
                 and s.device_id in (select d.id from device d where d.volunteer_id = v.id)
               order by s.recorded_at desc limit 1) i on true
           order by v.name_kana, v.name, v.id"#,
        round_id
    )
    .fetch_all(conn)
    .await?;
    let mut volunteers: Vec<WorkingVolunteer> = rows
        .into_iter()
        .map(|r| WorkingVolunteer {
            id: r.id,
            name: r.name,
            body: r.body,
            phone: r.phone,
            districts: r.districts.0,
            assigned: r.assigned,
            done: r.done,
            tried: r.tried,
            phones: r.phones,
            last_contact_at: r.last_contact_at,
            held_items: r.held_items,
            is_silent: r.phones > 0
                && r.last_contact_at.unwrap_or(r.started_at).max(r.started_at) < now - silent_after,
            availability: r.availability.map(|j| j.0),
            available_since: r.available_since,
        })
        .collect();
    volunteers.sort_by_key(|v| !v.is_silent);
    Ok(volunteers)
}
