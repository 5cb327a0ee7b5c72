//! Desks: opened, listed, closed. A lead's are those that row-level security lets a lead see.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::state::Of;
use crate::accounts::DistrictName;
use crate::operations::desk::{Desk, DeskDevice, GateList};
use crate::problem::Result;

/// A desk to be opened.
pub struct NewDesk<'a> {
    pub id: Uuid,
    pub of: Of,
    pub site_id: Option<Uuid>,
    pub venue_id: Option<Uuid>,
    pub label: &'a str,
    pub gate_list: GateList,
    pub made_by: Option<Uuid>,
    pub opens_at: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
}

/// Open a desk; false when this very one was opened before.
pub async fn insert(
    conn: &mut PgConnection,
    new: &NewDesk<'_>,
    districts: &[Uuid],
) -> Result<bool> {
    let done = sqlx::query!(
        "insert into desk (id, event_id, event_kind, site_id, venue_id, label, gate_list, made_by, opens_at, ends_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict (id) do nothing",
        new.id,
        new.of.event_id,
        new.of.kind.as_str(),
        new.site_id,
        new.venue_id,
        new.label,
        new.gate_list.as_str(),
        new.made_by,
        new.opens_at,
        new.ends_at
    )
    .execute(&mut *conn)
    .await?;
    if done.rows_affected() == 0 {
        return Ok(false);
    }
    sqlx::query!(
        "insert into desk_district (desk_id, district_id) select $1, d from unnest($2::uuid[]) d on conflict do nothing",
        new.id,
        districts
    )
    .execute(conn)
    .await?;
    Ok(true)
}

/// The district and the name of a venue of this drill.
pub async fn venue(
    conn: &mut PgConnection,
    id: Uuid,
    event_id: Uuid,
) -> Result<(Uuid, String, Option<Uuid>)> {
    let row = sqlx::query!(
        "select district_id, name, site_id from venue where id = $1 and event_id = $2 and retired_at is null",
        id,
        event_id
    )
    .fetch_one(conn)
    .await?;
    Ok((row.district_id, row.name, row.site_id))
}

/// Desks of an event, or one of them: the open ones first.
pub async fn desks(
    conn: &mut PgConnection,
    event_id: Option<Uuid>,
    id: Option<Uuid>,
    now: DateTime<Utc>,
) -> Result<Vec<Desk>> {
    let rows = sqlx::query!(
        "select id, event_id, label, site_id, venue_id, gate_list, opens_at, ends_at, closed_at from desk
         where ($1::uuid is null or event_id = $1) and ($2::uuid is null or id = $2)
         order by closed_at is not null or ends_at <= $3, label, id",
        event_id,
        id,
        now
    )
    .fetch_all(&mut *conn)
    .await?;
    let ids: Vec<Uuid> = rows.iter().map(|r| r.id).collect();
    let mut districts = districts(conn, &ids).await?;
    let mut devices = devices(conn, &ids).await?;
    Ok(rows
        .into_iter()
        .map(|r| Desk {
            districts: districts.remove(&r.id).unwrap_or_default(),
            devices: devices.remove(&r.id).unwrap_or_default(),
            id: r.id,
            event_id: r.event_id,
            label: r.label,
            site_id: r.site_id,
            venue_id: r.venue_id,
            gate_list: match r.gate_list.as_str() {
                "none" => GateList::None,
                _ => GateList::Lawful,
            },
            opens_at: r.opens_at,
            ends_at: r.ends_at,
            is_open: r.closed_at.is_none() && r.ends_at > now,
            closed_at: r.closed_at,
        })
        .collect())
}

async fn districts(
    conn: &mut PgConnection,
    desks: &[Uuid],
) -> Result<HashMap<Uuid, Vec<DistrictName>>> {
    let rows = sqlx::query!(
        "select k.desk_id, d.id, d.name from desk_district k join district d on d.id = k.district_id
         where k.desk_id = any($1) order by d.code",
        desks
    )
    .fetch_all(conn)
    .await?;
    let mut found: HashMap<Uuid, Vec<DistrictName>> = HashMap::new();
    for r in rows {
        let name = DistrictName {
            id: r.id,
            name: r.name,
        };
        found.entry(r.desk_id).or_default().push(name);
    }
    Ok(found)
}

async fn devices(
    conn: &mut PgConnection,
    desks: &[Uuid],
) -> Result<HashMap<Uuid, Vec<DeskDevice>>> {
    let rows = sqlx::query!(
        r#"select x.desk_id, d.id, d.label, d.last_contact_at, d.held_items, d.revoked_at is not null as "is_revoked!"
           from desk_device x join device d on d.id = x.device_id
           where x.desk_id = any($1) and x.ended_at is null order by x.since, d.id"#,
        desks
    )
    .fetch_all(conn)
    .await?;
    let mut found: HashMap<Uuid, Vec<DeskDevice>> = HashMap::new();
    for r in rows {
        found.entry(r.desk_id).or_default().push(DeskDevice {
            id: r.id,
            label: r.label,
            last_contact_at: r.last_contact_at,
            held_items: r.held_items,
            is_revoked: r.is_revoked,
        });
    }
    Ok(found)
}

/// Close a desk: its devices read nothing more from their next contact; what they hold is kept when it comes.
pub async fn close(conn: &mut PgConnection, id: Uuid, now: DateTime<Utc>) -> Result<()> {
    sqlx::query!(
        "update desk set closed_at = $2 where id = $1 and closed_at is null",
        id,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}
