//! SQL of the list of rounds begun on the spot: what is known of each, what it can be bound to, and what was put away.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::problem::Result;

/// One round begun on the spot, as it is listed.
pub struct Listed {
    pub item_id: Uuid,
    pub round_id: Uuid,
    pub kind: String,
    pub name: String,
    pub started_at: DateTime<Utc>,
    pub recorded_at: DateTime<Utc>,
    pub by_name: Option<String>,
    pub phone: Option<String>,
    pub districts: Vec<String>,
    pub binding_id: Option<Uuid>,
    pub to_round_id: Option<Uuid>,
    pub to_round_name: Option<String>,
    pub to_event_name: Option<String>,
    pub bound_by_name: Option<String>,
    pub bound_at: Option<DateTime<Utc>>,
    pub is_put_away: bool,
}

/// Rounds that phones began, of those whom the caller may see: unbound ones first, the newest first.
pub async fn list(conn: &mut PgConnection) -> Result<Vec<Listed>> {
    Ok(sqlx::query_as!(
        Listed,
        r#"select s.id as item_id, (s.payload ->> 'round_id')::uuid as "round_id!", s.payload ->> 'event_kind' as "kind!",
                  coalesce(s.payload ->> 'name', '') as "name!", coalesce(s.observed_at, s.recorded_at) as "started_at!",
                  s.recorded_at, coalesce(v.name, d.label) as "by_name?", v.phone as "phone?",
                  coalesce((select array_agg(di.name order by di.name) from volunteer_district vd join district di on di.id = vd.district_id
                            where vd.volunteer_id = d.volunteer_id), '{}') as "districts!",
                  b.id as "binding_id?", b.to_round_id as "to_round_id?", r.name as "to_round_name?", e.name as "to_event_name?",
                  a.name as "bound_by_name?", b.bound_at as "bound_at?",
                  coalesce((select t.act from item_settlement t where t.item_id = s.id order by t.settled_at desc, t.id desc limit 1)
                           = 'not_needed', false) as "is_put_away!"
           from sync_item s
           left join device d on d.id = s.device_id
           left join volunteer v on v.id = d.volunteer_id
           left join round_binding b on b.from_round_id::text = s.payload ->> 'round_id' and b.undone_at is null
           left join safety_round r on r.id = b.to_round_id
           left join event e on e.id = r.event_id
           left join account a on a.id = b.bound_by
           where s.kind = 'round_start' and s.disposition = 'stored' and s.payload is not null
           order by b.id is not null, s.recorded_at desc limit 200"#
    )
    .fetch_all(conn)
    .await?)
}

/// How much was said in each of these rounds, and how many calls for rescue are among it. Runs as `m_ingest`: what is set aside is
/// headquarters' to read, that there is something is for whoever leads the district as well.
pub async fn said(
    conn: &mut PgConnection,
    round_ids: &[Uuid],
) -> Result<HashMap<Uuid, (i64, i64)>> {
    let texts: Vec<String> = round_ids.iter().map(Uuid::to_string).collect();
    let rows = sqlx::query!(
        r#"select (i.payload ->> 'round_id')::uuid as "round_id!", count(*) as "said!",
                  count(*) filter (where i.payload ->> 'outcome' in ('needs_rescue', 'deceased')
                                   and not coalesce((i.payload ->> 'is_withdrawal')::boolean, false)) as "rescues!"
           from sync_item i where i.kind = 'observation' and i.payload ->> 'round_id' = any($1) group by 1"#,
        &texts
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|r| (r.round_id, (r.said, r.rescues)))
        .collect())
}

/// Put a start away as needing nothing, or have it wait again; said twice it is said once.
pub async fn settle(
    conn: &mut PgConnection,
    id: Uuid,
    item_id: Uuid,
    (is_put_away, reason): (bool, &str),
    by: Option<Uuid>,
    at: DateTime<Utc>,
) -> Result<()> {
    let act = if is_put_away {
        "not_needed"
    } else {
        "reopened"
    };
    sqlx::query!(
        "insert into item_settlement (id, item_id, act, reason, settled_by, settled_at) values ($1, $2, $3, $4, $5, $6)
         on conflict (id) do nothing",
        id,
        item_id,
        act,
        reason,
        by,
        at
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Headquarters' rounds that a start can be bound to.
pub async fn targets(conn: &mut PgConnection) -> Result<Vec<(Uuid, String, Uuid, String, String)>> {
    Ok(sqlx::query!(
        "select r.id, r.name, e.id as event_id, e.kind, e.name as event_name
         from safety_round r join event e on e.id = r.event_id
         where not r.is_provisional and not e.is_standing and e.ended_at is null
         order by r.started_at desc limit 100"
    )
    .map(|r| (r.id, r.name, r.event_id, r.kind, r.event_name))
    .fetch_all(conn)
    .await?)
}
