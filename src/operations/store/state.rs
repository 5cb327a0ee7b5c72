//! The present state of a place, derived from everything said of it and written beside it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::config::CrowdingFrom;
use crate::events::EventKind;
use crate::operations::opening::{Word, by_census, derive};
use crate::problem::Result;
use crate::safety::derive::corrected;
use crate::safety::evidence::word;
use crate::shelters::refresh;

/// The event that a place is in.
#[derive(Debug, Clone, Copy)]
pub struct Of {
    pub event_id: Uuid,
    pub kind: EventKind,
}

/// Derive these places anew from openings, stays and head-counts, and announce to the public lookup what it may know.
///
/// Runs as `m_ingest`, `m_hq_staff`, `m_job` or `m_cli`. The places are locked in the order of their ids, so that two writers
/// about one place wait for each other and the last one has seen everything.
pub async fn refresh(
    conn: &mut PgConnection,
    of: Of,
    sites: &BTreeSet<Uuid>,
    now: DateTime<Utc>,
    from: CrowdingFrom,
) -> Result<()> {
    if sites.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = sites.iter().copied().collect();
    sqlx::query!(
        "insert into site_state (event_id, event_kind, site_id, status, status_since)
         select $1, $2, s, 'not_opened', $4 from unnest($3::uuid[]) s order by s
         on conflict (event_id, site_id) do nothing",
        of.event_id,
        of.kind.as_str(),
        &ids,
        now
    )
    .execute(&mut *conn)
    .await?;
    let before = sqlx::query!(
        r#"select t.site_id, t.status, t.crowding, t.status_since, s.capacity
           from site_state t join site s on s.id = t.site_id
           where t.event_id = $1 and t.site_id = any($2)
           order by t.site_id for no key update of t"#,
        of.event_id,
        &ids
    )
    .fetch_all(&mut *conn)
    .await?;
    let mut words = words(conn, of.event_id, &ids).await?;
    let counts = census(conn, of.event_id, &ids).await?;
    let mut is_public_news = false;
    for row in before {
        let stand = derive(&words.remove(&row.site_id).unwrap_or_default());
        let (present, contested) = counts.get(&row.site_id).copied().unwrap_or_default();
        let is_open = stand
            .as_ref()
            .is_some_and(|s| s.status == super::super::opening::Status::Open);
        let said = stand.as_ref().and_then(|s| s.crowding);
        let computed = by_census(present, row.capacity, from).filter(|_| is_open);
        let crowding = said.or(computed).map(|c| c.as_str());
        let status = stand.as_ref().map_or("not_opened", |s| s.status.as_str());
        is_public_news |= status != row.status || crowding != row.crowding.as_deref();
        sqlx::query!(
            "update site_state t
             set status = $3, is_self_opened = $4, opened_at = $5, closed_at = $6, status_since = $7, crowding = $8,
                 crowding_is_said = $9, present = $10, contested = $11, reported_people = h.people, reported_as_of = h.as_of,
                 updated_at = clock_timestamp()
             from (select 1) one left join lateral (
                 select c.people, c.as_of from head_count c
                 where c.event_id = $1 and c.site_id = $2 and not c.is_withdrawal
                   and not exists (select from head_count x where x.corrects = c.id and x.event_id = $1 and x.site_id = $2)
                 order by c.as_of desc, c.id desc limit 1) h on true
             where t.event_id = $1 and t.site_id = $2",
            of.event_id,
            row.site_id,
            status,
            stand.as_ref().is_some_and(|s| s.is_self_opened),
            stand.as_ref().and_then(|s| s.opened_at),
            stand.as_ref().and_then(|s| s.closed_at),
            stand.as_ref().map_or(row.status_since, |s| s.since),
            crowding,
            said.is_some(),
            present,
            contested
        )
        .execute(&mut *conn)
        .await?;
    }
    if is_public_news && of.kind == EventKind::Disaster {
        sqlx::query!("select pg_notify($1, '')", refresh::CHANNEL)
            .execute(conn)
            .await?;
    }
    Ok(())
}

/// What was said of these places.
pub async fn words(
    conn: &mut PgConnection,
    event_id: Uuid,
    sites: &[Uuid],
) -> Result<BTreeMap<Uuid, Vec<Word>>> {
    let rows = sqlx::query!(
        "select id, site_id, status, is_self_opened, crowding, observed_at, clock_offset_ms, recorded_at, corrects, is_withdrawal
         from opening where event_id = $1 and site_id = any($2)",
        event_id,
        sites
    )
    .fetch_all(conn)
    .await?;
    let mut by_site: BTreeMap<Uuid, Vec<Word>> = BTreeMap::new();
    for row in rows {
        by_site.entry(row.site_id).or_default().push(Word {
            id: row.id,
            status: word(&row.status)?,
            is_self_opened: row.is_self_opened,
            crowding: row.crowding.as_deref().map(word).transpose()?,
            at: corrected(row.observed_at, row.clock_offset_ms).min(row.recorded_at),
            corrects: row.corrects,
            is_withdrawal: row.is_withdrawal,
        });
    }
    Ok(by_site)
}

/// How many are in each place, and of how many it is contested.
async fn census(
    conn: &mut PgConnection,
    event_id: Uuid,
    sites: &[Uuid],
) -> Result<BTreeMap<Uuid, (i32, i32)>> {
    let rows = sqlx::query!(
        r#"select site_id as "site_id!", count(*)::integer as "present!",
                  (count(*) filter (where is_contested))::integer as "contested!"
           from evacuee where event_id = $1 and site_id = any($2) and is_present group by site_id"#,
        event_id,
        sites
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|r| (r.site_id, (r.present, r.contested)))
        .collect())
}
